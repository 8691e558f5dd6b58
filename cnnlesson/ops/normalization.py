"""Normalisation: bring activations to a common scale."""
import numpy as np

from . import arguments
from .memory import hcwn, nchw


def batch_norm(x, mean, var, weight, bias, *, eps=1e-5):
    """Normalise each channel by a given mean and variance, then scale and shift it (inference).

    Parameters
    ----------
    x : array (N, C, H, W)
    mean, var, weight, bias : array (C,)
        weight · (x − mean) / sqrt(var + eps) + bias
    eps : float
        Keeps the root away from 0.

    Returns
    -------
    array (N, C, H, W)

    Raises
    ------
    ValueError
        When shapes do not fit or a variance is negative.

    Examples
    --------
    >>> import numpy as np
    >>> batch_norm(np.full((1, 1, 1, 2), 5.0), [3.0], [4.0], [1.0], [0.5], eps=0)
    array([[[[1.5, 1.5]]]])
    """
    return forward(*check(x, mean, var, weight, bias, eps))


def forward(x, mean, scale, bias):
    """scale · (x − mean) + bias in two passes over memory; of checked arguments."""
    out = x * scale
    out += bias - mean * scale
    return out


def batch_norm_backward(grad, x, mean, var, weight, *, eps=1e-5):
    """Gradients of `batch_norm` with respect to x, weight and bias; mean and var are constants.

    Examples
    --------
    >>> import numpy as np
    >>> grad = np.ones((1, 1, 1, 2))
    >>> grad_x, grad_weight, grad_bias = batch_norm_backward(grad, 5 * grad, [3.0], [4.0], [1.0], eps=0)
    >>> grad_x[0, 0, 0], grad_weight, grad_bias
    (array([0.5, 0.5]), array([2.]), array([2.]))
    """
    x, mean, scale, _ = check(x, mean, var, weight, mean, eps)
    grad = arguments.like("grad", grad, x.dtype, x.shape)
    root = np.sqrt(np.asarray(var, x.dtype) + x.dtype.type(eps))
    grad_weight = (grad * (x - mean)).sum((0, 2, 3)) / root
    return grad * scale, grad_weight, grad.sum((0, 2, 3))


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
    for row in rows:                # row by row, because one row of all images stays in the cache
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


def local_response_norm(x, size, *, alpha=1e-4, beta=0.75, k=1.0):
    """Divide each activation by the strength of its neighbour channels (AlexNet, 2012).

    x / (k + alpha · mean of x² over `size` channels around) ** beta

    Parameters
    ----------
    x : array (N, C, H, W)
    size : int
        How many neighbouring channels, at least 1; channels that do not exist count as 0.
    alpha, beta, k : float

    Returns
    -------
    array (N, C, H, W)

    Raises
    ------
    ValueError
        When `x` is not a batch of images or `size` is below 1.

    Examples
    --------
    >>> import numpy as np
    >>> local_response_norm(np.ones((1, 2, 1, 1)), 2, alpha=2.0, beta=1.0).ravel()
    array([0.5       , 0.33333333])
    """
    x = arguments.images("x", x)
    size, alpha, beta, k = _settings(size, alpha, beta, k)
    return x / _strength(x, size, alpha, k) ** x.dtype.type(beta)


def local_response_norm_backward(grad, x, size, *, alpha=1e-4, beta=0.75, k=1.0):
    """Gradient of `local_response_norm` with respect to x.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones((1, 1, 1, 1))
    >>> local_response_norm_backward(one, one, 1, alpha=1.0, beta=1.0).item()
    0.0
    """
    x = arguments.images("x", x)
    grad = arguments.like("grad", grad, x.dtype, x.shape)
    size, alpha, beta, k = _settings(size, alpha, beta, k)
    base = _strength(x, size, alpha, k)
    # x acts twice: on its own value, and on the base of every channel that has it as a neighbour
    onward = grad * x * base ** x.dtype.type(-beta - 1)
    back = _channel_sums(onward, size, (size - 1) // 2)
    return grad * base ** x.dtype.type(-beta) - x.dtype.type(2 * alpha * beta / size) * x * back


def _rows(x):
    """(N, C, H, W) as contiguous (H, C, W·N): see ops/memory.py."""
    rows = hcwn(x)
    return rows.reshape(*rows.shape[:2], -1)


def _images(rows, like):
    """The way back from `_rows`."""
    n, c, h, w = like.shape
    return nchw(rows.reshape(h, c, w, n))


def _row_sums(rows):
    """The sum of each channel: a product with ones is the fastest sum, and as exact as `np.sum` here."""
    return (rows @ np.ones(rows.shape[2], rows.dtype)).sum(0)


def _settings(size, alpha, beta, k):
    return arguments.whole("size", size, 1), *(
        arguments.real(name, value) for name, value in (("alpha", alpha), ("beta", beta), ("k", k)))


def _strength(x, size, alpha, k):
    return x.dtype.type(alpha / size) * _channel_sums(x * x, size, size // 2) + x.dtype.type(k)


def _channel_sums(x, size, before):
    """For each channel, the sum over `size` channels, beginning `before` channels earlier."""
    padded = np.pad(x, ((0, 0), (before, size - 1 - before), (0, 0), (0, 0)))
    return sum(padded[:, i:i + x.shape[1]] for i in range(size))


def check(x, mean, var, weight, bias, eps, *, seen=False):
    """x as a batch of images, and mean, weight / sqrt(var + eps) and bias, each (C, 1, 1)."""
    x = arguments.images("x", x, seen=seen)
    mean, var, weight, bias = (
        arguments.like(name, values, x.dtype, (x.shape[1],))[:, None, None]
        for name, values in (("mean", mean), ("var", var), ("weight", weight), ("bias", bias)))
    arguments.real("eps", eps, least=0)
    if not var.min() >= 0:                                     # also refuses NaN
        raise ValueError(f"var must be ≥ 0, got {var.min()}")
    return x, mean, weight / np.sqrt(var + x.dtype.type(eps)), bias
