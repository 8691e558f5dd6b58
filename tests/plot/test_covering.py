"""Coverage grids: what is written in the cells, what is hatched, crossed and outlined, and what the words say."""
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from cnnlesson import plot

COUNTS = np.array([[4, 6, 0, 4], [6, 9, 0, 6], [0, 0, 0, 0], [4, 6, 0, 4]])


def texts(ax):
    return {(round(t.get_position()[1]), round(t.get_position()[0])): t.get_text() for t in ax.texts if t.get_text() in
            {"×", *map(str, range(10))}}


def outlines(ax):
    """(row, column, height, width) of everything in the accent colour."""
    boxes = [box for box in ax.patches if box.get_edgecolor()[:3] == to_rgb(plot.ACCENT)]
    return [(box.get_y() + 0.5, box.get_x() + 0.5, box.get_height(), box.get_width()) for box in boxes]


def test_counts_are_written_and_zeros_are_crossed():
    ax = plot.coverage(COUNTS)
    assert texts(ax) == {at: str(count) if count else "×" for at, count in np.ndenumerate(COUNTS)}
    shown = ax.images[0].get_array()
    assert (shown.mask == (COUNTS == 0)).all() and (shown.data == COUNTS).all()
    assert ax.images[0].get_clim() == (0, 9) and ax.images[0].cmap == plot.MAGNITUDE


def test_the_border_is_hatched_and_empty():
    counts = np.pad(np.ones((3, 3), int), 2, constant_values=5)
    ax = plot.coverage(counts, padding=2)
    hatched = [(box.get_y() + 0.5, box.get_x() + 0.5) for box in ax.patches if box.get_hatch()]
    assert len(hatched) == 49 - 9 and (3, 3) not in hatched and (0, 6) in hatched
    assert sorted(texts(ax)) == [(i, j) for i in (2, 3, 4) for j in (2, 3, 4)]


def test_a_strip_has_its_border_left_and_right():
    ax = plot.coverage([[1, 2, 3, 2, 1]], padding=1)
    assert texts(ax) == {(0, 1): "2", (0, 2): "3", (0, 3): "2"}


def test_the_window_is_outlined_and_with_dilation_each_of_its_cells():
    counts = np.ones((7, 7), int)
    assert outlines(plot.coverage(counts, window=(1, 2, 3, 3))) == [(1, 2, 3, 3)]
    boxes = outlines(plot.coverage(counts, window=(0, 1, 2, 3), dilation=2))
    assert boxes == [(i, j, 1, 1) for i in (0, 2) for j in (1, 3, 5)] + [(0, 1, 3, 5)]


@pytest.mark.parametrize("arguments, words", [
    (dict(counts=COUNTS), "Grid, 4 × 4: how many windows see each cell, from 0 to 9. 0 in 7 cells: row 2; column 2."),
    (dict(counts=COUNTS[:2, :2], counted="paths"), "Grid, 2 × 2: paths, from 4 to 9."),
    (dict(counts=[[1, 0], [1, 1]]), "Grid, 2 × 2: how many windows see each cell, from 0 to 1. 0 in 1 cell."),
    (dict(counts=np.ones((5, 5)), padding=1, window=(0, 0, 2, 2), dilation=3),
     "Grid, 5 × 5 with a border of zeros, 1 wide: how many windows see each cell, from 1 to 1. "
     "A 2 × 2 window is marked at row 0, column 0. Its cells lie 3 apart.")])
def test_words(arguments, words):
    assert plot.describe(plot.coverage(**arguments)) == words


def test_caption_and_limits():
    def caption(**options):
        return plot.coverage(COUNTS, **options).texts[-1].get_text()

    assert caption() == "how many windows see each cell, × none"
    assert caption(caption="mine") == "mine" and caption(caption="") in {"×", "4"}
    assert plot.coverage(COUNTS, limits=(0, 20)).images[0].get_clim() == (0, 20)
    assert plot.coverage([[0, 0]]).images[0].get_clim() == (0, 1)


@pytest.mark.parametrize("arguments, said", [
    (dict(counts=[[1.5]]), "counts must be whole numbers from 0"),
    (dict(counts=[[-1]]), "counts must be whole numbers from 0"),
    (dict(counts=np.ones((25, 2))), "counts must be at most 24 × 24"),
    (dict(counts=np.ones((4, 4)), padding=2), "padding must be ≥ 0 and leave cells inside 4 × 4, got 2"),
    (dict(counts=np.ones((4, 4)), padding=-1), "padding must be ≥ 0"),
    (dict(counts=np.ones((4, 4)), window=(2, 2, 3, 3)), "window must be"),
    (dict(counts=np.ones((4, 4)), window=(0, 0, 3, 3), dilation=2), "window must be")])
def test_what_cannot_be_drawn_is_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        plot.coverage(**arguments)
