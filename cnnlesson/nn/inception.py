"""GoogLeNet: kernels of several sizes side by side (Szegedy et al. 2015)."""
import numpy as np

from ..ops import arguments
from .activations import ReLU
from .base import Sequential
from .blocks import Concat
from .layers import Conv2d, Dropout, Flatten, GlobalAvgPool2d, Linear, MaxPool2d, calm
from .normalization import IMAGENET, BatchNorm2d, Normalize


def googlenet(classes=1000, *, seed=0):
    """GoogLeNet with batch normalisation and without auxiliary heads, as torchvision builds it.

    That port has 3×3 where the paper has 5×5.

    Parameters
    ----------
    classes : int
    seed : int
        Start of the weights.

    Returns
    -------
    Sequential
        Takes (N, 3, 224, 224) in [0, 1], gives logits (N, classes). Other sides will do.

    Examples
    --------
    >>> model = googlenet()
    >>> model.num_parameters
    6624904
    >>> model["inception3a.branch2"]
    Sequential(
      0: Sequential(
        conv: Conv2d(192 → 96, 1×1)
        bn: BatchNorm2d(96)
        relu: ReLU()
      )
      1: Sequential(
        conv: Conv2d(96 → 128, 3×3, padding=1)
        bn: BatchNorm2d(128)
        relu: ReLU()
      )
    )
    """
    arguments.whole("classes", classes, 1)
    rng = np.random.default_rng(seed)
    return Sequential(
        normalize=Normalize(*IMAGENET),
        conv1=conv(3, 64, 7, rng, stride=2), maxpool1=MaxPool2d(3, 2, ceil_mode=True),
        conv2=conv(64, 64, 1, rng), conv3=conv(64, 192, 3, rng), maxpool2=MaxPool2d(3, 2, ceil_mode=True),
        inception3a=inception(192, 64, 96, 128, 16, 32, 32, rng),
        inception3b=inception(256, 128, 128, 192, 32, 96, 64, rng), maxpool3=MaxPool2d(3, 2, ceil_mode=True),
        inception4a=inception(480, 192, 96, 208, 16, 48, 64, rng),
        inception4b=inception(512, 160, 112, 224, 24, 64, 64, rng),
        inception4c=inception(512, 128, 128, 256, 24, 64, 64, rng),
        inception4d=inception(512, 112, 144, 288, 32, 64, 64, rng),
        inception4e=inception(528, 256, 160, 320, 32, 128, 128, rng), maxpool4=MaxPool2d(2, 2, ceil_mode=True),
        inception5a=inception(832, 256, 160, 320, 32, 128, 128, rng),
        inception5b=inception(832, 384, 192, 384, 48, 128, 128, rng),
        avgpool=GlobalAvgPool2d(), flatten=Flatten(), dropout=Dropout(0.2, rng=rng),
        fc=calm(Linear(1024, classes, rng=rng)))


def inception(channels, ones, reduce3, threes, reduce5, fives, pooled, rng):
    """Four branches: 1×1; 1×1 then 3×3; 1×1 then another 3×3; pooling then 1×1."""
    return Concat(
        branch1=conv(channels, ones, 1, rng),
        branch2=Sequential(conv(channels, reduce3, 1, rng), conv(reduce3, threes, 3, rng)),
        branch3=Sequential(conv(channels, reduce5, 1, rng), conv(reduce5, fives, 3, rng)),
        branch4=Sequential(MaxPool2d(3, 1, 1, ceil_mode=True), conv(channels, pooled, 1, rng)))


def conv(channels, out, kernel, rng, stride=1):
    """Convolution, batch normalisation, ReLU."""
    return Sequential(
        conv=Conv2d(channels, out, kernel, stride, kernel // 2, bias=False, rng=rng),
        bn=BatchNorm2d(out, eps=0.001), relu=ReLU())
