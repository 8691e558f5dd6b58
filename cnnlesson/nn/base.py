"""What every layer and every network can do."""
from ..ops import arguments


class Remembered:
    """Stands for what a layer keeps of its last call, until that value is there and hides it."""

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, layer, owner):
        if layer is None:       # asked of the class, as `help` does
            return self
        raise ValueError(f"{type(layer).__name__} has no {self.name} yet: call it first")


class Parameter:
    """A handle on one trained array of one layer: `data` is the array, `grad` its gradient.

    >>> from cnnlesson.nn import Linear
    >>> layer = Linear(3, 2)
    >>> parameter = Parameter(layer, "bias")
    >>> parameter.data is layer.bias
    True
    """

    def __init__(self, layer, name):
        self.layer, self.name = layer, name

    @property
    def data(self):
        return getattr(self.layer, self.name)

    @data.setter
    def data(self, values):
        setattr(self.layer, self.name, values)

    @property
    def grad(self):
        grad = getattr(self.layer, "grad_" + self.name, None)
        if grad is None:
            raise ValueError(f"{self.name} of {self.layer} has no gradient yet: call model.backward first")
        return grad


class Layer:
    """The base of all layers. A subclass writes `forward(x)` and `backward(grad)`.

    A layer with weights writes `backward(grad, input_grad=True)`: without `input_grad` it may leave out
    the gradient of its input.
    """
    arrays = ()         # names of the arrays that training changes
    buffers = ()        # names of the arrays that belong to the weights but are not trained
    training = True
    input = Remembered()
    output = Remembered()

    def __call__(self, x):
        self.input = arguments.floating("x", x)
        self.output = self.forward(self.input)
        return self.output

    def children(self):
        """The layers inside this one, by name."""
        return {}

    def own_arrays(self, names):
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def parameters(self):
        """Handles on all arrays that training changes, first layer first."""
        inner = [p for child in self.children().values() for p in child.parameters()]
        return [Parameter(self, name) for name in self.own_arrays(self.arrays)] + inner

    def state(self):
        """All arrays by full name, as `save_weights` writes them: {"1.weight": …}."""
        inner = {f"{name}.{key}": array for name, child in self.children().items()
                 for key, array in child.state().items()}
        return self.own_arrays(self.arrays + self.buffers) | inner

    @property
    def num_parameters(self):
        """How many numbers training can change."""
        return sum(p.data.size for p in self.parameters())

    def train(self, mode=True):
        """Training mode: dropout drops, batch norm looks at the batch."""
        self.training = mode
        for child in self.children().values():
            child.train(mode)
        return self

    def eval(self):
        """Inference mode."""
        return self.train(False)

    def __repr__(self):
        return f"{type(self).__name__}()"
