"""The deep-stack explorer in JupyterLab: every control to its ends, what it says against nn, and how quick it is."""
import re
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from cnnlesson import datasets, explore, nn

FOLDER = Path(explore.__file__).parent
CELLS = ["from cnnlesson import explore", "explorer = explore.deep_stack(30, 'sigmoid')\nexplorer"]
WORDS = {"vanishing": "Vanishing", "exploding": "Exploding", "healthy": "Healthy", "none": "No gradient arrives"}
START = dict(activation="sigmoid", depth=30, scale=1.0, bias=0.0, seed=0)


@pytest.fixture(scope="module")
def functions(browser):
    page = browser.new_page()
    text = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in ("common.js", "deep_stack_explorer.js"))
    page.add_script_tag(type="module", content=text + "\nObject.assign(window, { magnitude });")
    page.wait_for_function("Boolean(window.magnitude)")
    yield page
    page.close()


@pytest.mark.parametrize("value, text", [
    (0, "0"), (0.00999, "0.01"), (0.00994, "9.9 · 10⁻³"), (0.0123, "0.012"), (9.96, "10"), (999.6, "1 · 10³"),
    (4.74e-16, "4.7 · 10⁻¹⁶"), (1e-20, "1 · 10⁻²⁰"), (9e-21, "below 10⁻²⁰"), (1.1e20, "above 10²⁰")])
def test_magnitudes_are_rounded_before_they_are_written(functions, value, text):
    assert functions.evaluate("v => magnitude(v)", value) == text


class Explorer:
    """What a learner sees and touches."""

    def __init__(self, lesson):
        self.lesson, self.page = lesson, lesson.page
        self.root = self.page.locator(".cl-stack")
        self.gradient, self.said = self.root.locator(".cl-gradient"), self.root.get_by_role("status")
        self.notes = self.root.locator(".cl-note")

    def slider(self, name):
        return self.root.get_by_role("slider", name=name, exact=True)

    def choose(self, activation):
        self.root.get_by_label("activation").select_option(activation)

    def shows(self, layer=1, **changed):
        """Page and Python agree with a stack of nn that has these settings."""
        settings = START | changed
        for name, value in settings.items():
            self.lesson.eventually(f"explorer.answer['{name}']", value)
        stack = nn.deep_stack(**settings)
        gradients, dead = nn.gradient_flow(stack, *datasets.small_digits())
        self.lesson.until(lambda: self.said.inner_text().startswith(WORDS[nn.health(gradients)] + ": last layer"),
                          lambda: self.said.inner_text())
        self.lesson.until(lambda: value_of(self.notes.first.inner_text()) == pytest.approx(gradients[layer - 1], rel=.1)
                          or gradients[layer - 1] < 1e-20 and "below 10⁻²⁰" in self.notes.first.inner_text(),
                          lambda: f"{self.notes.first.inner_text()}, {gradients[layer - 1]}")
        share, mine = re.search(r"([\d.]+) %; in layer \d+: (\d+) of 64", self.notes.last.inner_text()).groups()
        assert float(share) == pytest.approx(100 * dead.mean(), abs=0.06) and int(mine) == dead[layer - 1].sum()
        assert self.root.get_by_role("alert").count() == 0


def value_of(text):
    """The number in "layer 1: 4.7 · 10⁻¹⁶"; -1 where there is none."""
    found = re.search(r"layer \d+: ([\d.]+)(?: · 10([⁻⁰¹²³⁴-⁹]+))?", text)
    if not found:
        return -1
    exponent = (found[2] or "⁰").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(found[1]) * 10.0 ** int(exponent)


@pytest.fixture(scope="module")
def opened(open_cells):
    return Explorer(open_cells(CELLS))


@pytest.fixture
def explorer(opened):
    """The explorer as it was at first."""
    opened.root.get_by_role("button", name="Reset").click()
    opened.gradient.press("Home")
    opened.shows()
    return opened


@pytest.mark.parametrize("name, key, changed", [
    ("depth", "Home", dict(depth=1)), ("depth", "End", dict(depth=50)), ("start scale", "Home", dict(scale=0.1)),
    ("start scale", "End", dict(scale=10.0)), ("bias", "Home", dict(bias=-1.0)), ("bias", "End", dict(bias=1.0)),
    ("seed", "End", dict(seed=9))])
def test_each_slider_to_its_ends(explorer, name, key, changed):
    explorer.slider(name).press(key)
    explorer.shows(**changed)


@pytest.mark.parametrize("activation", ["ReLU", "leaky ReLU", "sigmoid", "tanh"])
def test_each_activation(explorer, activation):
    explorer.choose(activation)
    explorer.shows(activation=activation)
    explorer.slider("bias").press("Home")
    explorer.shows(activation=activation, bias=-1.0)


def test_numbers_too_large_are_answered_by_a_sentence(explorer):
    explorer.choose("ReLU")
    explorer.slider("depth").press("End")
    explorer.slider("start scale").press("End")
    alert = explorer.root.get_by_role("alert")
    alert.wait_for()
    assert "numbers became too large for float32, which ends at 3.4 × 10³⁸" in alert.inner_text()
    assert not explorer.gradient.is_visible() and "there is no gradient to show" in explorer.said.inner_text()
    explorer.slider("start scale").press("Home")
    alert.wait_for(state="hidden")


def test_walking_by_keys_and_pointer(explorer):
    explorer.choose("ReLU")
    explorer.gradient.press("End")
    explorer.shows(activation="ReLU", layer=30)
    explorer.gradient.press("ArrowLeft")
    explorer.shows(activation="ReLU", layer=29)
    box = explorer.gradient.bounding_box()
    explorer.page.mouse.move(box["x"] + box["width"] * (90 + 780 * 9 / 29) / 900, box["y"] + 40)
    explorer.shows(activation="ReLU", layer=10)


def test_setting_in_python_and_running_again(explorer):
    explorer.page.evaluate("document.activeElement.blur()")
    explorer.lesson.execute("explorer.depth = 12")
    explorer.shows(depth=12)
    explorer.lesson.until(lambda: explorer.slider("depth").input_value() == "12")
    explorer.lesson.execute("earlier = explorer")
    explorer.lesson.run_cell(1)
    explorer.lesson.eventually("explorer is not earlier", True)
    explorer.root.wait_for()
    explorer.shows(depth=12)


def test_typed_letters_do_not_reach_the_notebook(explorer):
    for focusable in (explorer.slider("depth"), explorer.gradient, explorer.root.get_by_role("button", name="Reset")):
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


# One slider event, then wait for its answer: from the event's time stamp to the frame that shows the new sentence.
MEASURE = """async input => {
  const said = document.querySelector(".cl-stack .cl-sum"), before = performance.now();
  const shown = new Promise(resolve => new MutationObserver((_, me) => { me.disconnect(); requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now() - before);
    port2.postMessage(""); }); }).observe(said, { childList: true, characterData: true, subtree: true }));
  input.stepUp(); input.dispatchEvent(new Event("input", { bubbles: true }));
  return await shown;
}"""


def test_an_answer_shows_within_60_ms(explorer):
    explorer.slider("depth").press("End")
    explorer.shows(depth=50)
    for _ in range(3):
        explorer.slider("start scale").fill("-0.5")
        explorer.page.wait_for_timeout(400)
        delays = []
        for _ in range(20):
            delays.append(explorer.slider("start scale").evaluate(MEASURE))
            explorer.page.wait_for_timeout(120)
        print(f"median {median(delays):.1f} ms, most {max(delays):.1f} ms")
        if median(delays) <= 60:
            break
    assert np.min(delays) > 0 and median(delays) <= 60
