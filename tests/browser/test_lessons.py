"""Every lesson in JupyterLab, light and dark: all cells run, nothing bars anyone, predictions stay locked.

Set SCREENSHOTS to a folder to get pictures of each lesson from top to bottom.
"""
import os
from pathlib import Path

import pytest

LESSONS = sorted(path.name for path in (Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
OURS = {"include": [[".jp-OutputArea-output"]]}              # all that our cells put out
WIDGET = ".cnnlesson-predict"


@pytest.mark.parametrize("name", LESSONS)
def test_lesson_runs_and_bars_nobody_in_light_and_dark(open_lesson, name):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    lesson = open_lesson(name)
    for theme in ("light", "dark"):
        if theme == "dark":
            lesson.set_theme(theme)
            lesson.run_all()                                 # all cells once more
        lesson.page.wait_for_timeout(500)                    # widgets come after their cells have run
        found = axe.run(lesson.page, OURS)
        assert found.response["violations"] == [], found.generate_report()
        for width in (1300, 800):
            take_screenshots(lesson.page, f"{name[:2]}_{theme}_{width}", width)
        lesson.page.set_viewport_size({"width": 1300, "height": 1000})


def test_letters_typed_on_a_slider_of_interact_cut_no_cell(open_cells):
    lesson = open_cells([
        "import numpy as np\nfrom cnnlesson import explore\nexplore.kernel(np.eye(8))",
        "from ipywidgets import interact\ninteract(lambda angle: angle, angle=(0, 90));"])
    handle = lesson.page.get_by_role("slider", name="angle")
    handle.focus()
    for letter in "xxdd":
        lesson.page.keyboard.press(letter)
    lesson.page.keyboard.press("ArrowRight")
    lesson.until(lambda: handle.get_attribute("aria-valuenow") == "46.0", "the slider does not move")
    assert lesson.page.locator(".jp-CodeCell").count() == 2


def take_screenshots(page, stem, width, height=1500):
    """The notebook from top to bottom, one picture for each part that fits into the window."""
    folder = os.environ.get("SCREENSHOTS")
    if not folder:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    page.set_viewport_size({"width": width, "height": height})
    panel = page.locator(".jp-WindowedPanel-outer").first
    visible, whole = panel.evaluate("panel => [panel.clientHeight, panel.scrollHeight]")
    for part, top in enumerate(range(0, whole, visible - 60)):
        panel.evaluate("(panel, top) => { panel.scrollTop = top; }", top)
        page.wait_for_timeout(150)
        page.screenshot(path=Path(folder) / f"{stem}_{part:02}.png")


@pytest.fixture
def asking(open_cells):
    """Two predictions, one of a choice and one of a number."""
    lesson = open_cells([
        "from cnnlesson import practice",
        "practice.predict('sign', 'The sum will be', ['negative', 'near zero', 'positive'])",
        "practice.predict('size', 'How wide is the map?', unit='px', low=1, high=500)",
        "from cnnlesson.practice.prompts import asked"])
    lesson.page.locator(WIDGET).nth(1).wait_for()
    return lesson


def state(lesson, name):
    return lesson.python(f"[asked['{name}'].answer, asked['{name}'].confidence, asked['{name}'].locked]")


def test_a_prediction_is_locked_by_mouse(asking):
    widget = asking.page.locator(WIDGET).first
    widget.get_by_role("button", name="Lock in").click()     # too early: there is no answer yet
    assert widget.get_by_role("alert").inner_text() == "Choose an answer first."
    widget.get_by_label("near zero").click()
    slider = widget.get_by_role("slider", name="How sure are you?")
    box = slider.bounding_box()
    asking.page.mouse.click(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    widget.get_by_role("button", name="Lock in").click()
    asking.until(lambda: state(asking, "sign") == ["near zero", 100, True])
    assert_kept(asking, 1, "sign", ["near zero", 100, True], "You predicted: near zero, 100\u00a0% sure.")


def test_a_prediction_is_locked_by_keyboard(asking):
    widget, keyboard = asking.page.locator(WIDGET).nth(1), asking.page.keyboard
    widget.get_by_label("How wide is the map?").focus()
    keyboard.type("2x54")                                    # x would cut the cell; a number takes no x
    keyboard.press("Tab")
    keyboard.press("ArrowRight")
    keyboard.press("Tab")
    keyboard.press("Enter")
    asking.until(lambda: state(asking, "size") == [254, 55, True])
    assert_kept(asking, 2, "size", [254, 55, True], "You predicted: 254 px, 55\u00a0% sure.")


def assert_kept(lesson, cell, name, expected, sentence):
    """The prediction cannot be changed any more, not even by running its cell again."""
    for _ in range(2):
        widget = lesson.page.locator(WIDGET).nth(cell - 1)
        widget.get_by_text(sentence).wait_for()
        assert not widget.get_by_role("button", name="Lock in").is_visible()
        assert widget.locator("input:enabled").count() == 0
        assert state(lesson, name) == expected
        lesson.run_cell(cell)
