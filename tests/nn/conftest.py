import numpy as np
import pytest

from cnnlesson import datasets


@pytest.fixture(scope="session")
def torch():
    """PyTorch on one thread: the oracle of many tests here."""
    torch = pytest.importorskip("torch", reason="PyTorch is compared against: pip install -e '.[oracle]'")
    torch.set_num_threads(1)
    return torch


@pytest.fixture(scope="session")
def digits():
    return datasets.mnist()


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def twins(torch):
    """The networks in PyTorch: tests/nn/twins.py."""
    from tests.nn import twins
    return twins
