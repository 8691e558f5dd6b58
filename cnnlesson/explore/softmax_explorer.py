"""Three logits and a temperature: probabilities, cross-entropy and its gradient."""
import numpy as np
import traitlets as t

from .. import ops, plot
from ..ops.arguments import floating
from .base import Explorer, source

LIMITS = {"logits": (-10.0, 10.0), "temperature": (0.0, 5.0)}


def answer(logits, temperature, label):
    """Probabilities, loss and p − y for one row of logits.

    Parameters
    ----------
    logits : array (K,)
    temperature : float
        What the logits are divided by. 0 stands for the limit: the largest logits share everything.
    label : int
        The right class.

    Returns
    -------
    (array (K,), float, array (K,))
        The loss is infinite when the right class has no probability at all.

    Examples
    --------
    >>> probabilities, loss, gradient = answer([1.0, 1.0, 0.0], 0.0, 0)
    >>> probabilities, round(loss, 3), gradient         # ln 2
    (array([0.5, 0.5, 0. ]), 0.693, array([-0.5,  0.5,  0. ]))
    """
    logits = np.asarray(logits, float)
    largest = logits == logits.max()
    if temperature == 0:
        probabilities = largest / largest.sum()
        loss = float(np.log(largest.sum())) if largest[label] else float("inf")
    else:
        logs = ops.log_softmax((logits - logits.max()) / temperature)
        probabilities, loss = np.exp(logs), float(-logs[label])
    return probabilities, loss, probabilities - np.eye(len(logits))[label]


class SoftmaxExplorer(Explorer):
    """The widget behind `softmax`. Its traits hold what the learner set; see there."""
    _esm = source("softmax_explorer", "js")
    _css = source("softmax_explorer", "css")
    kept = ("logits", "temperature", "label")

    names = t.List(t.Unicode()).tag(sync=True)
    start = t.Dict().tag(sync=True)                 # where Reset goes back to
    limits = t.Dict({name: list(ends) for name, ends in LIMITS.items()}).tag(sync=True)
    logits = t.List(t.Float()).tag(sync=True)
    temperature = t.Float(1.0).tag(sync=True)
    label = t.Int(0).tag(sync=True)                 # the right class, counted from 0

    @t.validate("logits")
    def _check_logits(self, proposal):
        return three(proposal["value"])

    @t.validate("temperature")
    def _check_temperature(self, proposal):
        return within("temperature", proposal["value"])

    @t.validate("label")
    def _check_label(self, proposal):
        return class_of(proposal["value"])

    @property
    def probabilities(self):
        """Softmax of logits / temperature, (3,)."""
        return answer(self.logits, self.temperature, self.label)[0]

    @property
    def loss(self):
        """−ln p of the right class; infinite when that has no probability at all."""
        return answer(self.logits, self.temperature, self.label)[1]

    @property
    def gradient(self):
        """p − y, (3,)."""
        return answer(self.logits, self.temperature, self.label)[2]

    def figure(self):
        left, middle, right = plot.row([1.4, 1.4, 1.4], height=170)
        plot.bars(self.probabilities, labels=self.names, highlight=self.label, ax=left)
        plot.bars(self.gradient, labels=self.names, highlight=self.label, limits=(-1, 1), ax=middle)
        p = np.linspace(0.01, 1, 100)
        ax = plot.lines({"−ln p": -np.log(p)}, x=p, xlabel="p of the right class", ylabel="loss", ax=right)
        if np.isfinite(self.loss):
            ax.plot(self.probabilities[self.label], self.loss, "o", color=plot.ACCENT, markersize=9, zorder=9)
        return ax.figure


def softmax(logits=(2.0, 1.0, -1.0), *, names=("A", "B", "C"), temperature=1.0, label=0):
    """Explore softmax and cross-entropy for three classes.

    Parameters
    ----------
    logits : sequence of float
        Three numbers, each from −10 to 10.
    names : sequence of str
        Of the three classes.
    temperature : float
        What the logits are divided by, 0 to 5. 0 stands for the limit.
    label : int
        The right class: 0, 1 or 2.

    Returns
    -------
    SoftmaxExplorer
        `.logits`, `.temperature`, `.label` are what the learner set; `.probabilities`, `.loss` and
        `.gradient` (p − y) what follows. Calling it again with the same arguments keeps them.

    Raises
    ------
    ValueError
        When there are not three logits or names, or a setting is out of its range.

    Examples
    --------
    >>> explorer = softmax([0.0, 0.0, 0.0])
    >>> round(explorer.loss, 3), explorer.gradient.round(2).tolist()        # ln 3
    (1.099, [-0.67, 0.33, 0.33])
    """
    names = [str(name) for name in names]
    if len(names) != 3 or len(set(names)) != 3:
        raise ValueError(f"names must be three different texts, got {names}")
    start = dict(logits=three(logits), temperature=within("temperature", temperature), label=class_of(label))
    explorer = SoftmaxExplorer(names=names, start=start, **start)
    return explorer.keep(*names, *start["logits"], start["temperature"], start["label"])


def three(logits):
    """Logits of three classes, as a list, each within its limits."""
    values = floating("logits", logits)
    if values.shape != (3,):
        raise ValueError(f"logits must be three numbers, got shape {values.shape}")
    return [within("logits", value) for value in values]


def within(name, value):
    """A setting that lies within its limits."""
    low, high = LIMITS[name]
    if not low <= value <= high:
        raise ValueError(f"{name} must be from {low:g} to {high:g}, got {value:g}")
    return float(value)


def class_of(label):
    """One of three classes."""
    if isinstance(label, bool) or label not in (0, 1, 2):
        raise ValueError(f"label must be 0, 1 or 2, got {label!r}")
    return int(label)
