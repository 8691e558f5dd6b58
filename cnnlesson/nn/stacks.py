"""Deep stacks of equal layers: how a gradient fares on its way back, and which units are dead from the start."""
import numpy as np

from .. import ops
from ..ops import arguments
from .activations import LeakyReLU, ReLU, Sigmoid, Tanh
from .containers import Sequential
from .layers import Linear

ACTIVATIONS = {"ReLU": ReLU, "leaky ReLU": LeakyReLU, "sigmoid": Sigmoid, "tanh": Tanh}


def deep_stack(depth, activation="ReLU", *, scale=1.0, bias=0.0, width=64, classes=10, seed=0, weights=None):
    """`depth` times a dense layer and an activation, all equally wide, and a last dense layer that gives logits.

    Parameters
    ----------
    depth : int
        How many hidden layers, at least 1.
    activation : str or callable
        One of `ACTIVATIONS`, or something that makes a layer.
    scale : float
        Spread of the start weights of the hidden layers, in multiples of He's √(2 / inputs).
    bias : float
        With which each hidden layer starts.
    width, classes : int
        Inputs and units of each hidden layer; number of logits.
    seed : int
        Of the random start.
    weights : list of array, optional
        Start weights at scale 1 of all dense layers, in place of random ones; they are not changed.

    Returns
    -------
    Sequential

    Examples
    --------
    >>> stack = deep_stack(2, "tanh", width=3)
    >>> [type(layer).__name__ for layer in stack]
    ['Linear', 'Tanh', 'Linear', 'Tanh', 'Linear']
    """
    depth = arguments.whole("depth", depth, 1)
    if isinstance(activation, str) and activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}")
    make, rng, layers = ACTIVATIONS.get(activation, activation), np.random.default_rng(seed), []
    for number in range(depth + 1):
        layer = Linear(1, 1) if weights else Linear(width, width if number < depth else classes, rng=rng)
        if weights:
            layer.weight, layer.bias = weights[number], np.zeros(len(weights[number]), np.float32)
        layers.append(layer)
        if number < depth:
            layer.weight, layer.bias = layer.weight * np.float32(scale), layer.bias + np.float32(bias)
            layers.append(make())
    return Sequential(*layers)


def gradient_flow(stack, x, labels):
    """Pass a batch forward and its loss back; look at what each hidden layer gave and got.

    Parameters
    ----------
    stack : Sequential
        As `deep_stack` makes it.
    x : array (N, width)
    labels : array (N,)

    Returns
    -------
    gradients : array (depth,)
        Length (Euclidean norm) of the gradient of one image's loss with respect to the sums of a hidden layer, as
        root mean square over the batch. The first layer comes first.
    dead : array of bool (depth, width)
        Which units are 0 for every image of the batch.

    Raises
    ------
    ValueError
        When numbers become too large for float32.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> gradients, dead = gradient_flow(deep_stack(30, "sigmoid"), rng.normal(size=(8, 64)), np.arange(8))
    >>> bool(gradients[0] < 1e-9 * gradients[-1]), int(dead.sum())
    (True, 0)
    """
    *hidden, last = stack
    with np.errstate(over="ignore", invalid="ignore"):
        for number, layer in enumerate(hidden):
            x = finite(layer(x), number // 2 + 1, "forward")
        grad = ops.softmax(last(x))
        grad[np.arange(len(x)), labels] -= 1        # of each image's own loss: p − y
        grad, lengths = last.backward(grad), []
        for number in range(len(hidden) - 2, -1, -2):
            grad = finite(hidden[number + 1].backward(grad), number // 2 + 1, "back")
            lengths.append(np.sqrt(np.square(grad, dtype=float).sum(1).mean()))
            grad = hidden[number].backward(grad)
    dead = np.array([~activation.output.any(0) for activation in hidden[1::2]])
    return np.array(lengths[::-1]), dead


def finite(values, layer, way):
    """The values, when all of them are numbers that float32 can hold."""
    if not np.isfinite(values).all():
        raise ValueError(f"numbers became too large for float32, which ends at 3.4 × 10³⁸, "
                         f"on the way {way} in layer {layer}")
    return values


def health(gradients, factor=100):
    """How a gradient fares from the last hidden layer to the first: one word.

    Returns
    -------
    str
        "vanishing" when the first layer's is more than `factor` times smaller than the last one's, "exploding" when
        it is more than `factor` times larger, "healthy" in between, and "none" when one of them is 0.

    Examples
    --------
    >>> [health(g) for g in ([1e-3, 1], [0.5, 1], [500, 1], [0, 1])]
    ['vanishing', 'healthy', 'exploding', 'none']
    """
    first, last = gradients[0], gradients[-1]
    if not first or not last:
        return "none"
    return "vanishing" if first * factor < last else "exploding" if first > factor * last else "healthy"
