"""The output-size explorer, alone and in its lesson: sizes, counts and sentences are those of plain loops in Python."""
import re
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from cnnlesson import explore, ops
from cnnlesson.plot.style import MAGNITUDE

FOLDER = Path(explore.__file__).parent
LESSON = "03_how_big_is_the_output.ipynb"
NAMES = ["size", "kernel_size", "stride", "padding", "dilation"]
START = [8, 3, 2, 1, 1]
ENDS = {"size": (1, 16), "kernel_size": (1, 7), "stride": (1, 5), "padding": (0, 4), "dilation": (1, 3)}
CELLS = ["from cnnlesson import explore", f"explorer = explore.output_size(*{START})\nexplorer"]


def windows(size, kernel_size, stride, padding, dilation):
    """For each window along one side, the cells that it looks at: moved along as long as it fits."""
    found, first = [], -padding
    while first + dilation * (kernel_size - 1) <= size + padding - 1:
        found.append([first + k * dilation for k in range(kernel_size)])
        first += stride
    return found


def seen(size, *settings):
    """How many windows see each pixel of a square picture."""
    line = [sum(cell == pixel for cells in windows(size, *settings) for cell in cells) for pixel in range(size)]
    return np.outer(line, line)


def cell_side(size, padding):
    """Of a cell on the canvas, which is 368 of them wide."""
    return 368 // (size + 2 * max(2, padding))


def random_settings(seed):
    """Any settings the sliders can reach, possible or not."""
    rng = np.random.default_rng(seed)
    return [int(rng.integers(low, high + 1)) for low, high in ENDS.values()]


# ---- the arithmetic, without JupyterLab -------------------------------------------------------------


@pytest.fixture(scope="module")
def functions(browser):
    """A blank page with the explorer's functions on `window`."""
    page = browser.new_page()
    source = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in ("common.js", "output_size_explorer.js"))
    page.add_script_tag(type="module", content=f"{source}\nObject.assign(window, {{ windows, refusal }});")
    page.wait_for_function("Boolean(window.windows)")
    yield page
    page.close()


@pytest.mark.parametrize("seed", range(100))
def test_windows_are_those_of_numpy(functions, seed):
    settings = dict(zip(NAMES, random_settings(seed), strict=True))
    got = functions.evaluate("""settings => {
      const line = windows(settings);
      return { ...line, sentence: refusal(settings, line) }; }""", settings)
    try:
        side = ops.output_size(**settings)
    except ValueError as error:
        assert (got["count"], got["sentence"], got["cells"]) == (0, str(error), [])
        return
    size, kernel_size, *_ = settings.values()
    options = {name: settings[name] for name in NAMES[2:]}
    picture, kernel = np.ones((1, 1, size, size)), np.ones((1, 1, kernel_size, kernel_size))
    looks = ops.conv2d_backward(np.ones((1, 1, side, side)), picture, kernel, **options)[0][0, 0]
    assert got["count"] == side and got["cells"] == windows(*settings.values())
    np.testing.assert_allclose(np.outer(got["seen"], got["seen"]), looks, atol=1e-9)
    pixels = ops.conv2d(picture, kernel, **options)[0, 0]
    np.testing.assert_allclose(np.outer(got["inside"], got["inside"]), pixels, atol=1e-9)


def test_random_settings_are_possible_and_impossible():
    possible = [bool(windows(*random_settings(seed))) for seed in range(100)]
    assert 50 < sum(possible) < 95


# ---- in JupyterLab ----------------------------------------------------------------------------------


class Explorer:
    """What a learner sees and touches."""

    def __init__(self, lesson):
        self.lesson, self.page = lesson, lesson.page
        self.root = self.page.locator(".cl-output-size")
        self.input, self.map, self.formula, self.where = (
            self.root.locator(f".cl-{part}") for part in ("input", "map", "formula", "where"))
        self.notes = self.root.locator(".cl-note")
        self.error = self.root.get_by_role("alert")
        self.root.wait_for()

    def slider(self, name):
        return self.root.get_by_role("slider", name=name.replace("_", " "), exact=True)

    def set(self, *settings):
        for name, value in zip(NAMES, settings, strict=True):
            self.slider(name).fill(str(value))

    def hover(self, canvas, y, x):
        box = canvas.bounding_box()
        self.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])

    def colours(self, canvas, corner, cells, side):
        """Colour near the corner of some cells of a grid that begins at `corner`, cells `side` canvas pixels wide."""
        return canvas.evaluate("""(canvas, [corner, cells, side]) => cells.map(place => {
          const [y, x] = place.map(at => corner + (at + 1 / 6) * side);
          return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3); })""", [corner, cells, side])

    def shows(self, *settings):
        """Text, both pictures and the Python object agree with plain loops."""
        size, kernel_size, stride, padding, dilation = settings
        line, counts = windows(*settings), seen(*settings)
        side, room = len(line), size + 2 * padding - dilation * (kernel_size - 1) - 1
        self.lesson.eventually(f"[explorer.{', explorer.'.join(NAMES)}, explorer.map_size]", [*settings, side])
        assert self.lesson.python("explorer.seen.tolist()") == counts.tolist()
        assert [self.slider(name).input_value() for name in NAMES] == list(map(str, settings))
        text = self.formula.inner_text()
        filled = f"⌊({size} + 2 · {padding} − {dilation} · ({kernel_size} − 1) − 1) / {stride}⌋ + 1"
        assert f"= {filled} = ⌊{room} / {stride}⌋ + 1".replace("⌊-", "⌊−") in text
        assert f"Seen by none (×): {(counts == 0).sum()}" in self.notes.nth(0).inner_text()
        assert f"{size} × {size} pixels" in self.notes.nth(0).inner_text()
        assert self.map.is_visible() == bool(side) and self.error.is_visible() == (not side)
        if not side:
            return
        assert f"+ 1 = {room // stride} + 1 = {side}" in text
        assert ("nothing is left over" in text) == (room % stride == 0)
        assert self.notes.nth(1).inner_text().startswith(f"{side} × {side} windows.")
        self.pictures(settings, line, counts)

    def pictures(self, settings, line, counts):
        size, kernel_size = settings[:2]
        width = int(self.input.get_attribute("width"))
        cell = 2 * cell_side(size, settings[3])
        row, column = self.place()
        cells = [(i, j) for i in range(size) for j in range(size) if i not in line[row] and j not in line[column]][::7]
        wanted = [255 * np.array(MAGNITUDE(counts[at] / counts.max())[:3] if counts[at] else (1, 1, 1)) for at in cells]
        got = self.colours(self.input, (width - cell * size) / 2, cells, cell)
        assert not cells or np.abs(np.array(got) - wanted).max() <= 8          # a step of the palette is up to 6 of 255
        inside = [sum(0 <= c < size for c in own) for own in line]
        cells = [(i, j) for i in range(len(line)) for j in range(len(line)) if i != row and j != column][::5]
        wanted = [255 * np.array(MAGNITUDE(inside[i] * inside[j] / kernel_size**2)[:3]) for i, j in cells]
        got = self.colours(self.map, (width - cell * len(line)) / 2, cells, cell)
        assert not cells or np.abs(np.array(got) - wanted).max() <= 8

    def place(self):
        """Row and column of the window, read from the text."""
        return [int(n) for n in re.findall(r"\d+", self.where.inner_text().partition("of the map")[0])]


@pytest.fixture(scope="module")
def opened(open_cells):
    return Explorer(open_cells(CELLS))


@pytest.fixture
def explorer(opened):
    """The explorer as it was at first."""
    opened.root.get_by_role("button", name="Reset").click()
    opened.page.mouse.move(0, 0)
    opened.lesson.eventually(f"[explorer.{', explorer.'.join(NAMES)}, explorer.row, explorer.column]", [*START, 0, 0])
    return opened


def test_starts_as_it_was_called(explorer):
    explorer.shows(*START)
    assert "7 / 2 = 3.5, rounded down: 1 left over at the right and at the bottom" in explorer.formula.inner_text()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", ["Home", "End"])
def test_each_slider_reaches_its_ends(explorer, name, key):
    explorer.slider(name).press(key)
    settings = dict(zip(NAMES, START, strict=True)) | {name: ENDS[name][key == "End"]}
    explorer.shows(*settings.values())


@pytest.mark.parametrize("settings", [
    (16, 7, 5, 4, 3), (1, 1, 1, 0, 1), (16, 1, 1, 4, 1), (8, 2, 3, 0, 1), (9, 3, 2, 0, 2), (10, 3, 2, 0, 1),
    (3, 1, 1, 4, 1), (1, 7, 5, 4, 1), *(random_settings(seed) for seed in range(12))])
def test_any_settings(explorer, settings):
    explorer.set(*settings)
    explorer.shows(*settings)


def test_impossible_settings_are_answered_by_the_sentence(explorer):
    explorer.set(4, 3, 1, 0, 2)
    explorer.shows(4, 3, 1, 0, 2)
    assert explorer.error.inner_text() == (
        "kernel_size must fit into the padded input of 4 pixels, got a kernel that spans 5")
    assert "no window fits: there is no map" in explorer.formula.inner_text() and not explorer.where.inner_text()
    explorer.hover(explorer.input, 0.5, 0.5)                 # nothing to point at, and nothing breaks
    explorer.slider("padding").press("ArrowRight")
    explorer.shows(4, 3, 1, 1, 2)


def test_hovering_the_map_tells_what_the_window_sees(explorer):
    explorer.set(8, 3, 2, 1, 2)                              # three windows: −1, 1, 3 … and 1, 3, 5
    side = 3 * cell_side(8, 1) / 368                         # share of the canvas that the map takes
    for row in range(3):
        for column in range(3):
            explorer.hover(explorer.map, *(0.5 + ((at + 0.5) / 3 - 0.5) * side for at in (row, column)))
            rows, columns = (", ".join(map(str, windows(8, 3, 2, 1, 2)[at])).replace("-", "−") for at in (row, column))
            text = explorer.where.inner_text()
            assert text.startswith(f"row {row}, column {column} of the map: ")
            assert f"the window sees rows {rows} and columns {columns} of the input" in text
            real = (3 - (row == 0)) * (3 - (column == 0))
            assert text.endswith("9 pixels" if real == 9 else f"{real} pixels and {9 - real} zeros of the border")
    explorer.lesson.eventually("[explorer.row, explorer.column]", [2, 2])
    explorer.hover(explorer.map, 0.01, 0.99)                 # beside the map: the nearest cell
    assert explorer.place() == [0, 2]


def test_hovering_the_input_puts_the_window_around_the_pointer(explorer):
    for stride in (1, 2, 3):
        explorer.slider("stride").fill(str(stride))
        for pixel in (0, 3, 5):
            explorer.hover(explorer.input, 0.5, 0.5 + (pixel + 0.5 - 4) * cell_side(8, 1) / 368)
            own = windows(8, 3, stride, 1, 1)
            nearest = min(abs(np.mean(cells) - pixel) for cells in own)
            assert abs(np.mean(own[explorer.place()[1]]) - pixel) == nearest


def test_arrow_keys_move_the_window(explorer):
    explorer.map.focus()
    for key, place in [("ArrowRight", [0, 1]), ("ArrowDown", [1, 1]), ("ArrowDown", [2, 1]), ("ArrowDown", [3, 1]),
                       ("ArrowDown", [3, 1]), ("ArrowLeft", [3, 0]), ("ArrowLeft", [3, 0]), ("ArrowUp", [2, 0])]:
        explorer.page.keyboard.press(key)
        assert explorer.place() == place
    explorer.lesson.eventually("[explorer.row, explorer.column]", [2, 0])
    assert explorer.map.get_attribute("aria-label").startswith("Feature map, 4 × 4 windows.")
    assert "Input, 8 × 8 pixels" in explorer.input.get_attribute("aria-label")


def test_a_smaller_map_keeps_the_window_on_it(explorer):
    explorer.hover(explorer.map, 0.99, 0.99)
    assert explorer.place() == [3, 3]
    explorer.slider("stride").press("End")
    assert explorer.place() == [1, 1]
    explorer.lesson.eventually("[explorer.row, explorer.column]", [1, 1])


def test_python_and_page_agree_both_ways_and_the_cell_can_be_run_again(explorer):
    explorer.lesson.execute("explorer.size, explorer.stride, explorer.padding = 10, 3, 0")
    explorer.lesson.until(lambda: explorer.slider("size").input_value() == "10")
    explorer.shows(10, 3, 3, 0, 1)
    explorer.lesson.execute("earlier = explorer")
    explorer.lesson.run_cell(1)
    explorer.lesson.eventually("explorer is not earlier", True)
    explorer.root.wait_for()
    explorer.shows(10, 3, 3, 0, 1)


@pytest.mark.parametrize("statement, sentence", [
    ("explorer.stride = 0", "stride must be ≥ 1, got 0"),
    ("explorer.size = 17", "size must be ≤ 16 in the explorer, got 17"),
    ("explorer.padding = -1", "padding must be ≥ 0, got -1"), ("explore.output_size(3, 5)", "kernel_size must fit")])
def test_python_refuses_what_cannot_be(explorer, statement, sentence):
    with pytest.raises(AssertionError, match=re.escape(f"ValueError: {sentence}")):
        explorer.lesson.execute(statement)
    explorer.shows(*START)


@pytest.mark.parametrize("find", [lambda e: e.slider("stride"), lambda e: e.map], ids=["slider", "canvas"])
def test_typed_letters_do_not_reach_the_notebook(explorer, find):
    find(explorer).focus()
    for letter in "xdabmyvcdd":
        explorer.page.keyboard.press(letter)
    explorer.page.wait_for_timeout(100)
    assert explorer.page.evaluate(
        "[...jupyterapp.shell.currentWidget.content.model.cells].map(c => c.sharedModel.source)") == CELLS


# As for the kernel explorer: from the browser's time stamp of the input event to a task that runs when the frame that
# shows the change is painted.
MEASURE = """() => {
  window.frames_seen = []; window.heights = [];
  window.measure ??= document.addEventListener("input", event => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => frames_seen.push(
      [performance.now() - event.timeStamp, document.querySelector(".cl-formula").textContent]);
    port2.postMessage("");
  }), true) ?? true;
  const explorer = document.querySelector(".cl-output-size");
  new ResizeObserver(([area]) => heights.push(area.contentRect.height)).observe(explorer);
}"""


@pytest.mark.parametrize("name, settings", [
    ("padding", (16, 3, 1, 0, 1)), ("size", (8, 3, 2, 1, 1)), ("stride", (16, 7, 1, 4, 1))])
def test_a_slider_shows_within_20_ms_and_nothing_jumps(explorer, name, settings):
    explorer.set(*settings)
    explorer.page.wait_for_timeout(300)                      # until all that was set is painted
    explorer.page.evaluate(MEASURE)
    explorer.slider(name).focus()
    for number in range(40):
        explorer.page.keyboard.press("ArrowRight" if number // 3 % 2 == 0 else "ArrowLeft")
        explorer.page.wait_for_function("count => frames_seen.length >= count", arg=number + 1)
        explorer.page.wait_for_timeout(7 * (number % 5))     # at another moment of the next frame
    delays, texts = zip(*explorer.page.evaluate("frames_seen"), strict=True)
    assert len(delays) == 40 and all(a != b for a, b in zip(texts, texts[1:], strict=False))
    print(f"{name}: median {median(delays):.1f} ms, most {max(delays):.1f} ms")
    heights = explorer.page.evaluate("heights")
    assert median(delays) <= 20
    assert max(heights) - min(heights) <= 2


@pytest.mark.parametrize("settings", [(16, 7, 5, 4, 3), (2, 7, 1, 0, 1), (1, 1, 1, 0, 1), (16, 7, 1, 4, 1)])
def test_nothing_jumps_from_one_setting_to_another(explorer, settings):
    explorer.page.evaluate(MEASURE)
    explorer.set(*settings)
    explorer.page.wait_for_timeout(100)
    heights = explorer.page.evaluate("heights")
    assert max(heights) - min(heights) <= 2


# ---- the lesson -------------------------------------------------------------------------------------


def test_the_lesson_with_every_control_at_its_ends(open_lesson):
    lesson = open_lesson(LESSON)
    explorer = Explorer(lesson)
    explorer.shows(*START)
    settings = dict(zip(NAMES, START, strict=True))
    for name in NAMES:
        for key, value in zip(("Home", "End"), ENDS[name], strict=True):
            explorer.slider(name).press(key)
            explorer.shows(*(settings | {name: value}).values())
        explorer.slider(name).fill(str(settings[name]))
    explorer.set(2, 3, 1, 0, 1)                              # impossible, and the lesson still runs to its end
    explorer.shows(2, 3, 1, 0, 1)
    lesson.run_all()
    explorer.shows(2, 3, 1, 0, 1)


def test_the_lesson_judges_predictions_and_solutions(open_lesson):
    lesson = open_lesson(LESSON)
    asked = lesson.page.locator(".cnnlesson-predict")
    for index, answer in enumerate(["14", None, "26", "6"]):
        widget = asked.nth(index)
        if answer:
            widget.locator("input[type=number]").fill(answer)
        else:
            widget.get_by_label("the last one").click()
        widget.get_by_role("button", name="Lock in").click()
    lesson.run_all()
    answers = lesson.page.locator(".jp-OutputArea-output", has_text="Answer:").all_inner_texts()
    assert [text.splitlines()[0] for text in answers] == [
        "Answer: 13.", "Answer: the last one.", "Answer: 24.", "Answer: 5."]
    assert [text.split(". ")[1].split(":")[0].rstrip(".") for text in (a.splitlines()[1] for a in answers)] == [
        "Not so", "Right", "Not so", "Not so"]
