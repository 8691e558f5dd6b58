"""The digit explorer in JupyterLab: what a hand draws with the mouse is recognised, and every layer answers at once."""
from statistics import median
from zlib import crc32

import numpy as np
import pytest

from cnnlesson import datasets, nn, ops

CELLS = ["from cnnlesson import explore, nn\nmodel = nn.trained('digits')", "explorer = explore.digit(model)\nexplorer"]
# Strokes of a hand, as corners (x, y) in a square of side 100, y downwards.
STROKES = {
    0: ["52,6 36,12 24,32 22,56 30,80 46,94 62,90 76,70 79,46 72,22 58,8 48,7"],
    1: ["46,22 58,8 57,30 55,60 54,94"],
    2: ["24,28 32,12 50,6 67,12 73,28 66,46 50,64 34,80 22,92 40,91 60,91 80,92"],
    3: ["26,14 42,6 62,9 70,22 64,38 46,46 64,52 74,68 68,86 48,95 26,88"],
    4: ["34,8 29,28 24,50 46,51 78,49", "62,24 60,50 58,74 57,96"],
    5: ["70,8 50,9 33,10 31,26 29,44 46,39 64,44 73,60 69,80 52,93 34,92 24,86"],
    6: ["64,6 48,20 34,42 27,64 32,84 48,94 65,88 72,72 64,57 48,54 33,64 29,74"],
    7: ["22,12 44,11 76,9 66,32 55,58 46,80 42,95"],
    8: ["66,18 52,7 36,14 33,30 48,45 66,60 72,78 60,93 42,94 29,82 33,64 50,47 65,32 67,18"],
    9: ["70,26 58,10 40,11 29,27 34,44 50,49 66,39 71,24 69,48 65,72 59,96"],
}
# Left and top corner and side of the square, as fractions of the pad.
PLACES = {"large": (0.1, 0.1, 0.8), "small": (0.44, 0.46, 0.5)}


class Pad:
    """What a learner sees and touches."""

    def __init__(self, lesson):
        self.lesson, self.page = lesson, lesson.page
        self.root = self.page.locator(".cl-digit")
        self.pad, self.answer = self.root.locator(".cl-pad"), self.root.locator(".cl-answer")
        self.maps, self.lens = self.root.locator(".cl-maps"), self.root.locator(".cl-lens")

    def draw(self, digit, place):
        left, top, side = place
        box = self.pad.bounding_box()
        for stroke in STROKES[digit]:
            points = [[float(n) / 100 for n in point.split(",")] for point in stroke.split()]
            self.drag([[box["x"] + (left + side * x) * box["width"], box["y"] + (top + side * y) * box["height"]]
                       for x, y in points])

    def drag(self, points):
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*point, steps=4)
        self.page.mouse.up()

    def clear(self):
        self.root.get_by_role("button", name="Clear").click()
        self.lesson.eventually("[sum(explorer.ink), explorer.probabilities]", [0, []])

    def settle(self):
        """Wait until Python has answered to the last stroke and the page shows it."""
        shown = self.ink()
        self.lesson.eventually("__import__('zlib').crc32(explorer.ink)", crc32(bytes(shown)))
        expected = self.lesson.python("explorer.probabilities")
        self.lesson.until(lambda: self.probabilities() == [percent(p) for p in expected], "the page lags behind")
        return expected

    def ink(self):
        """The pad's pixels, read from the canvas: 112 × 112 squares of 5 canvas pixels."""
        return self.pad.evaluate("""canvas => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, 560, 560);
          return Array.from({ length: 112 * 112 }, (_, k) =>
            data[4 * ((5 * Math.floor(k / 112) + 2) * 560 + 5 * (k % 112) + 2)]); }""")

    def probabilities(self):
        return self.root.locator(".cl-percent").all_inner_texts()

    def pictures(self):
        """All canvases with feature maps, as data URLs."""
        return self.maps.locator("canvas").evaluate_all("all => all.map(canvas => canvas.toDataURL())")


def percent(p):
    return "> 99.9 %" if p > 0.9995 else "< 0.1 %" if p < 0.0005 else f"{100 * p:.1f} %"


@pytest.fixture(scope="module")
def opened(open_cells):
    return Pad(open_cells(CELLS))


@pytest.fixture
def pad(opened):
    """An empty pad."""
    opened.page.mouse.move(0, 0)
    opened.clear()
    return opened


def test_starts_with_a_digit_and_its_answer(open_cells):
    pad = Pad(open_cells([CELLS[0], "explorer = explore.digit(model, start=3)\nexplorer"]))
    pad.answer.wait_for()
    assert "The network says 3" in pad.answer.inner_text()
    assert int(np.argmax(pad.settle())) == 3


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("digit", range(10))
def test_a_digit_drawn_with_the_mouse_is_recognised(pad, digit, place):
    pad.draw(digit, PLACES[place])
    probabilities = pad.settle()
    said = {d: f"{100 * p:.1f} %" for d, p in enumerate(probabilities) if p > 0.01}
    print(f"{digit} {place}: {said}")
    assert int(np.argmax(probabilities)) == digit, said
    assert f"The network says {digit}" in pad.answer.inner_text()


def test_probabilities_are_those_of_the_model_for_what_it_sees(pad):
    pad.draw(5, PLACES["large"])
    shown = pad.settle()
    seen = np.array(pad.lesson.python("explorer.digit.tolist()"), np.float32)
    ink = np.array(pad.lesson.python("list(explorer.ink)"), np.uint8).reshape(112, 112)
    np.testing.assert_allclose(seen, datasets.centre_digit(ink), atol=1e-6)
    expected = ops.softmax(nn.trained("digits")(seen[None, None]))[0]
    assert shown == pytest.approx(expected.tolist(), abs=1e-5)
    widths = pad.root.locator(".cl-fill").evaluate_all("all => all.map(bar => parseFloat(bar.style.width) / 100)")
    assert widths == pytest.approx(expected.tolist(), abs=1e-4)


def test_every_layer_changes_with_the_drawing(pad):
    pad.draw(3, PLACES["large"])
    pad.settle()
    before = pad.pictures()
    box = pad.pad.bounding_box()
    pad.drag([[box["x"] + 60, box["y"] + 60], [box["x"] + 70, box["y"] + 220]])
    pad.settle()
    after = pad.pictures()
    assert len(before) == len(after) == 11 and all(a != b for a, b in zip(after, before, strict=True))


def test_clear_empties_pad_maps_and_bars(pad):
    pad.draw(4, PLACES["large"])
    pad.settle()
    pad.clear()
    assert not any(pad.ink())
    pad.lesson.until(lambda: pad.answer.inner_text() == "Draw a digit, or load one.")
    assert pad.probabilities() == [""] * 10
    labels = pad.maps.locator("canvas").evaluate_all("all => all.map(canvas => canvas.ariaLabel)")
    assert len(labels) == 11 and all(label.endswith(": nothing yet") for label in labels)
    assert not np.any(pad.lesson.python("explorer.digit.tolist()"))


@pytest.mark.parametrize("digit", [0, 4, 9])
def test_a_sample_can_be_loaded(pad, digit):
    pad.root.get_by_label("load a digit").select_option(str(digit))
    assert int(np.argmax(pad.settle())) == digit
    test = datasets.mnist().test
    sample = test.images[np.flatnonzero(test.labels == digit)[0], 0]
    ink = np.array(pad.ink()).reshape(28, 4, 28, 4).mean((1, 3)) / 255
    np.testing.assert_allclose(ink, sample, atol=1 / 255)


def test_drawing_by_keyboard(pad):
    pad.pad.focus()
    for key in ["ArrowUp"] * 8 + ["Space"] + ["ArrowDown"] * 16 + ["Space"] + ["ArrowLeft"] * 4:
        pad.page.keyboard.press(key)
    pad.page.keyboard.press("Tab")                           # away: the mark of the pen goes
    assert int(np.argmax(pad.settle())) == 1
    ink = np.array(pad.ink()).reshape(112, 112)
    rows, columns = (np.flatnonzero(ink.any(axis)) for axis in (1, 0))
    assert 19 <= rows[0] <= rows[-1] <= 93 and 50 <= columns[0] <= columns[-1] <= 61
    pad.pad.focus()
    pad.page.keyboard.press("Delete")
    pad.lesson.eventually("sum(explorer.ink)", 0)


def test_the_lens_follows_pointer_and_keys(pad):
    pad.draw(2, PLACES["large"])
    pad.settle()
    note = pad.root.locator(".cl-views .cl-note").last
    pad.maps.locator("canvas").first.hover(position={"x": 100, "y": 40})
    assert note.inner_text().startswith("convolution, map 1, row 13, column 3: ")
    before = pad.lens.evaluate("canvas => canvas.toDataURL()")
    pad.maps.focus()
    pad.page.keyboard.press("ArrowRight")
    assert note.inner_text().startswith("convolution, map 2, ")
    assert pad.lens.evaluate("canvas => canvas.toDataURL()") != before
    pad.page.keyboard.press("ArrowDown")
    assert note.inner_text().startswith("max pooling, map 0, row 7, column 7: ")
    said = float(note.inner_text().rpartition(" ")[2].replace("−", "-"))
    assert said == pytest.approx(pad.lesson.python("float(model[2].output[0, 0, 7, 7])"), abs=0.00501)


def test_running_the_cell_again_keeps_the_drawing(pad):
    pad.draw(6, PLACES["large"])
    pad.settle()
    ink = pad.ink()
    pad.lesson.execute("earlier = explorer")
    pad.lesson.run_cell(0)                                   # a new network of the same kind
    pad.lesson.run_cell(1)
    pad.lesson.eventually("explorer is not earlier", True)
    pad.answer.wait_for()
    assert pad.lesson.python("list(explorer.ink)") == ink
    pad.lesson.until(lambda: pad.ink() == ink, "the drawing is not on the pad")


@pytest.mark.parametrize("part", [".cl-pad", ".cl-maps", "select", "button"])
def test_typed_letters_do_not_reach_the_notebook(pad, part):
    pad.root.locator(part).first.focus()
    for letter in "xdabmyvcdd":
        pad.page.keyboard.press(letter)
    pad.page.wait_for_timeout(100)
    cells = pad.page.evaluate("[...jupyterapp.shell.currentWidget.content.model.cells].map(c => c.sharedModel.source)")
    assert cells == CELLS


# What is measured: from the time stamp that the browser gave the last pointer event of a stroke, to a task queued by
# the animation frame that shows Python's answer to all of the ink. That frame is found by watching the probabilities,
# which are written anew with each answer, in the same go as all maps; the last before the pause answers the last event.
MEASURE = """() => {
  window.last_event = 0; window.last_frame = 0; window.heights = [];
  const [pad, bars, root] = ["pad", "bars", "digit"].map(name => document.querySelector(`.cl-${name}`));
  for (const kind of ["pointerdown", "pointermove"])
    pad.addEventListener(kind, event => { if (event.buttons) last_event = event.timeStamp; }, true);
  new MutationObserver(() => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { last_frame = performance.now(); };
    port2.postMessage("");
  })).observe(bars, { childList: true, subtree: true });
  new ResizeObserver(([area]) => heights.push(area.contentRect.height)).observe(root);
}"""


def stroke_delays(pad, strokes=20):
    """Milliseconds from the last event of each stroke to the frame that shows the answer."""
    box, delays = pad.pad.bounding_box(), []
    for number in range(strokes):
        if number % 5 == 0:
            pad.clear()
        x, y = box["x"] + 40 + 9 * number, box["y"] + 30 + 37 * (number % 6)
        pad.drag([[x, y], [x + 30, y + 25], [x - 10, y + 50]])
        pad.page.wait_for_timeout(200)
        delays.append(pad.page.evaluate("last_frame - last_event"))
        pad.settle()
    return delays


def test_maps_and_probabilities_show_within_60_ms_and_nothing_jumps(pad):
    pad.page.evaluate(MEASURE)
    for _ in range(5):                                       # other programs can slow this down, but not make it faster
        delays = stroke_delays(pad)
        print(f"stroke to maps: median {median(delays):.1f} ms, least {min(delays):.1f}, most {max(delays):.1f}")
        if median(delays) <= 60:
            break
    assert min(delays) > 0 and median(delays) <= 60
    heights = pad.page.evaluate("heights")
    assert max(heights) - min(heights) <= 2
