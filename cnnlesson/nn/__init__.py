"""Layers that hold weights, networks made of them, and what trains them."""
from .base import Layer, Parameter, Sequential
from .layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    LeakyReLU,
    Linear,
    MaxPool2d,
    Normalize,
    ReLU,
    Sigmoid,
    Tanh,
)
from .networks import lenet5, mlp, trained
from .optimizers import SGD, Adam
from .training import History, evaluate, fit, predict, random_shift, train_step, warmup
from .weights import load_weights, save_weights

__all__ = [
    "Adam", "AvgPool2d", "BatchNorm2d", "Conv2d", "Dropout", "Flatten", "History", "Layer", "LeakyReLU",
    "Linear", "MaxPool2d", "Normalize", "Parameter", "ReLU", "SGD", "Sequential", "Sigmoid", "Tanh",
    "evaluate", "fit", "lenet5", "load_weights", "mlp", "predict", "random_shift", "save_weights",
    "train_step", "trained", "warmup"]
