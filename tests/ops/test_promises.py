"""What every operation promises: the dtype stays, inputs stay as they are, memory order does not matter."""

import copy

import numpy as np
import pytest

from cnnlesson import ops

RNG = np.random.default_rng(0)
X = RNG.standard_normal((3, 4, 6, 5))
WEIGHT, BIAS = RNG.standard_normal((6, 2, 3, 3)), RNG.standard_normal(6)
CONV = dict(padding=1, stride=(2, 1), groups=2)
CHANNELS = [1, 2, 3, 4]
ROWS, MATRIX, OFFSET, LABELS = (
    RNG.standard_normal((3, 4)),
    RNG.standard_normal((5, 4)),
    RNG.standard_normal(5),
    [0, 3, 1],
)
OVERLAP = dict(kernel_size=3, stride=2, padding=1, ceil_mode=True)

# name → how it is called with x (images, or rows) and grad; grad has the shape of the output
IMAGES = {
    "conv2d": (
        lambda x: ops.conv2d(x, WEIGHT, BIAS, **CONV),
        lambda g, x: ops.conv2d_backward(g, x, WEIGHT, **CONV),
    ),
    "conv2d_loops": (lambda x: ops.conv2d_loops(x, WEIGHT, BIAS, **CONV), None),
    "conv2d, one row": (
        lambda x: ops.conv2d(x, WEIGHT[:, :, :, :1], groups=2),
        lambda g, x: ops.conv2d_backward(g, x, WEIGHT[:, :, :, :1], groups=2),
    ),
    "max_pool2d": (lambda x: ops.max_pool2d(x, 2), lambda g, x: ops.max_pool2d_backward(g, x, 2)),
    "max_pool2d, overlap": (
        lambda x: ops.max_pool2d(x, **OVERLAP),
        lambda g, x: ops.max_pool2d_backward(g, x, **OVERLAP),
    ),
    "max_pool2d, 1×1": (lambda x: ops.max_pool2d(x, 1), lambda g, x: ops.max_pool2d_backward(g, x, 1)),
    "avg_pool2d": (lambda x: ops.avg_pool2d(x, 2), lambda g, x: ops.avg_pool2d_backward(g, x, 2)),
    "avg_pool2d, overlap": (
        lambda x: ops.avg_pool2d(x, **OVERLAP, count_include_pad=False),
        lambda g, x: ops.avg_pool2d_backward(g, x, **OVERLAP, count_include_pad=False),
    ),
    "sum_pool2d": (lambda x: ops.sum_pool2d(x, 2), lambda g, x: ops.sum_pool2d_backward(g, x, 2)),
    "sum_pool2d, 1×1": (lambda x: ops.sum_pool2d(x, 1), lambda g, x: ops.sum_pool2d_backward(g, x, 1)),
    "global_avg_pool2d": (ops.global_avg_pool2d, ops.global_avg_pool2d_backward),
    "relu": (ops.relu, ops.relu_backward),
    "leaky_relu": (
        lambda x: ops.leaky_relu(x, np.float64(0.2)),
        lambda g, x: ops.leaky_relu_backward(g, x, np.float64(0.2)),
    ),
    "sigmoid": (ops.sigmoid, ops.sigmoid_backward),
    "tanh": (ops.tanh, ops.tanh_backward),
    "softmax": (lambda x: ops.softmax(x, 1), lambda g, x: ops.softmax_backward(g, x, 1)),
    "log_softmax": (lambda x: ops.log_softmax(x, 1), lambda g, x: ops.log_softmax_backward(g, x, 1)),
    "batch_norm": (
        lambda x: ops.batch_norm(x, CHANNELS, CHANNELS, CHANNELS, CHANNELS, eps=np.float64(0.1)),
        lambda g, x: ops.batch_norm_backward(g, x, CHANNELS, CHANNELS, CHANNELS, eps=0.1),
    ),
    "batch_norm_train": (
        lambda x: ops.batch_norm_train(x, CHANNELS, CHANNELS, eps=np.float64(0.1))[0],
        lambda g, x: ops.batch_norm_train_backward(g, x, CHANNELS, CHANNELS, CHANNELS, eps=np.float64(0.1)),
    ),
    "local_response_norm": (
        lambda x: ops.local_response_norm(x, 3, alpha=np.float64(0.1), beta=0.6, k=2),
        lambda g, x: ops.local_response_norm_backward(g, x, 3, alpha=0.1, beta=np.float64(0.6)),
    ),
}
MATRICES = {
    "linear": (lambda x: ops.linear(x, MATRIX, OFFSET), lambda g, x: ops.linear_backward(g, x, MATRIX)),
    "linear, no bias": (lambda x: ops.linear(x, MATRIX), None),
    "cross_entropy": (
        lambda x: ops.cross_entropy(x, LABELS),
        lambda g, x: ops.cross_entropy_backward(x, LABELS),
    ),
}
CALLS = [
    pytest.param(*pair, x, id=name)
    for table, x in ((IMAGES, X), (MATRICES, ROWS))
    for name, pair in table.items()
]
every_call = pytest.mark.parametrize("forward, backward, x", CALLS)


def results(forward, backward, x, grad=None):
    """Output and gradients, as arrays. All parameters are float64 or Python's numbers, whatever x is."""
    out = forward(x)
    if backward is None:
        return [out]
    grad = np.random.default_rng(1).standard_normal(np.shape(out)) if grad is None else grad
    grads = backward(grad, x)
    arrays = [out, *(grads if isinstance(grads, tuple) else [grads])]
    return [array for array in arrays if type(array) is not float]  # a loss is a plain float


def test_every_operation_is_called():
    called = {name.split(",")[0] for name in IMAGES | MATRICES}
    public = {
        name
        for name in ops.__all__
        if name not in ("kernels", "output_size") and not name.endswith("_backward")
    }
    assert called == public


@every_call
def test_float32_stays_float32(forward, backward, x):
    for got in results(forward, backward, x.astype(np.float32)):
        assert got.dtype == np.float32


@every_call
def test_float64_stays_float64(forward, backward, x):
    for got in results(forward, backward, x):
        assert got.dtype == np.float64


@every_call
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, bool])
def test_whole_numbers_become_float64(dtype, forward, backward, x):
    whole = (x > 0).astype(dtype)
    for got, want in zip(
        results(forward, backward, whole), results(forward, backward, whole.astype(float)), strict=True
    ):
        assert got.dtype == np.float64
        np.testing.assert_array_equal(got, want)


@every_call
@pytest.mark.parametrize("dtype", [np.float16, ">f4"])
def test_other_short_floats_become_float32(dtype, forward, backward, x):
    for got in results(forward, backward, x.astype(dtype)):
        assert got.dtype == np.float32 and got.dtype.isnative


@every_call
def test_inputs_stay_as_they_are(forward, backward, x):
    given = [x, WEIGHT, BIAS, MATRIX, OFFSET, np.array(LABELS), np.array(CHANNELS)]
    before = copy.deepcopy(given)
    grad = RNG.standard_normal(np.shape(forward(x)))
    grad_before = grad.copy()
    outputs = results(forward, backward, x, grad)
    for got in outputs:  # nor are they handed back as output
        got[...] = 7
    for a, b in zip([*given, grad], [*before, grad_before], strict=True):
        np.testing.assert_array_equal(a, b)


@every_call
def test_read_only_inputs_work(forward, backward, x):
    x = x.copy()
    x.setflags(write=False)
    results(forward, backward, x)


@every_call
def test_the_same_twice(forward, backward, x):
    for a, b in zip(results(forward, backward, x), results(forward, backward, x), strict=True):
        np.testing.assert_array_equal(a, b)


@every_call
def test_memory_order_does_not_matter(forward, backward, x):
    want = results(forward, backward, x)
    big = np.zeros([2 * side for side in x.shape])
    every_other = big[(slice(None, None, 2),) * x.ndim]
    every_other[...] = x
    backwards = x[..., ::-1].copy()[..., ::-1]
    in_operations_order = np.ascontiguousarray(x.T).T
    for strange in (every_other, backwards, in_operations_order, x.tolist()):
        for got, expected in zip(results(forward, backward, strange), want, strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


@every_call
def test_outputs_can_be_fed_back(forward, backward, x):
    """A gradient in the memory order of an output gives the same as one in C order."""
    out = np.asarray(forward(x))
    grad = np.empty_like(out)  # keeps the order of out
    grad[...] = RNG.standard_normal(out.shape)
    for a, b in zip(
        results(forward, backward, x, grad),
        results(forward, backward, x, np.ascontiguousarray(grad)),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_a_chain_equals_the_chain_of_copies():
    def chain(x, between):
        for layer in (IMAGES["conv2d"], IMAGES["relu"], IMAGES["max_pool2d"], IMAGES["avg_pool2d, overlap"]):
            x = between(layer[0](x))
        return x

    fast = chain(X, lambda x: x)
    np.testing.assert_allclose(fast, chain(X, np.ascontiguousarray), rtol=1e-12)


def test_operations_share_one_memory_order():
    """What comes out of one fast operation is contiguous for the next: nothing is copied between them."""
    x = ops.conv2d(np.repeat(X, 8, axis=0), WEIGHT, groups=2)
    for step in (
        ops.relu,
        lambda x: ops.max_pool2d(x, 2, stride=1),
        lambda x: ops.avg_pool2d(x, 2, stride=1),
        lambda x: ops.batch_norm(x, *np.ones((4, 6))),
        lambda x: ops.batch_norm_train(x, *np.ones((2, 6)))[0],
    ):
        assert x.transpose(2, 1, 3, 0).flags.c_contiguous
        x = step(x)
    assert x.transpose(2, 1, 3, 0).flags.c_contiguous
