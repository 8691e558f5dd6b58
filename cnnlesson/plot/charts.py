"""Charts: bars for probabilities, lines for what changes."""

import numpy as np

from cnnlesson.plot import checks, words
from cnnlesson.plot.style import ACCENT, EDGE, INK, SERIES, SOFT, new_axes, points, styled


@styled
def bars(values, *, labels=None, highlight=None, ax=None, limits=(0, 1), decimals=2):
    """Draw a few numbers as bars, each with its value; made for the probabilities of the classes.

    Parameters
    ----------
    values : array_like
        (K,).
    labels : sequence of str, optional
        One name a bar; 0, 1, 2 … without it.
    highlight : int, optional
        The bar to stress, in the accent colour and bold type.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure without it.
    limits : (float, float)
        Values at which a bar has no length and its full length.
    decimals : int
        Digits after the point.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If `values` is not one-dimensional, or labels or highlight do not fit it.

    Examples
    --------
    >>> from cnnlesson import plot
    >>> plot.describe(plot.bars([0.1, 0.9], labels=("cat", "dog"), highlight=1))
    'Bars. cat: 0.10, dog: 0.90. Highlighted: dog.'
    """
    values = checks.finite(values, "values")
    if values.ndim != 1:
        raise ValueError(f"values must be (K,), got shape {values.shape}")
    labels = [str(label) for label in (range(len(values)) if labels is None else labels)]
    if len(labels) != len(values):
        raise ValueError(f"labels must be {len(values)}, one a bar, got {len(labels)}")
    if highlight is not None and not 0 <= highlight < len(values):
        raise ValueError(f"highlight must be a bar from 0 to {len(values) - 1}, got {highlight}")
    texts = words.cell_texts(values[None], decimals)[0]
    slot, ax = ax, ax or new_axes(320, 26 * len(values))
    colours = [ACCENT if i == highlight else "#8a94a0" for i in range(len(values))]
    ax.barh(range(len(values)), values, height=0.72, color=colours)
    ax.set(xlim=checks.ordered(limits), ylim=(len(values) - 0.5, -0.5), xticks=[])
    ax.set_yticks(range(len(values)), labels)
    ax.tick_params(length=0, labelsize=points(14), labelcolor=INK, pad=points(6))
    ax.spines[:].set_visible(False)
    ax.axvline(max(0, limits[0]), color=EDGE, linewidth=points(1))
    _write_values(ax, values, texts, highlight)
    if slot:
        make_room(ax)
    pairs = ", ".join(f"{label}: {text}" for label, text in zip(labels, texts, strict=True))
    stressed = "" if highlight is None else f" Highlighted: {labels[highlight]}."
    ax.set_label(f"Bars. {pairs}.{stressed}")
    return ax


@styled
def lines(series, *, x=None, xlabel="", ylabel="", limits=None, coloured=False, ax=None):
    """Draw curves, each named at its end.

    Parameters
    ----------
    series : dict of str to array_like
        Name and values of each curve; at most seven.
    x : array_like, optional
        Where the values stand; 0, 1, 2 … without it.
    xlabel, ylabel : str
        What the axes measure.
    limits : (float, float), optional
        Values at the bottom and at the top; fitted to the curves without it.
    coloured : bool
        Write each name in the colour of its curve: for curves that end in the same place.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If there is no curve, there are more than seven, or one does not fit `x`.

    Examples
    --------
    >>> from cnnlesson import plot
    >>> plot.describe(plot.lines({"training": [2.3, 0.4, 0.1]}, xlabel="epoch", ylabel="loss"))
    'Line chart of loss against epoch. training: from 2.3 to 0.1, lowest 0.1, highest 2.3.'
    """
    if not 1 <= len(series) <= len(SERIES):
        raise ValueError(f"series must hold 1 to {len(SERIES)} curves, got {len(series)}")
    slot, ax = ax, ax or new_axes(440, 260)
    ends, told = [], []
    for (name, values), (colour, dashes, marker) in zip(series.items(), SERIES, strict=False):
        values = checks.finite(values, f"series {name!r}")
        places = np.arange(values.size) if x is None else np.asarray(x)
        if values.shape != places.shape:
            raise ValueError(f"series {name!r} must be as long as x, {places.size}, got shape {values.shape}")
        (curve,) = ax.plot(places, values, color=colour, linestyle=dashes, marker=marker)
        curve.set(markersize=points(7), markevery=max(1, values.size // 10))
        stress = {"color": colour, "weight": "bold"} if coloured else {"color": INK}
        ends.append((places[-1], values[-1], name, stress))
        first, last, low, high = map(words.number, (values[0], values[-1], values.min(), values.max()))
        told.append(f"{name}: from {first} to {last}, lowest {low}, highest {high}.")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.grid(axis="y", color=EDGE, alpha=0.5, linewidth=points(1))
    ax.locator_params(nbins=6)
    if places.dtype.kind in "iu":       # epochs, pixels: no ticks between them
        ax.locator_params("x", integer=True, nbins=7)
    ax.autoscale_view()
    if limits is not None:
        ax.set_ylim(checks.ordered(limits))
    _name_ends(ax, ends)
    if slot:
        make_room(ax)
    against = f" of {ylabel} against {xlabel}" if xlabel and ylabel else ""
    ax.set_label(f"Line chart{against}. {' '.join(told)}")
    return ax


def _write_values(ax, values, texts, highlight):
    low, high = ax.get_xlim()
    for i, (value, text) in enumerate(zip(values, texts, strict=True)):
        stress = {"color": ACCENT, "weight": "bold"} if i == highlight else {"color": SOFT}
        ax.annotate(
            text, (np.clip(value, max(low, 0), high), i), (points(6), 0), textcoords="offset points",
            va="center_baseline", size=points(13), annotation_clip=False, **stress,
        )  # fmt: skip


def _name_ends(ax, ends, apart=18):
    """Write each curve's name at its end; names that would overlap are moved apart."""
    pixels = [ax.transData.transform((x, y)) for x, y, *_ in ends]
    bottom = -np.inf
    for i in sorted(range(len(ends)), key=lambda i: pixels[i][1]):
        x, y, name, stress = ends[i]
        bottom = max(pixels[i][1], bottom + apart)
        ax.annotate(
            name, (x, y), (points(10), points(bottom - pixels[i][1])), textcoords="offset points",
            va="center_baseline", annotation_clip=False, **stress,
        )  # fmt: skip


def make_room(ax):
    """Narrow axes that stand in a row, so that what is written beside them stays in their place."""
    place, whole = ax.get_window_extent(), ax.get_tightbbox()
    x, y, width, height = ax.get_position().bounds
    left, right = (width * side / place.width for side in (place.x0 - whole.x0, whole.x1 - place.x1))
    ax.set_position((x + left, y, max(width - left - right, 0.3 * width), height))
