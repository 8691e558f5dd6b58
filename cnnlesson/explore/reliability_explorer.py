"""One temperature for all answers of a network: reliability diagram, calibration error and loss."""
from typing import NamedTuple

import numpy as np
import traitlets as t

from .. import ops, plot
from ..ops.arguments import floating, no_nan
from ..ops.losses import check_labels
from .base import Explorer, source

BINS = 10
LIMITS = (0.2, 5.0)


class Measured(NamedTuple):
    """What the diagram shows: one value a bin in the first three, 0 where there is no answer."""
    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray
    error: float            # expected calibration error
    loss: float
    right: float            # share of the answers that is right
    sure: float             # mean confidence


def measured(logits, labels, temperature):
    """How often answers are right against how probable they are called.

    Parameters
    ----------
    logits : array (N, K)
    labels : array of int (N,)
    temperature : float
        What the logits are divided by.

    Returns
    -------
    Measured

    Examples
    --------
    >>> now = measured(np.array([[0.0, 9.0], [0.0, 9.0]]), np.array([1, 0]), 1.0)
    >>> now.count.tolist(), now.right, round(now.error, 3)
    ([0, 0, 0, 0, 0, 0, 0, 0, 0, 2], 0.5, 0.5)
    """
    probabilities = ops.softmax(np.asarray(logits, float) / temperature)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    at = np.minimum((BINS * confidence).astype(int), BINS - 1)
    count = np.bincount(at, minlength=BINS)
    means = [np.bincount(at, values, BINS) / np.maximum(count, 1) for values in (confidence, right)]
    error = (abs(means[0] - means[1]) * count).sum() / count.sum()
    loss = ops.cross_entropy(np.asarray(logits, float) / temperature, labels)
    return Measured(*means, count, float(error), loss, float(right.mean()), float(confidence.mean()))


class ReliabilityExplorer(Explorer):
    """The widget behind `reliability`. Its traits hold what the learner set; see there."""
    _esm = source("reliability_explorer", "js")
    _css = source("reliability_explorer", "css")
    kept = ("chosen", "temperature")

    names = t.List(t.Unicode()).tag(sync=True)
    logits = t.List(t.Bytes()).tag(sync=True)       # float32, row by row
    labels = t.List(t.Bytes()).tag(sync=True)       # uint8
    classes = t.Int().tag(sync=True)
    start = t.Dict().tag(sync=True)                 # where Reset goes back to
    limits = t.List(list(LIMITS)).tag(sync=True)
    chosen = t.Unicode().tag(sync=True)
    temperature = t.Float(1.0).tag(sync=True)

    @t.validate("chosen")
    def _check_chosen(self, proposal):
        if proposal["value"] not in self.names:
            raise ValueError(f"chosen must be one of {', '.join(self.names)}, got {proposal['value']!r}")
        return proposal["value"]

    @t.validate("temperature")
    def _check_temperature(self, proposal):
        return within(proposal["value"])

    @property
    def measured(self):
        """`Measured` of the answers that are shown, at the temperature that is set."""
        at = self.names.index(self.chosen)
        logits = np.frombuffer(self.logits[at], np.float32).reshape(-1, self.classes)
        return measured(logits, np.frombuffer(self.labels[at], np.uint8).astype(int), self.temperature)

    def figure(self):
        return plot.reliability(*self.measured[:3], caption=f"{self.chosen}, T = {self.temperature:g}").figure


def reliability(answers, *, temperature=1.0):
    """Explore what one temperature for all logits does to a network's calibration.

    Parameters
    ----------
    answers : dict of str to (array (N, K), array of int (N,))
        What the learner can choose from: logits and labels of each, all with the same number of classes.
    temperature : float
        What the logits are divided by, 0.2 to 5.

    Returns
    -------
    ReliabilityExplorer
        `.chosen` and `.temperature` are what the learner set, `.measured` holds the diagram's numbers. Calling it
        again with the same arguments keeps them.

    Raises
    ------
    ValueError
        When there is nothing to choose from, logits and labels do not fit, or the temperature is out of its range.

    Examples
    --------
    >>> explorer = reliability({"two rows": ([[0.0, 9.0], [0.0, 9.0]], [1, 0])}, temperature=3.0)
    >>> round(explorer.measured.sure, 3)
    0.953
    """
    if not answers:
        raise ValueError("answers must name at least one network, got none")
    logits = [no_nan("logits", floating("logits", part)) for part, _ in answers.values()]
    if any(part.ndim != 2 or not part.size or part.shape[1:] != logits[0].shape[1:] for part in logits):
        raise ValueError(f"logits must be (N, K), all with the same K, got {', '.join(str(p.shape) for p in logits)}")
    labels = [check_labels(given, *part.shape) for (_, given), part in zip(answers.values(), logits, strict=True)]
    start = dict(chosen=next(iter(answers)), temperature=within(temperature))
    explorer = ReliabilityExplorer(
        names=list(answers), logits=[part.astype(np.float32).tobytes() for part in logits],
        labels=[part.astype(np.uint8).tobytes() for part in labels], classes=logits[0].shape[1], start=start, **start)
    return explorer.keep(*answers, *explorer.logits, *explorer.labels, start["temperature"])


def within(temperature):
    """A temperature within its limits."""
    low, high = LIMITS
    if not low <= temperature <= high:
        raise ValueError(f"temperature must be from {low:g} to {high:g}, got {temperature:g}")
    return float(temperature)
