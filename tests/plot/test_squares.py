import pytest
from matplotlib.colors import to_rgb

from cnnlesson import plot


def test_areas_are_to_scale():
    ax = plot.squares({"all": 400, "some": 100, "few": 25}, unit="pixels")
    assert [(bar.get_width(), bar.get_height()) for bar in ax.patches] == [(1, 1), (0.5, 0.5), (0.25, 0.25)]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["400\nall", "100\nsome", "25\nfew"]
    assert ax.get_xlabel() == "pixels" and ax.get_aspect() == 1
    assert ax.patches[-1].get_facecolor()[:3] == to_rgb(plot.ACCENT) != ax.patches[0].get_facecolor()[:3]


def test_a_square_too_small_to_see_is_a_dot():
    dot = plot.squares({"large": 205_520_896, "small": 1}).patches[1]
    assert dot.get_width() == dot.get_height() == pytest.approx(0.012)


def test_words_have_thousands_apart():
    assert plot.describe(plot.squares({"dense": 1_990_656, "small": 432}, unit="weights")) == (
        "Squares, areas to scale, in weights. dense: 1 990 656, small: 432.")


def test_squares_refused():
    with pytest.raises(ValueError, match="values must be above 0, got 0"):
        plot.squares({"a": 3, "b": 0})
    with pytest.raises(ValueError, match="values must hold at least one value"):
        plot.squares({})
