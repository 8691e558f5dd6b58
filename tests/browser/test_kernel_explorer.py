"""The kernel explorer in JupyterLab: whatever is set on the page shows there at once, and is on the Python object."""
import re
from statistics import median

import numpy as np
import pytest
from scipy.signal import correlate2d

from cnnlesson import datasets
from cnnlesson.ops import kernels
from cnnlesson.plot.style import GREY, SIGNED

PHOTO = datasets.photo("camera", size=256, grey=True)
SOBEL = kernels.SOBEL_X.tolist()
CELLS = [
    "from cnnlesson import datasets, explore\nphoto = datasets.photo('camera', size=256, grey=True)",
    "explorer = explore.kernel(photo)\nexplorer",
]
PLACES = [[20, 40], [100, 150], [130, 90], [180, 200], [250, 5], [60, 60]]


class Explorer:
    """What a learner sees and touches."""

    def __init__(self, lesson):
        self.lesson, self.page = lesson, lesson.page
        self.root = self.page.locator(".cl-kernel")
        self.input, self.map, self.sum = (self.root.locator(f".cl-{part}") for part in ("input", "map", "sum"))
        self.error = self.root.get_by_role("alert")
        self.preset, self.colours = self.root.get_by_label("preset"), self.root.get_by_label("colours")
        self.divide = self.root.get_by_label("divide by 9")

    def cell(self, row, column):
        return self.root.get_by_label(f"kernel, row {row}, column {column}", exact=True)

    def slider(self, name):
        return self.root.get_by_role("slider", name=name)

    def button(self, name):
        return self.root.get_by_role("button", name=name)

    def note(self, panel):
        return self.root.locator(".cl-panel", has_text=panel).locator(".cl-note")

    def place(self):
        """Row and column of the window, read from the text."""
        return [int(n) for n in re.findall(r"\d+", self.sum.inner_text().partition(":")[0])]

    def hover(self, canvas, y, x):
        """Put the pointer on a place given as fractions of the canvas."""
        box = canvas.bounding_box()
        self.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])

    def pixels(self, places, shape):
        """Colours of the map at some places: a list of [r, g, b]."""
        return self.map.evaluate("""(canvas, [places, [rows, columns]]) => places.map(([row, column]) => {
          const [x, y] = [(column + 0.5) * canvas.width / columns, (row + 0.5) * canvas.height / rows];
          return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3); })""", [places, shape])

    def shows(self, kernel, *, stride=1, divisor=1, bias=0, grey=False, places=PLACES):
        """Python has got this map, and the canvas has its colours."""
        expected = correlate2d(PHOTO, np.array(kernel), mode="valid")[::stride, ::stride] / divisor + bias
        self.lesson.eventually("explorer.feature_map.shape", list(expected.shape))
        self.lesson.eventually("explorer.feature_map[::31, ::29].ravel().tolist()",
                               pytest.approx(expected[::31, ::29].ravel().tolist(), abs=1e-4))
        most = np.abs(expected).max()
        off_window = np.abs(np.array(places) - self.place()).max(1) > 8
        rows, columns = np.transpose([p for p in np.array(places)[off_window] if (p < expected.shape).all()])
        values = expected[rows, columns]
        wanted = (GREY(np.clip(values, 0, 1)) if grey else SIGNED((values / most + 1) / 2))[:, :3] * 255
        got = self.pixels(np.transpose([rows, columns]).tolist(), expected.shape)
        np.testing.assert_allclose(got, wanted, atol=8)      # a step of the palette is up to 6 of 255


@pytest.fixture(scope="module")
def opened(open_cells):
    return Explorer(open_cells(CELLS))


@pytest.fixture
def explorer(opened):
    """The explorer as it was at first."""
    opened.button("Reset").click()
    opened.page.mouse.move(0, 0)
    opened.lesson.eventually("[explorer.kernel, explorer.row, explorer.column]", [SOBEL, 0, 0])
    return opened


def test_starts_with_the_map_of_its_kernel(explorer):
    explorer.shows(SOBEL)
    assert explorer.preset.input_value() == "Sobel x"
    assert explorer.lesson.python("explorer.kernel") == SOBEL


def test_typing_into_a_cell_changes_map_text_and_python(explorer):
    before = explorer.sum.inner_text()
    explorer.cell(0, 1).fill("3.5")
    kernel = [[-1, 3.5, 1], *SOBEL[1:]]
    assert explorer.sum.inner_text() != before
    assert explorer.note("kernel").inner_text() == "the 9 numbers add up to 3.5"
    assert explorer.preset.input_value() == ""
    explorer.shows(kernel)
    assert explorer.lesson.python("explorer.kernel") == kernel


def test_dragging_a_cell_changes_its_number(explorer):
    box = explorer.cell(1, 1).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    explorer.page.mouse.move(x, y)
    explorer.page.mouse.down()
    for step in range(1, 11):
        explorer.page.mouse.move(x - 4 * step, y)
    explorer.page.mouse.up()
    kernel = [SOBEL[0], [-2, -2.5, 2], SOBEL[2]]             # 40 px to the left: five times 0.5 less
    assert explorer.cell(1, 1).input_value() == "-2.5"
    explorer.shows(kernel)
    explorer.page.mouse.move(x + 80, y)                      # let go: no change any more
    assert explorer.cell(1, 1).input_value() == "-2.5"


@pytest.mark.parametrize("name", kernels.NAMED)
def test_preset(explorer, name):
    explorer.preset.select_option(name)
    kernel = kernels.NAMED[name]
    explorer.shows(kernel, grey=abs(kernel.sum() - 1) < 1e-6)
    assert explorer.lesson.python("explorer.kernel") == kernel.tolist()
    shown = [float(explorer.cell(*divmod(k, 3)).input_value()) for k in range(9)]
    assert shown == pytest.approx(kernel.ravel().tolist(), abs=6e-4)


@pytest.mark.parametrize("key, bias", [("Home", -2), ("End", 2)])
def test_bias_to_its_ends(explorer, key, bias):
    explorer.slider("bias").press(key)
    explorer.shows(SOBEL, bias=bias)
    assert explorer.lesson.python("explorer.bias") == bias


def test_stride_to_its_end_and_back(explorer):
    explorer.hover(explorer.map, 0.999, 0.999)
    assert explorer.place() == [253, 253]
    explorer.slider("stride").press("End")
    explorer.shows(SOBEL, stride=4)
    assert explorer.place() == [63, 63]
    explorer.lesson.eventually("[explorer.stride, explorer.row, explorer.column]", [4, 63, 63])
    assert "64 × 64" in explorer.note("feature map").inner_text()
    explorer.slider("stride").press("Home")
    explorer.shows(SOBEL)


def test_divide(explorer):
    explorer.hover(explorer.map, 0.5, 0.5)
    explorer.divide.check()
    explorer.shows(SOBEL, divisor=9)
    assert explorer.lesson.python("explorer.divide") is True
    assert "÷ 9" in explorer.sum.inner_text()
    explorer.divide.uncheck()
    explorer.shows(SOBEL)


def test_colours_can_be_chosen(explorer):
    explorer.colours.select_option("grey")
    explorer.shows(SOBEL, grey=True)
    assert explorer.lesson.python("explorer.colours") == "grey"


@pytest.mark.parametrize("row, column", [(0, 0), (100, 37), (253, 253), (90, 121)])
def test_hovering_the_map_shows_the_nine_products_and_their_sum(explorer, row, column):
    explorer.hover(explorer.map, (row + 0.5) / 254, (column + 0.5) / 254)
    assert explorer.place() == [row, column]
    products = (PHOTO[row:row + 3, column:column + 3] * SOBEL).ravel()
    arithmetic = explorer.sum.inner_text().partition(": ")[2].replace("−", "-").replace("- ", "-")
    *said, total = (float(n) for n in re.findall(r"-?\d+\.\d\d", arithmetic))
    assert said == pytest.approx(products, abs=0.00501) and total == pytest.approx(products.sum(), abs=0.00501)
    explorer.lesson.eventually("[explorer.row, explorer.column]", [row, column])
    assert explorer.lesson.python(f"float(explorer.feature_map[{row}, {column}])") == pytest.approx(total, abs=0.0051)


def test_text_ends_with_the_value_of_the_map(explorer):
    explorer.hover(explorer.map, 0.42, 0.37)
    explorer.divide.check()
    explorer.slider("bias").fill("0.75")
    explorer.lesson.eventually("[explorer.divide, explorer.bias]", [True, 0.75])
    value = explorer.lesson.python("float(explorer.feature_map[explorer.row, explorer.column])")
    said = explorer.sum.inner_text().replace("−", "-").rpartition("= ")[2]
    assert float(said) == pytest.approx(value, abs=0.0051)


def test_hovering_the_input_puts_the_window_around_the_pointer(explorer):
    for stride, place in [("1", [99, 139]), ("2", [50, 70]), ("4", [25, 35])]:
        explorer.slider("stride").fill(stride)
        explorer.hover(explorer.input, 100.5 / 256, 140.5 / 256)
        assert explorer.place() == place


def test_arrow_keys_move_the_window(explorer):
    explorer.map.focus()
    for key, place in [("ArrowRight", [0, 1]), ("ArrowDown", [1, 1]), ("Shift+ArrowDown", [11, 1]),
                       ("Shift+ArrowRight", [11, 11]), ("ArrowLeft", [11, 10]), ("ArrowUp", [10, 10]),
                       ("Shift+ArrowUp", [0, 10]), ("ArrowUp", [0, 10])]:
        explorer.page.keyboard.press(key)
        assert explorer.place() == place
    explorer.lesson.eventually("[explorer.row, explorer.column]", [0, 10])


def test_play_pause_and_step_reveal_the_map(explorer):
    white = pytest.approx([255, 255, 255], abs=1)
    explorer.slider("stride").fill("4")
    explorer.slider("speed").fill("5")                       # 1024 windows a second: 3969 take 4 s
    explorer.button("Play").click()
    explorer.lesson.until(lambda: explorer.place()[0] >= 10, "the window did not run")
    explorer.button("Pause").click()
    row, column = explorer.place()
    hidden = explorer.pixels([[row + 9, 20], [63, 60]], [64, 64])
    assert hidden[0] == white and hidden[1] == white
    explorer.shows(SOBEL, stride=4, places=[[r, c] for r in range(row) for c in range(64)])
    explorer.button("Step").click()
    assert explorer.place() == list(divmod(64 * row + column + 1, 64))
    explorer.slider("speed").press("End")
    explorer.button("Play").click()
    explorer.lesson.until(lambda: explorer.place() == [63, 63], "playing did not come to its end")
    explorer.button("Play").wait_for()
    explorer.shows(SOBEL, stride=4)


def test_pointing_at_the_map_reveals_all_of_it(explorer):
    explorer.button("Play").click()
    explorer.button("Pause").click()
    explorer.hover(explorer.map, 0.9, 0.01)
    explorer.shows(SOBEL)


def test_reset_brings_the_start_back(explorer):
    explorer.cell(2, 2).fill("7")
    explorer.slider("bias").press("End")
    explorer.slider("stride").press("End")
    explorer.divide.check()
    explorer.colours.select_option("grey")
    explorer.button("Reset").click()
    explorer.shows(SOBEL)
    assert explorer.lesson.python("[explorer.bias, explorer.stride, explorer.divide, explorer.colours]") == [
        0, 1, False, "automatic"]
    assert [explorer.cell(2, 2).input_value(), explorer.slider("bias").input_value(), explorer.divide.is_checked(),
            explorer.colours.input_value()] == ["1", "0", False, "automatic"]


def test_an_emptied_cell_says_so_in_place_of_the_map(explorer):
    explorer.cell(1, 2).fill("")
    assert explorer.error.inner_text() == "kernel must hold numbers, the cell in row 1, column 2 holds none"
    assert not explorer.map.is_visible()
    explorer.page.wait_for_timeout(200)                      # time in which a wrong value would have been sent
    assert explorer.lesson.python("explorer.kernel") == SOBEL
    explorer.cell(1, 2).fill("5")
    assert explorer.map.is_visible() and not explorer.error.is_visible()
    explorer.shows([SOBEL[0], [-2, 0, 5], SOBEL[2]])


def test_leaving_an_emptied_cell_brings_its_number_back(explorer):
    explorer.cell(1, 2).fill("")
    explorer.preset.focus()
    assert explorer.cell(1, 2).input_value() == "2" and explorer.map.is_visible() and not explorer.error.is_visible()


def test_running_the_cell_again_keeps_the_kernel(explorer):
    explorer.cell(0, 0).fill("4")
    explorer.slider("stride").fill("2")
    kernel = [[4, 0, 1], *SOBEL[1:]]
    explorer.lesson.eventually("[explorer.kernel, explorer.stride] == " + repr([kernel, 2]), True)
    explorer.lesson.execute("earlier = explorer")
    explorer.lesson.run_cell(1)
    explorer.lesson.eventually("explorer is not earlier", True)
    assert explorer.lesson.python("[explorer.kernel, explorer.stride]") == [kernel, 2]
    explorer.root.wait_for()
    assert explorer.cell(0, 0).input_value() == "4"
    explorer.shows(kernel, stride=2)


def test_setting_a_trait_in_python_updates_the_page(explorer):
    explorer.hover(explorer.map, 0.999, 0.999)
    explorer.lesson.eventually("explorer.row", 253)
    explorer.page.mouse.move(0, 0)
    explorer.lesson.execute(
        "explorer.kernel = [[0, 1, 0], [1, -4, 1], [0, 1, 0]]; explorer.bias = 0.5; explorer.stride = 3")
    explorer.lesson.until(lambda: explorer.cell(1, 1).input_value() == "-4" and explorer.place() == [84, 84])
    explorer.shows(kernels.LAPLACIAN, bias=0.5, stride=3)
    assert [explorer.preset.input_value(), explorer.slider("bias").input_value()] == ["Laplacian", "0.5"]
    explorer.lesson.eventually("[explorer.row, explorer.column]", [84, 84])


@pytest.mark.parametrize("statement, sentence", [
    ("explorer.stride = 0", "stride must be ≥ 1, got 0"),
    ("explorer.kernel = [[1, 2], [3, 4]]", "kernel must keep its shape (3, 3), got (2, 2)"),
    ("explorer.kernel = [[1, 2], [3]]", "kernel must be a grid of numbers")])
def test_python_refuses_what_cannot_be(explorer, statement, sentence):
    with pytest.raises(AssertionError, match=re.escape(f"ValueError: {sentence}")):
        explorer.lesson.execute(statement)
    explorer.shows(SOBEL)


@pytest.mark.parametrize("find", [
    lambda e: e.cell(0, 0), lambda e: e.slider("stride"), lambda e: e.preset, lambda e: e.map, lambda e: e.divide,
    lambda e: e.button("Step")], ids=["cell", "slider", "select", "canvas", "checkbox", "button"])
def test_typed_letters_do_not_reach_the_notebook(explorer, find):
    def cells():
        return explorer.page.evaluate(
            "[...jupyterapp.shell.currentWidget.content.model.cells].map(c => [c.type, c.sharedModel.source])")

    find(explorer).focus()
    for letter in "xdabmyvcdd":
        explorer.page.keyboard.press(letter)
    explorer.page.wait_for_timeout(100)
    assert cells() == [["code", source] for source in CELLS]
    explorer.page.keyboard.press("Escape")                   # gives the keys back to the notebook
    assert explorer.page.evaluate("document.activeElement.classList.contains('jp-Cell')")


# What is measured: from the time stamp that the browser gave the input event, to a task queued by the first animation
# frame after the explorer's own handler. Such a task runs when the frame is painted. The text, taken then, tells
# whether that frame shows the change.
MEASURE = """() => {
  window.frames_seen = []; window.heights = [];
  window.measure ??= document.addEventListener("input", event => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => frames_seen.push(
      [performance.now() - event.timeStamp, document.querySelector(".cl-sum").textContent]);
    port2.postMessage("");
  }), true) ?? true;
  new ResizeObserver(([area]) => heights.push(area.contentRect.height)).observe(document.querySelector(".cl-kernel"));
}"""


def measure(explorer, press, events):
    """Delays in milliseconds of that many events, of which each must have changed the text."""
    explorer.hover(explorer.map, 0.4, 0.3)                   # a window with contrast
    explorer.page.evaluate(MEASURE)
    for number in range(events):
        press(number)
        explorer.page.wait_for_timeout(15 + 7 * (number % 5))
    delays, texts = zip(*explorer.page.evaluate("frames_seen"), strict=True)
    assert len(delays) == events and all(a != b for a, b in zip(texts, texts[1:], strict=False))
    return delays, explorer.page.evaluate("heights")


def test_a_slider_shows_within_20_ms_and_nothing_jumps(explorer):
    explorer.slider("bias").focus()
    def press(number):
        explorer.page.keyboard.press("ArrowRight" if number < 20 else "ArrowLeft")

    delays, heights = measure(explorer, press, 40)
    print(f"slider: median {median(delays):.1f} ms, most {max(delays):.1f} ms")
    assert median(delays) <= 20
    assert max(heights) - min(heights) <= 2


def test_typing_shows_within_20_ms_and_nothing_jumps(explorer):
    def press(number):
        explorer.page.keyboard.press("Control+a")
        explorer.page.keyboard.press(str(number % 9 + 1))

    explorer.cell(0, 0).focus()
    delays, heights = measure(explorer, press, 40)
    print(f"typing: median {median(delays):.1f} ms, most {max(delays):.1f} ms")
    assert median(delays) <= 20
    assert max(heights) - min(heights) <= 2


def test_nothing_jumps_while_the_stride_changes(explorer):
    explorer.page.evaluate(MEASURE)
    explorer.slider("stride").focus()
    for key in ["ArrowRight"] * 3 + ["ArrowLeft"] * 3:
        explorer.page.keyboard.press(key)
        explorer.page.wait_for_timeout(50)
    heights = explorer.page.evaluate("heights")
    assert max(heights) - min(heights) <= 2


def test_a_larger_kernel(open_cells):
    explorer = Explorer(open_cells([
        CELLS[0], "import numpy as np\nexplorer = explore.kernel(photo, np.full((5, 7), 1 / 35))\nexplorer"]))
    explorer.root.wait_for()
    explorer.shows(np.full((5, 7), 1 / 35), grey=True)
    explorer.hover(explorer.input, 100.5 / 256, 140.5 / 256)
    assert explorer.place() == [98, 137]
