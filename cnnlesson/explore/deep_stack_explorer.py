"""A deep stack of equal layers at its start: the gradient of each layer, and the units that are dead."""
from functools import lru_cache

import numpy as np
import traitlets as t

from .. import datasets, plot
from ..nn import deep_stack as build
from ..nn import gradient_flow, health
from ..nn.stacks import ACTIVATIONS
from ..ops.arguments import real, whole
from .base import Explorer, source
from .output_size_explorer import sentence

LIMITS = {"depth": (1, 50), "scale": (0.1, 10.0), "bias": (-1.0, 1.0), "seed": (0, 9)}


class DeepStackExplorer(Explorer):
    """The widget behind `deep_stack`. Its traits hold what the learner set; see there."""
    _esm = source("deep_stack_explorer", "js")
    _css = source("deep_stack_explorer", "css")
    kept = ("activation", *LIMITS)

    start = t.Dict().tag(sync=True)                 # where Reset goes back to
    limits = t.Dict({name: list(ends) for name, ends in LIMITS.items()}).tag(sync=True)
    activations = t.List(list(ACTIVATIONS)).tag(sync=True)
    activation = t.Enum(list(ACTIVATIONS), "ReLU").tag(sync=True)
    depth = t.Int(30).tag(sync=True)
    scale = t.Float(1.0).tag(sync=True)             # in multiples of He's spread
    bias = t.Float(0.0).tag(sync=True)
    seed = t.Int(0).tag(sync=True)
    answer = t.Dict().tag(sync=True)                # of one setting: "gradients", "health", "error"
    units = t.Bytes().tag(sync=True)                # (depth, 64): 1 where a unit is dead

    def __init__(self, **traits):
        super().__init__(**traits)
        self.compute()

    @t.validate(*LIMITS)
    def _check(self, proposal):
        return within(proposal["trait"].name, proposal["value"])

    @property
    def gradients(self):
        """Of each hidden layer, the first one first; empty where numbers became too large."""
        return np.array(self.answer["gradients"])

    @property
    def dead(self):
        """Which units are 0 for every digit: bool (depth, 64)."""
        return np.frombuffer(self.units, bool).reshape(-1, 64)

    @t.observe("activation", *LIMITS)
    def compute(self, change=None):
        """One pass forward and back; all that is shown goes to the browser in one message."""
        if change is not None and not self.answer:      # still being made
            return
        x, labels = datasets.small_digits()
        settings = dict(activation=self.activation, depth=self.depth, scale=self.scale, bias=self.bias, seed=self.seed)
        try:
            gradients, dead = gradient_flow(started(**settings), x, labels)
            found = dict(gradients=gradients.tolist(), health=health(gradients), error="")
        except ValueError as error:
            dead, found = np.zeros((0, 64), bool), dict(gradients=[], health="exploding", error=f"{error}.")
        with self.hold_sync():
            self.answer, self.units = found | settings, dead.tobytes()

    def figure(self):
        if self.answer["error"]:
            return sentence(self.answer["error"])
        left, right = plot.row([1.6, 1.2], height=240)
        layers = np.arange(1, self.depth + 1)
        plot.powers({self.activation: self.gradients}, x=layers, xlabel="layer", ylabel="gradient", ax=left)
        caption = f"{self.depth} layers × 64 units, yellow: dead"
        return plot.dead_units(self.dead, ax=right, caption=caption).figure


@lru_cache(maxsize=2)
def normal_start(depth, seed):
    """Hidden layers' weights at He's own scale and those of the last layer: they only depend on these two."""
    return [layer.weight.copy() for layer in build(depth, seed=seed) if hasattr(layer, "weight")]


def started(activation, depth, scale, bias, seed):
    """`nn.deep_stack` with these settings, without drawing the same random numbers again.

    >>> fast, slow = started("tanh", 3, 1.5, 0.1, 4), build(3, "tanh", scale=1.5, bias=0.1, seed=4)
    >>> x = np.ones((2, 64), np.float32)
    >>> np.array_equal(fast(x), slow(x))
    True
    """
    return build(depth, activation, scale=scale, bias=bias, weights=normal_start(depth, seed))


def deep_stack(depth=30, activation="ReLU", *, scale=1.0, bias=0.0, seed=0):
    """Explore how the gradient fares in a deep stack at its start, and which units are dead.

    Parameters
    ----------
    depth : int
        Hidden layers of 64 units, 1 to 50.
    activation : str
        One of ReLU, leaky ReLU, sigmoid, tanh.
    scale : float
        Spread of the start weights in multiples of He's √(2 / inputs), 0.1 to 10.
    bias : float
        With which each unit starts, −1 to 1.
    seed : int
        Of the random start, 0 to 9.

    Returns
    -------
    DeepStackExplorer
        The five settings are attributes of the same names; `.gradients` and `.dead` are what they lead to.
        Calling it again with the same arguments keeps what was set.

    Raises
    ------
    ValueError
        When a setting is out of its range, or there is no such activation.

    Examples
    --------
    >>> explorer = deep_stack(30, "sigmoid")
    >>> bool(explorer.gradients[0] < 1e-12 * explorer.gradients[-1])
    True
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}")
    settings = dict(depth=depth, scale=scale, bias=bias, seed=seed)
    settings = {name: within(name, value) for name, value in settings.items()} | dict(activation=activation)
    return DeepStackExplorer(**settings, start=settings).keep(*settings.values())


def within(name, value):
    """A setting that lies within its limits, whole where these are."""
    low, high = LIMITS[name]
    value = whole(name, value, low) if isinstance(low, int) else real(name, value)
    if not low <= value <= high:
        raise ValueError(f"{name} must be from {low:g} to {high:g}, got {value:g}")
    return value
