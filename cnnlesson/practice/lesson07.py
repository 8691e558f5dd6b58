"""The exercises of lesson 07: read pooled maps, write pooling, break the claim that it is scale invariant."""
import numpy as np

from ..ops import avg_pool2d, conv2d, max_pool2d, relu, sum_pool2d
from .checks import Mistake, Verdict, call, exercise, named_mistake

# ---- read: what numbers come out? -------------------------------------------------------------------

POOL_GRID = np.array([[1, 3, 2, 0], [4, 0, 6, 2], [5, 1, 0, 8], [2, 0, 3, 1]], float)
POOL_GRID.setflags(write=False)
READ_RIGHT = {"max": [[4, 6], [5, 8]], "average": [[2, 2.5], [2, 3]], "overlapping": [[6, 8], [6, 8]]}
READ_MISTAKES = {       # for each answer: what somebody wrote → what to say
    "max": [
        ([[2, 2.5], [2, 3]], "you averaged. Take the largest of the four."),
        ([[8, 10], [8, 12]], "you added up. Take the largest of the four."),
        ([[0, 0], [0, 0]], "that is the smallest of each four."),
        ([[6, 8], [6, 8]], "that is a window of 3 with stride 1. Here it is 2 by 2, and the windows do not overlap."),
        ([[4, 5], [6, 8]], "rows and columns have changed places."),
        ([[1, 2], [5, 0]], "that is the first number of each window. Take the largest."),
    ],
    "average": [
        ([[8, 10], [8, 12]], "you added up and did not divide by 4."),
        ([[4, 6], [5, 8]], "you took the largest. Add the four up and divide by 4."),
        ([[4, 5], [4, 6]], "you divided by 2. A window of 2×2 has four cells."),
        ([[2, 2], [2, 3]], "an average need not be whole: (2 + 0 + 6 + 2) / 4."),
        ([[2, 3], [2, 3]], "an average need not be whole: (2 + 0 + 6 + 2) / 4."),
        ([[8 / 3, 10 / 3], [8 / 3, 4]], "a zero counts too: divide by 4, not by how many are above 0."),
        ([[2, 2], [2.5, 3]], "rows and columns have changed places."),
    ],
    "overlapping": [
        ([[4, 6], [5, 8]], "that is a window of 2. Here it is 3, and it moves by 1."),
        ([[4, 6, 6], [5, 6, 8], [5, 3, 8]], "that is a window of 2. Here it is 3."),
        ([[6]], "there is more than one window: the stride is 1, so a second one begins at column 1."),
        ([[6, 6], [8, 8]], "rows and columns have changed places."),
    ],
}


@exercise("read_pooling", hints=[
    "For window 2 and stride 2 draw one line down the middle of the grid and one across. Four windows are left.",
    "Average: add up the four cells of each window, zeros too, and divide by 4.",
    "Window 3, stride 1: along 4 cells there are 4 − 3 + 1 = 2 places. The four windows share the middle cells.",
])
def check_read_pooling(answers):
    """Check three pooled maps of `POOL_GRID`, read off by hand. Prints what it finds.

    Parameters
    ----------
    answers : dict
        "max" and "average" with window 2 and stride 2, "overlapping": max with window 3 and stride 1. Each a list
        of rows.

    Examples
    --------
    >>> check_read_pooling({"max": [[4, 6], [5, 8]], "average": [[8, 10], [8, 12]], "overlapping": [[6, 8], [6, 8]]})
    ✗ read_pooling: average: you added up and did not divide by 4.
    """
    if not isinstance(answers, dict) or set(answers) != set(READ_RIGHT):
        raise Mistake(f"expected a dict with the keys {', '.join(map(repr, READ_RIGHT))}.")
    wrong = [f"{key}: {said}" for key in READ_RIGHT if (said := misread(key, answers[key]))]
    return Verdict(not wrong, " ".join(wrong) or "all three maps.")


def misread(key, given):
    """What is wrong with one map; empty when nothing is."""
    try:
        given, right = np.array(given, float), np.array(READ_RIGHT[key], float)
    except (TypeError, ValueError):
        return "give a list of rows of numbers, as in [[1, 2], [3, 4]]."
    if given.shape == (4,):
        given = given.reshape(2, 2)
    if given.shape == right.shape and np.allclose(given, right):
        return ""
    for mistake, said in READ_MISTAKES[key]:
        if given.shape == np.shape(mistake) and np.allclose(given, mistake, atol=0.05):
            return said
    if given.shape != right.shape:
        return f"there are 2 × 2 windows, so give two rows of two numbers; yours has the shape {given.shape}."
    i, j = np.argwhere(~np.isclose(given, right))[0]
    return f"look again at the window of row {i}, column {j}: {given[i, j]:g} is not it."


# ---- write: max and average pooling -----------------------------------------------------------------

POOL = {"max": max_pool2d, "average": avg_pool2d}


def pooled(values, window, stride, padding, kind):
    """The right answer, (rows, columns)."""
    return POOL[kind](values[None, None], window, stride=stride, padding=padding)[0, 0]


# When, the map's shape, window, stride, padding, kind, and what to think of when it fails here and not before.
POOL_CASES = [
    ("", (6, 8), 2, 2, 0, "max", ""),
    ("average: ", (6, 8), 2, 2, 0, "average", ""),
    ("rows and columns that do not divide: ", (7, 9), 2, 2, 0, "max", "Round down: what sticks out is left out."),
    ("window 3, stride 2: ", (7, 7), 3, 2, 0, "max", "A window begins at i * stride and is `window` long."),
    ("window 2, stride 3: ", (8, 8), 2, 3, 0, "average", "A window begins at i * stride and is `window` long."),
    ("max with padding 1: ", (6, 9), 3, 2, 1, "max", "The border must never win: give it −∞."),
    ("average with padding 1: ", (6, 9), 3, 2, 1, "average", "The border is made of zeros, and they count."),
    ("window 5, stride 1, padding 2: ", (6, 9), 5, 1, 2, "max", "The border is `padding` wide on all four sides."),
]


def strip(values, padding):
    """Values with a border of zeros."""
    return np.pad(values, padding)


def one_sided(values, window, stride, padding, kind, widths):
    """Pooling with a border before each axis or behind it, as `widths` (before, behind) says."""
    border = -np.inf if kind == "max" else 0
    padded = np.pad(values, [[padding * width for width in widths]] * 2, constant_values=border)
    return pooled(padded, window, stride, 0, kind)


POOL_MISTAKES = [   # what to say, and a function that makes the mistake
    ("you averaged. Here the largest was asked for.",
     lambda v, w, s, p, k: pooled(v, w, s, p, "average") if k == "max" else np.empty(0)),
    ("you took the largest. Here the average was asked for.",
     lambda v, w, s, p, k: pooled(v, w, s, p, "max") if k == "average" else np.empty(0)),
    ("you added up and did not divide by the number of cells.",
     lambda v, w, s, p, k: sum_pool2d(v[None, None], w, stride=s, padding=p)[0, 0]),
    ("you divided by the window's side. A window has side × side cells.",
     lambda v, w, s, p, k: w * pooled(v, w, s, p, "average")),
    ("you took the smallest.", lambda v, w, s, p, k: -pooled(-v, w, s, p, "max")),
    ("the border of zeros wins where all values are negative. Give it −∞.",
     lambda v, w, s, p, k: pooled(strip(v, p), w, s, 0, "max") if p else np.empty(0)),
    ("you began with 0 as the largest so far, so negative numbers are lost. Begin with −np.inf, or use .max().",
     lambda v, w, s, p, k: np.maximum(pooled(v, w, s, p, "max"), 0) if k == "max" else np.empty(0)),
    ("the border counts here too: its zeros are cells of the average.",
     lambda v, w, s, p, k: avg_pool2d(v[None, None], w, stride=s, padding=p, count_include_pad=False)[0, 0]),
    ("you took the first cell of each window.",
     lambda v, w, s, p, k: strip(v, p)[::s, ::s][:pooled(v, w, s, p, k).shape[0], :pooled(v, w, s, p, k).shape[1]]),
    ("the windows move by 1. They should move by `stride`: begin at i * stride.",
     lambda v, w, s, p, k: pooled(v, w, 1, p, k)[:pooled(v, w, s, p, k).shape[0], :pooled(v, w, s, p, k).shape[1]]),
    ("you used the absolute values.", lambda v, w, s, p, k: pooled(abs(v), w, s, p, k)),
]
POOL_ONE_SIDED = [
    (f"you padded the {where} only. The border goes all around.",
     lambda v, w, s, p, k, widths=widths: one_sided(v, w, s, p, k, widths))
    for where, widths in (("top and the left", (1, 0)), ("bottom and the right", (0, 1)))]
POOL_SHAPES = [     # what to say, and a function that gives that shape
    ("the border is `padding` wide, not always 1.", lambda v, w, s, p, k: pooled(v, w, s, min(p, 1), k).shape),
    ("you divided the side by the stride. Take the window off first: (side − window) // stride + 1.",
     lambda v, w, s, p, k: tuple((n + 2 * p) // s for n in v.shape)),
    ("you forgot the padding.", lambda v, w, s, p, k: pooled(v, w, s, 0, k).shape),
    ("the windows move by 1. They should move by `stride`.", lambda v, w, s, p, k: pooled(v, w, 1, p, k).shape),
    ("you moved the window by its own size. It moves by `stride`.", lambda v, w, s, p, k: pooled(v, w, w, p, k).shape),
    ("you forgot the + 1: the first window counts as well.",
     lambda v, w, s, p, k: tuple(n - 1 for n in pooled(v, w, s, p, k).shape)),
    ("you forgot the floor: a window that does not fit is left out.",
     lambda v, w, s, p, k: tuple(-(-(n + 2 * p - w) // s) + 1 for n in v.shape)),
    ("you forgot the floor: a window that does not fit is left out.",
     lambda v, w, s, p, k: tuple(-(-(n + 2 * p) // s) for n in v.shape)),
]


def check_pooled(got, *case):
    """Raise a `Mistake` unless the learner's map is the right one."""
    right = pooled(*case)
    if isinstance(got, (list, tuple)):
        raise Mistake(f"it returns a {type(got).__name__}. Return an array.")
    if np.shape(got) != right.shape:
        one_sided = named_mistake(got, POOL_ONE_SIDED, *case)
        if one_sided:
            raise Mistake(one_sided)
        reasons = (text for text, shape in POOL_SHAPES if shape(*case) == np.shape(got) != right.shape)
        shapes = f"The map should have the shape {right.shape}, yours has {np.shape(got)}."
        raise Mistake(" ".join([*[text for text in [next(reasons, "")] if text], shapes]))
    if not np.allclose(got, right):
        i, j = np.argwhere(~np.isclose(got, right))[0]
        cell = f"in row {i}, column {j} it should be {right[i, j]:.3f}, yours is {np.asarray(got)[i, j]:.3f}."
        raise Mistake(named_mistake(got, POOL_MISTAKES, *case) or cell)


@exercise("pool", hints=[
    "First the border: np.pad(values, padding, constant_values=…), with −np.inf for max and 0 for average.",
    "Along one side there are (padded size − window) // stride + 1 windows. Make the output that large.",
    "Window i, j begins at row i * stride and column j * stride of the padded map. Take .max() or .mean() of it.",
])
def check_pool(pool):
    """Check a learner's max and average pooling on maps of several sizes. Prints what it finds.

    Parameters
    ----------
    pool : callable
        pool(values, window, stride, padding, kind) with values (H, W) and kind "max" or "average"; returns the
        pooled map. For max the border never wins, for average its zeros count.

    Examples
    --------
    >>> check_pool(lambda values, window, stride, padding, kind: pooled(values, window, stride, padding, "max"))
    ✗ pool: average: you took the largest. Here the average was asked for.
    """
    rng = np.random.default_rng(7)
    for when, shape, *settings, advice in POOL_CASES:
        values = rng.normal(-1, 2, shape)
        values[:4, :4] -= 1e4           # windows far below zero: a border that is only low must not win there
        case = (values, *settings)
        try:
            check_pooled(call(pool, *case), *case)
        except Mistake as mistake:
            raise Mistake(" ".join(filter(None, [f"{when}{mistake}", advice]))) from None
    return Verdict(True, f"right on {len(POOL_CASES)} maps, max and average, with overlaps, gaps and padding.")


# ---- design: a counter-example to "scale invariant" -------------------------------------------------

SIDE, CANVAS, DROP = 6, 18, 3       # of the shape; of the picture; how far one pooled number has to move
BACKSLASH = np.where(np.eye(3), 1.0, -1.0)
BANK = np.array([BACKSLASH, BACKSLASH[:, ::-1]])[:, None]


def numbers_at_scales(shape):
    """What convolution, ReLU and max pooling over the whole map make of a shape, three times.

    Parameters
    ----------
    shape : array (6, 6)
        1 for white, 0 for black.

    Returns
    -------
    dict of str to list of float
        "as drawn", "moved by 1 px" and "twice as large": the largest response to each of two filters, backslash
        and slash.

    Raises
    ------
    ValueError
        When the shape is no 6×6 array of zeros and ones.

    Examples
    --------
    >>> numbers_at_scales(np.eye(6))
    {'as drawn': [9.0, 5.0], 'moved by 1 px': [9.0, 5.0], 'twice as large': [5.0, 5.0]}
    """
    shape = check_shape(shape)
    pictures = {"as drawn": on_canvas(shape), "moved by 1 px": np.roll(on_canvas(shape), 1, axis=1),
                "twice as large": on_canvas(np.kron(shape, np.ones((2, 2))))}
    return {name: strongest(picture) for name, picture in pictures.items()}


def on_canvas(shape):
    """The shape in white (1) in the middle of a black (−1) picture."""
    picture, corner = np.full((CANVAS, CANVAS), -1.0), (CANVAS - len(shape)) // 2
    picture[corner:corner + len(shape), corner:corner + len(shape)] = 2 * shape - 1
    return picture


def strongest(picture):
    """One number for each filter: the largest of its map, wherever it stands."""
    maps = relu(conv2d(picture[None, None], BANK))
    return max_pool2d(maps, maps.shape[2]).ravel().tolist()


def check_shape(shape):
    """The shape as an array of zeros and ones."""
    try:
        shape = np.array(shape, float)
    except (TypeError, ValueError):
        raise ValueError(f"the shape must be {SIDE} rows of {SIDE} numbers") from None
    if shape.shape != (SIDE, SIDE):
        raise ValueError(f"the shape must have {SIDE} rows and {SIDE} columns, got {shape.shape}")
    if not np.isin(shape, (0, 1)).all():
        raise ValueError("the shape must hold zeros and ones only")
    return shape


@exercise("not_scale_invariant", hints=[
    "What must happen to the strongest response when the shape grows? Look for a pattern that one filter fits exactly.",
    "A block of white, or a straight bar, has corners and edges that look the same to a 3×3 window at both sizes.",
    "A thin diagonal stroke of three pixels fits a filter perfectly: 9. Twice as large it is a staircase of blocks.",
])
def check_not_scale_invariant(shape):
    """Check a shape that should break "pooling makes maps scale invariant". Prints what it finds.

    Parameters
    ----------
    shape : array (6, 6)
        1 for white, 0 for black.

    Examples
    --------
    >>> check_not_scale_invariant(np.zeros((6, 6)))
    ✗ not_scale_invariant: your shape is empty: there is nothing to make larger.
    """
    try:
        found = numbers_at_scales(shape)
    except ValueError as error:
        raise Mistake(f"{error}.") from None
    shape = np.array(shape, float)
    if not shape.any():
        raise Mistake("your shape is empty: there is nothing to make larger.")
    drawn, moved, large = found.values()
    told = f"As drawn {plain(drawn)}, moved {plain(moved)}, twice as large {plain(large)}."
    if max(abs(a - b) for a, b in zip(drawn, large, strict=True)) >= DROP:
        return Verdict(True, f"a counter-example. {told} The shift is absorbed, the scale is not.")
    return Verdict(False, f"{why_the_same(shape, drawn, large)} {told}")


def why_the_same(shape, drawn, large):
    """Why a shape is no counter-example, in one sentence or two."""
    lit = np.argwhere(shape)
    rows, columns = np.ptp(lit, axis=0) + 1
    if drawn != large:
        return f"The numbers do change, but by less than {DROP}."
    if len(lit) == 1:
        return "A lone pixel becomes a block of four, and a window that touches one corner sees the same in both."
    if len(lit) == rows * columns:
        kind = "straight bar" if min(rows, columns) == 1 else "solid block"
        return f"A {kind} has corners that look the same to a 3×3 window at both sizes."
    return (f"At both sizes the best window of each filter gives {drawn[0]:g} and {drawn[1]:g}: two pixels of nine "
            "differ. Look for a shape in which a window fits whole, 9.")


def plain(numbers):
    return "[" + ", ".join(f"{number:g}" for number in numbers) + "]"
