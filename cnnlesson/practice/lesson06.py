"""The exercises of lesson 06: read gradient profiles, write a leaky ReLU and its backward, choose a start scale."""
import numpy as np

from .. import datasets, nn
from .checks import Mistake, Verdict, call, exercise, named_mistake

# ---- read: which start made this profile? -----------------------------------------------------------

STARTS = {"A": ("sigmoid", 2.0), "B": ("ReLU", 1.2), "C": ("ReLU", 1.0), "D": ("ReLU", 0.8)}
NAMES = {letter: f"{activation}, scale {scale:g}" for letter, (activation, scale) in STARTS.items()}


def gradient_profiles():
    """The gradients of four stacks of depth 30, by letter: what the reading exercise shows.

    >>> list(gradient_profiles())
    ['A', 'B', 'C', 'D']
    """
    x, labels = datasets.small_digits()
    return {letter: nn.gradient_flow(nn.deep_stack(30, activation, scale=scale, seed=1), x, labels)[0]
            for letter, (activation, scale) in STARTS.items()}


LEVEL = "at He's own scale the curve stays level. This one falls towards the first layer."
RISES = "this curve does not fall towards the first layer; a sigmoid's does."
SHRINKS = "a scale below 1 makes the gradient smaller on its way back. Read the axis from right to left."
READ_MISTAKES = {      # curve and the curve of the name that was given → what to say
    ("A", "B"): "above He's scale the gradient grows on its way back. This one falls.",
    ("A", "C"): LEVEL,
    ("A", "D"): "steeper is stronger damping. ReLU at 0.8 multiplies by about 0.8 a layer, sigmoid at 2 by about half.",
    ("B", "A"): RISES,
    ("B", "C"): "at He's own scale the curve stays level. This one grows towards the first layer.",
    ("B", "D"): SHRINKS,
    ("C", "A"): RISES,
    ("C", "B"): "1.2 times too much at every layer adds up. This curve stays level.",
    ("C", "D"): "0.8 at every layer cannot stay level.",
    ("D", "A"): "count the powers of ten over 29 layers: 0.8 a layer gives about three, half a layer nearly nine.",
    ("D", "B"): "a scale above 1 makes the gradient larger on its way back. Read the axis from right to left.",
    ("D", "C"): LEVEL,
}


@exercise("profiles", hints=[
    "The gradient travels from the last layer to the first: read the curves from right to left.",
    "ReLU at scale s multiplies by about s a layer. Over 29 steps: 1.2 to the power 29, and 0.8 to the power 29.",
    "At He's scale a sigmoid leaves about a third a layer. Doubling the weights also drives the sigmoids onto their "
    "flat ends, so about half is left a layer.",
])
def check_profiles(answers):
    """Check which start belongs to which of four gradient profiles. Prints what it finds.

    Parameters
    ----------
    answers : dict of str to str
        "A" to "D", each with one of the four starts, as in "ReLU, scale 1".

    Examples
    --------
    >>> check_profiles({"A": "ReLU, scale 1", "B": "ReLU, scale 1.2", "C": "ReLU, scale 1", "D": "ReLU, scale 0.8"})
    ✗ profiles: A: at He's own scale the curve stays level. This one falls towards the first layer.
    """
    if not isinstance(answers, dict) or set(answers) != set(NAMES):
        raise Mistake("expected a dict with the keys 'A', 'B', 'C', 'D'.")
    wrong = [f"{letter}: {misread(letter, given)}" for letter, given in answers.items() if given != NAMES[letter]]
    return Verdict(not wrong, " ".join(wrong) or "all four. You read them from right to left, as the gradient goes.")


def misread(letter, given):
    """Why a profile is not from this start."""
    found = [key for key, name in NAMES.items() if name == given]
    if not found:
        return f"choose one of {'; '.join(sorted(NAMES.values()))}, not {given!r}."
    return READ_MISTAKES[letter, found[0]]


# ---- write: leaky ReLU, forward and back ------------------------------------------------------------


def right_leaky(x, grad, slope):
    """What comes out, and the gradient for x."""
    return np.stack([np.where(x > 0, x, slope * x), np.where(x > 0, grad, slope * grad)])


def forward_of(x, slope):
    return right_leaky(x, x, slope)[0]


def backward_of(x, grad, slope):
    return right_leaky(x, grad, slope)[1]


LEAKY_MISTAKES = [      # what to say, and the forward or the backward that makes the mistake
    ("that is plain ReLU: below 0 it should give slope · x.", 0, lambda x, g, s: np.maximum(x, 0)),
    ("below 0 you return the slope itself. It should be slope · x.", 0, lambda x, g, s: np.where(x > 0, x, s)),
    ("you take max(x, slope). The leak is slope · x.", 0, lambda x, g, s: np.maximum(x, s)),
    ("the two sides are swapped: x itself belongs above 0, slope · x below.", 0,
     lambda x, g, s: np.where(x > 0, s * x, x)),
    ("below 0 the sign is lost: slope · x is negative there.", 0, lambda x, g, s: np.where(x > 0, x, -s * x)),
    ("you return x unchanged.", 0, lambda x, g, s: x),
    ("below 0 the gradient is lost, as with plain ReLU. It should be multiplied by the slope.", 1,
     lambda x, g, s: g * (x > 0)),
    ("you look at the sign of `grad`. Which side it is depends on x.", 1, lambda x, g, s: np.where(g > 0, g, s * g)),
    ("that is the slope alone. Multiply it by `grad`, which comes from the layer behind.", 1,
     lambda x, g, s: np.where(x > 0, 1, s)),
    ("you multiplied by x. The slope there is 1 or `slope`, not x.", 1, lambda x, g, s: g * forward_of(x, s)),
    ("`grad` goes through unchanged. Below 0 it shrinks by the slope.", 1, lambda x, g, s: g),
    ("the two sides are swapped: `grad` goes through whole where x is above 0.", 1,
     lambda x, g, s: np.where(x > 0, s * g, g)),
    ("below 0 you divided by the slope.", 1, lambda x, g, s: np.where(x > 0, g, g / s)),
    ("you return the output once more.", 1, lambda x, g, s: forward_of(x, s)),
    ("at 0 itself take the lower side: `slope` times `grad`. Compare with x > 0.", 1, backward_of),    # right elsewhere
]


@exercise("leaky", hints=[
    "Which side a number is on depends on x, in both directions: np.where(x > 0, …, …).",
    "Forward: x above 0, slope · x below.",
    "Back: the chain rule multiplies `grad` by the slope of the curve at x: 1 above 0, `slope` below.",
])
def check_leaky(leaky):
    """Check a learner's leaky ReLU with its backward. Prints what it finds.

    Parameters
    ----------
    leaky : callable
        leaky(x, grad, slope) returns what comes out, and the gradient for x.

    Examples
    --------
    >>> check_leaky(lambda x, grad, slope: (np.maximum(x, 0), grad * (x > 0)))
    ✗ leaky: forward: that is plain ReLU: below 0 it should give slope · x.
    """
    rng = np.random.default_rng(6)
    for shape, slope in (((4, 5), 0.1), ((7,), 0.3), ((2, 3, 4, 4), 0.01)):
        x, grad = rng.normal(0, 2, shape), rng.normal(0, 2, shape)
        x.flat[0], x.flat[1] = slope / 2, 0     # the first tells max(x, slope) from x
        got = call(leaky, x, grad, slope)
        if not isinstance(got, (tuple, list)) or len(got) != 2:
            raise Mistake("return two arrays with a comma between them: what comes out, and the gradient for x.")
        for side, name in enumerate(("forward", "back")):
            compare(name, got[side], side, x, grad, slope, leaky)
    return Verdict(True, "right forward and back, on arrays of three shapes and with three slopes.")


def compare(name, got, side, x, grad, slope, leaky):
    """Raise a `Mistake` unless this half of the answer is right."""
    if np.shape(got) != x.shape:
        raise Mistake(f"{name}: one number for each number of x: shape {x.shape}, yours has {np.shape(got)}.")
    got, right = np.asarray(got), right_leaky(x, grad, slope)[side]
    if np.allclose(got, right):
        return
    if np.allclose(got, right_leaky(x, grad, slope)[1 - side]):
        raise Mistake("the two results are in the wrong order: first what comes out, then the gradient.")
    twins = [(text, away_from_0(twin)) for text, of, twin in LEAKY_MISTAKES if of == side]
    at = tuple(np.argwhere(~np.isclose(got, right))[0])
    cell = (f"where x is {x[at]:.2f} and grad {grad[at]:.2f}, it should be {right[at]:.3f}, "
            f"not {got[at]:.3f}.")
    fixed = "you wrote a fixed slope. Use `slope`." if is_fixed(got, side, x, grad, slope, leaky) else ""
    raise Mistake(f"{name}: {named_mistake(got, twins, x, grad, slope) or fixed or cell}")


def away_from_0(twin):
    """The same twin with any number where x is 0: what happens there is a mistake of its own."""
    return lambda x, grad, slope: np.where(x == 0, np.nan, twin(x, grad, slope))


def is_fixed(got, side, x, grad, slope, leaky):
    """Is this half right for another slope, and the same whatever slope is asked for?"""
    below = tuple(np.argwhere(x < 0)[0])
    own = got[below] / (x, grad)[side][below]
    again = call(leaky, x, grad, 2 * slope)[side]
    return np.allclose(got, again) and np.allclose(got, right_leaky(x, grad, own)[side])


# ---- design: a start scale for another activation ---------------------------------------------------


class Absolute(nn.Layer):
    """|x|: a line of either sign. Its slope is −1 below 0 and 1 above."""

    def forward(self, x):
        return abs(x)

    def backward(self, grad):
        return grad * np.sign(self.input)


def start_ratios(scale, seeds=5):
    """First layer's gradient divided by the last one's, for stacks of 30 layers with |x|, one a seed.

    >>> bool(min(start_ratios(1.0)) > 1000)
    True
    """
    x, labels = datasets.small_digits()
    flows = [nn.gradient_flow(nn.deep_stack(30, Absolute, scale=scale, seed=seed), x, labels)[0]
             for seed in range(seeds)]
    return [float(gradients[0] / gradients[-1]) for gradients in flows]


@exercise("start_scale", hints=[
    "He's scale makes up for what ReLU throws away: about half of the squares. What does |x| throw away?",
    "Nothing is lost, so each layer should keep the squares as they are: a spread of √(1 / inputs).",
    "The scale counts in multiples of √(2 / inputs). Which factor turns that into √(1 / inputs)?",
])
def check_start_scale(scale):
    """Check a start scale for stacks of 30 layers with |x|, over five seeds. Prints what it finds.

    Parameters
    ----------
    scale : float
        In multiples of He's √(2 / inputs).

    Examples
    --------
    >>> check_start_scale(0)
    ✗ start_scale: all weights are 0 then: nothing goes forward, and no gradient comes back.
    """
    if isinstance(scale, bool) or not isinstance(scale, (int, float, np.number)) or not np.isfinite(scale):
        raise Mistake(f"give one number, not {scale!r}.")
    if scale == 0:
        raise Mistake("all weights are 0 then: nothing goes forward, and no gradient comes back.")
    if scale < 0:
        raise Mistake("a spread is not negative.")
    try:
        with np.errstate(all="ignore"):
            ratios = start_ratios(float(scale))
    except ValueError as error:
        raise Mistake(f"{error}. The start is far too wide.") from None
    if not np.isfinite(ratios).all() or not all(ratios):
        raise Mistake("Vanishing: nothing of the gradient arrives. "
                      "The scale counts in multiples of √(2/64), so go wider.")
    span = f"First layer against last: {min(ratios):.2g} to {max(ratios):.2g} times, over five seeds."
    if 0.1 <= min(ratios) and max(ratios) <= 10:
        return Verdict(True, f"within a factor of 10. {span}")
    return Verdict(False, f"{scale_mistake(scale, ratios)} {span}")


def scale_mistake(scale, ratios):
    """What is wrong with a start scale, in a sentence or two."""
    if np.isclose(scale, 1, atol=0.02):
        return "Exploding: that is He's start for ReLU, which loses half of the squares. |x| loses none."
    if np.isclose(scale, 0.5, atol=0.02):
        return "Vanishing: the variance should halve, and the scale multiplies the spread. Take the root of a half."
    if np.isclose(scale, np.sqrt(2), atol=0.03):
        return "Exploding: √2 is the right factor on the wrong side. Divide by it."
    if np.isclose(scale, np.sqrt(1 / 64), atol=0.005):
        return "Vanishing: that is the spread itself, √(1/64). The scale counts in multiples of √(2/64)."
    if np.isclose(scale, np.sqrt(2 / 64), atol=0.005):
        return "Vanishing: that is He's spread itself, √(2/64). The scale counts in multiples of it."
    return "Vanishing: go wider." if max(ratios) < 1 else "Exploding: go narrower."
