"""The explorers of lesson 06 in Python: what they compute, what they keep, what they refuse."""
import numpy as np
import pytest

from cnnlesson import datasets, explore, nn
from cnnlesson.explore.deep_stack_explorer import started

MAP = np.array([[-2.0, 0.0], [1.0, 3.0]])


@pytest.mark.parametrize("function, expected", [
    ("ReLU", [[0, 0], [1.5, 5.5]]), ("leaky ReLU", [[-0.9, -0.1], [1.5, 5.5]]),
    ("sigmoid", 1 / (1 + np.exp(-(2 * MAP - 0.5)))), ("tanh", np.tanh(2 * MAP - 0.5))])
def test_map_before_and_after(function, expected):
    explorer = explore.activation(MAP, function, slope=0.2, scale=2, bias=-0.5)
    assert np.allclose(explorer.before, 2 * MAP - 0.5) and np.allclose(explorer.after, expected)


@pytest.mark.parametrize("make, sentence", [
    (lambda: explore.activation(MAP, "relu"), "function must be one of ReLU, .*, got 'relu'"),
    (lambda: explore.activation(MAP[0]), r"values must be one map \(H, W\), got shape \(2,\)"),
    (lambda: explore.activation(MAP, slope="a"), "slope must be a number, got 'a'"),
    (lambda: explore.deep_stack(scale="wide"), "scale must be a number, got 'wide'"),
    (lambda: explore.activation(MAP, bias=9), "bias must be from -4 to 4, got 9"),
    (lambda: explore.deep_stack(51), "depth must be from 1 to 50, got 51"),
    (lambda: explore.deep_stack(3.5), "depth must be a whole number, got 3.5"),
    (lambda: explore.deep_stack(3, "relu"), "activation must be one of ReLU"),
    (lambda: explore.deep_stack(scale=0), "scale must be from 0.1 to 10, got 0"),
    (lambda: setattr(explore.deep_stack(), "seed", 10), "seed must be from 0 to 9, got 10")])
def test_what_cannot_be_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_what_was_set_is_kept():
    explore.activation(MAP, x=2.0).bias = 1.5
    assert explore.activation(MAP, x=2.0).bias == 1.5 and explore.activation(MAP, x=2.5).bias == 0
    explore.deep_stack(12).activation = "tanh"
    again = explore.deep_stack(12)
    assert again.activation == again.answer["activation"] == "tanh"


@pytest.mark.parametrize("activation, depth, scale, bias, seed", [
    ("sigmoid", 30, 1.0, 0.0, 0), ("ReLU", 50, 0.7, -0.2, 3), ("tanh", 1, 2.0, 0.1, 9)])
def test_deep_stack_is_that_of_nn(activation, depth, scale, bias, seed):
    explorer = explore.deep_stack(depth, activation, scale=scale, bias=bias, seed=seed)
    stack = nn.deep_stack(depth, activation, scale=scale, bias=bias, seed=seed)
    gradients, dead = nn.gradient_flow(stack, *datasets.small_digits())
    assert np.allclose(explorer.gradients, gradients) and np.array_equal(explorer.dead, dead)
    assert explorer.answer["health"] == nn.health(gradients)
    x = datasets.small_digits(2)[0]
    assert np.array_equal(started(activation, depth, scale, bias, seed)(x), stack(x))


def test_numbers_that_become_too_large_are_answered_by_a_sentence():
    explorer = explore.deep_stack(50, scale=10)
    assert "numbers became too large for float32" in explorer.answer["error"]
    assert explorer.gradients.size == 0 and explorer.dead.shape == (0, 64)
    assert explorer.answer["health"] == "exploding"
    html = explorer._repr_mimebundle_()[0]["text/html"]         # a cell that is run again shows this
    assert "numbers became too large for float32" in html
    explorer.scale = 1.0
    assert not explorer.answer["error"] and explorer.gradients.shape == (50,)


def test_static_pictures():
    assert "Histogram of 4 numbers" in explore.activation(MAP)._repr_mimebundle_()[0]["text/html"]
    html = explore.deep_stack(30, "sigmoid")._repr_mimebundle_()[0]["text/html"]
    assert "sigmoid: from 5 · 10⁻¹⁶ to 3 · 10⁻¹" in html
    assert "Map of 30 layers × 64 units, dead ones yellow: 0 % dead" in html


def test_no_sigmoid_is_dead():
    for scale, bias in ((10.0, 1.0), (10.0, -1.0), (0.1, -1.0)):
        explorer = explore.deep_stack(50, "sigmoid", scale=scale, bias=bias)
        assert not explorer.dead.any()
