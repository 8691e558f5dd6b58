"""AlexNet and SqueezeNet: plain rows of layers for the 1000 classes of ImageNet, in PyTorch's names."""
import numpy as np

from ..ops import arguments
from .activations import ReLU
from .base import Sequential
from .blocks import Fire
from .layers import Conv2d, Dropout, Flatten, GlobalAvgPool2d, Linear, MaxPool2d, calm
from .normalization import IMAGENET, Normalize

SQUEEZENET_MEAN = (122.679, 116.669, 104.006)       # red, green, blue, 0 … 255: what its weights were trained with


def alexnet(classes=1000, *, seed=0):
    """AlexNet (Krizhevsky, Sutskever, Hinton 2012), in one tower: "One weird trick", Krizhevsky 2014.

    Parameters
    ----------
    classes : int
    seed : int
        Start of the weights.

    Returns
    -------
    Sequential
        Takes (N, 3, 224, 224) in [0, 1], gives logits (N, classes).

    Examples
    --------
    >>> model = alexnet(classes=10)
    >>> model["features.0"], model["classifier"][-1]
    (Conv2d(3 → 64, 11×11, stride=4, padding=2), Linear(4096 → 10))
    """
    arguments.whole("classes", classes, 1)
    rng = np.random.default_rng(seed)
    return Sequential(
        normalize=Normalize(*IMAGENET),
        features=Sequential(
            Conv2d(3, 64, 11, 4, 2, rng=rng), ReLU(), MaxPool2d(3, 2),
            Conv2d(64, 192, 5, padding=2, rng=rng), ReLU(), MaxPool2d(3, 2),
            Conv2d(192, 384, 3, padding=1, rng=rng), ReLU(),
            Conv2d(384, 256, 3, padding=1, rng=rng), ReLU(),
            Conv2d(256, 256, 3, padding=1, rng=rng), ReLU(), MaxPool2d(3, 2)),
        flatten=Flatten(),
        classifier=Sequential(
            Dropout(rng=rng), Linear(256 * 6 * 6, 4096, rng=rng), ReLU(),
            Dropout(rng=rng), Linear(4096, 4096, rng=rng), ReLU(),
            calm(Linear(4096, classes, rng=rng))))


def squeezenet(classes=1000, *, seed=0):
    """SqueezeNet 1.1 (Iandola et al. 2016): AlexNet's accuracy with a fiftieth of its weights.

    Parameters
    ----------
    classes : int
    seed : int
        Start of the weights.

    Returns
    -------
    Sequential
        Takes (N, 3, 227, 227) in [0, 1], gives logits (N, classes). Other sides from 17 up will do.

    Examples
    --------
    >>> squeezenet().num_parameters
    1235496
    """
    arguments.whole("classes", classes, 1)
    rng = np.random.default_rng(seed)
    return Sequential(
        normalize=Normalize([value / 255 for value in SQUEEZENET_MEAN], [1 / 255] * 3),
        features=Sequential(
            Conv2d(3, 64, 3, 2, rng=rng), ReLU(), MaxPool2d(3, 2),
            Fire(64, 16, 64, rng=rng), Fire(128, 16, 64, rng=rng), MaxPool2d(3, 2),
            Fire(128, 32, 128, rng=rng), Fire(256, 32, 128, rng=rng), MaxPool2d(3, 2),
            Fire(256, 48, 192, rng=rng), Fire(384, 48, 192, rng=rng),
            Fire(384, 64, 256, rng=rng), Fire(512, 64, 256, rng=rng)),
        classifier=Sequential(
            Dropout(rng=rng), calm(Conv2d(512, classes, 1, rng=rng)), ReLU(), GlobalAvgPool2d()),
        flatten=Flatten())


def squeezenet_name(name):
    """The name in our network of an array in data/squeezenet.npz, which has those of the paper's own code.

    >>> squeezenet_name("fire2.squeeze1x1.weight"), squeezenet_name("conv10.bias")
    ('features.3.squeeze.weight', 'classifier.1.bias')
    """
    blocks = dict(conv1="features.0", conv10="classifier.1")
    blocks |= {f"fire{i}": f"features.{place}" for i, place in enumerate((3, 4, 6, 7, 9, 10, 11, 12), start=2)}
    first, rest = name.split(".", 1)
    return f"{blocks[first]}.{rest.replace('squeeze1x1', 'squeeze')}"
