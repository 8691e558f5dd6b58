"""Augmentation: change the images of each batch a little, at random, so that no epoch is like another.

An augmentation is a function (batch, rng) → batch of the same shape. Those here look up each new pixel
in a copy of the batch that has a frame of zeros. The copy has the memory order of the layers, (…, W, N)
with the images innermost (see ops/memory.py), so the result goes into the first layer without another copy.
"""
from functools import reduce

import numpy as np

from ..ops import arguments
from ..ops.memory import nchw


def chain(*augmentations):
    """One augmentation after the other.

    Examples
    --------
    >>> augment = chain(random_rotate(10), random_shift(2))
    >>> augment(np.ones((4, 1, 28, 28), np.float32), np.random.default_rng(0)).shape
    (4, 1, 28, 28)
    """
    for augment in augmentations:
        if not callable(augment):
            raise ValueError(f"augmentations must be functions (batch, rng), got {arguments.shown(augment)}")
    return lambda batch, rng: reduce(lambda images, augment: augment(images, rng), augmentations, batch)


def random_shift(pixels=1):
    """An augmentation: shift each image by up to `pixels` in both directions, zeros move in.

    Examples
    --------
    >>> shift = random_shift(2)
    >>> shift(np.ones((4, 1, 28, 28)), np.random.default_rng(0)).shape
    (4, 1, 28, 28)
    """
    pixels = arguments.whole("pixels", pixels, 0)

    def augment(batch, rng):
        batch = _images(batch)
        n, c, h, w = batch.shape
        framed = _framed(batch, pixels, pixels)
        down, right = rng.integers(0, 2 * pixels + 1, (2, n))
        row, image = framed.shape[2], np.arange(n)
        at = np.arange(h)[:, None] * row + np.arange(w)              # where each pixel lies when nothing moves
        at = at[:, :, None] * n + ((down * row + right) * n + image)
        out = np.empty((h, c, w, n), batch.dtype)
        for channel, plane in enumerate(framed):
            out[:, channel] = plane.ravel().take(at)
        return nchw(out)
    return augment


def random_rotate(degrees=10.0):
    """An augmentation: turn each image about its centre by up to `degrees` either way, zeros move in.

    A new pixel is the mean of the four old ones around the place that it comes from, the nearer the
    heavier (bilinear interpolation).

    Examples
    --------
    >>> turn = random_rotate(15)
    >>> turn(np.ones((4, 1, 28, 28), np.float32), np.random.default_rng(0)).dtype
    dtype('float32')
    """
    degrees = arguments.real("degrees", degrees, 0)
    if degrees == np.inf:
        raise ValueError(f"degrees must be finite, got {degrees}")
    return lambda batch, rng: rotate(batch, rng.uniform(-degrees, degrees, len(batch)))


def rotate(batch, degrees):
    """Turn each image about its centre by its own angle, counter-clockwise as one sees it.

    Parameters
    ----------
    batch : array (N, C, H, W)
    degrees : array (N,)

    Returns
    -------
    array (N, C, H, W)

    Examples
    --------
    >>> rotate([[[[1.0, 2.0], [3.0, 4.0]]]], [90]).round(6)
    array([[[[2., 4.],
             [1., 3.]]]])
    """
    batch = arguments.floating("batch", _images(batch))
    n, c, h, w = batch.shape
    framed = _framed(batch, 1, 2)
    row = framed.shape[2] * n
    top, left, down, right = _sources(h, w, np.deg2rad(degrees), batch.dtype)
    top *= framed.shape[2]
    top += left                             # exact also in float32, up to 2**24 pixels
    at = top.astype(np.intp) * n + np.arange(n)
    out = np.empty((h, c, w, n), batch.dtype)
    for channel, plane in enumerate(framed):
        pixels = plane.ravel()
        upper = _between(pixels.take(at), pixels[n:].take(at), right)
        lower = _between(pixels[row:].take(at), pixels[row + n:].take(at), right)
        out[:, channel] = _between(upper, lower, down).reshape(h, w, n)
    return nchw(out)


def _sources(h, w, radians, dtype):
    """Where each pixel of each rotated image comes from, counted in a copy with a frame of one pixel.

    Returns four arrays (H·W, N): row and column of the pixel up and left of that place, and how far the
    place lies down and right of it, in [0, 1).
    """
    y, x = (size.ravel() for size in np.mgrid[:h, :w])
    middle = (h - 1) / 2, (w - 1) / 2
    offsets = np.stack([y - middle[0], x - middle[1]], 1).astype(dtype)
    cos, sin = np.cos(radians), np.sin(radians)
    y = offsets @ np.stack([cos, sin]).astype(dtype)
    x = offsets @ np.stack([-sin, cos]).astype(dtype)
    for places, centre, size in ((y, middle[0], h), (x, middle[1], w)):
        places += dtype.type(centre + 1)
        np.clip(places, 0, size + 1, out=places)        # further out there are zeros too
    top, left = np.floor(y), np.floor(x)
    y -= top
    x -= left
    return top, left, y, x


def _between(one, other, share):
    """one + share · (other − one), written over both."""
    other -= one
    other *= share
    one += other
    return one


def _framed(batch, before, after):
    """A copy (C, H, W, N) with a frame of zeros: `before` pixels up and left, `after` down and right."""
    n, c, h, w = batch.shape
    framed = np.zeros((c, before + h + after, before + w + after, n), batch.dtype)
    framed[:, before:before + h, before:before + w] = batch.transpose(1, 2, 3, 0)
    return framed


def _images(batch):
    batch = arguments.array("batch", batch)
    if batch.ndim != 4:
        raise ValueError(f"batch must have 4 dimensions (N, C, H, W), got shape {batch.shape}")
    return batch
