"""The explorer of lesson 09 in Python: what it computes, what it keeps, what it refuses."""
import numpy as np
import pytest
from scipy import special

from cnnlesson import explore
from cnnlesson.explore.softmax_explorer import answer


@pytest.mark.parametrize("seed", range(20))
def test_probabilities_loss_and_gradient(seed):
    rng = np.random.default_rng(seed)
    logits, temperature, label = rng.uniform(-10, 10, 3).round(1), float(rng.uniform(0.05, 5)), int(rng.integers(3))
    explorer = explore.softmax(logits, temperature=temperature, label=label)
    logs = special.log_softmax(logits / temperature)
    assert np.allclose(explorer.probabilities, np.exp(logs)) and np.isclose(explorer.loss, -logs[label])
    assert np.allclose(explorer.gradient, np.exp(logs) - np.eye(3)[label])


@pytest.mark.parametrize("seed", range(5))
def test_p_minus_y_is_the_slope_of_the_loss(seed):
    rng, step = np.random.default_rng(seed), 1e-6
    logits, temperature, label = rng.normal(0, 3, 3), float(rng.uniform(0.5, 5)), int(rng.integers(3))
    up, down = ([answer(logits + way * move, temperature, label)[1] for move in step * np.eye(3)] for way in (1, -1))
    measured = np.subtract(up, down) / (2 * step)
    assert np.allclose(answer(logits, temperature, label)[2] / temperature, measured, atol=1e-7)


@pytest.mark.parametrize("logits, label, probabilities, loss", [
    ([1, 2, 3], 2, [0, 0, 1], 0), ([1, 2, 3], 0, [0, 0, 1], np.inf), ([3, 1, 3], 2, [0.5, 0, 0.5], np.log(2)),
    ([0, 0, 0], 1, [1 / 3] * 3, np.log(3))])
def test_temperature_0_is_the_limit(logits, label, probabilities, loss):
    limit = answer(logits, 0, label)
    assert np.allclose(limit[0], probabilities) and np.isclose(limit[1], loss)
    assert np.allclose(limit[0], answer(logits, 1e-3, label)[0])


def test_the_ends_give_no_nan():
    loss = answer([10, -10, 10], 0.05, 1)[1]
    assert np.isclose(loss, 400 + np.log(2))
    assert np.allclose(answer([10, -10, 0], 1e9, 1)[0], 1 / 3)


@pytest.mark.parametrize("make, sentence", [
    (lambda: explore.softmax([1, 2]), r"logits must be three numbers, got shape \(2,\)"),
    (lambda: explore.softmax([1, 2, 11]), "logits must be from -10 to 10, got 11"),
    (lambda: explore.softmax([1, 2, np.nan]), "logits must be from -10 to 10, got nan"),
    (lambda: explore.softmax(names=("a", "a", "b")), "names must be three different texts"),
    (lambda: explore.softmax(temperature=-1), "temperature must be from 0 to 5, got -1"),
    (lambda: explore.softmax(label=3), "label must be 0, 1 or 2, got 3"),
    (lambda: setattr(explore.softmax(), "logits", [0, 0]), "logits must be three numbers"),
    (lambda: setattr(explore.softmax(), "label", 7), "label must be 0, 1 or 2, got 7")])
def test_what_cannot_be_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_what_was_set_is_kept():
    explore.softmax([1, 2, 3]).logits = [3, 2, 1]
    assert explore.softmax([1, 2, 3]).logits == [3, 2, 1] and explore.softmax([1, 2, 4]).logits == [1, 2, 4]


def test_static_picture():
    html = explore.softmax([0, 0, 0], names=("cat", "dog", "cow"), label=1)._repr_mimebundle_()[0]["text/html"]
    assert "cat: 0.33, dog: 0.33, cow: 0.33. Highlighted: dog." in html and "dog: −0.67" in html
    assert "img" in explore.softmax([9, 0, 0], temperature=0, label=2)._repr_mimebundle_()[0]["text/html"]
