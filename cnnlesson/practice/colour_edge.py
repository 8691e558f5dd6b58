"""How a filter answers to edges between colours and to brightness: a design exercise in lesson 04."""
import numpy as np

from ..ops import conv2d_loops

RED, GREEN, DARK, BRIGHT = (0.8, 0.2, 0.2), (0.2, 0.8, 0.2), (0.2, 0.2, 0.2), (0.8, 0.8, 0.8)
TARGET = "red | green"


def two_tones(left, right):
    """A picture (3, 6, 6) with one colour in its left half and another one in its right half.

    >>> two_tones((1, 0, 0), (0, 0, 1))[:, 0, 2:4]
    array([[1., 0.],
           [0., 0.],
           [0., 1.]])
    """
    columns = np.repeat([left, right], 3, axis=0).astype(float).T
    return np.repeat(columns[:, None], 6, axis=1)


def dot(ground, colour):
    """A picture (3, 6, 6) of one colour, with a pixel of another one in it.

    >>> dot((0, 0, 0), (1, 1, 1)).sum(axis=(1, 2))
    array([1., 1., 1.])
    """
    picture = two_tones(ground, ground)
    picture[:, 2, 2] = colour
    return picture


COLOUR_PICTURES = {
    TARGET: two_tones(RED, GREEN), "dark | bright": two_tones(DARK, BRIGHT),
    "dark over bright": two_tones(DARK, BRIGHT).transpose(0, 2, 1),
    "red over green": two_tones(RED, GREEN).transpose(0, 2, 1),
    "only red": two_tones(RED, RED), "only green": two_tones(GREEN, GREEN), "only grey": two_tones(BRIGHT, BRIGHT),
    "grey dot": dot(DARK, BRIGHT),
}


def colour_responses(weight):
    """The strongest response of a 3×3×3 filter to each picture of `COLOUR_PICTURES`, with its sign.

    Parameters
    ----------
    weight : array (3, 3, 3)

    Returns
    -------
    dict of str to float

    Raises
    ------
    ValueError
        When the filter is not 3×3×3, or holds something else than finite numbers.

    Examples
    --------
    >>> round(colour_responses(np.ones((3, 3, 3)))["only grey"], 6)
    21.6
    """
    try:
        weight = np.asarray(weight, float)
    except (TypeError, ValueError):
        raise ValueError("the filter must be a 3×3×3 array of numbers, got something else in it") from None
    if weight.shape != (3, 3, 3):
        raise ValueError(f"the filter must have the shape (3, 3, 3), got {weight.shape}")
    if not np.isfinite(weight).all():
        raise ValueError("the filter must hold finite numbers, got NaN or infinity")
    found = {}
    for name, picture in COLOUR_PICTURES.items():
        answers = answers_to(picture, weight)
        found[name] = float(answers[np.abs(answers).argmax()])
    return found


def target_range(weight):
    """The smallest and the largest response to the target."""
    answers = answers_to(COLOUR_PICTURES[TARGET], np.asarray(weight, float))
    return float(answers.min()), float(answers.max())


def answers_to(picture, weight):
    """All responses of a filter to a picture, without the last bits."""
    return conv2d_loops(picture[None], weight[None]).ravel().round(9) + 0.0
