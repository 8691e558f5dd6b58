"""Activations, softmax and their backward against PyTorch and finite differences."""

import math

import numpy as np
import pytest

from cnnlesson import ops

NAMES = ["relu", "leaky_relu", "sigmoid", "tanh"]


def pair(name):
    return getattr(ops, name), getattr(ops, name + "_backward")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", NAMES)
def test_equals_pytorch(name, seed, torch, against_torch):
    rng = np.random.default_rng(seed)
    x = 10 ** rng.uniform(-1, 1) * rng.standard_normal(rng.integers(1, 6, rng.integers(1, 5)))
    x.flat[0] = 0  # the kink itself
    forward, backward = pair(name)
    against_torch(forward, backward, getattr(torch.nn.functional, name), [x], rng)


@pytest.mark.parametrize("seed", range(6))
def test_leaky_slope_equals_pytorch(seed, torch, against_torch):
    rng = np.random.default_rng(seed)
    slope = float(rng.uniform(0, 0.5))
    against_torch(
        lambda x: ops.leaky_relu(x, slope),
        lambda g, x: ops.leaky_relu_backward(g, x, slope),
        lambda x: torch.nn.functional.leaky_relu(x, slope),
        [rng.standard_normal((3, 4))],
        rng,
    )


@pytest.mark.parametrize("axis", [-1, 0, 1, 2, -3])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("scale", [1, 1e4])
def test_softmax_equals_pytorch(name, axis, scale, torch, against_torch):
    rng = np.random.default_rng(axis + 3)
    forward, backward = pair(name)
    against_torch(
        lambda x: forward(x, axis),
        lambda g, x: backward(g, x, axis),
        lambda x: getattr(torch.nn.functional, name)(x, axis),
        [scale * rng.standard_normal((3, 4, 5))],
        rng,
    )


@pytest.mark.parametrize("name", NAMES + ["softmax", "log_softmax"])
def test_gradient_equals_finite_differences(name, numeric_gradient):
    rng = np.random.default_rng(0)
    x, grad = rng.standard_normal((2, 4, 5)), rng.standard_normal((2, 4, 5))
    x[abs(x) < 0.01] = 1  # away from the kink
    forward, backward = pair(name)
    want = numeric_gradient(forward, x, grad)
    np.testing.assert_allclose(backward(grad, x), want, rtol=1e-6, atol=1e-6 * abs(want).max())


def test_extreme_inputs_stay_finite():
    x = np.array([-1e30, -1e4, 0, 1e4, 1e30], np.float32)
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_array_equal(ops.sigmoid(x), [0, 0, 0.5, 1, 1])
        np.testing.assert_array_equal(ops.tanh(x), [-1, -1, 0, 1, 1])
        np.testing.assert_array_equal(ops.softmax(x), [0, 0, 0, 0, 1])
        np.testing.assert_array_equal(ops.log_softmax(x[1:4]), [-2e4, -1e4, 0])


def test_softmax_ignores_minus_infinity():
    np.testing.assert_array_equal(ops.softmax([-np.inf, 0, 0]), [0, 0.5, 0.5])
    np.testing.assert_allclose(ops.log_softmax([-np.inf, 0, 0]), [-np.inf, -np.log(2), -np.log(2)])


def test_sigmoid_is_steepest_at_zero():
    x = np.linspace(-5, 5, 101)
    slopes = ops.sigmoid_backward(np.ones(101), x)
    assert slopes.argmax() == 50 and slopes[50] == 0.25


@pytest.mark.parametrize("dtype, far", [(np.float32, (-80, 80)), (np.float64, (-700, 700))])
def test_sigmoid_and_its_slope_stay_positive(dtype, far):
    x = np.linspace(*far, 41).astype(dtype)
    slopes = ops.sigmoid_backward(np.ones_like(x), x)
    assert (ops.sigmoid(x) > 0).all() and (slopes > 0).all()
    for value, slope in zip(x.tolist(), slopes.tolist(), strict=True):  # Python's own arithmetic, value by value
        e = math.exp(-value)
        assert ops.sigmoid(value) == pytest.approx(1 / (1 + e), rel=1e-6)
        assert slope == pytest.approx(1 / (1 + e) / (1 + math.exp(value)), rel=2e-5)


@pytest.mark.parametrize("name", NAMES)
def test_single_numbers_work(name):
    forward, backward = pair(name)
    assert forward(0.5) == forward([0.5])[0]
    assert backward(1.0, 0.5) == backward([1.0], [0.5])[0]
