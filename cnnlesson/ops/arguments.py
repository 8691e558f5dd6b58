"""Checks that every operation shares. A refusal is one sentence: argument, what was expected, what came."""
import operator
from numbers import Real

import numpy as np

LARGEST = 2**31 - 1     # of a setting; more would not fit into the integers that NumPy counts with


def shown(value):
    """repr on one line, cut when it is long.

    >>> shown("same"), shown(np.zeros((9, 9)))
    ("'same'", 'array([[0., 0., 0., 0., 0., 0., 0., 0.,…')
    """
    text = " ".join(repr(value).split())
    return text if len(text) <= 40 else text[:39] + "…"


def whole(name, value, least):
    """A whole number from `least` to LARGEST, as Python's int (NumPy's small ones wrap around).

    >>> whole("groups", np.uint8(2), least=1)
    2
    """
    try:
        number = index(value)
    except TypeError:
        raise ValueError(f"{name} must be a whole number, got {shown(value)}") from None
    if number < least:
        raise ValueError(f"{name} must be ≥ {least}, got {value}")
    if number > LARGEST:
        raise ValueError(f"{name} must be ≤ {LARGEST}, got {value}")
    return number


def real(name, value, least=-np.inf):
    """A real number, at least `least`, as Python's float.

    >>> real("eps", -1.0, least=0)
    Traceback (most recent call last):
    ...
    ValueError: eps must be ≥ 0, got -1.0
    """
    if not isinstance(value, Real) or value != value:
        raise ValueError(f"{name} must be a number, got {shown(value)}")
    if value < least:
        raise ValueError(f"{name} must be ≥ {least}, got {value}")
    return float(value)


class NotANumberError(ValueError):
    """NaN where numbers were expected; `fit` tells by it that a training run has diverged."""


def index(value):
    """`operator.index`, which NumPy before 2.3 lets pass for its own True and False, with a warning."""
    if isinstance(value, np.bool_):
        raise TypeError("a truth value is no number")
    return operator.index(value)


def pair(name, value, least):
    """An int or a pair of ints, each at least `least`, as (vertical, horizontal).

    >>> pair("stride", 2, least=1)
    (2, 2)
    >>> pair("padding", (0, 1), least=0)
    (0, 1)
    >>> pair("padding", -1, least=0)
    Traceback (most recent call last):
    ...
    ValueError: padding must be ≥ 0, got -1
    """
    try:
        numbers = tuple(index(v) for v in value) if np.ndim(value) else (index(value),) * 2
    except (TypeError, ValueError):
        numbers = ()
    if len(numbers) != 2:
        raise ValueError(f"{name} must be a whole number or a pair of them, got {shown(value)}")
    if min(numbers) < least:
        raise ValueError(f"{name} must be ≥ {least}, got {value}")
    if max(numbers) > LARGEST:
        raise ValueError(f"{name} must be ≤ {LARGEST}, got {value}")
    return numbers


def array(name, values):
    """`values` as an array, whatever it holds.

    >>> array("x", [[1, 2], [3]])
    Traceback (most recent call last):
    ...
    ValueError: x must be an array, got rows of different lengths
    """
    try:
        return np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} must be an array, got rows of different lengths") from None


def floating(name, values):
    """`values` as an array of float32 or float64; whole numbers become float64.

    >>> floating("x", [1, 2]).dtype
    dtype('float64')
    """
    values = array(name, values)
    if values.dtype.kind == "f":
        return values.astype(np.float32 if values.itemsize <= 4 else np.float64, copy=False)
    if values.dtype.kind in "biu":
        return values.astype(np.float64)
    raise ValueError(f"{name} must hold real numbers, got dtype {values.dtype}")


def no_nan(name, values):
    """Refuse NaN. The minimum of an array is NaN as soon as one value is: one fast pass."""
    if np.isnan(values.min()):
        where = tuple(int(i) for i in np.argwhere(np.isnan(values))[0])
        raise NotANumberError(f"{name} must hold numbers only, got NaN at index {where}")
    return values


def images(name, x, *, seen=False):
    """A batch of images: four dimensions (N, C, H, W), none of them empty, no NaN (unless `seen` to before).

    >>> images("x", np.zeros((28, 28)))
    Traceback (most recent call last):
    ...
    ValueError: x must have 4 dimensions (N, C, H, W), got shape (28, 28)
    """
    x = floating(name, x)
    if x.ndim != 4:
        raise ValueError(f"{name} must have 4 dimensions (N, C, H, W), got shape {x.shape}")
    if x.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {x.shape}")
    return x if seen else no_nan(name, x)


def like(name, values, dtype, shape):
    """`values` as an array of exactly this dtype and shape.

    >>> like("bias", [1.0, 2.0], np.float32, (3,))
    Traceback (most recent call last):
    ...
    ValueError: bias must have shape (3,), got (2,)
    """
    values = floating(name, values).astype(dtype, copy=False)
    if values.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {values.shape}")
    return values


def output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    """How many windows fit along one side: the side of the feature map.

    floor((size + 2·padding − dilation·(kernel_size − 1) − 1) / stride) + 1

    Parameters
    ----------
    size, kernel_size, stride, dilation : int
        In pixels, each at least 1.
    padding : int
        Zeros added at each of the two ends, at least 0.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        When a number is out of range, or the kernel does not fit into the padded input.

    Examples
    --------
    >>> [output_size(28, 3, stride=s) for s in (1, 2, 3, 4)]
    [26, 13, 9, 7]
    >>> output_size(28, 5, padding=2)
    28
    """
    size, kernel_size, stride, padding, dilation = (whole(*setting) for setting in (
        ("size", size, 1), ("kernel_size", kernel_size, 1), ("stride", stride, 1), ("padding", padding, 0),
        ("dilation", dilation, 1)))
    span = dilation * (kernel_size - 1) + 1
    if span > size + 2 * padding:
        raise ValueError(f"kernel_size must fit into the padded input of {size + 2 * padding} pixels, "
                         f"got a kernel that spans {span}")
    return (size + 2 * padding - span) // stride + 1
