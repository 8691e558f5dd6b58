"""batch_norm and local_response_norm against PyTorch and finite differences."""

import numpy as np
import pytest

from cnnlesson.ops import (
    batch_norm,
    batch_norm_backward,
    batch_norm_train,
    batch_norm_train_backward,
    local_response_norm,
    local_response_norm_backward,
)


def random_batch(seed):
    """x, weight, bias, mean, var."""
    rng = np.random.default_rng(seed)
    n, c, h, w = rng.integers(1, 7, 4)
    return (rng.standard_normal((n, c, h, w)), *rng.standard_normal((3, c)), rng.uniform(0.1, 3, c))


@pytest.mark.parametrize("seed", range(20))
def test_batch_norm_equals_pytorch(seed, torch, against_torch):
    x, weight, bias, mean, var = random_batch(seed)
    eps = (1e-5, 0.1)[seed % 2]

    def oracle(x, weight, bias):
        return torch.nn.functional.batch_norm(
            x, torch.tensor(mean).to(x.dtype), torch.tensor(var).to(x.dtype), weight, bias, eps=eps
        )

    against_torch(
        lambda x, w, b: batch_norm(x, mean, var, w, b, eps=eps),
        lambda g, x, w, b: batch_norm_backward(g, x, mean, var, w, eps=eps),
        oracle,
        [x, weight, bias],
        np.random.default_rng(seed),
    )


@pytest.mark.parametrize("seed", range(20))
def test_batch_norm_train_equals_pytorch(seed, torch, against_torch):
    x, weight, bias, *_ = random_batch(seed)
    x = np.concatenate([x, x[:1] + 1])  # PyTorch refuses a single value a channel
    eps = (1e-5, 0.1)[seed % 2]

    def backward(grad, x, weight, bias):
        _, mean, var = batch_norm_train(x, weight, bias, eps=eps)
        assert mean.dtype == var.dtype == x.dtype
        return batch_norm_train_backward(grad, x, mean, var, weight, eps=eps)

    against_torch(
        lambda x, w, b: batch_norm_train(x, w, b, eps=eps)[0],
        backward,
        lambda x, w, b: torch.nn.functional.batch_norm(x, None, None, w, b, training=True, eps=eps),
        [x, weight, bias],
        np.random.default_rng(seed),
    )


def test_batch_norm_train_gradients_equal_finite_differences(numeric_gradient):
    x, weight, bias, *_ = random_batch(3)
    grad = np.random.default_rng(0).standard_normal(x.shape)
    numeric = (
        numeric_gradient(lambda v: batch_norm_train(v, weight, bias)[0], x, grad),
        numeric_gradient(lambda v: batch_norm_train(x, v, bias)[0], weight, grad),
        numeric_gradient(lambda v: batch_norm_train(x, weight, v)[0], bias, grad),
    )
    _, mean, var = batch_norm_train(x, weight, bias)
    for got, want in zip(batch_norm_train_backward(grad, x, mean, var, weight), numeric, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6)


def test_batch_norm_train_measures_the_batch():
    x = np.random.default_rng(0).normal(3, 5, (8, 2, 9, 9))
    _, mean, var = batch_norm_train(x, [1, 1], [0, 0])
    np.testing.assert_allclose(mean, x.mean((0, 2, 3)))
    np.testing.assert_allclose(var, x.var((0, 2, 3)))


def test_batch_norm_train_far_from_zero():
    """A mean of 1000 spreads costs no more digits than float32 loses by holding such numbers."""
    rng = np.random.default_rng(0)
    x = rng.normal(1000, 1, (32, 2, 8, 8)).astype(np.float32)
    grad = rng.standard_normal(x.shape).astype(np.float32)
    out, mean, var = batch_norm_train(x, [1, 1], [0, 0])
    exact, *moments = batch_norm_train(x.astype(float), [1, 1], [0, 0])
    np.testing.assert_allclose(exact, (x - x.mean((0, 2, 3), float, keepdims=True))
                               / np.sqrt(x.var((0, 2, 3), float, keepdims=True) + 1e-5), atol=1e-9)
    np.testing.assert_allclose(out, exact, atol=3e-4)
    np.testing.assert_allclose(var, moments[1], rtol=1e-4)
    for got, want in zip(batch_norm_train_backward(grad, x, mean, var, [1, 1]),
                         batch_norm_train_backward(grad.astype(float), x.astype(float), *moments, [1, 1]), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-2 if got.ndim == 1 else 1e-3)


def test_batch_norm_train_refuses():
    x = np.ones((2, 3, 4, 5))
    x[1, 2, 3, 4] = np.nan
    with pytest.raises(ValueError, match=r"^x must hold numbers only, got NaN at index \(1, 2, 3, 4\)"):
        batch_norm_train(x, np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match=r"^bias must have shape \(3,\), got \(2,\)"):
        batch_norm_train(np.ones((2, 3, 4, 5)), np.ones(3), np.ones(2))
    with pytest.raises(ValueError, match="^eps must be ≥ 0, got -1"):
        batch_norm_train(np.ones((2, 3, 4, 5)), np.ones(3), np.ones(3), eps=-1)
    with pytest.raises(ValueError, match=r"^grad must have shape \(2, 3, 4, 5\), got \(2, 3, 4\)"):
        batch_norm_train_backward(np.ones((2, 3, 4)), np.ones((2, 3, 4, 5)), *np.ones((3, 3)))


@pytest.mark.parametrize("seed", range(20))
def test_local_response_norm_equals_pytorch(seed, torch, against_torch):
    rng = np.random.default_rng(seed)
    x, size = 3 * rng.standard_normal(rng.integers(1, 8, 4)), int(rng.integers(1, 8))
    settings = dict(
        alpha=float(rng.uniform(1e-4, 1)), beta=float(rng.uniform(0.3, 1.5)), k=float(rng.uniform(0.5, 2))
    )
    against_torch(
        lambda x: local_response_norm(x, size, **settings),
        lambda g, x: local_response_norm_backward(g, x, size, **settings),
        lambda x: torch.nn.functional.local_response_norm(x, size, **settings),
        [x],
        rng,
    )


def test_batch_norm_gradients_equal_finite_differences(numeric_gradient):
    x, weight, bias, mean, var = random_batch(3)
    grad = np.random.default_rng(0).standard_normal(x.shape)
    numeric = (
        numeric_gradient(lambda v: batch_norm(v, mean, var, weight, bias), x, grad, step=0.1),
        numeric_gradient(lambda v: batch_norm(x, mean, var, v, bias), weight, grad, step=0.1),
        numeric_gradient(lambda v: batch_norm(x, mean, var, weight, v), bias, grad, step=0.1),
    )
    for got, want in zip(batch_norm_backward(grad, x, mean, var, weight), numeric, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_local_response_norm_gradient_equals_finite_differences(size, numeric_gradient):
    rng = np.random.default_rng(size)
    x, grad = rng.standard_normal((2, 4, 2, 3)), rng.standard_normal((2, 4, 2, 3))
    want = numeric_gradient(lambda v: local_response_norm(v, size, alpha=0.7, beta=0.6), x, grad)
    np.testing.assert_allclose(
        local_response_norm_backward(grad, x, size, alpha=0.7, beta=0.6),
        want,
        rtol=1e-6,
        atol=1e-6 * abs(want).max(),
    )


def test_batch_norm_standardises():
    x = np.random.default_rng(0).normal(3, 5, (8, 2, 9, 9))
    out = batch_norm(x, x.mean((0, 2, 3)), x.var((0, 2, 3)), [1, 1], [0, 0], eps=0)
    np.testing.assert_allclose(out.mean((0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(out.var((0, 2, 3)), 1, rtol=1e-12)


def test_local_response_norm_by_hand():
    x = np.array([1.0, 2, 3]).reshape(1, 3, 1, 1)  # sums of squares over 3: 5, 14, 13
    np.testing.assert_allclose(
        local_response_norm(x, 3, alpha=3, beta=1, k=1).ravel(), [1 / 6, 2 / 15, 3 / 14]
    )
