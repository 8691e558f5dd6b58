"""Two arrays that should be equal, and where they are not."""
import numpy as np

from cnnlesson.plot import checks, words
from cnnlesson.plot.panels import row
from cnnlesson.plot.pictures import feature_map
from cnnlesson.plot.style import ACCENT, points, styled


@styled
def differences(got, right, *, names=("yours", "measured"), tolerance=1e-5, height=220):
    """Draw an array, what it should be, and their difference with every wrong cell marked.

    Parameters
    ----------
    got, right : array_like
        (H, W) each, at most 20 × 20.
    names : (str, str)
        What stands under the two.
    tolerance : float
        How far off a cell may be without being wrong.
    height : float
        Height in CSS pixels.

    Returns
    -------
    list of matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If one of them is no plane, or their shapes differ.

    Examples
    --------
    >>> from cnnlesson import plot
    >>> axes = plot.differences([[1.0, -2.0]], [[1.0, 2.0]])
    >>> axes[2].get_label()
    'Difference: 1 of 2 cells wrong, the worst by −4: row 0, column 1.'
    """
    got, right = checks.plane(got, "got"), checks.plane(right, "right")
    if got.shape != right.shape:
        raise ValueError(f"got and right must have one shape, got {got.shape} and {right.shape}")
    off = got - right
    off[abs(off) <= tolerance] = 0          # rounding is no mistake, and its colours would say that it is
    limits = [scale * max(abs(got).max(), abs(right).max(), 1e-12) for scale in (-1, 1)]
    most = max(abs(off).max(), 1e-12)
    axes = row([right.shape[1] / right.shape[0]] * 3, height=height, signs=("−", "="))
    told = told_of(off)
    for ax, values, scale, name in zip(axes, (got, right, off), (limits, limits, (-most, most)),
                                       (*names, told.split(",")[0]), strict=True):
        feature_map(values, ax=ax, signed=True, limits=tuple(scale), caption=name)
    for i, j in np.argwhere(off):
        axes[2].plot([j - 0.32, j + 0.32], [i + 0.36] * 2, color=ACCENT, linewidth=points(3), solid_capstyle="butt")
    axes[2].set_label(f"Difference: {told}.")
    return axes


def told_of(off):
    """How many cells are wrong, and the worst of them, in words.

    >>> told_of(np.zeros((2, 3)))
    'all 6 cells right'
    """
    wrong = np.argwhere(off)
    if not len(wrong):
        return f"all {off.size} cells right"
    i, j = wrong[abs(off[tuple(wrong.T)]).argmax()]
    places = "; ".join(f"row {a}, column {b}" for a, b in wrong) if len(wrong) <= 4 else f"row {i}, column {j} worst"
    return f"{len(wrong)} of {off.size} cells wrong, the worst by {words.number(off[i, j])}: {places}"
