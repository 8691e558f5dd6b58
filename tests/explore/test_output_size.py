"""The Python side of the output-size explorer: what it knows without a page, and its picture."""
import numpy as np
import pytest

from cnnlesson import explore, plot


def by_hand(size, kernel_size, stride, padding, dilation):
    """(windows along one side, how many see each pixel, how many pixels each sees), counted one by one."""
    windows, first = [], -padding
    while first + dilation * (kernel_size - 1) < size + padding:
        windows.append({first + k * dilation for k in range(kernel_size)})
        first += stride
    seen = [sum(pixel in window for window in windows) for pixel in range(size)]
    return len(windows), seen, [len(window & set(range(size))) for window in windows]


@pytest.mark.parametrize("seed", range(60))
def test_counts_are_those_counted_by_hand(seed):
    rng = np.random.default_rng(seed)
    settings = [int(rng.integers(*ends)) for ends in ((1, 17), (1, 8), (1, 6), (0, 5), (1, 4))]
    explorer = explore.output_size()
    for name, value in zip(("size", "kernel_size", "stride", "padding", "dilation"), settings, strict=True):
        explorer.set_trait(name, value)
    side, seen, inside = by_hand(*settings)
    assert explorer.map_size == side and (explorer.refusal == "") == bool(side)
    np.testing.assert_array_equal(explorer.seen, np.outer(seen, seen))
    np.testing.assert_array_equal(explorer.pixels_in_window, np.outer(inside, inside))


def test_figure_shows_border_window_and_map():
    explorer = explore.output_size(8, 3, stride=2, padding=1)
    explorer.row = 1
    figure = explorer.figure()
    pictures = [ax for ax in figure.axes if ax.images]
    assert [ax.images[0].get_clim() for ax in pictures[:2]] == [(0, 4), (0, 9)]
    words = plot.describe(figure)
    assert words == (
        "2 pictures, left to right. (1) Grid, 10 × 10 with a border of zeros, 1 wide: how many windows see each cell, "
        "from 1 to 4. A 3 × 3 window is marked at row 2, column 0. (2) Feature map, 4 × 4. Row 0: 4, 6, 6, 6. "
        "Row 1: 6, 9, 9, 9. Row 2: 6, 9, 9, 9. Row 3: 6, 9, 9, 9. A 1 × 1 window is marked at row 1, column 0.")


@pytest.mark.parametrize("place, shown", [(50, 3), (-7, 0)])
def test_a_window_beside_the_map_is_drawn_at_its_rim(place, shown):
    explorer = explore.output_size(8, 3, stride=2, padding=1)
    explorer.row = place
    words = plot.describe(explorer.figure())
    assert f"marked at row {2 * shown}, column 0" in words and f"marked at row {shown}, column 0" in words


def test_figure_of_impossible_settings_is_the_sentence():
    explorer = explore.output_size(4, 3)
    explorer.dilation = 2
    assert explorer.map_size == 0 and explorer.pixels_in_window.shape == (0, 0) and not explorer.seen.any()
    assert plot.describe(explorer.figure()) == (
        "kernel_size must fit into the padded input of 4 pixels, got a kernel that spans 5")


@pytest.mark.parametrize("settings", [(16, 7, 5, 4, 3), (16, 1, 1, 4, 1), (1, 1, 1, 0, 1), (16, 7, 1, 0, 1)])
def test_figures_at_the_ends(settings):
    assert plot.show(explore.output_size(*settings).figure()).alt.startswith("2 pictures")


@pytest.mark.parametrize("settings, said", [
    ((17, 3), "size must be ≤ 16 in the explorer, got 17"), ((0, 3), "size must be ≥ 1, got 0"),
    ((8, 3, 0), "stride must be ≥ 1, got 0"), ((8, 3, 1, 5), "padding must be ≤ 4"),
    ((8, 3, 1, 0, 4), "dilation must be ≤ 3"), ((8, 2.5), "kernel_size must be a whole number"),
    ((3, 5), "kernel_size must fit into the padded input of 3 pixels")])
def test_bad_settings_are_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        explore.output_size(*settings)


def test_the_same_call_keeps_what_was_set():
    explorer = explore.output_size(9, 3)
    explorer.stride, explorer.row = 3, 2
    assert (explore.output_size(9, 3).stride, explore.output_size(9, 3).row) == (3, 2)
    assert explore.output_size(9, 2).stride == 1
