"""The exercises of lesson 02: read a kernel, write a convolution, design a detector."""
import numpy as np

from ..ops import conv2d_loops
from ..ops.kernels import SOBEL_X
from .checks import Mistake, Verdict, call, exercise, named_mistake
from .diagonal import diagonal_responses, diagonal_score


def correlate(image, kernel):
    """The right answer for one grey image (H, W) and one kernel (kh, kw): a map (H − kh + 1, W − kw + 1)."""
    image, kernel = np.asarray(image, float), np.asarray(kernel, float)
    return conv2d_loops(image[None, None], kernel[None, None])[0, 0]


# ---- read: the sign of Sobel x on three windows -----------------------------------------------------

READ_WINDOWS = {
    "sky": np.full((3, 3), 0.9),
    "left edge": np.array([[0.9, 0.9, 0.1]] * 3),
    "right edge": np.array([[0.1, 0.1, 0.9]] * 3),
}
SIGNS = ("negative", "zero", "positive")


def sign_of(number):
    """negative, zero or positive, with room for rounding."""
    return SIGNS[int(np.sign(np.round(number, 9))) + 1]


READ_MISTAKES = [  # what to say, and a function that makes the mistake
    ("you flipped the kernel, or read from right to left. Networks lay it on the window as it is.",
     lambda window: sign_of((window * SOBEL_X[::-1, ::-1]).sum())),
    ("bright does not mean positive. The kernel answers to contrast, not to tone.",
     lambda window: sign_of(window.mean() - 0.5)),
    ("an edge is not always positive. The sign tells which side is the brighter one.",
     lambda window: sign_of(abs((window * SOBEL_X).sum()))),
    ("an edge is not always negative. The sign tells which side is the brighter one.",
     lambda window: sign_of(-abs((window * SOBEL_X).sum()))),
]


@exercise("read_kernel", hints=[
    "Lay SOBEL_X on the window. Which pixels meet the negative numbers, which the positive ones?",
    "Its left column is −1, −2, −1, its right column 1, 2, 1. Add up each side: which one weighs more?",
    "When both sides are equally bright, what the left column takes away, the right column brings back.",
])
def check_read_kernel(answers):
    """Check the signs that Sobel x gives on the three windows of `READ_WINDOWS`. Prints what it finds.

    Parameters
    ----------
    answers : dict
        "sky", "left edge" and "right edge", each "negative", "zero" or "positive".

    Examples
    --------
    >>> check_read_kernel({"sky": "zero", "left edge": "positive", "right edge": "negative"})
    ✗ read_kernel: you flipped the kernel, or read from right to left. Networks lay it on the window as it is.
    """
    if not isinstance(answers, dict) or set(answers) != set(READ_WINDOWS):
        raise Mistake(f"expected a dict with the keys {', '.join(map(repr, READ_WINDOWS))}.")
    given = {key: str(word).strip().lower() for key, word in answers.items()}
    for key, word in given.items():
        if word not in SIGNS:
            raise Mistake(f"{key!r} must be one of {', '.join(map(repr, SIGNS))}, got {answers[key]!r}.")
    wrong = [key for key, window in READ_WINDOWS.items() if given[key] != sign_of((window * SOBEL_X).sum())]
    if not wrong:
        return Verdict(True, "all three. The sign tells which way the light changes, not how light it is.")
    again = f"look at {' and '.join(map(repr, wrong))} again: multiply column by column, then add up."
    explained = (text for text, twin in READ_MISTAKES
                 if all(twin(window) == given[key] for key, window in READ_WINDOWS.items()))
    return Verdict(False, next(explained, again))


# ---- write: a convolution ---------------------------------------------------------------------------

# When, the image's shape, the kernel's shape, and what to think of when it fails here and not before.
CONVOLVE_CASES = [
    ("", (6, 6), (3, 3), ""),
    ("on an image wider than high", (5, 9), (3, 3), "Rows come from shape[0], columns from shape[1]."),
    ("on an image higher than wide", (9, 5), (3, 3), "Rows come from shape[0], columns from shape[1]."),
    ("with a 2×2 kernel", (6, 7), (2, 2), "It works for 3×3 only: take the size from kernel.shape."),
    ("with a 2×4 kernel", (7, 9), (2, 4), "Height and width of the kernel need not be equal."),
    ("with a kernel as large as the image", (4, 3), (4, 3), "One window fits, so one number comes out."),
]

CONVOLVE_SHAPES = [  # what to say, and the shape that gives it away
    ("rows and columns are swapped", lambda h, w, kh, kw: (w - kw + 1, h - kh + 1)),
    ("you padded. Only windows that lie inside the image count", lambda h, w, kh, kw: (h, w)),
    ("you padded. Only windows that lie inside the image count",
     lambda h, w, kh, kw: (h + kh - 1, w + kw - 1)),
    ("one row and one column short. H rows hold H − kh + 1 windows", lambda h, w, kh, kw: (h - kh, w - kw)),
    ("one row and one column too many. H rows hold H − kh + 1 windows",
     lambda h, w, kh, kw: (h - kh + 2, w - kw + 2)),
    ("conv2d returns four dimensions. Take [0, 0] of them", lambda h, w, kh, kw: (1, 1, h - kh + 1, w - kw + 1)),
    ("you did not sum. Each window gives one number", lambda h, w, kh, kw: (h - kh + 1, w - kw + 1, kh, kw)),
    ("you returned one number. Each window gives one, and all together a map", lambda h, w, kh, kw: ()),
]


def only(rows, columns):
    """A twin that is right in these cells; elsewhere anything may stand."""
    def twin(image, kernel):
        right = correlate(image, kernel)
        out = np.full_like(right, np.nan)
        out[rows, columns] = right[rows, columns]
        return out

    return twin


def matrix_products(image, kernel):
    """What comes of `@` in place of `*`."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows @ kernel).sum((2, 3))


CONVOLVE_MISTAKES = [  # what to say, and a function that makes the mistake
    ("you flipped the kernel: that is the mathematicians' convolution. Networks slide it as it is.",
     lambda image, kernel: correlate(image, kernel[::-1, ::-1])),
    ("you averaged. A convolution is the sum of the products, not divided by their number.",
     lambda image, kernel: correlate(image, kernel) / kernel.size),
    ("you used matrix multiplication, `@`. Multiply cell by cell, with `*`.", matrix_products),
    ("you mirrored the kernel left to right. Slide it as it is.",
     lambda image, kernel: correlate(image, kernel[:, ::-1])),
    ("you transposed the kernel: its first index is the row.",
     lambda image, kernel: correlate(image, kernel.T)),
    ("your output is transposed: out[i, j] belongs to the window that starts in row i, column j.",
     lambda image, kernel: correlate(image, kernel).T),
    ("you swapped the rows and columns of the image.",
     lambda image, kernel: correlate(image.T, kernel)),
    ("you did not multiply by the kernel.",
     lambda image, kernel: correlate(image, np.ones_like(kernel))),
    ("you dropped the sign. Negative sums stay negative.",
     lambda image, kernel: np.abs(correlate(image, kernel))),
    ("you set negative sums to zero. That comes later, in a layer of its own.",
     lambda image, kernel: np.maximum(correlate(image, kernel), 0)),
    ("your output holds whole numbers only, so it cuts off decimals. Make it with np.empty or np.zeros.",
     lambda image, kernel: np.trunc(correlate(image, kernel))),
    ("the last row and the last column were never filled: range(n) stops before n.",
     only(slice(-1), slice(-1))),
    ("only the first number is right. Is `return` inside the loop, or does the window not move by one?",
     only(0, 0)),
]


def check_map(got, image, kernel):
    """Raise a `Mistake` unless the learner's map is the right one."""
    right = correlate(image, kernel)
    if not isinstance(got, np.ndarray) and np.ndim(got) > 0:
        raise Mistake(f"it returns a {type(got).__name__}. Return a NumPy array.")
    if np.shape(got) != right.shape:
        sizes = (*image.shape, *kernel.shape)
        reason = next((f"{text}. " for text, shape in CONVOLVE_SHAPES if shape(*sizes) == np.shape(got)), "")
        raise Mistake(f"{reason}The output should have the shape {right.shape}, yours has {np.shape(got)}.")
    if not np.allclose(got, right):
        i, j = np.argwhere(~np.isclose(got, right))[0]
        cell = f"in row {i}, column {j} the sum of products is {right[i, j]:.3f}, yours is {got[i, j]:.3f}."
        raise Mistake(named_mistake(got, CONVOLVE_MISTAKES, image, kernel) or cell)


@exercise("convolve", hints=[
    "Start with the size: how many windows of height kh fit into H rows? Try it with H = 4, kh = 3.",
    "Make an empty array of that size. Two loops, over its rows and its columns, visit each window.",
    "The window that belongs to out[i, j] is image[i:i + kh, j:j + kw]. Multiply it by the kernel and sum.",
])
def check_convolve(convolve):
    """Check a learner's convolution on images and kernels of several shapes. Prints what it finds.

    Parameters
    ----------
    convolve : callable
        convolve(image, kernel) with image (H, W) and kernel (kh, kw); returns the map of all sums,
        (H − kh + 1, W − kw + 1): no padding, stride 1, kernel not flipped.

    Examples
    --------
    >>> check_convolve(lambda image, kernel: correlate(image, kernel) / 9)
    ✗ convolve: you averaged. A convolution is the sum of the products, not divided by their number.
    """
    rng = np.random.default_rng(2)
    for when, image_shape, kernel_shape, advice in CONVOLVE_CASES:
        image, kernel = rng.normal(0, 2, image_shape), rng.normal(0, 2, kernel_shape)
        try:
            check_map(call(convolve, image, kernel), image, kernel)
        except Mistake as mistake:
            raise Mistake(f"{when}: {mistake} {advice}" if when else str(mistake)) from None
    return Verdict(True, f"right on {len(CONVOLVE_CASES)} images and kernels, square or not.")


# ---- design: a detector of falling diagonals --------------------------------------------------------

DIAGONAL_TARGET = 2.0


@exercise("diagonal", hints=[
    "Put numbers above zero where the line runs. Which cells of the grid are these?",
    "The kernel should stay silent on flat areas. What must its nine numbers add up to?",
    "Now take away beside the line what you gave on it, and spread it over the six other cells.",
])
def check_diagonal(kernel):
    r"""Check a kernel that should fire on falling diagonals, those like \, and little else. Prints its score.

    Parameters
    ----------
    kernel : array (3, 3)

    Examples
    --------
    >>> check_diagonal(np.eye(3))
    ✗ diagonal: score 1.00, target 2.00. It fires on flat areas: the nine numbers add up to 3, not 0.
    """
    try:
        score = diagonal_score(kernel)
    except ValueError as error:
        raise Mistake(f"{error}.") from None
    kernel = np.asarray(kernel, float)
    if not kernel.any():
        raise Mistake("all nine numbers are zero, so it answers to nothing.")
    passed = score > DIAGONAL_TARGET - 1e-6 and blind_to_flat(kernel)
    why = "Flat areas leave it cold, and nothing else comes near." if passed else diagonal_mistake(kernel)
    return Verdict(passed, f"score {score:.2f}, target {DIAGONAL_TARGET:.2f}. {why}")


def blind_to_flat(kernel):
    """Do the numbers add up to zero, with room for rounded thirds?"""
    return bool(abs(kernel.sum()) <= 0.05 * np.abs(kernel).sum())


def diagonal_mistake(kernel):
    """Why a kernel misses the target, in one sentence."""
    if not blind_to_flat(kernel):
        enough = "That is enough, but it" if diagonal_score(kernel) > DIAGONAL_TARGET - 1e-6 else "It"
        return f"{enough} fires on flat areas: the nine numbers add up to {kernel.sum():.4g}, not 0."
    if diagonal_score(np.fliplr(kernel)) > DIAGONAL_TARGET - 1e-6:
        return "You found the other diagonal, the rising one. Mirror your kernel."
    if diagonal_score(-kernel) > DIAGONAL_TARGET - 1e-6:
        return "It goes negative on the line. Turn all nine signs round."
    others = diagonal_responses(kernel)
    falling = others.pop("falling diagonal")
    rival = max(others, key=others.get)
    much = ("too much", "as much", "even more")[int(np.sign(round(others[rival] - falling, 6))) + 1]
    return f"It likes the {rival} {much}: {others[rival]:.4g} there, {falling:.4g} on the falling line."
