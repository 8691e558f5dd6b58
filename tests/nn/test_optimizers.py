"""SGD and Adam: against torch.optim."""
import numpy as np
import pytest

from cnnlesson import nn

RULES = {
    "plain": (nn.SGD, "SGD", dict(lr=0.1)),
    "momentum": (nn.SGD, "SGD", dict(lr=0.1, momentum=0.9)),
    "decay": (nn.SGD, "SGD", dict(lr=0.1, weight_decay=0.05)),
    "momentum and decay": (nn.SGD, "SGD", dict(lr=0.1, momentum=0.5, weight_decay=0.05)),
    "Adam": (nn.Adam, "Adam", dict(lr=0.1)),
    "Adam, all settings": (nn.Adam, "Adam", dict(lr=0.02, betas=(0.7, 0.95), eps=1e-4, weight_decay=0.05)),
}


@pytest.mark.parametrize("schedule", [False, True], ids=["one lr", "lr changes"])
@pytest.mark.parametrize("rule", RULES)
def test_twenty_steps_equal_pytorch(torch, rule, schedule, rng):
    ours, name, settings = RULES[rule]
    layer = nn.Linear(4, 3, rng=1)
    layer.bias += 1
    data = [torch.tensor(p.data.copy(), requires_grad=True) for p in layer.parameters()]
    mine, theirs = ours(layer.parameters(), **settings), getattr(torch.optim, name)(data, **settings)
    for step in range(20):
        if schedule:
            mine.lr = theirs.param_groups[0]["lr"] = settings["lr"] / (1 + step)
        for p, twin in zip(layer.parameters(), data, strict=True):
            grad = rng.normal(size=p.data.shape).astype(np.float32) * 10.0 ** rng.integers(-3, 2)
            setattr(layer, "grad_" + p.name, grad)
            twin.grad = torch.tensor(grad, dtype=torch.float32)
        mine.step(), theirs.step()
        for p, twin in zip(layer.parameters(), data, strict=True):
            np.testing.assert_allclose(p.data, twin.detach().numpy(), 1e-5, 1e-6)
            assert p.data.dtype == np.float32


@pytest.mark.parametrize("rule", RULES)
def test_step_downhill_on_a_parabola(rule):
    """Without an oracle: all rules come near the minimum of (w − 3)²."""
    ours, _, settings = RULES[rule]
    layer = nn.Linear(1, 1, bias=False)
    optimizer = ours(layer.parameters(), **settings | {"weight_decay": 0})
    for _ in range(400):
        layer.grad_weight = 2 * (layer.weight - 3)
        optimizer.step()
    assert layer.weight.item() == pytest.approx(3, abs=0.01)


def test_step_writes_into_the_layer():
    layer = nn.Linear(1, 1)
    weight = layer.weight
    layer.grad_weight, layer.grad_bias = np.ones((1, 1)), np.ones(1)
    nn.SGD(layer.parameters(), lr=0.25).step()
    assert layer.weight is weight and layer.bias == -0.25


@pytest.mark.parametrize("optimizer", [nn.SGD, nn.Adam])
def test_step_before_backward(optimizer):
    model = nn.lenet5()
    before = {name: array.copy() for name, array in model.state().items()}
    with pytest.raises(ValueError, match="^weight of Conv2d.* has no gradient yet: call model"):
        optimizer(model.parameters(), lr=0.1).step()
    assert all((array == before[name]).all() for name, array in model.state().items())


@pytest.mark.parametrize("settings, sentence", [
    (dict(lr=-1), "lr must be ≥ 0, got -1"),
    (dict(lr=np.nan), "lr must be a number, got nan"),
    (dict(lr=np.inf), "lr must be finite, got inf"),
    (dict(lr="fast"), "lr must be a number, got 'fast'"),
    (dict(weight_decay=-0.1), "weight_decay must be ≥ 0, got -0.1"),
    (dict(momentum=1), "momentum must be in [0, 1), got 1"),
    (dict(momentum=None), "momentum must be a number, got None"),
    (dict(parameters=[]), "parameters must not be empty: the model has no weights"),
    (dict(parameters=nn.mlp()), "parameters must come from model.parameters(), got Normalize("),
    (dict(rule=nn.Adam, betas=(0.9, 1)), "betas must be in [0, 1), got (0.9, 1)"),
    (dict(rule=nn.Adam, eps=-1), "eps must be ≥ 0, got -1"),
])
def test_refusals(settings, sentence):
    settings = dict(parameters=nn.Linear(1, 1).parameters(), lr=0.1) | settings
    with pytest.raises(ValueError) as error:
        settings.pop("rule", nn.SGD)(**settings)
    assert sentence in str(error.value)


def float64_pair(torch, seed):
    """A small network with batch norm, in float64, and its twin in PyTorch.

    No bias stands before batch norm, which takes it out again: its gradient is rounding error, and Adam would
    scale that up to whole steps.
    """
    rng, layers = np.random.default_rng(seed), torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, bias=False, rng=rng), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, bias=False, rng=rng), nn.BatchNorm2d(6), nn.Tanh(), nn.Dropout(0), nn.Flatten(),
        nn.Linear(24, 3, rng=rng))
    for layer in model:
        for name, array in layer.own_arrays((*layer.arrays, *layer.buffers)).items():
            setattr(layer, name, array.astype(float) if array.dtype.kind == "f" else array)
    twin = layers.Sequential(
        layers.Conv2d(1, 4, 3, padding=1, bias=False), layers.BatchNorm2d(4), layers.ReLU(), layers.MaxPool2d(2),
        layers.Conv2d(4, 6, 3, bias=False), layers.BatchNorm2d(6), layers.Tanh(), layers.Dropout(0), layers.Flatten(),
        layers.Linear(24, 3)).double()
    twin.load_state_dict({name: torch.tensor(array) for name, array in model.state().items()}, strict=False)
    return model, twin


@pytest.mark.parametrize("rule", RULES)
def test_a_hundred_steps_of_a_network_equal_pytorch(torch, rule, rng):
    """Batch norm, dropout with p = 0, weight decay on everything: the whole way is the same."""
    ours, name, settings = RULES[rule]
    model, twin = float64_pair(torch, seed=1)
    settings = settings | dict(lr=0.01)
    mine, theirs = ours(model.parameters(), **settings), getattr(torch.optim, name)(twin.parameters(), **settings)
    start = model[0].weight.copy()
    for _ in range(100):
        images, labels = rng.normal(size=(16, 1, 8, 8)), rng.integers(0, 3, 16)
        loss, _ = nn.train_step(model, images, labels, mine)
        theirs.zero_grad()
        expected = torch.nn.functional.cross_entropy(twin(torch.tensor(images)), torch.tensor(labels))
        expected.backward()
        theirs.step()
        assert loss == pytest.approx(expected.item(), rel=1e-9)
        for key, tensor in twin.state_dict().items():
            if key in model.state() and tensor.is_floating_point():
                np.testing.assert_allclose(model.state()[key], tensor.numpy(), 1e-9, 1e-12, err_msg=key)
    assert abs(model[0].weight - start).max() > 0.03 and model[0].weight.dtype == np.float64
