"""An activation function: its curve, its slope, and what it does to a feature map."""
import numpy as np
import traitlets as t

from .. import ops, plot
from ..ops.arguments import floating, no_nan, real
from .base import Explorer, source

FUNCTIONS = ("ReLU", "leaky ReLU", "sigmoid", "tanh")
LIMITS = {"slope": (0.0, 1.0), "x": (-6.0, 6.0), "scale": (0.0, 5.0), "bias": (-4.0, 4.0)}


def activate(function, x, slope=0.1):
    """What an activation makes of x, and its slope there.

    Parameters
    ----------
    function : str
        One of `FUNCTIONS`.
    x : array
    slope : float
        Of leaky ReLU below 0.

    Returns
    -------
    (array, array)

    Examples
    --------
    >>> [float(part) for part in activate("sigmoid", 0.0)]
    [0.5, 0.25]
    """
    if function not in FUNCTIONS:
        raise ValueError(f"function must be one of {', '.join(FUNCTIONS)}, got {function!r}")
    x = np.asarray(x, float)
    if function == "leaky ReLU":
        return ops.leaky_relu(x, slope), ops.leaky_relu_backward(np.ones_like(x), x, slope)
    forward, backward = {"ReLU": (ops.relu, ops.relu_backward), "sigmoid": (ops.sigmoid, ops.sigmoid_backward),
                         "tanh": (ops.tanh, ops.tanh_backward)}[function]
    return forward(x), backward(np.ones_like(x), x)


class ActivationExplorer(Explorer):
    """The widget behind `activation`. Its traits hold what the learner set; see there."""
    _esm = source("activation_explorer", "js")
    _css = source("activation_explorer", "css")
    kept = ("function", *LIMITS)

    values = t.Bytes().tag(sync=True)               # float32, row by row
    shape = t.List(t.Int()).tag(sync=True)
    start = t.Dict().tag(sync=True)                 # where Reset goes back to
    limits = t.Dict({name: list(ends) for name, ends in LIMITS.items()}).tag(sync=True)
    functions = t.List(list(FUNCTIONS)).tag(sync=True)
    function = t.Enum(FUNCTIONS, "ReLU").tag(sync=True)
    slope = t.Float(0.1).tag(sync=True)             # of leaky ReLU below 0
    x = t.Float(1.0).tag(sync=True)                 # of the mark on the curve
    scale = t.Float(1.0).tag(sync=True)             # the map is multiplied by this first,
    bias = t.Float(0.0).tag(sync=True)              # and then this is added

    @t.validate(*LIMITS)
    def _check(self, proposal):
        return within(proposal["trait"].name, proposal["value"])

    @property
    def before(self):
        """The map that goes in, (H, W): scaled, with its bias."""
        return np.frombuffer(self.values, np.float32).reshape(self.shape).astype(float) * self.scale + self.bias

    @property
    def after(self):
        """The map that comes out, (H, W)."""
        return activate(self.function, self.before, self.slope)[0]

    def figure(self):
        axes = plot.row(4, height=190)
        x, before, after = np.linspace(*LIMITS["x"], 121), self.before, self.after
        curve, slope = activate(self.function, x, self.slope)
        plot.lines({"value": curve, "slope": slope}, x=x, ax=axes[0])
        most = max(abs(before).max(), abs(after).max(), 1e-6)
        for ax, values, name in ((axes[1], before, "before"), (axes[2], after, "after")):
            plot.feature_map(values, ax=ax, signed=True, limits=(-most, most), numbers=False, caption=name)
        return plot.histogram(after, ax=axes[3]).figure


def activation(values, function="ReLU", *, slope=0.1, x=1.0, scale=1.0, bias=0.0):
    """Explore an activation function: curve, slope, and a map before and after.

    Parameters
    ----------
    values : array (H, W)
        A feature map.
    function : str
        One of `FUNCTIONS`.
    slope : float
        Of leaky ReLU below 0, 0 to 1.
    x : float
        Where the mark stands, −6 to 6.
    scale, bias : float
        The map is multiplied by `scale`, 0 to 5, and `bias`, −4 to 4, is added before the function acts.

    Returns
    -------
    ActivationExplorer
        `.function`, `.slope`, `.x`, `.scale`, `.bias` are what the learner set; `.before` and `.after` the maps.
        Calling it again with the same arguments keeps them.

    Raises
    ------
    ValueError
        When the values are no plane, the function has no such name, or a setting is out of its range.

    Examples
    --------
    >>> explorer = activation([[-2.0, 3.0]], "leaky ReLU")
    >>> explorer.after.round(3).tolist()
    [[-0.2, 3.0]]
    """
    values = no_nan("values", floating("values", values))
    if values.ndim != 2 or not values.size:
        raise ValueError(f"values must be one map (H, W), got shape {values.shape}")
    if function not in FUNCTIONS:
        raise ValueError(f"function must be one of {', '.join(FUNCTIONS)}, got {function!r}")
    start = {name: within(name, value) for name, value in dict(slope=slope, x=x, scale=scale, bias=bias).items()}
    start["function"] = function
    explorer = ActivationExplorer(values=values.astype(np.float32).tobytes(), shape=list(values.shape), start=start,
                                  **start)
    return explorer.keep(values, *start.values())


def within(name, value):
    """A setting that lies within its limits."""
    low, high = LIMITS[name]
    value = real(name, value)
    if not low <= value <= high:
        raise ValueError(f"{name} must be from {low:g} to {high:g}, got {value:g}")
    return value
