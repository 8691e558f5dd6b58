"""The picture of two arrays that should be equal."""
import numpy as np
import pytest

from cnnlesson import plot

RIGHT = np.arange(9.0).reshape(3, 3) - 4


def wrong_marks(axes):
    """The cells that are underlined in the difference."""
    return sorted((round(line.get_ydata()[0] - 0.36), round(line.get_xdata().mean())) for line in axes[2].lines)


def test_marks_stand_where_the_cells_differ():
    got = RIGHT.copy()
    got[0, 2], got[2, 1] = 7, -7
    axes = plot.differences(got, RIGHT)
    assert wrong_marks(axes) == [(0, 2), (2, 1)]
    assert axes[2].get_label() == "Difference: 2 of 9 cells wrong, the worst by −10: row 0, column 2; row 2, column 1."
    np.testing.assert_array_equal(axes[2].images[0].get_array(), got - RIGHT)


def test_rounding_is_no_mistake():
    axes = plot.differences(RIGHT + 1e-7, RIGHT)
    assert wrong_marks(axes) == [] and axes[2].get_label() == "Difference: all 9 cells right."


def test_yours_and_measured_have_the_same_colours():
    left, right, _ = plot.differences(3 * RIGHT, RIGHT)
    assert left.images[0].get_clim() == right.images[0].get_clim() == (-12, 12)


def test_show_has_alt_text():
    alt = plot.show(plot.differences(RIGHT, -RIGHT)).alt
    assert alt.startswith("3 pictures") and "8 of 9 cells wrong" in alt


@pytest.mark.parametrize("got, said", [(np.ones((2, 2)), "got and right must have one shape"),
                                       (np.ones(3), "got must be one plane"), (RIGHT * np.nan, "got must be finite")])
def test_bad_arguments(got, said):
    with pytest.raises(ValueError, match=said):
        plot.differences(got, RIGHT)
