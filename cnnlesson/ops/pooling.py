"""Pooling: summarise each window of each channel by one number. No weights, nothing to learn."""
import numpy as np

from . import arguments, max_pool_2x2
from .windows import cells_of_mean, check, check_grad, scatter, shrink, to_winner


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
    rows = shrink(np.maximum, x, horizontal, 3, -np.inf)
    return shrink(np.maximum, rows, vertical, 2, -np.inf), rows


def max_backward(grad, x, kept, best, vertical, horizontal):
    """Give each gradient to the first row of its window that holds the best, there to the first cell that does."""
    grad = check_grad(grad, x, vertical, horizontal)
    if vertical.halves and horizontal.halves:
        return max_pool_2x2.backward(grad, kept)
    grad = to_winner(grad, kept, best, vertical, 2)
    return to_winner(grad, x, kept, horizontal, 3)


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
    rows = shrink(np.add, x, horizontal, 3, 0)
    return shrink(np.add, rows, vertical, 2, 0)


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
    rows = scatter(check_grad(grad, x, vertical, horizontal), vertical, 2)
    return scatter(rows, horizontal, 3)


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
    cells = cells_of_mean(np.shape(x), kernel_size, stride, padding, ceil_mode, count_include_pad)
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
    grad = check_grad(grad, x, vertical, horizontal)
    cells = cells_of_mean(x.shape, kernel_size, stride, padding, ceil_mode, count_include_pad)
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
