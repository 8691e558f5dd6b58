"""The order in which activations lie in memory, and why the fast operations are fast.

Every array *shows* the shape (N, C, H, W): image, channel, row, column. In memory our operations keep
it as (H, C, W, N), rows outermost and images innermost:

    row 0:  channel 0: column 0: image 0, image 1, …   column 1: image 0, image 1, …   …
            channel 1: …
    row 1:  …

So one row of all channels of all images is one contiguous block. A window of k rows is k such blocks,
one behind the other: it can be *viewed* as a matrix, nothing is copied. The two functions here change
between the views; `nchw(hcwn(x))` is free for arrays that came out of another operation.
"""
import numpy as np


def hcwn(x):
    """(N, C, H, W) → contiguous (H, C, W, N).

    >>> hcwn(np.zeros((2, 3, 4, 5))).shape
    (4, 3, 5, 2)
    """
    return np.ascontiguousarray(x.transpose(2, 1, 3, 0))


def nchw(x):
    """(H, C, W, N) → (N, C, H, W), a view.

    >>> nchw(np.zeros((4, 3, 5, 2))).shape
    (2, 3, 4, 5)
    """
    return x.transpose(3, 1, 0, 2)


def reach(offset, step, count, size):
    """Which of the positions offset, offset + step, … (`count` of them) lie inside 0 … size − 1.

    Returns the slice of the counter and the slice of the positions.

    >>> reach(-1, 2, 4, 5)
    (slice(1, 3, None), slice(1, 4, 2))
    """
    first = max(0, -(offset // step))
    last = max(first, min(count, (size - 1 - offset) // step + 1))
    if first == last:
        return slice(0, 0), slice(0, 0)
    start = offset + first * step
    return slice(first, last), slice(start, start + (last - first - 1) * step + 1, step)
