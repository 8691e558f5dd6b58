"""How an exercise is checked: the part that all lessons share.

A lesson's module registers one function per exercise. It takes what the learner made and returns a
`Verdict`. What goes wrong in the learner's code never leaves this module as an exception: it becomes a
sentence. So Run All works on a notebook full of stubs.
"""
import ast
import functools
import inspect
import textwrap
import traceback
from dataclasses import dataclass

import numpy as np

__all__ = ["Mistake", "Verdict", "call", "check", "exercise", "judge", "named_mistake"]


@dataclass(frozen=True)
class Verdict:
    """What a check found: is it right, and a sentence that says why."""

    ok: bool
    message: str


@dataclass(frozen=True)
class Exercise:
    """One registered exercise: the function that judges an answer, and its hints."""

    judge: callable
    hints: tuple


class Mistake(Exception):
    """Ends a check early; its text becomes the message of the verdict."""


NOT_WRITTEN = Verdict(False, "not written yet. Replace the line with `...` and run this cell again.")
EXERCISES = {}

EMPTY = "A slice such as image[:-0] is empty: count from the front, image[:height - 0]."
# What often stands behind an exception: (part of its text, advice).
ADVICE = [
    ("ecursion", "It calls itself without end."),
    ("setting an array element with a sequence", "One cell holds one number: did you forget to sum?"),
    ("truth value of an array", "x is a whole array: use np.where(x > 0, …, …)."),
    ("could not be broadcast", "The two arrays do not have the same shape."),
    ("could not broadcast input array from shape", "The two sides of the = do not have the same shape."),
    ("from shape (0,", EMPTY), (",0) into shape", EMPTY),
]


def exercise(name, hints=()):
    """Register a judging function as an exercise, and turn it into its public check.

    Parameters
    ----------
    name : str
        The exercise's name: what is printed, and what `hint` is asked for.
    hints : sequence of str
        From a nudge to nearly the answer.

    Returns
    -------
    decorator
        Makes `check_name(answer)` out of `check_name(answer) -> Verdict`: it prints the verdict.
    """
    def register(function):
        EXERCISES[name] = Exercise(function, tuple(hints))

        @functools.wraps(function)
        def check_name(answer):
            check(name, answer)

        return check_name

    return register


def find(name):
    """The registered exercise of this name; `ValueError` when there is none."""
    if name not in EXERCISES:
        raise ValueError(f"name must be one of {', '.join(sorted(EXERCISES))}, got {name!r}")
    return EXERCISES[name]


def judge(name, answer):
    """Judge an answer without printing.

    Parameters
    ----------
    name : str
        A registered exercise.
    answer : object
        What the learner made: a function, numbers, words.

    Returns
    -------
    Verdict

    Raises
    ------
    ValueError
        When no exercise has this name. Nothing in `answer` makes it raise.

    Examples
    --------
    >>> judge("convolve", ...).message
    'not written yet. Replace the line with `...` and run this cell again.'
    """
    registered = find(name)
    if answer is None or answer is ...:
        return NOT_WRITTEN
    try:
        verdict = registered.judge(answer)
    except Mistake as mistake:
        verdict = Verdict(False, str(mistake))
    except Exception as error:  # an answer of a kind that nobody thought of
        verdict = Verdict(False, f"this cannot be read as an answer ({type(error).__name__}: {error}).")
    return NOT_WRITTEN if not verdict.ok and unfinished(answer) else verdict


def check(name, answer):
    """Judge an answer and print the verdict.

    Parameters
    ----------
    name : str
        A registered exercise.
    answer : object
        What the learner made.

    Raises
    ------
    ValueError
        When no exercise has this name.

    Examples
    --------
    >>> check("diagonal", ...)
    … diagonal: not written yet. Replace the line with `...` and run this cell again.
    """
    verdict = judge(name, answer)
    sign = "✓" if verdict.ok else "…" if verdict == NOT_WRITTEN else "✗"
    print(f"{sign} {name}: {verdict.message}")


def unfinished(answer):
    """Is a `...` left in the learner's function, dict or list? (`x[..., 0]` does not count.)"""
    if isinstance(answer, np.ndarray) and answer.dtype == object:
        answer = answer.tolist()
    if isinstance(answer, dict):
        return any(value is None or unfinished(value) for value in answer.values())
    if isinstance(answer, (list, tuple)):
        return any(value is None or unfinished(value) for value in answer)
    if not inspect.isfunction(answer):
        return answer is ...
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(answer)))
    except (OSError, SyntaxError):  # no source at hand, or half a line of it (a lambda)
        return False
    indices = [node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    allowed = {id(node) for index in indices for node in ast.walk(index)}
    return any(isinstance(node, ast.Constant) and node.value is ... and id(node) not in allowed
               for node in ast.walk(tree))


def call(function, *arguments, **options):
    """Call a learner's function with copies of the arrays, and return what it returns.

    Parameters
    ----------
    function : callable
        What the learner wrote.
    *arguments, **options
        What it gets. Arrays among the arguments are copied.

    Returns
    -------
    object
        Never None.

    Raises
    ------
    Mistake
        When it is no function, raises, returns None, or changes what it was given.

    Examples
    --------
    >>> call(lambda image: 1 - image, np.array([0.25]))
    array([0.75])
    """
    if not callable(function):
        raise Mistake("hand over the function itself, its name without brackets after it.")
    copies = [np.copy(given) if isinstance(given, np.ndarray) else given for given in arguments]
    try:
        with np.errstate(all="ignore"):  # numbers left over in an empty array are no concern of the learner
            result = function(*copies, **options)
    except (Exception, SystemExit) as error:
        raise Mistake(describe(error)) from None
    if result is None:
        raise Mistake("it returns nothing. End the function with `return` and what it made.")
    pairs = [(a, b) for a, b in zip(copies, arguments, strict=True) if isinstance(b, np.ndarray)]
    if any(a.tobytes() != b.tobytes() for a, b in pairs):  # bytes, because NaN == NaN is False
        raise Mistake("it changes the array that it was given. Write into a new array.")
    return result


def describe(error):
    """One or two sentences on an exception in the learner's code: what, where, and what may be behind it."""
    text = f"it stops with {type(error).__name__}: {error}".rstrip(".: ")
    frames = traceback.extract_tb(error.__traceback__)[1:]  # the first is `call`
    own = [frame for frame in frames if frame.filename == frames[0].filename]
    if own:
        text += f", in line {own[-1].lineno}" + (f": `{own[-1].line}`" if own[-1].line else "")
    return " ".join([text + ".", *dict.fromkeys(advice for part, advice in ADVICE if part in str(error))])


def named_mistake(got, mistakes, *arguments):
    """Find the mistake that gives what the learner got.

    Parameters
    ----------
    got : array
        The learner's result.
    mistakes : list of (str, callable)
        What to say, and the wrong twin: a function that makes this mistake. NaN in its result stands for
        "any number".
    *arguments
        What the learner's function was called with, and now each twin is.

    Returns
    -------
    str or None
        What the first twin that agrees says.

    Examples
    --------
    >>> named_mistake(4.0, [("you added", lambda a, b: a + b), ("you doubled", lambda a, b: 2 * a)], 2, 3)
    'you doubled'
    """
    for text, twin in mistakes:
        try:
            wrong = np.asarray(twin(*arguments))
        except (ValueError, IndexError):  # this mistake cannot be made with these arguments
            continue
        if wrong.shape == np.shape(got) and np.all(np.isclose(got, wrong) | np.isnan(wrong)):
            return text
    return None
