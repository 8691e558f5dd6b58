"""Where windows look: a grid that counts them, its border of zeros, and the cells that no window sees."""

import numpy as np
from matplotlib.patches import Rectangle

from cnnlesson.plot import checks, words
from cnnlesson.plot.drawing import caption_under, draw
from cnnlesson.plot.style import ACCENT, EDGE, MAGNITUDE, SOFT, ink_on, new_axes, points, styled


@styled
def coverage(counts, *, padding=0, window=None, dilation=1, limits=None, ax=None, caption=None,
             counted="how many windows see each cell"):
    """Draw how many windows see each cell: a number where some do, a cross where none does.

    Parameters
    ----------
    counts : array_like
        (H, W), whole numbers from 0, at most 24 × 24; the border of zeros included.
    padding : int
        Width of that border. It is hatched, and nothing is written there.
    window : (int, int, int, int), optional
        Row, column, height and width of a kernel to mark, counted in `counts`.
    dilation : int
        Distance between the cells of that kernel.
    limits : (float, float), optional
        Counts at both ends of the colours; 0 and the largest one without it.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure without it.
    caption : str, optional
        Small text under the grid; what is counted without it. ``""`` for none.
    counted : str
        What is counted, for the caption and the words.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the counts are no such grid, nothing is left inside the border, or the window does not lie inside.

    Examples
    --------
    >>> from cnnlesson import plot
    >>> plot.describe(plot.coverage([[1, 1, 2, 1, 1, 0]]))
    'Grid, 1 × 6: how many windows see each cell, from 0 to 2. 0 in 1 cell: column 5.'
    """
    counts = _counts(counts)
    inside = _inside(counts.shape, padding)
    cells = _cells(window, dilation, counts.shape)
    if ax is None:
        side = min(40, 440 // max(counts.shape))
        ax = new_axes(side * counts.shape[1], side * counts.shape[0])
    limits = checks.ordered(limits or (0, max(1, counts.max())))
    draw(ax, np.ma.masked_where(~inside | (counts == 0), counts), MAGNITUDE, limits, None)
    ax.spines[:].set_visible(False)
    _hatch(ax, ~inside)
    _numbers(ax, counts, inside, limits)
    for row, column in cells:
        _box(ax, row, column, 1, 1, points(2 if dilation > 1 else 0))
    if window is not None:
        height, width = (dilation * (n - 1) + 1 for n in window[2:])
        _box(ax, *window[:2], height, width, points(3 if dilation == 1 else 1.2))
    ax.set_label(_in_words(counted, counts, inside, padding, window, dilation))
    text = counted + ", × none" * bool((counts[inside] == 0).any())
    caption_under(ax, text if caption is None else caption)
    return ax


def _counts(counts):
    counts = checks.plane(counts, "counts")
    if counts.min() < 0 or (counts != counts.round()).any():
        raise ValueError("counts must be whole numbers from 0, got others")
    if max(counts.shape) > 24:
        raise ValueError(f"counts must be at most 24 × 24 to be written out, got {words.size(counts)}")
    return counts.round().astype(int)


def _inside(shape, padding):
    """True where the grid is no border; a strip of one row has its border left and right only."""
    edges = [0 if size == 1 else padding for size in shape]
    if padding < 0 or any(2 * edge >= size for edge, size in zip(edges, shape, strict=True)):
        raise ValueError(f"padding must be ≥ 0 and leave cells inside {shape[0]} × {shape[1]}, got {padding}")
    inside = np.zeros(shape, bool)
    inside[edges[0]:shape[0] - edges[0], edges[1]:shape[1] - edges[1]] = True
    return inside


def _cells(window, dilation, shape):
    """The cells that the marked kernel looks at."""
    if window is None:
        return []
    row, column, height, width = window
    spans = [dilation * (n - 1) + 1 for n in (height, width)]
    checks.window_inside((row, column, *spans), shape)
    return [(row + dilation * i, column + dilation * j) for i in range(height) for j in range(width)]


def _hatch(ax, border):
    for row, column in np.argwhere(border):
        cell = Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor="#f3f4f6", edgecolor=EDGE, hatch="///", zorder=1)
        cell.set(linewidth=points(1))
        ax.add_patch(cell)


def _numbers(ax, counts, inside, limits):
    size = min(15, 0.46 * ax.get_window_extent().width / counts.shape[1])
    for row, column in np.argwhere(inside):
        count = counts[row, column]
        shade = MAGNITUDE((count - limits[0]) / (limits[1] - limits[0]))
        ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=EDGE, linewidth=points(1)))
        ax.text(column, row, str(count) if count else "×", size=points(size if count else 1.3 * size),
                color=ink_on(shade) if count else SOFT, ha="center", va="center_baseline", zorder=3)


def _box(ax, row, column, height, width, line):
    if line:
        box = Rectangle((column - 0.5, row - 0.5), width, height, fill=False, edgecolor=ACCENT, linewidth=line)
        box.set(zorder=4, clip_on=False, joinstyle="miter")
        ax.add_patch(box)


def _in_words(counted, counts, inside, padding, window, dilation):
    border = f" with a border of zeros, {padding} wide" if padding else ""
    seen = counts[inside]
    unseen = _where_none(counts, inside) if (seen == 0).any() else ""
    apart = f" Its cells lie {dilation} apart." if window is not None and dilation > 1 else ""
    return (f"Grid, {words.size(counts)}{border}: {counted}, from {seen.min()} to {seen.max()}."
            f"{unseen}{words.of_window(window)}{apart}")


def _where_none(counts, inside):
    """How many cells are seen by none, and which whole rows and columns are among them."""
    none = int(((counts == 0) & inside).sum())
    lines = []
    for name, axis in (("row", 1), ("column", 0)):
        whole = np.flatnonzero(inside.any(axis) & ~(counts.astype(bool) & inside).any(axis))
        if len(whole):
            lines.append(f"{name}{'s' * (len(whole) > 1)} {', '.join(map(str, whole))}")
    where = f": {'; '.join(lines)}" if lines else ""
    return f" 0 in {none} cell{'s' * (none > 1)}{where}."
