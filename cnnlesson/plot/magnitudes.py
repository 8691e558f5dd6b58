"""How large numbers are: curves over many powers of ten, how often each value occurs, and which units are dead."""

import numpy as np

from cnnlesson.plot import checks, words
from cnnlesson.plot.charts import lines
from cnnlesson.plot.pictures import feature_map
from cnnlesson.plot.style import ACCENT, new_axes, points, styled

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power(exponent):
    """A power of ten as people write it.

    Examples
    --------
    >>> power(-12)
    '10⁻¹²'
    """
    return "10" + str(exponent).translate(RAISED)


def magnitude(value):
    """One digit and a power of ten.

    Examples
    --------
    >>> magnitude(4.2e-15), magnitude(0.97)
    ('4 · 10⁻¹⁵', '1')
    """
    digit, exponent = f"{value:.0e}".split("e")
    return digit if int(exponent) == 0 else f"{digit} · {power(int(exponent))}"


@styled
def powers(series, *, x=None, xlabel="", ylabel="", lowest=-20, highest=20, ax=None):
    """Draw curves of positive numbers on a logarithmic axis.

    Parameters
    ----------
    series : dict of str to array_like
        Name and values of each curve, none negative; at most seven.
    x, xlabel, ylabel, ax
        As in `lines`.
    lowest, highest : int
        Powers of ten between which is drawn. What lies beyond, 0 for one, is drawn at the edge.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If a value is negative or not finite.

    Examples
    --------
    >>> from cnnlesson import plot
    >>> plot.describe(plot.powers({"a": [1e-8, 1], "b": [0, 0.1]}, xlabel="layer", ylabel="gradient"))
    'Logarithmic chart of gradient against layer. a: from 1 · 10⁻⁸ to 1. b: from below 10⁻²⁰ to 1 · 10⁻¹.'
    """
    checked = {name: checks.finite(values, f"series {name!r}").astype(float) for name, values in series.items()}
    if any((values < 0).any() for values in checked.values()):
        raise ValueError("series must not be negative on a logarithmic axis")
    logs = {name: np.log10(values.clip(10.0**lowest, 10.0**highest)) for name, values in checked.items()}
    ax = lines(logs, x=x, xlabel=xlabel, ylabel=ylabel, ax=ax)
    low, high = min(map(np.min, logs.values())), max(map(np.max, logs.values()))
    step = max(1, int(np.ceil((high - low) / 6)))
    ticks = np.arange(step * np.floor(low / step), high + step, step).astype(int)
    ax.set_yticks(ticks, list(map(power, ticks)))
    ax.set_ylim(ticks[0] - 0.4 * step, max(ticks[-1], ticks[0] + 1) + 0.4 * step)
    _name_along(ax, logs)

    def told(value):
        beyond = f"below {power(lowest)}" if value < 10.0**lowest else f"above {power(highest)}"
        return magnitude(value) if 10.0**lowest <= value <= 10.0**highest else beyond

    parts = [f"{name}: from {told(values[0])} to {told(values[-1])}." for name, values in checked.items()]
    ax.set_label(f"Logarithmic chart of {ylabel} against {xlabel}. {' '.join(parts)}")
    return ax


def _name_along(ax, logs):
    """Write the names along the curves, in their colours: gradients often meet at the end, where `lines` puts them."""
    for text in list(ax.texts):
        text.remove()
    highest = max(logs, key=lambda name: logs[name][len(logs[name]) // 6])
    for curve, (name, values) in zip(ax.lines, logs.items(), strict=False):
        at = len(values) // 6
        above = name == highest and values[0] >= values[-1]     # a rising curve has its room below
        ax.annotate(
            name, (curve.get_xdata()[at], values[at]), (points(8), points(9 if above else -9)), color=curve.get_color(),
            textcoords="offset points", va="bottom" if above else "top", weight="bold", annotation_clip=False,
        )  # fmt: skip


@styled
def histogram(values, *, limits=None, bins=40, xlabel="value", ax=None):
    """Draw how often each value occurs.

    Parameters
    ----------
    values : array_like
        Of any shape.
    limits : (float, float), optional
        Ends of the axis; smallest and largest value without it. Values beyond are not drawn.
    bins : int
        How many bars.
    xlabel : str
        What is counted.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> from cnnlesson import plot
    >>> plot.describe(plot.histogram([0, 0, 0, 2, -1]))
    'Histogram of 5 numbers from −1 to 2. Exactly 0: 60 %, negative: 20 %.'
    """
    values = checks.finite(values, "values").ravel()
    low, high = (values.min(), values.max()) if limits is None else checks.ordered(limits)
    counts, edges = np.histogram(values, bins, (low, high))
    ax = ax or new_axes(256, 120)
    ax.bar(edges[:-1], counts / values.size, np.diff(edges), align="edge", color="#8a94a0")
    ax.axvline(0, color=ACCENT, linewidth=points(1.5))
    ax.set(xlim=(edges[0], edges[-1]), ylim=(0, 1.05 * max(counts) / values.size), yticks=[], xlabel=xlabel)
    ax.spines["left"].set_visible(False)
    ends, shares = map(words.number, (values.min(), values.max())), ((values == 0).mean(), (values < 0).mean())
    zero, negative = (f"{100 * share:.0f} %" for share in shares)
    ax.set_label(f"Histogram of {values.size} numbers from {' to '.join(ends)}. "
                 f"Exactly 0: {zero}, negative: {negative}.")
    return ax


@styled
def dead_units(dead, *, caption=None, ax=None):
    """Draw which units are dead: a row for each layer, the first on top, a column for each unit, dead ones yellow.

    Parameters
    ----------
    dead : array_like of bool
        (layers, units).
    caption : str, optional
        Small text under the map; how many are dead without it.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> from cnnlesson import plot
    >>> plot.describe(plot.dead_units([[False, False], [True, False], [True, True]]))
    'Map of 3 layers × 2 units, dead ones yellow: 50 % dead; in the first layer 0 %, in the last 100 %.'
    """
    dead = checks.plane(np.asarray(dead) * 1.0, "dead")
    shares = [f"{100 * part.mean():.0f} %" for part in (dead, dead[0], dead[-1])]
    under = f"{shares[0]} dead" if caption is None else caption
    ax = feature_map(dead, ax=ax, limits=(0, 1), numbers=False, caption=under)
    noted = f" Caption: {caption}." if caption else ""
    ax.set_label(f"Map of {words.size(dead).replace(' ×', ' layers ×')} units, dead ones yellow: {shares[0]} dead; "
                 f"in the first layer {shares[1]}, in the last {shares[2]}.{noted}")
    return ax
