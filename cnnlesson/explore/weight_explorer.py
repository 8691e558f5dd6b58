"""Count what a dense layer and a convolution cost on the same image, with the counts drawn to scale."""
import traitlets as t

from .. import plot
from ..ops.arguments import whole
from .base import Explorer, source

LIMITS = {          # smallest and largest value of each slider
    "side": (16, 224), "channels": (1, 4), "hidden": (1, 1024), "kernel": (1, 11), "filters": (1, 128)}


class WeightExplorer(Explorer):
    """The widget behind `weights`. Its traits hold what the learner set; see there."""
    _esm = source("weight_explorer", "js")
    _css = source("weight_explorer", "css")
    kept = tuple(LIMITS)

    side = t.Int(28).tag(sync=True)
    channels = t.Int(1).tag(sync=True)
    hidden = t.Int(128).tag(sync=True)
    kernel = t.Int(3).tag(sync=True)
    filters = t.Int(16).tag(sync=True)
    limits = t.Dict({name: list(ends) for name, ends in LIMITS.items()}).tag(sync=True)
    start = t.Dict().tag(sync=True)                 # where Reset goes back to

    @t.validate(*LIMITS)
    def _check(self, proposal):
        return within(proposal["trait"].name, proposal["value"])

    @property
    def counts(self):
        """What the explorer shows, as numbers: see `count`."""
        return count(*(getattr(self, name) for name in LIMITS))

    def figure(self):
        left, right = plot.row([1.9, 1.9], height=150)
        for ax, what in ((left, "weights"), (right, "multiply-adds")):
            plot.squares({name: layer[what] for name, layer in self.counts.items()}, unit=what, ax=ax)
        return left.figure


def weights(side=28, channels=1, hidden=128, kernel=3, filters=16):
    """Count the weights of a dense layer and of a convolution on the same image, with sliders.

    Parameters
    ----------
    side, channels : int
        Of the square image: 16 … 224 pixels, 1 … 4 channels.
    hidden : int
        Neurons of the dense layer, 1 … 1024.
    kernel, filters : int
        Side of the convolution's window, 1 … 11, and number of its filters, 1 … 128. The window stays
        inside the image and moves by one pixel.

    Returns
    -------
    WeightExplorer
        The five settings are attributes of the same names; `.counts` holds what they lead to. Calling it
        again with the same arguments keeps what was set.

    Raises
    ------
    ValueError
        When a setting is no whole number or out of its range.

    Examples
    --------
    >>> explorer = weights(side=72, channels=3)
    >>> explorer.counts["dense layer"]["one"], explorer.counts["convolution"]["one"]
    (15552, 27)
    """
    settings = dict(side=side, channels=channels, hidden=hidden, kernel=kernel, filters=filters)
    settings = {name: within(name, value) for name, value in settings.items()}
    return WeightExplorer(**settings, start=settings).keep(*settings.values())


def count(side, channels, hidden, kernel, filters):
    """Weights and arithmetic of both layers.

    Returns
    -------
    dict of str to dict
        "dense layer" and "convolution", each with "one" (weights of one neuron, or of one filter), "weights" of
        all of them, "biases", "multiply-adds" and "outputs".

    Examples
    --------
    >>> count(72, 3, 128, 3, 16)["convolution"]
    {'one': 27, 'weights': 432, 'biases': 16, 'multiply-adds': 2116800, 'outputs': 78400}
    """
    pixels, window = side * side * channels, kernel * kernel * channels
    places = (side - kernel + 1) ** 2
    return {
        "dense layer": {"one": pixels, "weights": pixels * hidden, "biases": hidden,
                        "multiply-adds": pixels * hidden, "outputs": hidden},
        "convolution": {"one": window, "weights": window * filters, "biases": filters,
                        "multiply-adds": window * filters * places, "outputs": filters * places},
    }


def within(name, value):
    """A setting that is a whole number and lies within its limits."""
    low, high = LIMITS[name]
    value = whole(name, value, low)
    if value > high:
        raise ValueError(f"{name} must be ≤ {high}, got {value}")
    return value
