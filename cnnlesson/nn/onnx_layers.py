"""How each kind of layer is written in ONNX: one function a kind, listed in WRITERS at the end.

Each takes the `Place` to write to, the layer, and the name of the value that the layer takes; it returns
the name of what the layer gives. Operators: onnx.ai/onnx/operators, version 17 of the set.
"""
import numpy as np

from ..ops.arguments import pair
from .activations import LeakyReLU, ReLU, ScaledTanh, Sigmoid, Tanh
from .base import Sequential
from .blocks import Concat, Residual
from .historic import RBF, Subsample2d, TableConv2d
from .layers import AvgPool2d, Conv2d, Dropout, Flatten, GlobalAvgPool2d, Linear, MaxPool2d
from .normalization import BatchNorm2d, LocalResponseNorm, Normalize


def _sequential(place, layer, x):
    for name in layer.parts:
        x = place.part(layer, name, x)
    return x


def _residual(place, layer, x):
    beside = place.part(layer, "downsample", x) if layer.shortcut else x
    x = place.node("Add", place.part(layer, "body", x), beside)
    return place.part(layer, "after", x) if layer.after else x


def _concat(place, layer, x):
    return place.node("Concat", *(place.part(layer, name, x) for name in layer.parts), axis=1)


def _pairs(settings, *names):
    return (pair(name, settings[name], 0 if name == "padding" else 1) for name in names)


def _conv(place, layer, x):
    stride, padding, dilation = _pairs(layer.settings, "stride", "padding", "dilation")
    return place.node("Conv", x, *place.own(layer, "weight", "bias"), strides=stride, pads=padding * 2,
                      dilations=dilation, group=layer.settings["groups"])


def _table_conv(place, layer, x):
    weight = np.zeros((*layer.connected.shape, *layer.weight.shape[1:]))
    weight[layer.connected] = layer.weight
    return place.node("Conv", x, place.array("weight", weight), *place.own(layer, "bias"))


def _subsample(place, layer, x):
    """A convolution channel by channel, with the same weight at every place of the kernel."""
    kernel, channels = pair("kernel_size", layer.kernel_size, 1), len(layer.weight)
    weight = np.broadcast_to(layer.weight[:, None, None, None], (channels, 1, *kernel))
    return place.node("Conv", x, place.array("weight", weight), *place.own(layer, "bias"), strides=kernel,
                      group=channels)


def _windows(layer):
    """kernel_size, stride, padding and dilation of a pooling layer, and how far windows reach over the end.

    ONNX has a ceil_mode too, but programs disagree about it (onnxruntime before 1.21, onnx.checker) where a
    window would begin beyond the image. Padding by `end` says the same without: PyTorch keeps each window
    that begins in the image or before it, so the last one has at least one cell that is not behind it.
    """
    settings = dict(dilation=1) | layer.settings
    settings["stride"] = settings["kernel_size"] if settings["stride"] is None else settings["stride"]
    kernel, stride, padding, dilation = map(
        np.array, _pairs(settings, "kernel_size", "stride", "padding", "dilation"))
    end = np.minimum(padding + stride - 1, dilation * (kernel - 1)) if settings["ceil_mode"] else padding
    return kernel, stride, padding, dilation, end


def _pad(place, x, before, after, value):
    pads = place.setting("pads", [0, 0, *before, 0, 0, *after])
    return place.node("Pad", x, pads, place.array("outside", value))


def _max_pool(place, layer, x):
    kernel, stride, padding, dilation, end = _windows(layer)
    if (end >= kernel).any():                       # which onnxruntime refuses: with dilation, windows reach further
        x = _pad(place, x, padding, end, -np.inf)
        padding = end = (0, 0)
    return place.node("MaxPool", x, kernel_shape=kernel, strides=stride, pads=[*padding, *end], dilations=dilation)


def _avg_pool(place, layer, x):
    kernel, stride, padding, _, end = _windows(layer)
    zeros_count = layer.settings["count_include_pad"]
    if zeros_count and (end > padding).any():       # zeros of the padding count, what a window finds behind it does not
        x = _pad(place, x, padding, padding, 0) if padding.any() else x
        padding, end, zeros_count = (0, 0), end - padding, False
    return place.node("AveragePool", x, kernel_shape=kernel, strides=stride, pads=[*padding, *end],
                      count_include_pad=int(zeros_count))


def _linear(place, layer, x):
    return place.node("Gemm", x, *place.own(layer, "weight", "bias"), transB=1)


def _rbf(place, layer, x):
    x = place.node("Unsqueeze", x, place.setting("axes", [1]))
    x = place.node("ReduceSumSquare", place.node("Sub", x, place.array("codes", layer.codes)), axes=[2], keepdims=0)
    return place.node("Mul", x, place.array("scale", -layer.scale))


def _nothing(place, layer, x):
    return x


def _leaky_relu(place, layer, x):
    return place.node("LeakyRelu", x, alpha=float(layer.negative_slope))


def _scaled_tanh(place, layer, x):
    x = place.node("Tanh", place.node("Mul", x, place.array("slope", layer.slope)))
    return place.node("Mul", x, place.array("height", layer.height), output=place.full("Mul_height"))


def _normalize(place, layer, x):
    mean, std = (np.array(values) for values in (layer.mean, layer.std))
    per_channel = (-1, 1, 1) if mean.ndim else ()
    x = place.node("Sub", x, place.array("mean", mean.reshape(per_channel)))
    return place.node("Div", x, place.array("std", std.reshape(per_channel)))


def _batch_norm(place, layer, x):
    arrays = place.own(layer, "weight", "bias", "running_mean", "running_var")
    return place.node("BatchNormalization", x, *arrays, epsilon=layer.eps)


def _local_response_norm(place, layer, x):
    size, alpha, beta, k = (layer.settings[name] for name in ("size", "alpha", "beta", "k"))
    if size % 2:
        return place.node("LRN", x, size=size, alpha=alpha, beta=beta, bias=k)
    # Of an even size, ONNX's window lies one channel further on than PyTorch's, and onnxruntime refuses it:
    # take the mean of the squares as pooling in depth, with channels for depth.
    axes = place.setting("axes", [1])
    squares = place.node("Unsqueeze", place.node("Mul", x, x), axes)
    mean = place.node("AveragePool", squares, kernel_shape=(size, 1, 1), count_include_pad=1,
                      pads=(size // 2, 0, 0, size // 2 - 1, 0, 0))
    base = place.node("Mul", place.node("Squeeze", mean, axes), place.array("alpha", alpha), output=place.full("scale"))
    base = place.node("Add", base, place.array("k", k))
    return place.node("Div", x, place.node("Pow", base, place.array("beta", beta)))


def _same(kind):
    """Of a layer that is one node without settings."""
    return lambda place, layer, x: place.node(kind, x)


WRITERS = {
    Sequential: _sequential, Residual: _residual, Concat: _concat,
    Conv2d: _conv, TableConv2d: _table_conv, Subsample2d: _subsample, MaxPool2d: _max_pool, AvgPool2d: _avg_pool,
    GlobalAvgPool2d: _same("GlobalAveragePool"), Flatten: _same("Flatten"), Linear: _linear, RBF: _rbf,
    Dropout: _nothing, ReLU: _same("Relu"), LeakyReLU: _leaky_relu, Sigmoid: _same("Sigmoid"), Tanh: _same("Tanh"),
    ScaledTanh: _scaled_tanh, Normalize: _normalize, BatchNorm2d: _batch_norm,
    LocalResponseNorm: _local_response_norm}
