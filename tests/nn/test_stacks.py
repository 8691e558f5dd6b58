"""Deep stacks: gradients against finite differences and PyTorch, dead units against a plain count."""
import numpy as np
import pytest

from cnnlesson import datasets, nn, ops
from cnnlesson.nn.stacks import ACTIVATIONS


def losses(stack, x, labels, shift=0.0, layer=0, unit=0):
    """The loss of each image in float64, with something added to one sum of one layer."""
    layers = list(stack)
    for number, part in enumerate(layers):
        x = x @ part.weight.T.astype(float) + part.bias if isinstance(part, nn.Linear) else part.forward(x)
        if number == 2 * layer:
            x = x + shift * (np.arange(x.shape[1]) == unit)
    return -ops.log_softmax(x)[np.arange(len(x)), labels]


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "leaky ReLU", "ReLU"])
def test_gradients_are_those_of_finite_differences(activation):
    rng = np.random.default_rng(1)
    stack = nn.deep_stack(4, activation, scale=1.3, bias=0.1, width=6, seed=2)
    x, labels = rng.normal(size=(5, 6)), rng.integers(0, 10, 5)
    gradients, _ = nn.gradient_flow(stack, x, labels)
    for layer in range(4):
        parts = [(losses(stack, x, labels, 1e-6, layer, unit) - losses(stack, x, labels, -1e-6, layer, unit)) / 2e-6
                 for unit in range(6)]
        assert gradients[layer] == pytest.approx(np.sqrt((np.array(parts) ** 2).sum(0).mean()), rel=1e-4)


def test_dead_units_are_zero_for_all_images():
    x, labels = datasets.small_digits()
    stack = nn.deep_stack(6, "ReLU", bias=-0.3, seed=3)
    _, dead = nn.gradient_flow(stack, x, labels)
    for layer in range(6):
        x = np.maximum(x @ stack[2 * layer].weight.T + stack[2 * layer].bias, 0)
        assert np.array_equal(dead[layer], (x == 0).all(0))
    assert 0 < dead.mean() < 1


@pytest.mark.parametrize("activation, scale, low, high", [
    ("sigmoid", 1, -16, -13), ("ReLU", 1, -1, 1), ("ReLU", 0.5, -10, -8), ("ReLU", 2, 8, 10), ("tanh", 1, 0, 1)])
def test_ratio_over_seeds(activation, scale, low, high):
    x, labels = datasets.small_digits()
    for seed in range(8):
        gradients, _ = nn.gradient_flow(nn.deep_stack(30, activation, scale=scale, seed=seed), x, labels)
        assert low < np.log10(gradients[0] / gradients[-1]) < high


def test_start_has_the_spread_that_is_asked_for():
    stack = nn.deep_stack(8, "tanh", scale=3, bias=-0.5)
    assert np.std([stack[2 * k].weight for k in range(8)]) == pytest.approx(3 * np.sqrt(2 / 64), rel=0.02)
    assert np.std(stack[16].weight) == pytest.approx(np.sqrt(2 / 64), rel=0.1)
    assert all((stack[2 * k].bias == -0.5).all() for k in range(8)) and not stack[16].bias.any()
    assert stack[0].weight.dtype == stack[0].bias.dtype == np.float32


def test_what_cannot_be_is_refused():
    x, labels = datasets.small_digits()
    with pytest.raises(ValueError, match="depth must be ≥ 1, got 0"):
        nn.deep_stack(0)
    with pytest.raises(ValueError, match="activation must be one of ReLU, .*, got 'relu'"):
        nn.deep_stack(3, "relu")
    with pytest.raises(ValueError, match="too large for float32.*on the way forward in layer"):
        nn.gradient_flow(nn.deep_stack(50, "ReLU", scale=10), x, labels)
    with pytest.raises(ValueError, match="too large for float32.*on the way back in layer"):
        nn.gradient_flow(nn.deep_stack(50, "ReLU", scale=10), x * np.float32(1e-30), labels)


@pytest.mark.parametrize("first, word", [(0.0101, "healthy"), (0.0099, "vanishing"), (99, "healthy"),
                                         (101, "exploding"), (0, "none")])
def test_health_has_its_limits_at_a_hundred(first, word):
    assert nn.health([first, 5, 1.0]) == word


def test_small_digits_are_the_mean_of_their_pixels():
    x, labels = datasets.small_digits(3)
    test = datasets.mnist().test
    assert labels.tolist() == test.labels[:3].tolist() and x.shape == (3, 64)
    blocks = [[test.images[1, 0, 4 * i - 2:4 * i + 2, 4 * j - 2:4 * j + 2].mean() for j in range(1, 7)]
              for i in range(1, 7)]
    ours = x[1].reshape(8, 8)[1:7, 1:7]
    assert np.allclose(ours / ours.max(), np.array(blocks) / np.max(blocks), atol=1e-5)
    assert set(ACTIVATIONS) == {"ReLU", "leaky ReLU", "sigmoid", "tanh"}
