"""Convolution as it is usually taught, written plainly: what our fast one is measured against.

A technique is a pair of functions, for stride 1:

    forward(x, weight, bias, padding) → output, kept
    backward(grad, kept, input_grad)  → grad_x (None when not asked for), grad_weight, grad_bias
"""
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnlesson import nn, ops


class Technique(NamedTuple):
    forward: callable
    backward: callable


def pad(x, rows, columns):
    return np.pad(x, ((0, 0), (0, 0), (rows, rows), (columns, columns)))


def crop(x, padding):
    """Take away what `pad` put around."""
    return x[:, :, padding:x.shape[2] - padding, padding:x.shape[3] - padding]


# Plain loops: one window at a time.

def loops_forward(x, weight, bias, padding):
    return ops.conv2d_loops(x, weight, bias, padding=padding), (x, weight, padding)


def loops_backward(grad, kept, input_grad):
    x, weight, padding = kept
    x = pad(x, padding, padding)
    grad_x, grad_weight = np.zeros_like(x), np.zeros_like(weight)
    kh, kw = weight.shape[2:]
    for n, o, i, j in np.ndindex(grad.shape):
        window = (n, slice(None), slice(i, i + kh), slice(j, j + kw))
        grad_weight[o] += grad[n, o, i, j] * x[window]
        if input_grad:
            grad_x[window] += grad[n, o, i, j] * weight[o]
    return crop(grad_x, padding) if input_grad else None, grad_weight, grad.sum((0, 2, 3))


# im2col with fancy indexing: arrays of indices copy every window into a column; one matrix product.

def cells(channels, height, width, kh, kw):
    """Channel, row and column of each number (down) of each window (across)."""
    channel, row, column = (a.reshape(-1, 1) for a in np.indices((channels, kh, kw)))
    top, left = (a.reshape(1, -1) for a in np.indices((height - kh + 1, width - kw + 1)))
    return channel, row + top, column + left


def im2col_forward(x, weight, bias, padding):
    padded = pad(x, padding, padding)
    channel, row, column = cells(*padded.shape[1:], *weight.shape[2:])
    windows = padded[:, channel, row, column]                           # (N, C·kh·kw, windows)
    columns = windows.transpose(1, 2, 0).reshape(windows.shape[1], -1)
    out = weight.reshape(len(weight), -1) @ columns + bias[:, None]
    sides = (padded.shape[i] - weight.shape[i] + 1 for i in (2, 3))
    return out.reshape(len(weight), *sides, len(x)).transpose(3, 0, 1, 2), (padded.shape, columns, weight, padding)


def im2col_backward(grad, kept, input_grad):
    shape, columns, weight, padding = kept
    flat = grad.transpose(1, 2, 3, 0).reshape(len(weight), -1)
    grad_weight = (flat @ columns.T).reshape(weight.shape)
    if not input_grad:
        return None, grad_weight, flat.sum(1)
    grad_columns = weight.reshape(len(weight), -1).T @ flat
    grad_windows = grad_columns.reshape(len(grad_columns), -1, shape[0]).transpose(2, 0, 1)
    grad_x = np.zeros(shape, grad.dtype)
    np.add.at(grad_x, (slice(None), *cells(*shape[1:], *weight.shape[2:])), grad_windows)
    return crop(grad_x, padding), grad_weight, flat.sum(1)


# Sliding windows: a view of all windows, multiplied by np.tensordot, or by np.einsum as usually called (without
# `optimize`, which would make it call tensordot).

def windows_of(x, weight):
    return sliding_window_view(x, weight.shape[2:], (2, 3))             # (N, C, H_out, W_out, kh, kw)


def tensordot_forward(x, weight, bias, padding):
    windows = windows_of(pad(x, padding, padding), weight)
    out = np.tensordot(windows, weight, ((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)
    return out + bias[:, None, None], (windows, weight, padding)


def tensordot_backward(grad, kept, input_grad):
    windows, weight, padding = kept
    grad_weight = np.tensordot(grad, windows, ((0, 2, 3), (0, 2, 3)))
    if not input_grad:
        return None, grad_weight, grad.sum((0, 2, 3))
    grad_windows = np.tensordot(grad, weight, (1, 0))                   # (N, H_out, W_out, C, kh, kw)
    n, c, height, width, kh, kw = windows.shape
    grad_x = np.zeros((n, c, height + kh - 1, width + kw - 1), grad.dtype)
    for i, j in np.ndindex(kh, kw):
        grad_x[:, :, i:i + height, j:j + width] += grad_windows[..., i, j].transpose(0, 3, 1, 2)
    return crop(grad_x, padding), grad_weight, grad.sum((0, 2, 3))


def einsum_forward(x, weight, bias, padding):
    windows = windows_of(pad(x, padding, padding), weight)
    return np.einsum("nchwij,ocij->nohw", windows, weight) + bias[:, None, None], (windows, weight, padding)


def einsum_backward(grad, kept, input_grad):
    windows, weight, padding = kept
    grad_weight = np.einsum("nchwij,nohw->ocij", windows, grad)
    if not input_grad:
        return None, grad_weight, grad.sum((0, 2, 3))
    wide = pad(grad, weight.shape[2] - 1, weight.shape[3] - 1)
    grad_x = np.einsum("nohwij,ocij->nchw", windows_of(wide, weight), weight[:, :, ::-1, ::-1])
    return crop(grad_x, padding), grad_weight, grad.sum((0, 2, 3))


TECHNIQUES = {
    "im2col with fancy indexing": Technique(im2col_forward, im2col_backward),
    "sliding windows and tensordot": Technique(tensordot_forward, tensordot_backward),
    "sliding windows and einsum": Technique(einsum_forward, einsum_backward),
    "plain loops": Technique(loops_forward, loops_backward),
}


class TaughtConv2d(nn.Layer):
    """`nn.Conv2d` with its weights, by one of these techniques."""
    arrays = ("weight", "bias")

    def __init__(self, layer, technique):
        self.weight, self.bias, self.padding = layer.weight, layer.bias, layer.settings["padding"]
        self.technique = technique

    def forward(self, x):
        out, self.kept = self.technique.forward(x, self.weight, self.bias, self.padding)
        return out

    def backward(self, grad, input_grad=True):
        grad_x, self.grad_weight, self.grad_bias = self.technique.backward(grad, self.kept, input_grad)
        return grad_x


def taught(model, technique):
    """The same layers with every convolution by this technique; weights are shared, not copied."""
    return nn.Sequential(*(TaughtConv2d(layer, technique) if isinstance(layer, nn.Conv2d) else layer
                           for layer in model))
