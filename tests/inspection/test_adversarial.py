"""Adversarial examples against PyTorch's gradients, and what they do to the shipped network."""
import numpy as np
import pytest

from cnnlesson import inspection, nn, ops
from tests.nn.random_networks import random_network


def test_signs_are_pytorchs(torch, digit_network, unseen):
    """In double precision on their side: there no gradient rounds to 0, also for digits the network is sure of."""
    from tests.nn import twins
    theirs = twins.load(twins.lenet5(), digit_network).double()
    images, labels = unseen.images[:150], unseen.labels[:150]
    x = torch.tensor(images.astype(float), requires_grad=True)
    torch.nn.functional.cross_entropy(theirs((x - 0.1307) / 0.3081), torch.tensor(labels)).backward()
    expected = (images + 0.1 * np.sign(x.grad.numpy())).clip(0, 1)
    got = inspection.fast_gradient(digit_network, images, labels, 0.1)
    assert got.dtype == np.float32
    assert (abs(got - expected) < 1e-6).mean() > 0.999              # others: gradients near 0
    sure = ops.softmax(digit_network(images))[np.arange(150), labels] == 1
    assert sure.sum() > 5                                           # ops.cross_entropy_backward has zeros there
    assert (abs(got - expected) < 1e-6)[sure].mean() > 0.995


@pytest.mark.parametrize("seed", range(6))
def test_the_loss_of_each_image_rises(seed, rng):
    model, x = random_network(seed)
    model.eval()
    images, labels = rng.random(x.shape), rng.integers(0, 3, len(x))
    changed = inspection.fast_gradient(model, images, labels, 1e-4)
    assert abs(changed - images).max() <= 1e-4 + 1e-12
    for before, after, label in zip(images, changed, labels, strict=True):
        losses = [ops.cross_entropy(model(image[None]), [label]) for image in (before, after)]
        assert losses[1] > losses[0]


def test_accuracy_falls_as_size_grows(digit_network, unseen):
    images, labels = unseen.images[:500], unseen.labels[:500]
    accuracies = []
    for size in (0, 0.05, 0.1, 0.2, 0.3):
        changed = inspection.fast_gradient(digit_network, images, labels, size)
        assert abs(changed - images).max() <= size + 1e-6
        assert changed.min() >= 0 and changed.max() <= 1
        accuracies.append(nn.evaluate(digit_network, changed, labels))
    assert (np.diff(accuracies) < 0).all()
    assert accuracies[0] > 0.98 and accuracies[-1] < 0.5
    noise = inspection.noisy(images, 0.2)                           # as large, but without direction
    assert nn.evaluate(digit_network, noise, labels) > accuracies[3] + 0.2


def test_chunks_do_not_matter(digit_network, unseen):
    images, labels = unseen.images[:230], unseen.labels[:230]
    whole = inspection.fast_gradient(digit_network, images, labels, 0.1)
    for part in (slice(0, 7), slice(95, 105), slice(220, 230)):
        alone = inspection.fast_gradient(digit_network, images[part], labels[part], 0.1)
        assert (abs(whole[part] - alone) < 1e-6).mean() > 0.999
