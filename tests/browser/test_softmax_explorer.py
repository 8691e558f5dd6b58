"""The softmax explorer in JupyterLab: JavaScript against NumPy, every control to its ends, latency."""
import re
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from cnnlesson import explore
from cnnlesson.explore.softmax_explorer import LIMITS, answer

FOLDER = Path(explore.__file__).parent
NAMES = ("five", "three", "eight")
CELLS = ["from cnnlesson import explore", f"explorer = explore.softmax(names={NAMES})\nexplorer"]
START = dict(logits=[2.0, 1.0, -1.0], temperature=1.0, label=0)
UP = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−∞", "-0123456789-∞")


@pytest.fixture(scope="module")
def functions(browser):
    page = browser.new_page()
    text = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in ("common.js", "softmax_explorer.js"))
    page.add_script_tag(
        type="module", content=f"{text}\nObject.assign(window, {{ softmaxAt, lossAt, gradientAt, tiny }});")
    page.wait_for_function("Boolean(window.tiny)")
    yield page
    page.close()


def in_javascript(functions, logits, temperature, label):
    p, loss, gradient = functions.evaluate(
        "([z, T, i]) => [softmaxAt(z, T).p, String(lossAt(z, T, i)), gradientAt(z, T, i)]",
        [list(map(float, logits)), temperature, label])
    return p, float(loss.replace("Infinity", "inf")), gradient


@pytest.mark.parametrize("seed", range(60))
def test_arithmetic_is_that_of_numpy(functions, seed):
    rng = np.random.default_rng(seed)
    logits, label = rng.uniform(-10, 10, 3).round(1), int(rng.integers(3))
    temperature = float(rng.choice([0.05, 1, 5, rng.uniform(0.05, 5)]))
    ours = in_javascript(functions, logits, temperature, label)
    for got, expected in zip(ours, answer(logits, temperature, label), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("logits", [[1, 2, 3], [3, 1, 3], [0, 0, 0], [10, -10, -10], [-10, -10, 10]])
@pytest.mark.parametrize("temperature", [0, 0.05])
@pytest.mark.parametrize("label", range(3))
def test_cold_and_extreme_settings(functions, logits, temperature, label):
    ours = in_javascript(functions, logits, temperature, label)
    for got, expected in zip(ours, answer(logits, temperature, label), strict=True):
        assert not np.isnan(got).any()
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("value, text", [
    (0, "0.000"), (0.25, "0.250"), (0.0005, "0.001"), (0.0000454, "4.5 · 10⁻⁵"), (-2e-9, "−2.0 · 10⁻⁹")])
def test_small_numbers_stay_readable(functions, value, text):
    assert functions.evaluate("v => tiny(v)", value) == text


def value_of(text):
    """4.5 · 10⁻⁵ → 4.5e-5"""
    text = text.translate(UP).replace(" · 10", "e").replace("∞", "inf")
    return float(text)


class Explorer:
    def __init__(self, lesson):
        self.lesson, self.page, self.root = lesson, lesson.page, lesson.page.locator(".cl-softmax")
        self.root.wait_for()

    def slider(self, name):
        return self.root.get_by_role("slider", name=name, exact=True)

    def choose(self, name):
        self.root.locator("select").select_option(name)

    def shows(self, **changed):
        settings = START | changed
        self.lesson.eventually("{name: getattr(explorer, name) for name in explorer.kept}", settings)
        p, loss, gradient = answer(**settings)
        said = self.root.get_by_role("status").inner_text()
        name, *numbers = re.fullmatch(
            r"Right class (\S+): p = (.+), loss = (.+)\. A guess among three has (.+)\.", said).groups()
        assert name == NAMES[settings["label"]]
        expected = [p[settings["label"]], loss, np.log(3)]
        assert list(map(value_of, numbers)) == pytest.approx(expected, rel=0.06, abs=6e-4)
        column = [cell.inner_text() for cell in self.root.locator("tbody td:last-child").all()]
        assert list(map(value_of, column)) == pytest.approx(p.tolist(), rel=0.06, abs=6e-4)
        for kind, values in (("cl-bars", p), ("cl-signed", gradient)):
            words = self.root.locator(f".{kind}").get_attribute("aria-label").split(": ")[1].split(", ")
            told = [value_of(word.split(" ", 1)[1]) for word in words]
            assert told == pytest.approx(values.tolist(), rel=0.06, abs=6e-4)
        assert "NaN" not in self.root.inner_text()


@pytest.fixture(scope="module")
def opened(open_cells):
    return Explorer(open_cells(CELLS))


@pytest.fixture
def explorer(opened):
    opened.root.get_by_role("button", name="Reset").click()
    opened.shows()
    return opened


@pytest.mark.parametrize("key, end", [("Home", 0), ("End", 1)])
def test_each_control_to_its_ends(explorer, key, end):
    logits = list(START["logits"])
    for i, name in enumerate(NAMES):
        explorer.slider(f"logit of {name}").press(key)
        logits[i] = LIMITS["logits"][end]
        explorer.shows(logits=logits)
    explorer.slider("temperature").press(key)
    for label, name in enumerate(NAMES):
        explorer.choose(name)
        explorer.shows(logits=logits, temperature=LIMITS["temperature"][end], label=label)


def test_what_becomes_of_temperature_0(explorer):
    explorer.slider("temperature").press("Home")
    explorer.shows(temperature=0.0)
    assert "five, the largest, takes all" in explorer.root.locator(".cl-note").inner_text()
    explorer.choose("eight")
    explorer.shows(temperature=0.0, label=2)
    assert "p = 0.000, loss = ∞" in explorer.root.get_by_role("status").inner_text()
    explorer.lesson.execute("explorer.logits = [1, 1, 0]")
    explorer.lesson.until(lambda: "five and three share everything" in explorer.root.locator(".cl-note").inner_text())
    explorer.shows(logits=[1.0, 1.0, 0.0], temperature=0.0, label=2)
    explorer.slider("temperature").press("ArrowRight")
    explorer.shows(logits=[1.0, 1.0, 0.0], temperature=0.05, label=2)
    assert "(p − y) / 0.05" in explorer.root.locator(".cl-note").inner_text()


def test_the_mark_on_the_curve(explorer):
    place = explorer.root.locator(".cl-curve").get_attribute("aria-label")
    assert "the mark is at p 0.705, loss 0.35" in place
    explorer.lesson.execute("explorer.logits = [-10, 10, 10]")
    explorer.lesson.until(lambda: "loss 20.69" in explorer.root.locator(".cl-curve").get_attribute("aria-label"))
    ink = explorer.root.locator(".cl-curve").evaluate("""canvas => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, 40); let n = 0;
      for (let i = 0; i < data.length; i += 4) n += data[i] === 216 && data[i + 1] === 27 && data[i + 2] === 96;
      return n; }""")
    assert ink > 100                                              # the arrow, and how far off


def test_setting_in_python_and_running_again(explorer):
    explorer.lesson.execute("explorer.temperature, explorer.label = 2.5, 1")
    explorer.lesson.until(lambda: explorer.slider("temperature").input_value() == "2.5")
    explorer.shows(temperature=2.5, label=1)
    explorer.lesson.execute("earlier = explorer")
    explorer.lesson.run_cell(1)
    explorer.lesson.eventually("explorer is not earlier", True)
    explorer.root.wait_for()
    explorer.shows(temperature=2.5, label=1)


def test_typed_letters_do_not_reach_the_notebook(explorer):
    for focusable in (explorer.slider("temperature"), explorer.root.locator("select"), explorer.root.locator("button")):
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


@pytest.mark.parametrize("name", ["logit of three", "temperature"])
def test_a_slider_shows_within_20_ms(explorer, name):
    for _ in range(3):
        explorer.slider(name).fill("1")
        texts, delays = [], []
        for _ in range(25):
            delays.append(explorer.slider(name).evaluate(MEASURE))
            texts.append(explorer.root.inner_text())
            explorer.page.wait_for_timeout(30)
        print(f"{name}: median {median(delays):.1f} ms, most {max(delays):.1f} ms")
        if median(delays) <= 20:
            break
    assert all(a != b for a, b in zip(texts, texts[1:], strict=False)) and median(delays) <= 20
