"""Tables of single operations: convolution, pooling, one picture, and how cost grows with each size."""
import math
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import correlate
from scipy.signal import correlate2d

from cnnlesson import nn, ops
from cnnlesson.ops.memory import hcwn, nchw

from .measure import OURS, compare
from .pytorch import ORDERS, tensor

BATCH = 64
RNG = np.random.default_rng(0)


def activations(*shape):
    """Random numbers in the memory order in which one of our operations hands them to the next."""
    return nchw(hcwn(RNG.standard_normal(shape, np.float32)))


def convolution(channels, filters, kernel, side, padding, seconds, *, batch=BATCH, first=False, aim=None,
                orders=tuple(ORDERS)):
    """Forward and backward of one layer, as in training; the first layer of a network spares grad_x."""
    layer = nn.Conv2d(channels, filters, kernel, padding=padding).train()
    x = activations(batch, channels, side, side)
    grad = activations(*layer(x).shape)

    def ours():
        layer(x)
        layer.backward(grad, input_grad=not first)

    def theirs(order):
        leaf, weight, bias = tensor(x, order, not first), tensor(layer.weight, order, True), tensor(layer.bias)
        bias.requires_grad_()
        grad_t = tensor(grad, order)

        def work():
            F.conv2d(leaf, weight, bias, padding=padding).backward(grad_t)
            leaf.grad = weight.grad = bias.grad = None
        return work
    products = (2 if first else 3) * grad.size * math.prod(layer.weight.shape[1:])
    contestants = {OURS: ours} | {name: theirs(ORDERS[name]) for name in orders}
    return compare(f"{channels} → {filters}, {kernel}×{kernel}, {side}²", contestants, seconds,
                   aims={"PyTorch": aim} if aim else {}, multiply_adds=products)


def convolutions(seconds):
    return [convolution(1, 6, 5, 28, 2, seconds, first=True, aim=0.45), convolution(6, 16, 5, 14, 0, seconds, aim=0.9),
            convolution(8, 16, 3, 14, 1, seconds, aim=0.9), convolution(32, 64, 3, 14, 1, seconds, aim=1.2)]


def max_pool(channels, side, seconds):
    x, grad = activations(BATCH, channels, side, side), activations(BATCH, channels, side // 2, side // 2)
    layer = nn.MaxPool2d(2)

    def ours():
        layer(x)
        layer.backward(grad)

    def theirs(order):
        leaf, grad_t = tensor(x, order, True), tensor(grad, order)

        def work():
            F.max_pool2d(leaf, 2).backward(grad_t)
            leaf.grad = None
        return work
    contestants = {OURS: ours} | {name: theirs(order) for name, order in ORDERS.items()}
    return compare(f"{channels} × {side}²", contestants, seconds, aims={"PyTorch": 0.15})


def max_pools(seconds):
    return [max_pool(6, 28, seconds), max_pool(16, 10, seconds)]


def batch_norm(channels, side, seconds):
    """In training, by mean and variance of the batch."""
    x, grad = activations(BATCH, channels, side, side), activations(BATCH, channels, side, side)
    layer = nn.BatchNorm2d(channels)

    def ours():
        layer(x)
        layer.backward(grad)

    def theirs(order):
        twin, leaf, grad_t = torch.nn.BatchNorm2d(channels), tensor(x, order, True), tensor(grad, order)

        def work():
            twin(leaf).backward(grad_t)
            leaf.grad = twin.weight.grad = twin.bias.grad = None
        return work
    contestants = {OURS: ours} | {name: theirs(order) for name, order in ORDERS.items()}
    return compare(f"{channels} × {side}²", contestants, seconds)


def batch_norms(seconds):
    return [batch_norm(16, 28, seconds), batch_norm(64, 14, seconds)]


def picture(kernel, seconds, side=256):
    """One picture, forward only: what a slider of the course waits for."""
    x, weight = RNG.random((1, 1, side, side), np.float32), RNG.random((1, 1, kernel, kernel), np.float32)
    x_t, weight_t = tensor(x), tensor(weight)

    def pytorch():
        with torch.no_grad():
            return F.conv2d(x_t, weight_t, padding=kernel // 2)[0, 0].numpy()
    contestants = {
        OURS: lambda: ops.conv2d(x, weight, padding=kernel // 2)[0, 0],
        "PyTorch": pytorch,
        "ndimage.correlate": lambda: correlate(x[0, 0], weight[0, 0], mode="constant"),
        "signal.correlate2d": lambda: correlate2d(x[0, 0], weight[0, 0], mode="same")}
    for work in contestants.values():
        np.testing.assert_allclose(work(), contestants[OURS](), rtol=1e-3)      # they do the same
    return compare(f"{kernel}×{kernel}", contestants, seconds, multiply_adds=x.size * kernel ** 2,
                   aims={"PyTorch": 0.35})


def pictures(seconds):
    return [picture(kernel, seconds) for kernel in (3, 5, 7, 9, 11)]


def growth(seconds):
    """One size after the other changes; the others stay at 16 images of 32², 16 → 16 channels, 3×3."""
    usual = dict(batch=16, side=32, channels=16, kernel=3)
    sizes = dict(side=(8, 16, 32, 64, 128), channels=(1, 4, 16, 64), batch=(1, 4, 16, 64), kernel=(1, 3, 5, 7, 11))

    def row(name, value):
        size = usual | {name: value}
        row = convolution(size["channels"], size["channels"], size["kernel"], size["side"], size["kernel"] // 2,
                          seconds / 2, batch=size["batch"], orders=("PyTorch",))
        return replace(row, work=f"{name} {value}")
    return [row(name, value) for name, values in sizes.items() for value in values]
