"""How well a kernel singles out one kind of line: the score of a design exercise in lesson 02."""
import numpy as np

from ..ops import conv2d_loops


def diagonal_pictures():
    """Pictures, 0 dark and 1 bright, that a detector of falling diagonals has to tell apart."""
    row, dot, edge = np.zeros((3, 5, 5))
    row[2], dot[2, 2], edge[2:] = 1, 1, 1
    return {
        "falling diagonal": np.eye(5), "rising diagonal": np.eye(5)[::-1],
        "horizontal edge": edge, "vertical edge": edge.T, "horizontal line": row, "vertical line": row.T,
        "flat bright patch": np.ones((5, 5)), "single dot": dot,
    }


def diagonal_responses(kernel):
    """How strongly a kernel answers to each test picture.

    Parameters
    ----------
    kernel : array (3, 3)

    Returns
    -------
    dict of str to float
        "falling diagonal": the response on the middle of the line, with its sign. Every other picture:
        the largest absolute response anywhere.

    Raises
    ------
    ValueError
        When the kernel is not a 3×3 grid of finite numbers.

    Examples
    --------
    >>> responses = diagonal_responses(np.eye(3))
    >>> responses["falling diagonal"], responses["flat bright patch"], responses["rising diagonal"]
    (3.0, 3.0, 1.0)
    """
    try:
        kernel = np.asarray(kernel, float)
    except (TypeError, ValueError):
        raise ValueError("kernel must be a 3×3 grid of numbers, got something else in it") from None
    if kernel.shape != (3, 3):
        raise ValueError(f"kernel must have the shape (3, 3), got {kernel.shape}")
    if not np.isfinite(kernel).all():
        raise ValueError("kernel must hold finite numbers, got NaN or infinity")
    pictures = diagonal_pictures()
    maps = conv2d_loops(np.stack(list(pictures.values()))[:, None], kernel[None, None])[:, 0]
    strongest = dict(zip(pictures, np.abs(maps).max(axis=(1, 2)).tolist(), strict=True))
    return strongest | {"falling diagonal": float(maps[0, 1, 1])}


def diagonal_score(kernel):
    r"""How well a kernel singles out falling diagonals, the ones like a \.

    Parameters
    ----------
    kernel : array (3, 3)
        Multiplying it by a positive number does not change its score.

    Returns
    -------
    float
        Its response to a falling line, divided by its strongest response to anything else. At most 3, as
        a single dot brings out its largest number, and the line adds up three. A kernel of zeros scores 0.

    Raises
    ------
    ValueError
        When the kernel is not a 3×3 grid of finite numbers.

    Examples
    --------
    >>> diagonal_score(np.eye(3))
    1.0
    >>> diagonal_score([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    0.0
    """
    responses = diagonal_responses(kernel)
    falling = responses.pop("falling diagonal")
    return falling / max(responses.values()) if falling else 0.0
