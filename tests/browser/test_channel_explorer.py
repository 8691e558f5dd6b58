"""The channel explorer in JupyterLab, and its arithmetic against NumPy: slices, toggles, steps, all 27 products."""
import re
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from scipy.signal import correlate2d

from cnnlesson import datasets, explore
from cnnlesson.explore.channel_explorer import CHANNELS, PRESETS
from cnnlesson.ops import conv2d
from cnnlesson.plot.style import SIGNED

PHOTO = datasets.photo("astronaut", size=128)[:, 44:108, :64]
START = PRESETS["Sobel x in each"]
CELLS = [
    "from cnnlesson import datasets, explore\nphoto = datasets.photo('astronaut', size=128)[:, 44:108, :64]",
    "explorer = explore.channels(photo, row=52, column=32)\nexplorer",
]
PLACES = [[3, 40], [20, 7], [31, 31], [58, 12], [10, 58]]


# ---- the arithmetic -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def functions(browser):
    """A blank page with the explorer's functions on `window`."""
    page, folder = browser.new_page(), Path(explore.__file__).parent
    common, own = (folder.joinpath(f"{name}.js").read_text("utf-8") for name in ("common", "channel_explorer"))
    page.add_script_tag(type="module", content=f"{common}\n{own}\nObject.assign(window, {{ partsOf, addUp }});")
    page.wait_for_function("Boolean(window.addUp)")
    yield page
    page.close()


@pytest.mark.parametrize("seed", range(40))
def test_parts_and_their_sum_are_conv2d(functions, seed):
    rng = np.random.default_rng(seed)
    weight, counts, bias = rng.normal(size=(3, 3, 3)), rng.random(3) < 0.6, rng.uniform(-2, 2)
    image = rng.random((3, *rng.integers(3, 20, 2)), np.float32)
    got = functions.evaluate(
        """([image, height, width, weight, counts, bias]) => {
          const { parts, rows, columns } = partsOf(Float32Array.from(image), height, width, weight);
          return { rows, columns, parts: parts.map(part => [...part]), sum: [...addUp(parts, counts, bias)] }; }""",
        [image.ravel().tolist(), *image.shape[1:], weight.tolist(), counts.tolist(), bias])
    batch = image[None].astype(float)
    expected = conv2d(batch, (weight * counts[:, None, None])[None], np.array([bias]))[0, 0]
    assert (got["rows"], got["columns"]) == expected.shape
    np.testing.assert_allclose(np.reshape(got["sum"], expected.shape), expected, rtol=1e-5, atol=1e-5)
    for part, channel, kernel in zip(got["parts"], image, weight, strict=True):
        alone = correlate2d(channel.astype(float), kernel, mode="valid")
        np.testing.assert_allclose(np.reshape(part, alone.shape), alone, rtol=1e-5, atol=1e-5)


# ---- the page -------------------------------------------------------------------------------------------


class Explorer:
    """What a learner sees and touches."""

    def __init__(self, lesson):
        self.lesson, self.page = lesson, lesson.page
        self.root = self.page.locator(".cl-channels")
        self.input, self.map, self.sum = (self.root.locator(f".cl-{part}") for part in ("input", "map", "sum"))
        self.error, self.preset = self.root.get_by_role("alert"), self.root.get_by_label("preset")

    def cell(self, channel, row, column):
        return self.root.get_by_label(f"{channel} slice, row {row}, column {column}", exact=True)

    def slider(self, name):
        return self.root.get_by_role("slider", name=name)

    def button(self, name):
        return self.root.get_by_role("button", name=name)

    def channel(self, name):
        return self.root.get_by_role("group", name=name, exact=True)

    def toggle(self, name):
        return self.channel(name).get_by_role("checkbox")

    def products(self, name):
        return [float(t.replace("−", "-")) for t in self.channel(name).locator(".cl-products span").all_inner_texts()]

    def place(self):
        return [int(n) for n in re.findall(r"\d+", self.sum.inner_text().partition(":")[0])]

    def hover(self, canvas, y, x):
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        self.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])

    def colours(self, canvas, places):
        return canvas.evaluate("""(canvas, places) => places.map(([row, column]) => {
          const [x, y] = [(column + 0.5) * canvas.width / 62, (row + 0.5) * canvas.height / 62];
          return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3); })""", places)

    def shows(self, weight=START, *, on=(1, 1, 1), step=4, bias=0):
        """Text, Python and the colours of all four maps agree with SciPy."""
        weight = np.array(weight)
        parts = np.array([correlate2d(x, k, mode="valid") for x, k in zip(PHOTO, weight, strict=True)])
        counts = [bool(o) and c < step for c, o in enumerate(on)]
        expected = parts[counts].sum(axis=0) + (bias if step == 4 else 0)
        self.lesson.eventually("explorer.feature_map[::7, ::9].ravel().tolist()",
                               pytest.approx(expected[::7, ::9].ravel().tolist(), abs=1e-4))
        row, column = self.place()
        said = self.sum.inner_text().replace("−", "-").rpartition("= ")[2]
        assert float(said) == pytest.approx(expected[row, column], abs=0.0051)
        most = max(np.abs(parts.sum(axis=0) + bias).max(), np.abs(parts).max())
        places = [p for p in PLACES if max(abs(p[0] - row), abs(p[1] - column)) > 6]
        rows, columns = np.transpose(places)
        canvases = [self.map, *(self.channel(name).locator(".cl-part") for name in CHANNELS)]
        for canvas, values in zip(canvases, [expected, *parts], strict=True):
            wanted = SIGNED((values[rows, columns] / most + 1) / 2)[:, :3] * 255
            np.testing.assert_allclose(self.colours(canvas, places), wanted, atol=8)


@pytest.fixture(scope="module")
def opened(open_cells):
    return Explorer(open_cells(CELLS))


@pytest.fixture
def explorer(opened):
    """The explorer as it was at first."""
    opened.button("Reset").click()
    opened.page.mouse.move(0, 0)
    opened.lesson.eventually("[explorer.weight, explorer.row, explorer.column]", [START.tolist(), 52, 32])
    return opened


def test_starts_with_the_sum_of_its_slices(explorer):
    explorer.shows()
    assert explorer.preset.input_value() == "Sobel x in each"
    assert explorer.sum.inner_text() == "row 52, column 32: red −1.60 + green −0.31 + blue 1.47 + bias 0.00 = −0.44"


@pytest.mark.parametrize("row, column", [(0, 0), (61, 61), (17, 40)])
def test_pointing_shows_the_27_products(explorer, row, column):
    explorer.hover(explorer.map, (row + 0.5) / 62, (column + 0.5) / 62)
    assert explorer.place() == [row, column]
    products = PHOTO[:, row:row + 3, column:column + 3] * START
    for name, values in zip(CHANNELS, products, strict=True):
        assert explorer.products(name) == pytest.approx(values.ravel().tolist(), abs=0.0051)
        assert f"sum {values.sum():.2f}".replace("-", "−") in explorer.channel(name).inner_text()
    explorer.lesson.eventually("[explorer.row, explorer.column]", [row, column])
    explorer.shows()


def test_every_picture_can_be_pointed_at(explorer):
    plane, part = explorer.channel("blue").locator(".cl-plane"), explorer.channel("green").locator(".cl-part")
    for canvas, size, place in [(explorer.input, 64, [29, 9]), (plane, 64, [29, 9]), (part, 62, [30, 10])]:
        explorer.hover(explorer.map, 0.01, 0.99)
        explorer.hover(canvas, 30.5 / size, 10.5 / size)
        assert explorer.place() == place


def test_arrow_keys_move_the_window_and_stop_at_the_border(explorer):
    explorer.map.focus()
    for key, place in [("ArrowRight", [52, 33]), ("ArrowDown", [53, 33]), ("Shift+ArrowDown", [61, 33]),
                       ("Shift+ArrowLeft", [61, 23]), ("ArrowUp", [60, 23]), ("Shift+ArrowUp", [50, 23])]:
        explorer.page.keyboard.press(key)
        assert explorer.place() == place
    explorer.lesson.eventually("[explorer.row, explorer.column]", [50, 23])


def test_stepping_adds_one_term_after_the_other(explorer):
    explorer.slider("bias").fill("0.5")
    texts = []
    for step in (1, 2, 3, 4):
        explorer.button("Next term").click()
        texts.append(explorer.sum.inner_text().partition(": ")[2])
        assert explorer.lesson.python("explorer.step") == step
        explorer.shows(step=step, bias=0.5)
    assert texts == ["red −1.60 = −1.60", "red −1.60 + green −0.31 = −1.91",
                     "red −1.60 + green −0.31 + blue 1.47 = −0.44",
                     "red −1.60 + green −0.31 + blue 1.47 + bias 0.50 = 0.06"]


def test_the_slider_steps_from_end_to_end(explorer):
    explorer.slider("add up").press("Home")
    explorer.shows(step=1)
    assert "not yet added" in explorer.channel("blue").inner_text()
    explorer.slider("add up").press("End")
    explorer.shows(step=4)
    assert "not yet added" not in explorer.channel("blue").inner_text()


@pytest.mark.parametrize("off", [[0], [1], [2], [0, 2], [0, 1, 2]])
def test_channels_can_be_switched_off_and_on(explorer, off):
    on = [c not in off for c in range(3)]
    for c in off:
        explorer.toggle(CHANNELS[c]).uncheck()
        assert "switched off" in explorer.channel(CHANNELS[c]).inner_text()
    explorer.shows(on=on)
    assert explorer.slider("add up").get_attribute("aria-valuetext") == "all that are switched on + bias"
    assert explorer.lesson.python("explorer.channels") == on
    colour = explorer.input.evaluate("c => [...c.getContext('2d').getImageData(50, 250, 1, 1).data].slice(0, 3)")
    assert [value > 0 for value in colour] == on             # the photo loses what is switched off
    for c in off:
        explorer.toggle(CHANNELS[c]).check()
    explorer.shows()
    assert explorer.slider("add up").get_attribute("aria-valuetext") == "all three + bias"


@pytest.mark.parametrize("name", PRESETS)
def test_preset(explorer, name):
    explorer.preset.select_option(name)
    explorer.shows(PRESETS[name])
    shown = [float(explorer.cell(c, i, j).input_value()) for c in CHANNELS for i in range(3) for j in range(3)]
    assert shown == pytest.approx(PRESETS[name].ravel().tolist(), abs=6e-4)


@pytest.mark.parametrize("c, channel", list(enumerate(CHANNELS)))
def test_typing_changes_one_slice_and_leaves_the_others(explorer, c, channel):
    explorer.cell(channel, 1, 2).fill("-3.5")
    weight = START.copy()
    weight[c, 1, 2] = -3.5
    explorer.shows(weight)
    assert explorer.preset.input_value() == "" and explorer.lesson.python("explorer.weight") == weight.tolist()


def test_dragging_a_cell_changes_its_number(explorer):
    box = explorer.cell("green", 0, 0).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    explorer.page.mouse.move(x, y)
    explorer.page.mouse.down()
    for step in range(1, 11):
        explorer.page.mouse.move(x + 4 * step, y)
    explorer.page.mouse.up()
    assert explorer.cell("green", 0, 0).input_value() == "1.5"      # 40 px to the right: five times 0.5 more
    weight = START.copy()
    weight[1, 0, 0] = 1.5
    explorer.shows(weight)


@pytest.mark.parametrize("key, bias", [("Home", -2), ("End", 2)])
def test_bias_to_its_ends_is_added_once(explorer, key, bias):
    explorer.slider("bias").press(key)
    explorer.shows(bias=bias)


def test_an_emptied_cell_says_so_and_leaving_it_brings_its_number_back(explorer):
    explorer.cell("blue", 2, 0).fill("")
    said = "weight must hold numbers, the cell in the blue slice, row 2, column 0 holds none"
    assert explorer.error.inner_text() == said
    assert not explorer.map.is_visible()
    explorer.preset.focus()
    assert explorer.cell("blue", 2, 0).input_value() == "-1" and explorer.map.is_visible()
    explorer.shows()


def test_running_the_cell_again_keeps_what_was_set(explorer):
    explorer.cell("red", 0, 0).fill("4")
    explorer.toggle("blue").uncheck()
    explorer.lesson.eventually("[explorer.weight[0][0][0], explorer.channels]", [4, [True, True, False]])
    explorer.lesson.execute("earlier = explorer")
    explorer.lesson.run_cell(1)
    explorer.lesson.eventually("explorer is not earlier", True)
    assert explorer.lesson.python("[explorer.weight[0][0][0], explorer.channels]") == [4, [True, True, False]]
    explorer.root.wait_for()
    assert explorer.cell("red", 0, 0).input_value() == "4" and not explorer.toggle("blue").is_checked()


def test_setting_traits_in_python_updates_the_page(explorer):
    weight = PRESETS["red against the others"]
    explorer.lesson.execute(
        f"explorer.weight = {weight.tolist()}; explorer.step = 2; explorer.channels = [True, False, True]")
    explorer.lesson.until(lambda: explorer.preset.input_value() == "red against the others"
                          and not explorer.toggle("green").is_checked())
    explorer.shows(weight, on=(1, 0, 1), step=2)


@pytest.mark.parametrize("statement, sentence", [
    ("explorer.step = 5", "step must be 1 to 4, got 5"),
    ("explorer.bias = 5.0", "bias must be −2 to 2 in the explorer, got 5.0"),
    ("explorer.weight = [[[1]]]", "weight must have the shape (3, 3, 3), got [[[1.0]]]"),
    ("explore.channels(photo[0])", "image must be (3, H, W) with H and W ≥ 3, got shape (64, 64)"),
    ("explore.channels(photo, photo)", "weight must have the shape (3, 3, 3), got (3, 64, 64)")])
def test_python_refuses_what_cannot_be(explorer, statement, sentence):
    with pytest.raises(AssertionError, match=re.escape(f"ValueError: {sentence}")):
        explorer.lesson.execute(statement)
    explorer.shows()


@pytest.mark.parametrize("find", [
    lambda e: e.cell("red", 0, 0), lambda e: e.slider("add up"), lambda e: e.preset, lambda e: e.map,
    lambda e: e.toggle("green"), lambda e: e.button("Next term")],
    ids=["cell", "slider", "select", "canvas", "checkbox", "button"])
def test_typed_letters_do_not_reach_the_notebook(explorer, find):
    find(explorer).focus()
    for letter in "xdabmyvcdd":
        explorer.page.keyboard.press(letter)
    explorer.page.wait_for_timeout(100)
    assert explorer.page.evaluate(
        "[...jupyterapp.shell.currentWidget.content.model.cells].map(c => c.sharedModel.source)") == CELLS
    explorer.page.keyboard.press("Escape")
    assert explorer.page.evaluate("document.activeElement.classList.contains('jp-Cell')")


# What is measured: from the time stamp that the browser gave the input event, to a task queued by the first animation
# frame after the explorer's own handler. Such a task runs when the frame is painted. The text, taken then, tells
# whether that frame shows the change.
MEASURE = """() => {
  window.frames_seen = []; window.heights = [];
  window.measure ??= document.addEventListener("input", event => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => frames_seen.push(
      [performance.now() - event.timeStamp, document.querySelector(".cl-channels .cl-sum").textContent]);
    port2.postMessage("");
  }), true) ?? true;
  new ResizeObserver(([area]) => heights.push(area.contentRect.height)).observe(document.querySelector(".cl-channels"));
}"""


def measure(explorer, press):
    """40 input events: each must change the text, their median delay stays below 20 ms, and nothing moves."""
    explorer.page.evaluate(MEASURE)
    for count in range(40):
        press(count)
        explorer.page.wait_for_function("count => frames_seen.length > count", arg=count)
        explorer.page.wait_for_timeout(15 + 7 * (count % 5))
    delays, texts = zip(*explorer.page.evaluate("frames_seen"), strict=True)
    heights = explorer.page.evaluate("heights")
    assert len(delays) == 40 and all(a != b for a, b in zip(texts, texts[1:], strict=False))
    print(f"median {median(delays):.1f} ms, most {max(delays):.1f} ms")
    assert median(delays) <= 20 and max(heights) - min(heights) <= 2


def test_a_slider_shows_within_20_ms_and_nothing_jumps(explorer):
    explorer.slider("bias").focus()
    measure(explorer, lambda count: explorer.page.keyboard.press("ArrowRight" if count < 20 else "ArrowLeft"))


def test_typing_shows_within_20_ms_and_nothing_jumps(explorer):
    def press(count):
        explorer.page.keyboard.press("Control+a")
        explorer.page.keyboard.press(str(count % 9 + 1))

    explorer.cell("red", 0, 0).focus()
    measure(explorer, press)


def test_stepping_shows_within_20_ms_and_nothing_jumps(explorer):
    explorer.slider("add up").focus()
    measure(explorer, lambda count: explorer.page.keyboard.press("Home" if count % 2 == 0 else "End"))


def test_a_page_without_widgets_shows_the_same_as_a_picture():
    shown = explore.channels(PHOTO, row=52, column=32)._repr_mimebundle_()
    page = (shown[0] if isinstance(shown, tuple) else shown)["text/html"]
    assert "5 pictures, left to right. (1) Colour picture, 64 × 64 pixels" in page
    assert "A 1 × 1 window is marked at row 52, column 32." in page and 'src="data:image/png' in page
