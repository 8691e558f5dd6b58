"""Optimisers: turn gradients into steps. The rules are PyTorch's, so that results can be compared."""
import math

import numpy as np

from ..ops.arguments import real
from .base import Parameter


class Optimizer:
    """Keeps the parameters and the learning rate; a subclass writes `step()`.

    What it remembers from step to step it names in `arrays` (lists with one array for each parameter) and in
    `numbers`, so that a checkpoint can keep it.
    """
    arrays = ()
    numbers = ("lr",)

    def __init__(self, parameters, lr, weight_decay):
        self.parameters, self.lr, self.weight_decay = list(parameters), lr, weight_decay
        for name, value in (("lr", lr), ("weight_decay", weight_decay)):
            if real(name, value, least=0) == math.inf:
                raise ValueError(f"{name} must be finite, got {value}")
        if not self.parameters:
            raise ValueError("parameters must not be empty: the model has no weights")
        if not all(isinstance(p, Parameter) for p in self.parameters):
            raise ValueError(f"parameters must come from model.parameters(), got {self.parameters[0]!r}")

    def state(self):
        """All remembered arrays by name: {"velocity.0": …}."""
        return {f"{name}.{i}": array for name in self.arrays for i, array in enumerate(getattr(self, name))}

    def gradients(self):
        """Each parameter with its gradient, weight decay added."""
        for i, p in enumerate(self.parameters):
            decay = p.data.dtype.type(self.weight_decay)
            yield i, p, p.grad + decay * p.data if decay else p.grad


class SGD(Optimizer):
    """Stochastic gradient descent: v ← momentum·v + grad, then data ← data − lr·v.

    Parameters
    ----------
    parameters : list of Parameter
        From `model.parameters()`.
    lr : float
        Learning rate; may be changed between steps (`optimizer.lr = …`).
    momentum : float
        Share of the last step that is kept, in [0, 1).
    weight_decay : float
        Adds weight_decay·data to the gradient: pulls weights towards 0.

    Raises
    ------
    ValueError
        When a setting is out of range.

    Examples
    --------
    >>> from cnnlesson.nn import Linear
    >>> layer = Linear(1, 1)
    >>> layer.grad_weight, layer.grad_bias = np.ones((1, 1)), np.ones(1)
    >>> SGD(layer.parameters(), lr=0.5).step()
    >>> layer.bias
    array([-0.5], dtype=float32)
    """
    arrays = ("velocity",)

    def __init__(self, parameters, lr, momentum=0.0, weight_decay=0.0):
        super().__init__(parameters, lr, weight_decay)
        if not 0 <= real("momentum", momentum) < 1:
            raise ValueError(f"momentum must be in [0, 1), got {momentum}")
        self.momentum = momentum
        self.velocity = [np.zeros_like(p.data) for p in self.parameters]

    def step(self):
        """Move every parameter once."""
        lr = float(self.lr)             # a NumPy number would make float64 of float32
        for i, p, grad in self.gradients():
            if self.momentum:
                velocity = self.velocity[i]
                velocity *= self.momentum
                velocity += grad
                grad = velocity
            data = p.data
            data -= lr * grad           # in its place


class Adam(Optimizer):
    """Adam (Kingma & Ba 2015): steps scaled by the running size of each gradient.

    Parameters
    ----------
    parameters : list of Parameter
    lr : float
    betas : pair of float
        Memory of the running mean and of the running mean square.
    eps : float
        Keeps the division away from 0.
    weight_decay : float

    Raises
    ------
    ValueError
        When a setting is out of range.

    Examples
    --------
    >>> from cnnlesson.nn import Linear
    >>> layer = Linear(1, 1)
    >>> layer.grad_weight, layer.grad_bias = np.ones((1, 1)), np.full(1, 100.0)
    >>> Adam(layer.parameters(), lr=0.5).step()
    >>> layer.bias
    array([-0.5], dtype=float32)
    """
    arrays = ("mean", "square")
    numbers = ("lr", "steps")

    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(parameters, lr, weight_decay)
        if not all(0 <= real("betas", beta) < 1 for beta in betas):
            raise ValueError(f"betas must be in [0, 1), got {betas}")
        real("eps", eps, least=0)
        self.betas, self.eps, self.steps = betas, eps, 0
        self.mean = [np.zeros_like(p.data) for p in self.parameters]
        self.square = [np.zeros_like(p.data) for p in self.parameters]

    def step(self):
        """Move every parameter once."""
        self.steps += 1
        beta1, beta2 = self.betas
        step = float(self.lr) / (1 - beta1 ** self.steps)
        root = math.sqrt(1 - beta2 ** self.steps)
        for i, p, grad in self.gradients():
            mean, square = self.mean[i], self.square[i]
            mean += (1 - beta1) * (grad - mean)
            square += (1 - beta2) * (grad * grad - square)
            p.data -= step * mean / (np.sqrt(square) / root + self.eps)
