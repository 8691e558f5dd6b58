"""Convolution of a batch: one matrix product for each row of the output, on windows that are viewed, not copied.

With activations in the order of `memory.py`, every output row needs kh consecutive blocks of memory:

    rows      (H + 2·padding, C·kw, W_out·N)   the input, shifted kw times along its width
    patches   (H_out, kh·C·kw, W_out·N)        kh consecutive rows: an overlapping view
    output    weight (O, kh·C·kw) @ patches    one matrix product for each output row

The backward pass uses the same patches for the weights, and the exact reverse of the steps for x.
"""
import numpy as np
from numpy.lib.stride_tricks import as_strided

from .memory import hcwn, nchw, reach
from .products import times, times_transposed


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


def times_inside(kernel, rows, count, height, inside):
    """`times` for windows of `height` rows of which only those in the slice `inside` are not zero: skip the others."""
    m, length = rows.shape[1:]
    out = np.empty((count, len(kernel), length), rows.dtype)
    for i in range(count):
        top = max(i, inside.start)
        bottom = max(top, min(i + height, inside.stop))
        part = kernel[:, (top - i) * m:(bottom - i) * m]
        out[i] = times(part, rows[top:bottom].reshape((bottom - top) * m, length))
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


def backward_x(grad, weight, geometry):
    """Gradient of the images: each output hands its gradient back to the window it came from."""
    (n, c, h, w), (filters, depth, kh, kw), (oh, ow), (sh, sw), (ph, pw), (dh, dw), groups = geometry
    flat = hcwn(grad).reshape(oh, groups, -1, ow * n)
    spread = np.zeros((h + dh * (kh - 1), *flat.shape[1:]), grad.dtype)   # one row for each input row
    seen, rows = reach(dh * (kh - 1) - ph, sh, oh, len(spread))
    spread[rows] = flat[seen]
    flipped = weight[:, :, ::-1].reshape(groups, filters // groups, depth, kh, kw)
    flipped = flipped.transpose(0, 2, 4, 3, 1).reshape(groups, depth * kw, -1)
    if dh == groups == 1:
        shifted = times_inside(flipped[0], spread[:, 0], h, kh, rows)
    else:
        shifted = times(flipped, windows(spread, h, kh, 1, dh))
    shifted = shifted.reshape(h, c, kw, ow, n)
    grad_x = np.zeros((h, c, w, n), grad.dtype)
    for j in range(kw):
        seen, columns = reach(j * dw - pw, sw, ow, w)
        grad_x[:, :, columns] += shifted[:, :, j, seen]
    return nchw(grad_x)
