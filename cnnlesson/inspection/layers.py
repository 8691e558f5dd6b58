"""Places inside a network: how a layer is named, the network cut in two behind it, and a copy to experiment on."""
import copy

import numpy as np

from ..nn import Layer, Sequential
from ..nn.containers import Container
from ..ops import arguments


def layer_names(model):
    """Names of the places where `split` can cut a network, in order of computation.

    Parameters
    ----------
    model : Sequential

    Returns
    -------
    list of str
        As `nn.summary` names them. Sequentials inside are opened; what does not stand in a row (Residual,
        Concat, Fire) is one place, under the name of the block.

    Raises
    ------
    ValueError
        When the model is not a Sequential.

    Examples
    --------
    >>> from cnnlesson import nn
    >>> layer_names(nn.lenet5())[:3]
    ['0', '1', '2']
    >>> layer_names(nn.squeezenet())[:5]
    ['normalize', 'features.0', 'features.1', 'features.2', 'features.3']
    """
    if not is_row(model):
        raise ValueError(f"model must be a Sequential, got {arguments.shown(model)}")
    return [name for name, _ in places(model)]


def split(model, layer):
    """Cut a network in two behind a layer: back(front(x)) is model(x).

    Parameters
    ----------
    model : Sequential
        Sequentials inside it are cut too; Residual, Concat and Fire stay whole.
    layer : str, int or Layer
        Its name ("features.3", or "features" for the last layer in there), its place among `layer_names`
        (−1 is the last), or the layer itself.

    Returns
    -------
    front, back : Sequential
        They share the model's layers and keep their names. What one of them is called with, these layers
        remember.

    Raises
    ------
    ValueError
        When there is no such layer, or it stands in more than one place.

    Examples
    --------
    >>> from cnnlesson import nn
    >>> front, back = split(nn.squeezenet(), "features.1")
    >>> front
    Sequential(
      normalize: Normalize(mean (0.4811, 0.4575, 0.4079), std (0.003922, 0.003922, 0.003922))
      features: Sequential(
        0: Conv2d(3 → 64, 3×3, stride=2)
        1: ReLU()
      )
    )
    >>> back["features"][0], len(split(nn.lenet5(), -1)[1])
    (MaxPool2d(3, stride=2), 0)
    """
    return cut(model, find(model, layer).split("."))


def is_row(layer):
    """Whether a layer is nothing but layers in a row. (Fire is put together as one, but is a block.)"""
    return isinstance(layer, Sequential) and not layer.inlined and type(layer).forward is Sequential.forward


def places(row):
    """Name and layer of all that stands in a row, rows inside it opened."""
    for name, part in row.parts.items():
        if is_row(part):
            yield from ((f"{name}.{inner}", layer) for inner, layer in places(part))
        else:
            yield name, part


def find(model, layer):
    """The name of a layer, given by name, place, or itself."""
    names = layer_names(model)
    if isinstance(layer, Layer):
        found = [name for name, one in places(model) if one is layer]
        if len(found) > 1:
            raise ValueError(f"layer must stand in one place, got one that stands in {', '.join(found)}: give a name")
    elif isinstance(layer, str):
        found = [name for name in names if name == layer or name.startswith(layer + ".")]
    else:
        found = names[place(layer, len(names)):][:1]
    if not found:
        raise ValueError(f"layer must be one of {', '.join(names) or 'none'}, got {arguments.shown(layer)}")
    return found[-1]


def place(number, count):
    """A place counted from 0, also when it came counted from the end."""
    try:
        at = arguments.index(number)
    except TypeError:
        raise ValueError(f"layer must be a name, a place or a layer, got {arguments.shown(number)}") from None
    if not -count <= at < count:
        raise ValueError(f"layer must be a place from {-count} to {count - 1}, got {number}")
    return at % count


def cut(row, path):
    """The row up to the layer at the end of this path, and the rest of it."""
    first, *deeper = path
    parts = list(row.parts.items())
    at = list(row.parts).index(first)
    head, tail = cut(row.parts[first], deeper) if deeper else (row.parts[first], Sequential())
    rest = {first: tail} if len(tail) else {}
    return Sequential(**dict(parts[:at]), **{first: head}), Sequential(**rest, **dict(parts[at + 1:]))


def twin(model):
    """A copy in inference mode. It shares the arrays; what it remembers, and its gradients, are its own.

    So a model can be looked into without leaving a trace, at the price of a millisecond.
    """
    if not isinstance(model, Layer):
        raise ValueError(f"model must be a layer or a network, got {arguments.shown(model)}")
    shared = {id(value): value for layer in every(model) for value in vars(layer).values()
              if isinstance(value, (np.ndarray, tuple))}
    return copy.deepcopy(model, shared).eval()


def every(layer):
    """A layer and all layers inside it."""
    yield layer
    for inner in (layer.parts if isinstance(layer, Container) else layer.children()).values():
        yield from every(inner)
