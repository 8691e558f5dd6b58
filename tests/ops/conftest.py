"""PyTorch as the oracle: a second opinion on outputs and gradients, from other people's code."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def torch():
    torch = pytest.importorskip("torch", reason="PyTorch, the oracle of this test, is not installed")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield torch
    torch.set_num_threads(threads)


@pytest.fixture
def against_torch(torch):
    """Compare output and gradients with PyTorch's, in float64 at 1e-9 and in float32 at 1e-4."""

    def compare(forward, backward, oracle, arrays, rng):
        """forward(*arrays) → out; backward(grad, *arrays) → a gradient each; oracle(*tensors) → tensor."""
        for dtype, tolerance in ((np.float64, 1e-9), (np.float32, 1e-4)):
            inputs = [a.astype(dtype) for a in arrays]
            leaves = [torch.tensor(a, requires_grad=True) for a in inputs]
            expected = oracle(*leaves)
            grad = rng.standard_normal(expected.shape).astype(dtype)
            expected.backward(torch.tensor(grad))

            out, grads = forward(*inputs), backward(grad, *inputs)
            grads = grads if isinstance(grads, tuple) else (grads,)
            assert len(grads) == len(leaves)
            for got, want in zip((out, *grads), (expected.detach(), *(x.grad for x in leaves)), strict=True):
                assert got.dtype == dtype
                assert got.shape == tuple(want.shape)
                np.testing.assert_allclose(got, want.numpy(), rtol=tolerance, atol=tolerance)

    return compare


@pytest.fixture
def numeric_gradient():
    """d sum(function(x) · grad) / dx by central differences, one entry at a time."""

    def measure(function, x, grad, step=1e-5):
        slopes = np.empty(x.shape)
        for i in np.ndindex(x.shape):
            shifted = [x.copy(), x.copy()]
            shifted[0][i] += step
            shifted[1][i] -= step
            up, down = (float((function(s) * grad).sum()) for s in shifted)
            slopes[i] = (up - down) / (2 * step)
        return slopes

    return measure
