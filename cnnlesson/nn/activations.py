"""Activation layers: one number in, one number out, no weights."""
from .. import ops
from .base import Layer


class ReLU(Layer):
    """max(x, 0)."""

    def forward(self, x):
        return ops.relu(x)

    def backward(self, grad):
        return grad * (self.output > 0)


class LeakyReLU(Layer):
    """x above 0, `negative_slope`·x below."""

    def __init__(self, negative_slope=0.01):
        self.negative_slope = negative_slope

    def forward(self, x):
        return ops.leaky_relu(x, self.negative_slope)

    def backward(self, grad):
        return ops.leaky_relu_backward(grad, self.input, self.negative_slope)

    def __repr__(self):
        return f"LeakyReLU({self.negative_slope})"


class Sigmoid(Layer):
    """1 / (1 + exp(−x))."""

    def forward(self, x):
        return ops.sigmoid(x)

    def backward(self, grad):
        return ops.sigmoid_backward(grad, self.input)


class Tanh(Layer):
    """Hyperbolic tangent."""

    def forward(self, x):
        return ops.tanh(x)

    def backward(self, grad):
        return grad * (1 - self.output ** 2)


class ScaledTanh(Layer):
    """1.7159·tanh(2x/3): LeNet-5's squashing function (LeCun et al. 1998), which maps ±1 to ±1.

    >>> ScaledTanh()([-1.0, 0.0, 1.0]).round(4)
    array([-1.,  0.,  1.])
    """
    height, slope = 1.7159, 2 / 3

    def forward(self, x):
        return x.dtype.type(self.height) * ops.tanh(x.dtype.type(self.slope) * x)

    def backward(self, grad):
        like = grad.dtype.type
        return grad * (like(self.height * self.slope) - like(self.slope / self.height) * self.output ** 2)
