"""The look of the course: type, colours and sizes. Lengths are CSS pixels, as on the page."""

import matplotlib
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

ACCENT = "#d81b60"  # the window being looked at, the bar that matters
INK, SOFT, EDGE = "#1f2328", "#57606a", "#c4c9cf"

GREY = matplotlib.colormaps["gray"]
MAGNITUDE = matplotlib.colormaps["viridis"]
# PuOr turned round, without its near-black ends and with a true white: blue-violet < 0 < orange.
SIGNED_COLOURS = (
    "#542788", "#8073ac", "#b2abd2", "#d8daeb", "#ffffff", "#fee0b6", "#fdb863", "#e08214", "#b35806",
)  # fmt: skip
SIGNED = LinearSegmentedColormap.from_list("signed", SIGNED_COLOURS, N=257)

# Okabe and Ito's colours, told apart by every kind of colour vision, with dashes and markers besides.
SERIES = (
    ("#0072b2", "-", "o"), ("#d55e00", "--", "s"), ("#009e73", "-.", "^"), ("#cc79a7", ":", "D"),
    ("#000000", (0, (5, 1)), "v"), ("#e69f00", (0, (1, 1)), "P"), ("#56b4e9", (0, (4, 1, 1, 1, 1, 1)), "X"),
)  # fmt: skip


def points(pixels):
    """CSS pixels as the points in which matplotlib measures type and lines.

    Examples
    --------
    >>> points(100)
    72.0
    """
    return pixels * 72 / 100


STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": points(14),
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": EDGE,
    "axes.linewidth": points(1),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelsize": points(13),
    "ytick.labelsize": points(13),
    "lines.linewidth": points(2.5),
    "image.origin": "upper",
}

# `@styled` runs a function under the course's style and puts matplotlib's settings back afterwards.
styled = matplotlib.rc_context(STYLE)


def new_figure(width, height):
    """An empty figure of a given size; it belongs to nobody, so nothing keeps or shows it.

    Examples
    --------
    >>> new_figure(320, 240).get_size_inches()
    array([3.2, 2.4])
    """
    return Figure(figsize=(width / 100, height / 100), dpi=100, facecolor="white")


def new_axes(width, height):
    """Axes that fill a new figure; captions go outside, and `show` cuts the picture out around them.

    Examples
    --------
    >>> new_axes(320, 240).get_position().size
    array([1., 1.])
    """
    return new_figure(width, height).add_axes((0, 0, 1, 1))


def ink_on(rgba):
    """Black or white, whichever is easier to read on a colour (WCAG relative luminance).

    Examples
    --------
    >>> ink_on((1, 1, 0, 1)), ink_on((0, 0, 1, 1))
    ('black', 'white')
    """
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgba[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "black" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "white"
