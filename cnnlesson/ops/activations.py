"""Activation functions, each with its backward: `grad` times the slope at `x`."""
import numpy as np

from .arguments import floating, like, real, shown


def relu(x):
    """max(x, 0): what is negative becomes 0.

    Examples
    --------
    >>> relu([-2.0, 0.0, 3.0])
    array([0., 0., 3.])
    """
    x = floating("x", x)
    return np.maximum(x, x.dtype.type(0))


def relu_backward(grad, x):
    """The slope of ReLU is 1 above 0, else 0.

    Examples
    --------
    >>> relu_backward([5.0, 5.0, 5.0], [-2.0, 0.0, 3.0])
    array([0., 0., 5.])
    """
    x = floating("x", x)
    return like("grad", grad, x.dtype, x.shape) * (x > 0)


def leaky_relu(x, negative_slope=0.01):
    """x above 0, `negative_slope`·x below.

    Examples
    --------
    >>> leaky_relu([-2.0, 3.0], 0.1)
    array([-0.2,  3. ])
    """
    x = floating("x", x)
    return np.where(x > 0, x, x * x.dtype.type(real("negative_slope", negative_slope)))


def leaky_relu_backward(grad, x, negative_slope=0.01):
    """The slope is 1 above 0, else `negative_slope`.

    Examples
    --------
    >>> leaky_relu_backward([1.0, 1.0], [-2.0, 3.0], 0.1)
    array([0.1, 1. ])
    """
    x = floating("x", x)
    grad = like("grad", grad, x.dtype, x.shape)
    return np.where(x > 0, grad, grad * x.dtype.type(real("negative_slope", negative_slope)))


def sigmoid(x):
    """1 / (1 + exp(−x)): between 0 and 1, steepest (0.25) at 0.

    Far below 0 it stays positive as long as its own number fits. Where exp(−x) does not fit, it is 0.

    Examples
    --------
    >>> sigmoid([-1000.0, 0.0, 1000.0])
    array([0. , 0.5, 1. ])
    """
    x = floating("x", x)
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def sigmoid_backward(grad, x):
    """The slope of the sigmoid is e / (1 + e)², e = exp(−|x|).

    That equals s·(1 − s), s = sigmoid(x), but stays positive where s rounds to 1.

    Examples
    --------
    >>> sigmoid_backward([1.0], [0.0])
    array([0.25])
    """
    x = floating("x", x)
    e = np.exp(-abs(x))
    return like("grad", grad, x.dtype, x.shape) * (e / (1 + e) ** 2)


def tanh(x):
    """Hyperbolic tangent: between −1 and 1.

    Examples
    --------
    >>> tanh([0.0, 100.0])
    array([0., 1.])
    """
    return np.tanh(floating("x", x))


def tanh_backward(grad, x):
    """The slope of tanh is 1 − tanh².

    Examples
    --------
    >>> tanh_backward([1.0], [0.0])
    array([1.])
    """
    y = tanh(x)
    return like("grad", grad, y.dtype, y.shape) * (1 - y * y)


def softmax(x, axis=-1):
    """exp(x) divided by its sum along `axis`: positive numbers that add up to 1.

    The largest x is subtracted first; that changes nothing but keeps exp from overflowing.

    Examples
    --------
    >>> softmax([1000.0, 1000.0])
    array([0.5, 0.5])
    """
    x = _along(x, axis)
    exp = np.exp(x - x.max(axis, keepdims=True))
    return exp / exp.sum(axis, keepdims=True)


def softmax_backward(grad, x, axis=-1):
    """s·(grad − Σ grad·s), s = softmax(x).

    Examples
    --------
    >>> softmax_backward([1.0, 0.0], [0.0, 0.0])
    array([ 0.25, -0.25])
    """
    s = softmax(x, axis)
    grad = like("grad", grad, s.dtype, s.shape)
    return s * (grad - (grad * s).sum(axis, keepdims=True))


def log_softmax(x, axis=-1):
    """Logarithm of `softmax`, exact also where the probability rounds to 0.

    Examples
    --------
    >>> log_softmax([0.0, -1000.0])
    array([    0., -1000.])
    """
    x = _along(x, axis)
    shifted = x - x.max(axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis, keepdims=True))


def log_softmax_backward(grad, x, axis=-1):
    """grad − softmax(x)·Σ grad.

    Examples
    --------
    >>> log_softmax_backward([1.0, 0.0], [0.0, 0.0])
    array([ 0.5, -0.5])
    """
    s = softmax(x, axis)
    grad = like("grad", grad, s.dtype, s.shape)
    return grad - s * grad.sum(axis, keepdims=True)


def _along(x, axis):
    """x as an array that has this axis and something on it."""
    x = floating("x", x)
    if x.size == 0:
        raise ValueError(f"x must not be empty, got shape {x.shape}")
    if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)) or not -x.ndim <= axis < x.ndim:
        raise ValueError(f"axis must be one of the {x.ndim} axes of x, counted from 0, got {shown(axis)}")
    return x
