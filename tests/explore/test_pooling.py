"""The Python side of the pooling explorer: what it knows without a page, and its picture."""
import numpy as np
import pytest

from cnnlesson import explore, plot
from cnnlesson.explore.pooling_explorer import KINDS, moved

RAMP = np.arange(16.0).reshape(4, 4)


def by_hand(values, kind, window, stride, padding):
    """Pooling in plain loops over the cells of each window."""
    rows, columns = [(side + 2 * padding - window) // stride + 1 for side in values.shape]
    out = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            cells = [values[y, x] for y in range(i * stride - padding, i * stride - padding + window)
                     for x in range(j * stride - padding, j * stride - padding + window)
                     if 0 <= y < values.shape[0] and 0 <= x < values.shape[1]]
            counted = window**2 if kind == "average" else len(cells)
            out[i, j] = max(cells) if kind == "max" else sum(cells) / (1 if kind == "sum" else counted)
    return out


@pytest.mark.parametrize("seed", range(60))
def test_pooled_and_changed_are_those_of_plain_loops(seed):
    rng = np.random.default_rng(seed)
    values, kind = rng.normal(size=rng.integers(5, 13, 2)).round(1), rng.choice(list(KINDS))
    window, stride = (int(n) for n in rng.integers(1, (6, 7)))
    padding = int(rng.integers(0, window // 2 + 1))
    down, right = (int(n) for n in rng.integers(-3, 4, 2))
    explorer = explore.pooling({"a": RAMP, "b": values}, kind=str(kind))
    explorer.source, explorer.window, explorer.stride, explorer.padding = "b", window, stride, padding
    explorer.down, explorer.right = down, right
    shifted = np.zeros_like(values)
    for (i, j), value in np.ndenumerate(values):
        if 0 <= i + down < values.shape[0] and 0 <= j + right < values.shape[1]:
            shifted[i + down, j + right] = value
    np.testing.assert_array_equal(explorer.values, shifted)
    before, after = (by_hand(v, kind, window, stride, padding) for v in (values, shifted))
    np.testing.assert_allclose(explorer.pooled, after, atol=1e-12)
    assert explorer.changed == pytest.approx((abs(after - before) > 1e-5).mean())


def test_a_shift_of_nothing_changes_nothing():
    assert np.array_equal(moved(RAMP, 0, 0), RAMP) and explore.pooling({"a": RAMP}).changed == 0


def test_figure_shows_the_window_and_the_pooled_map():
    explorer = explore.pooling({"ramp": RAMP}, row=1)
    assert plot.describe(explorer.figure()) == (
        "2 pictures, left to right. (1) Feature map, 4 × 4. Row 0: 0, 1, 2, 3. Row 1: 4, 5, 6, 7. "
        "Row 2: 8, 9, 10, 11. Row 3: 12, 13, 14, 15. A 2 × 2 window is marked at row 2, column 0. "
        "(2) Feature map, 2 × 2. Row 0: 5, 7. Row 1: 13, 15. A 1 × 1 window is marked at row 1, column 0.")


@pytest.mark.parametrize("settings, sentence", [
    (dict(padding=2), "padding must be ≤ 1, half of kernel_size 2, got 2"),
    (dict(window=5), "kernel_size must fit into the padded input of 4 pixels, got a kernel that spans 5")])
def test_impossible_settings_are_the_packages_sentence(settings, sentence):
    explorer = explore.pooling({f"ramp {settings}": RAMP})
    for name, value in settings.items():
        explorer.set_trait(name, value)
    assert explorer.refusal == sentence == plot.describe(explorer.figure())
    assert explorer.pooled is None and explorer.changed == 0
    with pytest.raises(ValueError, match=sentence):
        explore.pooling({"ramp": RAMP}, **settings)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("settings", [(1, 1, 0), (7, 1, 3), (7, 6, 3), (2, 6, 1)])
def test_figures_at_the_ends(kind, settings):
    explorer = explore.pooling({"a": np.random.default_rng(0).normal(size=(12, 11))}, kind=kind,
                               **dict(zip(("window", "stride", "padding"), settings, strict=True)), row=99, column=99)
    assert plot.show(explorer.figure()).alt.startswith("2 pictures")


def test_a_place_before_the_first_window_is_the_first():
    explorer = explore.pooling({"before the first": RAMP}, row=-5, column=-1)
    assert (explorer.row, explorer.column) == (0, 0) == (explorer.start["row"], explorer.start["column"])
    explorer.row = -2
    assert explorer.row == 0 and "marked at row 0, column 0" in plot.describe(explorer.figure())


@pytest.mark.parametrize("arguments, said", [
    (dict(maps={}), "maps must hold at least one map"),
    (dict(maps={"a": np.ones((13, 2))}), "at most 12 × 12, got shape"),
    (dict(maps={"a": np.ones(3)}), "maps must be"), (dict(maps={"a": [[np.nan]]}), "got NaN"),
    (dict(window=8), "window must be ≤ 7 in the explorer, got 8"), (dict(stride=0), "stride must be ≥ 1, got 0"),
    (dict(right=-4), "right must be ≥ -3, got -4"), (dict(kind="median"), "kind must be one of max, average"),
])
def test_bad_arguments_are_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        explore.pooling(**dict(maps={"a": RAMP}) | arguments)


def test_the_same_call_keeps_what_was_set():
    explore.pooling({"a": RAMP, "b": 2 * RAMP}, row=1).set_trait("source", "b")
    assert explore.pooling({"a": RAMP, "b": 2 * RAMP}, row=1).source == "b"
    assert explore.pooling({"a": RAMP, "b": 3 * RAMP}, row=1).source == "a"
