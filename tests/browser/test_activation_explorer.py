"""The activation explorer in JupyterLab: JavaScript against NumPy, every control to its ends, latency."""
import re
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from cnnlesson import explore
from cnnlesson.explore.activation_explorer import FUNCTIONS, LIMITS, activate

FOLDER = Path(explore.__file__).parent
CELLS = ["import numpy as np\nfrom cnnlesson import explore\nvalues = np.random.default_rng(0).normal(size=(28, 28))",
         "explorer = explore.activation(values)\nexplorer"]
VALUES = np.random.default_rng(0).normal(size=(28, 28)).astype(np.float32).astype(float)
LABELS = {"slope": "slope of the leak", "x": "x", "scale": "map times", "bias": "map plus"}
START = dict(function="ReLU", slope=0.1, x=1.0, scale=1.0, bias=0.0)


@pytest.fixture(scope="module")
def functions(browser):
    page = browser.new_page()
    text = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in ("common.js", "activation_explorer.js"))
    page.add_script_tag(type="module", content=text + "\nObject.assign(window, { ACTIVATIONS, SLOPES, tally, small });")
    page.wait_for_function("Boolean(window.tally)")
    yield page
    page.close()


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("seed", range(8))
def test_values_and_slopes_are_those_of_ops(functions, function, seed):
    rng = np.random.default_rng(seed)
    x, slope = np.append(rng.normal(0, 5, 50), 0.0), float(rng.uniform())
    got = functions.evaluate("([f, x, a]) => [ACTIVATIONS, SLOPES].map(all => x.map(v => all[f](v, a)))",
                             [function, x.tolist(), slope])
    np.testing.assert_allclose(got, activate(function, x, slope), rtol=1e-12, atol=1e-15)


def test_far_out_the_sigmoid_is_not_yet_flat(functions):
    x = [-700.0, -40.0, 40.0, 700.0]
    got = functions.evaluate("x => [ACTIVATIONS, SLOPES].map(all => x.map(all.sigmoid))", x)
    np.testing.assert_allclose(got, activate("sigmoid", x), rtol=1e-12)
    assert np.min(got) > 0


@pytest.mark.parametrize("seed", range(20))
def test_histogram_is_that_of_numpy(functions, seed):
    rng = np.random.default_rng(seed)
    values, bins = rng.normal(size=200).round(1), int(rng.integers(1, 50))
    got = functions.evaluate("([v, bins]) => tally(v, -2.03, 2.03, bins)", [values.tolist(), bins])
    assert got == np.histogram(values, bins, (-2.03, 2.03))[0].tolist()


@pytest.mark.parametrize("value, text", [(0, "0.000"), (0.25, "0.250"), (0.00247, "0.00247"), (-0.05, "−0.05")])
def test_small_numbers_keep_their_digits(functions, value, text):
    assert functions.evaluate("v => small(v)", value) == text


class Explorer:
    def __init__(self, lesson):
        self.lesson, self.page = lesson, lesson.page
        self.root = self.page.locator(".cl-activation")

    def slider(self, name):
        return self.root.get_by_role("slider", name=LABELS[name], exact=True)

    def choose(self, function):
        self.root.get_by_label("function", exact=False).first.select_option(function)

    def shows(self, **changed):
        settings = START | changed
        self.lesson.eventually("{name: getattr(explorer, name) for name in explorer.kept}", settings)
        function, slope, x, scale, bias = (settings[name] for name in START)
        value, steep = map(float, activate(function, x, slope))
        before = VALUES * scale + bias
        after, slopes = activate(function, before, slope)
        said = self.root.get_by_role("status").inner_text().replace("−", "-")
        found = re.fullmatch(r"x = (\S+): value (\S+), slope (\S+)\. Mean slope over the map: (\S+)\.", said).groups()
        assert [float(n) for n in found] == pytest.approx([x, value, steep, slopes.mean()], rel=6e-3, abs=6e-4)
        for note, values in zip(self.root.locator(".cl-note").all(), (before, after), strict=False):
            shares = [float(n) for n in re.findall(r"([\d.]+) %", note.inner_text())]
            assert shares == pytest.approx([100 * (values == 0).mean(), 100 * (values < 0).mean()], abs=0.06)
        assert self.slider("slope").is_visible() == (function == "leaky ReLU")


@pytest.fixture(scope="module")
def opened(open_cells):
    return Explorer(open_cells(CELLS))


@pytest.fixture
def explorer(opened):
    opened.root.get_by_role("button", name="Reset").click()
    opened.shows()
    return opened


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("key, end", [("Home", 0), ("End", 1)])
def test_each_control_to_its_ends(explorer, function, key, end):
    explorer.choose(function)
    explorer.shows(function=function)
    changed = {}
    for name in LIMITS:
        if name == "slope" and function != "leaky ReLU":
            continue
        explorer.slider(name).press(key)
        changed[name] = LIMITS[name][end]
        explorer.shows(function=function, **changed)


def test_setting_in_python_and_running_again(explorer):
    explorer.lesson.execute("explorer.function, explorer.bias = 'tanh', 0.5")
    explorer.lesson.until(lambda: explorer.slider("bias").input_value() == "0.5")
    explorer.shows(function="tanh", bias=0.5)
    explorer.lesson.execute("earlier = explorer")
    explorer.lesson.run_cell(1)
    explorer.lesson.eventually("explorer is not earlier", True)
    explorer.root.wait_for()
    explorer.shows(function="tanh", bias=0.5)


def test_typed_letters_do_not_reach_the_notebook(explorer):
    for focusable in (explorer.slider("x"), explorer.root.locator("select"), explorer.root.locator("button")):
        focusable.focus()
        for letter in "xdabmyvcdd":
            explorer.page.keyboard.press(letter)
    assert explorer.page.evaluate(
        "[...jupyterapp.shell.currentWidget.content.model.cells].map(c => c.sharedModel.source)") == CELLS


def test_nothing_is_wider_than_the_cell(explorer):
    for width in (1300, 800):
        explorer.page.set_viewport_size({"width": width, "height": 1000})
        wide, room = explorer.root.evaluate(
            "root => [root.scrollWidth, root.closest('.jp-OutputArea-output').clientWidth]")
        assert wide <= room
    explorer.page.set_viewport_size({"width": 1300, "height": 1000})


MEASURE = """async input => {
  const before = performance.now();
  input.stepUp(); input.dispatchEvent(new Event("input", { bubbles: true }));
  return await new Promise(resolve => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now() - before);
    port2.postMessage(""); }));
}"""


@pytest.mark.parametrize("name", ["x", "bias"])
def test_a_slider_shows_within_20_ms(explorer, name):
    explorer.choose("sigmoid")
    for _ in range(3):
        explorer.slider(name).fill("-1")
        texts, delays = [], []
        for _ in range(25):
            delays.append(explorer.slider(name).evaluate(MEASURE))
            texts.append(explorer.root.inner_text())
            explorer.page.wait_for_timeout(30)
        print(f"{name}: median {median(delays):.1f} ms, most {max(delays):.1f} ms")
        if median(delays) <= 20:
            break
    assert all(a != b for a, b in zip(texts, texts[1:], strict=False)) and median(delays) <= 20
