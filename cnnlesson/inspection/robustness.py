"""Images changed a little, and how many of them a network still gets right.

All changes take images (N, C, H, W) and give new ones of the same shape; what moves in is 0.
"""
import numpy as np

from .. import nn
from ..nn import augmentation
from ..nn.evaluation import scaled as as_shares
from ..ops import arguments
from .inputs import chunks
from .layers import twin
from .sampling import sampled


def shifted(images, pixels):
    """Images moved to the right, or down and to the right.

    Parameters
    ----------
    images : array (N, C, H, W)
    pixels : float or (float, float)
        To the right; or (down, right). Negative: to the left, up. Parts of pixels are interpolated.

    Returns
    -------
    array (N, C, H, W)

    Raises
    ------
    ValueError
        When the images are none, or `pixels` is not a finite number or a pair of them.

    Examples
    --------
    >>> shifted([[[[1.0, 2.0, 4.0]]]], 1)
    array([[[[0., 1., 2.]]]])
    >>> shifted([[[[1.0, 2.0, 4.0]]]], -0.5)
    array([[[[1.5, 3. , 2. ]]]])
    """
    images = batch(images)
    amounts = (0, pixels) if np.ndim(pixels) == 0 else tuple(pixels)
    if len(amounts) != 2:
        raise ValueError(f"pixels must be a number or a pair of them, got {arguments.shown(pixels)}")
    amounts = (finite("pixels", amount) for amount in amounts)
    return sampled(images, *(np.arange(size) - by for size, by in zip(images.shape[2:], amounts, strict=True)))


def scaled(images, factor):
    """Images enlarged about their centre; a factor below 1 makes what they show smaller.

    Below 1 this skips pixels, and below 0.5 it overlooks some: images are not smoothed before.

    Parameters
    ----------
    images : array (N, C, H, W)
    factor : float
        Above 0.

    Returns
    -------
    array (N, C, H, W)

    Raises
    ------
    ValueError
        When the images are none, or the factor is not a finite number above 0.

    Examples
    --------
    >>> scaled([[[[1.0, 2.0, 5.0]]]], 2)
    array([[[[1.5, 2. , 3.5]]]])
    >>> scaled([[[[1.0, 2.0, 5.0]]]], 0.5)
    array([[[[0., 2., 0.]]]])
    """
    images = batch(images)
    if (factor := finite("factor", factor)) <= 0:
        raise ValueError(f"factor must be > 0, got {factor}")
    return sampled(images, *((np.arange(size) - (size - 1) / 2) / factor + (size - 1) / 2 for size in images.shape[2:]))


def rotated(images, degrees):
    """Images turned about their centre, counter-clockwise as one sees them.

    Parameters
    ----------
    images : array (N, C, H, W)
    degrees : float

    Returns
    -------
    array (N, C, H, W)

    Raises
    ------
    ValueError
        When the images are none, or `degrees` is not a finite number.

    Examples
    --------
    >>> rotated([[[[1.0, 2.0], [3.0, 4.0]]]], 90).round(6)
    array([[[[2., 4.],
             [1., 3.]]]])
    """
    images, degrees = batch(images), finite("degrees", degrees)
    parts = (images[chunk] for chunk in chunks(len(images), images[0].size))    # all at once take much memory
    return np.concatenate([augmentation.rotate(part, np.full(len(part), degrees)) for part in parts])


def noisy(images, amount, *, rng=0):
    """Images with normal noise added to each value, kept in [0, 1].

    Parameters
    ----------
    images : array (N, C, H, W)
    amount : float
        Standard deviation of the noise, ≥ 0.
    rng : seed or Generator
        The same seed gives the same noise.

    Returns
    -------
    array (N, C, H, W)

    Raises
    ------
    ValueError
        When the images are none, or the amount is not a finite number ≥ 0.

    Examples
    --------
    >>> noisy(np.zeros((1, 1, 1, 4)), 0.5).round(3)
    array([[[[0.063, 0.   , 0.32 , 0.052]]]])
    """
    images = batch(images)
    if (amount := finite("amount", amount)) < 0:
        raise ValueError(f"amount must be ≥ 0, got {amount}")
    noise = np.random.default_rng(rng).standard_normal(images.shape, images.dtype)
    return (images + images.dtype.type(amount) * noise).clip(0, 1)


def accuracy_curve(model, images, labels, change, amounts):
    """How many changed images a network gets right, for each amount of the change.

    Parameters
    ----------
    model : Layer
        Stays as it is, with all that it remembers; looked at in inference mode.
    images : array (N, C, H, W)
    labels : array of int (N,)
    change : function
        (images, amount) → images: `shifted`, `scaled`, `rotated`, `noisy`, or one of your own.
    amounts : sequence

    Returns
    -------
    array (amounts,)
        Accuracy in [0, 1].

    Raises
    ------
    ValueError
        When images and labels do not fit, or an amount is not one for that change.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten())             # says where the brightest pixel is
    >>> images = np.eye(4).reshape(4, 1, 1, 4)
    >>> accuracy_curve(model, images, [0, 1, 2, 3], shifted, [0, 0.25, 1])
    array([1., 1., 0.])
    """
    model = twin(model)
    return np.array([nn.evaluate(model, change(images, amount), labels) for amount in amounts])


def batch(images):
    """Images as floating numbers, uint8 as 0 … 1."""
    return arguments.images("images", as_shares(arguments.array("images", images)))


def finite(name, number):
    """A real number that is not infinite."""
    number = arguments.real(name, number)
    if abs(number) == np.inf:
        raise ValueError(f"{name} must be finite, got {number}")
    return number
