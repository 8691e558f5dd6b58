"""Convolution of single images: copy all windows side by side, then multiply once ("im2col").

    columns   (C·kh·kw, H_out·W_out·N)    each column one window
    output    weight (O, C·kh·kw) @ columns

The filters lie in memory just as the product needs them. Backward multiplies by the same matrices, transposed,
and adds every column up where its window was.
"""
import numpy as np
from numpy.lib.stride_tricks import as_strided

from .products import times


def patches(x, geometry):
    """All windows, side by side: (groups, C/groups·kh·kw, H_out·W_out·N)."""
    (n, c, *_), (_, depth, kh, kw), (oh, ow), (sh, sw), _, (dh, dw), groups = geometry
    padded = _pad(x.transpose(1, 2, 3, 0), geometry.padding)
    by_channel, by_row, by_column, by_image = padded.strides
    view = as_strided(padded, (c, kh, kw, oh, ow, n), (
        by_channel, dh * by_row, dw * by_column, sh * by_row, sw * by_column, by_image), writeable=False)
    return view.reshape(groups, depth * kh * kw, oh * ow * n)       # copies, unless the windows lie so already


def forward(patches, weight, bias, geometry):
    """weight @ patches + bias, shown as (N, O, H_out, W_out)."""
    out = times(_by_group(weight, geometry), patches)
    if bias is not None:
        out += bias.reshape(geometry.groups, -1, 1)
    return out.reshape(len(weight), *geometry.output, geometry.input[0]).transpose(3, 0, 1, 2)


def backward_weight(grad, patches, geometry):
    """Gradient of the filters and biases."""
    flat = _flat(grad, geometry)
    grad_weight = flat @ patches.swapaxes(1, 2)
    return grad_weight.reshape(geometry.weight), flat.sum(2).reshape(-1)


def backward_x(grad, weight, geometry):
    """Gradient of the images."""
    (n, c, h, w), (_, _, kh, kw), (oh, ow), (sh, sw), (ph, pw), (dh, dw), _ = geometry
    columns = _by_group(weight, geometry).swapaxes(1, 2) @ _flat(grad, geometry)
    columns = columns.reshape(c, kh, kw, oh, ow, n)
    padded = np.zeros((c, h + 2 * ph, w + 2 * pw, n), grad.dtype)
    for i, j in np.ndindex(kh, kw):
        rows = slice(i * dh, i * dh + sh * (oh - 1) + 1, sh)
        padded[:, rows, j * dw:j * dw + sw * (ow - 1) + 1:sw] += columns[:, i, j]
    return padded[:, ph:ph + h, pw:pw + w].transpose(3, 0, 1, 2)


def _pad(x, padding):
    """x (C, H, W, N) with zeros around each image."""
    if padding == (0, 0):
        return x
    (ph, pw), (c, h, w, n) = padding, x.shape
    padded = np.zeros((c, h + 2 * ph, w + 2 * pw, n), x.dtype)
    padded[:, ph:ph + h, pw:pw + w] = x
    return padded


def _by_group(weight, geometry):
    return weight.reshape(geometry.groups, len(weight) // geometry.groups, -1)


def _flat(grad, geometry):
    """The gradient (N, O, H_out, W_out) as (groups, O/groups, H_out·W_out·N)."""
    return grad.transpose(1, 2, 3, 0).reshape(geometry.groups, grad.shape[1] // geometry.groups, -1)
