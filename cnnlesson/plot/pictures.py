"""Single pictures: an image, a grid of numbers, a kernel, a feature map."""

from cnnlesson.plot import checks, words
from cnnlesson.plot.drawing import caption_under, colour_bar, draw, draw_numbers, picture_size
from cnnlesson.plot.style import GREY, MAGNITUDE, SIGNED, new_axes, styled


@styled
def image(data, *, ax=None, limits=None, window=None, caption=None):
    """Draw a picture as it looks.

    Parameters
    ----------
    data : array_like
        (H, W) or (1, H, W) grey, (3, H, W) colour; 0 to 1, or 0 to 255 for uint8.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure without it.
    limits : (float, float), optional
        The values that become black and white. (0, 1) without it, (0, 255) for uint8.
    window : (int, int, int, int), optional
        Row, column, height and width of a window to outline.
    caption : str, optional
        Small text under the picture; its shape without it. ``""`` for none.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the data is no picture, or the window does not lie inside it.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnlesson import plot
    >>> plot.describe(plot.image(np.eye(28)))
    'Grey picture, 28 × 28 pixels, values from 0 to 1, mean 0.0357.'
    """
    data = checks.picture(data, "data")
    if limits is None:
        limits = (0, 255) if data.dtype == "uint8" else (0, 1)
    _, (low, high) = checks.scale(data, False, limits)
    ax = ax or new_axes(*picture_size(data.shape))
    shown = data if data.ndim == 2 else ((data - low) / (high - low)).clip(0, 1).transpose(1, 2, 0)
    draw(ax, shown, GREY, (low, high), window)
    caption_under(ax, words.size(data) if caption is None else caption)
    ax.set_label(words.of_image(data, window))
    return ax


@styled
def grid(values, *, ax=None, signed=None, decimals=None, window=None, limits=None, caption=None):
    """Draw a small array with its numbers written in the cells.

    Parameters
    ----------
    values : array_like
        (H, W), at most 20 × 20.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure without it.
    signed : bool, optional
        True for the two-sided colours with white at 0. Without it, true when a value is negative.
        Unsigned values are drawn as grey pixels when they lie in 0 to 1 (or are uint8), else as magnitudes.
    decimals : int, optional
        Digits after the point; without it 0 for whole numbers and 2 for others.
    window : (int, int, int, int), optional
        Row, column, height and width of a window to outline.
    limits : (float, float), optional
        Values at both ends of the colours; symmetric about 0 when signed.
    caption : str, optional
        Small text under the grid; its shape without it. ``""`` for none.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the array is not two-dimensional or too large to be read.

    Examples
    --------
    >>> from cnnlesson import plot
    >>> plot.describe(plot.grid([[0.25, 0.5], [0.75, 1]]))
    'Grid of numbers, 2 × 2. Row 0: 0.25, 0.50. Row 1: 0.75, 1.00.'
    """
    values = checks.plane(values, "values")
    signed, scale = checks.scale(values, signed, limits)
    pixels = not signed and (values.dtype == "uint8" or values.max() <= 1)
    if pixels and limits is None:
        scale = (0, 255) if values.dtype == "uint8" else (0, 1)
    colours = SIGNED if signed else GREY if pixels else MAGNITUDE
    return draw_numbers("Grid of numbers", values, ax, colours, scale, decimals, window, caption)


@styled
def kernel(weight, *, ax=None, decimals=None, limits=None, caption=None):
    """Draw a kernel: orange where it adds, violet where it takes away, white where it looks away.

    Parameters
    ----------
    weight : array_like
        (kH, kW), one two-dimensional slice.
    ax, decimals, limits, caption
        As in `grid`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> from cnnlesson import plot
    >>> plot.describe(plot.kernel([[-1, 1]]))
    'Kernel, 1 × 2. Row 0: −1, 1.'
    """
    weight = checks.plane(weight, "weight") * 1.0
    _, limits = checks.scale(weight, True, limits)
    return draw_numbers("Kernel", weight, ax, SIGNED, limits, decimals, None, caption)


@styled
def feature_map(values, *, ax=None, signed=None, limits=None, window=None, numbers=None, caption=None):
    """Draw one feature map, with its scale beneath it.

    Parameters
    ----------
    values : array_like
        (H, W).
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure without it.
    signed : bool, optional
        True for the two-sided colours with white at 0, false for magnitudes. Without it, true when
        a value is negative.
    limits : (float, float), optional
        Values at both ends of the colours; give the same ones to maps that are compared.
    window : (int, int, int, int), optional
        Row, column, height and width of a window to outline.
    numbers : bool, optional
        Write the values into the cells. Without it, up to 10 × 10.
    caption : str, optional
        Small text under the map; its shape without it. ``""`` for none.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import numpy as np
    >>> from cnnlesson import plot
    >>> plot.describe(plot.feature_map(np.arange(36).reshape(6, 6)))
    'Feature map, 6 × 6. Largest value 35 at row 5, column 5; smallest 0 at row 0, column 0.'
    """
    values = checks.plane(values, "values") * 1.0
    signed, limits = checks.scale(values, signed, limits)
    colours = SIGNED if signed else MAGNITUDE
    if numbers is None:
        numbers = max(values.shape) <= 10
    if numbers:
        ax = draw_numbers("Feature map", values, ax, colours, limits, None, window, "")
    else:
        ax = ax or new_axes(*picture_size(values.shape))
        draw(ax, values, colours, limits, window)
        ax.set_label(words.of_plane("Feature map", values, window=window))
    colour_bar(ax, limits, ax.images[0].cmap)
    caption_under(ax, words.size(values) if caption is None else caption, below=30)
    return ax
