"""Weights to PyTorch and back: the same names and shapes, the same logits, and nothing changes when they do not fit."""
import types

import numpy as np
import pytest

from cnnlesson import nn
from tests.nn.test_famous_networks import NORMALISED, SIDES, lively
from tests.nn.test_weights import CHANGES, network, same, snapshot


def twin_of_network(torch):
    """PyTorch's `network`."""
    layers = torch.nn
    return layers.Sequential(
        layers.Conv2d(1, 2, 3, bias=False), layers.Sequential(layers.BatchNorm2d(2), layers.ReLU()), layers.Flatten(),
        layers.Linear(2 * 36, 3)).eval()


def tensors(torch, model):
    return {name: torch.tensor(array) for name, array in nn.state_dict(model).items()}


def logits_of(torch, twin, x):
    with torch.no_grad():
        return twin.eval()(torch.tensor(x)).numpy()


def test_names_and_shapes_are_pytorchs(torch):
    ours, theirs = nn.state_dict(network(1)), twin_of_network(torch).state_dict()
    assert {name: array.shape for name, array in ours.items()} == {n: tuple(t.shape) for n, t in theirs.items()}
    assert list(ours) == list(theirs)


def test_pytorch_takes_our_weights(torch, rng):
    model, twin, x = network(1), twin_of_network(torch), rng.normal(size=(4, 1, 8, 8)).astype(np.float32)
    twin.load_state_dict(tensors(torch, model), strict=True)
    np.testing.assert_allclose(logits_of(torch, twin, x), nn.predict(model, x), rtol=1e-5, atol=1e-5)


def test_we_take_pytorchs_weights(torch, rng):
    twin, x = twin_of_network(torch), rng.normal(size=(4, 1, 8, 8)).astype(np.float32)
    twin.train()(torch.tensor(x))       # moves the averages and the counter
    model = network(2)
    assert nn.load_state_dict(model, twin.state_dict()) is model
    assert model[1][0].num_batches_tracked == 1
    np.testing.assert_allclose(nn.predict(model, x), logits_of(torch, twin, x), rtol=1e-5, atol=1e-5)


TWINS = {name: name for name in SIDES} | {       # ours → the twin's
    "alexnet": "AlexNet", "googlenet": "GoogLeNet", "squeezenet": "SqueezeNet"}
NETWORKS = [*((name, {}) for name in SIDES), ("resnet18", dict(shortcuts=False)), ("lenet5", dict(original=True))]


def twin_of(name, settings, ours, twins):
    """The network in PyTorch, and the images that it takes where ours takes some in [0, 1]."""
    if "original" in settings:
        return twins.LeNet5Original(ours["output"].codes, ours["output"].scale), lambda x: 1.275 * x - 0.1
    args = (20,) if name == "resnet_small" else ()
    mean, std = getattr(twins, NORMALISED.get(name, "IMAGENET"))
    return getattr(twins, TWINS[name])(*args, **settings), lambda x: twins.normalised(x, mean, std).numpy()


@pytest.mark.parametrize("name, settings", NETWORKS)
def test_networks_go_to_pytorch_and_come_back(name, settings, torch, twins, rng):
    ours = lively(getattr(nn, name)(**settings)).eval()
    theirs, prepared = twin_of(name, settings, ours, twins)
    x = rng.random((1, 1 if SIDES[name] == 28 else 3, SIDES[name], SIDES[name])).astype(np.float32)
    theirs.load_state_dict(tensors(torch, ours), strict=True)
    logits = nn.predict(ours, x)
    np.testing.assert_allclose(
        logits_of(torch, theirs, prepared(x)), logits, rtol=0, atol=1e-3 * np.abs(logits).max())
    for array in ours.state().values():
        array[...] = 0
    nn.load_state_dict(ours, theirs.state_dict())
    np.testing.assert_array_equal(nn.predict(ours, x), logits)


def test_arrays_are_copies(torch):
    model = network(1)
    state, before = nn.state_dict(model), snapshot(model)
    state["3.weight"][:] = 0
    assert same(model.state(), before)
    twin = nn.load_state_dict(network(2), model.state())
    twin[3].weight[:] = 0
    assert same(model.state(), before)
    theirs = twin_of_network(torch)
    nn.load_state_dict(model, theirs.state_dict())[3].weight[:] = 0
    assert theirs.state_dict()["3.weight"].any()


def test_arrays_are_plain_whatever_the_model_holds():
    layer = nn.Linear(2, 3)
    layer.weight = np.asfortranarray(layer.weight)[:, ::-1]
    weight = nn.state_dict(layer)["weight"]
    assert type(weight) is np.ndarray and weight.flags.c_contiguous and weight.flags.owndata
    np.testing.assert_array_equal(weight, layer.weight)


def test_any_mapping_of_anything_like_an_array_fits(torch):
    model = network(1)
    for state in (tensors(torch, model),
                  {name: tensor.requires_grad_(tensor.is_floating_point())
                   for name, tensor in tensors(torch, model).items()},
                  {name: tensor.double() for name, tensor in tensors(torch, model).items()},
                  {name: array.tolist() for name, array in model.state().items()},
                  types.MappingProxyType(model.state())):
        assert same(nn.load_state_dict(network(2), state).state(), model.state())


@pytest.mark.parametrize("dtype, near", [("float16", 1e-3), ("bfloat16", 1e-2), ("float64", 0)])
def test_other_precisions_fit(torch, dtype, near):
    model = network(1)
    state = {name: tensor.to(getattr(torch, dtype)) for name, tensor in tensors(torch, model).items()}
    twin = nn.load_state_dict(network(2), state)
    for name, array in twin.state().items():
        assert array.dtype == model.state()[name].dtype
        np.testing.assert_allclose(array, model.state()[name], rtol=near)


def test_counter_of_batch_norm_may_be_missing(tmp_path):
    model, twin = network(1), network(2)
    twin(np.ones((1, 1, 8, 8)))
    state = {name: array for name, array in nn.state_dict(model).items() if "num_batches_tracked" not in name}
    assert len(state) == len(model.state()) - 1
    nn.load_state_dict(twin, state)
    assert same({name: twin.state()[name] for name in state}, state)
    assert twin[1][0].num_batches_tracked == 2      # its own stays
    np.savez(tmp_path / "old.npz", **state)
    assert same({name: nn.load_weights(network(3), tmp_path / "old").state()[name] for name in state}, state)


MORE = CHANGES | {
    "counter of another layer": ({"0.num_batches_tracked": 3}, "the model has no place for 0.num_batches_tracked"),
    "counter that is none": ({"1.0.num_batches_tracked": np.nan}, "num_batches_tracked of layer 1.0 (BatchNorm2d) m"),
    "counter in parts": ({"1.0.num_batches_tracked": 2.5}, "num_batches_tracked of layer 1.0 (BatchNorm2d) m"),
    "counter too large": ({"1.0.num_batches_tracked": 1e300}, "num_batches_tracked of layer 1.0 (BatchNorm2d) m"),
    "many extra": ({f"9.{i}": 1 for i in range(5)}, "the model has no place for 9.0, 9.1, 9.2 and 2 more"),
    "names that are numbers": ({7: 1, 8: 1}, "the model has no place for 7, 8"),
    "rows of different lengths": ({"3.bias": [[1], [1, 2]]}, "3.bias must be an array, got [[1], [1, 2]]"),
    "something else": ({"3.bias": {}}, "bias of layer 3 (Linear) must have shape (3,), got ()"),
}


@pytest.mark.parametrize("case", MORE)
def test_misfit_is_refused_before_anything_changes(case):
    change, sentence = MORE[case]
    state = {name: array for name, array in (network(1).state() | change).items() if array is not None}
    check_refusal(state, f"state does not fit: {sentence}")


def check_refusal(state, sentence):
    model = network(2)
    before = snapshot(model)
    with pytest.raises(ValueError) as error:
        nn.load_state_dict(model, state)
    assert str(error.value).startswith(sentence) and "\n" not in str(error.value)
    assert same(model.state(), before)


def test_module_itself_or_a_whole_checkpoint_is_refused(torch):
    twin = twin_of_network(torch)
    check_refusal(twin, "state must map names to arrays, as state_dict gives them, got Sequential(")
    check_refusal(None, "state must map names to arrays, as state_dict gives them, got None")
    check_refusal({"epoch": 3, "model": twin.state_dict()}, "state does not fit: it has no weight of layer 0 (Conv2d)")
    check_refusal({f"module.{name}": t for name, t in twin.state_dict().items()}, "state does not fit: it has no")
    sparse = twin.state_dict() | {"3.weight": twin.state_dict()["3.weight"].to_sparse()}
    check_refusal(sparse, "state does not fit: 3.weight must be an array, got tensor(")
