"""Images looked up between their pixels (bilinear interpolation), one axis after the other."""
import numpy as np

from ..ops import arguments


def upsampled(image, size):
    """A map stretched to another size, between its values by straight lines.

    Parameters
    ----------
    image : array (…, h, w)
    size : int or pair of int
        Rows and columns of the result.

    Returns
    -------
    array (…, H, W)
        The pixels of both cover the same area, as in PyTorch's ``interpolate(mode="bilinear")``.

    Raises
    ------
    ValueError
        When the map has no rows and columns, or the size is below 1.

    Examples
    --------
    >>> upsampled([[0.0, 4.0]], (1, 4))
    array([[0., 1., 3., 4.]])
    """
    image = arguments.floating("image", image)
    if image.ndim < 2 or image.size == 0:
        raise ValueError(f"image must have rows and columns, none empty, got shape {image.shape}")
    axes = zip(image.shape[-2:], arguments.pair("size", size, 1), strict=True)
    rows, columns = (((np.arange(new) + 0.5) * (old / new) - 0.5).clip(0, old - 1) for old, new in axes)
    return sampled(image, rows, columns)


def sampled(images, rows, columns):
    """The images (…, H, W) at these rows and columns, which may lie between pixels; zeros outside.

    >>> sampled(np.array([[0.0, 4.0, 8.0]]), [0], [-0.5, 0.25, 2])
    array([[0., 1., 8.]])
    """
    height, width = images.shape[-2:]
    across = images.reshape(-1, width) @ weights(width, columns).T.astype(images.dtype)     # one product for all
    return weights(height, rows).astype(images.dtype) @ across.reshape(*images.shape[:-1], -1)


def weights(size, places):
    """Matrix (places, size): how much each of `size` pixels counts at each place; the nearer the more."""
    return np.maximum(0, 1 - abs(np.asarray(places)[:, None] - np.arange(size)))
