"""Convolution as networks use the word: slide a filter over an image, multiply, add up.

(Strictly it is cross-correlation: the filter is not flipped.) `conv2d_loops` is the definition, window by
window. `conv2d` gives the same numbers by matrix multiplication, in one of three ways:

`conv_columns`   copy all windows side by side, multiply once: the textbook's im2col. For single images.
`conv_rows`      the same for batches: overlapping windows are viewed instead of copied.
`conv_winograd`  for many channels on a single image: fewer multiplications for the same sums.
"""
from typing import NamedTuple

import numpy as np

from . import arguments, conv_columns, conv_rows, conv_winograd
from .arguments import output_size

LONG = 192      # pixels in a row of output times height of the kernel, from which `conv_rows` is faster (measured)


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
    return forward(x, weight, bias, geometry)[0]


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


def way(geometry):
    """The module that convolves faster: long rows make good matrices, high kernels make columns costly to copy."""
    row = geometry.output[1] * geometry.input[0]
    return conv_rows if row * geometry.weight[2] > LONG else conv_columns


def patches(x, geometry):
    """The windows of x, arranged as the way of this geometry needs them."""
    return way(geometry).patches(x, geometry)


def forward(x, weight, bias, geometry, keep=False):
    """The output; and the patches, which `backward_weight` needs, when they are to be kept."""
    if not keep and conv_winograd.pays(geometry):
        return conv_winograd.forward(x, weight, bias, geometry), None
    seen = patches(x, geometry)
    return way(geometry).forward(seen, weight, bias, geometry), seen if keep else None


def backward_weight(grad, patches, geometry):
    """Gradient of the filters and biases: every patch, weighted by the gradient of its output."""
    return way(geometry).backward_weight(grad, patches, geometry)


def backward_x(grad, weight, geometry):
    """Gradient of the images: each output hands its gradient back to the window it came from."""
    return way(geometry).backward_x(grad, weight, geometry)
