"""Layers of LeNet-5 as it was in 1998, which no network of today has: see `lenet5(original=True)`.

From LeCun, Bottou, Bengio and Haffner: Gradient-Based Learning Applied to Document Recognition,
Proceedings of the IEEE 86 (1998), section II.B.
"""
import numpy as np

from .. import ops
from ..ops import arguments
from .base import Layer
from .layers import Conv2d


class Subsample2d(Layer):
    """The sum of each window times a trained coefficient, plus a trained bias: two numbers a channel.

    Parameters
    ----------
    channels : int
    kernel_size : int or pair of int
        Windows do not overlap.
    rng : seed or Generator

    Examples
    --------
    >>> layer = Subsample2d(6, 2)
    >>> layer(np.ones((1, 6, 28, 28))).shape, layer.num_parameters
    ((1, 6, 14, 14), 12)
    """
    arrays = ("weight", "bias")

    def __init__(self, channels, kernel_size, *, rng=0):
        channels, self.kernel_size = arguments.whole("channels", channels, 1), kernel_size
        cells = np.prod(arguments.pair("kernel_size", kernel_size, 1))
        self.weight = np.random.default_rng(rng).normal(1 / cells, 0.1 / cells, channels).astype(np.float32)
        self.bias = np.zeros(channels, np.float32)

    def forward(self, x):
        self.sums = ops.sum_pool2d(x, self.kernel_size)
        weight, bias = (arguments.like(name, getattr(self, name), x.dtype, (x.shape[1],))[:, None, None]
                        for name in self.arrays)
        return self.sums * weight + bias

    def backward(self, grad, input_grad=True):
        grad = arguments.like("grad", grad, self.output.dtype, self.output.shape)
        self.grad_weight, self.grad_bias = (grad * self.sums).sum((0, 2, 3)), grad.sum((0, 2, 3))
        if input_grad:
            share = grad * self.weight.astype(grad.dtype, copy=False)[:, None, None]
            return ops.sum_pool2d_backward(share, self.input, self.kernel_size)

    def __repr__(self):
        return f"Subsample2d({len(self.weight)}, {self.kernel_size})"


class TableConv2d(Layer):
    """A convolution in which each map sees some of the input's channels only, as a table says.

    Parameters
    ----------
    table : array of bool (in_channels, out_channels)
        Which input channel (row) each output map (column) sees: the way the paper prints it.
    kernel_size : int or pair of int
    rng : seed or Generator

    Attributes
    ----------
    weight : array (connections, kh, kw)
        One kernel a connection: first all of output map 0, then all of map 1, …

    Examples
    --------
    >>> layer = TableConv2d([[1, 0, 1], [1, 1, 0]], 3)
    >>> layer(np.ones((1, 2, 8, 8))).shape, layer.num_parameters
    ((1, 3, 6, 6), 39)
    """
    arrays = ("weight", "bias")

    def __init__(self, table, kernel_size, *, rng=0):
        table = arguments.array("table", table)
        if table.ndim != 2 or not np.isin(table, (0, 1)).all() or not table.astype(bool).any(0).all():
            raise ValueError("table must have two dimensions, hold 0 and 1 (or False and True) only, and have "
                             f"no empty column, got {arguments.shown(table)}")
        self.connected = table.astype(bool).T                       # (out_channels, in_channels)
        count = self.connected.sum(1)                               # how many channels each map sees
        weight = Conv2d(*table.shape, kernel_size, rng=rng).weight
        weight *= np.sqrt(len(table) / count, dtype=np.float32)[:, None, None, None]    # fewer inputs: start larger
        self.weight, self.bias = weight[self.connected], np.zeros(len(count), np.float32)

    def full(self):
        """The weights with zeros where nothing is connected: (out_channels, in_channels, kh, kw)."""
        weight = np.zeros((*self.connected.shape, *self.weight.shape[1:]), self.weight.dtype)
        weight[self.connected] = self.weight
        return weight

    def forward(self, x):
        return ops.conv2d(x, self.full(), self.bias)

    def backward(self, grad, input_grad=True):
        grad_x, grad_weight, self.grad_bias = ops.conv2d_backward(grad, self.input, self.full())
        self.grad_weight = grad_weight[self.connected]
        return grad_x if input_grad else None

    def __repr__(self):
        (maps, channels), (count, kh, kw) = self.connected.shape, self.weight.shape
        return f"TableConv2d({channels} → {maps}, {kh}×{kw}, {count} of {maps * channels} connected)"


class RBF(Layer):
    """Output units that compare: minus `scale` times the squared distance to one fixed code a class.

    Parameters
    ----------
    codes : array (classes, features)
        Not trained.
    scale : float
        The larger, the surer a softmax of the outputs is.

    Examples
    --------
    >>> RBF([[1, 1], [1, -1]])(np.array([[1.0, 1.0]]))
    array([[-0., -4.]])
    """

    def __init__(self, codes, scale=1.0):
        self.codes, self.scale = arguments.floating("codes", codes), arguments.real("scale", scale, 0)
        if self.codes.ndim != 2:
            raise ValueError(f"codes must have shape (classes, features), got {self.codes.shape}")

    def forward(self, x):
        if x.ndim != 2 or x.shape[1] != self.codes.shape[1]:
            raise ValueError(f"x must have shape (N, {self.codes.shape[1]}), got {x.shape}")
        apart = x[:, None] - self.codes.astype(x.dtype, copy=False)
        return -x.dtype.type(self.scale) * (apart * apart).sum(2)

    def backward(self, grad):
        codes = self.codes.astype(self.input.dtype, copy=False)
        grad = arguments.like("grad", grad, *(self.output.dtype, self.output.shape))
        return -grad.dtype.type(2 * self.scale) * (grad.sum(1, keepdims=True) * self.input - grad @ codes)

    def __repr__(self):
        classes, features = self.codes.shape
        return f"RBF({features} → {classes}, scale={self.scale:g})"
