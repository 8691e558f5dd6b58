"""The Python side of the iteration explorer: one pass against PyTorch and finite differences, traits, refusals."""
import numpy as np
import pytest

from cnnlesson import explore, plot
from cnnlesson.explore.iteration_explorer import RATES, SHAPES, STAGES, pack, tiny_pass, unpack


def start(seed, scale=0.5):
    rng = np.random.default_rng(seed)
    weights = {name: rng.normal(0, scale, shape) for name, shape in SHAPES.items()}
    return rng.random((3, 1, 8, 8)).round(1), rng.integers(0, 10, 3), weights


@pytest.mark.parametrize("seed", range(20))
def test_one_pass_is_that_of_pytorch(seed):
    torch = pytest.importorskip("torch")
    images, labels, weights = start(seed)
    tensors = {name: torch.tensor(array, requires_grad=True) for name, array in weights.items()}
    maps = torch.nn.functional.conv2d(torch.tensor(images[:1]), tensors["kernels"], tensors["kernel_bias"])
    pooled = torch.nn.functional.max_pool2d(maps.relu(), 2)
    logits = pooled.flatten(1) @ tensors["dense"].T + tensors["dense_bias"]
    for values in (maps, pooled, logits):
        values.retain_grad()
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(labels[:1]))
    loss.backward()
    got = tiny_pass(images[0, 0], labels[0], weights)
    assert got["loss"] == pytest.approx(loss.item())
    for name, tensor in (tensors | dict(maps=maps, pooled=pooled, logits=logits)).items():
        np.testing.assert_allclose(np.squeeze(got["grad_" + name]), np.squeeze(tensor.grad.numpy()), atol=1e-12)
    for name, tensor in dict(maps=maps, pooled=pooled, logits=logits).items():
        np.testing.assert_allclose(got[name], tensor.detach().numpy()[0], atol=1e-12)


@pytest.mark.parametrize("array", SHAPES)
@pytest.mark.parametrize("index", [0, 1])
def test_a_tiny_nudge_follows_the_gradient(array, index):
    explorer = explore.iteration(*start(5))
    explorer.array, explorer.index, explorer.nudge = array, index, 1e-5
    up = explorer.nudged_loss
    explorer.nudge = -1e-5
    assert (up - explorer.nudged_loss) / 2e-5 == pytest.approx(explorer.gradient, abs=1e-8)


def test_weights_come_back_as_they_were():
    images, labels, weights = start(0)
    for name, array in unpack(pack(weights)).items():
        np.testing.assert_array_equal(array, weights[name])
    assert len(pack(weights)) == 210 and len(STAGES) == 9


def test_the_figure_has_both_ways():
    explorer = explore.iteration(*start(1))
    alt = plot.describe(explorer.figure())
    assert alt.startswith("6 pictures") and alt.count("Kernel, 3 × 3") == 2


def test_the_same_call_keeps_what_was_set():
    images, labels, weights = start(2)
    before = explore.iteration(images, labels, weights)
    before.stage, before.numbers, before.losses = 4, [0.5] * 210, [2.0]
    again = explore.iteration(images, labels, weights)
    assert (again.stage, again.iterations, again.numbers[7]) == (4, 1, 0.5)
    assert explore.iteration(images, labels, weights, lr=1.0).stage == 1


@pytest.mark.parametrize("change, said", [
    (dict(images=np.ones((1, 1, 28, 28))), r"images must have shape \(N, 1, 8, 8\), got \(1, 1, 28, 28\)"),
    (dict(images=np.full((3, 1, 8, 8), np.nan)), "images"),
    (dict(labels=[1]), "labels must be 3 whole numbers from 0 to 9, got"),
    (dict(labels=[1, 2, 12]), "labels must be 3 whole numbers from 0 to 9, got"),
    (dict(weights={}), "weights must be a dict with the keys kernels, kernel_bias, dense, dense_bias"),
    (dict(weights={name: np.zeros(3) for name in SHAPES}), r"weights\['kernels'\] must have shape \(2, 1, 3, 3\)"),
    (dict(lr=0.2), "lr must be one of 0.01, 0.03, 0.1, 0.3, 1, 3, 10, got 0.2"),
    (dict(stage=0), "stage must be from 1 to 9, got 0"), (dict(stage=10), "stage must be from 1 to 9, got 10"),
])
def test_bad_arguments_are_refused(change, said):
    images, labels, weights = start(3)
    with pytest.raises(ValueError, match=said):
        explore.iteration(**dict(images=images, labels=labels, weights=weights) | change)


def test_every_rate_is_accepted():
    for lr in RATES:
        assert explore.iteration(*start(4), lr=lr).lr == lr
