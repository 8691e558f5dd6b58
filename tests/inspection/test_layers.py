"""Names against nn.summary's, the two parts against the whole."""
import numpy as np
import pytest

from cnnlesson import inspection, nn
from cnnlesson.inspection.layers import twin
from tests.nn.random_networks import every_layer, random_network


@pytest.mark.parametrize("seed", range(12))
def test_two_parts_are_the_whole(seed):
    model, x = random_network(seed)
    model.eval()
    whole = model(x)
    outputs = {name: model[name].output for name in inspection.layer_names(model)}
    for name, output in outputs.items():
        front, back = inspection.split(model, name)
        np.testing.assert_array_equal(front(x), output)
        np.testing.assert_array_equal(back(output), whole)
        assert front[name] is model[name]
        parts = [*inspection.layer_names(front), *inspection.layer_names(back)]
        assert parts == list(outputs) and parts.index(name) == len(inspection.layer_names(front)) - 1
        assert all(part[n] is model[n] for part in (front, back) for n in inspection.layer_names(part))


@pytest.mark.parametrize("model, shape, blocks", [
    (nn.lenet5(), (1, 28, 28), 0), (nn.squeezenet(), (3, 35, 35), 8), (nn.resnet_small(8), (1, 28, 28), 3),
    (nn.lenet5(original=True), (1, 28, 28), 0), (nn.googlenet(10), (3, 64, 64), 9)])
def test_names_are_those_of_the_summary(model, shape, blocks):
    rows = [row.name for row in nn.summary(model, shape).rows]
    names = inspection.layer_names(model)
    kinds = [type(model[name]) for name in names]
    assert set(names) <= set(rows)
    assert sum(kind in (nn.Fire, nn.Concat, nn.Residual) for kind in kinds) == blocks
    assert nn.Sequential not in kinds
    for name in set(rows) - set(names):         # what is missing lies inside a block
        assert any(name.startswith(block + ".") for block in names)


def test_ways_to_say_which():
    model = nn.squeezenet()
    names = inspection.layer_names(model)
    assert names[4] == "features.3" and names[-1] == "flatten"

    def last(layer):
        return inspection.layer_names(inspection.split(model, layer)[0])[-1]

    for place, name in enumerate(names):
        assert last(name) == last(place) == last(place - len(names)) == last(model[name]) == name
    assert list(inspection.split(model, "features")[1].parts) == ["classifier", "flatten"]
    assert last("features") == "features.12" and last(np.int64(1)) == "features.0"


def test_parts_keep_the_mode():
    model = nn.lenet5()
    assert all(part.training for part in inspection.split(model, 4))
    assert not any(part.training for part in inspection.split(model.eval(), 4))


RELU = nn.ReLU()


@pytest.mark.parametrize("model, layer, sentence", [
    (nn.lenet5(), "conv1", "layer must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, got 'conv1'"),
    (nn.lenet5(), "", "got ''"),
    (nn.lenet5(), 13, "layer must be a place from -13 to 12, got 13"),
    (nn.lenet5(), -14, "layer must be a place from -13 to 12, got -14"),
    (nn.lenet5(), 1.0, "layer must be a name, a place or a layer, got 1.0"),
    (nn.lenet5(), None, "layer must be a name, a place or a layer, got None"),
    (nn.lenet5(), nn.ReLU(), "got ReLU()"),
    (nn.squeezenet(), "features.3.squeeze", "got 'features.3.squeeze'"),
    (nn.Sequential(RELU, inner=nn.Sequential(RELU)), RELU, "got one that stands in 0, inner.0: give a name"),
    (nn.Sequential(), 0, "layer must be a place from 0 to -1, got 0"),
    (nn.Fire(2, 1, 1), 0, "model must be a Sequential, got Fire("),
    (nn.ReLU(), 0, "model must be a Sequential, got ReLU()"),
    ("model", 0, "model must be a Sequential, got 'model'")])
def test_refusals(model, layer, sentence):
    with pytest.raises(ValueError) as error:
        inspection.split(model, layer)
    assert sentence in str(error.value)


def test_a_class_of_ones_own_that_computes_otherwise_stays_whole():
    class Twice(nn.Sequential):
        def forward(self, x):
            return super().forward(super().forward(x))

    assert inspection.layer_names(nn.Sequential(Twice(nn.ReLU()), nn.ReLU())) == ["0", "1"]


@pytest.mark.parametrize("seed", range(12))
def test_twin_answers_alike_and_shares_all_arrays(seed):
    model, x = random_network(seed)
    model(x)
    other = twin(model)
    np.testing.assert_array_equal(other(x), model.eval()(x))
    assert other.state().keys() == model.state().keys()
    assert all(other.state()[name] is array for name, array in model.state().items())
    assert {id(one) for one in every_layer(model)}.isdisjoint(map(id, every_layer(other)))
    assert not any(layer.training for layer in every_layer(other))
