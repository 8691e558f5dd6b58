"""Convolution as networks use the word: slide a filter over an image, multiply, add up.

(Strictly it is cross-correlation: the filter is not flipped.) Two twins that give the same numbers:

`conv2d_loops`  the definition, window by window.
`conv2d`        the same, arranged so that matrix multiplication does the work. With activations in the
                order of `memory.py`, every output row needs kh consecutive blocks of memory:

                    rows      (H + 2·padding, C·kw, W_out·N)   the input, shifted kw times along its width
                    patches   (H_out, kh·C·kw, W_out·N)        kh consecutive rows: an overlapping view
                    output    weight (O, kh·C·kw) @ patches    one matrix product for each output row

The backward pass uses the same patches for the weights, and the exact reverse of the steps for x.
"""
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from . import arguments
from .arguments import output_size
from .memory import hcwn, nchw, reach

SHORT_ROW = 64          # below this length one large product over gathered patches beats many small ones (measured)
SMALL_PRODUCT = 10**6   # OpenBLAS multiplies without packing first: up to a million products,
SMALL_OUTPUT = 1200     # and for a @ b.T up to this many results


class Geometry(NamedTuple):
    """All sizes of one convolution; the pairs are (vertical, horizontal)."""
    input: tuple      # (N, C, H, W)
    weight: tuple     # (O, C / groups, kh, kw)
    output: tuple     # (H_out, W_out)
    stride: tuple
    padding: tuple
    dilation: tuple
    groups: int


def conv2d(x, weight, bias=None, *, stride=1, padding=0, dilation=1, groups=1):
    """Slide each filter over each image: at every position, multiply, add up, add the bias.

    Parameters
    ----------
    x : array (N, C, H, W)
        Images. float32 and float64 stay what they are; whole numbers become float64.
    weight : array (O, C / groups, kh, kw)
        O filters; taken in the dtype of `x`.
    bias : array (O,), optional
    stride, padding, dilation : int or pair of int
        Step of the window, zeros around the image, distance between the cells of the window;
        a pair is (vertical, horizontal).
    groups : int
        Split the channels into this many groups, each seen by its own share of the filters.

    Returns
    -------
    array (N, O, H_out, W_out), sides by `output_size`

    Raises
    ------
    ValueError
        When shapes do not fit, a setting is out of range, `x` is empty or holds NaN.

    Notes
    -----
    Meaning and names are those of ``torch.nn.functional.conv2d``.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(16.0).reshape(1, 1, 4, 4)
    >>> conv2d(x, np.ones((1, 1, 3, 3)))[0, 0]
    array([[45., 54.],
           [81., 90.]])
    """
    x, weight, bias, geometry = check(x, weight, bias, stride, padding, dilation, groups)
    return forward(patches(x, geometry), weight, bias, geometry)


def conv2d_loops(x, weight, bias=None, *, stride=1, padding=0, dilation=1, groups=1):
    """`conv2d`, written as its definition says: four loops, one window at a time.

    Parameters, Returns, Raises
    ---------------------------
    As `conv2d`. Hundreds of times slower, and the one to read first.

    Examples
    --------
    >>> import numpy as np
    >>> conv2d_loops(np.ones((1, 1, 3, 3)), np.ones((1, 1, 3, 3)), bias=[0.5])
    array([[[[9.5]]]])
    """
    x, weight, bias, geometry = check(x, weight, bias, stride, padding, dilation, groups)
    (filters, depth, kh, kw), (sh, sw), (ph, pw), (dh, dw) = geometry.weight, *geometry[3:6]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.empty((len(x), filters, *geometry.output), x.dtype)
    for n in range(len(x)):
        for o in range(filters):
            first = o // (filters // groups) * depth            # the channels that this filter sees
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    rows = slice(i * sh, i * sh + dh * (kh - 1) + 1, dh)
                    columns = slice(j * sw, j * sw + dw * (kw - 1) + 1, dw)
                    window = padded[n, first:first + depth, rows, columns]
                    out[n, o, i, j] = (window * weight[o]).sum()
    return out if bias is None else out + bias[:, None, None]


def conv2d_backward(grad, x, weight, *, stride=1, padding=0, dilation=1, groups=1):
    """What a change of the output does to the loss, passed back to x, weight and bias.

    Parameters
    ----------
    grad : array (N, O, H_out, W_out)
        Gradient of the loss with respect to the output of `conv2d`.
    x, weight, stride, padding, dilation, groups
        As they were given to `conv2d`.

    Returns
    -------
    grad_x : array (N, C, H, W)
    grad_weight : array (O, C / groups, kh, kw)
    grad_bias : array (O,)

    Raises
    ------
    ValueError
        As `conv2d`, and when `grad` has not the shape of the output.

    Examples
    --------
    >>> import numpy as np
    >>> x, weight = np.arange(9.0).reshape(1, 1, 3, 3), np.ones((1, 1, 2, 2))
    >>> grad_x, grad_weight, grad_bias = conv2d_backward(np.ones((1, 1, 2, 2)), x, weight)
    >>> grad_x[0, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    >>> grad_weight[0, 0]
    array([[ 8., 12.],
           [20., 24.]])
    >>> grad_bias
    array([4.])
    """
    x, weight, _, geometry = check(x, weight, None, stride, padding, dilation, groups)
    shape = (len(x), len(weight), *geometry.output)
    grad = arguments.like("grad", grad, x.dtype, shape)
    grad_weight, grad_bias = backward_weight(grad, patches(x, geometry), geometry)
    return backward_x(grad, weight, geometry), grad_weight, grad_bias


def check(x, weight, bias, stride, padding, dilation, groups):
    """The arguments as arrays of one dtype, and the Geometry they make."""
    x, weight = arguments.images("x", x), arguments.floating("weight", weight)
    if weight.ndim != 4:
        raise ValueError(f"weight must have 4 dimensions (O, C / groups, kh, kw), got shape {weight.shape}")
    if weight.size == 0:
        raise ValueError(f"weight must not be empty, got shape {weight.shape}")
    filters, depth, channels, groups = *weight.shape[:2], x.shape[1], arguments.whole("groups", groups, 1)
    if channels % groups or filters % groups:
        raise ValueError(f"groups must divide {channels} channels and {filters} filters, got {groups}")
    if depth * groups != channels:
        raise ValueError(f"weight must be {channels // groups} channels deep to fit x with {channels} "
                         f"channels in {groups} group{'s' * (groups > 1)}, got {depth}")
    weight = weight.astype(x.dtype, copy=False)
    if bias is not None:
        bias = arguments.like("bias", bias, x.dtype, (filters,))
    stride, padding, dilation = (arguments.pair(*setting) for setting in (
        ("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1)))
    output = tuple(map(output_size, x.shape[2:], weight.shape[2:], stride, padding, dilation))
    return x, weight, bias, Geometry(x.shape, weight.shape, output, stride, padding, dilation, groups)


def patches(x, geometry):
    """All windows, side by side: (H_out, groups, kh·C/groups·kw, W_out·N)."""
    (n, c, h, w), (_, depth, kh, kw), (oh, ow), (sh, sw), (ph, pw), (dh, dw), groups = geometry
    x = hcwn(x)
    rows = np.empty((h + 2 * ph, c, kw, ow, n), x.dtype)
    rows[:ph] = rows[ph + h:] = 0
    for j in range(kw):                                        # the image as column j of the window sees it
        seen, columns = reach(j * dw - pw, sw, ow, w)
        shifted = rows[ph:ph + h, :, j]
        shifted[:, :, :seen.start] = shifted[:, :, seen.stop:] = 0
        shifted[:, :, seen] = x[:, :, columns]
    return windows(rows.reshape(h + 2 * ph, groups, depth * kw, ow * n), oh, kh, sh, dh)


def windows(rows, count, height, step, dilation):
    """(H, groups, M, L) → (count, groups, height·M, L): each group of `height` rows as one matrix.

    Rows that lie one behind the other are viewed, not copied; `reshape` copies in the other cases
    (dilation, groups).
    """
    _, groups, m, length = rows.shape
    by_row, by_group, *rest = rows.strides
    view = as_strided(rows, (count, groups, height, m, length),
                      (step * by_row, by_group, dilation * by_row, *rest), writeable=False)
    return view.reshape(count, groups, height * m, length)


def side_by_side(matrices):
    """(R, groups, K, L) → (groups, K, R·L): gathered into one matrix a group."""
    rows, groups, k, length = matrices.shape
    return matrices.transpose(1, 2, 0, 3).reshape(groups, k, rows * length)


def pieces(length, most):
    """Slices that cover `length`, all about as long and none longer than `most`.

    >>> pieces(10, 4)
    [slice(0, 4, None), slice(4, 8, None), slice(8, 12, None)]
    """
    step = -(-length // -(-length // max(most, 1)))
    return [slice(i, i + step) for i in range(0, length, step)]


def quick_columns(rows, columns, length):
    """`pieces` of the columns of (rows, columns) @ (columns, length) that are multiplied without packing.

    Packing pays when many rows share it. With few, small products are a third faster.
    """
    most = SMALL_PRODUCT // (rows * columns)
    return pieces(length, most if most >= 2 * SHORT_ROW else length)


def times(kernel, matrices):
    """kernel (groups, O, K) @ each of matrices (R, groups, K, L) → (R, groups, O, L)."""
    rows, groups, _, length = matrices.shape
    if length < SHORT_ROW:
        product = kernel @ side_by_side(matrices)
        return product.reshape(groups, -1, rows, length).transpose(2, 0, 1, 3)
    out = np.empty((rows, groups, kernel.shape[1], length), kernel.dtype)
    for piece in quick_columns(*kernel.shape[1:], length):
        np.matmul(kernel, matrices[..., piece], out=out[..., piece])
    return out


def times_inside(kernel, rows, count, height, inside):
    """`times` for windows of `height` rows of which only those in the slice `inside` are not zero: skip the others."""
    m, length = rows.shape[1:]
    out = np.empty((count, len(kernel), length), rows.dtype)
    for i in range(count):
        top = max(i, inside.start)
        bottom = max(top, min(i + height, inside.stop))
        part = kernel[:, (top - i) * m:(bottom - i) * m]
        seen = rows[top:bottom].reshape(-1, length)
        for piece in quick_columns(*part.shape, length) if seen.size else ():
            np.matmul(part, seen[:, piece], out=out[i, :, piece])
    return out


def forward(patches, weight, bias, geometry):
    """weight @ patches + bias, shown as (N, O, H_out, W_out)."""
    (n, *_), (filters, *_), (oh, ow), groups = *geometry[:3], geometry.groups
    kernel = weight.transpose(0, 2, 1, 3).reshape(groups, filters // groups, -1)
    out = times(kernel, patches).reshape(oh, filters, ow * n)
    if bias is not None:
        out += bias[:, None]
    return nchw(out.reshape(oh, filters, ow, n))


def backward_weight(grad, patches, geometry):
    """Gradient of the filters and biases: every patch, weighted by the gradient of its output."""
    (filters, depth, kh, kw), (oh, _), groups = geometry.weight, geometry.output, geometry.groups
    flat = hcwn(grad).reshape(oh, groups, filters // groups, -1)
    product = times_transposed(patches, flat)
    grad_weight = product.reshape(groups, kh, depth, kw, -1).transpose(0, 4, 2, 1, 3)
    return grad_weight.reshape(geometry.weight), np.einsum("rgol->go", flat).reshape(-1)


def times_transposed(patches, flat):
    """The sum over R of patches (R, groups, K, L) @ flat (R, groups, O, L), transposed → (groups, K, O)."""
    (rows, groups, k, length), filters = patches.shape, flat.shape[2]
    if length < SHORT_ROW:
        return side_by_side(patches) @ side_by_side(flat).swapaxes(1, 2)
    out = np.zeros((groups, k, filters), flat.dtype)
    most = SMALL_OUTPUT // filters
    for part in pieces(k, most if most >= SHORT_ROW else k):
        for piece in quick_columns(min(k, most), filters, length):
            out[:, part] += (patches[:, :, part, piece] @ flat[..., piece].swapaxes(2, 3)).sum(0)
    return out


def backward_x(grad, weight, geometry):
    """Gradient of the images: each output hands its gradient back to the window it came from."""
    (n, c, h, w), (filters, depth, kh, kw), (oh, ow), (sh, sw), (ph, pw), (dh, dw), groups = geometry
    flat = hcwn(grad).reshape(oh, groups, -1, ow * n)
    spread = np.zeros((h + dh * (kh - 1), *flat.shape[1:]), grad.dtype)   # one row for each input row
    seen, rows = reach(dh * (kh - 1) - ph, sh, oh, len(spread))
    spread[rows] = flat[seen]
    flipped = weight[:, :, ::-1].reshape(groups, filters // groups, depth, kh, kw)
    flipped = flipped.transpose(0, 2, 4, 3, 1).reshape(groups, depth * kw, -1)
    if dh == groups == 1 and ow * n >= SHORT_ROW:
        shifted = times_inside(flipped[0], spread[:, 0], h, kh, rows)
    else:
        shifted = times(flipped, windows(spread, h, kh, 1, dh))
    shifted = shifted.reshape(h, c, kw, ow, n)
    grad_x = np.zeros((h, c, w, n), grad.dtype)
    for j in range(kw):
        seen, columns = reach(j * dw - pw, sw, ow, w)
        grad_x[:, :, columns] += shifted[:, :, j, seen]
    return nchw(grad_x)
