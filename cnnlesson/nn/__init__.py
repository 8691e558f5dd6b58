"""Layers that hold weights, networks made of them, and what trains them."""
from .activations import LeakyReLU, ReLU, ScaledTanh, Sigmoid, Tanh
from .base import Layer, Parameter, Sequential
from .blocks import Concat, Fire, Residual
from .historic import RBF, Subsample2d, TableConv2d
from .imagenet import alexnet, squeezenet
from .inception import googlenet
from .layers import AvgPool2d, Conv2d, Dropout, Flatten, GlobalAvgPool2d, Linear, MaxPool2d
from .networks import lenet5, mlp, trained
from .normalization import BatchNorm2d, LocalResponseNorm, Normalize
from .onnx_export import to_onnx
from .optimizers import SGD, Adam
from .resnets import resnet18, resnet34, resnet50, resnet_small
from .summaries import summary
from .training import History, evaluate, fit, predict, random_shift, train_step, warmup
from .weights import load_state_dict, load_weights, save_weights, state_dict

__all__ = [
    "Adam", "AvgPool2d", "BatchNorm2d", "Concat", "Conv2d", "Dropout", "Fire", "Flatten", "GlobalAvgPool2d",
    "History", "Layer", "LeakyReLU", "Linear", "LocalResponseNorm", "MaxPool2d", "Normalize", "Parameter", "RBF",
    "ReLU", "Residual", "SGD", "ScaledTanh", "Sequential", "Sigmoid", "Subsample2d", "TableConv2d", "Tanh",
    "alexnet", "evaluate", "fit", "googlenet", "lenet5", "load_state_dict", "load_weights", "mlp", "predict",
    "random_shift", "resnet18", "resnet34", "resnet50", "resnet_small", "save_weights", "squeezenet", "state_dict",
    "summary", "to_onnx", "train_step", "trained", "warmup"]
