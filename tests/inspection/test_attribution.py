"""Saliency against finite differences and PyTorch, occlusion against plain loops, Grad-CAM against PyTorch."""
import numpy as np
import pytest

from cnnlesson import datasets, inspection, nn
from tests.nn.random_networks import random_network

# --- saliency ---


@pytest.mark.parametrize("seed", range(8))
def test_saliency_equals_finite_differences(seed):
    model, x = random_network(seed)
    model.eval()
    image, steps = x[0], 1e-6 * np.eye(x[0].size).reshape(-1, *x[0].shape)       # one pixel each
    slopes = (model(image + steps) - model(image - steps)) / 2e-6
    for target in range(3):
        expected = abs(slopes[:, target].reshape(image.shape)).max(0)
        np.testing.assert_allclose(inspection.saliency(model, image, target), expected, atol=1e-6)


def test_saliency_equals_pytorchs(digit_network, twin_of_digit_network, autograd, unseen):
    for image, label in zip(unseen.images[:5], unseen.labels, strict=False):
        for target in (label, 3, None):
            asked = label if target is None else target         # these five are classified correctly
            expected = abs(autograd(lambda x: twin_of_digit_network(x)[0, asked], image[None])[0, 0])   # noqa: B023
            np.testing.assert_allclose(inspection.saliency(digit_network, image, target), expected, atol=1e-4)


# --- occlusion ---

def by_loops(model, image, target, size, stride, fill, of):
    """One window at a time."""
    def answer(x):
        logits = model(x[None])[0]
        share = np.exp(logits - logits.max())
        return logits[target] if of == "logit" else share[target] / share.sum()

    tops, lefts = (range(0, side - s + 1, step) for side, s, step in zip(image.shape[1:], size, stride, strict=True))
    lost = np.empty((len(tops), len(lefts)))
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            covered = image.copy()
            for channel, value in zip(covered, np.broadcast_to(fill, len(image)), strict=True):
                channel[top:top + size[0], left:left + size[1]] = value
            lost[i, j] = answer(image) - answer(covered)
    return lost


@pytest.mark.parametrize("of", ["probability", "logit"])
@pytest.mark.parametrize("size, stride", [((3, 3), (1, 1)), ((5, 2), (2, 3)), ((4, 4), (5, 5)), ((12, 1), (1, 1))])
@pytest.mark.parametrize("seed", [1, 4, 9])
def test_occlusion_equals_plain_loops(seed, size, stride, of):
    model, x = random_network(seed)
    model.eval()
    fill = np.linspace(-1, 1, x.shape[1]) if seed == 4 else 0.25
    got = inspection.occlusion(model, x[0], 2, size=size, stride=stride, fill=fill, of=of)
    np.testing.assert_allclose(got, by_loops(model, x[0], 2, size, stride, fill, of), atol=1e-12)
    if size == (3, 3):
        square = inspection.occlusion(model, x[0], 2, size=3, fill=fill, of=of)
        np.testing.assert_array_equal(square, got)


def test_occlusion_of_a_digit(digit_network, unseen):
    """484 windows, in chunks; without a target the digit that the network reads."""
    image = unseen.images[0]
    got = inspection.occlusion(digit_network, image, size=7)
    assert got.shape == (22, 22) and got.dtype == np.float32
    np.testing.assert_allclose(got, by_loops(digit_network, image, 7, (7, 7), (1, 1), 0, "probability"), atol=1e-5)
    assert got.max() > 0.5


# --- Grad-CAM ---

def cam_by_autograd(torch, layers, x, at, target):
    """Selvaraju et al.'s two equations; `layers` in a row, maps taken behind layer `at`."""
    maps = layers[:at + 1](x).detach().requires_grad_(True)
    layers[at + 1:](maps)[0, target].backward()
    alpha = maps.grad[0].mean((1, 2))
    return torch.relu((alpha[:, None, None] * maps[0]).sum(0)).detach().numpy()


@pytest.mark.parametrize("layer, size", [(1, 28), (3, 14), (4, 10), (6, 5)])
def test_grad_cam_of_digits_equals_pytorchs(layer, size, digit_network, twin_of_digit_network, torch, unseen):
    from tests.nn import twins
    for image, label in zip(unseen.images[:4], unseen.labels, strict=False):
        x = twins.normalised(image[None], *twins.MNIST)
        for target in (label, 8, None):
            asked = label if target is None else target
            expected = cam_by_autograd(torch, twin_of_digit_network, x, layer, int(asked))
            got = inspection.grad_cam(digit_network, image, layer, target)
            assert got.shape == (size, size)
            np.testing.assert_allclose(got, expected, atol=1e-4)


def test_grad_cam_of_a_photo_equals_pytorchs(torch):
    from tests.nn import twins
    model, image = nn.trained("squeezenet"), datasets.photo("chelsea", 227)
    theirs = twins.load(twins.SqueezeNet(), model)
    layers = torch.nn.Sequential(*theirs.features, *theirs.classifier, torch.nn.Flatten())
    x = twins.normalised(image[None], *twins.CAFFE)
    expected = cam_by_autograd(torch, layers, x, 12, 285)       # Egyptian cat: what the network sees
    got = inspection.grad_cam(model, image, "features.12")
    assert got.shape == (13, 13) and got.max() > 0
    np.testing.assert_allclose(got, expected, atol=1e-4 * expected.max())


@pytest.mark.parametrize("seed", range(6))
def test_grad_cam_in_double_precision(seed):
    """Weights by finite differences on the maps themselves."""
    model, x = random_network(seed)
    model.eval()(x)
    maps_at = [name for name in inspection.layer_names(model) if len(model[name].output.shape) == 4]
    front, back = inspection.split(model, maps_at[-1])
    maps = front(x[:1])
    steps = 1e-6 * np.eye(maps.size).reshape(-1, *maps.shape[1:])
    slopes = (back(maps + steps) - back(maps - steps))[:, 1].reshape(maps.shape[1:]) / 2e-6
    expected = np.maximum(np.einsum("c,chw->hw", slopes.mean((1, 2)), maps[0]), 0)
    np.testing.assert_allclose(inspection.grad_cam(model, x[0], maps_at[-1], 1), expected, atol=1e-6)


# --- stretching maps ---

@pytest.mark.parametrize("old, new", [((5, 5), (28, 28)), ((13, 13), (227, 227)), ((4, 7), (4, 9)), ((1, 3), (2, 12)),
                                      ((9, 8), (3, 5))])
def test_upsampled_equals_pytorchs(old, new, torch, rng):
    maps = rng.random((2, 3, *old))
    expected = torch.nn.functional.interpolate(torch.tensor(maps), new, mode="bilinear").numpy()
    np.testing.assert_allclose(inspection.upsampled(maps, new), expected, atol=1e-12)
    np.testing.assert_allclose(inspection.upsampled(maps[0, 0], new), expected[0, 0], atol=1e-12)
    assert inspection.upsampled(maps.astype(np.float32), new).dtype == np.float32
