"""Checks that this package shares: images, units, targets."""
import numpy as np

from ..nn.evaluation import scaled
from ..ops import arguments

CHUNK = 1 << 18     # numbers that go through a network at a time; its maps take 10 to 50 times as many

def one(image, name="image"):
    """One image (C, H, W) as a batch of floating numbers (1, C, H, W); uint8 as 0 … 1.

    >>> one(np.full((1, 2, 2), 255, np.uint8)).max()
    np.float32(1.0)
    """
    image = arguments.array(name, image)
    if image.ndim != 3:
        raise ValueError(f"{name} must have 3 dimensions (C, H, W), got shape {image.shape}")
    return arguments.images(name, scaled(image[None]))


def image_shape(shape):
    """The shape of an image as three whole numbers.

    >>> image_shape((28, 28))
    Traceback (most recent call last):
    ...
    ValueError: shape must be (C, H, W), got (28, 28)
    """
    sizes = tuple(arguments.whole("shape", size, 1) for size in np.atleast_1d(arguments.array("shape", shape)))
    if len(sizes) != 3:
        raise ValueError(f"shape must be (C, H, W), got {arguments.shown(shape)}")
    return sizes


def chunks(count, pixels):
    """Slices of `count` images of so many numbers each: at most 100 images at a time, one when they are large.

    >>> list(chunks(150, 28 * 28))
    [slice(0, 100, None), slice(100, 200, None)]
    """
    step = min(100, max(1, CHUNK // pixels))
    return [slice(start, start + step) for start in range(0, count, step)]


def within(name, value, count):
    """A whole number from 0 to count − 1.

    >>> within("channel", 6, 6)
    Traceback (most recent call last):
    ...
    ValueError: channel must be in 0 … 5, got 6
    """
    number = arguments.whole(name, value, 0)
    if number >= count:
        raise ValueError(f"{name} must be in 0 … {count - 1}, got {value}")
    return number


def unit_of(out, unit, channel):
    """Index of one unit in the output of a layer for one image: (0, channel, row, column), or (0, channel).

    Without `unit` the one in the middle of the map, without `channel` those of all channels.
    """
    channel = slice(None) if channel is None else within("channel", channel, out.shape[1])
    if out.ndim == 2:
        if unit is not None:
            raise ValueError(f"unit must be None for a layer without rows and columns, got {arguments.shown(unit)}")
        return 0, channel
    if unit is None:
        return 0, channel, out.shape[2] // 2, out.shape[3] // 2
    row, column = arguments.pair("unit", unit, 0)
    if row >= out.shape[2] or column >= out.shape[3]:
        raise ValueError(f"unit must lie in a map of {out.shape[2]} × {out.shape[3]}, got {unit}")
    return 0, channel, row, column


def checked_logits(logits):
    """What a model gave, if it can be logits."""
    if logits.ndim != 2:
        raise ValueError(f"model must give logits (N, classes), got shape {logits.shape}")
    return logits


def target_of(logits, target):
    """The class that is asked about: `target`, or without it the one with the largest logit of one image."""
    logits = checked_logits(logits)
    return int(logits[0].argmax()) if target is None else within("target", target, logits.shape[1])
