"""Layers that hold weights, networks made of them, and what trains them."""
from .augmentation import chain, random_rotate, random_shift
from .base import Layer, Parameter, Sequential
from .checkpoints import load_checkpoint, save_checkpoint
from .evaluation import evaluate, predict
from .fitting import fit
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
from .schedules import constant, cosine_decay, linear_decay, step_decay, warmup
from .steps import train_step
from .training import History, Trainer
from .weights import load_weights, save_weights

__all__ = [
    "Adam", "AvgPool2d", "BatchNorm2d", "Conv2d", "Dropout", "Flatten", "History", "Layer", "LeakyReLU",
    "Linear", "MaxPool2d", "Normalize", "Parameter", "ReLU", "SGD", "Sequential", "Sigmoid", "Tanh",
    "Trainer", "chain", "constant", "cosine_decay", "evaluate", "fit", "lenet5", "linear_decay",
    "load_checkpoint", "load_weights", "mlp", "predict", "random_rotate", "random_shift", "save_checkpoint",
    "save_weights", "step_decay", "train_step", "trained", "warmup"]
