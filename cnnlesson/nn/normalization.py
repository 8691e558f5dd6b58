"""Normalisation layers: bring activations to a common scale."""
import numpy as np

from .. import ops
from ..ops import arguments, normalization
from .base import Layer

# Mean and standard deviation of pixels in [0, 1]: of the 60 000 training digits; of ImageNet's red, green and blue.
MNIST = 0.1307, 0.3081
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Normalize(Layer):
    """(x − mean) / std with fixed numbers: a network's own first step, so that it takes plain images.

    Parameters
    ----------
    mean, std : float or sequence of float
        One number for all channels, or one a channel.

    Raises
    ------
    ValueError
        When a std is not above 0, or there are not as many as there are means.

    Examples
    --------
    >>> Normalize((0.5, 0.25), (0.5, 0.25))(np.ones((1, 2, 1, 1))).ravel()
    array([1., 3.])
    """

    def __init__(self, mean, std):
        self.mean, self.std = _numbers("mean", mean), _numbers("std", std)
        if np.min(self.std) <= 0:
            raise ValueError(f"std must be > 0, got {std}")
        if np.shape(self.mean) != np.shape(self.std):
            raise ValueError(f"std must hold as many numbers as mean, {np.size(self.mean)}, got {std}")

    def forward(self, x):
        mean, factor = self._as_arrays(x)
        out = x - mean
        out *= factor
        return out

    def backward(self, grad):
        grad = arguments.like("grad", grad, self.output.dtype, self.output.shape)
        return grad * self._as_arrays(grad)[1]

    def _as_arrays(self, x):
        """Mean and 1 / std in the dtype of x, in a shape that fits it."""
        mean, std = np.array(self.mean), np.array(self.std)
        if mean.ndim:
            if np.ndim(x) != 4 or x.shape[1] != len(mean):
                raise ValueError(f"x must have shape (N, {len(mean)}, H, W), got {x.shape}")
            mean, std = mean[:, None, None], std[:, None, None]
        return mean.astype(x.dtype), (1 / std).astype(x.dtype)

    def __repr__(self):
        return f"Normalize(mean {_short(self.mean)}, std {_short(self.std)})"


class BatchNorm2d(Layer):
    """Normalise each channel over the batch in training, by running averages otherwise."""
    arrays = ("weight", "bias")
    buffers = ("running_mean", "running_var", "num_batches_tracked")

    def __init__(self, channels, *, eps=1e-5, momentum=0.1):
        channels = arguments.whole("channels", channels, 1)
        self.eps, self.momentum = arguments.real("eps", eps, 0), arguments.real("momentum", momentum, 0)
        self.weight, self.bias = np.ones(channels, np.float32), np.zeros(channels, np.float32)
        self.running_mean, self.running_var = np.zeros(channels, np.float32), np.ones(channels, np.float32)
        self.num_batches_tracked = np.zeros((), np.int64)

    def forward(self, x):
        self.normalised = self.training
        if self.training:
            out, self.mean, self.var = ops.batch_norm_train(x, self.weight, self.bias, eps=self.eps)
            self.follow(self.mean, self.var, x.size // x.shape[1])
            return out
        self.mean, self.var = self.running_mean, self.running_var
        return normalization.forward(*normalization.check(      # the next layer with weights looks for NaN
            x, self.mean, self.var, self.weight, self.bias, self.eps, seen=True))

    def follow(self, mean, var, count):
        """Move the running averages towards a batch of `count` values a channel."""
        self.num_batches_tracked += 1
        self.running_mean += self.momentum * (mean - self.running_mean)
        self.running_var += self.momentum * (var * count / max(1, count - 1) - self.running_var)

    def backward(self, grad, input_grad=True):
        x = self.input
        back = ops.batch_norm_train_backward if self.normalised else ops.batch_norm_backward
        grad_x, self.grad_weight, self.grad_bias = back(grad, x, self.mean, self.var, self.weight, eps=self.eps)
        return grad_x

    def __repr__(self):
        return f"BatchNorm2d({len(self.weight)})"


class LocalResponseNorm(Layer):
    """Divide each activation by the strength of its neighbour channels, as `ops.local_response_norm`."""

    def __init__(self, size, alpha=1e-4, beta=0.75, k=1.0):
        self.settings = dict(size=arguments.whole("size", size, 1))
        self.settings |= {name: arguments.real(name, value) for name, value in
                          (("alpha", alpha), ("beta", beta), ("k", k))}

    def forward(self, x):
        return ops.local_response_norm(x, **self.settings)

    def backward(self, grad):
        return ops.local_response_norm_backward(grad, self.input, **self.settings)

    def __repr__(self):
        return f"LocalResponseNorm({', '.join(f'{name}={value}' for name, value in self.settings.items())})"


def _numbers(name, values):
    """A float, or a tuple of floats: one a channel."""
    if np.ndim(values):
        return tuple(arguments.real(name, value) for value in values)
    return arguments.real(name, values)


def _short(numbers):
    return f"({', '.join(map(_short, numbers))})" if isinstance(numbers, tuple) else f"{numbers:.4g}"
