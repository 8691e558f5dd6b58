"""Which pieces of many images excite a unit most."""
from typing import NamedTuple

import numpy as np

from ..nn.evaluation import not_empty, scaled
from ..nn.summaries import Field, trace
from ..ops import arguments
from .inputs import chunks, within
from .layers import split, twin


class Patches(NamedTuple):
    """The most exciting first. `places` and `corners` hold (row, column)."""
    patches: np.ndarray     # (count, C, h, w): what the unit sees, zeros beyond the border of the image
    values: np.ndarray      # (count,): what it answers
    images: np.ndarray      # (count,): from which image
    places: np.ndarray      # (count, 2): which unit of the map; 0 for a layer without rows and columns
    corners: np.ndarray     # (count, 2): upper left pixel of the patch in its image, negative beyond the border


def exciting_patches(model, images, layer, channel, count=9):
    """The patches to which the units of one channel answer most, at most one from each image.

    Parameters
    ----------
    model : Sequential
        Stays as it is; looked at in inference mode.
    images : array (N, C, H, W)
        uint8 counts as 0 … 1, and takes a quarter of the memory.
    layer : str, int or Layer
        As in `split`. A layer without rows and columns, or behind a global one, sees whole images.
    channel : int
    count : int
        At most N.

    Returns
    -------
    Patches

    Raises
    ------
    ValueError
        When there is no such layer or channel, or there are not so many images.

    Notes
    -----
    As in Zeiler and Fergus 2014 (Visualizing and understanding convolutional networks), figure 2, where the
    patches stand beside reconstructions.

    Examples
    --------
    >>> from cnnlesson import nn
    >>> model = nn.Sequential(nn.Conv2d(1, 1, (1, 2)))
    >>> model[0].weight[...] = [-1, 1]                              # the step from left to right
    >>> images = np.zeros((3, 1, 4, 4))
    >>> images[1, 0, 2, 3], images[2, 0, 0, 1] = 0.5, 0.25
    >>> found = exciting_patches(model, images, 0, channel=0, count=2)
    >>> found.patches[:, 0, 0], found.values, found.images
    (array([[0. , 0.5 ],
           [0.  , 0.25]]), array([0.5 , 0.25]), array([1, 2]))
    >>> found.places
    array([[2, 2],
           [0, 0]])
    """
    images, front = not_empty("images", images), twin(split(model, layer)[0])
    if arguments.whole("count", count, 1) > len(images):
        raise ValueError(f"count must be ≤ {len(images)}, the number of images, got {count}")
    peaks = [peak(front(arguments.images("images", scaled(images[chunk]))), channel)
             for chunk in chunks(len(images), images[0].size)]
    values, places = (np.concatenate(arrays) for arrays in zip(*peaks, strict=True))
    best = np.argsort(-values, kind="stable")[:count]
    corners, sides = windows(front, images.shape[1:], places[best])
    patches = [cut_out(scaled(images[i]), corner, sides) for i, corner in zip(best, corners, strict=True)]
    return Patches(np.stack(patches), values[best], best, places[best], corners)


def peak(out, channel):
    """The largest value of a channel for each image, and (row, column) where it stands."""
    maps = out[:, within("channel", channel, out.shape[1])].reshape(len(out), *out.shape[2:] or (1, 1))
    flat = maps.reshape(len(maps), -1)
    at = flat.argmax(1)
    return flat[np.arange(len(flat)), at], np.stack(np.unravel_index(at, maps.shape[1:]), 1)


def windows(front, shape, places):
    """The upper left pixel of what each unit sees, and its height and width."""
    start = Field(*np.array([[0, 0], [0, 0], [1, 1]]))
    _, field = trace(front, "", np.zeros((1, *shape), np.float32), start, [])
    if field is None:
        return np.zeros_like(places), np.array(shape[1:])
    return field.first + places * field.step, field.last - field.first + 1


def cut_out(image, corner, sides):
    """A window of an image (C, H, W), zeros where it lies beyond the border."""
    patch = np.zeros((len(image), *sides), image.dtype)
    (top, left), (bottom, right) = np.maximum(corner, 0), np.maximum(corner + sides, 0)
    inside = image[:, top:bottom, left:right]
    down, along = np.maximum(-corner, 0)
    patch[:, down:down + inside.shape[1], along:along + inside.shape[2]] = inside
    return patch
