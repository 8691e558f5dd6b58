"""Pooling: summarise each window of each channel by one number. No weights, nothing to learn.

A window is worked through in two steps, along its height, then along its width: the maximum (or sum)
of the column maxima (or sums) is that of the window. Two short passes instead of kh·kw.
"""
from typing import NamedTuple

import numpy as np

from . import arguments, max_pool_2x2
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


def max_pool2d(x, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """The largest value of each window.

    Parameters
    ----------
    x : array (N, C, H, W)
    kernel_size : int or pair of int
        Height and width of the window.
    stride : int or pair of int, optional
        Step of the window; as `kernel_size` when left out, so that windows do not overlap.
    padding : int or pair of int
        Cells around the image that never win; at most half the kernel.
    dilation : int or pair of int
        Distance between the cells of the window.
    ceil_mode : bool
        Keep a last window that hangs over the edge.

    Returns
    -------
    array (N, C, H_out, W_out)

    Raises
    ------
    ValueError
        When `x` is not a batch of images, or a setting is out of range.

    Notes
    -----
    Meaning and names are those of ``torch.nn.functional.max_pool2d``.

    Examples
    --------
    >>> import numpy as np
    >>> max_pool2d(np.arange(16).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    return max_forward(*check(x, kernel_size, stride, padding, dilation, ceil_mode))[0]


def max_pool2d_backward(grad, x, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Hand each gradient to the cell that won its window; the first of equals wins, row by row.

    Parameters
    ----------
    grad : array (N, C, H_out, W_out)
    x, kernel_size, stride, padding, dilation, ceil_mode
        As they were given to `max_pool2d`.

    Returns
    -------
    array (N, C, H, W)

    Raises
    ------
    ValueError
        As `max_pool2d`, and when `grad` has not the shape of the output.

    Examples
    --------
    >>> import numpy as np
    >>> max_pool2d_backward(np.ones((1, 1, 1, 1)), [[[[1, 3], [3, 2]]]], 2)[0, 0]
    array([[0., 1.],
           [0., 0.]])
    """
    x, *axes = check(x, kernel_size, stride, padding, dilation, ceil_mode)
    best, kept = max_forward(x, *axes)
    return max_backward(grad, x, kept, best, *axes)


def max_forward(x, vertical, horizontal):
    """The maxima, and what `max_backward` needs besides; of checked arguments."""
    if vertical.halves and horizontal.halves:
        return max_pool_2x2.forward(x)
    rows = _shrink(np.maximum, x, horizontal, 3, -np.inf)
    return _shrink(np.maximum, rows, vertical, 2, -np.inf), rows


def max_backward(grad, x, kept, best, vertical, horizontal):
    """Give each gradient to the first row of its window that holds the best, there to the first cell that does."""
    grad = _check_grad(grad, x, vertical, horizontal)
    if vertical.halves and horizontal.halves:
        return max_pool_2x2.backward(grad, kept)
    grad = _to_winner(grad, kept, best, vertical, 2)
    return _to_winner(grad, x, kept, horizontal, 3)


def sum_pool2d(x, kernel_size, *, stride=None, padding=0, ceil_mode=False):
    """The sum of each window. Parameters as `avg_pool2d`; zeros around the image add nothing.

    Examples
    --------
    >>> import numpy as np
    >>> sum_pool2d(np.ones((1, 1, 4, 4)), 2)[0, 0]
    array([[4., 4.],
           [4., 4.]])
    """
    x, vertical, horizontal = check(x, kernel_size, stride, padding, 1, ceil_mode)
    rows = _shrink(np.add, x, horizontal, 3, 0)
    return _shrink(np.add, rows, vertical, 2, 0)


def sum_pool2d_backward(grad, x, kernel_size, *, stride=None, padding=0, ceil_mode=False):
    """Every cell of a window gets the window's gradient. Parameters as `max_pool2d_backward`.

    Examples
    --------
    >>> import numpy as np
    >>> sum_pool2d_backward(np.ones((1, 1, 1, 2)), np.zeros((1, 1, 2, 3)), 2, stride=1)[0, 0]
    array([[1., 2., 1.],
           [1., 2., 1.]])
    """
    x, vertical, horizontal = check(x, kernel_size, stride, padding, 1, ceil_mode)
    rows = _scatter(_check_grad(grad, x, vertical, horizontal), vertical, 2)
    return _scatter(rows, horizontal, 3)


def avg_pool2d(x, kernel_size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """The mean of each window.

    Parameters
    ----------
    x, kernel_size, stride, padding, ceil_mode
        As in `max_pool2d`; the cells around the image are zeros.
    count_include_pad : bool
        Whether these zeros count as cells of the mean.

    Returns
    -------
    array (N, C, H_out, W_out)

    Raises
    ------
    ValueError
        As `max_pool2d`.

    Notes
    -----
    Meaning and names are those of ``torch.nn.functional.avg_pool2d``.

    Examples
    --------
    >>> import numpy as np
    >>> avg_pool2d(np.arange(16).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    total = sum_pool2d(x, kernel_size, stride=stride, padding=padding, ceil_mode=ceil_mode)
    cells = _cells(np.shape(x), kernel_size, stride, padding, ceil_mode, count_include_pad)
    return total / cells.astype(total.dtype)


def avg_pool2d_backward(grad, x, kernel_size, *, stride=None, padding=0, ceil_mode=False,
                        count_include_pad=True):
    """Every cell of a window gets an equal share of its gradient. Parameters as `avg_pool2d`.

    Examples
    --------
    >>> import numpy as np
    >>> avg_pool2d_backward(np.ones((1, 1, 1, 1)), np.zeros((1, 1, 2, 2)), 2)[0, 0]
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    x, vertical, horizontal = check(x, kernel_size, stride, padding, 1, ceil_mode)
    grad = _check_grad(grad, x, vertical, horizontal)
    cells = _cells(x.shape, kernel_size, stride, padding, ceil_mode, count_include_pad)
    grad = grad / cells.astype(x.dtype)
    return sum_pool2d_backward(grad, x, kernel_size, stride=stride, padding=padding, ceil_mode=ceil_mode)


def global_avg_pool2d(x):
    """The mean of each channel: (N, C, H, W) → (N, C, 1, 1).

    Examples
    --------
    >>> import numpy as np
    >>> global_avg_pool2d(np.arange(8.0).reshape(1, 2, 2, 2)).ravel()
    array([1.5, 5.5])
    """
    return arguments.images("x", x).mean((2, 3), keepdims=True)


def global_avg_pool2d_backward(grad, x):
    """Every pixel of a channel gets an equal share of its gradient (N, C, 1, 1).

    Examples
    --------
    >>> import numpy as np
    >>> global_avg_pool2d_backward(np.ones((1, 1, 1, 1)), np.zeros((1, 1, 1, 4)))
    array([[[[0.25, 0.25, 0.25, 0.25]]]])
    """
    x = arguments.images("x", x)
    grad = arguments.like("grad", grad, x.dtype, (*x.shape[:2], 1, 1))
    return np.broadcast_to(grad / (x.shape[2] * x.shape[3]), x.shape).copy()


def check(x, kernel_size, stride, padding, dilation, ceil_mode, *, seen=False):
    """x as a batch of images, and the windows along its two axes."""
    x = arguments.images("x", x, seen=seen)
    kernel = arguments.pair("kernel_size", kernel_size, 1)
    stride = kernel if stride is None else arguments.pair("stride", stride, 1)
    padding = arguments.pair("padding", padding, 0)
    dilation = arguments.pair("dilation", dilation, 1)
    return x, *map(_axis, x.shape[2:], kernel, stride, padding, dilation, (ceil_mode, ceil_mode))


def _axis(size, kernel, stride, padding, dilation, ceil_mode):
    if 2 * padding > kernel:
        raise ValueError(f"padding must be ≤ {kernel // 2}, half of kernel_size {kernel}, got {padding}")
    overhang = stride - 1 if ceil_mode else 0                  # how far the last window may hang over,
    count = output_size(size + overhang, kernel, stride, padding, dilation)
    if ceil_mode and (count - 1) * stride >= size + padding:   # but it must not begin beyond it
        count -= 1
    return Axis(size, kernel, stride, padding, dilation, count)


def _check_grad(grad, x, vertical, horizontal):
    return arguments.like("grad", grad, x.dtype, (*x.shape[:2], vertical.count, horizontal.count))


def _lengthened(shape, axis, dim):
    """`shape` with room for all windows along `dim`."""
    return *shape[:dim], axis.padded, *shape[dim + 1:]


def _pad(x, axis, dim, value):
    """x, lengthened along `dim` to hold all windows; its order in memory stays."""
    if axis.padded == x.shape[dim]:
        return x
    out = np.full_like(x, value, shape=_lengthened(x.shape, axis, dim))
    out[_at(dim, axis.inside())] = x
    return out


def _at(dim, cell):
    """Index that takes the slice `cell` along dimension `dim`."""
    return (slice(None),) * dim + (cell,)


def _shrink(combine, x, axis, dim, outside):
    """Combine (np.maximum, np.add) the cells of each window along one dimension."""
    x = _pad(x, axis, dim, outside)
    first, *others = (x[_at(dim, cell)] for cell in axis.cells())
    if not others:
        return first.copy()
    out = combine(first, others[0])
    for other in others[1:]:
        combine(out, other, out=out)
    return out


def _to_winner(grad, x, best, axis, dim):
    """Along one dimension, give each gradient to the first cell of its window that equals the window's best."""
    x = _pad(x, axis, dim, np.nan)                             # NaN equals nothing: padding never wins
    out = (np.empty_like if axis.tiled else np.zeros_like)(x)
    *cells, last = ((x[_at(dim, cell)], out[_at(dim, cell)]) for cell in axis.cells())
    left, rest = grad, last[1]                                 # what no cell has taken yet, and who gets it
    for value, place in cells:
        if axis.apart:
            share = np.multiply(left, value == best, out=place)
            left = np.subtract(left, share, out=rest)
        else:
            share = left * (value == best)
            place += share
            left = left - share
    if not axis.apart:
        rest += left
    elif not cells:
        rest[...] = left
    return out[_at(dim, axis.inside())]


def _scatter(grad, axis, dim):
    """Give each gradient to every cell of its window."""
    out = np.zeros_like(grad, shape=_lengthened(grad.shape, axis, dim))
    for cell in axis.cells():
        out[_at(dim, cell)] += grad
    return out[_at(dim, axis.inside())]


def _cells(shape, kernel_size, stride, padding, ceil_mode, count_include_pad):
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
