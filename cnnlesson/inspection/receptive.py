"""What a unit sees: the pixels that can change it, and those that do."""
from functools import partial

import numpy as np

from .. import nn, ops
from ..nn.containers import Container
from ..ops import convolution, windows
from .inputs import image_shape, one, unit_of
from .layers import every, split, twin


def receptive_field(model, layer, shape, unit=None, *, channel=None):
    """The pixels that can change one unit, whatever the weights are.

    Found by going backward through the network and marking, layer by layer, what each marked value is computed
    from. `nn.summary` tells the size by arithmetic; here is the set itself, with what a border cuts off and
    with the holes that dilation and stride leave.

    Parameters
    ----------
    model : Sequential
        Stays as it is, with all that it remembers.
    layer : str, int or Layer
        As in `split`.
    shape : tuple of int
        Of an image: (C, H, W).
    unit : (row, column), optional
        Of the layer's maps; without it the middle. None for a layer without rows and columns.
    channel : int, optional
        Of the unit; without it the pixels that can change any channel at this place.

    Returns
    -------
    array of bool (H, W)

    Raises
    ------
    ValueError
        When there is no such layer, unit or channel, or the network does not take that shape.

    Notes
    -----
    A layer of your own class passes on where its own gradient for an image of zeros is not 0.

    Examples
    --------
    >>> model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(4, 8, 3, padding=1))
    >>> receptive_field(model, 1, (1, 8, 8), unit=(0, 0)).sum()         # 4 × 4
    np.int64(16)
    >>> receptive_field(model, 3, (1, 8, 8), unit=(1, 0)).astype(int)   # 8 × 8, the border cuts two columns off
    array([[1, 1, 1, 1, 1, 1, 0, 0],
           [1, 1, 1, 1, 1, 1, 0, 0],
           [1, 1, 1, 1, 1, 1, 0, 0],
           [1, 1, 1, 1, 1, 1, 0, 0],
           [1, 1, 1, 1, 1, 1, 0, 0],
           [1, 1, 1, 1, 1, 1, 0, 0],
           [1, 1, 1, 1, 1, 1, 0, 0],
           [1, 1, 1, 1, 1, 1, 0, 0]])
    """
    front = twin(split(model, layer)[0])
    image = np.zeros((1, *image_shape(shape)), np.float32)
    for part in every(front):
        if not isinstance(part, Container):
            part.backward = partial(marks, part)
    return (unit_gradient(front, image, unit, channel)[0] > 0).any(0)


def influence(model, image, layer, unit=None, *, channel=None):
    """How much each pixel of a real image changes one unit: the unit's gradient.

    Most of it lies near the middle of the receptive field (Luo, Li, Urtasun, Zemel 2016: Understanding the
    effective receptive field in deep convolutional neural networks).

    Parameters
    ----------
    model : Sequential
        Stays as it is; looked at in inference mode.
    image : array (C, H, W)
    layer, unit, channel
        As in `receptive_field`; without `channel` the sum over all channels at this place.

    Returns
    -------
    array (C, H, W)
        Zero outside the receptive field.

    Raises
    ------
    ValueError
        As `receptive_field`.

    Examples
    --------
    >>> model = nn.Sequential(nn.Conv2d(1, 1, 3), nn.AvgPool2d(2))
    >>> model[0].weight[...] = 1
    >>> influence(model, np.zeros((1, 6, 6)), 1, (0, 0))[0, :4, :4]
    array([[0.25, 0.5 , 0.5 , 0.25],
           [0.5 , 1.  , 1.  , 0.5 ],
           [0.5 , 1.  , 1.  , 0.5 ],
           [0.25, 0.5 , 0.5 , 0.25]])
    """
    return unit_gradient(twin(split(model, layer)[0]), one(image), unit, channel)[0]


def unit_gradient(front, x, unit, channel):
    """Go forward, and backward from one unit of the output."""
    out = front(x)
    grad = np.zeros_like(out)
    grad[unit_of(out, unit, channel)] = 1
    return front.backward(grad)


def marks(layer, marked):
    """Which inputs of a layer some marked output is computed from: 1 for those, 0 for the others."""
    return (feeding(layer, marked) > 0).astype(marked.dtype)


def feeding(layer, marked):
    """`layer.backward` as if all weights were positive and no value were held back. None can cancel another."""
    match layer:
        case nn.ReLU() | nn.LeakyReLU() | nn.Sigmoid() | nn.Tanh() | nn.ScaledTanh() | nn.Normalize() \
                | nn.BatchNorm2d() | nn.Dropout():
            return marked
        case nn.Conv2d():
            return convolution.backward_x(marked, np.ones_like(layer.weight, marked.dtype), layer.geometry)
        case nn.TableConv2d():
            kernels = layer.connected[..., None, None] * np.ones(layer.weight.shape[1:], marked.dtype)
            return ops.conv2d_backward(marked, layer.input, kernels)[0]
        case nn.Subsample2d():
            return ops.sum_pool2d_backward(marked, layer.input, layer.kernel_size)
        case nn.MaxPool2d() if not isinstance(layer, nn.AvgPool2d):
            vertical, horizontal = layer.axes
            return windows.scatter(windows.scatter(marked, vertical, 2), horizontal, 3)
        case nn.Linear() | nn.RBF():
            return np.broadcast_to(marked.max(1, keepdims=True), layer.input.shape)
        case nn.LocalResponseNorm():
            return np.einsum("nohw,oc->nchw", marked, neighbours(marked.shape[1], layer.settings["size"]))
    return abs(type(layer).backward(layer, marked))


def neighbours(channels, size):
    """Which channels (columns) local response normalisation looks at for each channel (rows)."""
    apart = np.arange(channels) - np.arange(channels)[:, None]
    return ((apart >= -(size // 2)) & (apart <= (size - 1) // 2)).astype(np.float32)
