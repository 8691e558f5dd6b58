"""Feature visualisation: an image that shows what a channel looks for."""
from functools import partial

import numpy as np

from .. import nn, ops
from ..ops import arguments
from .inputs import image_shape, unit_of, within
from .layers import every, split, twin

GREY = 0.5


def visualise(model, layer, channel, *, shape, unit=None, steps=100, lr=0.05, jitter=2, blur=0.1, decay=0.01, rng=0):
    """An image that a channel answers to strongly, found by gradient ascent from faint noise on grey.

    Without rules the ascent ends in noise that only the network can read. Three gentle ones keep it to what eyes
    can read too: the image is moved about by a few pixels (`jitter`), smoothed (`blur`), and drawn back to grey
    (`decay`) at each step.

    Parameters
    ----------
    model : Sequential
        Stays as it is, with all that it remembers; looked at in inference mode.
    layer : str, int or Layer
        As in `split`. Where ReLUs hold all back, so that there is no way up, they count as leaky.
    channel : int
    shape : tuple of int
        Of the image: (C, H, W).
    unit : (row, column), optional
        Look at this unit of the channel only; without it, at the mean over all.
    steps : int
    lr : float
        Length of a step: the root mean square change of the pixels.
    jitter : int
        How many pixels at most the image is moved at a step, either way; what leaves on one side enters on the
        other. Take 0 for a unit that sees a few pixels only.
    blur, decay : float
        From 0 to 1: how far each step goes towards the mean with the neighbours, and towards grey.
    rng : seed or Generator

    Returns
    -------
    image : array (C, H, W)
        float32 in [0, 1].
    course : array (steps + 1,)
        What was looked at: at each step, in the image as it was then, moved about; last in the image returned.

    Raises
    ------
    ValueError
        When there is no such layer, channel or unit, the network does not take that shape, or a setting is out
        of range.

    Notes
    -----
    From Simonyan, Vedaldi, Zisserman 2014 (Deep inside convolutional networks) and Yosinski et al. 2015
    (Understanding neural networks through deep visualization); jitter is from Mordvintsev et al. 2015 (DeepDream).

    Examples
    --------
    >>> model = nn.Sequential(nn.Conv2d(1, 1, (1, 2), stride=(1, 2)))
    >>> model[0].weight[...] = [-1, 1]                          # the step from left to right
    >>> image, course = visualise(model, 0, 0, shape=(1, 2, 4), jitter=0, blur=0, decay=0)
    >>> image[0], course[-1]
    (array([[0., 1., 0., 1.],
           [0., 1., 0., 1.]], dtype=float32), np.float32(1.0))
    """
    front, rng = twin(split(model, layer)[0]), np.random.default_rng(rng)
    steps, jitter = arguments.whole("steps", steps, 0), arguments.whole("jitter", jitter, 0)
    lr, blur, decay = arguments.real("lr", lr, 0), share("blur", blur), share("decay", decay)
    image = (GREY + 0.02 * rng.standard_normal((1, *image_shape(shape)))).astype(np.float32)
    course = []
    for _ in range(steps):
        down, right = rng.integers(-jitter, jitter + 1, 2)
        out, place = seen(front, np.roll(image, (down, right), (2, 3)), channel, unit)
        course.append(out[place].mean())
        slope = np.roll(uphill(front, out, place), (-down, -right), (2, 3))
        image = ruled(image + np.float32(lr) * slope, np.float32(blur), np.float32(decay))
    out, place = seen(front, image, channel, unit)
    return image[0], np.array([*course, out[place].mean()])


def seen(front, image, channel, unit):
    """What comes out, and the index of what is looked at: one unit, or a whole channel."""
    out = front(image)
    place = (0, within("channel", channel, out.shape[1])) if unit is None else unit_of(out, unit, channel)
    return out, place


def uphill(front, out, place):
    """The direction in which the mean of these outputs grows fastest, with root mean square 1 (on level ground 0)."""
    grad = np.zeros_like(out)
    grad[place] = 1
    slope = front.backward(grad)
    if not slope.any():
        slope = leaky_gradient(front, grad)
    slope /= abs(slope).max() or 1      # so that squares of small numbers are not lost
    return slope / (np.sqrt((slope * slope).mean()) or 1)


def leaky_gradient(front, grad):
    """The gradient as if all ReLUs were leaky: where they are closed, it still tells what would open them."""
    relus = [part for part in every(front) if isinstance(part, nn.ReLU)]
    for relu in relus:
        relu.backward = partial(leaky_backward, relu)
    slope = front.backward(grad)
    for relu in relus:
        del relu.backward
    return slope


def leaky_backward(relu, grad):
    return ops.leaky_relu_backward(grad, relu.input, 0.1)


def ruled(image, blur, decay):
    """The image, a little smoother, a little greyer, and in [0, 1]."""
    for axis in (2, 3):
        image = image + blur * ((np.roll(image, 1, axis) + np.roll(image, -1, axis)) / 2 - image)
    return (image + decay * (np.float32(GREY) - image)).clip(0, 1)


def share(name, value):
    """A number from 0 to 1."""
    value = arguments.real(name, value, 0)
    if value > 1:
        raise ValueError(f"{name} must be ≤ 1, got {value}")
    return value
