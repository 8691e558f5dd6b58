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
