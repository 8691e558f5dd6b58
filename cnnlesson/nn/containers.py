"""Layers made of layers: how they are named, found, and put in a row."""
from ..ops import arguments
from .base import Layer


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
        for step in str(path).split("."):
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
