"""LeNet-5 as its paper describes it: `lenet5(original=True)`.

From LeCun, Bottou, Bengio and Haffner: Gradient-Based Learning Applied to Document Recognition,
Proceedings of the IEEE 86 (1998), section II.B and appendix A.
"""
import numpy as np

from ..ops import arguments
from .activations import ScaledTanh
from .base import Sequential
from .historic import RBF, Subsample2d, TableConv2d
from .layers import Conv2d, Flatten, Linear
from .normalization import Normalize

# The paper's table I: which of the six maps of S2 (rows) each of the sixteen maps of C3 (columns) sees.
C3_SEES = """
X...XXX..XXXX.XX
XX...XXX..XXXX.X
XXX...XXX..X.XXX
.XXX..XXXX..X.XX
..XXX..XXXX.XX.X
...XXX..XXXX.XXX
"""

# What the 84 units of F6 are to show for each digit: 7×12 pixels. Drawn anew for this course after the idea of
# the paper's figure 3, which has such pictures for all of ASCII.
DIGITS = """
..###.. ...##.. .#####. .#####. .....#. ####### ..####. ####### .#####. ..###..
.#####. ..###.. ####### ####### ....##. ####### .#####. ####### ####### .#####.
##...## .####.. ##...## ##...## ...###. ##..... ##..... ##...## ##...## ##...##
##...## ##.##.. .....## .....## ..####. ##..... ##..... .....## ##...## ##...##
##...## ...##.. .....## .....## .##.##. ##..... ##..... ....##. ##...## ##...##
##...## ...##.. ....##. ..####. ##..##. ######. ##.###. ....##. .#####. ##...##
##...## ...##.. ...##.. ..####. ##..##. ####### ####### ...##.. .#####. .######
##...## ...##.. ..##... .....## ####### .....## ##...## ...##.. ##...## ..##.##
##...## ...##.. .##.... .....## ####### .....## ##...## ..##... ##...## .....##
##...## ...##.. ##..... ##...## ....##. ##...## ##...## ..##... ##...## .....##
.#####. .###### ####### ####### ....##. ####### .#####. .##.... ####### .#####.
..###.. .###### ####### .#####. ....##. .#####. ..###.. .##.... .#####. .####..
"""


def digit_codes():
    """The ten pictures as (10, 84) numbers: +1 for ink, −1 for paper.

    >>> digit_codes().shape, digit_codes()[7, :14]
    ((10, 84), array([1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.], dtype=float32))
    """
    rows = [line.split() for line in DIGITS.split("\n") if line]
    ink = np.array([[[pixel == "#" for pixel in row[digit]] for row in rows] for digit in range(10)])
    return np.where(ink, 1, -1).astype(np.float32).reshape(10, 84)


def lenet5_original(seed):
    """See `lenet5`."""
    table = [[cell == "X" for cell in row] for row in C3_SEES.split()]
    model = Sequential(
        normalize=Normalize(0.1 / 1.275, 1 / 1.275),        # the paper's −0.1 for paper, 1.175 for ink
        c1=Conv2d(1, 6, 5, padding=2), squash1=ScaledTanh(),
        s2=Subsample2d(6, 2), squash2=ScaledTanh(),
        c3=TableConv2d(table, 5), squash3=ScaledTanh(),
        s4=Subsample2d(16, 2), squash4=ScaledTanh(),
        c5=Conv2d(16, 120, 5), squash5=ScaledTanh(), flatten=Flatten(),
        f6=Linear(120, 84), squash6=ScaledTanh(),
        output=RBF(digit_codes(), scale=0.05))
    rng = np.random.default_rng(seed)
    for layer in model:
        if layer.parameters():
            start(layer, rng)
    return model


def start(layer, rng):
    """Draw weights and biases evenly from ±2.4 / inputs of their unit, as the paper does."""
    bound = np.broadcast_to(2.4 / inputs(layer), layer.bias.shape)
    layer.bias = rng.uniform(-bound, bound).astype(np.float32)
    if isinstance(layer, TableConv2d):
        bound = bound.repeat(layer.connected.sum(1))        # one for each connection of a unit
    bound = bound.reshape(-1, *[1] * (layer.weight.ndim - 1))
    layer.weight = rng.uniform(-bound, bound, layer.weight.shape).astype(np.float32)


def inputs(layer):
    """How many inputs each unit has."""
    if isinstance(layer, Subsample2d):
        return np.prod(arguments.pair("kernel_size", layer.kernel_size, 1))
    if isinstance(layer, TableConv2d):
        return layer.connected.sum(1) * layer.weight[0].size
    return layer.weight[0].size
