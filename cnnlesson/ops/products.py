"""Matrix products in pieces of the size that BLAS is fastest at.

A BLAS library copies large matrices into an order of its own first ("packing"). That pays when many rows share the
copy; the matrices of a convolution have few. OpenBLAS, which comes with NumPy, leaves it out for small products:
a large product cut into such pieces runs up to 1.4 times as fast.
"""
import numpy as np

SMALL_PRODUCT = 10**6   # OpenBLAS packs nothing up to a million multiplications,
SMALL_OUTPUT = 1200     # and for a @ b.T up to this many results besides
LEAST, VECTORS = 64, 32     # thinner pieces are slower than the whole; best have a multiple of 32 columns (measured)


def times(a, b, out=None):
    """a @ b.

    Parameters
    ----------
    a : array (…, M, K)
    b : array (…, K, L)
        It is the columns of b that are cut.
    out : array (…, M, L), optional
        Where to write the product.

    Returns
    -------
    array (…, M, L)

    Examples
    --------
    >>> times(np.ones((2, 3)), np.ones((5, 3, 4))).shape
    (5, 2, 4)
    """
    if out is None:
        out = np.empty((*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1]), b.dtype)
    for columns in quick_columns(*a.shape[-2:], b.shape[-1]):
        np.matmul(a, b[..., columns], out=out[..., columns])
    return out


def times_transposed(a, b):
    """The sum of all a @ bᵀ.

    Parameters
    ----------
    a : array (R, …, K, L)
    b : array (R, …, M, L)

    Returns
    -------
    array (…, K, M)
        Summed over R.

    Examples
    --------
    >>> times_transposed(np.ones((10, 2, 3)), np.ones((10, 4, 3)))[0]
    array([30., 30., 30., 30.])
    """
    k, length, m = *a.shape[-2:], b.shape[-2]
    out = np.zeros((*a.shape[1:-2], k, m), b.dtype)
    for rows in pieces(k, -(-k // -(-k * m // SMALL_OUTPUT))):
        for columns in quick_columns(rows.stop - rows.start, m, length):
            out[..., rows, :] += (a[..., rows, columns] @ b[..., columns].swapaxes(-2, -1)).sum(0)
    return out


def quick_columns(rows, inner, length):
    """The pieces of the columns of (rows, inner) @ (inner, length)."""
    return pieces(length, SMALL_PRODUCT // max(rows * inner, 1) // VECTORS * VECTORS)


def pieces(length, step):
    """Slices of `step` that cover `length`; only one if they would be too short.

    >>> pieces(300, 128), pieces(300, 32)
    ([slice(0, 128, None), slice(128, 256, None), slice(256, 384, None)], [slice(0, 300, None)])
    """
    return [slice(i, i + step) for i in range(0, length, step)] if step >= LEAST else [slice(0, length)]
