"""Predictions: commit to an answer before it is computed, then see how sure you should have been."""
import math
from numbers import Real

import numpy as np

asked = {}  # name -> Prediction, as long as the kernel lives: so a cell can be run again


def predict(name, question, choices=None, *, unit="", step=None, low=None, high=None):
    """Ask for a prediction: one of the choices, or a number, with a confidence and a lock.

    Parameters
    ----------
    name : str
        What `reveal` calls the question. Running the cell again keeps answer, confidence and lock, unless
        the question has changed.
    question : str
        Shown above the answer.
    choices : sequence of str, optional
        At least two. Without them the answer is a number.
    unit : str, optional
        Of the number, as in "px" or "%".
    step : float, optional
        What one press of an arrow key adds to the number.
    low, high : float, optional
        Smallest and largest number that can be locked in.

    Returns
    -------
    Prediction
        A widget with `answer`, `confidence` (0 to 100) and `locked`.

    Raises
    ------
    ValueError
        When name or question is empty, choices are fewer than two or equal, step ≤ 0, or low ≥ high.

    Examples
    --------
    >>> predict("docs-sign", "The sum will be", ["negative", "zero", "positive"])
    Prediction: The sum will be negative / zero / positive
    """
    from .prediction import Prediction  # here, so that lesson 00 can say that anywidget is missing

    choices = [] if choices is None else list(choices)
    _check_question(name, question, choices, step, low, high)
    asks = dict(question=question, choices=choices, unit=unit, step=step, low=low, high=high)
    known = asked.get(name)
    if known is None or any(getattr(known, key) != value for key, value in asks.items()):
        # A guess among k choices is right 100/k times in a hundred; the slider has steps of 5.
        asked[name] = Prediction(**asks, confidence=5 * round(20 / len(choices)) if choices else 50)
    return asked[name]


def _check_question(name, question, choices, step, low, high):
    for argument, value in (("name", name), ("question", question)):
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{argument} must be a text that is not empty, got {value!r}")
    if choices and (len(set(choices)) < len(choices) or len(choices) < 2):
        raise ValueError(f"choices must be at least two different texts, got {choices!r}")
    if step is not None and step <= 0:
        raise ValueError(f"step must be > 0, got {step}")
    if low is not None and high is not None and low >= high:
        raise ValueError(f"low must be below high, got low {low} and high {high}")


def reveal(name, truth, *, tolerance=None, unit=""):
    """Print the computed answer, and how the prediction of this name compares with it.

    Parameters
    ----------
    name : str
        As given to `predict`. When its cell was not run, the answer is printed alone.
    truth : str or float
        One of the choices, or the number.
    tolerance : float, optional
        How far off, in the number's unit, still counts as right. Without it, 5 % of the truth.
    unit : str, optional
        Taken from `predict` when left out.

    Raises
    ------
    ValueError
        When truth is not among the choices, or not a number where a number was asked for.

    Examples
    --------
    >>> asking = predict("docs-size", "How wide is the map?", unit="px")
    >>> reveal("docs-size", 254)
    Answer: 254 px.
    You locked in no prediction for this one.
    >>> asking.set_trait("answer", 256)
    >>> asking.set_trait("locked", True)
    >>> reveal("docs-size", 254, tolerance=0)
    Answer: 254 px.
    You predicted: 256 px, 50 % sure. Not so: 2 px too high (0.8 %).
    """
    asking = asked.get(name)
    if asking is not None and asking.choices and truth not in asking.choices:
        raise ValueError(f"truth must be one of {asking.choices} for {name!r}, got {truth!r}")
    if asking is not None and not asking.choices and not isinstance(truth, Real):
        raise ValueError(f"truth must be a number for {name!r}, got {truth!r}")
    unit = unit or (asking.unit if asking is not None else "")
    print(f"Answer: {_words(truth, unit)}.")
    if not _is_locked(asking):
        print("You locked in no prediction for this one.")
        return
    asking.right, judgement = _compare(asking.answer, truth, tolerance, unit)
    print(f"You predicted: {_words(asking.answer, unit)}, {asking.confidence} % sure. {judgement}")
    if calibration := _calibration(asking.right, asking.confidence):
        print(calibration)


def predictions():
    """Print how the locked predictions turned out: how many were right, and how sure you were.

    Examples
    --------
    >>> asked.clear()
    >>> predictions()
    You have locked in no predictions yet.
    """
    locked = [asking for asking in asked.values() if _is_locked(asking)]
    judged = [asking for asking in locked if asking.right is not None]
    if not locked:
        print("You have locked in no predictions yet.")
        return
    print(f"Locked in: {len(locked)}. Revealed so far: {len(judged)}.")
    if judged:
        _print_summary(np.array([asking.confidence for asking in judged]) / 100,
                       np.array([asking.right for asking in judged], float))


def _print_summary(confidence, right):
    sure, share = confidence.mean(), right.mean()
    word = "a good match" if abs(sure - share) <= 0.1 else "too sure" if sure > share else "not sure enough"
    print(f"Right: {right.sum():.0f} of {len(right)}, which is {100 * share:.0f} %. "
          f"On average you were {100 * sure:.0f} % sure: {word}.")
    score = np.mean((confidence - right) ** 2)  # Brier's score
    verdict = "better than" if score < 0.2495 else "no better than"
    print(f"Your score is {score:.2f}: {verdict} saying 50 % every time, which scores 0.25. "
          "0 is best (certain and right), 1 is worst (certain and wrong).")


def _is_locked(asking):
    return asking is not None and asking.locked and asking.answer is not None


def _words(value, unit=""):
    """The value as text: 15 552 weights, 0.0278, near zero."""
    if isinstance(value, Real):
        value = float(value)
        whole = math.isfinite(value) and (abs(value) >= 1000 or value == int(value))
        value = f"{value:,.0f}".replace(",", " ") if whole else f"{value:.4g}"
    return f"{value} {unit}".rstrip()


def _compare(answer, truth, tolerance, unit):
    """(right?, a sentence that says so, for numbers also how far off)."""
    if isinstance(truth, str) or answer == truth:
        return answer == truth, "Right." if answer == truth else "Not so."
    off = answer - truth
    allowed = 0.05 * abs(truth) if tolerance is None else tolerance
    right = bool(abs(off) <= allowed * (1 + 1e-9) + 1e-12)  # rounding must not decide
    distance = f"{_words(abs(off), unit)} too {'high' if off > 0 else 'low'}"
    if truth:
        distance += f" ({_words(float(f'{abs(off / truth):.2g}') * 100)} %)"
    return right, f"Close enough: {distance}." if right else f"Not so: {distance}."


def _calibration(right, confidence):
    """A sentence where confidence and outcome are far apart; empty otherwise."""
    if not right and confidence >= 75:
        return f"You were {confidence} % sure and it is not so: worth a second look."
    if right and confidence <= 40:
        return f"You were only {confidence} % sure and it is so: what made you doubt?"
    return ""
