"""Operations: arrays in, arrays out, forward beside backward, no state.

Images are (N, C, H, W): how many, channels, rows, columns. What is float32 stays float32.
"""
from . import kernels
from .activations import (
    leaky_relu,
    leaky_relu_backward,
    log_softmax,
    log_softmax_backward,
    relu,
    relu_backward,
    sigmoid,
    sigmoid_backward,
    softmax,
    softmax_backward,
    tanh,
    tanh_backward,
)
from .arguments import output_size
from .batch_statistics import batch_norm_train, batch_norm_train_backward
from .convolution import conv2d, conv2d_backward, conv2d_loops
from .losses import cross_entropy, cross_entropy_backward, linear, linear_backward
from .normalization import batch_norm, batch_norm_backward, local_response_norm, local_response_norm_backward
from .pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    global_avg_pool2d,
    global_avg_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
    sum_pool2d,
    sum_pool2d_backward,
)

__all__ = [
    "avg_pool2d", "avg_pool2d_backward", "batch_norm", "batch_norm_backward", "batch_norm_train",
    "batch_norm_train_backward", "conv2d", "conv2d_backward", "conv2d_loops", "cross_entropy",
    "cross_entropy_backward", "global_avg_pool2d", "global_avg_pool2d_backward", "kernels", "leaky_relu",
    "leaky_relu_backward", "linear", "linear_backward", "local_response_norm",
    "local_response_norm_backward", "log_softmax", "log_softmax_backward", "max_pool2d",
    "max_pool2d_backward", "output_size", "relu", "relu_backward", "sigmoid", "sigmoid_backward", "softmax",
    "softmax_backward", "sum_pool2d", "sum_pool2d_backward", "tanh", "tanh_backward"]
