"""The pictures that the lessons work on: digits, clothes, photos, and your own drawings.

Everything is read from ``data/``; nothing is downloaded. Pictures come as float32,
0 for black to 1 for white.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from numbers import Integral

import numpy as np
from PIL import Image

from cnnlesson import files

PHOTOS = ("camera", "chelsea", "coffee", "astronaut", "brick", "grass")
DIGITS = tuple("0123456789")
CLOTHES = (
    "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """Pictures and what they show. All arrays are read-only: copy one before you change it.

    Attributes
    ----------
    pixels : numpy.ndarray
        uint8, (N, 1, 28, 28), 0 to 255: as stored.
    labels : numpy.ndarray
        int64, (N,): the class of each picture.
    """

    pixels: np.ndarray
    labels: np.ndarray

    @cached_property
    def images(self):
        """The pixels as float32 from 0 to 1, (N, 1, 28, 28); made when first asked for."""
        return _locked(self.pixels / np.float32(255))

    def __len__(self):
        return len(self.labels)

    def __repr__(self):
        return f"Split({len(self)} images, {self.pixels.shape[1:]})"


@dataclass(frozen=True, eq=False)
class Dataset:
    """A training split, a test split, and the names of the classes."""

    train: Split
    test: Split
    classes: tuple


@cache
def mnist():
    """MNIST: 60 000 handwritten digits to train on and 10 000 to test with.

    Returns
    -------
    Dataset
        ``.train`` and ``.test``, each with ``.images`` (N, 1, 28, 28) float32 in [0, 1] and ``.labels`` (N,).

    Examples
    --------
    >>> digits = mnist()
    >>> digits.test
    Split(10000 images, (1, 28, 28))
    >>> digits.test.labels[:5]
    array([7, 2, 1, 0, 4])
    """
    return _dataset("mnist.npz", DIGITS)


@cache
def fashion():
    """Fashion-MNIST, a part: 10 000 pictures of clothes to train on and 2 000 to test with.

    Returns
    -------
    Dataset
        As `mnist`, with ten kinds of clothes as classes.

    Examples
    --------
    >>> clothes = fashion()
    >>> clothes.classes[clothes.train.labels[0]]
    'ankle boot'
    """
    return _dataset("fashion_mnist_12k.npz", CLOTHES)


def small_digits(count=64):
    """Test digits of MNIST as short rows of numbers, for networks that shall be quick.

    Parameters
    ----------
    count : int
        The first so many.

    Returns
    -------
    x : numpy.ndarray
        float32, (count, 64): each digit averaged to 8 × 8 pixels and scaled, all alike, to a root mean square of 1.
    labels : numpy.ndarray
        (count,)

    Examples
    --------
    >>> x, labels = small_digits(64)
    >>> x.shape, round(float((x**2).mean()), 3)
    ((64, 64), 1.0)
    """
    test = mnist().test
    padded = np.pad(test.images[:count, 0], ((0, 0), (2, 2), (2, 2)))
    x = padded.reshape(-1, 8, 4, 8, 4).mean((2, 4)).reshape(-1, 64)
    return x / np.sqrt((x**2).mean()), test.labels[:count]


def photo(name, size=None, *, grey=False):
    """One photo as an array.

    Parameters
    ----------
    name : str
        One of `PHOTOS`.
    size : int, optional
        Side in pixels: the centre square of the photo, scaled. Without it the photo keeps its size.
    grey : bool
        Turn colour into luminance.

    Returns
    -------
    numpy.ndarray
        float32 in [0, 1]; (H, W) when grey, (3, H, W) in colour.

    Raises
    ------
    ValueError
        If there is no such photo, or if `size` is below 1.

    Examples
    --------
    >>> photo("camera", size=256).shape
    (256, 256)
    >>> photo("coffee").shape
    (3, 400, 600)
    """
    if name not in PHOTOS:
        raise ValueError(f"name must be one of {', '.join(PHOTOS)}, got {name!r}")
    if size is not None and size < 1:
        raise ValueError(f"size must be ≥ 1, got {size}")
    with Image.open(files.path(f"photos/{name}.png")) as picture:
        picture = picture.convert("L") if grey else picture.copy()
    if size is not None:
        picture = _centre_square(picture, size)
    pixels = np.asarray(picture) / np.float32(255)
    return pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


@cache
def imagenet_classes():
    """The names of the 1000 ImageNet classes, in order.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> imagenet_classes()[285]
    'Egyptian cat'
    """
    return tuple(files.path("imagenet_classes.txt").read_text(encoding="utf-8").splitlines())


def x_pattern():
    """The letter X on 9 × 9 pixels, made up: 1 on its two strokes, −1 elsewhere.

    It is the picture of Brandon Rohrer's *How do convolutional neural networks work?* (2016).

    Returns
    -------
    numpy.ndarray
        (9, 9), float32; the strokes run from row 1 to row 7.

    Examples
    --------
    >>> for row in x_pattern():
    ...     print("".join("X" if pixel > 0 else "-" for pixel in row))
    ---------
    -X-----X-
    --X---X--
    ---X-X---
    ----X----
    ---X-X---
    --X---X--
    -X-----X-
    ---------
    """
    pattern, place = np.full((9, 9), -1, np.float32), np.arange(1, 8)
    pattern[place, place] = pattern[place, 8 - place] = 1
    return pattern


def shifted(images, down=0, right=0, *, fill=0):
    """Move pictures inside their frame: what leaves it is lost, `fill` comes in on the other side.

    Parameters
    ----------
    images : array_like
        (…, H, W).
    down, right : int
        By how many pixels; negative for up and left.
    fill : float
        What comes in.

    Returns
    -------
    numpy.ndarray
        A new array of the same shape and dtype.

    Raises
    ------
    ValueError
        If there are fewer than two dimensions, or a shift is no whole number.

    Examples
    --------
    >>> shifted([[1, 2], [3, 4]], right=1)
    array([[0, 1],
           [0, 3]])
    """
    images = np.asarray(images)
    if images.ndim < 2:
        raise ValueError(f"images must be (…, H, W), got shape {images.shape}")
    for name, by in (("down", down), ("right", right)):
        if not isinstance(by, Integral):
            raise ValueError(f"{name} must be a whole number of pixels, got {by!r}")
    moved = np.full_like(images, fill)
    (to_rows, from_rows), (to_columns, from_columns) = (
        (slice(max(0, by), max(0, size + min(0, by))), slice(max(0, -by), max(0, size - max(0, by))))
        for by, size in zip((down, right), images.shape[-2:], strict=True)
    )
    moved[..., to_rows, to_columns] = images[..., from_rows, from_columns]
    return moved


def centre_digit(drawing):
    """Do to a drawing what was done to every digit of MNIST.

    The ink is cut out, scaled so that its longer side is 20 pixels, and laid into 28 × 28 pixels
    with its centre of mass in the middle.

    Parameters
    ----------
    drawing : array_like
        (H, W), both at least 28: white ink on black, 0 to 1 (or 0 to 255 for uint8).

    Returns
    -------
    numpy.ndarray
        (28, 28), float32 in [0, 1]. An empty drawing stays empty.

    Raises
    ------
    ValueError
        If the drawing has another number of dimensions, is too small, or leaves its range of values.

    Examples
    --------
    >>> drawing = np.zeros((140, 140))
    >>> drawing[10:110, 20:30] = 1  # a stroke, 100 high and 10 wide
    >>> digit = centre_digit(drawing)
    >>> digit[5:25, 14:16].min().round(3), digit.sum().round(3)  # 20 high and 2 wide
    (np.float32(1.0), np.float32(40.0))
    """
    ink = _checked_drawing(drawing)
    digit = np.zeros((28, 28), np.float32)
    if not ink.any():
        return digit
    rows, columns = (np.flatnonzero(ink.any(axis)) for axis in (1, 0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(side * 20 / max(ink.shape))) for side in ink.shape)
    small = _averages(ink.shape[0], height) @ ink @ _averages(ink.shape[1], width).T
    top, left = (_start(small.sum(axis), side) for axis, side in ((1, height), (0, width)))
    digit[top : top + height, left : left + width] = small
    return digit.clip(0, 1)


def _locked(array):
    # A lesson that writes into shared data would spoil the cells after it.
    array.flags.writeable = False
    return array


def _dataset(name, classes):
    stored = files.arrays(name)
    train, test = (
        Split(_locked(stored[f"x_{part}"][:, None]), _locked(stored[f"y_{part}"].astype(np.int64)))
        for part in ("train", "test")
    )
    return Dataset(train, test, classes)


def _centre_square(picture, size):
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    # Hamming has no negative lobes: no bright and dark seams along the very edges that kernels look for.
    box = (left, top, left + side, top + side)
    return picture.resize((size, size), Image.Resampling.HAMMING, box=box)


def _checked_drawing(drawing):
    drawing = np.asarray(drawing)
    if drawing.ndim != 2 or min(drawing.shape) < 28:
        raise ValueError(f"drawing must be (H, W) with both at least 28, got shape {drawing.shape}")
    if drawing.dtype == np.uint8:
        return drawing / np.float32(255)
    if not (drawing.min() >= 0 and drawing.max() <= 1):  # also false for NaN
        raise ValueError(f"drawing must lie between 0 and 1, got {drawing.min():.3g} to {drawing.max():.3g}")
    return drawing.astype(np.float32)


def _averages(old, new):
    """Matrix (new, old) that averages `old` pixels into `new` ones, by the share of each that is covered."""
    edges = np.arange(new + 1) * (old / new)
    left, right = edges[:-1, None], edges[1:, None]
    pixel = np.arange(old)
    covered = np.minimum(right, pixel + 1) - np.maximum(left, pixel)
    return (covered.clip(0) * (new / old)).astype(np.float32)


def _start(mass, side):
    """Where `side` pixels start, so that the centre of mass falls on pixel 14 of 28."""
    centre = (mass * np.arange(side)).sum() / mass.sum()
    return int(np.clip(np.floor(14.5 - centre), 0, 28 - side))
