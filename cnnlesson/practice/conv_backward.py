"""Lesson 10's writing exercise: the backward of a convolution, checked cell by cell, and where it is wrong."""
import numpy as np

from .. import ops, plot
from .checks import NOT_WRITTEN, Mistake, Verdict, call, exercise, named_mistake, unfinished


def backward(grad, x, weight):
    """The right answer: gradients of x and of the kernel."""
    grad_x, grad_weight, _ = ops.conv2d_backward(grad[None, None], x[None, None], weight[None, None])
    return grad_x[0, 0], grad_weight[0, 0]


def measured(grad, x, weight, step=1e-5):
    """The same two gradients by central differences of sum(grad · map), without any backward.

    >>> grad_x, grad_weight = measured(np.ones((1, 1)), np.full((2, 2), 3.0), np.eye(2))
    >>> grad_x.round(6).tolist(), grad_weight.round(6).tolist()
    ([[1.0, 0.0], [0.0, 1.0]], [[3.0, 3.0], [3.0, 3.0]])
    """
    x, weight = np.array(x, float), np.array(weight, float)
    found = []
    for array in (x, weight):
        slopes = np.empty(array.shape)
        for place in np.ndindex(array.shape):
            value, ends = array[place], []
            for by in (step, -step):
                array[place] = value + by
                ends.append((grad * ops.conv2d(x[None, None], weight[None, None])[0, 0]).sum())
            array[place] = value
            slopes[place] = (ends[0] - ends[1]) / (2 * step)
        found.append(slopes)
    return tuple(found)


def windows(grad, x, weight):
    """Every position with its window: (i, j, rows, columns)."""
    for i, j in np.ndindex(grad.shape):
        yield i, j, slice(i, i + weight.shape[0]), slice(j, j + weight.shape[1])


def last_wins(grad, x, weight):
    """`=` where `+=` belongs."""
    out = np.zeros_like(x)
    for i, j, rows, columns in windows(grad, x, weight):
        out[rows, columns] = grad[i, j] * weight
    return out


def border_missing(grad, x, weight):
    out, (high, wide) = np.zeros_like(x), np.array(weight.shape) - 1
    inner = slice(high, x.shape[0] - high), slice(wide, x.shape[1] - wide)
    out[inner] = backward(grad, x, weight)[0][inner]
    return out


def covered(grad, x, weight):
    """How many windows each pixel lies in."""
    return backward(np.ones_like(grad), x, np.ones_like(weight))[0]


def without_last(grad):
    """The gradient of the map, as loops that end one too early see it."""
    short = grad.copy()
    short[-1], short[:, -1] = 0, 0
    return short


WEIGHT_MISTAKES = [     # what to say, and a function that makes the mistake
    ("it is rotated by 180°. Nothing is flipped here: cell a, b meets pixel i + a, j + b.",
     lambda g, x, w: backward(g, x, w)[1][::-1, ::-1]),
    ("rows and columns have changed places.", lambda g, x, w: backward(g, x, w)[1].T),
    ("you divided by the number of positions. The gradient is the sum over them.",
     lambda g, x, w: backward(g, x, w)[1] / g.size),
    ("you forgot to sum over the positions: only the last one is left. Use += in place of =.",
     lambda g, x, w: g[-1, -1] * x[-w.shape[0]:, -w.shape[1]:]),
    ("you forgot to sum over the positions: only the first one is there.",
     lambda g, x, w: g[0, 0] * x[:w.shape[0], :w.shape[1]]),
    ("the last row and column of positions are missing. There are as many as grad has cells.",
     lambda g, x, w: backward(without_last(g), x, w)[1]),
    ("you summed the windows without multiplying each by its cell of grad.",
     lambda g, x, w: backward(np.ones_like(g), x, w)[1]),
    ("you multiplied grad by the kernel. The gradient of a weight is grad times the pixel under it.",
     lambda g, x, w: g.sum() * w),
    ("it is offset by one: cell a, b should meet pixel i + a, j + b.",
     lambda g, x, w: backward(g, np.pad(x, ((0, 1), (0, 1)))[1:, 1:], w)[1]),
    ("it is offset by one: cell a, b should meet pixel i + a, j + b.",
     lambda g, x, w: backward(g, np.roll(x, (-1, -1), (0, 1)), w)[1]),
    ("it is offset by one: cell a, b should meet pixel i + a, j + b.",
     lambda g, x, w: backward(g, np.pad(x, ((1, 0), (1, 0)))[:-1, :-1], w)[1]),
    ("the sign is wrong.", lambda g, x, w: -backward(g, x, w)[1]),
]
X_MISTAKES = [
    ("you forgot the flip. In place of the flip you can hand each grad[i, j] · weight back to its window, with +=.",
     lambda g, x, w: backward(g, x, w[::-1, ::-1])[0]),
    ("later windows overwrite earlier ones. A pixel lies in several windows: use += in place of =.", last_wins),
    ("the cells near the border are missing. A pixel at the border lies in fewer windows, but not in none.",
     border_missing),
    ("the last row and column of positions are missing. There are as many as grad has cells.",
     lambda g, x, w: backward(without_last(g), x, w)[0]),
    ("you handed back grad without multiplying by the weight.",
     lambda g, x, w: backward(g, x, np.ones_like(w))[0]),
    ("you handed back the weights without multiplying by grad.",
     lambda g, x, w: backward(np.ones_like(g), x, w)[0]),
    ("you averaged over the windows of a pixel. The gradient is their sum.",
     lambda g, x, w: backward(g, x, w)[0] / covered(g, x, w)),
    ("it is offset by one: position i, j hands back to the window that begins at i, j.",
     lambda g, x, w: np.roll(backward(g, x, w)[0], (1, 1), (0, 1))),
    ("it is offset by one: position i, j hands back to the window that begins at i, j.",
     lambda g, x, w: np.pad(backward(g, x, w)[0], ((1, 0), (1, 0)))[:-1, :-1]),
    ("it is offset by one: position i, j hands back to the window that begins at i, j.",
     lambda g, x, w: np.pad(backward(g, x, w)[0], ((0, 1), (0, 1)))[1:, 1:]),
    ("you multiplied by the pixels. That is for grad_weight; a pixel's gradient is grad times the weight on it.",
     lambda g, x, w: covered(g, x, w) * x),
    ("the kernel's rows and columns have changed places.", lambda g, x, w: backward(g, x, w.T)[0]),
    ("the sign is wrong.", lambda g, x, w: -backward(g, x, w)[0]),
]
BACKWARD_CASES = [("", (6, 6), (3, 3)), ("a picture that is not square: ", (5, 8), (3, 3)),
                  ("a 2×4 kernel: ", (6, 7), (2, 4)), ("a 1×1 kernel: ", (4, 4), (1, 1)),
                  ("a kernel as large as the picture: ", (3, 4), (3, 4))]


def backward_case(shape, kernel, seed=10):
    """A gradient of the map, a picture and a kernel to try a backward on."""
    rng = np.random.default_rng(seed)
    x, weight = rng.normal(size=shape).round(1), rng.normal(size=kernel).round(1)
    return rng.normal(size=np.array(shape) - kernel + 1).round(1), x, weight


def two_gradients(function, *case):
    """What the learner's function returns, as two arrays; raises a `Mistake` when it does not."""
    got = call(function, *case)
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Mistake("return two arrays: grad_x, grad_weight.")
    return [np.asarray(part, float) for part in got]


def check_shapes(got, grad, x, weight):
    """Raise a `Mistake` unless the two gradients have the shapes of what they belong to."""
    shapes = [part.shape for part in got]
    if shapes == [x.shape, weight.shape]:
        return
    if shapes == [weight.shape, x.shape]:
        raise Mistake("the two are in the other order: return grad_x first, then grad_weight.")
    for name, part, right in zip(("grad_x", "grad_weight"), got, (x, weight), strict=True):
        if part.shape != right.shape:
            why = " Cells at the border are missing: pad grad, or add into an array of zeros as large as x." if \
                name == "grad_x" and part.ndim == 2 and np.all(np.less_equal(part.shape, x.shape)) else ""
            raise Mistake(f"{name} has the shape {part.shape}. A gradient has the shape of what it belongs to, "
                          f"{right.shape}.{why}")


@exercise("conv_backward", hints=[
    "Loop over the cells i, j of grad. Each belongs to the window x[i:i + kh, j:j + kw].",
    "In the forward pass out[i, j] was the sum of window · weight. So a weight's gradient is grad[i, j] times its "
    "pixel, and a pixel's gradient is grad[i, j] times its weight.",
    "Start both with zeros, and in the loop: grad_weight += grad[i, j] * window, and the same place of grad_x "
    "+= grad[i, j] * weight.",
])
def check_conv_backward(conv_backward):
    """Check a learner's backward of a convolution, one channel, stride 1, no padding. Prints what it finds.

    Parameters
    ----------
    conv_backward : callable
        conv_backward(grad, x, weight) → grad_x, grad_weight.

    Examples
    --------
    >>> check_conv_backward(lambda grad, x, weight: backward(grad, x, weight)[::-1])
    ✗ conv_backward: the two are in the other order: return grad_x first, then grad_weight.
    """
    for when, shape, kernel in BACKWARD_CASES:
        case = backward_case(shape, kernel)
        try:
            got = two_gradients(conv_backward, *case)
            check_shapes(got, *case)
            right = measured(*case)
            wrong = [said for said in (compare("grad_weight", got[1], right[1], WEIGHT_MISTAKES, case),
                                       compare("grad_x", got[0], right[0], X_MISTAKES, case)) if said]
        except Mistake as mistake:
            raise Mistake(f"{when}{mistake}") from None
        if wrong:
            return Verdict(False, when + " ".join(wrong))
    return Verdict(True, f"both gradients agree with finite differences on {len(BACKWARD_CASES)} cases.")


def compare(name, got, right, mistakes, case):
    """What is wrong with one gradient; empty when nothing is."""
    wrong = ~np.isclose(got, right, atol=1e-6)
    if not wrong.any():
        return ""
    i, j = np.argwhere(wrong)[0]
    known = named_mistake(got, mistakes, *case)
    cell = f"row {i}, column {j} should be {right[i, j]:.3f}, yours is {got[i, j]:.3f}."
    return f"{name}, {wrong.sum()} of {wrong.size} cells: {known or cell}"


class HeatMaps:
    """Pictures one below the other."""

    def __init__(self, pictures):
        self.pictures = pictures

    def _repr_html_(self):
        return "<br>".join(picture._repr_html_() for picture in self.pictures)

    def __repr__(self):
        return "\n".join(picture.alt for picture in self.pictures)


def gradient_heat_map(conv_backward):
    """Where a backward of a convolution is wrong: yours, measured by finite differences, and the difference.

    Parameters
    ----------
    conv_backward : callable
        As for `check_conv_backward`.

    Returns
    -------
    HeatMaps or None
        One line for grad_weight, one for grad_x. None, and a printed sentence, when there is nothing to draw yet.

    Examples
    --------
    >>> gradient_heat_map(lambda grad, x, weight: x)
    Nothing to draw: return two arrays: grad_x, grad_weight.
    """
    case = backward_case(*BACKWARD_CASES[0][1:])
    try:
        if unfinished(conv_backward):
            raise Mistake(NOT_WRITTEN.message)
        got = two_gradients(conv_backward, *case)
        check_shapes(got, *case)
        if not all(np.isfinite(part).all() for part in got):
            raise Mistake("there are cells that are no finite numbers. Did you start with np.empty?")
    except Mistake as mistake:
        print(f"Nothing to draw: {mistake}")
        return None
    (grad_x, grad_weight), (true_x, true_weight) = got, measured(*case)
    lines = [("grad_weight", grad_weight, true_weight, 170), ("grad_x", grad_x, true_x, 250)]
    return HeatMaps([plot.show(plot.differences(a, b, names=(f"your {name}", "measured"), height=height))
                     for name, a, b, height in lines])
