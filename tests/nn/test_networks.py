"""Networks by name: their size, their start, what they take."""
import math

import numpy as np
import pytest

from cnnlesson import nn
from cnnlesson.ops import cross_entropy

BUILDERS = [nn.mlp, nn.lenet5]


@pytest.mark.parametrize("build, count", [(nn.lenet5, 61_706), (nn.mlp, 101_770)])
def test_number_of_parameters(build, count):
    assert build().num_parameters == count == sum(array.size for array in build().state().values())


def test_widths_can_be_chosen():
    assert nn.mlp(5, inputs=12, classes=3).num_parameters == 12 * 5 + 5 + 5 * 3 + 3
    assert nn.mlp(5, inputs=12, classes=3)(np.ones((2, 3, 2, 2))).shape == (2, 3)
    assert nn.lenet5(4)(np.ones((2, 1, 28, 28))).shape == (2, 4)


@pytest.mark.parametrize("build", BUILDERS)
def test_seed_decides_the_start(build):
    one, again, other = build(seed=1).state(), build(seed=1).state(), build(seed=2).state()
    for name, weight in one.items():
        assert weight.dtype == np.float32
        np.testing.assert_array_equal(weight, again[name])
        assert "bias" in name or not (weight == other[name]).any()


@pytest.mark.parametrize("build", BUILDERS)
def test_first_layer_normalises(build, digits):
    normalised = build()[0](digits.train.pixels[:20_000] / np.float32(255))
    assert normalised.mean(dtype=float) == pytest.approx(0, abs=0.01)
    assert normalised.std(dtype=float) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("build", BUILDERS)
def test_training_begins_near_equal_probabilities(build, seed, digits):
    logits = nn.predict(build(seed=seed), digits.train.pixels[:500])
    assert logits.dtype == np.float32
    assert cross_entropy(logits, digits.train.labels[:500]) == pytest.approx(math.log(10), abs=0.2)


@pytest.mark.parametrize("call, sentence", [
    (lambda: nn.mlp(hidden=0), "hidden must be ≥ 1, got 0"),
    (lambda: nn.mlp(hidden=12.5), "hidden must be a whole number, got 12.5"),
    (lambda: nn.mlp(inputs=-1), "inputs must be ≥ 1, got -1"),
    (lambda: nn.mlp(classes="ten"), "classes must be a whole number, got 'ten'"),
    (lambda: nn.lenet5(0), "classes must be ≥ 1, got 0"),
    (lambda: nn.trained("nope"), "name must be one of 'digits', 'squeezenet', got 'nope'"),
    (lambda: nn.trained(3), "name must be one of 'digits', 'squeezenet', got 3"),
    (lambda: nn.lenet5()(np.zeros((28, 28))), "x must have 4 dimensions (N, C, H, W), got shape (28, 28)"),
])
def test_refusals(call, sentence):
    with pytest.raises(ValueError) as error:
        call()
    assert sentence in str(error.value)


def test_shipped_network_recognises_digits(digits):
    model = nn.trained("digits")
    assert not any(layer.training for layer in (model, *model))
    right = 0
    for i in range(0, 10_000, 500):
        right += (model(digits.test.images[i:i + 500]).argmax(1) == digits.test.labels[i:i + 500]).sum()
    assert right / 10_000 >= 0.994


def test_shipped_network_is_loaded_anew_each_time():
    nn.trained("digits")[1].weight[:] = 0
    assert nn.trained("digits")[1].weight.any()
