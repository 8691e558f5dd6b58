"""Batch norm in training: by mean and variance of the batch itself, which move with it.

Both directions go row by row through (H, C, W·N), the memory order of activations (see memory.py): one row of
all images stays in the cache while several operations work on it.
"""
import numpy as np

from . import arguments
from .memory import hcwn, nchw


def batch_norm_train(x, weight, bias, *, eps=1e-5):
    """Normalise each channel by its own mean and variance in this batch, then scale and shift it.

    Parameters
    ----------
    x : array (N, C, H, W)
    weight, bias : array (C,)
    eps : float
        Keeps the root away from 0.

    Returns
    -------
    out : array (N, C, H, W)
    mean, var : array (C,)
        Of the batch; the variance is the mean square of what remains (Ioffe & Szegedy 2015).

    Raises
    ------
    ValueError
        When shapes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> out, mean, var = batch_norm_train(np.array([[[[1.0, 5.0]]]]), [1.0], [0.5], eps=0)
    >>> out, mean, var
    (array([[[[-0.5, 1.5]]]]), array([3.]), array([4.]))
    """
    x = arguments.images("x", x, seen=True)
    weight, bias = (arguments.like(name, values, x.dtype, (x.shape[1],))[:, None]
                    for name, values in (("weight", weight), ("bias", bias)))
    eps = x.dtype.type(arguments.real("eps", eps, least=0))
    rows, count = _rows(x), x.dtype.type(x.size // x.shape[1])
    mean = _row_sums(rows) / count
    if np.isnan(mean).any():        # the sums have seen each number: no need to look twice
        arguments.no_nan("x", x)
    centred, out, square = np.empty_like(rows[0]), np.empty_like(rows), 0
    for row in rows:
        np.subtract(row, mean[:, None], out=centred)
        square = square + np.vecdot(centred, centred)
    var = square / count
    scale = weight / np.sqrt(var + eps)[:, None]
    shift = bias - mean[:, None] * scale
    for row, row_out in zip(rows, out, strict=True):
        np.multiply(row, scale, out=row_out)
        row_out += shift
    return _images(out, x), mean, var


def batch_norm_train_backward(grad, x, mean, var, weight, *, eps=1e-5):
    """Gradients of `batch_norm_train` with respect to x, weight and bias.

    With centred = (x − mean) / root, they are

        grad_weight = sum of grad · centred,  grad_bias = sum of grad,
        grad_x = weight / root · (grad − mean of grad − centred · mean of (grad · centred))

    The two means are there because mean and variance moved with x.

    Examples
    --------
    >>> import numpy as np
    >>> x, grad = np.array([[[[1.0, 5.0, 3.0]]]]), np.array([[[[1.0, 1.0, 4.0]]]])
    >>> grad_x, grad_weight, grad_bias = batch_norm_train_backward(grad, x, [3.0], [8 / 3], [1.0], eps=0)
    >>> grad_x.round(3), grad_weight, grad_bias
    (array([[[[-0.612, -0.612, 1.225]]]]), array([0.]), array([6.]))
    """
    x = arguments.images("x", x, seen=True)
    grad = arguments.like("grad", grad, x.dtype, x.shape)
    mean, var, weight = (np.asarray(values, x.dtype)[:, None] for values in (mean, var, weight))
    rows, grads, count = _rows(x), _rows(grad), x.dtype.type(x.size // x.shape[1])
    root = np.sqrt(var + x.dtype.type(eps))
    out, buffer, products = np.empty_like(rows), np.empty_like(rows[0]), 0
    for row, row_grad, centred in zip(rows, grads, out, strict=True):
        np.subtract(row, mean, out=centred)
        products = products + np.vecdot(centred, row_grad)
    grad_weight, grad_bias = products / root[:, 0], _row_sums(grads)
    share, away = -(grad_weight[:, None] / root) / count, grad_bias[:, None] / count
    for row_grad, row_out in zip(grads, out, strict=True):
        row_out *= share
        row_out += np.subtract(row_grad, away, out=buffer)
        row_out *= weight / root
    return _images(out, x), grad_weight, grad_bias


def _rows(x):
    """(N, C, H, W) as contiguous (H, C, W·N): see ops/memory.py."""
    rows = hcwn(x)
    return rows.reshape(*rows.shape[:2], -1)


def _images(rows, like):
    """The way back from `_rows`."""
    n, c, h, w = like.shape
    return nchw(rows.reshape(h, c, w, n))


def _row_sums(rows):
    """The sum of each channel: a product with ones is the fastest sum."""
    return (rows @ np.ones(rows.shape[2], rows.dtype)).sum(0)
