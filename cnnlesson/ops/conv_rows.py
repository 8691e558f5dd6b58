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


def times_inside(kernel, rows, height, inside, out):
    """kernel @ each group of `height` rows into out, where only the rows in the slice `inside` are not zero."""
    m, length = rows.shape[1:]
    for i, product in enumerate(out):
        top = max(i, inside.start)
        bottom = max(top, min(i + height, inside.stop))
        times(kernel[:, (top - i) * m:(bottom - i) * m], rows[top:bottom].reshape((bottom - top) * m, length), product)


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
    if sw == dh == dw == groups == 1:
        shifted, grad_x = staggered(geometry, grad.dtype)
        times_inside(flipped[0], spread[:, 0], kh, rows, shifted)
        return nchw(grad_x.sum(2).reshape(h, c, w, n))
    shifted = times(flipped, windows(spread, h, kh, 1, dh)).reshape(h, c, kw, ow, n)
    grad_x = np.zeros((h, c, w, n), grad.dtype)
    for j in range(kw):
        seen, columns = reach(j * dw - pw, sw, ow, w)
        grad_x[:, :, columns] += shifted[:, :, j, seen]
    return nchw(grad_x)


def staggered(geometry, dtype):
    """Zeros, seen in two ways: (H, C·kw, W_out·N), and (H, C, kw, W·N) with row j shifted right by j pixels.

    What column j of the kernel gives lies j pixels further right in the image. Written by the first view, it is
    added up by the second, which is one plain sum over j. Between the rows there is room for the shift:

        first view    aaaa..bbbb..cccc..    second view    aaaa..
                                            (kw = 3)       .bbbb.
                                                           ..cccc
    """
    (n, c, h, w), (*_, kw), (_, ow), pw = *geometry[:3], geometry.padding[1]
    room = max(kw - 1 - pw, 0)
    length = ow + room                                                    # of a row with its room, in pixels
    memory = np.zeros((room + h * c * kw * length) * n, dtype)
    pixel = n * memory.itemsize
    rows = as_strided(memory[room * n:], (h, c * kw, ow * n),
                      (c * kw * length * pixel, length * pixel, memory.itemsize))
    shifted = as_strided(memory[(room + pw) * n:], (h, c, kw, w * n), (
        c * kw * length * pixel, kw * length * pixel, (length - 1) * pixel, memory.itemsize), writeable=False)
    return rows, shifted
