"""Whether probabilities mean what they say: of all answers given with 90 %, nine in ten should be right.

From Guo, Pleiss, Sun, Weinberger 2017: On calibration of modern neural networks.
"""
from typing import NamedTuple

import numpy as np

from ..ops import arguments
from ..ops.losses import check_labels

COLDEST, HOTTEST = -10, 10      # the temperature is looked for from 2**-10 to 2**10


class Reliability(NamedTuple):
    """One value for each bin of confidence; bin m reaches from m / bins (excluded) to (m + 1) / bins."""
    confidence: np.ndarray      # mean probability of the answers, NaN without any
    accuracy: np.ndarray        # share of them that is right, NaN without any
    count: np.ndarray           # how many


def reliability(probabilities, labels, bins=10):
    """Accuracy against confidence: answers sorted into bins by the probability that the network gives them.

    Parameters
    ----------
    probabilities : array (N, classes)
        Softmax of the logits. The largest of each row is the answer, its value the confidence.
    labels : array of int (N,)
    bins : int
        Equally wide, from 0 to 1.

    Returns
    -------
    Reliability

    Raises
    ------
    ValueError
        When rows are no probabilities, labels do not fit, or there is no bin.

    Examples
    --------
    >>> diagram = reliability([[0.6, 0.4], [0.7, 0.3], [0.05, 0.95]], [0, 1, 1], bins=2)
    >>> diagram.confidence, diagram.accuracy, diagram.count
    (array([ nan, 0.75]), array([ nan, 0.6667]), array([0, 3]))
    """
    confidence, right = answers(probabilities, labels)
    bins = arguments.whole("bins", bins, 1)
    at = np.digitize(confidence, np.arange(1, bins, dtype=confidence.dtype) / bins, right=True)
    count = np.bincount(at, minlength=bins)
    means = [np.bincount(at, values, bins) / np.where(count, count, np.nan) for values in (confidence, right)]
    return Reliability(*means, count)


def calibration_error(probabilities, labels, bins=10):
    """How far confidence and accuracy lie apart, over all answers (expected calibration error, ECE).

    Parameters
    ----------
    probabilities, labels, bins
        As in `reliability`. Guo et al. take 15 bins; the number depends on them.

    Returns
    -------
    float
        In [0, 1]: |confidence − accuracy| of each bin, weighted by how many answers lie in it.

    Raises
    ------
    ValueError
        As `reliability`.

    Examples
    --------
    >>> calibration_error([[0.6, 0.4], [0.7, 0.3], [0.05, 0.95]], [0, 1, 1], bins=2)    # 0.75 − 2/3
    0.0833
    """
    confidence, accuracy, count = reliability(probabilities, labels, bins)
    return float(np.nansum(abs(confidence - accuracy) * count) / count.sum())


def fit_temperature(logits, labels):
    """The temperature T for which softmax(logits / T) has the least cross-entropy.

    Above 1 it takes confidence away, below 1 it adds some; which answer is the largest never changes. Take
    images that the network was not trained on.

    Parameters
    ----------
    logits : array (N, classes)
    labels : array of int (N,)

    Returns
    -------
    float

    Raises
    ------
    ValueError
        When shapes do not fit, or no temperature from 1/1024 to 1024 is best: when all answers are right, or
        they are no better than chance.

    Notes
    -----
    In 1 / T the cross-entropy is convex. Its slope, the mean over all rows of Σ softmax·logits − logits[label],
    rises from below 0 to above; the root is found by halving.

    Examples
    --------
    >>> fit_temperature([[2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [2.0, 0.0]], [0, 0, 0, 1])     # 2 / ln 3
    1.8205
    """
    logits = arguments.floating("logits", logits).astype(np.float64)
    if logits.ndim != 2 or logits.size == 0:
        raise ValueError(f"logits must have shape (N, classes), neither empty, got {logits.shape}")
    labels = check_labels(labels, *arguments.no_nan("logits", logits).shape)
    below = logits - logits.max(1, keepdims=True)
    right = below[np.arange(len(below)), labels]

    def slope(exponent):
        likely = np.exp(below / 2**exponent)
        return ((likely * below).sum(1) / likely.sum(1) - right).mean()

    cold, hot = COLDEST, HOTTEST
    if not slope(cold) > 0 > slope(hot):
        raise ValueError("logits must be better than chance and wrong at least once, got some without a best "
                         "temperature")
    for _ in range(50):
        middle = (cold + hot) / 2
        cold, hot = (middle, hot) if slope(middle) > 0 else (cold, middle)
    return float(2**middle)


def answers(probabilities, labels):
    """The largest probability of each row, and whether it stands at the label."""
    probabilities = arguments.floating("probabilities", probabilities)
    if probabilities.ndim != 2 or probabilities.size == 0:
        raise ValueError(f"probabilities must have shape (N, classes), neither empty, got {probabilities.shape}")
    labels = check_labels(labels, *arguments.no_nan("probabilities", probabilities).shape)
    if probabilities.min() < 0 or abs(probabilities.sum(1) - 1).max() > 1e-3:
        raise ValueError("probabilities must be ≥ 0 and add up to 1 in each row")
    return probabilities.max(1), probabilities.argmax(1) == labels
