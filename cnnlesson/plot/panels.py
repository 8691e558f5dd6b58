"""Several pictures in one figure: side by side, or all maps of a layer."""

import math

from cnnlesson.plot import checks, words
from cnnlesson.plot.drawing import caption_under, colour_bar, draw, whole_pixels
from cnnlesson.plot.style import GREY, MAGNITUDE, SIGNED, SOFT, new_figure, points, styled


@styled
def row(widths, *, height=256, signs=()):
    """Axes side by side, to be filled one after the other: input, kernel, map.

    Parameters
    ----------
    widths : int or sequence of float
        How many axes; or the width of each one in units of `height`. A picture keeps its
        proportions, so a square one at width 0.5 is half as high and stands in the middle.
    height : float
        Height in CSS pixels.
    signs : sequence of str
        What stands between the axes, such as ``("∗", "=")`` or ``("→",)``.

    Returns
    -------
    list of matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the number of signs is neither 0 nor one less than the number of axes.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnlesson import plot
    >>> left, right = plot.row(2, signs=("→",))
    >>> _ = plot.image(np.eye(8), ax=left), plot.feature_map(np.eye(8)[::2, ::2], ax=right)
    >>> plot.show(left).alt[:55]
    '2 pictures, left to right. (1) Grey picture, 8 × 8 pixe'
    """
    widths = [1.0] * widths if isinstance(widths, int) else list(widths)
    if not widths or min(widths) <= 0:
        raise ValueError(f"widths must name at least one width, all above 0, got {widths}")
    if len(signs) not in (0, len(widths) - 1):
        raise ValueError(f"signs must be none or {len(widths) - 1} for {len(widths)} axes, got {len(signs)}")
    gap = 52 if signs else 28
    total = height * sum(widths) + gap * (len(widths) - 1)
    figure = new_figure(total, height)
    axes, left = [], 0
    for width in widths:
        axes.append(figure.add_axes((left / total, 0, width * height / total, 1)))
        left += width * height + gap
    for ax, sign in zip(axes, signs, strict=False):
        place = ax.get_position().x1 + gap / 2 / total
        figure.text(place, 0.5, sign, size=points(26), color=SOFT, ha="center", va="center")
    return axes


@styled
def maps(maps, *, columns=None, limits=None, labels=None, signed=None, what=None):
    """Draw all feature maps of one layer on one shared scale.

    Parameters
    ----------
    maps : array_like
        (C, H, W); a batch of one, (1, C, H, W), will do.
    columns : int, optional
        Maps in a line; at most 8 without it.
    limits : (float, float), optional
        Values at both ends of the colours, symmetric about 0 when signed.
    labels : sequence of str, optional
        Small text under each map; 0, 1, 2 … without it.
    signed : bool, optional
        As in `feature_map`, for all maps together.
    what : str, optional
        What they are when they are no feature maps, in the plural: for the caption and the alt text.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If `maps` is not three-dimensional or the number of labels differs from that of the maps.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnlesson import plot
    >>> plot.describe(plot.maps(np.arange(8).reshape(2, 2, 2)))
    '2 feature maps, each 2 × 2, values from 0 to 7. Largest value of each: map 0: 3, map 1: 7.'
    >>> plot.describe(plot.maps(np.arange(8).reshape(2, 2, 2), what="grids of weights"))
    '2 grids of weights, each 2 × 2, values from 0 to 7. Largest value of each: 0: 3, 1: 7.'
    """
    maps = checks.finite(maps, "maps") * 1.0
    if maps.ndim == 4 and len(maps) == 1:
        maps = maps[0]
    if maps.ndim != 3:
        raise ValueError(f"maps must be (C, H, W), got shape {maps.shape}")
    signed, limits = checks.scale(maps, signed, limits)
    colours = SIGNED if signed else MAGNITUDE
    labels = _labels(labels, maps)
    figure = _tiles(maps, columns, labels, colours, limits)
    foot = figure.add_axes((0, 0, 1, 1))
    foot.set_axis_off()
    colour_bar(foot, limits, colours, width=140, below=6)
    caption_under(foot, f"{len(maps)} {what or 'maps'}, {words.size(maps[0])} each", below=17)
    each = "map " if what is None else ""
    peaks = ", ".join(f"{each}{label}: {words.number(m.max())}" for label, m in zip(labels, maps, strict=True))
    figure.set_label(
        f"{len(maps)} {what or 'feature maps'}, each {words.size(maps[0])}, values from {words.number(maps.min())} "
        f"to {words.number(maps.max())}. Largest value of each: {peaks}."
    )
    return figure


@styled
def images(data, *, columns=None, limits=(0, 1), labels=None):
    """Draw a batch of pictures as they look, in lines.

    Parameters
    ----------
    data : array_like
        (N, 1, H, W) grey or (N, 3, H, W) colour.
    columns : int, optional
        Pictures in a line; at most 8 without it.
    limits : (float, float)
        The values that become black and white.
    labels : sequence of str, optional
        Small text under each picture; 0, 1, 2 … without it.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> import numpy as np
    >>> from cnnlesson import plot
    >>> plot.describe(plot.images(np.zeros((2, 1, 28, 28)), labels=("seven", "two")))
    '2 pictures, each 28 × 28 pixels: seven, two.'
    """
    data = checks.finite(data, "data")
    if data.ndim != 4 or data.shape[1] not in (1, 3):
        raise ValueError(f"data must be pictures (N, 1, H, W) or (N, 3, H, W), got shape {data.shape}")
    low, high = checks.ordered(limits)
    labels = _labels(labels, data)
    shown = ((data - low) / (high - low)).clip(0, 1).transpose(0, 2, 3, 1)
    figure = _tiles(shown, columns, labels, GREY, (0, 1))
    figure.set_label(f"{len(data)} pictures, each {words.size(data[0, 0])} pixels: {', '.join(labels)}.")
    return figure


def _labels(labels, items):
    labels = [str(label) for label in (range(len(items)) if labels is None else labels)]
    if len(labels) != len(items):
        raise ValueError(f"labels must be {len(items)}, one a picture, got {len(labels)}")
    return labels


def _tiles(items, columns, labels, colours, limits):
    """A figure with one small picture for each item."""
    if columns is None:
        columns = math.ceil(len(items) / math.ceil(len(items) / 8))
    lines = math.ceil(len(items) / columns)
    tile = whole_pixels(min(128, 720 / columns - 8), items.shape[2])
    high = tile * items.shape[1] / items.shape[2]
    step, line = tile + 8, high + 26
    width, height = columns * step - 8, lines * line
    figure = new_figure(width, height)
    for i, (item, label) in enumerate(zip(items, labels, strict=True)):
        left, bottom = i % columns * step, height - i // columns * line - high
        ax = figure.add_axes((left / width, bottom / height, tile / width, high / height))
        draw(ax, item, colours, limits, None)
        caption_under(ax, label, below=4)
    return figure
