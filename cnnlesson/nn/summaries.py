"""A network as a table: what each layer gives, holds, costs and sees."""
import copy
import math
from typing import NamedTuple

import numpy as np

from ..ops import arguments
from .base import Layer
from .blocks import Concat, Residual
from .containers import Sequential
from .historic import RBF, Subsample2d, TableConv2d
from .layers import Conv2d, Flatten, GlobalAvgPool2d, Linear, MaxPool2d
from .tables import Row, Summary


def summary(model, shape):
    """What each layer of a network gives, holds, costs and sees.

    Parameters
    ----------
    model : Layer
        Stays as it is, with all that it remembers.
    shape : tuple of int
        Of what goes in: (channels, rows, columns), or (N, channels, rows, columns); the numbers are for one
        image in either case. (features,) or (N, features) for a network of dense layers.

    Returns
    -------
    Summary
        `rows` as plain data; `parameters`, `multiply_adds` and `memory` in total.

    Raises
    ------
    ValueError
        When the network does not take that shape.

    Notes
    -----
    Multiply-adds are those of convolutions and dense layers, as published figures count them: padding counts,
    biases, normalisation, activation and pooling do not. The receptive field is given in pixels along a side; it
    is what the windows reach, also where they reach beyond the border. A layer of your own class counts as one
    without windows and without multiply-adds.

    Examples
    --------
    >>> from cnnlesson.nn import lenet5
    >>> table = summary(lenet5()[:4], (1, 28, 28))
    >>> table
    name   layer                                output  parameters  multiply-adds  receptive field   bytes
    ──────────────────────────────────────────────────────────────────────────────────────────────────────
    0      Normalize(mean 0.1307, std 0.3081)  1×28×28           0              0                1   3 136
    1      Conv2d(1 → 6, 5×5, padding=2)       6×28×28         156        117 600                5  18 816
    2      MaxPool2d(2)                        6×14×14           0              0                6   4 704
    3      ReLU()                              6×14×14           0              0                6   4 704
    ──────────────────────────────────────────────────────────────────────────────────────────────────────
    total                                                      156        117 600                   31 360
    >>> table.rows[1].field
    (5, 5)
    """
    if not isinstance(model, Layer):
        raise ValueError(f"model must be a layer or a network, got {arguments.shown(model)}")
    sizes = tuple(arguments.whole("shape", size, 1) for size in np.atleast_1d(arguments.array("shape", shape)))
    if not 1 <= len(sizes) <= 4:
        raise ValueError(f"shape must be (C, H, W), (N, C, H, W), (features,) or (N, features), got {shape}")
    one = (1, *(sizes[1:] if len(sizes) in (2, 4) else sizes))
    rows = []
    trace(model, "", np.zeros(one, np.float32), Field(*np.array([[0, 0], [0, 0], [1, 1]])), rows)
    return Summary(tuple(rows))


class Field(NamedTuple):
    """The pixels that a map's first value sees, from `first` to `last`; `step` further for the next value."""
    first: np.ndarray       # each of these: (rows, columns)
    last: np.ndarray
    step: np.ndarray


def trace(layer, name, x, field, rows):
    """Go forward through a layer, add its rows; gives the output and its Field (None: the whole image)."""
    if isinstance(layer, Sequential):
        for part, inner in layer.parts.items():
            x, field = trace(inner, name if part in layer.inlined else path(name, part), x, field, rows)
        return x, field
    if isinstance(layer, Concat):
        outs, fields = zip(*(trace(branch, path(name, part), x, field, rows) for part, branch in layer.parts.items()),
                           strict=True)
        out, field = layer.join(outs), union(fields)
    elif isinstance(layer, Residual):
        return trace_residual(layer, name, x, field, rows)
    else:
        out = twin(layer)(x)
        field = seen(layer, x, field)
    rows.append(row(layer, name, out, field))
    return out, field


def trace_residual(block, name, x, field, rows):
    """`trace` for a Residual block: body, what is beside it, their sum, what follows."""
    out, inner = trace(block.body, name, x, field, rows)
    beside, outer = trace(block.shortcut or Sequential(), path(name, "downsample"), x, field, rows)
    out, field = block.add(out, beside), union((inner, outer))
    rows.append(row(block, name, out, field))
    return trace(block.after, path(name, "after"), out, field, rows) if block.after else (out, field)


def twin(layer):
    """A copy in inference mode, to be called in place of the layer; the arrays are shared."""
    arrays = {id(value): value for value in vars(layer).values() if isinstance(value, np.ndarray)}
    return copy.deepcopy(layer, arrays).eval()


def row(layer, name, out, field):
    """The Row of a layer that gave `out`."""
    words, own = repr(layer), layer.num_parameters
    if isinstance(layer, (Concat, Residual)):       # its parts have rows of their own
        words, own = ("Concat: join" if isinstance(layer, Concat) else "Residual: add"), 0
    sides = None if field is None else tuple(int(side) for side in field.last - field.first + 1)
    return Row(name, words, out.shape[1:], own, multiply_adds(layer, out), sides, 4 * out.size)


def multiply_adds(layer, out):
    """How many products are added up for the output of one image."""
    match layer:
        case Conv2d() | TableConv2d():
            return layer.weight.size * out.shape[2] * out.shape[3]
        case Linear():
            return layer.weight.size
        case Subsample2d():
            return out.size
        case RBF():
            return layer.codes.size
    return 0


def seen(layer, x, field):
    """The Field behind a layer, from the one before it."""
    if field is None or isinstance(layer, (Flatten, GlobalAvgPool2d)) and math.prod(x.shape[2:]) > 1:
        return None
    kernel, stride, padding, dilation = (np.array(numbers) * np.ones(2, int) for numbers in window(layer))
    return Field(field.first - field.step * padding,
                 field.last + field.step * (dilation * (kernel - 1) - padding), field.step * stride)


def window(layer):
    """Kernel, stride, padding and dilation; of one pixel where a layer has no window."""
    match layer:
        case Conv2d():
            return layer.weight.shape[2:], *(layer.settings[name] for name in ("stride", "padding", "dilation"))
        case TableConv2d():
            return layer.weight.shape[1:], 1, 0, 1
        case MaxPool2d():       # and AvgPool2d
            kernel, stride, padding = (layer.settings[name] for name in ("kernel_size", "stride", "padding"))
            return kernel, kernel if stride is None else stride, padding, layer.settings.get("dilation", 1)
        case Subsample2d():
            return layer.kernel_size, layer.kernel_size, 0, 1
    return 1, 1, 0, 1


def union(fields):
    """What several maps see together."""
    if any(field is None for field in fields):
        return None
    return Field(np.min([field.first for field in fields], 0), np.max([field.last for field in fields], 0),
                 fields[0].step)


def path(name, part):
    return f"{name}.{part}" if name else part
