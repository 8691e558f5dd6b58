"""Networks by name. Each takes images as `datasets` gives them: its first layer normalises."""
import numpy as np

from .. import files
from ..ops import arguments
from .activations import ReLU
from .base import Sequential
from .layers import Conv2d, Flatten, Linear, MaxPool2d
from .normalization import Normalize
from .weights import fill

MNIST_MEAN, MNIST_STD = 0.1307, 0.3081      # of the 60 000 training digits, values in [0, 1]


def mlp(hidden=128, *, inputs=28 * 28, classes=10, seed=0):
    """A perceptron with one hidden layer: every pixel connected to every hidden unit.

    Parameters
    ----------
    hidden, inputs, classes : int
        Width of the layers.
    seed : int
        Start of the weights.

    Returns
    -------
    Sequential

    Examples
    --------
    >>> mlp().num_parameters
    101770
    """
    for name, width in (("hidden", hidden), ("inputs", inputs), ("classes", classes)):
        arguments.whole(name, width, 1)
    rng = np.random.default_rng(seed)
    return Sequential(
        Normalize(MNIST_MEAN, MNIST_STD), Flatten(),
        Linear(inputs, hidden, rng=rng), ReLU(),
        calm(Linear(hidden, classes, rng=rng)))


def lenet5(classes=10, *, seed=0):
    """LeNet-5 as it is commonly built today: ReLU and max pooling on the layout of LeCun et al. 1998.

    Parameters
    ----------
    classes : int
    seed : int
        Start of the weights.

    Returns
    -------
    Sequential
        Takes (N, 1, 28, 28), gives logits (N, classes). Pooling comes before ReLU: the largest of four
        numbers is the same before and after, and ReLU has a quarter of the work.

    Examples
    --------
    >>> lenet5()
    Sequential(
      0: Normalize(mean 0.1307, std 0.3081)
      1: Conv2d(1 → 6, 5×5, padding=2)
      2: MaxPool2d(2)
      3: ReLU()
      4: Conv2d(6 → 16, 5×5)
      5: MaxPool2d(2)
      6: ReLU()
      7: Flatten()
      8: Linear(400 → 120)
      9: ReLU()
      10: Linear(120 → 84)
      11: ReLU()
      12: Linear(84 → 10)
    )
    >>> lenet5().num_parameters
    61706
    """
    arguments.whole("classes", classes, 1)
    rng = np.random.default_rng(seed)
    return Sequential(
        Normalize(MNIST_MEAN, MNIST_STD),
        Conv2d(1, 6, 5, padding=2, rng=rng), MaxPool2d(2), ReLU(),
        Conv2d(6, 16, 5, rng=rng), MaxPool2d(2), ReLU(), Flatten(),
        Linear(16 * 5 * 5, 120, rng=rng), ReLU(),
        Linear(120, 84, rng=rng), ReLU(),
        calm(Linear(84, classes, rng=rng)))


def calm(layer):
    """Shrink the start weights of a last layer, so that training begins near equal probabilities."""
    layer.weight *= 0.1
    return layer


SHIPPED = {"digits": (lenet5, "digits.npz")}


def trained(name):
    """A network with weights that ship in data/, ready to use (inference mode).

    Parameters
    ----------
    name : {"digits"}
        "digits" is `lenet5` trained on MNIST by tools/train_digits.py.

    Returns
    -------
    Sequential

    Raises
    ------
    ValueError
        When there is no such network.

    Examples
    --------
    >>> trained("digits").num_parameters
    61706
    """
    if name not in SHIPPED:
        raise ValueError(f"name must be one of {', '.join(map(repr, SHIPPED))}, got {name!r}")
    build, file = SHIPPED[name]
    return fill(build(), files.arrays(file), file).eval()
