"""Squares: two or more counts, drawn so that their areas can be compared."""

import numpy as np

from cnnlesson.plot import checks
from cnnlesson.plot.style import ACCENT, INK, new_axes, points, styled

DOT = 0.012  # side of the smallest square that is drawn, as a share of the largest


@styled
def squares(values, *, unit="", ax=None):
    """Draw counts as squares whose areas are to scale; for counts too far apart for bars.

    Parameters
    ----------
    values : dict of str to int
        Name and count of each; all above 0. The last one has the accent colour.
    unit : str, optional
        What is counted.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    matplotlib.axes.Axes
        A square that would be too small to see is drawn as a dot.

    Raises
    ------
    ValueError
        If there is no count, or one is not above 0.

    Examples
    --------
    >>> from cnnlesson import plot
    >>> plot.describe(plot.squares({"all": 400, "some": 25}, unit="pixels"))
    'Squares, areas to scale, in pixels. all: 400, some: 25.'
    """
    counts = checks.finite(list(values.values()), "values")
    if counts.min() <= 0:
        raise ValueError(f"values must be above 0, got {counts.min():g}")
    ax = ax or new_axes(175 * len(counts), 150)
    sides = np.maximum(np.sqrt(counts / counts.max()), DOT)
    colours = ["#8a94a0"] * (len(counts) - 1) + [ACCENT]
    ax.bar(1.15 * np.arange(len(counts)), sides, width=sides, color=colours)
    ax.set(xlim=(-0.55, 1.15 * len(counts) - 0.6), ylim=(0, 1), yticks=[], aspect="equal", anchor="S")
    texts = [f"{value:,}".replace(",", "\N{THIN SPACE}") for value in values.values()]
    ax.set_xticks(1.15 * np.arange(len(counts)), [f"{t}\n{name}" for t, name in zip(texts, values, strict=True)])
    ax.tick_params(length=0, labelsize=points(13), labelcolor=INK)
    ax.spines[:].set_visible(False)
    ax.set_xlabel(unit)
    told = ", ".join(f"{name}: {text}" for name, text in zip(values, texts, strict=True)).replace("\N{THIN SPACE}", " ")
    ax.set_label(f"Squares, areas to scale{f', in {unit}' if unit else ''}. {told}.")
    return ax
