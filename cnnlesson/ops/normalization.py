"""Normalisation: bring activations to a common scale."""
import numpy as np

from . import arguments


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
