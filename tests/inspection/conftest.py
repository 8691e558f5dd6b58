import numpy as np
import pytest

from cnnlesson import datasets, nn


@pytest.fixture(scope="session")
def torch():
    """PyTorch on one thread: the oracle of many tests here."""
    torch = pytest.importorskip("torch", reason="PyTorch is compared against: pip install -e '.[oracle]'")
    torch.set_num_threads(1)
    return torch


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def unseen():
    return datasets.mnist().test


@pytest.fixture(scope="session")
def digit_network():
    return nn.trained("digits")


@pytest.fixture(scope="session")
def twin_of_digit_network(torch, digit_network):
    """The same network in PyTorch; it takes digits that are normalised already."""
    from tests.nn import twins
    return twins.load(twins.lenet5(), digit_network)


@pytest.fixture(scope="session")
def autograd(torch):
    """Gradient, by PyTorch, of a number that `function` computes from an image in [0, 1] for a network on digits."""
    from tests.nn import twins

    def gradient(function, images):
        x = torch.tensor(images, requires_grad=True)
        mean, std = (number[0] for number in twins.MNIST)
        function((x - mean) / std).backward()
        return x.grad.numpy()
    return gradient
