"""Real JupyterLab in headless Chromium. Set CHROMIUM to the browser's path if it is not found."""
import ast
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
TOKEN = "test"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    # Without this, JupyterLab takes cells that are out of view off the page.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
RUN_ALL = """async seconds => {
  const late = new Promise(resolve => setTimeout(resolve, 1000 * seconds, "late"));
  const run = jupyterapp.commands.execute("notebook:run-all-cells").then(() => "done");
  const outcome = await Promise.race([run, late]);
  const cells = [...jupyterapp.shell.currentWidget.content.model.cells].filter(c => c.type === "code");
  const errors = cells.flatMap(c => c.outputs.toJSON()).filter(o => o.output_type === "error");
  return {
    outcome,
    not_run: cells.filter(c => c.sharedModel.source.trim() && c.executionCount === null).length,
    errors: errors.map(o => `${o.ename}: ${o.evalue}`),
  };
}"""
EVALUATE = """async expression => {
  const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
  const user_expressions = { value: `__import__("json").dumps(${expression})` };
  const request = kernel.requestExecute({ code: "", silent: true, store_history: false, user_expressions });
  return (await request.done).content.user_expressions.value;
}"""


class Lesson:
    """A notebook that is open in JupyterLab: its page, and its kernel."""

    def __init__(self, page):
        self.page = page

    def wait_until_ready(self):
        """The idle light comes too early: wait for the file, the session and the kernel's connection."""
        self.page.wait_for_function("""() => {
          const { context, sessionContext } = window.jupyterapp?.shell.currentWidget ?? {};
          return context?.isReady && sessionContext?.isReady
            && sessionContext.session?.kernel?.connectionStatus === "connected"; }""")

    def run_all(self, seconds=120):
        result = self.page.evaluate(RUN_ALL, seconds)
        assert result == {"outcome": "done", "not_run": 0, "errors": []}

    def python(self, expression):
        """The value of a Python expression in the kernel, as far as JSON can carry it."""
        answer = self.page.evaluate(EVALUATE, expression)
        assert answer["status"] == "ok", f"{expression}: {answer['ename']}: {answer['evalue']}"
        return json.loads(ast.literal_eval(answer["data"]["text/plain"]))

    def execute(self, statement):
        """Run a Python statement in the kernel, as the next cell would."""
        self.python(f"exec({statement!r}, globals())")

    def eventually(self, expression, expected, seconds=5):
        """Wait until the kernel has got there: the page sends what is set once a frame."""
        self.until(lambda: self.python(expression) == expected,
                   lambda: f"{expression} is {self.python(expression)}, not {expected}", seconds)

    def until(self, condition, complaint="nothing happened", seconds=5):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, complaint() if callable(complaint) else complaint
            self.page.wait_for_timeout(20)

    def set_theme(self, theme):
        self.page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", THEMES[theme])
        self.page.wait_for_function("""theme => document.body.dataset.jpThemeName === theme
          && !document.getElementById("jupyterlab-splash")""", arg=THEMES[theme])

    def run_cell(self, index):
        """Run one cell again."""
        self.page.evaluate("""async index => {
          jupyterapp.shell.currentWidget.content.activeCellIndex = index;
          await jupyterapp.commands.execute("notebook:run-cell"); }""", index)


def chromium():
    """Path of the browser. Without one the tests are skipped, but in CI they fail."""
    named = os.environ.get("CHROMIUM")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("no Chromium found: install it, or set CHROMIUM to its path")
    return found


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing: pip install -e '.[browser]'")
    path = chromium()
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(browser, tmp_path_factory):
    """A JupyterLab server on a copy of the notebooks: `.url`, `.folder`."""
    home = tmp_path_factory.mktemp("lab")
    folder = shutil.copytree(NOTEBOOKS, home / "notebooks")
    (home / "settings").mkdir()
    (home / "settings" / "overrides.json").write_text(json.dumps(OVERRIDES))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    own = dict(JUPYTER_CONFIG_DIR="config", JUPYTER_DATA_DIR="data", JUPYTER_RUNTIME_DIR="run", IPYTHONDIR="ipython")
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
               "--ip=127.0.0.1", f"--port={port}", f"--IdentityProvider.token={TOKEN}",
               f"--ServerApp.root_dir={folder}",
               "--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly",
               f"--LabApp.app_settings_dir={home / 'settings'}",
               f"--LabApp.user_settings_dir={home / 'user'}", f"--LabApp.workspaces_dir={home / 'workspaces'}"]
    with open(home / "log", "w") as log:
        server = subprocess.Popen(command, env=os.environ | {k: str(home / v) for k, v in own.items()},
                                  stdout=log, stderr=log, start_new_session=True)
    try:
        wait_for_server(f"{url}/api/status?token={TOKEN}", server, home / "log")
        yield SimpleNamespace(url=url, folder=folder)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(15)


def wait_for_server(url, server, log, seconds=60):
    for _ in range(10 * seconds):
        try:
            return urllib.request.urlopen(url, timeout=1)
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
    pytest.fail("JupyterLab did not start\n" + log.read_text())


@contextmanager
def opened(lab, browser, name, width, theme):
    """Open a notebook and run all cells; at the end, nothing may have gone wrong on the page."""
    page = browser.new_page(viewport=dict(width=width, height=1000))
    page.set_default_timeout(10_000)
    faults = []
    page.on("console", lambda message: message.type == "error" and faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: leaves(request.url, lab.url) and faults.append(f"request to {request.url}"))
    page.on("websocket", lambda socket: leaves(socket.url, lab.url) and faults.append(f"socket to {socket.url}"))
    lesson = Lesson(page)
    try:
        page.goto(f"{lab.url}/doc/tree/{name}?reset&token={TOKEN}")
        lesson.wait_until_ready()
        lesson.set_theme(theme)
        lesson.run_all()
        assert not faults, faults
        yield lesson
        page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    finally:
        page.close()
    assert not faults, faults


def leaves(url, home):
    scheme, _, place = url.partition("://")
    return scheme in ("http", "https", "ws", "wss") and not place.startswith(home.partition("://")[2])


@pytest.fixture
def open_lesson(lab, browser):
    """open_lesson("02_….ipynb", width=1300, theme="light") → Lesson, all cells run."""
    with ExitStack() as stack:
        yield lambda name, width=1300, theme="light": stack.enter_context(opened(lab, browser, name, width, theme))


@pytest.fixture(scope="module")
def open_cells(lab, browser):
    """open_cells([source, …]) → Lesson: the same with a notebook of these cells. Stays open for the module."""
    def write_and_open(sources, width=1300, theme="light"):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources],
                                            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
        name = f"cells_{next(numbers)}.ipynb"
        nbformat.write(notebook, lab.folder / name)
        return stack.enter_context(opened(lab, browser, name, width, theme))

    with ExitStack() as stack:
        yield write_and_open


numbers = itertools.count()
