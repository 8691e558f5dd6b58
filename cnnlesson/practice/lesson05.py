"""The exercises of lesson 05: read how far maps move, measure equivariance, build a score that does not care where."""
from numbers import Real

import numpy as np

from .. import datasets
from ..nn import Conv2d
from .checks import Mistake, Verdict, call, exercise, named_mistake

# ---- read: by how many cells does the map move? -----------------------------------------------------

# stride of the convolution, of a pooling behind it, pixels of the shift
SETTINGS = {
    "stride 1, shift 3": (1, 1, 3), "stride 2, shift 4": (2, 1, 4), "stride 2, shift 3": (2, 1, 3),
    "stride 1 then pooling 2, shift 6": (1, 2, 6), "stride 2 then pooling 2, shift 6": (2, 2, 6)}


def cells(stride, pooling, shift):
    """By how many cells the map moves, or "broken"."""
    step = stride * pooling
    return "broken" if shift % step else shift // step


@exercise("moves", hints=[
    "How many pixels lie between the windows of two neighbouring cells? That is one step of the map.",
    "Pooling by 2 has stride 2. Behind a convolution of stride 2, neighbouring cells are 4 pixels apart.",
    "The map moves by shift ÷ step. If that is no whole number, it is broken.",
])
def check_moves(answers):
    """Check by how many cells maps move when the picture moves. Prints what it finds.

    Parameters
    ----------
    answers : dict
        For each setting a whole number of cells, or "broken".

    Examples
    --------
    >>> check_moves({name: 3 for name in SETTINGS})  # doctest: +ELLIPSIS
    ✗ moves: stride 2, shift 4: the windows are 2 pixels apart...
    """
    if not isinstance(answers, dict) or set(answers) != set(SETTINGS):
        raise Mistake(f"expected a dict with the keys {', '.join(map(repr, SETTINGS))}.")
    wrong = [f"{name}: {said}" for name, given in answers.items() if (said := misread(given, *SETTINGS[name]))]
    return Verdict(not wrong, " ".join(wrong) or "all five: shift ÷ step where that is a whole number, else broken.")


def misread(given, stride, pooling, shift):
    """What is wrong with one answer; empty when nothing is."""
    right, step = cells(stride, pooling, shift), stride * pooling
    if isinstance(given, str):
        given = given.strip().lower()
    if not (given == "broken" if isinstance(given, str) else isinstance(given, Real) and not isinstance(given, bool)):
        return f'give a number of cells or "broken", not {given!r}.'
    if given == right:
        return ""
    apart = f"{step} pixel{'s' * (step > 1)} apart"
    if given == "broken":
        return f"the windows are {apart}, and {shift} ÷ {step} is a whole number. Nothing breaks."
    if given == 0:
        return "that would be invariance: the map would stay as it is. It does not."
    if right == "broken" and given == shift / step:
        return f"there are no parts of cells. {shift} ÷ {step} is no whole number, so other windows are looked at."
    if stride > 1 and pooling > 1 and given * stride == shift:
        return f"pooling has a stride too. Both together: the windows are {apart}."
    if given == shift and step > 1:
        return f"that is how far the picture moves. In the map, count in cells, which are {apart}."
    if given == shift * step:
        return "divide by the stride. A large step makes a small map, and small movements."
    if right == "broken" and given in (shift // step, shift // step + 1):
        return f"you rounded. {shift} ÷ {step} is no whole number: the windows fall on other pixels."
    return f"the windows are {apart}. How many of these steps are {shift} pixels?"


# ---- write: the equivariance test -------------------------------------------------------------------


class Striped(Conv2d):
    """A convolution that knows in which column it is: it adds 0, 1.0321, 5.0734, 0 … So it is not equivariant."""

    def forward(self, x):
        out = super().forward(x)
        return out + np.array([0.0, 1.0321, 5.0734])[np.arange(out.shape[-1]) % 3]


class Marked(Conv2d):
    """A convolution that knows its columns in one row only, below the middle."""

    where = "in one row only"

    def forward(self, x):
        out = super().forward(x)
        out[..., out.shape[-2] // 2 + 1, :] += np.array([0.25, 1.0, 5.3])[np.arange(out.shape[-1]) % 3]
        return out


class First(Conv2d):
    """A convolution that knows its first cell. The shift takes the old one into the map."""

    where, cell = "in the first row, at one end", 0

    def forward(self, x):
        out = super().forward(x)
        out[..., self.cell, self.cell] += 5.3
        return out


class Last(First):
    """A convolution that knows its last cell."""

    where, cell = "in the last row, at one end", -1


def both(layer, image, down=0, right=0):
    """The map before, and after the picture has moved: (C, rows, columns) twice."""
    moved = datasets.shifted(image, down, right)
    return layer(image[None, None])[0], layer(moved[None, None])[0]


def error(layer, image, pixels):
    """The right answer: the largest difference, over the cells that have come from somewhere.

    >>> float(error(Conv2d(1, 1, 3), np.eye(8), 2))
    0.0
    """
    before, after = both(layer, image, right=pixels)
    return away(*inner(before, after, pixels // layer.settings["stride"])).max()


def instead(compare):
    """A wrong twin: compare(before, after, cells, pixels)."""
    def twin(layer, image, pixels):
        before, after = both(layer, image, right=pixels)
        return compare(before, after, pixels // layer.settings["stride"], pixels)
    return twin


def elsewhere(down, right):
    """A wrong twin that moves the picture `down` and `right` times as far."""
    def twin(layer, image, pixels):
        before, after = both(layer, image, down * pixels, right * pixels)
        return away(*inner(before, after, pixels // layer.settings["stride"])).max()
    return twin


def inner(before, after, by):
    """The cells that are to be compared, of both maps."""
    return before[..., :before.shape[-1] - by], after[..., by:]


def away(a, b):
    return np.abs(a - b)


def turned(a, b, by):
    """Both maps moved the wrong way."""
    return away(b[..., :b.shape[-1] - by], a[..., by:])


def filled(a, b, by):
    """All cells; zeros come where no cell of the old map does."""
    return away(b, datasets.shifted(a, right=by))


def rolled(a, b, by):
    """All cells; what leaves the old map on the right comes in on the left."""
    return away(b, np.roll(a, by, -1))


def rounded(digits):
    return "you rounded the error. Return it as it is.", instead(
        lambda a, b, by, px: np.round(away(*inner(a, b, by)).max(), digits))


ERROR_MISTAKES = [  # what to say, and a function that makes the mistake
    ("you forgot to divide the shift by the stride. The map moves by fewer cells than the picture by pixels.",
     instead(lambda a, b, by, px: away(*inner(a, b, px)).max())),
    ("you multiplied the shift by the stride. Divide: the map moves by fewer cells than the picture by pixels.",
     instead(lambda a, b, by, px: away(*inner(a, b, px * px // by)).max())),
    ("you compared both maps in place. That asks for invariance: move the old map along first.",
     instead(lambda a, b, by, px: away(a, b).max())),
    ("you moved the picture down. Write right=…, so that it moves to the right.", elsewhere(1, 0)),
    ("you moved the picture to the left. It should go to the right.", elsewhere(0, -1)),
    ("you moved the map the wrong way. The picture went to the right: cell j of the new map was cell j − k of the "
     "old one.", instead(lambda a, b, by, px: turned(a, b, by).max())),
    ("`np.roll` brings in on the left what leaves on the right. Leave those columns out.",
     instead(lambda a, b, by, px: rolled(a, b, by).max())),
    ("you compared the border too. The first columns of the new map come from nowhere: leave them out.",
     instead(lambda a, b, by, px: filled(a, b, by).max())),
    ("that is the mean. One wrong cell would be lost in it: take the largest.",
     instead(lambda a, b, by, px: away(*inner(a, b, by)).mean())),
    ("differences cancel in a mean. Take the largest absolute value.",
     instead(lambda a, b, by, px: np.mean(np.subtract(*inner(a, b, by)[::-1])))),
    ("you forgot the absolute value: a negative difference is one too.",
     instead(lambda a, b, by, px: np.subtract(*inner(a, b, by)).max())),
    ("you forgot the absolute value: a negative difference is one too.",
     instead(lambda a, b, by, px: np.subtract(*inner(a, b, by)[::-1]).max())),
    ("that is the smallest difference. Take the largest.",
     instead(lambda a, b, by, px: away(*inner(a, b, by)).min())),
    ("you summed up the differences. Take the largest.",
     instead(lambda a, b, by, px: away(*inner(a, b, by)).sum())),
    ("you squared the differences. Take the largest absolute value.",
     instead(lambda a, b, by, px: (away(*inner(a, b, by))**2).max())),
    *map(rounded, range(4)),
]

# What is tested: the layer, its stride, the shift.
ERROR_CASES = [(Striped, 1, 1), (Striped, 1, 2), (Conv2d, 1, 3), (Conv2d, 2, 4), (Striped, 2, 2), (Conv2d, 3, 6),
               (Marked, 1, 2), (Marked, 3, 3), (First, 1, 1), (Last, 2, 4)]


@exercise("equivariance", hints=[
    "Two maps first: layer(image[None, None])[0, 0], and the same for datasets.shifted(image, right=pixels).",
    'The map moves by k = pixels // layer.settings["stride"] cells. Column j of the new map was column j − k.',
    "Compare after[:, k:] with before[:, :before.shape[1] - k], and return the largest absolute difference.",
])
def check_equivariance(function):
    """Check a learner's test of equivariance, on layers that pass it and on layers that do not. Prints what it finds.

    Parameters
    ----------
    function : callable
        function(layer, image, pixels) with a `Conv2d` without padding, an image (H, W) and pixels to the right, a
        multiple of the layer's stride; returns the largest error, border left out.

    Examples
    --------
    >>> check_equivariance(lambda layer, image, pixels: 0.0)
    ✗ equivariance: it gives 0 for a layer that adds a stripe to its map, and that is no equivariance. \
Does it compare anything?
    """
    rng = np.random.default_rng(5)
    for kind, stride, pixels in ERROR_CASES:
        layer, image = kind(1, 1, 3, stride=stride, rng=rng), rng.normal(0, 2, (17, 20))
        got, right = one_number(call(function, layer, image, pixels)), error(layer, image, pixels)
        when = f"with stride {stride} and a shift by {pixels}: " if (stride, pixels) != (1, 1) else ""
        if not np.isclose(got, right, atol=1e-5):
            raise Mistake(when + off(got, right, layer, image, pixels))
    return Verdict(True, "it passes convolutions of stride 1, 2 and 3, and catches layers that know their columns.")


def one_number(got):
    """What the learner's function returned, if it is a number; a `Mistake` if not."""
    if np.ndim(got):
        raise Mistake(f"it returns an array of shape {np.shape(got)}. Return one number, the largest of them.")
    got = got.item() if hasattr(got, "item") else got
    if isinstance(got, bool):
        raise Mistake("it returns True or False. Return the largest difference itself.")
    if not isinstance(got, Real):
        raise Mistake(f"it returns {got!r}. Return a number: the largest absolute difference.")
    return got


def off(got, right, layer, image, pixels):
    """What a wrong number says about the function that returned it."""
    numbers = f"the largest error is {right:.3f}, yours is {got:.3f}."
    if where := getattr(layer, "where", ""):      # the twins are told apart by the layers that come before
        return f"{numbers} This layer is off {where}. Do you compare all rows and columns, and take the largest?"
    if got == 0:
        return "it gives 0 for a layer that adds a stripe to its map, and that is no equivariance. " \
               "Does it compare anything?"
    return named_mistake(got, ERROR_MISTAKES, layer, image, pixels) or numbers


# ---- design: a score that does not care where -------------------------------------------------------

FRAME = 12
CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], float)
DIAGONAL = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], float)


def everywhere(motif, side=FRAME):
    """The motif at every place of an empty frame, (places, side, side).

    >>> everywhere(CROSS).shape
    (100, 12, 12)
    """
    free = side - len(motif) + 1
    pictures = np.zeros((free * free, side, side))
    for place, picture in enumerate(pictures):
        row, column = divmod(place, free)
        picture[row:row + len(motif), column:column + len(motif)] = motif
    return pictures


@exercise("anywhere", hints=[
    "Which kernel answers to + more than to ×? Its map moves along with the motif.",
    "What single number of a map stays the same when the map moves?",
    "conv2d(picture[None, None], kernel[None, None]) gives the map. Its largest value does not know where it stands.",
])
def check_anywhere(score):
    """Check a score that has to tell + from ×, and to be the same wherever the motif stands. Prints what it finds.

    Parameters
    ----------
    score : callable
        score(picture) with a picture (12, 12) of zeros and ones; returns one number.

    Examples
    --------
    >>> check_anywhere(lambda picture: picture.sum())
    ✗ anywhere: it does not care where, but it gives + and × the same score, 5.
    """
    crosses, diagonals = (scores(score, everywhere(motif)) for motif in (CROSS, DIAGONAL))
    for name, values in (("+", crosses), ("×", diagonals)):
        if spread := place_mistake(values, name):
            raise Mistake(spread)
    plus, times = crosses[0], diagonals[0]
    if np.isclose(plus, times):
        raise Mistake(f"it does not care where, but it gives + and × the same score, {plus:.4g}.")
    if plus < times:
        raise Mistake(f"it does not care where, but × gets more than +: {times:.4g} against {plus:.4g}. Turn it round.")
    return Verdict(True, f"+ gets {plus:.4g} and × gets {times:.4g}, at each of {len(crosses)} places.")


def scores(score, pictures):
    """One number for each picture, or a `Mistake`."""
    values = [call(score, picture) for picture in pictures]
    for value in values:
        if np.size(value) != 1:
            raise Mistake(f"it returns an array of shape {np.shape(value)}. What one number of it does not depend on "
                          "the place?")
    values = np.array([np.ravel(value)[0] for value in values], float)
    if not np.isfinite(values).all():
        raise Mistake("it returns something that is no finite number.")
    return values


def place_mistake(values, name):
    """Why a score depends on the place, in a sentence; empty when it does not."""
    free = round(len(values) ** 0.5)
    grid = values.reshape(free, free)
    if np.allclose(grid, grid[0, 0]):
        return ""
    core = grid[2:-2, 2:-2]     # a window reaches two cells beyond the motif
    if np.allclose(core, core[0, 0]):
        return f"{name} gets another score at the frame than inside. Some windows are missing or cut off there."
    for step in (2, 3, 4):      # a score that comes back every few pixels
        if np.allclose(core[step:], core[:-step]) and np.allclose(core[:, step:], core[:, :-step]):
            return (f"{name} gets the same score at every {('second', 'third', 'fourth')[step - 2]} place only. "
                    "A stride leaves windows out: use stride 1.")
    (row, column), (other_row, other_column) = (np.unravel_index(pick(grid), grid.shape) for pick in
                                                (np.argmax, np.argmin))
    return (f"{name} gets {grid.max():.4g} at row {row}, column {column}, and {grid.min():.4g} at row {other_row}, "
            f"column {other_column}. Weights that belong to places know places: slide one small kernel. "
            "Or did you take one fixed cell, or `argmax`, which says where and not how much?")
