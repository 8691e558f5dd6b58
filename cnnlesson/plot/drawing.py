"""The strokes that all pictures are made of: coloured cells, numbers, outlines, captions, colour scales."""

from matplotlib import patheffects
from matplotlib.patches import Rectangle

from cnnlesson.plot import checks, words
from cnnlesson.plot.style import ACCENT, EDGE, SOFT, ink_on, new_axes, points


def colour_bar(ax, limits, colours, *, width=90, below=20):
    """A thin scale under the axes, with its limits written at both ends."""
    ax.apply_aspect()
    box = ax.get_window_extent()
    share = min(width, 0.5 * box.width) / box.width
    strip = ax.inset_axes((0.5 - share / 2, -(below - 2) / box.height, share, 8 / box.height))
    strip.imshow([[i / 256 for i in range(257)]], cmap=colours, aspect="auto", extent=(0, 1, 0, 1))
    strip.set(xticks=[], yticks=[])
    _frame(strip)
    for place, side, value in ((-4, "right", limits[0]), (4, "left", limits[1])):
        strip.annotate(
            words.number(value), (0 if place < 0 else 1, 0.5), (points(place), 0), textcoords="offset points",
            ha=side, va="center_baseline", size=points(12), color=SOFT,
        )  # fmt: skip


def draw_numbers(name, values, ax, colours, limits, decimals, window, caption):
    """Draw an array with its numbers in the cells, and say so in words that begin with `name`."""
    if max(values.shape) > 20:
        raise ValueError(f"values must be at most 20 × 20 to be written out, got {words.size(values)}")
    texts = words.cell_texts(values, decimals)
    longest = max(len(text) for line in texts for text in line)
    if ax is None:
        cell = max(48, 10 * longest + 8) if max(values.shape) <= 10 else max(30, 8 * longest + 10)
        ax = new_axes(cell * values.shape[1], cell * values.shape[0])
    draw(ax, values, colours, limits, window)
    _cell_lines(ax, values.shape)
    _write(ax, texts, longest)
    caption_under(ax, words.size(values) if caption is None else caption)
    ax.set_label(words.of_plane(name, values, texts, window))
    return ax


def draw(ax, values, colours, limits, window):
    """Draw an array as coloured cells, without ticks, with a window outlined in the accent colour."""
    checks.window_inside(window, values.shape)
    shown = ax.imshow(values, cmap=colours, vmin=limits[0], vmax=limits[1])
    ax.set(xticks=[], yticks=[])
    ax.apply_aspect()
    cell = ax.get_window_extent().width / values.shape[1]
    # Crisp cells where they are large enough to be seen; smoothing only where they are not.
    shown.set_interpolation("nearest" if cell > 0.95 else "antialiased")
    _frame(ax)
    if window is not None:
        row, column, height, width = window
        box = Rectangle((column - 0.5, row - 0.5), width, height, fill=False, edgecolor=ACCENT, zorder=4)
        box.set(linewidth=points(2.5), clip_on=False, joinstyle="miter")
        box.set_path_effects([patheffects.withStroke(linewidth=points(5), foreground="white")])
        ax.add_patch(box)


def _frame(ax):
    ax.spines[:].set(visible=True, color=EDGE, linewidth=points(1))


def _cell_lines(ax, shape):
    height, width = shape
    look = {"color": EDGE, "linewidth": points(1), "zorder": 2}
    ax.hlines([i - 0.5 for i in range(1, height)], -0.5, width - 0.5, **look)
    ax.vlines([i - 0.5 for i in range(1, width)], -0.5, height - 0.5, **look)


def _write(ax, texts, longest):
    cell = ax.get_window_extent().width / len(texts[0])
    size = min(15, (cell - 4) / (0.64 * longest))  # a digit of DejaVu Sans is 0.64 of its size wide
    colours = ax.images[0].to_rgba(ax.images[0].get_array())
    for i, line in enumerate(texts):
        for j, text in enumerate(line):
            ink = ink_on(colours[i, j])
            ax.text(j, i, text, ha="center", va="center_baseline", size=points(size), color=ink, zorder=3)


def caption_under(ax, text, below=8):
    """Small text, centred under the axes."""
    if text:
        ax.annotate(
            text, (0.5, 0), (0, -points(below)), xycoords="axes fraction", textcoords="offset points",
            ha="center", va="top", size=points(13), color=SOFT, annotation_clip=False,
        )  # fmt: skip


def picture_size(shape):
    """Width and height on the page for a picture of some shape.

    Examples
    --------
    >>> picture_size((28, 28)), picture_size((256, 256)), picture_size((3, 300, 450))
    ((224.0, 224.0), (256.0, 256.0), (225.0, 150.0))
    """
    height, width = shape[-2:]
    longest = max(height, width)
    side = whole_pixels(320 if longest > 40 else max(160, 8 * longest), longest)
    return side * width / longest, side * height / longest


def whole_pixels(side, count):
    """The largest side up to `side` that gives each of `count` cells whole pixels of a sharp screen.

    Nothing is blurred then, and the file stays small.

    Examples
    --------
    >>> whole_pixels(320, 256), whole_pixels(320, 512), whole_pixels(320, 28)
    (256.0, 256.0, 308.0)
    """
    return int(2 * side / count) * count / 2 or side
