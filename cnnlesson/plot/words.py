"""Pictures in words, made from the data: what a reader who cannot see the picture is told."""

import numpy as np
from matplotlib.figure import Figure


def describe(picture):
    """What a picture shows, in words.

    Parameters
    ----------
    picture : matplotlib.axes.Axes or matplotlib.figure.Figure
        Something that this package drew. The words are kept as the artist's label.

    Returns
    -------
    str
        Empty when nothing is known about the picture.

    Examples
    --------
    >>> from cnnlesson import plot
    >>> plot.describe(plot.kernel([[1, 0], [0, -1]]))
    'Kernel, 2 × 2. Row 0: 1, 0. Row 1: 0, −1.'
    """
    if picture.get_label() or not isinstance(picture, Figure):
        return picture.get_label()
    parts = [axes.get_label() for axes in picture.axes if axes.get_label()]
    if len(parts) < 2:
        return "".join(parts)
    counted = " ".join(f"({i}) {part}" for i, part in enumerate(parts, 1))
    return f"{len(parts)} pictures, left to right. {counted}"


def number(value, digits=3):
    """A number as people write it: few digits, a real minus sign, no exponent.

    Examples
    --------
    >>> number(-0.123456), number(12.0), number(-0.0)
    ('−0.123', '12', '0')
    """
    text = np.format_float_positional(value + 0.0, precision=digits, unique=False, fractional=False, trim="-")
    return text.replace("-", "−")


def size(values):
    """The shape of an array, as captions give it.

    Examples
    --------
    >>> size(np.zeros((3, 256, 256)))
    '3 × 256 × 256'
    """
    return " × ".join(map(str, values.shape))


def cell_texts(values, decimals=None):
    """What to write into the cells of a grid; whole numbers stay whole.

    Examples
    --------
    >>> cell_texts(np.array([[1.0, -0.5]]))
    [['1.00', '−0.50']]
    >>> cell_texts(np.array([[1.0, -2.0]]))
    [['1', '−2']]
    """
    if decimals is None:
        decimals = 0 if (values == values.round()).all() else 2
    rounded = values.round(decimals) + 0.0  # + 0.0 turns −0 into 0
    return [[f"{value:.{decimals}f}".replace("-", "−") for value in line] for line in rounded]


def of_image(values, window=None):
    """Words for a grey or colour picture."""
    kind = "Grey" if values.ndim == 2 else "Colour"
    pixels = f"{values.shape[-2]} × {values.shape[-1]} pixels"
    span = f"values from {number(values.min())} to {number(values.max())}, mean {number(values.mean())}"
    return f"{kind} picture, {pixels}, {span}.{of_window(window)}"


def of_plane(name, values, texts=None, window=None):
    """Words for one plane of numbers: all of them when they are few, else their extremes."""
    if values.size <= 25:
        texts = texts or [[number(v) for v in line] for line in values]
        rows = [f"Row {i}: {', '.join(line)}." for i, line in enumerate(texts)]
        return f"{name}, {size(values)}. {' '.join(rows)}{of_window(window)}"
    low, high = (_extreme(values, pick) for pick in (np.argmin, np.argmax))
    return f"{name}, {size(values)}. Largest value {high}; smallest {low}.{of_window(window)}"


def of_window(window):
    """Words for the marked window; none when there is none."""
    if window is None:
        return ""
    row, column, height, width = window
    return f" A {height} × {width} window is marked at row {row}, column {column}."


def _extreme(values, pick):
    # Rounded first, so that a last bit that differs between machines cannot move the place.
    row, column = np.unravel_index(pick(values.round(4)), values.shape)
    return f"{number(values[row, column])} at row {row}, column {column}"
