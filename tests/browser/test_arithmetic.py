"""What the explorers compute in JavaScript is what NumPy and the plots compute."""
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import label

from cnnlesson import explore
from cnnlesson.explore.weight_explorer import LIMITS, count
from cnnlesson.ops import conv2d
from cnnlesson.plot.style import GREY, MAGNITUDE, SIGNED

FOLDER = Path(explore.__file__).parent
NAMES = {"kernel_explorer": "correlate, lookup, shade, limitsOf, number, fixed", "digit_explorer": "stroke, PAD",
         "weight_explorer": "count, sides, grouped, times"}


@pytest.fixture(scope="module")
def functions(browser):
    """A blank page with the explorers' functions on `window`."""
    page = browser.new_page()
    common = (FOLDER / "common.js").read_text(encoding="utf-8")
    for explorer, names in NAMES.items():
        own = (FOLDER / f"{explorer}.js").read_text(encoding="utf-8")
        page.add_script_tag(type="module", content=f"{common}\n{own}\nObject.assign(window, {{ {names} }});")
    page.wait_for_function("Boolean(window.correlate && window.stroke && window.times)")
    yield page
    page.close()


@pytest.mark.parametrize("seed", range(70))
def test_correlate_is_conv2d(functions, seed):
    rng = np.random.default_rng(seed)
    kernel = rng.normal(size=rng.integers(1, 8, 2))
    stride, scale, bias = int(rng.integers(1, 5)), float(rng.choice([1, 1 / kernel.size])), rng.uniform(-2, 2)
    image = rng.random(kernel.shape + rng.integers(0, 20, 2), np.float32)
    got = functions.evaluate(
        """([image, height, width, ...rest]) => {
          const map = correlate(Float32Array.from(image), height, width, ...rest);
          return { ...map, values: [...map.values] }; }""",
        [image.ravel().tolist(), *image.shape, kernel.tolist(), stride, scale, bias])
    batch, weight = image[None, None].astype(float), kernel[None, None] * scale
    expected = conv2d(batch, weight, np.array([bias]), stride=stride)[0, 0]
    assert (got["rows"], got["columns"]) == expected.shape
    np.testing.assert_allclose(np.reshape(got["values"], expected.shape), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name, twin, bound", [("signed", SIGNED, 2), ("magnitude", MAGNITUDE, 6), ("grey", GREY, 1)])
def test_palettes_are_those_of_the_plots(functions, name, twin, bound):
    got = np.reshape(functions.evaluate("name => [...lookup[name]]", name), (256, 3))
    expected = twin(np.arange(256) / 255, bytes=True)[:, :3].astype(int)
    assert np.abs(got - expected).max() <= bound       # of 255, in any of red, green and blue


@pytest.mark.parametrize("value, limits, place", [
    (-1, [-1, 1], 0), (1, [-1, 1], 255), (0, [-1, 1], 128), (-9, [-1, 1], 0), (9, [-1, 1], 255), (0, [0, 1], 0),
    (0.5, [0.5, 0.5], 0)])
def test_shade_places_a_value_in_its_palette(functions, value, limits, place):
    assert functions.evaluate("([value, limits]) => shade(value, limits)", [value, limits]) == place


@pytest.mark.parametrize("values, palette, limits", [
    ([-3, 2], "signed", [-3, 3]), ([-1, 2], "signed", [-2, 2]), ([0.5, 2], "magnitude", [0, 2]),
    ([0, 0], "signed", [-1e-6, 1e-6]), ([], "magnitude", [0, 1e-6])])
def test_limits_suit_the_values(functions, values, palette, limits):
    assert functions.evaluate("([values, palette]) => limitsOf(values, palette)", [values, palette]) == limits


def test_limits_pass_over_what_is_no_number(functions):
    assert functions.evaluate("limitsOf([NaN, -2, 1], 'signed')") == [-2, 2]


@pytest.mark.parametrize("value, number, fixed", [
    ("0", "0", "0.00"), ("-0", "0", "0.00"), ("-0.001", "0", "0.00"), ("-0.005001", "−0.01", "−0.01"),
    ("1.5", "1.5", "1.50"), ("-12.345", "−12.35", "−12.35"), ("1/3", "0.33", "0.33"), ("100", "100", "100.00"),
    ("-100", "−100", "−100.00"), ("NaN", "NaN", "NaN"), ("-Infinity", "−Infinity", "−Infinity")])
def test_numbers_for_people(functions, value, number, fixed):
    assert functions.evaluate(f"[number({value}), fixed({value})]") == [number, fixed]


@pytest.mark.parametrize("value, text", [("-0.4", "0"), ("-0.6", "−1"), ("2.4", "2")])
def test_fixed_without_decimals(functions, value, text):
    assert functions.evaluate(f"fixed({value}, 0)") == text


@pytest.mark.parametrize("seed", range(10))
def test_a_stroke_is_one_connected_line(functions, seed):
    side = functions.evaluate("PAD")
    ends = np.random.default_rng(seed).uniform(-10, side + 10, (2, 2))     # a pointer may leave the pad
    ink = np.reshape(functions.evaluate(
        "ends => { const ink = new Uint8Array(PAD * PAD); stroke(ink, ...ends); return [...ink]; }", ends.tolist()),
        (side, side))
    y, x = np.mgrid[:side, :side] + 0.5
    (x0, y0), (x1, y1) = ends
    along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2)
    distance = np.hypot(x - x0 - along.clip(0, 1) * (x1 - x0), y - y0 - along.clip(0, 1) * (y1 - y0))
    assert (ink[distance < 4.4] == 255).all() and (ink[distance > 5.6] == 0).all()
    assert label(ink > 127)[1] == 1


@pytest.mark.parametrize("seed", range(60))
def test_weights_are_counted_as_in_python(functions, seed):
    rng = np.random.default_rng(seed)
    settings = {name: int(rng.integers(low, high + 1)) for name, (low, high) in LIMITS.items()}
    got = functions.evaluate("settings => count(settings)", settings)
    expected = {name: list(layer.values()) for name, layer in count(**settings).items()}
    assert {name: list(layer.values()) for name, layer in zip(expected, got.values(), strict=True)} == expected


@pytest.mark.parametrize("a, b, expected", [
    (4, 1, [100, 50]), (1, 4, [50, 100]), (7, 7, [100, 100]), (1, 1e9, [2, 100])])
def test_squares_have_areas_to_scale(functions, a, b, expected):
    assert functions.evaluate("([a, b]) => sides(a, b, 100)", [a, b]) == expected


@pytest.mark.parametrize("value, text", [
    (0, "0"), (999, "999"), (1000, "1\u202f000"), (15_552, "15\u202f552"), (205_520_896, "205\u202f520\u202f896")])
def test_thousands_stand_apart(functions, value, text):
    assert functions.evaluate("value => grouped(value)", value) == text


@pytest.mark.parametrize("ratio, text", [
    (1.063, "1.06"), (2, "2"), (9.991, "9.99"), (9.996, "10"), (4608, "4\u202f608"), (12.6, "13")])
def test_ratios_for_people(functions, ratio, text):
    assert functions.evaluate("ratio => times(ratio)", ratio) == text
