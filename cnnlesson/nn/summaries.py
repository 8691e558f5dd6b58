"""A network as a table: what each layer gives, holds, costs and sees."""
import copy
import math
from html import escape
from typing import NamedTuple

import numpy as np

from ..ops import arguments
from .base import Layer, Sequential
from .blocks import Concat, Residual
from .historic import RBF, Subsample2d, TableConv2d
from .layers import Conv2d, Flatten, GlobalAvgPool2d, Linear, MaxPool2d


class Row(NamedTuple):
    """One layer. A block has a row for the sum or the joining that it adds to its parts."""
    name: str               # its path: "layer1.0.conv1"
    layer: str              # what it is: "Conv2d(64 → 64, 3×3, padding=1)"
    output: tuple           # shape for one image: (channels, rows, columns) or (features,)
    parameters: int         # numbers that training changes
    multiply_adds: int      # for one image
    field: tuple | None     # receptive field: how many (rows, columns) of the image one value sees; None: all
    memory: int             # bytes of the output of one image, float32


class Summary(NamedTuple):
    """The rows in the order of computation. Shows as a table."""
    rows: tuple

    @property
    def parameters(self):
        return sum(row.parameters for row in self.rows)

    @property
    def multiply_adds(self):
        return sum(row.multiply_adds for row in self.rows)

    @property
    def memory(self):
        return sum(row.memory for row in self.rows)

    def cells(self):
        """All rows as text, the total last."""
        total = ("total", "", "", grouped(self.parameters), grouped(self.multiply_adds), "", grouped(self.memory))
        return [*(shown(row) for row in self.rows), total]

    def __repr__(self):
        table = [HEAD, *self.cells()]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(cell.ljust(width) if i < LEFT else cell.rjust(width)
                           for i, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip() for row in table]
        rule = "─" * (sum(widths) + 2 * len(widths) - 2)
        return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])

    def _repr_html_(self):
        *rows, total = (html_row(cells, "td") for cells in self.cells())
        return (f"<table><thead>{html_row(HEAD, 'th')}</thead><tbody>{''.join(rows)}</tbody>"
                f"<tfoot>{total}</tfoot></table>")


HEAD = ("name", "layer", "output", "parameters", "multiply-adds", "sees", "bytes")
LEFT = 2        # columns of words; the others hold numbers


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
    biases, normalisation, activation and pooling do not. The receptive field (column "sees") is what the
    windows reach, also where they reach beyond the border.

    Examples
    --------
    >>> from cnnlesson.nn import lenet5
    >>> table = summary(lenet5()[:4], (1, 28, 28))
    >>> table
    name   layer                                output  parameters  multiply-adds  sees   bytes
    ───────────────────────────────────────────────────────────────────────────────────────────
    0      Normalize(mean 0.1307, std 0.3081)  1×28×28           0              0     1   3 136
    1      Conv2d(1 → 6, 5×5, padding=2)       6×28×28         156        117 600     5  18 816
    2      MaxPool2d(2)                        6×14×14           0              0     6   4 704
    3      ReLU()                              6×14×14           0              0     6   4 704
    ───────────────────────────────────────────────────────────────────────────────────────────
    total                                                      156        117 600        31 360
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


def shown(row):
    """A Row as words and numbers for people."""
    sides = "all" if row.field is None else str(row.field[0]) if len(set(row.field)) == 1 else times(row.field)
    return (row.name, row.layer, times(row.output), grouped(row.parameters), grouped(row.multiply_adds), sides,
            grouped(row.memory))


def times(sizes):
    return "×".join(map(str, sizes))


def grouped(number):
    """Thousands apart, by a thin space."""
    return f"{number:,}".replace(",", "\N{THIN SPACE}")


def html_row(cells, tag):
    return "<tr>" + "".join(f'<{tag} style="text-align: {"left" if i < LEFT else "right"}">{escape(cell)}</{tag}>'
                            for i, cell in enumerate(cells)) + "</tr>"
