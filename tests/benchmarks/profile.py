"""Where the time goes in the three pieces of work that miss their aim: `python -m tests.benchmarks.profile`.

Each part is timed by itself, with its data in the cache. Beside it stands what the machine takes at best: for a
matrix product its operations at the speed of large ones, for the rest its bytes at the speed of copying. The gap
between the sum of the parts and the whole is Python, and data that other work has pushed out of the cache.
"""
# ruff: noqa: E402 (the threads are set before NumPy is imported)
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):     # read when NumPy loads
    os.environ[variable] = "1"

import math
import statistics

import numpy as np

from cnnlesson import nn, ops
from cnnlesson.ops import conv_rows, convolution, max_pool_2x2
from cnnlesson.ops.products import times, times_transposed

from . import measure, report
from .operations import BATCH, RNG, activations


def microseconds(work, repetitions=300):
    """Median, warm."""
    for _ in range(10):
        work()
    return 1e6 * statistics.median(measure.clock(work) for _ in range(repetitions))


def copying():
    """Bytes a microsecond that a copy reads and writes, between arrays of one megabyte."""
    a = np.ones(2 ** 18, np.float32)
    b = a.copy()
    return 2 * a.nbytes / microseconds(lambda: np.copyto(b, a))


def first_convolution():
    """Name, function, operations and bytes of each part of forward and backward."""
    x, weight = activations(BATCH, 1, 28, 28), RNG.standard_normal((6, 1, 5, 5), np.float32)
    bias = np.zeros(6, np.float32)
    settings = dict(stride=1, padding=2, dilation=1, groups=1)
    *_, geometry = convolution.check(x, weight, bias, **settings)
    patches = conv_rows.patches(x, geometry)
    kernel, out = weight.transpose(0, 2, 1, 3).reshape(1, 6, -1), np.empty((28, 1, 6, 28 * BATCH), np.float32)
    operations, rows = 2 * out.size * weight[0].size, 4 * 32 * 5 * 28 * BATCH      # bytes of the rows that patches view
    yield "check the arguments, look for NaN", lambda: convolution.check(x, weight, bias, **settings), 0, x.nbytes
    yield "copy the image, once a kernel column", lambda: conv_rows.patches(x, geometry), 0, 2 * rows
    yield "product for the output", lambda: times(kernel, patches, out), operations, 0
    yield "add the bias", lambda: np.add(out, bias[:, None], out=out), 0, 2 * out.nbytes
    yield "product for the gradient of the filters", lambda: times_transposed(patches, out), operations, 0
    yield "gradient of the bias", lambda: np.einsum("rgol->go", out), 0, out.nbytes


def pooling():
    x, grad = activations(BATCH, 6, 28, 28), activations(BATCH, 6, 14, 14)
    rows = np.maximum(x[:, :, 0::2], x[:, :, 1::2])
    half = rows[..., 0::2].copy(order="K")
    _, place = max_pool_2x2.forward(x)
    yield "compare and merge rows", lambda: (x[:, :, 0::2] >= x[:, :, 1::2],
                                             np.maximum(x[:, :, 0::2], x[:, :, 1::2])), 0, 2.5 * x.nbytes
    yield "copy columns apart", lambda: [rows[..., i::2].copy(order="K") for i in (0, 1)], 0, 2 * rows.nbytes
    yield "compare and merge columns", lambda: (half >= half, half > half, np.maximum(half, half)), 0, 7 * half.nbytes
    yield "backward", lambda: max_pool_2x2.backward(grad, place), 0, 2.5 * x.nbytes


def picture():
    x, weight = RNG.random((1, 1, 256, 256), np.float32), RNG.random((1, 1, 3, 3), np.float32)
    settings = dict(stride=1, padding=1, dilation=1, groups=1)
    *_, geometry = convolution.check(x, weight, None, **settings)
    patches, kernel = conv_rows.patches(x, geometry), weight.reshape(1, 1, 9)
    yield "check the arguments, look for NaN", lambda: convolution.check(x, weight, None, **settings), 0, x.nbytes
    yield "copy the image, once a kernel column", lambda: conv_rows.patches(x, geometry), 0, 6 * x.nbytes
    yield "products, one a row", lambda: times(kernel, patches), 2 * 9 * x.size, 0


def wholes():
    """The same three as one call each."""
    conv, pool = nn.Conv2d(1, 6, 5, padding=2), nn.MaxPool2d(2)
    digits, maps, photo = activations(BATCH, 1, 28, 28), activations(BATCH, 6, 28, 28), RNG.random((1, 1, 256, 256))
    grad, half = activations(BATCH, 6, 28, 28), activations(BATCH, 6, 14, 14)
    photo, weight = photo.astype(np.float32), np.ones((1, 1, 3, 3), np.float32)
    return {"Convolution 1 → 6, 5×5, 28², batch 64, forward and backward":
            (first_convolution, lambda: (conv(digits), conv.backward(grad, input_grad=False))),
            "Max pool 2×2, 6 × 28², batch 64, forward and backward":
            (pooling, lambda: (pool(maps), pool.backward(half))),
            "3×3 on one picture of 256²": (picture, lambda: ops.conv2d(photo, weight, padding=1))}


def main():
    measure.settle()
    peak, speed = measure.gemm_peak(0.5), copying()
    print(f"Products at best {peak:.0f} GFLOP/s, copying at best {speed / 1000:.0f} GB/s")
    for title, (parts, whole) in wholes().items():
        lines = []
        for name, work, operations, moved in parts():
            best = operations / peak / 1000 + moved / speed
            lines.append([name, f"{microseconds(work):.0f}", f"{best:.0f}"])
        total = [f"{math.fsum(float(line[column]) for line in lines):.0f}" for column in (1, 2)]
        lines += [["all parts", *total], ["in one call", f"{microseconds(whole):.0f}", ""]]
        print(f"\n## {title}\n\n" + report.markdown(["part", "µs", "at best"], lines))


if __name__ == "__main__":
    main()
