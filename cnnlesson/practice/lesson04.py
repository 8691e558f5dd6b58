"""The exercises of lesson 04: read a layer's numbers, write a layer, design a filter for edges between colours."""
import re
from numbers import Real

import numpy as np

from ..ops import conv2d_loops
from .checks import Mistake, Verdict, call, exercise, named_mistake
from .colour_edge import TARGET, colour_responses, target_range

# ---- read: depth, parameters and output shape of a layer --------------------------------------------

FILTERS, DEPTH, SIDE, KERNEL = 32, 16, 20, 5      # 32 filters of 5×5 on 16 maps of 20 × 20
MAP = SIDE - KERNEL + 1
WEIGHTS = FILTERS * DEPTH * KERNEL**2
READ_RIGHT = {"depth": DEPTH, "parameters": WEIGHTS + FILTERS, "shape": (FILTERS, MAP, MAP)}

READ_MISTAKES = {       # for each answer: what somebody wrote → what to say
    "depth": {
        3: "3 is the depth of the photo. A filter is as deep as what it is laid on, and that is the layer before.",
        1: "one slice is one kernel. A filter has a slice for every map that comes in.",
        FILTERS: "that is how many filters there are. The depth is how many slices each of them has.",
        KERNEL: "that is height and width. The depth is how many slices there are.",
        DEPTH * KERNEL**2: "that is how many weights a filter has. The depth is how many slices.",
        3 * DEPTH: "the 16 maps are no longer in three colours: one slice for each map.",
    },
    "parameters": {
        WEIGHTS: "you forgot the biases, one for each filter.",
        WEIGHTS + 1: "each filter has a bias of its own, not the whole layer one.",
        WEIGHTS + FILTERS * DEPTH: "a filter has one bias, not one for each slice.",
        WEIGHTS + DEPTH: "there is one bias for each filter, not for each map that comes in.",
        FILTERS * KERNEL**2: "you forgot the depth, and the biases.",
        FILTERS * (KERNEL**2 + 1): "you forgot the depth: a filter has a slice for every map that comes in.",
        FILTERS * 3 * KERNEL**2: "you took the depth of the photo, and forgot the biases.",
        FILTERS * (3 * KERNEL**2 + 1): "you took the depth of the photo. These filters are laid on 16 maps.",
        DEPTH * KERNEL**2: "that is one filter without its bias. The layer has 32.",
        DEPTH * KERNEL**2 + 1: "that is one filter. The layer has 32.",
        (WEIGHTS + FILTERS) * MAP**2: "you counted the weights at every position. All positions share them.",
        WEIGHTS * MAP**2: "you counted the weights at every position. All positions share them.",
        DEPTH * SIDE**2 * FILTERS * MAP**2: "that is a dense layer. A filter has 5×5 windows and shares its weights.",
    },
    "shape": {
        (MAP, MAP, FILTERS): "the channels come first: maps, rows, columns.",
        (FILTERS * DEPTH, MAP, MAP): "a filter gives one map, not one for each slice. The slices' parts are added up.",
        (FILTERS, DEPTH, MAP, MAP): "a filter gives one map, not one for each slice. The slices' parts are added up.",
        (DEPTH, MAP, MAP): "that is how many maps come in. Each filter gives one map.",
        (1, MAP, MAP): "that is the output of one filter.",
        (3, MAP, MAP): "the output has as many maps as the layer has filters, whatever the photo had.",
        (FILTERS, SIDE, SIDE): "there is no padding: 5×5 windows fit only at 16 places along 20 rows.",
        (FILTERS, SIDE - KERNEL, SIDE - KERNEL): "one row and one column short: 20 rows hold 20 − 5 + 1 windows.",
        (1, FILTERS, MAP, MAP): "leave out the dimension of the batch: maps, rows, columns.",
        (MAP, MAP): "that is one map. How many are there?",
    },
}


@exercise("read_layer", hints=[
    "Depth: lay a filter on what comes in. How many maps does it have to reach through?",
    "Parameters: first one filter, depth × 5 × 5 weights and a bias. Then all of them. Positions do not count.",
    "Shape: one map for each filter. Along a side of 20, a window of 5 fits at 20 − 5 + 1 places.",
])
def check_read_layer(answers):
    """Check the numbers of a layer: 32 filters of 5×5 with biases, on 16 maps of 20 × 20. Prints what it finds.

    Parameters
    ----------
    answers : dict
        "depth" of a filter, "parameters" of the layer, "shape" of its output for one photo.

    Examples
    --------
    >>> check_read_layer({"depth": 16, "parameters": 12800, "shape": (32, 16, 16)})
    ✗ read_layer: parameters: you forgot the biases, one for each filter.
    """
    if not isinstance(answers, dict) or set(answers) != set(READ_RIGHT):
        raise Mistake(f"expected a dict with the keys {', '.join(map(repr, READ_RIGHT))}.")
    wrong = [f"{key}: {said}" for key, given in answers.items() if (said := misread(key, given))]
    return Verdict(not wrong, " ".join(wrong) or "all three: 16 slices a filter, 12 832 parameters, 32 maps.")


def misread(key, given):
    """What is wrong with one answer; empty when nothing is."""
    if key == "shape":
        numbers = tuple(given) if isinstance(given, (tuple, list, np.ndarray)) else ()
        if not numbers or not all(map(whole_number, numbers)):
            return f"give whole numbers in brackets, as in (3, 64, 64), not {given!r}."
        given = tuple(map(int, numbers))
    elif not whole_number(given):
        return f"give a whole number, not {given!r}."
    if given == READ_RIGHT[key]:
        return ""
    return READ_MISTAKES[key].get(given, f"{given} is not it. The hints go through it step by step.")


def whole_number(given):
    """Is it a whole number, as an int or as a float?"""
    return isinstance(given, Real) and not isinstance(given, bool) and float(given).is_integer()


# ---- write: a layer of filters ----------------------------------------------------------------------


def convolve(image, kernel):
    """One channel (H, W) and one kernel (kh, kw): a map (H − kh + 1, W − kw + 1). Lesson 02 wrote it in loops.

    >>> convolve(np.eye(3), np.eye(3))
    array([[3.]])
    """
    image, kernel = np.asarray(image, float), np.asarray(kernel, float)
    return conv2d_loops(image[None, None], kernel[None, None])[0, 0]


def right_layer(image, weight, bias):
    """The right answer: one map for each filter, (O, H − kh + 1, W − kw + 1)."""
    return conv2d_loops(image[None], weight, bias)[0]


def parts(image, weight):
    """What each slice gives on its channel: (O, C, rows, columns)."""
    return np.array([[convolve(x, w) for x, w in zip(image, slices, strict=True)] for slices in weight])


def with_bias(maps, bias):
    return maps + bias[:, None, None]


# When, the image's shape, the weight's shape, and what to think of when it fails here and not before.
LAYER_CASES = [
    ("", (3, 6, 7), (4, 3, 3, 3), ""),
    ("with five channels", (5, 6, 6), (2, 5, 3, 3), "Take the number of channels from the weight's shape."),
    ("with one filter", (3, 6, 6), (1, 3, 3, 3), "Take the number of filters from the weight's shape."),
    ("with one channel", (1, 7, 5), (3, 1, 3, 3), "Take the number of channels from the weight's shape."),
    ("with six filters", (2, 6, 6), (6, 2, 3, 3), "Take the number of filters from the weight's shape."),
    ("with kernels of 2×4", (2, 6, 8), (3, 2, 2, 4), "Take height and width of the map from what `convolve` returns."),
]

LAYER_SHAPES = [    # what to say, and the shape that gives it away
    ("you made one map for each slice. Add up the parts of one filter: they are one map",
     lambda c, o, rows, columns: (o * c, rows, columns)),
    ("you made one map for each slice. Add up the parts of one filter: they are one map",
     lambda c, o, rows, columns: (o, c, rows, columns)),
    ("you made one map for each channel. Each filter makes one",
     lambda c, o, rows, columns: (c, rows, columns)),
    ("you made one map for the whole layer. Each filter makes one of its own",
     lambda c, o, rows, columns: (rows, columns)),
    ("the maps come first, then rows and columns", lambda c, o, rows, columns: (rows, columns, o)),
    ("there is no batch here. Take [0] of it", lambda c, o, rows, columns: (1, o, rows, columns)),
    ("only one filter was used", lambda c, o, rows, columns: (1, rows, columns)),
]

LAYER_MISTAKES = [  # what to say, and a function that makes the mistake
    ("you forgot the bias.", lambda x, w, b: parts(x, w).sum(1)),
    ("you added the bias once for each channel. A filter has one bias: add it once.",
     lambda x, w, b: with_bias(parts(x, w).sum(1), len(x) * b)),
    ("you subtracted the bias.", lambda x, w, b: with_bias(parts(x, w).sum(1), -b)),
    ("you gave every filter the bias of the first one.", lambda x, w, b: parts(x, w).sum(1) + b[0]),
    ("you averaged over the channels. They are added up.", lambda x, w, b: with_bias(parts(x, w).mean(1), b)),
    ("only the last channel is left in the map: each one overwrites the one before. Add with `+=`.",
     lambda x, w, b: with_bias(parts(x, w)[:, -1], b)),
    ("only the first channel is in the map. Go through all of them.",
     lambda x, w, b: with_bias(parts(x, w)[:, 0], b)),
    ("you took the largest part in place of the sum over the channels.",
     lambda x, w, b: with_bias(parts(x, w).max(1), b)),
    ("you laid the first slice on every channel. Each channel has a slice of its own: weight[o, c].",
     lambda x, w, b: right_layer(x, np.repeat(w[:, :1], w.shape[1], 1), b)),
    ("you laid every slice on the first channel. Slice weight[o, c] belongs to image[c].",
     lambda x, w, b: right_layer(np.repeat(x[:1], len(x), 0), w, b)),
    ("the slices meet the channels in reverse order.", lambda x, w, b: right_layer(x[::-1], w, b)),
    ("all maps come from the first filter. Map o belongs to weight[o].",
     lambda x, w, b: with_bias(np.repeat(parts(x, w[:1]).sum(1), len(w), 0), b)),
    ("the maps pile up: start each one at zero.", lambda x, w, b: with_bias(parts(x, w).sum(1), b).cumsum(0)),
    ("the maps pile up: start each one at zero.", lambda x, w, b: with_bias(parts(x, w).sum(1).cumsum(0), b)),
    ("you flipped the slices. Networks lay them on as they are.",
     lambda x, w, b: right_layer(x, w[:, :, ::-1, ::-1], b)),
    ("you set negative sums to zero. That comes later, in a layer of its own.",
     lambda x, w, b: np.maximum(right_layer(x, w, b), 0)),
    ("your output holds whole numbers only, so it cuts off decimals.",
     lambda x, w, b: np.trunc(right_layer(x, w, b))),
]


ALIKE = "all your maps are the same array; make a new one for each filter."

LAYER_ADVICE = [    # a part of what an exception says, and what may be behind it
    ("too many values to unpack", "`convolve` takes one channel and one kernel: loop over the channels."),
    (r"broadcast .*\(\d+,\)", "One bias a map: add bias[o] to map o, or bias[:, None, None]."),
]


def check_maps(got, image, weight, bias):
    """Raise a `Mistake` unless the learner's maps are the right ones."""
    right = right_layer(image, weight, bias)
    if isinstance(got, (list, tuple)):
        raise Mistake(f"it returns a {type(got).__name__}. Put the maps into one array: np.array(…).")
    if np.shape(got) != right.shape:
        sizes = (len(image), *right.shape)
        reason = next((f"{text}. " for text, shape in LAYER_SHAPES if shape(*sizes) == np.shape(got)), "")
        raise Mistake(f"{reason}The output should have the shape {right.shape}, yours has {np.shape(got)}.")
    if not np.allclose(got, right):
        o, i, j = np.argwhere(~np.isclose(got, right))[0]
        cell = f"in map {o}, row {i}, column {j} the sum is {right[o, i, j]:.3f}, yours is {got[o, i, j]:.3f}."
        alike = len(got) > 1 and np.allclose(got, got[:1]) and ALIKE
        raise Mistake(named_mistake(got, LAYER_MISTAKES, image, weight, bias) or alike or cell)


def layer_advice(text):
    """What to think of when the learner's layer stops with an exception."""
    return "".join(f" {advice}" for pattern, advice in LAYER_ADVICE if re.search(pattern, text))


@exercise("layer", hints=[
    "One filter first: go through the channels, convolve each with its slice weight[o, c], and add the maps up.",
    "Add bias[o] to that sum, once, after the loop over the channels.",
    "Do this for every o, and put the maps into one array: np.array([one map, the next map, …]).",
])
def check_layer(layer):
    """Check a learner's layer of filters on pictures and filters of several shapes. Prints what it finds.

    Parameters
    ----------
    layer : callable
        layer(image, weight, bias) with image (C, H, W), weight (O, C, kh, kw) and bias (O,); returns the maps,
        (O, H − kh + 1, W − kw + 1).

    Examples
    --------
    >>> check_layer(lambda image, weight, bias: right_layer(image, weight, 0 * bias))
    ✗ layer: you forgot the bias.
    """
    rng = np.random.default_rng(4)
    for when, image_shape, weight_shape, advice in LAYER_CASES:
        image, weight = rng.normal(0, 2, image_shape), rng.normal(0, 2, weight_shape)
        bias = rng.uniform(1, 3, weight_shape[0])
        try:
            check_maps(call(layer, image, weight, bias), image, weight, bias)
        except Mistake as mistake:
            text = f"{mistake}{layer_advice(str(mistake))}"
            raise Mistake(f"{when}: {text} {advice}" if when else text) from None
    return Verdict(True, f"right on {len(LAYER_CASES)} pictures, with 1 to 5 channels and 1 to 6 filters.")


# ---- design: a filter for edges between colours -----------------------------------------------------

LOUDEST = 0.05      # what else may answer, as a share of the answer to the target
LEAST = 0.01        # what the target has to be answered with


@exercise("colour_edge", hints=[
    "Which of the three channels change from red to green, and in which direction?",
    "At an edge from dark to bright, all three change in the same direction. Their parts have to cancel.",
    "Put a kernel for vertical edges into one slice. What belongs into the other slice that changes?",
])
def check_colour_edge(weight):
    """Check a filter that should answer to an edge from red to green, and not to brightness. Prints what it finds.

    Parameters
    ----------
    weight : array (3, 3, 3)
        Channels, rows, columns.

    Examples
    --------
    >>> check_colour_edge(np.zeros((3, 3, 3)))
    ✗ colour_edge: all 27 numbers are zero, so it answers to nothing.
    """
    try:
        found = colour_responses(weight)
    except ValueError as error:
        one = " That is one slice, for one channel." if str(error).endswith("got (3, 3)") else ""
        raise Mistake(f"{error}.{one}") from None
    weight = np.asarray(weight, float)
    if not weight.any():
        raise Mistake("all 27 numbers are zero, so it answers to nothing.")
    low, high = target_range(weight)
    if passes(weight):
        return Verdict(True, f"red | green gives {high:.2f}, and brightness leaves it cold.")
    numbers = [f"{name} {value:.4g}" for name, value in found.items() if name == TARGET or value]
    if low < 0 < high:
        numbers[0] = f"{TARGET} {low:.4g} to {high:.4g}"
    return Verdict(False, f"{colour_mistake(weight, found)} Responses: {', '.join(numbers)}.")


def passes(weight):
    """Is the target answered, and everything else not? (An edge from red to green that runs across may be.)"""
    found, (low, high) = colour_responses(weight), target_range(weight)
    others = [abs(value) for name, value in found.items() if name not in (TARGET, "red over green")]
    return high >= LEAST and max(-low, *others) <= LOUDEST * high


def colour_mistake(weight, found):
    """Why a filter misses, in one sentence or two."""
    low, high = target_range(weight)
    silent = LOUDEST * max(-low, high)      # answers up to here count as silence
    edges = max(abs(found[name]) for name in ("dark | bright", "dark over bright"))
    flat, loud = max(abs(found[name]) for name in ("only red", "only green", "only grey")), np.abs(weight).max()
    if passes(-weight):
        return "It goes negative from red to green. Turn all signs round."
    if found[TARGET] > 0 and max(edges, flat) <= silent < abs(found["grey dot"]):
        return "It is silent at these edges, but answers to a grey dot: the three slices do not cancel cell by cell."
    if passes(np.moveaxis(weight, -1, 0)):
        return "Your channels come last. They come first: filter[0] is the red slice."
    if flat > max(silent, 1e-6 * loud):
        return "It fires where nothing changes. Make the nine numbers of each slice add up to 0."
    if not found[TARGET] and (found["dark over bright"] or found["red over green"]):
        return "It sees edges that run across, not vertical ones. Turn its slices."
    if not found[TARGET] and not any(sees_target(part) for part in weight[:2]):
        return "Neither the red slice nor the green one answers to a vertical edge."
    if not found[TARGET]:
        return "Red and green cancel: what one channel loses, the other gains. Their slices need opposite signs."
    if edges > silent:
        return "It answers to brightness too. Where all three channels change alike, their parts must cancel."
    if max(-low, high) < LEAST:
        return f"It answers with less than {LEAST:g}. Make its numbers larger."
    return "It goes positive on one side of the edge and negative on the other: a line kernel. Take one for edges."


def sees_target(kernel):
    """Does a slice answer to a vertical edge when it is alone in the red channel?"""
    return target_range(np.array([kernel, 0 * kernel, 0 * kernel])) != (0, 0)
