"""What the weight explorer counts is what the layers of `nn` have, and it refuses what cannot be."""
import numpy as np
import pytest

from cnnlesson import explore, nn
from cnnlesson.explore.weight_explorer import LIMITS, count


@pytest.mark.parametrize("seed", range(30))
def test_counts_are_those_of_the_layers(seed):
    rng = np.random.default_rng(seed)
    settings = [int(rng.integers(low, min(high, 60) + 1)) for low, high in LIMITS.values()]
    side, channels, hidden, kernel, filters = settings
    counts, image = count(*settings), (channels, side, side)
    pairs = {"dense layer": nn.Sequential(nn.Flatten(), nn.Linear(side * side * channels, hidden)),
             "convolution": nn.Conv2d(channels, filters, kernel)}
    for name, layer in pairs.items():
        table, found = nn.summary(layer, image), counts[name]
        weight = (layer[1] if name == "dense layer" else layer).weight
        assert found["weights"] == weight.size and found["one"] == weight[0].size
        assert found["weights"] + found["biases"] == table.parameters
        assert found["multiply-adds"] == table.multiply_adds
        assert found["outputs"] == np.prod(table.rows[-1].output)


def test_settings_are_on_the_object_and_kept():
    explorer = explore.weights(72, 3)
    assert [getattr(explorer, name) for name in LIMITS] == [72, 3, 128, 3, 16]
    assert explorer.counts["dense layer"]["one"] == 15_552
    explorer = explore.weights(64)
    explorer.filters = 40
    assert explore.weights(64).filters == 40 and explore.weights(64, filters=17).filters == 17


@pytest.mark.parametrize("name, value, sentence", [
    ("side", 8, "side must be ≥ 16, got 8"), ("side", 225, "side must be ≤ 224, got 225"),
    ("channels", 0, "channels must be ≥ 1, got 0"), ("kernel", 12, "kernel must be ≤ 11, got 12"),
    ("hidden", 2.5, "hidden must be a whole number, got 2.5"),
    ("filters", "3", "filters must be a whole number, got '3'")])
def test_what_cannot_be_is_refused(name, value, sentence):
    with pytest.raises(ValueError, match=sentence):
        explore.weights(**{name: value})
    if isinstance(value, int):
        with pytest.raises(ValueError, match=sentence):
            setattr(explore.weights(), name, value)


def test_static_picture_holds_the_counts():
    html = explore.weights(72, 3)._repr_mimebundle_()[0]["text/html"]
    assert "in weights. dense layer: 1 990 656, convolution: 432." in html
    assert "in multiply-adds. dense layer: 1 990 656, convolution: 2 116 800." in html
