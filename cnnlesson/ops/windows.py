"""The windows of pooling: where they lie along each axis, and what is done to the cells of each.

A window is worked through in two steps, along its width and along its height: the maximum (or sum) of the row
maxima (or sums) is that of the window. Two short passes instead of kh·kw. All functions keep the order in memory.
"""
from typing import NamedTuple

import numpy as np

from . import arguments
from .arguments import output_size


class Axis(NamedTuple):
    """The windows along one axis."""
    size: int       # of the input
    kernel: int
    stride: int
    padding: int
    dilation: int
    count: int      # how many windows

    @property
    def padded(self):
        """Length that holds all windows, also one that overhangs (ceil_mode)."""
        last = (self.count - 1) * self.stride + self.dilation * (self.kernel - 1)
        return max(self.size + 2 * self.padding, last + 1)

    def cells(self):
        """For each cell of the window: the slice of that cell in all windows."""
        reach = (self.count - 1) * self.stride + 1
        return [slice(k * self.dilation, k * self.dilation + reach, self.stride) for k in range(self.kernel)]

    @property
    def apart(self):
        """Whether no cell lies in two windows."""
        return self.stride > self.dilation * (self.kernel - 1)

    @property
    def tiled(self):
        """Whether every cell lies in exactly one window."""
        return self.stride == self.kernel and self.dilation == 1 and self.padded == self.count * self.stride

    @property
    def halves(self):
        """Whether the windows are pairs, one beside the other."""
        return self.tiled and self.kernel == 2 and self.size == self.padded

    def inside(self):
        """The slice of the padded axis where the input lies."""
        return slice(self.padding, self.padding + self.size)


def check(x, kernel_size, stride, padding, dilation, ceil_mode, *, seen=False):
    """x as a batch of images, and the windows along its two axes."""
    x = arguments.images("x", x, seen=seen)
    kernel = arguments.pair("kernel_size", kernel_size, 1)
    stride = kernel if stride is None else arguments.pair("stride", stride, 1)
    padding = arguments.pair("padding", padding, 0)
    dilation = arguments.pair("dilation", dilation, 1)
    return x, *map(axis_of, x.shape[2:], kernel, stride, padding, dilation, (ceil_mode, ceil_mode))


def axis_of(size, kernel, stride, padding, dilation, ceil_mode):
    """The windows along one axis, of checked settings."""
    if 2 * padding > kernel:
        raise ValueError(f"padding must be ≤ {kernel // 2}, half of kernel_size {kernel}, got {padding}")
    overhang = stride - 1 if ceil_mode else 0                  # how far the last window may hang over,
    count = output_size(size + overhang, kernel, stride, padding, dilation)
    if ceil_mode and (count - 1) * stride >= size + padding:   # but it must not begin beyond it
        count -= 1
    return Axis(size, kernel, stride, padding, dilation, count)


def check_grad(grad, x, vertical, horizontal):
    """The gradient as an array of the shape that pooling gave."""
    return arguments.like("grad", grad, x.dtype, (*x.shape[:2], vertical.count, horizontal.count))


def lengthened(shape, axis, dim):
    """`shape` with room for all windows along `dim`."""
    return *shape[:dim], axis.padded, *shape[dim + 1:]


def pad(x, axis, dim, value):
    """x, lengthened along `dim` to hold all windows; its order in memory stays."""
    if axis.padded == x.shape[dim]:
        return x
    out = np.full_like(x, value, shape=lengthened(x.shape, axis, dim))
    out[at(dim, axis.inside())] = x
    return out


def at(dim, cell):
    """Index that takes the slice `cell` along dimension `dim`."""
    return (slice(None),) * dim + (cell,)


def shrink(combine, x, axis, dim, outside):
    """Combine (np.maximum, np.add) the cells of each window along one dimension."""
    x = pad(x, axis, dim, outside)
    first, *others = (x[at(dim, cell)] for cell in axis.cells())
    if not others:
        return first.copy(order="K")
    out = combine(first, others[0])
    for other in others[1:]:
        combine(out, other, out=out)
    return out


def to_winner(grad, x, best, axis, dim):
    """Along one dimension, give each gradient to the first cell of its window that equals the window's best."""
    x = pad(x, axis, dim, np.nan)                             # NaN equals nothing: padding never wins
    out = (np.empty_like if axis.tiled else np.zeros_like)(x)
    *cells, last = ((x[at(dim, cell)], out[at(dim, cell)]) for cell in axis.cells())
    left = grad                                                # what no cell has taken yet
    for value, place in cells:
        share = left * (value == best)
        put(share, place, axis)
        left = left - share
    put(left, last[1], axis)
    return out[at(dim, axis.inside())]


def put(share, place, axis):
    """Write gradients to a cell of each window, or add them where windows overlap."""
    if axis.apart:
        place[...] = share
    else:
        place += share


def scatter(grad, axis, dim):
    """Give each gradient to every cell of its window."""
    out = np.zeros_like(grad, shape=lengthened(grad.shape, axis, dim))
    for cell in axis.cells():
        out[at(dim, cell)] += grad
    return out[at(dim, axis.inside())]


def cells_of_mean(shape, kernel_size, stride, padding, ceil_mode, count_include_pad):
    """How many cells each window's mean is taken over: (H_out, W_out)."""
    _, *axes = check(np.zeros((1, 1, *shape[2:])), kernel_size, stride, padding, 1, ceil_mode)
    counts = []
    for axis in axes:
        start = np.arange(axis.count) * axis.stride - axis.padding
        stop = np.minimum(start + axis.kernel, axis.size + axis.padding)
        if not count_include_pad:
            start, stop = np.maximum(start, 0), np.minimum(stop, axis.size)
        counts.append(stop - start)
    return np.outer(*counts)
