"""Layers that hold weights, networks made of them, and what trains them."""
from .activations import LeakyReLU, ReLU, ScaledTanh, Sigmoid, Tanh
from .augmentation import chain, random_rotate, random_shift
from .base import Layer, Parameter
from .blocks import Concat, Fire, Residual
from .checkpoints import load_checkpoint, save_checkpoint
from .containers import Sequential
from .evaluation import evaluate, predict
from .fitting import fit
from .historic import RBF, Subsample2d, TableConv2d
from .imagenet import alexnet, squeezenet
from .inception import googlenet
from .layers import AvgPool2d, Conv2d, Dropout, Flatten, GlobalAvgPool2d, Linear, MaxPool2d
from .networks import lenet5, mlp, trained
from .normalization import BatchNorm2d, LocalResponseNorm, Normalize
from .onnx_export import to_onnx
from .optimizers import SGD, Adam
from .resnets import resnet18, resnet34, resnet50, resnet_small
from .schedules import constant, cosine_decay, linear_decay, step_decay, warmup
from .stacks import deep_stack, gradient_flow, health
from .steps import train_step
from .summaries import summary
from .training import History, Trainer
from .weights import load_state_dict, load_weights, save_weights, state_dict

__all__ = [
    "Adam", "AvgPool2d", "BatchNorm2d", "Concat", "Conv2d", "Dropout", "Fire", "Flatten", "GlobalAvgPool2d",
    "History", "Layer", "LeakyReLU", "Linear", "LocalResponseNorm", "MaxPool2d", "Normalize", "Parameter", "RBF",
    "ReLU", "Residual", "SGD", "ScaledTanh", "Sequential", "Sigmoid", "Subsample2d", "TableConv2d", "Tanh",
    "Trainer", "alexnet", "chain", "constant", "cosine_decay", "deep_stack", "evaluate", "fit", "googlenet",
    "gradient_flow", "health", "lenet5", "linear_decay", "load_checkpoint", "load_state_dict", "load_weights",
    "mlp", "predict", "random_rotate", "random_shift", "resnet18", "resnet34", "resnet50", "resnet_small",
    "save_checkpoint", "save_weights", "squeezenet", "state_dict", "step_decay", "summary", "to_onnx",
    "train_step", "trained", "warmup"]
