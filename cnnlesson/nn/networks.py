"""Networks for digits, and those that ship with weights. Each takes images as `datasets` gives them."""
import numpy as np

from .. import files
from ..ops import arguments
from .activations import ReLU
from .base import Sequential
from .imagenet import squeezenet, squeezenet_name
from .layers import Conv2d, Flatten, Linear, MaxPool2d, calm
from .lenet1998 import lenet5_original
from .normalization import MNIST, Normalize
from .weights import fill


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
        Normalize(*MNIST), Flatten(),
        Linear(inputs, hidden, rng=rng), ReLU(),
        calm(Linear(hidden, classes, rng=rng)))


def lenet5(classes=10, *, original=False, seed=0):
    """LeNet-5 as it is commonly built today: ReLU and max pooling on the layout of LeCun et al. 1998.

    Parameters
    ----------
    classes : int
    original : bool
        The network of the paper instead, for the ten digits.
    seed : int
        Start of the weights.

    Returns
    -------
    Sequential
        Takes (N, 1, 28, 28), gives logits (N, classes). Pooling comes before ReLU: the largest of four
        numbers is the same before and after, and ReLU has a quarter of the work.

    Raises
    ------
    ValueError
        When `classes` is not a whole number ≥ 1, or not 10 with `original`.

    Notes
    -----
    What differs from the paper with ``original=True``: the border of two pixels around the digit is what the
    first convolution adds, exact zeros and not the paper's −0.1; the digits' codes are drawn anew; the
    outputs are minus 0.05 times the squared distances, so that softmax and cross-entropy can train them. The
    paper's own loss is of that form (its equation 9, a softmax with one more, constant, rubbish class), with
    second derivatives for the step sizes. Layers, connections, start and number of weights are the paper's.

    Examples
    --------
    >>> lenet5(original=True).num_parameters
    60000
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
    if original:
        if classes != 10:
            raise ValueError(f"classes must be 10 for the original network, got {classes}")
        return lenet5_original(seed)
    rng = np.random.default_rng(seed)
    return Sequential(
        Normalize(*MNIST),
        Conv2d(1, 6, 5, padding=2, rng=rng), MaxPool2d(2), ReLU(),
        Conv2d(6, 16, 5, rng=rng), MaxPool2d(2), ReLU(), Flatten(),
        Linear(16 * 5 * 5, 120, rng=rng), ReLU(),
        Linear(120, 84, rng=rng), ReLU(),
        calm(Linear(84, classes, rng=rng)))


SHIPPED = {     # what builds it, its file, and what the file's names are in the network
    "digits": (lenet5, "digits.npz", str),
    "squeezenet": (squeezenet, "squeezenet.npz", squeezenet_name)}


def trained(name):
    """A network with weights that ship in data/, ready to use (inference mode).

    Parameters
    ----------
    name : {"digits", "squeezenet"}
        "digits" is `lenet5` trained on MNIST by tools/train_digits.py; "squeezenet" is `squeezenet` trained
        on ImageNet, for photos (N, 3, 227, 227) in [0, 1]. data/SOURCES.md tells where it comes from.

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
    build, file, name_of = SHIPPED[name]
    arrays = {name_of(key): array for key, array in files.arrays(file).items()}
    return fill(build(), arrays, file).eval()
