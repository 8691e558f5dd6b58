import numpy as np
import pytest

from cnnlesson import plot


def test_powers_are_drawn_by_their_logarithm():
    ax = plot.powers({"a": [1e-8, 1e-4, 1], "b": [0, 1e-30, 1e25]}, xlabel="layer", ylabel="gradient")
    a, b = ax.lines[:2]
    assert a.get_ydata().tolist() == pytest.approx([-8, -4, 0])
    assert b.get_ydata().tolist() == pytest.approx([-20, -20, 20])
    marks = dict(zip(ax.get_yticks(), [label.get_text() for label in ax.get_yticklabels()], strict=True))
    assert marks[-14] == "10⁻¹⁴" and ax.get_ylim()[0] <= -20 and ax.get_ylim()[1] >= 20
    assert plot.describe(ax).endswith("b: from below 10⁻²⁰ to above 10²⁰.")


def test_powers_are_told_with_one_digit():
    told = plot.describe(plot.powers({"a": [9.7e-3, 1.26e8], "b": [0, 3.4]}))
    assert told.endswith("a: from 1 · 10⁻² to 1 · 10⁸. b: from below 10⁻²⁰ to 3.")


def test_dead_units_are_counted():
    dead = np.zeros((4, 5), bool)
    dead[1, :2] = dead[3] = True
    ax = plot.dead_units(dead)
    assert np.array_equal(ax.images[0].get_array(), dead) and ax.images[0].get_clim() == (0, 1)
    said = "Map of 4 layers × 5 units, dead ones yellow: 35 % dead; in the first layer 0 %, in the last 100 %."
    assert plot.describe(ax) == said
    assert plot.describe(plot.dead_units(dead, caption="bias 0")) == said + " Caption: bias 0."


def test_powers_refused():
    with pytest.raises(ValueError, match="must not be negative on a logarithmic axis"):
        plot.powers({"a": [1, -1]})
    with pytest.raises(ValueError, match="series 'a' must be finite, got inf"):
        plot.powers({"a": [1, np.inf]})


def test_histogram_counts():
    values = np.array([0, 0, 0.5, 1, 2, -2])
    ax = plot.histogram(values, bins=4)
    assert [bar.get_height() * 6 for bar in ax.patches] == pytest.approx([1, 0, 3, 2])
    assert "Exactly 0: 33 %, negative: 17 %" in plot.describe(ax)
    assert ax.get_xlim() == (-2, 2)
