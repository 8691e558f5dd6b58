"""The shift explorer in JupyterLab, and its arithmetic against NumPy: drag, keys, every control, errors, answers."""
import re
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from cnnlesson import datasets, explore, nn
from cnnlesson.explore.shift_explorer import MOTIFS, all_pictures, difference
from cnnlesson.ops import conv2d, max_pool2d, softmax

CELLS = ["from cnnlesson import explore, nn\nnetwork = nn.trained('digits')",
         "explorer = explore.shift(network, '7', right=3, filter=2)\nexplorer"]
START = dict(picture="7", down=0, right=3, filter=2, stride=1, padded=True)
NETWORK, PICTURES = nn.trained("digits"), all_pictures()


# ---- the arithmetic -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def functions(browser):
    """A blank page with the explorer's functions on `window`."""
    page, folder = browser.new_page(), Path(explore.__file__).parent
    common, own = (folder.joinpath(f"{name}.js").read_text("utf-8") for name in ("common", "shift_explorer"))
    page.add_script_tag(type="module", content=f"{common}\n{own}\n"
                        "Object.assign(window, { moved, mapOf, pooled, compare, softmax });")
    page.wait_for_function("Boolean(window.compare)")
    yield page
    page.close()


@pytest.mark.parametrize("seed", range(60))
def test_maps_and_errors_are_those_of_numpy(functions, seed):
    rng = np.random.default_rng(seed)
    side, k = int(rng.integers(9, 15)), int(rng.integers(1, 6))
    stride, padding, bias = int(rng.integers(1, 4)), int(rng.integers(0, k // 2 + 1)), rng.uniform(-2, 2)
    down, right = (int(by) for by in rng.integers(-8, 9, 2))
    picture, weight = rng.random((side, side)), rng.normal(size=(k, k))
    got = functions.evaluate(
        """([image, side, weight, k, bias, stride, padding, shift]) => {
          const still = Float32Array.from(image), now = moved(still, ...shift, 0, side);
          const maps = [still, now].map(x => mapOf(x, weight, k, bias, stride, padding, side));
          const [p, q] = maps.map(pooled);
          const plain = (old, fresh, ...rest) => {
            const found = compare(old.values, fresh.values, fresh.n, shift, ...rest, padding, side);
            return { ...found, map: [...fresh.values], error: [...found.error], kind: [...found.kind] }; };
          return { moved: [...now], plain: plain(...maps, stride, k), pooled: plain(p, q, 2 * stride, k + stride) };
        }""",
        [picture.ravel().tolist(), side, weight.ravel().tolist(), k, bias, stride, padding, [down, right]])
    now = datasets.shifted(picture, down, right)
    np.testing.assert_allclose(np.reshape(got["moved"], (side, side)), now, atol=1e-6)
    maps = conv2d(np.stack([picture, now])[:, None], weight[None, None], np.array([bias]), stride=stride,
                  padding=padding)
    for name, both, step, width in [("plain", maps, stride, k),
                                    ("pooled", max_pool2d(maps, 2), 2 * stride, k + stride)]:
        old, new = both[:, 0]
        shape = new.shape
        np.testing.assert_allclose(np.reshape(got[name]["map"], shape), new, atol=1e-5)
        error, kind = difference(old, new, (down, right), step, width, padding, side)
        assert np.array_equal(np.reshape(got[name]["kind"], shape), kind)
        np.testing.assert_allclose(np.reshape(got[name]["error"], shape), error, atol=1e-5)
        for part, which in (("interior", 2), ("border", 1)):
            expected = np.abs(error[kind == which]).max() if (kind == which).any() else None
            assert got[name][part] == (None if expected is None else pytest.approx(expected, abs=1e-5)) or (
                expected is None and np.isnan(got[name][part]))
        if down % step == right % step == 0 and (kind == 2).any():
            assert np.abs(error[kind == 2]).max() < 1e-12          # equivariance itself


@pytest.mark.parametrize("shift, step, width, padding, side", [
    ((0, 3), 1, 5, 2, 28), ((2, -4), 2, 5, 2, 28), ((-3, 0), 1, 3, 0, 12), ((5, 5), 2, 6, 2, 20)])
def test_interior_is_what_no_window_at_the_frame_can_touch(shift, step, width, padding, side):
    """An oracle of its own: mark the cells whose old or new window holds padding, or picture that was not there."""
    n = (side + 2 * padding - width) // step + 1
    _, kind = difference(np.zeros((n, n)), np.zeros((n, n)), shift, step, width, padding, side)
    for i in range(n):
        for j in range(n):
            exists, inside = True, True
            for cell, by in zip((i, j), shift, strict=True):
                source = cell - int(by / step)
                exists &= 0 <= source < n
                for pixel in range(step * cell - padding, step * cell - padding + width):
                    inside &= 0 <= pixel < side and 0 <= pixel - by < side
                for pixel in range(step * source - padding, step * source - padding + width):
                    inside &= 0 <= pixel < side
            assert kind[i, j] == (0 if not exists else 2 if inside else 1)


# ---- the page -------------------------------------------------------------------------------------------


class Explorer:
    """What a learner sees and touches."""

    def __init__(self, lesson):
        self.lesson, self.page = lesson, lesson.page
        self.root = self.page.locator(".cl-shift")
        self.frame, self.answer = self.root.locator(".cl-frame"), self.root.locator(".cl-answer")

    def slider(self, name):
        return self.root.get_by_role("slider", name=name, exact=True)

    def select(self, name):
        return self.root.get_by_role("combobox", name=name)

    def button(self, name):
        return self.root.get_by_role("button", name=name)

    def lines(self, name):
        return self.root.get_by_role("group", name=name).locator(".cl-errors p").all_inner_texts()

    def shows(self, **changed):
        """Controls, pictures, errors, answer and Python all have these settings."""
        settings = START | changed
        self.lesson.eventually("[getattr(explorer, name) for name in explorer.kept]", list(settings.values()))
        picture, down, right, which, stride, padded = settings.values()
        assert [self.select("picture").input_value(), int(self.slider("move up or down").input_value()),
                int(self.slider("move sideways").input_value()), int(self.select("filter").input_value()),
                int(self.slider("stride").input_value()), self.root.get_by_label("padding of zeros").is_checked()
                ] == list(settings.values())
        still = PICTURES[picture]
        now = datasets.shifted(still, down, right)
        assert np.allclose(self.pixels(), now, atol=1.5 / 255)
        self.answers(still, now)
        padding, both = 2 if padded else 0, NETWORK[0](np.stack([still, now])[:, None])
        maps = conv2d(both, NETWORK[1].weight[[which]], NETWORK[1].bias[[which]], stride=stride, padding=padding)
        self.compares("feature map", *maps[:, 0], (down, right), stride, 5, padding)
        self.compares("pooled map", *max_pool2d(maps, 2)[:, 0], (down, right), 2 * stride, 5 + stride, padding)

    def pixels(self):
        return np.reshape(self.frame.evaluate("""canvas => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, 448, 448);
          return Array.from({ length: 784 }, (_, k) =>
            data[4 * ((16 * Math.floor(k / 28) + 8) * 448 + 16 * (k % 28) + 8)]); }"""), (28, 28)) / 255

    def answers(self, still, now):
        logits = nn.predict(NETWORK, np.stack([still, now])[:, None])
        p = softmax(logits[1])
        widths = self.root.locator(".cl-fill").evaluate_all("all => all.map(bar => parseFloat(bar.style.width) / 100)")
        marks = self.root.locator(".cl-mark").evaluate_all("all => all.map(bar => parseFloat(bar.style.left) / 100)")
        shown = [float(text.replace("−", "-")) for text in self.root.locator(".cl-logit").all_inner_texts()]
        assert shown == pytest.approx(logits[1].tolist(), abs=0.051)
        assert widths == pytest.approx(p.tolist(), abs=1e-3)
        assert marks == pytest.approx(softmax(logits[0]).tolist(), abs=1e-3)
        assert self.answer.inner_text().startswith(f"The network says {p.argmax()}")
        changed = float(re.search(r"changed by up to ([\d.]+)\.", self.root.inner_text())[1])
        assert changed == pytest.approx(np.abs(logits[1] - logits[0]).max(), abs=0.011)
        lost = 1 - now.sum() / still.sum()
        note = self.root.locator(".cl-ink").inner_text()
        if lost < 0.0005:
            assert note == "All of the ink is in the frame."
        else:
            assert float(note.partition(" %")[0]) == pytest.approx(100 * lost, abs=0.51)

    def compares(self, name, old, new, shift, step, width, padding):
        error, kind = difference(old, new, shift, step, width, padding)
        most = max(np.abs(old).max(), np.abs(new).max())
        _, *said = self.lines(name)
        for text, which, part in zip(said, (2, 1), ("interior", "border"), strict=True):
            assert text.startswith(f"{part}: ")
            if not (kind == which).any():
                assert text == f"{part}: no cells left."
            elif (largest := np.abs(error[kind == which]).max()) < 5e-6 * most:
                assert text == f"{part}: equal."
            else:
                value, percent = map(float, re.findall(r"[\d.]+(?=, | %)", text))
                assert value == pytest.approx(largest, abs=0.0051) and percent == pytest.approx(
                    100 * largest / most, abs=0.51)
        shape = self.root.get_by_role("group", name=name).locator("p", has_text=re.compile(r"^\d+ × \d+$")).inner_text()
        assert shape == f"{len(new)} × {len(new)}"


@pytest.fixture(scope="module")
def opened(open_cells):
    return Explorer(open_cells(CELLS))


@pytest.fixture
def explorer(opened):
    opened.page.mouse.move(0, 0)
    opened.button("Reset").click()
    opened.lesson.eventually("[getattr(explorer, name) for name in explorer.kept]", list(START.values()))
    return opened


def test_starts_as_asked(explorer):
    explorer.shows()
    assert explorer.lines("feature map")[:2] == ["It should move by 3 right (in cells).", "interior: equal."]
    assert "no such parts of cells" in explorer.lines("pooled map")[0]


@pytest.mark.parametrize("control, key, setting", [
    ("move sideways", "Home", dict(right=-10)), ("move sideways", "End", dict(right=10)),
    ("move up or down", "Home", dict(down=-10)), ("move up or down", "End", dict(down=10)),
    ("stride", "End", dict(stride=2))])
def test_sliders_to_their_ends(explorer, control, key, setting):
    explorer.slider(control).press(key)
    explorer.shows(**setting)


@pytest.mark.parametrize("picture", PICTURES)
def test_pictures(explorer, picture):
    explorer.select("picture").select_option(picture)
    explorer.shows(picture=picture)
    assert ("It is no digit" in explorer.answer.inner_text()) == (picture in MOTIFS)


@pytest.mark.parametrize("which", range(6))
def test_filters(explorer, which):
    explorer.select("filter").select_option(str(which))
    explorer.shows(filter=which)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("right, down", [(0, 0), (2, 0), (4, -4), (-3, 5), (-10, 10)])
def test_settings_together(explorer, stride, padded, right, down):
    explorer.slider("stride").fill(str(stride))
    explorer.root.get_by_label("padding of zeros").set_checked(padded)
    explorer.slider("move sideways").fill(str(right))
    explorer.slider("move up or down").fill(str(down))
    explorer.shows(stride=stride, padded=padded, right=right, down=down)
    for name, step in (("feature map", stride), ("pooled map", 2 * stride)):
        if right % step == down % step == 0:
            assert explorer.lines(name)[1] in ("interior: equal.", "interior: no cells left.")


def test_dragging_moves_the_digit(explorer):
    box = explorer.frame.bounding_box()
    x, y = box["x"] + 112, box["y"] + 112
    explorer.page.mouse.move(x, y)
    explorer.page.mouse.down()
    explorer.page.mouse.move(x - 5 * 8, y + 4 * 8, steps=12)
    explorer.page.mouse.up()
    explorer.page.mouse.move(x + 80, y)                             # let go: it stays
    explorer.shows(right=-2, down=4)
    explorer.page.mouse.move(x, y)
    explorer.page.mouse.down()
    explorer.page.mouse.move(x + 600, y - 600, steps=6)             # no further than ten pixels
    explorer.page.mouse.up()
    explorer.shows(right=10, down=-10)


def test_keys_move_the_digit(explorer):
    explorer.frame.focus()
    for key in ["ArrowRight", "ArrowRight", "ArrowLeft", "ArrowDown", "Shift+ArrowUp"]:
        explorer.page.keyboard.press(key)
    explorer.shows(right=4, down=-4)
    explorer.page.keyboard.press("Home")
    explorer.shows(right=0, down=0)
    assert explorer.lines("feature map")[0] == "The feature map has not moved."


def test_back_to_its_place_keeps_the_rest(explorer):
    explorer.slider("stride").press("End")
    explorer.button("Back to its place").click()
    explorer.shows(stride=2, right=0)


def test_what_is_read_out_waits_until_the_hand_rests(explorer):
    status = explorer.root.get_by_role("status")
    explorer.page.evaluate("""() => { window.told = 0;
      const status = document.querySelector(".cl-shift .cl-quiet");
      new MutationObserver(() => { told += 1; }).observe(status, { childList: true }); }""")
    explorer.frame.focus()
    for _ in range(6):
        explorer.page.keyboard.press("ArrowLeft")
    explorer.lesson.until(lambda: "a test 7, 3 px left." in status.text_content())
    assert explorer.page.evaluate("told") == 1 and "feature map: interior: equal." in status.text_content()


def test_running_the_cell_again_keeps_what_was_set(explorer):
    explorer.slider("stride").press("End")
    explorer.select("picture").select_option("an X")
    explorer.lesson.eventually("[explorer.stride, explorer.picture]", [2, "an X"])
    explorer.lesson.execute("earlier = explorer")
    explorer.lesson.run_cell(1)
    explorer.lesson.eventually("explorer is not earlier", True)
    explorer.root.wait_for()
    explorer.shows(stride=2, picture="an X")


def test_setting_traits_in_python_updates_the_page(explorer):
    explorer.lesson.execute("explorer.right = -4; explorer.picture = '3'; explorer.padded = False")
    explorer.lesson.until(lambda: explorer.slider("move sideways").input_value() == "-4"
                          and explorer.select("picture").input_value() == "3")
    explorer.shows(right=-4, picture="3", padded=False)


@pytest.mark.parametrize("statement, sentence", [
    ("explorer.right = 11", "right must be -10 to 10, got 11"), ("explorer.stride = 3", "stride must be 1 to 2, got 3"),
    ("explorer.filter = 6", "filter must be 0 to 5, got 6"),
    ("explore.shift(nn.mlp())", "model must be a Sequential that begins with Normalize"),
    ("explore.shift(network, 'x')", "picture must be one of 0, 1, 2")])
def test_python_refuses_what_cannot_be(explorer, statement, sentence):
    with pytest.raises(AssertionError, match=re.escape(sentence)):
        explorer.lesson.execute(statement)
    explorer.shows()


@pytest.mark.parametrize("find", [
    lambda e: e.frame, lambda e: e.slider("stride"), lambda e: e.select("picture"), lambda e: e.button("Reset"),
    lambda e: e.root.get_by_label("padding of zeros")], ids=["frame", "slider", "select", "button", "checkbox"])
def test_typed_letters_do_not_reach_the_notebook(explorer, find):
    find(explorer).focus()
    for letter in "xdabmyvcdd":
        explorer.page.keyboard.press(letter)
    explorer.page.wait_for_timeout(100)
    assert explorer.page.evaluate(
        "[...jupyterapp.shell.currentWidget.content.model.cells].map(c => c.sharedModel.source)") == CELLS


# From the time stamp that the browser gave the event to a task queued by the first frame after the explorer's handler.
MEASURE = """() => {
  window.frames_seen = []; window.heights = [];
  window.measure ??= ["pointermove", "keydown"].forEach(kind => document.addEventListener(kind, event => {
    if (!event.target.closest?.(".cl-frame")) return;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel(), read = part => document.querySelector(`.cl-shift ${part}`);
      port1.onmessage = () => frames_seen.push([performance.now() - event.timeStamp,
        read(".cl-frame").ariaLabel + read(".cl-errors").textContent + read(".cl-answers").textContent]);
      port2.postMessage("");
    }); }, true)) ?? true;
  new ResizeObserver(([area]) => heights.push(area.contentRect.height)).observe(document.querySelector(".cl-shift"));
}"""


def measured(explorer, act, count=40):
    """Median delay of `count` events, each of which must change what is shown; nothing moves on the page."""
    for _ in range(3):
        explorer.page.evaluate(MEASURE)
        for number in range(count):
            act(number)
            explorer.page.wait_for_function("number => frames_seen.length > number", arg=number)
            explorer.page.wait_for_timeout(15 + 7 * (number % 5))
        delays, texts = zip(*explorer.page.evaluate("frames_seen"), strict=True)
        assert len(delays) == count and all(a != b for a, b in zip(texts, texts[1:], strict=False))
        print(f"median {median(delays):.1f} ms, most {max(delays):.1f} ms")
        if median(delays) <= 20:
            break
    heights = explorer.page.evaluate("heights")
    assert median(delays) <= 20 and max(heights) - min(heights) <= 2


def test_dragging_shows_maps_and_answer_within_20_ms_and_nothing_jumps(explorer):
    box = explorer.frame.bounding_box()
    x, y = box["x"] + 112, box["y"] + 112
    explorer.page.mouse.move(x, y)
    explorer.page.mouse.down()
    try:
        measured(explorer, lambda n: explorer.page.mouse.move(x + 8 * (n % 7 - 8), y + 8 * (n % 12 - 5)))
    finally:
        explorer.page.mouse.up()


def test_keys_show_maps_and_answer_within_20_ms_and_nothing_jumps(explorer):
    explorer.frame.focus()
    measured(explorer, lambda number: explorer.page.keyboard.press("ArrowLeft" if number % 20 < 10 else "ArrowRight"))


def test_a_page_without_widgets_shows_the_same_as_a_picture():
    shown = explore.shift(NETWORK, "7", right=3)._repr_mimebundle_()
    page = (shown[0] if isinstance(shown, tuple) else shown)["text/html"]
    assert "6 pictures, left to right. (1) Grey picture, 28 × 28 pixels" in page and "Highlighted: 7." in page
    assert page.count("Feature map, 28 × 28") == page.count("Feature map, 14 × 14") == 2      # map and difference
