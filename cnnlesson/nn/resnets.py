"""Residual networks (He et al. 2015), large and small, and their plain twins without shortcuts."""
import numpy as np

from ..ops import arguments
from .activations import ReLU
from .base import Sequential
from .blocks import Residual
from .layers import Conv2d, Flatten, GlobalAvgPool2d, Linear, MaxPool2d, calm
from .normalization import IMAGENET, MNIST, BatchNorm2d, Normalize


def resnet18(classes=1000, *, shortcuts=True, seed=0):
    """ResNet-18: two blocks of two 3×3 convolutions in each of four stages.

    Parameters
    ----------
    classes : int
    shortcuts : bool
        False gives the plain twin: the same layers with the same start, nothing beside them.
    seed : int
        Start of the weights.

    Returns
    -------
    Sequential
        Takes (N, 3, 224, 224) in [0, 1], gives logits (N, classes). Other sides will do.

    Examples
    --------
    >>> resnet18().num_parameters
    11689512
    >>> resnet18()["layer2.0"]
    Residual(
      conv1: Conv2d(64 → 128, 3×3, stride=2, padding=1)
      bn1: BatchNorm2d(128)
      relu1: ReLU()
      conv2: Conv2d(128 → 128, 3×3, padding=1)
      bn2: BatchNorm2d(128)
      downsample: Sequential(
        0: Conv2d(64 → 128, 1×1, stride=2)
        1: BatchNorm2d(128)
      )
      after: ReLU()
    )
    """
    return resnet(basic, (2, 2, 2, 2), classes, shortcuts, seed)


def resnet34(classes=1000, *, shortcuts=True, seed=0):
    """ResNet-34: 3, 4, 6 and 3 blocks of two 3×3 convolutions. Everything else as `resnet18`.

    >>> resnet34().num_parameters
    21797672
    """
    return resnet(basic, (3, 4, 6, 3), classes, shortcuts, seed)


def resnet50(classes=1000, *, shortcuts=True, seed=0):
    """ResNet-50: 3, 4, 6 and 3 bottlenecks. Everything else as `resnet18`.

    The stride of a bottleneck is in its 3×3 convolution, as torchvision has it (the paper: in the first 1×1).

    >>> resnet50().num_parameters
    25557032
    """
    return resnet(bottleneck, (3, 4, 6, 3), classes, shortcuts, seed)


def resnet_small(depth=20, classes=10, *, shortcuts=True, seed=0):
    """The paper's narrow networks for small pictures: three stages of 16, 32 and 64 channels.

    Parameters
    ----------
    depth : int
        How many layers have weights: 6·n + 2, for n blocks a stage (8, 20, 32, 50, …).
    classes : int
    shortcuts : bool
        False gives the plain twin: the same layers with the same start, nothing beside them.
    seed : int
        Start of the weights.

    Returns
    -------
    Sequential
        Takes grey images (N, 1, 28, 28) in [0, 1], gives logits (N, classes). Where a block changes the
        shape, a 1×1 convolution is the shortcut; the paper's own for these networks pads with zeros.

    Raises
    ------
    ValueError
        When no such depth is possible.

    Examples
    --------
    >>> resnet_small(8).num_parameters, resnet_small(8, shortcuts=False).num_parameters
    (77754, 75002)
    """
    arguments.whole("classes", classes, 1)
    if arguments.whole("depth", depth, 8) % 6 != 2:
        raise ValueError(f"depth must be 8, 14, 20, … (6·n + 2), got {depth}")
    rng, blocks = np.random.default_rng(seed), depth // 6
    return Sequential(
        normalize=Normalize(*MNIST),
        conv1=conv(1, 16, 3, rng), bn1=BatchNorm2d(16), relu=ReLU(),
        layer1=stage(basic, 16, 16, blocks, 1, shortcuts, rng),
        layer2=stage(basic, 16, 32, blocks, 2, shortcuts, rng),
        layer3=stage(basic, 32, 64, blocks, 2, shortcuts, rng),
        avgpool=GlobalAvgPool2d(), flatten=Flatten(), fc=calm(Linear(64, classes, rng=rng)))


def resnet(block, blocks, classes, shortcuts, seed):
    """Any of the large ones: `blocks` says how many in each of the four stages."""
    arguments.whole("classes", classes, 1)
    rng, stages, channels = np.random.default_rng(seed), {}, 64
    stem = dict(conv1=conv(3, 64, 7, rng, 2), bn1=BatchNorm2d(64), relu=ReLU(), maxpool=MaxPool2d(3, 2, 1))
    for i, count in enumerate(blocks):
        stages[f"layer{i + 1}"] = stage(block, channels, 64 * 2**i, count, 2 if i else 1, shortcuts, rng)
        channels = 64 * 2**i * WIDER[block]
    return Sequential(
        normalize=Normalize(*IMAGENET), **stem, **stages,
        avgpool=GlobalAvgPool2d(), flatten=Flatten(), fc=calm(Linear(channels, classes, rng=rng)))


def stage(block, channels, width, count, stride, shortcuts, rng):
    """Blocks in a row; the first has the stride and, where it changes the shape, a shortcut with weights."""
    out = width * WIDER[block]
    first = Residual(block(channels, width, stride, rng), downsample(channels, out, stride, rng), ReLU())
    others = [Residual(block(out, width, 1, rng), after=ReLU()) for _ in range(count - 1)]
    return Sequential(*(each if shortcuts else each.plain() for each in (first, *others)))


def basic(channels, width, stride, rng):
    """Two 3×3 convolutions."""
    return Sequential(
        conv1=conv(channels, width, 3, rng, stride), bn1=BatchNorm2d(width), relu1=ReLU(),
        conv2=conv(width, width, 3, rng), bn2=BatchNorm2d(width))


def bottleneck(channels, width, stride, rng):
    """1×1 to few channels, 3×3 among these, 1×1 to four times as many."""
    return Sequential(
        conv1=conv(channels, width, 1, rng), bn1=BatchNorm2d(width), relu1=ReLU(),
        conv2=conv(width, width, 3, rng, stride), bn2=BatchNorm2d(width), relu2=ReLU(),
        conv3=conv(width, 4 * width, 1, rng), bn3=BatchNorm2d(4 * width))


def downsample(channels, out, stride, rng):
    """The shortcut of a block that changes the shape; None where the shape stays."""
    if stride == 1 and channels == out:
        return None
    return Sequential(conv(channels, out, 1, rng, stride), BatchNorm2d(out))


def conv(channels, out, kernel, rng, stride=1):
    """Without bias: batch normalisation follows and has its own."""
    return Conv2d(channels, out, kernel, stride, kernel // 2, bias=False, rng=rng)


WIDER = {basic: 1, bottleneck: 4}       # channels that come out of a block, for each of its width
