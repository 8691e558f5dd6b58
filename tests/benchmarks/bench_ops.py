"""How fast cnnlesson is beside PyTorch eager, both with one thread. Prints Markdown tables.

    python tests/benchmarks/bench_ops.py            operations and training steps, about a minute
    python tests/benchmarks/bench_ops.py --epoch    also a whole epoch of 60 000 digits

Each figure is a median over alternating pairs (ours, theirs, theirs, ours, …) in one process, so that
noise of the machine hits both alike. A ratio below 1 means that NumPy is faster.
"""
# ruff: noqa: E402 (the threads are set before NumPy is imported)
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):     # read when NumPy loads
    os.environ[variable] = "1"

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import correlate

from cnnlesson import nn, ops
from cnnlesson.ops.memory import hcwn, nchw

torch.set_num_threads(1)
# glibc's malloc keeps freed memory for reuse up to the size of what was freed before. Until then every
# large array costs page faults; which of the two pays for them would be chance. Free 30 MB once, for both.
np.empty(30_000_000, np.uint8)
RNG = np.random.default_rng(0)
BATCH = 64
EPOCH_AIM = 0.65


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(ours, theirs, pairs=30):
    """Median milliseconds of both, and the median ratio of the pairs."""
    for work in (ours, theirs, ours, theirs):       # warm up
        work()
    times = []
    for i in range(pairs):
        first, second = (ours, theirs) if i % 2 else (theirs, ours)
        pair = seconds(first), seconds(second)
        times.append(pair if i % 2 else pair[::-1])
    ratio = statistics.median(a / b for a, b in times)
    return *(1000 * statistics.median(column) for column in zip(*times, strict=True)), ratio


def table(title, rows):
    print(f"\n| {title} | NumPy, ms | other, ms | ratio | aim |\n|---|---|---|---|---|")
    for name, aim, (ours, theirs, ratio) in rows:
        print(f"| {name} | {ours:.2f} | {theirs:.2f} | {ratio:.2f} | {aim} |", flush=True)


def activations(*shape):
    """Random numbers in the memory order in which one of our operations hands them to the next."""
    return nchw(hcwn(RNG.standard_normal(shape, np.float32)))


def tensor(array, requires_grad=False):
    return torch.tensor(np.ascontiguousarray(array), requires_grad=requires_grad)


def convolution(channels, filters, kernel, side, padding, input_grad):
    """Forward and backward of one layer, as in training; the first layer of a network skips grad_x."""
    layer = nn.Conv2d(channels, filters, kernel, padding=padding).train()
    x = activations(BATCH, channels, side, side)
    grad = activations(*layer(x).shape)
    leaf, weight, bias = tensor(x, input_grad), tensor(layer.weight, True), tensor(layer.bias, True)
    grad_t = tensor(grad)

    def ours():
        layer(x)
        layer.backward(grad, input_grad=input_grad)

    def theirs():
        F.conv2d(leaf, weight, bias, padding=padding).backward(grad_t)
        leaf.grad = weight.grad = bias.grad = None
    return compare(ours, theirs)


def max_pool(channels, side):
    x, grad = activations(BATCH, channels, side, side), activations(BATCH, channels, side // 2, side // 2)
    layer, leaf, grad_t = nn.MaxPool2d(2), tensor(x, True), tensor(grad)

    def ours():
        layer(x)
        layer.backward(grad)

    def theirs():
        F.max_pool2d(leaf, 2).backward(grad_t)
        leaf.grad = None
    return compare(ours, theirs, pairs=60)


def batch_norm(channels, side):
    """In training: by mean and variance of the batch."""
    x, grad = activations(BATCH, channels, side, side), activations(BATCH, channels, side, side)
    layer, twin = nn.BatchNorm2d(channels), torch.nn.BatchNorm2d(channels)
    leaf, grad_t = tensor(x, True), tensor(grad)

    def ours():
        layer(x)
        layer.backward(grad)

    def theirs():
        twin(leaf).backward(grad_t)
        leaf.grad = twin.weight.grad = twin.bias.grad = None
    return compare(ours, theirs)


def one_image(kernel, other):
    """One 256 × 256 picture, forward only: what a slider of the course waits for."""
    x, weight = RNG.random((1, 1, 256, 256), np.float32), RNG.random((1, 1, kernel, kernel), np.float32)
    image, filter_, pad = x[0, 0], weight[0, 0], kernel // 2
    x_t, weight_t = tensor(x), tensor(weight)

    def pytorch():
        with torch.no_grad():
            F.conv2d(x_t, weight_t, padding=pad)

    def ndimage():
        correlate(image, filter_, mode="constant")
    return compare(lambda: ops.conv2d(x, weight, padding=pad), {"PyTorch": pytorch, "SciPy": ndimage}[other])


class TwinNormalize(torch.nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.mean, self.std = mean, std

    def forward(self, x):
        return (x - self.mean) / self.std


def twin(model):
    """The same network in PyTorch, layer by layer, with the same weights."""
    modules = []
    for layer in model:
        match layer:
            case nn.Normalize():
                modules.append(TwinNormalize(layer.mean, layer.std))
            case nn.Conv2d():
                out, depth, *kernel = layer.weight.shape
                modules.append(torch.nn.Conv2d(depth, out, kernel, padding=layer.settings["padding"]))
            case nn.Linear():
                modules.append(torch.nn.Linear(*layer.weight.shape[::-1]))
            case nn.MaxPool2d():
                modules.append(torch.nn.MaxPool2d(layer.settings["kernel_size"]))
            case nn.ReLU() | nn.Flatten():
                modules.append(getattr(torch.nn, type(layer).__name__)())
        if layer.parameters():
            with torch.no_grad():
                modules[-1].weight.copy_(torch.from_numpy(layer.weight))
                modules[-1].bias.copy_(torch.from_numpy(layer.bias))
    return torch.nn.Sequential(*modules)


def trainers(model, lr=0.03, momentum=0.9):
    """Two functions (images, labels) → loss that do one training step each: ours, and PyTorch's."""
    other = twin(model)
    optimizer = nn.SGD(model.parameters(), lr, momentum)
    optimizer_t = torch.optim.SGD(other.parameters(), lr, momentum)

    def ours(images, labels):
        return nn.train_step(model, images, labels, optimizer)[0]

    def theirs(images, labels):
        optimizer_t.zero_grad()
        loss = F.cross_entropy(other(torch.as_tensor(images)), torch.as_tensor(labels))
        loss.backward()
        optimizer_t.step()
        return loss.item()
    return ours, theirs


def training_step(model):
    images, labels = RNG.random((BATCH, 1, 28, 28), np.float32), RNG.integers(0, 10, BATCH)
    ours, theirs = trainers(model)
    losses = np.array([(ours(images, labels), theirs(images, labels)) for _ in range(5)])
    np.testing.assert_allclose(losses[:, 0], losses[:, 1], rtol=1e-3)     # it is the same recipe
    return compare(lambda: ours(images, labels), lambda: theirs(images, labels), pairs=80)


def epoch(model, block=100):
    """All 60 000 digits once, in blocks of steps that alternate between the two.

    Each side takes its batches as its users do: ours as `fit` does, from bytes; PyTorch from a float tensor.
    """
    from cnnlesson import datasets
    digits = datasets.mnist().train
    images, labels = torch.from_numpy(digits.images.copy()), torch.from_numpy(digits.labels.copy())
    ours, theirs = trainers(model)
    order = torch.randperm(len(labels)).split(BATCH)

    def our_block(start):
        for rows in order[start:start + block]:
            ours(nn.steps.batch_of(digits.pixels, rows.numpy()), digits.labels[rows.numpy()])

    def their_block(start):
        for rows in order[start:start + block]:
            theirs(images[rows], labels[rows])
    our_total = their_total = 0
    for start in range(0, len(order), block):
        if start // block % 2:
            our_total += seconds(lambda: our_block(start))      # noqa: B023 (called at once)
        their_total += seconds(lambda: their_block(start))      # noqa: B023
        if not start // block % 2:
            our_total += seconds(lambda: our_block(start))      # noqa: B023
    return 1000 * our_total, 1000 * their_total, our_total / their_total


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epoch", action="store_true", help="also time an epoch of 60 000 digits")
    arguments = parser.parse_args()
    print(f"NumPy {np.__version__}, PyTorch {torch.__version__}, one thread, float32, batch {BATCH}")
    shapes = ((1, 6, 5, 28, 2, False, ".45"), (6, 16, 5, 14, 0, True, ".9"), (8, 16, 3, 14, 1, True, ".9"),
              (32, 64, 3, 14, 1, True, "1.2"))
    table("forward + backward, against PyTorch", [
        *((f"conv {c} → {o}, {k}×{k}, {side}²", aim, convolution(c, o, k, side, padding, input_grad))
          for c, o, k, side, padding, input_grad, aim in shapes),
        *((f"max pool 2×2, {c} × {side}²", ".15", max_pool(c, side)) for c, side in ((6, 28), (16, 10))),
        ("batch norm in training, 16 × 28²", "1.0", batch_norm(16, 28))])
    for other, aim in (("PyTorch", ".35"), ("SciPy", "")):
        table(f"one 256² image, against {other}", [
            (f"kernel {k}×{k}", aim, one_image(k, other)) for k in (3, 5, 7, 9, 11)])
    table("LeNet-5 training step, against PyTorch", [
        ("nn.lenet5", ".55", training_step(nn.lenet5()))])
    if arguments.epoch:
        table("LeNet-5, epoch of 60 000 digits", [("nn.lenet5", EPOCH_AIM, epoch(nn.lenet5()))])


if __name__ == "__main__":
    main()
