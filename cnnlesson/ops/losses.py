"""The dense layer's arithmetic, and the loss that training makes small."""
import numpy as np

from . import arguments
from .activations import log_softmax


def linear(x, weight, bias=None):
    """A dense (fully-connected) layer: x @ weight.T + bias.

    Parameters
    ----------
    x : array (N, inputs)
    weight : array (outputs, inputs)
    bias : array (outputs,), optional

    Returns
    -------
    array (N, outputs)

    Raises
    ------
    ValueError
        When shapes do not fit, or `x` is empty.

    Examples
    --------
    >>> linear([[1.0, 2.0]], [[3.0, 4.0]], [0.5])
    array([[11.5]])
    """
    x, weight = _check_linear(x, weight)
    out = (weight @ x.T).T      # the same as x @ weight.T, in the memory order of the layers: images innermost
    if bias is not None:
        out += arguments.like("bias", bias, x.dtype, (len(weight),))
    return out


def linear_backward(grad, x, weight):
    """Gradients of `linear` with respect to x, weight and bias, from `grad` (N, outputs).

    Examples
    --------
    >>> grad_x, grad_weight, grad_bias = linear_backward([[1.0]], [[1.0, 2.0]], [[3.0, 4.0]])
    >>> grad_x, grad_weight, grad_bias
    (array([[3., 4.]]), array([[1., 2.]]), array([1.]))
    """
    x, weight = _check_linear(x, weight)
    grad = arguments.like("grad", grad, x.dtype, (len(x), len(weight)))
    return grad @ weight, grad.T @ x, grad.sum(0)


def cross_entropy(logits, labels):
    """Mean surprise at the right answers: −log softmax(logits)[label], averaged over the batch.

    Parameters
    ----------
    logits : array (N, classes)
    labels : array of int (N,)
        The right class of each row, 0 … classes − 1.

    Returns
    -------
    float
        In nats; ln(classes) when all classes look equally likely.

    Raises
    ------
    ValueError
        When shapes do not fit, the batch is empty, a logit is NaN, or a label is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> round(cross_entropy(np.zeros((1, 10)), [3]), 4)     # ln 10
    2.3026
    """
    return cross_entropy_both(logits, labels)[0]


def cross_entropy_backward(logits, labels):
    """Gradient of `cross_entropy` with respect to the logits: (softmax − one-hot) / N.

    Examples
    --------
    >>> cross_entropy_backward([[0.0, 0.0]], [1])
    array([[ 0.5, -0.5]])
    """
    return cross_entropy_both(logits, labels)[1]


def cross_entropy_both(logits, labels):
    """`cross_entropy` and its gradient: what a step of training needs, for little more than one of them.

    >>> cross_entropy_both([[0.0, 0.0]], [1])[1]
    array([[ 0.5, -0.5]])
    """
    logits, labels = _check_classes(logits, labels)
    log_probabilities, right = log_softmax(logits), (np.arange(len(labels)), labels)
    grad = np.exp(log_probabilities)
    grad[right] -= 1
    grad /= logits.dtype.type(len(labels))
    return float(-log_probabilities[right].mean()), grad


def check_labels(labels, count, classes):
    """`labels` as an array of `count` whole numbers in 0 … classes − 1.

    >>> check_labels([1, 12], 2, 10)
    Traceback (most recent call last):
    ...
    ValueError: labels must be in 0 … 9, got 12
    """
    labels = arguments.array("labels", labels)
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise ValueError(f"labels must be {count} whole numbers, one for each row, "
                         f"got shape {labels.shape} and dtype {labels.dtype}")
    wrong = labels[(labels < 0) | (labels >= classes)]
    if wrong.size:
        raise ValueError(f"labels must be in 0 … {classes - 1}, got {wrong[0]}")
    return labels


def _check_classes(logits, labels):
    logits = arguments.floating("logits", logits)
    if logits.ndim != 2 or logits.size == 0:
        raise ValueError(f"logits must have shape (N, classes), neither empty, got {logits.shape}")
    arguments.no_nan("logits", logits)
    return logits, check_labels(labels, *logits.shape)


def _check_linear(x, weight):
    x, weight = arguments.floating("x", x), arguments.floating("weight", weight)
    if x.ndim != 2 or x.size == 0:
        raise ValueError(f"x must have shape (N, inputs), neither empty, got {x.shape}")
    if weight.ndim != 2 or weight.shape[1] != x.shape[1]:
        raise ValueError(f"weight must have shape (outputs, {x.shape[1]}) to fit x, got {weight.shape}")
    return arguments.no_nan("x", x), weight.astype(x.dtype, copy=False)
