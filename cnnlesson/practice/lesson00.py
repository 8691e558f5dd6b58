"""Lesson 00: can the lessons run here, and three first exercises."""
import re
import sys
from importlib import metadata

import numpy as np

from ..ops import softmax
from .checks import Mistake, Verdict, call, exercise, named_mistake

# Name in words, name as installed, smallest version that will do. As in pyproject.toml.
PACKAGES = [
    ("NumPy", "numpy", (2, 0)),
    ("Matplotlib", "matplotlib", (3, 8)),
    ("ipywidgets", "ipywidgets", (8, 1)),
    ("anywidget", "anywidget", (0, 9)),
]
PYTHON = (3, 11)


def package_problems(installed, python):
    """One sentence per package that is missing or too old.

    Parameters
    ----------
    installed : callable
        Version text of a package by its name; raises `PackageNotFoundError` when it is missing.
    python : tuple of int
        The running Python's version.

    Examples
    --------
    >>> package_problems(lambda name: "99.0", (3, 10))
    ['Python 3.10 is too old: 3.11 or newer is needed.']
    """
    problems = []
    if python < PYTHON:
        problems.append(f"Python {_dotted(python)} is too old: {_dotted(PYTHON)} or newer is needed.")
    for words, name, needed in PACKAGES:
        try:
            version = installed(name)
        except metadata.PackageNotFoundError:
            problems.append(f"{words} is not installed.")
            continue
        if tuple(map(int, re.findall(r"\d+", version)[:2])) < needed:
            problems.append(f"{words} {version} is too old: {_dotted(needed)} or newer is needed.")
    return problems


def data_problems():
    """One sentence per data file that is missing or damaged."""
    from .. import files

    try:
        names = files.names()
    except OSError as error:
        return [str(error)]
    return [problem for name in names if (problem := _file_problem(files, name))]


def _file_problem(files, name):
    try:
        files.path(name)
    except (OSError, ValueError) as error:
        return str(error)


def check_environment():
    """Print in words whether the lessons can run here, and what to do when they cannot.

    Examples
    --------
    >>> check_environment()  # doctest: +SKIP
    Python, NumPy, Matplotlib, ipywidgets, anywidget: fine.
    Data files: all there and undamaged.
    """
    packages, data = package_problems(metadata.version, sys.version_info[:2]), data_problems()
    everything = ", ".join(["Python", *(words for words, _, _ in PACKAGES)])
    print("\n".join(packages) or f"{everything}: fine.")
    print("\n".join(data) or "Data files: all there and undamaged.")
    if packages:
        print("Install the course again as README.md says, restart the kernel and run this cell again.")


def _dotted(version):
    return ".".join(map(str, version))


# ---- read: how much a layer holds -------------------------------------------------------------------

COUNT_MISTAKES = {
    14 * 14: "that is one map. The layer holds six of them.",
    6 * 14: "that is one row of each map. A map has 14 rows of 14 numbers.",
    6 * 28 * 28: "that is the layer before. Pooling has halved each side.",
    28 * 28: "that is the input. Take the six maps behind the first pooling.",
    16 * 5 * 5: "that is the second max pooling. Take the first.",
    6 + 14 + 14: "multiply the three numbers, do not add them.",
    6 * 28 * 28 // 2: "halving each side leaves a quarter of the numbers, not half.",
}


@exercise("count", hints=[
    "Find the line of the first max pooling in the list of shapes above.",
    "Its shape is (1, 6, 14, 14): one image, six maps, 14 rows, 14 columns.",
])
def check_count(answer):
    """Check how many numbers the first pooling layer gives for one digit. Prints what it finds.

    Parameters
    ----------
    answer : int

    Examples
    --------
    >>> check_count(196)
    ✗ count: that is one map. The layer holds six of them.
    """
    from ..nn import trained

    network = trained("digits")
    network(np.zeros((1, 1, 28, 28)))
    right = next(layer for layer in network if type(layer).__name__ == "MaxPool2d").output.size
    if answer == right:
        return Verdict(True, f"{right} numbers, {right / 784:.1f} times as many as the digit has pixels.")
    advice = f"{answer!r} is not it. Multiply the last three numbers of the shape."
    return Verdict(False, COUNT_MISTAKES.get(answer, advice) if isinstance(answer, int | float) else advice)


# ---- write: from logits to an answer ----------------------------------------------------------------

LIKELY_MISTAKES = [  # what to say, and the (digit, probability) that this mistake gives
    ("the second value is the logit itself. Turn the logits into probabilities with softmax first.",
     lambda logits: (logits.argmax(), logits.max())),
    ("you took the least likely digit.", lambda logits: (logits.argmin(), softmax(logits).min())),
    ("probability first, digit second: turn them round.", lambda logits: (softmax(logits).max(), logits.argmax())),
    ("divide by the sum of the exponentials: a probability is exp(logit) / sum of all exp.",
     lambda logits: (logits.argmax(), np.exp(logits.max()))),
    ("that is the logit's share of the sum. Softmax takes exponentials first.",
     lambda logits: (logits.argmax(), logits.max() / logits.sum())),
    ("the probability is right, and the digit is its place in a sorted list. Use argmax.",
     lambda logits: (len(logits) - 1, softmax(logits).max())),
    ("that is softmax of softmax. Once is enough.",
     lambda logits: (logits.argmax(), softmax(softmax(logits)).max())),
    ("the first value is the largest logit. The digit is its place: argmax.",
     lambda logits: (logits.max(), softmax(logits).max())),
    ("that is a percentage. A probability lies between 0 and 1.",
     lambda logits: (logits.argmax(), 100 * softmax(logits).max())),
    ("a sigmoid looks at one logit alone. Softmax compares all ten.",
     lambda logits: (logits.argmax(), 1 / (1 + np.exp(-logits.max())))),
]


@exercise("most_likely", hints=[
    "softmax(logits) gives ten probabilities. Which one is the largest?",
    "argmax() gives the place of the largest number, and the place is the digit.",
])
def check_most_likely(most_likely):
    """Check a function that names the most likely digit and its probability. Prints what it finds.

    Parameters
    ----------
    most_likely : callable
        most_likely(logits) with logits (10,) → (digit, probability).

    Examples
    --------
    >>> check_most_likely(lambda logits: (logits.argmax(), logits.max()))
    ✗ most_likely: the second value is the logit itself. Turn the logits into probabilities with softmax first.
    """
    rng = np.random.default_rng(0)
    for digit in (3, 0, 9, 5):
        logits = rng.normal(0, 2, 10)
        logits[digit] = 4.5
        got = call(most_likely, logits)
        try:
            pair = [float(value) for value in got]
        except (TypeError, ValueError):
            pair = []
        if len(pair) != 2:
            raise Mistake("return two numbers: the digit and its probability. Did you take the largest probability?")
        if not np.allclose(pair, (digit, softmax(logits).max())):
            told = (f"for one set of logits, digit {digit} with probability {softmax(logits).max():.3f} is right; "
                    f"you gave {pair[0]:g} and {pair[1]:.3f}.")
            raise Mistake(named_mistake(np.array(pair), LIKELY_MISTAKES, logits) or told)
    return Verdict(True, "right on four sets of logits.")


# ---- design: paint a seven --------------------------------------------------------------------------

PAINT_TARGET = 0.9


@exercise("paint", hints=[
    "picture[5:7, 8:18] = 1 paints a bar: rows 5 and 6, columns 8 to 17.",
    "A seven is a bar at the top and a stroke that goes down from its right end.",
    "Make the strokes two pixels wide. MNIST digits are at most 20 pixels high and wide: leave black on every side.",
])
def check_paint(picture):
    """Check a picture, painted with NumPy, that the trained network should call a seven. Prints what it finds.

    Parameters
    ----------
    picture : array (28, 28)
        0 black to 1 white.

    Examples
    --------
    >>> check_paint(np.zeros((28, 28)))
    ✗ paint: not painted yet: all pixels are 0. Set some of them to 1.
    """
    from ..nn import trained

    picture = np.asarray(picture, float)
    if picture.shape != (28, 28):
        raise Mistake(f"the picture must have 28 × 28 pixels, yours has the shape {picture.shape}.")
    if not (picture.min() >= 0 and picture.max() <= 1):
        raise Mistake(f"pixels go from 0 to 1, yours go from {picture.min():g} to {picture.max():g}.")
    if not picture.any():
        raise Mistake("not painted yet: all pixels are 0. Set some of them to 1.")
    if picture.mean() > 0.5:
        raise Mistake("most of it is white. MNIST digits are white ink on black: leave the background at 0.")
    probabilities = softmax(trained("digits")(picture[None, None])[0])
    best, seven = int(probabilities.argmax()), float(probabilities[7])
    if seven >= PAINT_TARGET:
        return Verdict(True, f"a seven, with probability {seven:.2f}.")
    if best == 7:
        return Verdict(False, f"a seven, but with probability {seven:.2f} only. Make the strokes brighter, or clearer.")
    seen = f"the network sees a {best}, and a 7 with probability {seven:.2f}."
    return Verdict(False, f"{seen} The target is {PAINT_TARGET}.")
