"""The exercises of lesson 01: count weights, shift an image, make a perceptron that stands a shift."""
import numpy as np

from .checks import Mistake, Verdict, call, exercise, named_mistake

# ---- read: the weights of a perceptron --------------------------------------------------------------

SIDE, CHANNELS, HIDDEN, CLASSES = 40, 3, 50, 10
PIXELS = SIDE * SIDE * CHANNELS
COUNTS = {
    "one hidden neuron": PIXELS,
    "one output neuron": HIDDEN,
    "whole network": (PIXELS + 1) * HIDDEN + (HIDDEN + 1) * CLASSES,
}
COUNT_MISTAKES = {      # key → number given → what to say
    "one hidden neuron": {
        SIDE * SIDE: "you forgot the channels: the image has three.",
        SIDE * CHANNELS: "that is one row of the image. It has 40 of them.",
        PIXELS + 1: "that counts the bias too. Here only the weights are asked for.",
        PIXELS * HIDDEN: "that is the whole layer. Give one neuron of it.",
        HIDDEN: "that is how many hidden neurons there are. How many numbers does one of them read?",
    },
    "one output neuron": {
        PIXELS: "an output neuron does not read the image. It reads what the layer before it gives.",
        CLASSES: "that is how many output neurons there are. How many numbers does one of them read?",
        HIDDEN + 1: "that counts the bias too. Here only the weights are asked for.",
        HIDDEN * CLASSES: "that is the whole output layer. Give one neuron of it.",
    },
    "whole network": {
        PIXELS * HIDDEN + HIDDEN * CLASSES: "you forgot the biases, one for each of the 60 neurons.",
        PIXELS * HIDDEN: "that is the first layer, without biases. Add the output layer, and the biases.",
        (PIXELS + 1) * HIDDEN: "that is the first layer. Add the output layer.",
        (PIXELS + 1) * HIDDEN + HIDDEN * CLASSES: "the ten output neurons have biases too.",
        PIXELS * HIDDEN + (HIDDEN + 1) * CLASSES: "the hidden neurons have biases too.",
        (SIDE * SIDE + 1) * HIDDEN + (HIDDEN + 1) * CLASSES: "you forgot the channels: the image has three.",
        (PIXELS + 1) * (HIDDEN + CLASSES): "an output neuron does not read the image, it reads the 50 hidden ones.",
    },
}


@exercise("count_weights", hints=[
    "A neuron has one weight for each number that it reads, and one bias.",
    "A hidden neuron reads the whole image: side × side × channels. An output neuron reads the hidden neurons.",
    "Whole network: neurons of a layer × (what each reads + 1), for both layers, added up.",
])
def check_count_weights(answers):
    """Check the counts of weights for `nn.mlp(hidden=50, inputs=40 * 40 * 3)`. Prints what it finds.

    Parameters
    ----------
    answers : dict
        "one hidden neuron" and "one output neuron", without the bias; "whole network", with all biases.

    Examples
    --------
    >>> check_count_weights({"one hidden neuron": 1600, "one output neuron": 50, "whole network": 0})
    ✗ count_weights: 'one hidden neuron': you forgot the channels: the image has three.
    """
    if not isinstance(answers, dict) or set(answers) != set(COUNTS):
        raise Mistake(f"expected a dict with the keys {', '.join(map(repr, COUNTS))}.")
    for key, right in COUNTS.items():
        if answers[key] != right:
            advice = "count again: one weight for each number that a neuron reads."
            raise Mistake(f"{key!r}: {COUNT_MISTAKES[key].get(answers[key], advice)}")
    return Verdict(True, f"all three. {PIXELS * HIDDEN / COUNTS['whole network']:.1%} of the numbers are weights "
                         "of the first layer.")


# ---- write: shift an image --------------------------------------------------------------------------


def moved(image, down, right):
    """The image (H, W) moved by whole pixels; what leaves is lost, zeros come in. Negative: up, left."""
    height, width = image.shape
    down, right = int(np.clip(down, -height, height)), int(np.clip(right, -width, width))
    out = np.zeros_like(image)
    out[max(down, 0):height + min(down, 0), max(right, 0):width + min(right, 0)] = image[
        max(-down, 0):height - max(down, 0), max(-right, 0):width - max(right, 0)]
    return out


# When, down, right, and what to think of when it fails here and not before.
SHIFT_CASES = [
    ("to the right", 0, 2, ""),
    ("down and right", 1, 3, ""),
    ("down", 2, 0, ""),
    ("not at all", 0, 0, "A slice such as image[:-0] is empty: count from the front, image[:height - 0]."),
    ("to the left, right = −2", 0, -2, "Left and up need slices of their own."),
    ("up, down = −1", -1, 0, "Left and up need slices of their own."),
    ("up and right", -2, 1, ""),
]


def rolled(image, down, right):
    return np.roll(image, (down, right), (0, 1))


def repeated(image, down, right):
    rows, columns = (np.arange(n) - by for n, by in zip(image.shape, (down, right), strict=True))
    return image[np.ix_(rows.clip(0, image.shape[0] - 1), columns.clip(0, image.shape[1] - 1))]


SHIFT_MISTAKES = [      # what to say, and the wrong twin
    ("what leaves on one side comes back on the other. Let zeros move in: np.roll does not.", rolled),
    ("`down` and `right` are swapped. Rows come first, and `down` moves rows.",
     lambda image, down, right: moved(image, right, down)),
    ("it ignores the minus sign: negative means up, or left.",
     lambda image, down, right: moved(image, abs(down), abs(right)) if min(down, right) < 0 else np.nan),
    ("it moves the other way. A shift to the right puts zeros on the left.",
     lambda image, down, right: moved(image, -down, -right)),
    ("the image has not moved.", lambda image, down, right: image),
    ("it moves the right way, but the border is repeated. Zeros should come in.", repeated),
    ("it moves to the right only. Use `down` too.", lambda image, down, right: moved(image, 0, right)),
    ("it moves down only. Use `right` too.", lambda image, down, right: moved(image, down, 0)),
    ("the zeros are right, but what stays has not moved along with them.",
     lambda image, down, right: np.where(moved(np.ones_like(image), down, right) > 0, image, 0)),
    ("your output holds whole numbers only, so it cuts off decimals. Make it with np.zeros_like(image).",
     lambda image, down, right: np.trunc(moved(image, down, right))),
    ("all of it is zero. Did you copy the pixels over?", lambda image, down, right: np.zeros_like(image)),
]


@exercise("shift", hints=[
    "Begin with zeros: out = np.zeros_like(image). Then copy the part of the image that stays.",
    "Moving by 2 to the right: out[:, 2:] = image[:, :width - 2]. What is it for moving down?",
    "For a negative number the two slices change places: out[:, :width − 2] = image[:, 2:]. max(right, 0) and "
    "max(-right, 0) give the starts for both signs.",
])
def check_shift(shift):
    """Check a function that moves an image by whole pixels. Prints what it finds.

    Parameters
    ----------
    shift : callable
        shift(image, down, right) with image (H, W) → array of the same shape; zeros come in.

    Examples
    --------
    >>> check_shift(lambda image, down, right: np.roll(image, (down, right), (0, 1)))
    ✗ shift: to the right: what leaves on one side comes back on the other. Let zeros move in: np.roll does not.
    """
    image = np.random.default_rng(1).uniform(0.1, 0.9, (6, 8)) + np.arange(1, 9)
    for when, down, right, advice in SHIFT_CASES:
        try:
            check_moved(call(shift, image, down, right), image, down, right)
        except Mistake as mistake:
            raise Mistake(f"{when}: {mistake} {advice}".rstrip()) from None
    return Verdict(True, f"right in {len(SHIFT_CASES)} directions, also for an image that is not square.")


def check_moved(got, image, down, right):
    """Raise a `Mistake` unless the learner's image has moved as it should."""
    if not isinstance(got, np.ndarray):
        raise Mistake(f"it returns a {type(got).__name__}. Return a NumPy array.")
    if got.shape != image.shape:
        kind = "larger" if got.size > image.size else "smaller" if got.size < image.size else "of another shape"
        raise Mistake(f"the image has become {kind}: {got.shape} instead of {image.shape}. What leaves is lost, "
                      "and zeros fill the gap.")
    if not np.allclose(got, moved(image, down, right)):
        raise Mistake(named_mistake(got, SHIFT_MISTAKES, image, down, right) or
                      f"not the pixels that belong there: moved by {down} down and {right} to the right, "
                      f"out[2, 3] should be {moved(image, down, right)[2, 3]:.2f}, yours is {got[2, 3]:.2f}.")


# ---- design: a perceptron that stands a shift -------------------------------------------------------

ROBUST_TARGET, ROBUST_BUDGET, ROBUST_SHIFT = 0.9, 150_000, 3
DIRECTIONS = {"down": (3, 0), "up": (-3, 0), "right": (0, 3), "left": (0, -3)}


@exercise("robust", hints=[
    "A perceptron knows a digit only at the places where it has seen one. So show it digits at other places.",
    "nn.fit takes augment=…: a function that changes each batch a little. nn.random_shift(pixels) makes one.",
    "nn.fit(robust, digits.train.pixels, digits.train.labels, epochs=6, augment=nn.random_shift(3))",
])
def check_robust(network):
    """Check a perceptron on 2 000 test digits, in place and moved by 3 pixels each way. Prints what it finds.

    Parameters
    ----------
    network : Sequential
        Dense layers only, at most 150 000 parameters.

    Examples
    --------
    >>> from cnnlesson import nn
    >>> check_robust(nn.lenet5())
    ✗ robust: there is a convolution in it. That is the way out, but here dense layers shall do it alone.
    """
    from ..nn import Conv2d, Sequential

    if not isinstance(network, Sequential):
        raise Mistake("hand over the network itself, as nn.mlp(…) makes it.")
    if any(isinstance(layer, Conv2d) for layer in network):
        raise Mistake("there is a convolution in it. That is the way out, but here dense layers shall do it alone.")
    if network.num_parameters > ROBUST_BUDGET:
        raise Mistake(f"it has {network.num_parameters:,} parameters; {ROBUST_BUDGET:,} are allowed. "
                      "Take fewer hidden neurons.".replace(",", " "))
    return robust_verdict(*accuracies(network))


def accuracies(network):
    """Share that is right: in place, and a dict of the four directions."""
    from .. import datasets
    from ..nn import evaluate

    images, labels = datasets.mnist().test.pixels[:2000], datasets.mnist().test.labels[:2000]
    by = {name: np.stack([moved(image[0], *step) for image in images])[:, None] for name, step in DIRECTIONS.items()}
    return evaluate(network, images, labels), {name: evaluate(network, some, labels) for name, some in by.items()}


def robust_verdict(still, shifted):
    """What the five accuracies say about how the network was trained."""
    worst = min(shifted, key=shifted.get)
    of = {name: f"{100 * share:.0f} of 100" for name, share in (shifted | {"still": still}).items()}
    if still < 0.2 and max(shifted.values()) < 0.2:
        raise Mistake(f"it guesses: {of['still']} digits right. Train it with nn.fit first.")
    if min(still, shifted[worst]) >= ROBUST_TARGET:
        return Verdict(True, f"{of['still']} in place, at least {of[worst]} after a shift by {ROBUST_SHIFT} pixels.")
    if still < ROBUST_TARGET <= max(shifted.values()):
        raise Mistake(f"in place only {of['still']} are right. Show it digits that have not moved, too.")
    if max(shifted.values()) - shifted[worst] > 0.15 and max(shifted.values()) >= 0.85:
        raise Mistake(f"{of[worst]} are right after a shift {worst}, and more in other directions. It has not seen "
                      "digits move that way: shift them in all four.")
    if still >= ROBUST_TARGET and shifted[worst] < 0.75:
        raise Mistake(f"in place {of['still']} are right, but {of[worst]} after a shift {worst}. It has seen digits in "
                      "the middle, or nearly there: train it on digits that move further.")
    raise Mistake(f"{of['still']} are right in place and {of[worst]} after a shift {worst}; the target is 90. "
                  "It is on the way: train longer, on more digits, or with more hidden neurons.")
