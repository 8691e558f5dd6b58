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
        72 * 72 * 3: "that is the photo of the lesson; this image is 40 × 40.",
        HIDDEN: "that is how many hidden neurons there are. How many numbers does one of them read?",
    },
    "one output neuron": {
        PIXELS: "an output neuron does not read the image. It reads what the layer before it gives.",
        CLASSES: "that is how many output neurons there are. How many numbers does one of them read?",
        HIDDEN + 1: "that counts the bias too. Here only the weights are asked for.",
        HIDDEN * CLASSES: "that is the whole output layer. Give one neuron of it.",
        (HIDDEN + 1) * CLASSES: "that is the whole output layer with its biases. Give the weights of one neuron.",
    },
    "whole network": {
        PIXELS * HIDDEN + HIDDEN * CLASSES: "you forgot the biases, one for each of the 60 neurons.",
        PIXELS * HIDDEN: "that is the first layer, without biases. Add the output layer, and the biases.",
        (PIXELS + 1) * HIDDEN: "that is the first layer. Add the output layer.",
        (PIXELS + 1) * HIDDEN + HIDDEN * CLASSES: "the ten output neurons have biases too.",
        PIXELS * HIDDEN + (HIDDEN + 1) * CLASSES: "the hidden neurons have biases too.",
        PIXELS + HIDDEN: "that is one neuron of each layer. There are 50 and 10 of them, and they have biases.",
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
        if isinstance(answers[key], str):
            raise Mistake(f"{key!r}: give a number, without quotes.")
        if answers[key] != right:
            advice = "count again: one weight for each number that a neuron reads."
            raise Mistake(f"{key!r}: {COUNT_MISTAKES[key].get(answers[key], advice)}")
    return Verdict(True, f"all three. {PIXELS * HIDDEN / COUNTS['whole network']:.1%} of the numbers are weights "
                         "of the first layer.")


# ---- write: shift an image --------------------------------------------------------------------------


def moved(image, down, right):
    """The image (H, W) moved by whole pixels; what leaves is lost, zeros come in. Negative: up, left."""
    height, width = image.shape
    row, column = (int(np.clip(n - by, 0, 2 * n)) for n, by in zip(image.shape, (down, right), strict=True))
    return np.pad(image, ((height, height), (width, width)))[row:row + height, column:column + width]


# When, down, right, and what to think of when it fails here and not before.
SHIFT_CASES = [
    ("down and right", 1, 3, ""),
    ("to the right", 0, 2, ""),
    ("down", 2, 0, ""),
    ("not at all", 0, 0, "A slice such as image[:-0] is empty: count from the front, image[:height - 0]."),
    ("to the left, right = −2", 0, -2, "If you use slices: left and up need their own."),
    ("up, down = −1", -1, 0, "If you use slices: left and up need their own."),
    ("up and right", -2, 1, "Each direction has a sign of its own."),
    ("down and left", 2, -1, "Each direction has a sign of its own."),
    ("up and left", -1, -3, "Each direction has a sign of its own."),
    ("further than the image is wide", 0, 10, "Then nothing is left: all zeros. Clip the number, or check first."),
    ("further up than the image is high", -7, 0, "Then nothing is left: all zeros. Clip the number, or check first."),
]
SHIFT_SIDES = [(6, 8), (5, 4)]      # of the images that are moved


def rolled(image, down, right):
    return np.roll(image, (down, right), (0, 1))


def repeated(image, down, right):
    rows, columns = (np.arange(n) - by for n, by in zip(image.shape, (down, right), strict=True))
    return image[np.ix_(rows.clip(0, image.shape[0] - 1), columns.clip(0, image.shape[1] - 1))]


def stays(image, down, right):
    """Where the moved image has pixels of the old one."""
    return moved(np.ones(image.shape), down, right) > 0


def copied_twice(image, down, right):
    """The image moved down, and over it the image moved to the right."""
    return np.where(stays(image, 0, right), moved(image, 0, right), moved(image, down, 0))


def left_behind(image, down, right):
    """The moved image upon a copy of itself."""
    return np.where(stays(image, down, right), moved(image, down, right), image)


SHIFT_MISTAKES = [      # what to say, and the wrong twin
    ("what leaves on one side comes back on the other. np.roll does that; so does a negative index, which counts "
     "from the end: test 0 ≤ … too.", rolled),
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
     lambda image, down, right: np.where(stays(image, down, right), image, 0)),
    ("your output holds whole numbers only, so it cuts off decimals. Make it with np.zeros_like(image).",
     lambda image, down, right: np.trunc(moved(image, down, right))),
    ("what leaves is still there: start from zeros, np.zeros_like(image).", left_behind),
    ("the second copy starts from the image again and undoes the first. Move down and right in one assignment.",
     copied_twice),
    ("all of it is zero. Did you copy the pixels over?", lambda image, down, right: np.zeros_like(image)),
    ("what stays is in its place, but the gap is not zero.",
     lambda image, down, right: np.where(stays(image, down, right), moved(image, down, right), np.nan)),
]


@exercise("shift", hints=[
    "Begin with zeros: out = np.zeros_like(image). Then copy the part of the image that stays, in one assignment.",
    "Moving by 2 to the right: out[:, 2:] = image[:, :width - 2]. What is it for moving down, and for both?",
    "For a negative number the two slices change places: out[:, :width - 2] = image[:, 2:]. For both signs: "
    "out[:, max(right, 0):width - max(-right, 0)] = image[:, max(-right, 0):width - max(right, 0)].",
    "Further than the image is wide, nothing is left. right = max(-width, min(right, width)) makes both slices empty.",
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
    ✗ shift: down and right: what leaves on one side comes back on the other. np.roll does that; so does a negative \
index, which counts from the end: test 0 ≤ … too.
    """
    for height, width in SHIFT_SIDES:
        image = np.random.default_rng(1).uniform(0.1, 0.9, (height, width)) + np.arange(1, width + 1)
        for when, down, right, advice in SHIFT_CASES:
            try:
                check_moved(call(shift, image, down, right), image, down, right)
            except Mistake as mistake:
                raise Mistake(in_words(mistake, when, advice, image.shape)) from None
    return Verdict(True, f"right in {len(SHIFT_CASES)} directions and distances, on images of two sizes.")


def in_words(mistake, when, advice, shape):
    """When it went wrong, how, and the advice, unless it was given already."""
    if shape != SHIFT_SIDES[0]:
        when = f"{when}, on an image of {shape[0]} × {shape[1]} only"
        advice = "Take rows and columns from image.shape."
    return f"{when}: {mistake}" + (f" {advice}" if advice not in str(mistake) else "")


def check_moved(got, image, down, right):
    """Raise a `Mistake` unless the learner's image has moved as it should."""
    if not isinstance(got, np.ndarray):
        raise Mistake(f"it returns a {type(got).__name__}. Return a NumPy array.")
    if got.shape != image.shape:
        kind = "larger" if got.size > image.size else "smaller" if got.size < image.size else "of another shape"
        raise Mistake(f"the image has become {kind}: {got.shape} instead of {image.shape}. What leaves is lost, "
                      "and zeros fill the gap.")
    right_one = moved(image, down, right)
    if not np.allclose(got, right_one):
        at = tuple(map(int, np.argwhere(~np.isclose(got, right_one))[0]))
        raise Mistake(named_mistake(got, SHIFT_MISTAKES, image, down, right) or
                      f"not the pixels that belong there: moved by {down} down and {right} to the right, "
                      f"out[{at[0]}, {at[1]}] should be {right_one[at]:.4f}, yours is {got[at]:.4f}.")


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
    from ..nn import History, Sequential

    if isinstance(network, History):
        raise Mistake("that is the history that nn.fit returns; hand over the network.")
    if not isinstance(network, Sequential):
        raise Mistake("hand over the network itself, as nn.mlp(…) makes it.")
    check_dense(network)
    if network.num_parameters > ROBUST_BUDGET:
        raise Mistake(f"it has {network.num_parameters:,} parameters; {ROBUST_BUDGET:,} are allowed. "
                      "Take fewer hidden neurons.".replace(",", " "))
    return robust_verdict(*accuracies(network))


def check_dense(network):
    """Raise a `Mistake` when anything but dense layers is in it, at any depth."""
    from .. import nn

    if any(np.ndim(parameter.data) == 4 for parameter in network.parameters()):
        raise Mistake("there is a convolution in it. That is the way out, but here dense layers shall do it alone.")
    allowed = (nn.Sequential, nn.Normalize, nn.Flatten, nn.Linear, nn.Dropout,
               nn.ReLU, nn.LeakyReLU, nn.Sigmoid, nn.Tanh, nn.ScaledTanh)
    inside = [network]
    while inside:
        layer = inside.pop()
        if not isinstance(layer, allowed):
            raise Mistake(f"there is a {type(layer).__name__} in it. Here dense layers shall do it alone: Linear, "
                          "with Normalize, Flatten, Dropout and functions such as ReLU between.")
        inside += layer.children().values()


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
    if still >= 0.95 and shifted[worst] >= 0.75:
        raise Mistake(f"in place {of['still']} are right, but {of[worst]} after a shift {worst}; the target is 90. "
                      "Show it larger shifts.")
    raise Mistake(f"{of['still']} are right in place and {of[worst]} after a shift {worst}; the target is 90. "
                  "It is on the way: train longer, on more digits, or with more hidden neurons.")
