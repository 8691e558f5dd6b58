"""Layers: operations that remember. A layer keeps its weights, its last input and its last output.

Call a layer to go forward; `backward(grad)` goes back: it stores the gradients of the layer's own
arrays (`grad_weight` beside `weight`) and returns the gradient of its input. Gradients are replaced
at each backward, not added up.
"""
import math

import numpy as np

from .. import ops
from ..ops import arguments, convolution, pooling, windows
from ..ops.memory import hcwn, nchw
from .base import Layer, Remembered


def he_normal(shape, rng):
    """Start weights for a ReLU network: normal, variance 2 / inputs (He et al. 2015).

    >>> he_normal((4, 3, 5, 5), np.random.default_rng(0)).dtype
    dtype('float32')
    """
    spread, weight = math.sqrt(2 / math.prod(shape[1:])), np.empty(shape, np.float32)
    for row in weight:      # one call for all gives the same numbers, by way of an array twice as large
        row[...] = rng.normal(0, spread, row.shape)
    return weight


def calm(layer):
    """Shrink the start weights of a last layer, so that training begins near equal probabilities."""
    layer.weight *= 0.1
    return layer


class Conv2d(Layer):
    """Slide `out_channels` filters over the image; settings as `ops.conv2d`.

    >>> Conv2d(1, 6, 5, padding=2)(np.zeros((2, 1, 28, 28))).shape
    (2, 6, 28, 28)
    """
    arrays = ("weight", "bias")
    patches = Remembered()

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1,
                 bias=True, *, rng=0):
        kernel = arguments.pair("kernel_size", kernel_size, 1)
        in_channels = arguments.whole("in_channels", in_channels, 1)
        out_channels = arguments.whole("out_channels", out_channels, 1)
        groups = arguments.whole("groups", groups, 1)
        if in_channels % groups or out_channels % groups:
            raise ValueError(f"groups must divide {in_channels} and {out_channels} channels, got {groups}")
        self.settings = dict(stride=stride, padding=padding, dilation=dilation, groups=groups)
        self.weight = he_normal((out_channels, in_channels // groups, *kernel), np.random.default_rng(rng))
        self.bias = np.zeros(out_channels, np.float32) if bias else None

    def forward(self, x):
        x, weight, bias, self.geometry = convolution.check(x, self.weight, self.bias, **self.settings)
        # backward needs the patches again; viewing does not
        out, self.patches = convolution.forward(x, weight, bias, self.geometry, keep=self.training)
        return out

    def backward(self, grad, input_grad=True):
        patches = convolution.patches(self.input, self.geometry) if self.patches is None else self.patches
        self.grad_weight, self.grad_bias = convolution.backward_weight(grad, patches, self.geometry)
        if input_grad:
            return convolution.backward_x(grad, self.weight.astype(grad.dtype, copy=False), self.geometry)

    def __repr__(self):
        out, depth, kh, kw = self.weight.shape
        return f"Conv2d({depth * self.settings['groups']} → {out}, {kh}×{kw}{changed(self.settings)})"


class Linear(Layer):
    """A dense (fully-connected) layer: every output sees every input.

    >>> Linear(400, 120)(np.zeros((2, 400))).shape
    (2, 120)
    """
    arrays = ("weight", "bias")

    def __init__(self, in_features, out_features, bias=True, *, rng=0):
        in_features = arguments.whole("in_features", in_features, 1)
        out_features = arguments.whole("out_features", out_features, 1)
        self.weight = he_normal((out_features, in_features), np.random.default_rng(rng))
        self.bias = np.zeros(out_features, np.float32) if bias else None

    def forward(self, x):
        return ops.linear(x, self.weight, self.bias)

    def backward(self, grad, input_grad=True):
        self.grad_weight, self.grad_bias = grad.T @ self.input, grad.sum(0)
        if input_grad:
            return grad @ self.weight.astype(grad.dtype, copy=False)

    def __repr__(self):
        return f"Linear({self.weight.shape[1]} → {self.weight.shape[0]})"


class MaxPool2d(Layer):
    """The largest value of each window; settings as `ops.max_pool2d`."""

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, *, ceil_mode=False):
        self.settings = dict(kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation,
                             ceil_mode=ceil_mode)

    def forward(self, x):
        x, *self.axes = windows.check(x, **self.settings, seen=True)    # the next layer with weights looks for NaN
        out, self.kept = pooling.max_forward(x, *self.axes)
        return out

    def backward(self, grad):
        return pooling.max_backward(grad, self.input, self.kept, self.output, *self.axes)

    def __repr__(self):
        return f"{type(self).__name__}({self.settings['kernel_size']}{changed(self.settings)})"


class AvgPool2d(MaxPool2d):
    """The mean of each window; settings as `ops.avg_pool2d`."""

    def __init__(self, kernel_size, stride=None, padding=0, *, ceil_mode=False, count_include_pad=True):
        self.settings = dict(kernel_size=kernel_size, stride=stride, padding=padding, ceil_mode=ceil_mode,
                             count_include_pad=count_include_pad)

    def forward(self, x):
        return ops.avg_pool2d(x, **self.settings)

    def backward(self, grad):
        return ops.avg_pool2d_backward(grad, self.input, **self.settings)


class GlobalAvgPool2d(Layer):
    """The mean of each channel: (N, C, H, W) → (N, C, 1, 1)."""

    def forward(self, x):
        return ops.global_avg_pool2d(x)

    def backward(self, grad):
        return ops.global_avg_pool2d_backward(grad, self.input)


class Flatten(Layer):
    """(N, C, H, W) → (N, C·H·W): channel by channel, row by row."""

    def forward(self, x):
        return np.moveaxis(x, 0, -1).reshape(math.prod(x.shape[1:]), len(x)).T     # images innermost, as everywhere

    def backward(self, grad):
        grad = grad.reshape(self.input.shape)
        return nchw(hcwn(grad)) if grad.ndim == 4 else grad        # back into the order of the layers before


class Dropout(Layer):
    """In training, set a share `p` of the values to 0 and scale the rest by 1 / (1 − p)."""
    scale = Remembered()

    def __init__(self, p=0.5, *, rng=0):
        if not 0 <= arguments.real("p", p) < 1:
            raise ValueError(f"p must be in [0, 1), got {p}")
        self.p, self.rng = p, np.random.default_rng(rng)

    def forward(self, x):
        if not self.training:
            self.scale = x.dtype.type(1)
            return x
        kept = self.rng.random(x.shape[::-1], np.float32).T >= self.p      # transposed: images innermost
        self.scale = kept / x.dtype.type(1 - self.p)
        return x * self.scale

    def backward(self, grad):
        return grad * self.scale

    def __repr__(self):
        return f"Dropout({self.p})"


def changed(settings):
    """Those settings that differ from the usual ones, for a short repr."""
    usual = dict(stride=(1, None), padding=(0,), dilation=(1,), groups=(1,), ceil_mode=(False,),
                 count_include_pad=(True,))
    return "".join(f", {k}={v}" for k, v in settings.items() if k in usual and v not in usual[k])
