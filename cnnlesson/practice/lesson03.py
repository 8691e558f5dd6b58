"""The exercises of lesson 03: pixels that no window sees, the size formula, a stack that sees far."""
import math

import numpy as np

from .. import ops
from .checks import Mistake, Verdict, call, exercise

# ---- read: which pixels does no window see? ---------------------------------------------------------

UNSEEN_ROWS = {  # size, kernel size, stride, dilation of a row of pixels
    "A": (10, 4, 3, 1),
    "B": (12, 3, 2, 1),
    "C": (11, 2, 3, 1),
    "D": (10, 3, 2, 2),
}


def unseen(size, kernel_size, stride, dilation):
    """The pixels of a row that no window sees."""
    count = ops.output_size(size, kernel_size, stride, 0, dilation)
    seen = {i * stride + k * dilation for i in range(count) for k in range(kernel_size)}
    return [pixel for pixel in range(size) if pixel not in seen]


def tail(size, kernel_size, stride, dilation):
    """Only the pixels behind the last window: gaps between windows are overlooked."""
    end = (ops.output_size(size, kernel_size, stride, 0, dilation) - 1) * stride + dilation * (kernel_size - 1) + 1
    return list(range(end, size))


UNSEEN_MISTAKES = [  # what to say, and a function that makes the mistake
    ("you counted the pixels from 1. The first one is pixel 0.",
     lambda *row: [pixel + 1 for pixel in unseen(*row)]),
    ("you let the last window hang over the edge. A window that does not fit is left out.",
     lambda size, k, s, d: [pixel for pixel in unseen(size + s, k, s, d) if pixel < size]),
    ("pixel 9 is right, but did you use the dilation? The cells of a window lie 2 apart, so it has gaps inside.",
     lambda size, k, s, d: unseen(size, k, s, 1)),     # only D has a dilation
    ("you found what lies behind the last window. There are gaps besides, between the windows.", tail),
    ("these are the pixels that are seen. Which ones are not?",
     lambda size, *row: [pixel for pixel in range(size) if pixel not in unseen(size, *row)]),
]


@exercise("unseen", hints=[
    "Write down where each window begins: 0, then one stride further, as long as the whole window fits.",
    "Write under each window the pixels that it sees: kernel size of them, dilation apart.",
    "B ends with a window on 8, 9, 10. In D the windows begin at 0, 2, 4 and see only even pixels.",
])
def check_unseen(answers):
    """Check which pixels of the rows `UNSEEN_ROWS` no window sees. Prints what it finds.

    Parameters
    ----------
    answers : dict
        "A", "B", "C" and "D", each a list of places, counted from 0; empty when every pixel is seen.

    Examples
    --------
    >>> check_unseen({"A": [], "B": [12], "C": [3, 6, 9], "D": [2, 4, 6, 8, 10]})
    ✗ unseen: B: you counted the pixels from 1. The first one is pixel 0.
    """
    if not isinstance(answers, dict) or set(answers) != set(UNSEEN_ROWS):
        raise Mistake("expected a dict with the keys 'A', 'B', 'C', 'D'.")
    for name, row in UNSEEN_ROWS.items():
        given = places(name, answers[name])
        if given != unseen(*row):
            raise Mistake(f"{name}: {unseen_mistake(given, row)}")
    return Verdict(True, "all four. What no window sees, the network can never use.")


def places(name, answer):
    """A learner's list of pixels, sorted."""
    try:
        if isinstance(answer, (str, bytes, dict)) or any(int(pixel) != pixel for pixel in answer):
            raise ValueError
        return sorted({int(pixel) for pixel in answer})
    except (TypeError, ValueError, OverflowError):
        raise Mistake(f"{name}: give a list of places, such as [3, 4], or [] for none.") from None


def unseen_mistake(given, row):
    """What went wrong, or which pixel to look at again."""
    for text, twin in UNSEEN_MISTAKES:
        if twin(*row) == given != unseen(*row):
            return text
    for pixel in given:
        if pixel not in range(row[0]):
            return f"there is no pixel {pixel}. The row ends with pixel {row[0] - 1}."
    pixel = min(set(given) ^ set(unseen(*row)))
    return f"look at pixel {pixel} again: which windows could reach it, and do they fit?"


# ---- write: the size of the output ------------------------------------------------------------------

# What is new in this case, then size, kernel_size, stride, padding, dilation.
SIZE_CASES = [
    ("", (28, 3, 1, 0, 1)), ("", (6, 5, 1, 0, 1)),
    ("with a stride that divides", (9, 3, 2, 0, 1)),
    ("with padding", (28, 5, 1, 2, 1)), ("with padding", (10, 3, 1, 4, 1)),
    ("with dilation", (28, 3, 1, 0, 2)), ("with a stride that does not divide", (28, 3, 2, 0, 1)),
    ("with a stride that does not divide", (28, 3, 4, 0, 1)), ("with a stride that does not divide", (32, 4, 3, 0, 1)),
    ("where only one window fits", (4, 3, 5, 0, 1)), ("with a 1×1 kernel", (9, 1, 2, 1, 1)),
    ("with everything at once", (227, 11, 4, 2, 3)), ("with everything at once", (16, 4, 3, 1, 2)),
]
MORE = 50       # settings besides, drawn by lot


def drawn_cases():
    """`MORE` settings that no table of the cases above answers; in each at least one window fits."""
    rng, cases = np.random.default_rng(3), []
    while len(cases) < MORE:
        case = tuple(map(int, rng.integers((1, 1, 1, 0, 1), (41, 8, 8, 6, 5))))
        size, kernel_size, _, padding, dilation = case
        if dilation * (kernel_size - 1) < size + 2 * padding:
            cases.append(case)
    return cases


def shortened(text, twin):
    """A mistake, and the same one in a formula that has no padding or no dilation yet."""
    return [(text, twin), (text, lambda n, k, s, p, d: twin(n, k, s, p, 1)),
            (text, lambda n, k, s, p, d: twin(n, k, s, 0, d)), (text, lambda n, k, s, p, d: twin(n, k, s, 0, 1))]


TOO_LATE = "you divided too late: your + 1 has to come after the division."
BRACKETS = "brackets: // comes before −."

SIZE_MISTAKES = [  # what to say, and a function that makes the mistake
    ("you forgot the floor. A part of a window gives no number: use // instead of /.",
     lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) / s + 1),
    ("you rounded up. A last window that hangs over the edge is left out.",
     lambda n, k, s, p, d: math.ceil((n + 2 * p - d * (k - 1) - 1) / s) + 1),
    ("you rounded to the nearest. A size is always rounded down: use //.",
     lambda n, k, s, p, d: round((n + 2 * p - d * (k - 1) - 1) / s) + 1),
    ("you forgot the + 1: the window at the start counts before the first step.",
     lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) // s),
    *shortened(TOO_LATE, lambda n, k, s, p, d: (n + 2 * p - d * (k - 1)) // s),
    *shortened(BRACKETS, lambda n, k, s, p, d: n + 2 * p - d * (k - 1) - 1 // s + 1),
    *shortened(BRACKETS, lambda n, k, s, p, d: n + 2 * p - (d * (k - 1) + 1) // s + 1),
    ("you left out the kernel: the window has to fit with all of its cells.",
     lambda n, k, s, p, d: (n + 2 * p - 1) // s + 1),
    ("you left out the stride.", lambda n, k, s, p, d: n + 2 * p - d * (k - 1)),
    ("you multiplied by the stride. A larger step means fewer windows.",
     lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) * s + 1),
    ("you left out the padding.", lambda n, k, s, p, d: (n - d * (k - 1) - 1) // s + 1),
    ("you added the padding once. There is a border on both sides.",
     lambda n, k, s, p, d: (n + p - d * (k - 1) - 1) // s + 1),
    ("you subtracted the padding. It makes the input larger.",
     lambda n, k, s, p, d: (n - 2 * p - d * (k - 1) - 1) // s + 1),
    ("you left out the dilation: a kernel spans dilation · (kernel_size − 1) + 1 pixels.",
     lambda n, k, s, p, d: (n + 2 * p - k) // s + 1),
    ("you took dilation · kernel_size for the span. Between k cells there are only k − 1 distances.",
     lambda n, k, s, p, d: (n + 2 * p - d * k) // s + 1),
    ("one too many: a kernel spans dilation · (kernel_size − 1) + 1 pixels.",
     lambda n, k, s, p, d: (n + 2 * p - d * (k - 1)) // s + 1),
    ("one too few: a kernel spans dilation · (kernel_size − 1) + 1 pixels.",
     lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 2) // s + 1),
]


@exercise("map_size", hints=[
    "How many pixels does the kernel span? Between k cells there are k − 1 distances of `dilation` each.",
    "The first window takes the whole span. What is left of the padded input is the room for steps.",
    "span = dilation * (kernel_size - 1) + 1, room = size + 2 * padding - span, and room // stride steps fit.",
])
def check_map_size(map_size):
    """Check a learner's size formula. Prints what it finds.

    Parameters
    ----------
    map_size : callable
        map_size(size, kernel_size, stride, padding, dilation) → how many windows fit.

    Examples
    --------
    >>> check_map_size(lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) / s + 1)
    ✗ map_size: with a stride that does not divide: you forgot the floor. A part of a window gives no number: use \
// instead of /.
    """
    if "output_size" in getattr(getattr(map_size, "__code__", None), "co_names", ()):
        raise Mistake("it calls `output_size`. Write the formula yourself.")
    sizes = [one_number(call(map_size, *case)) for _, case in SIZE_CASES]
    for i, (when, case) in enumerate(SIZE_CASES):
        if not same(sizes[i], ops.output_size(*case)):
            text = size_mistake(sizes, i) or settings_mistake(case, sizes[i])
            raise Mistake(f"{when}: {text}" if when else text)
    for case in drawn_cases():
        got = one_number(call(map_size, *case))
        if not same(got, ops.output_size(*case)):
            raise Mistake(settings_mistake(case, got))
    return Verdict(True, f"right on {len(SIZE_CASES) + MORE} settings, dividing or not.")


def one_number(got):
    """What a learner's function returned, as a float."""
    try:
        if np.ndim(got) == 0 and not isinstance(got, (str, bytes)):
            return float(got)
    except (TypeError, ValueError):
        pass
    raise Mistake(f"return one number, the side of the map; yours is {got!r:.60}.")


def same(got, right):
    """Are two sizes, or two lists of them, the same? A last bit of a division may differ, no more."""
    return np.allclose(got, right, rtol=0, atol=1e-9)


def size_mistake(sizes, wrong):
    """The mistake that explains the sizes of all cases, or else those up to the first wrong one; None without any."""
    for count in (len(SIZE_CASES), wrong + 1):
        for text, twin in SIZE_MISTAKES:
            if same([twin(*case) for _, case in SIZE_CASES[:count]], sizes[:count]):
                return text
    return None


def settings_mistake(case, got):
    """What is right for these settings, and what came."""
    names = ("size", "kernel", "stride", "padding", "dilation")
    settings = ", ".join(f"{name} {value}" for name, value in zip(names, case, strict=True))
    return f"{settings} gives {ops.output_size(*case)}; you gave {got:.10g}."


# ---- design: three layers that see far --------------------------------------------------------------

WIDE_INPUT, WIDE_VIEW, WIDE_LAYERS = 32, 15, 3


def wide_view(layers):
    """What a stack of 3×3 layers with stride 1 makes of 32 pixels, and what its middle number sees.

    Parameters
    ----------
    layers : sequence of (padding, dilation)

    Returns
    -------
    side : int
        Of the last map.
    pixels : list of int
        Distances, from the middle, of the pixels in a row that the number depends on.

    Examples
    --------
    >>> wide_view([(1, 1), (1, 1)])
    (32, [-2, -1, 0, 1, 2])
    """
    side, pixels = WIDE_INPUT, {0}
    for padding, dilation in layers:
        side = ops.output_size(side, 3, 1, padding, dilation)
        pixels = {pixel + step for pixel in pixels for step in (-dilation, 0, dilation)}
    return side, sorted(pixels)


@exercise("wide_view", hints=[
    "A 3×3 layer with dilation d sees d pixels further to each side. You need 7 to each side in all.",
    "With stride 1, a 3×3 layer keeps the size when its padding is as large as its dilation.",
    "Double the dilation from layer to layer. Then what one layer leaves out, the layer before has seen.",
])
def check_wide_view(layers):
    """Check a stack of at most three 3×3 layers that should see 15 pixels and keep the size. Prints what it finds.

    Parameters
    ----------
    layers : list of (padding, dilation)
        One pair a layer; stride 1.

    Examples
    --------
    >>> check_wide_view([(1, 1), (1, 1), (1, 1)])
    ✗ wide_view: a number in the middle sees 7 pixels in a row, 15 are wanted. The dilations have to add up to 7, \
yours to 3.
    """
    layers = pairs(layers)
    if len(layers) > WIDE_LAYERS:
        raise Mistake(f"{len(layers)} layers, at most {WIDE_LAYERS} are allowed. With dilation, three are enough.")
    try:
        side, pixels = wide_view(layers)
    except ValueError as error:
        raise Mistake(f"these settings are impossible: {error}.") from None
    span, total = pixels[-1] - pixels[0] + 1, sum(dilation for _, dilation in layers)
    if span != WIDE_VIEW:
        raise Mistake(f"a number in the middle sees {'' if len(pixels) == span else 'a span of '}{span} pixels "
                      f"in a row, {WIDE_VIEW} are wanted. The dilations have to add up to 7, yours to {total}.")
    if len(pixels) < span:
        raise Mistake(f"the span is {span}, but it has holes: {span - len(pixels)} of its pixels are never looked at. "
                      "Spread the dilations differently.")
    if side != WIDE_INPUT:
        raise Mistake(f"a number in the middle sees all {span} pixels, but the map has {side} columns, "
                      f"not {WIDE_INPUT}: compare each layer's padding with its dilation.")
    return Verdict(True, f"{span} pixels in a row, none skipped, and {side} stay {side}. "
                         f"{9 * len(layers)} weights; a single {span}×{span} kernel has {span**2}.")


def pairs(layers):
    """A learner's layers as a list of pairs of whole numbers."""
    try:
        layers = [(padding, dilation) for padding, dilation in layers]
        if not layers or any(int(n) != n for pair in layers for n in pair):
            raise ValueError
    except (TypeError, ValueError):
        raise Mistake("give a list of pairs of whole numbers (padding, dilation), one pair a layer.") from None
    return [(int(padding), int(dilation)) for padding, dilation in layers]
