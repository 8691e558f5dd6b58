"""What every layer and every network can do, and how layers are put in a row."""
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


class Container(Layer):
    """A layer made of other layers, its `parts`, each with a name.

    A subclass lists in `inlined` those parts whose own children stand directly among its children: names
    then tell what a reader wants to know ("layer1.0.conv1") and not how a block is put together.
    """
    inlined = ()

    def __init__(self, **parts):
        for name, part in parts.items():
            if not isinstance(part, Layer):
                raise ValueError(f"layers must be layers, got {part!r}")
            if not name or "." in name:
                raise ValueError(f"names of layers must not be empty and have no point, got {name!r}")
        self.parts = parts
        self.training = all(part.training for part in parts.values())   # a part of a network keeps its mode
        self.children()

    def children(self):
        found = [(name, layer) for part, inner in self.parts.items()
                 for name, layer in (inner.children().items() if part in self.inlined else [(part, inner)])]
        if len(dict(found)) < len(found):
            names = [name for name, _ in found]
            raise ValueError(f"names of layers must differ, got {max(names, key=names.count)!r} twice")
        return dict(found)

    def train(self, mode=True):
        self.training = mode
        for part in self.parts.values():
            part.train(mode)
        return self

    def __getitem__(self, path):
        """The layer of this name: model["layer1.0.conv1"]."""
        layer = self
        for step in path.split("."):
            if step not in (children := layer.children()):
                raise ValueError(f"name of a layer must be one of {', '.join(children) or 'none'}, got {step!r}")
            layer = children[step]
        return layer

    def __iter__(self):
        return iter(self.children().values())

    def __repr__(self):
        rows = [f"  {name}: {layer!r}".replace("\n", "\n  ") for name, layer in self.children().items()]
        return "\n".join([f"{type(self).__name__}(", *rows, ")"])


class Sequential(Container):
    """Layers in a row: each takes what the one before it gave.

    Parameters
    ----------
    *layers : Layer
        Named by their place: "0", "1", …
    **named : Layer
        Layers with names of their own; they come after the others.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnlesson.nn import Conv2d, Flatten, Linear, ReLU
    >>> model = Sequential(Conv2d(1, 2, 3), ReLU(), Flatten(), Linear(2 * 26 * 26, 10))
    >>> model(np.zeros((5, 1, 28, 28))).shape
    (5, 10)
    >>> model[0], len(model), model.num_parameters
    (Conv2d(1 → 2, 3×3), 4, 13550)
    >>> Sequential(conv1=Conv2d(1, 2, 3), relu=ReLU())
    Sequential(
      conv1: Conv2d(1 → 2, 3×3)
      relu: ReLU()
    )
    """

    def __init__(self, *layers, **named):
        if clash := {str(i) for i in range(len(layers))} & set(named):
            raise ValueError(f"names of layers must differ, got {min(clash)!r} twice")
        super().__init__(**{str(i): layer for i, layer in enumerate(layers)}, **named)

    @property
    def layers(self):
        return list(self.parts.values())

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def backward(self, grad, input_grad=True):
        """Go back through all layers; without `input_grad` stop at the first that has weights."""
        layers = self.layers
        if layers:
            grad = arguments.like("grad", grad, layers[-1].output.dtype, layers[-1].output.shape)
        last = 0 if input_grad else next((i for i, layer in enumerate(layers) if layer.parameters()), len(layers))
        for i in reversed(range(last, len(layers))):
            grad = back(layers[i], grad, input_grad or i > last)
        return grad if input_grad else None

    def __getitem__(self, i):
        """A layer by place or name; a slice is a Sequential that shares these layers and their names."""
        if isinstance(i, slice):
            return Sequential(**dict(list(self.parts.items())[i]))
        return super().__getitem__(i) if isinstance(i, str) else self.layers[i]

    def __iter__(self):
        return iter(self.layers)

    def __len__(self):
        return len(self.parts)


def back(layer, grad, input_grad):
    """Go back through one layer: its gradient, or None without `input_grad`.

    The one rule of `input_grad`: layers with weights take it, and without it spare what only the layers
    before them need; a layer without weights has nothing to do then.
    """
    if input_grad:
        return layer.backward(grad)
    if layer.parameters():
        layer.backward(grad, input_grad=False)
