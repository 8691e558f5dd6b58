"""linear and cross_entropy against PyTorch and finite differences."""

import math

import numpy as np
import pytest

from cnnlesson.ops import cross_entropy, cross_entropy_backward, linear, linear_backward


@pytest.mark.parametrize("seed", range(20))
def test_linear_equals_pytorch(seed, torch, against_torch):
    rng = np.random.default_rng(seed)
    n, inputs, outputs = rng.integers(1, 20, 3)
    arrays = [rng.standard_normal(shape) for shape in ((n, inputs), (outputs, inputs), (outputs,))]
    if seed % 2:
        against_torch(
            linear, lambda g, x, w, b: linear_backward(g, x, w), torch.nn.functional.linear, arrays, rng
        )
    else:
        against_torch(
            linear, lambda g, x, w: linear_backward(g, x, w)[:2], torch.nn.functional.linear, arrays[:2], rng
        )


@pytest.mark.parametrize("scale", [0, 1, 1e4])
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-4), (np.float64, 1e-9)])
def test_cross_entropy_equals_pytorch(seed, scale, dtype, tolerance, torch):
    rng = np.random.default_rng(seed)
    n, classes = rng.integers(1, 12, 2)
    logits, labels = (scale * rng.standard_normal((n, classes))).astype(dtype), rng.integers(0, classes, n)
    leaf = torch.tensor(logits, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(leaf, torch.tensor(labels))
    loss.backward()
    assert math.isclose(cross_entropy(logits, labels), loss.item(), rel_tol=tolerance, abs_tol=tolerance)
    np.testing.assert_allclose(
        cross_entropy_backward(logits, labels), leaf.grad.numpy(), rtol=tolerance, atol=tolerance
    )


def test_certain_and_right_or_wrong():
    logits = np.array([[1e4, -1e4]])
    assert cross_entropy(logits, [0]) == 0
    assert cross_entropy(logits, [1]) == 2e4
    np.testing.assert_array_equal(cross_entropy_backward(logits, [1]), [[1, -1]])


def test_class_that_cannot_be():
    assert cross_entropy([[-np.inf, 0.0]], [1]) == 0
    assert cross_entropy([[-np.inf, 0.0]], [0]) == np.inf


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint64])
def test_labels_of_any_whole_kind(dtype):
    assert cross_entropy(np.eye(3), np.arange(3, dtype=dtype)) == cross_entropy(np.eye(3), [0, 1, 2])


def test_loss_is_a_python_float():
    assert type(cross_entropy(np.zeros((2, 3), np.float32), [0, 1])) is float


def test_cross_entropy_gradient_equals_finite_differences(numeric_gradient):
    rng = np.random.default_rng(0)
    logits, labels = rng.standard_normal((4, 5)), rng.integers(0, 5, 4)
    want = numeric_gradient(lambda v: np.array(cross_entropy(v, labels)), logits, np.array(1.0))
    np.testing.assert_allclose(cross_entropy_backward(logits, labels), want, rtol=1e-6, atol=1e-8)


def test_linear_gradients_equal_finite_differences(numeric_gradient):
    rng = np.random.default_rng(0)
    x, weight, bias, grad = (rng.standard_normal(shape) for shape in ((3, 4), (5, 4), (5,), (3, 5)))
    numeric = (
        numeric_gradient(lambda v: linear(v, weight, bias), x, grad, step=0.1),
        numeric_gradient(lambda v: linear(x, v, bias), weight, grad, step=0.1),
        numeric_gradient(lambda v: linear(x, weight, v), bias, grad, step=0.1),
    )
    for got, want in zip(linear_backward(grad, x, weight), numeric, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-9)
