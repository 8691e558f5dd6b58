"""Convolution with fewer multiplications, for a single image with many channels (Winograd).

A window of r inputs that slides over m places takes m·r multiplications. Seen as a product of two polynomials,
m + r − 1 values decide its result: transform the inputs (n = m + r − 1 of them, a *tile*) and the filter,
multiply the n values, transform back. In two dimensions n² instead of m²·r²: 36 instead of 144 for 3 × 3 filters
and m = 4. The transforms are sums, paid once for each tile and channel, not for each filter.

Source: A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, 2016 (arXiv:1509.09308); the
matrices follow from the interpolation points (S. Winograd, Arithmetic Complexity of Computations, 1980).
"""
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .products import times

POINTS = (0, 1, -1, 2, -2, 0.5, -0.5)   # small numbers with small powers keep rounding errors small
OUTPUTS = 4                             # m: places of the window that one tile computes, along each side
COPYING, TRANSFORMING = 15, 60          # the time to do this to one number, in multiplications (measured)


def pays(geometry):
    """Whether fewer multiplications save more time than the transforms take."""
    (n, c, *_), (filters, _, kh, kw), (oh, ow), stride, _, dilation, groups = geometry
    if (n, kh, stride, dilation, groups) != (1, kw, (1, 1), (1, 1), 1) or kh not in (3, 5):
        return False
    tiles, side = -(-oh // OUTPUTS) * -(-ow // OUTPUTS), OUTPUTS + kh - 1
    columns = c * kh * kw * oh * ow
    directly = columns * (filters + COPYING)
    moved = filters * c + (filters + c) * tiles
    return side ** 2 * (filters * c * tiles + TRANSFORMING * moved) < directly


def forward(x, weight, bias, geometry):
    """What `conv_columns` gives, to about 1e-5 of the largest output in float32."""
    (_, c, h, w), (filters, _, r, _), (oh, ow), (ph, pw) = *geometry[:3], geometry.padding
    m, n = OUTPUTS, OUTPUTS + r - 1
    down, right = -(-oh // m), -(-ow // m)
    back, of_filter, of_tile = (matrix.astype(x.dtype) for matrix in transforms(m, r))
    padded = np.zeros((c, down * m + r - 1, right * m + r - 1), x.dtype)
    rows, columns = (min(side, room - pad) for side, room, pad in zip((h, w), padded.shape[1:], (ph, pw), strict=True))
    padded[:, ph:ph + rows, pw:pw + columns] = x[0, :, :rows, :columns]
    by_channel, by_row, by_column = padded.strides
    tiles = as_strided(padded, (n, n, c, down, right), (by_row, by_column, by_channel, m * by_row, m * by_column))
    tiles = times(of_tile, tiles.reshape(n * n, -1)).reshape(n * n, c, -1)
    weights = (of_filter @ weight.reshape(-1, r * r).T).reshape(n * n, filters, c)
    values = times(back, times(weights, tiles).reshape(n * n, -1)).reshape(m, m, filters, down, right)
    out = np.empty((1, filters, down, m, right, m), x.dtype)
    for i, j in np.ndindex(m, m):
        out[0, :, :, i, :, j] = values[i, j]
    out = out.reshape(1, filters, down * m, right * m)[:, :, :oh, :ow]
    if bias is not None:
        out += bias[:, None, None]
    return out


@cache
def transforms(m, r):
    """Matrices that turn n² products back into m² outputs, an r × r filter into n² values, an n × n tile into n².

    >>> back, of_filter, of_tile = transforms(2, 3)
    >>> tile, weight = np.arange(16.0), np.ones(9)
    >>> back @ ((of_filter @ weight) * (of_tile @ tile))     # the four sums of 3 × 3 numbers
    array([45., 54., 81., 90.])
    """
    n = m + r - 1
    points = np.array(POINTS[:n - 1])
    back, of_filter, of_tile = np.zeros((m, n)), np.zeros((n, r)), np.zeros((n, n))
    for k, point in enumerate(points):
        others = np.delete(points, k)
        back[:, k] = point ** np.arange(m)
        of_filter[k] = point ** np.arange(r) / np.prod(point - others)
        of_tile[k, :-1] = np.poly(others)[::-1]
    back[-1, -1] = of_filter[-1, -1] = 1                    # the point at infinity
    of_tile[-1] = np.poly(points)[::-1]
    return tuple(np.kron(matrix, matrix) for matrix in (back, of_filter, of_tile))
