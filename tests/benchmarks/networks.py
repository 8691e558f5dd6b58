"""Table of famous networks: one photo forward."""
import numpy as np

from cnnlesson import nn
from tests.nn import twins

from .measure import OURS, compare, multiply_adds
from .operations import RNG
from .pytorch import ORDERS, predictor

NAMES = {"AlexNet": (nn.alexnet, twins.AlexNet), "GoogLeNet": (nn.googlenet, twins.GoogLeNet),
         "ResNet-18": (nn.resnet18, twins.resnet18), "SqueezeNet": (nn.squeezenet, twins.SqueezeNet)}


def forwards(seconds):
    return [forward(name, *builders, seconds) for name, builders in NAMES.items()]


def forward(name, ours, theirs, seconds):
    """One photo of 224² pixels; PyTorch in inference mode."""
    model, photo = ours().eval(), RNG.random((1, 3, 224, 224), np.float32)
    contestants = {OURS: lambda: model(photo)}
    contestants |= {peer: predictor(model, theirs(), order, photo) for peer, order in ORDERS.items()}
    logits = [work() for work in contestants.values()]
    for other in logits[1:]:
        np.testing.assert_allclose(other, logits[0], rtol=0, atol=1e-3 * np.abs(other).max())
    return compare(name, contestants, 2 * seconds, aims={"PyTorch": 1}, multiply_adds=multiply_adds(model))
