"""Which pixels of an image a network's answer rests on: three ways to ask, which need not agree."""
import numpy as np

from .. import ops
from ..ops import arguments
from .inputs import chunks, one, target_of
from .layers import split, twin


def saliency(model, image, target=None):
    """How strongly the target's logit answers to a small change of each pixel.

    The magnitude of the gradient, in the channel where it is largest (Simonyan, Vedaldi, Zisserman 2014: Deep
    inside convolutional networks).

    Parameters
    ----------
    model : Layer
        Images to logits. Stays as it is, with all that it remembers; looked at in inference mode.
    image : array (C, H, W)
    target : int, optional
        A class; without it the one that the network finds most likely.

    Returns
    -------
    array (H, W)
        ≥ 0.

    Raises
    ------
    ValueError
        When the image is none, the model gives no logits for it, or has no such class.

    Examples
    --------
    >>> from cnnlesson import nn
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    >>> model[1].weight[...] = [[1, -2, 0, 0], [0, 0, 3, 4]]
    >>> saliency(model, np.ones((1, 2, 2)), target=0)
    array([[1., 2.],
           [0., 0.]])
    """
    model = twin(model)
    return abs(from_target(model, model(one(image)), target)[0]).max(0)


def occlusion(model, image, target=None, *, size, stride=1, fill=0.0, of="probability"):
    """How much the target loses when a window of the image is covered.

    As Zeiler and Fergus 2014 (Visualizing and understanding convolutional networks), section 4.2.

    Parameters
    ----------
    model : Layer
        Images to logits. Stays as it is, with all that it remembers; looked at in inference mode.
    image : array (C, H, W)
    target : int, optional
        A class; without it the one that the network finds most likely.
    size, stride : int or pair of int
        Of the window and of its steps, in pixels. All windows lie inside the image.
    fill : float or array (C,)
        What covers it: one number, or one for each channel.
    of : {"probability", "logit"}
        What is compared.

    Returns
    -------
    array (rows, columns)
        Value [i, j] is for the window with its upper left pixel at (i · stride, j · stride): what the whole
        image has minus what is left. Negative where covering helps the target.

    Raises
    ------
    ValueError
        As `saliency`, and when a setting is out of range.

    Examples
    --------
    >>> from cnnlesson import nn
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    >>> model[1].weight[...] = [[1, -2, 0, 0], [0, 0, 3, 4]]
    >>> occlusion(model, np.ones((1, 2, 2)), target=0, size=1, of="logit")
    array([[ 1., -2.],
           [ 0.,  0.]])
    """
    if of not in ("probability", "logit"):
        raise ValueError(f'of must be "probability" or "logit", got {arguments.shown(of)}')
    model, x = twin(model), one(image)
    size, stride = arguments.pair("size", size, 1), arguments.pair("stride", stride, 1)
    if size[0] > x.shape[2] or size[1] > x.shape[3]:
        raise ValueError(f"size must fit into an image of {x.shape[2]} × {x.shape[3]} pixels, got {size}")
    rows, columns = map(arguments.output_size, x.shape[2:], size, stride)
    corners = np.indices((rows, columns)).reshape(2, -1).T * stride
    fill = colour(fill, x.shape[1])
    answer = model if of == "logit" else lambda x: ops.softmax(model(x))
    whole = answer(x)
    target = target_of(whole, target)
    left = [answer(cover(x, corners[chunk], size, fill))[:, target] for chunk in chunks(len(corners), x.size)]
    return whole[0, target] - np.concatenate(left).reshape(rows, columns)


def colour(fill, channels):
    """One number for all channels or one for each, as (1 or channels, 1, 1)."""
    values = arguments.floating("fill", fill).reshape(-1)
    if values.size not in (1, channels):
        raise ValueError("fill must be one number, or one for each of the "
                         f"{channels} channels, got {arguments.shown(fill)}")
    return values[:, None, None]


def cover(x, corners, size, fill):
    """One copy of an image (1, C, H, W) for each corner, covered from there on."""
    copies = np.repeat(x, len(corners), 0)
    for copy, (row, column) in zip(copies, corners, strict=True):
        copy[:, row:row + size[0], column:column + size[1]] = fill
    return copies


def grad_cam(model, image, layer, target=None):
    """Where in a layer's maps there is what speaks for the target.

    The maps are added up, each weighted by the mean of its gradient; what is below 0 becomes 0 (Selvaraju et
    al. 2017: Grad-CAM, equations 1 and 2).

    Parameters
    ----------
    model : Sequential
        Images to logits. Stays as it is, with all that it remembers; looked at in inference mode.
    image : array (C, H, W)
    layer : str, int or Layer
        As in `split`; usually the last one that still has rows and columns.
    target : int, optional
        A class; without it the one that the network finds most likely.

    Returns
    -------
    array (h, w)
        ≥ 0, of the size of the layer's maps; `upsampled` brings it to that of the image.

    Raises
    ------
    ValueError
        As `saliency`, and when there is no such layer, or it has no rows and columns.

    Examples
    --------
    >>> from cnnlesson import nn
    >>> model = nn.Sequential(nn.Conv2d(1, 1, 1), nn.GlobalAvgPool2d(), nn.Flatten())
    >>> model[0].weight[...] = 4
    >>> grad_cam(model, [[[1.0, 0.0], [-1.0, 2.0]]], layer=0)       # each unit has a quarter of the say
    array([[1., 0.],
           [0., 2.]])
    """
    front, back = map(twin, split(model, layer))
    maps = front(one(image))
    if maps.ndim != 4:
        raise ValueError(f"layer must give maps (C, H, W), got one that gives shape {maps.shape[1:]}")
    weights = from_target(back, back(maps), target).mean((2, 3), keepdims=True)
    return ops.relu((weights * maps).sum(1)[0])


def from_target(model, logits, target):
    """The gradient of one logit with respect to what `model` was called with."""
    grad = np.zeros_like(logits)
    grad[0, target_of(logits, target)] = 1
    return model.backward(grad)
