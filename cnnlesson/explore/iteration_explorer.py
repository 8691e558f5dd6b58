"""One training iteration of a tiny network on one digit: nine stages, every number, one weight to nudge."""
import math

import numpy as np
import traitlets as t

from .. import ops, plot
from ..ops.arguments import floating, no_nan, real
from .base import Explorer, source

STAGES = ("convolution", "ReLU", "pooling", "dense layer", "softmax and loss", "back to the dense layer",
          "back through pooling and ReLU", "back to the kernels", "update")
SHAPES = {"kernels": (2, 1, 3, 3), "kernel_bias": (2,), "dense": (10, 18), "dense_bias": (10,)}
RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)      # learning rates of the slider
NUDGES = (-1.0, 1.0)
SIDE = 8                                            # of a digit


def tiny_pass(image, label, weights):
    """Forward and backward of the tiny network, with everything on the way.

    Parameters
    ----------
    image : array (8, 8)
    label : int
    weights : dict of str to array
        As `SHAPES` says.

    Returns
    -------
    dict
        Forward: "maps", "active" (both (2, 6, 6)), "pooled" (2, 3, 3), "logits", "probabilities" (10,), "loss".
        Backward, the gradient of the loss for each: "grad_logits", "grad_pooled", "grad_active", "grad_maps", and
        for the weights "grad_kernels", "grad_kernel_bias", "grad_dense", "grad_dense_bias".

    Examples
    --------
    >>> zeros = {name: np.zeros(shape) for name, shape in SHAPES.items()}
    >>> round(tiny_pass(np.ones((8, 8)), 3, zeros)["loss"], 4)      # ln 10
    2.3026
    """
    x = np.asarray(image, float)[None, None]
    maps = ops.conv2d(x, weights["kernels"], weights["kernel_bias"])
    active = ops.relu(maps)
    pooled = ops.max_pool2d(active, 2)
    logits = ops.linear(pooled.reshape(1, -1), weights["dense"], weights["dense_bias"])
    grad_logits = ops.cross_entropy_backward(logits, [label])
    grad_features, grad_dense, grad_dense_bias = ops.linear_backward(
        grad_logits, pooled.reshape(1, -1), weights["dense"])
    grad_pooled = grad_features.reshape(pooled.shape)
    grad_active = ops.max_pool2d_backward(grad_pooled, active, 2)
    grad_maps = ops.relu_backward(grad_active, maps)
    _, grad_kernels, grad_kernel_bias = ops.conv2d_backward(grad_maps, x, weights["kernels"])
    return dict(maps=maps[0], active=active[0], pooled=pooled[0], logits=logits[0],
                probabilities=ops.softmax(logits)[0], loss=ops.cross_entropy(logits, [label]),
                grad_logits=grad_logits[0], grad_pooled=grad_pooled[0], grad_active=grad_active[0],
                grad_maps=grad_maps[0], grad_kernels=grad_kernels, grad_kernel_bias=grad_kernel_bias,
                grad_dense=grad_dense, grad_dense_bias=grad_dense_bias)


class IterationExplorer(Explorer):
    """The widget behind `iteration`. Its traits hold what the learner set; see there."""
    _esm = source("iteration_explorer", "js")
    _css = source("iteration_explorer", "css")
    kept = ("stage", "digit", "filter", "row", "column", "array", "index", "nudge", "lr", "numbers", "losses")

    images = t.List().tag(sync=True)                # of each digit its 64 pixels, row by row
    labels = t.List(t.Int()).tag(sync=True)
    stages = t.List(t.Unicode(), list(STAGES)).tag(sync=True)
    rates = t.List(t.Float(), list(RATES)).tag(sync=True)
    start = t.Dict().tag(sync=True)                 # where Reset goes back to
    stage = t.Int(1).tag(sync=True)                 # 1 to 9
    digit = t.Int(0).tag(sync=True)
    filter = t.Int(0).tag(sync=True)
    row = t.Int(0).tag(sync=True)                   # of the cell that is looked at, in the stage's last picture
    column = t.Int(0).tag(sync=True)
    array = t.Enum(tuple(SHAPES), "kernels").tag(sync=True)     # the weight to nudge: which array, which place
    index = t.Int(0).tag(sync=True)
    nudge = t.Float(0.0).tag(sync=True)
    lr = t.Float(0.3).tag(sync=True)
    numbers = t.List(t.Float()).tag(sync=True)      # all 210 weights, in the order of SHAPES
    losses = t.List(t.Float()).tag(sync=True)       # before each step that was taken

    @property
    def weights(self):
        """The weights as they are now: dict of arrays."""
        return unpack(self.numbers)

    @property
    def answer(self):
        """All that one pass computes with these weights; see `tiny_pass`."""
        return tiny_pass(np.reshape(self.images[self.digit], (SIDE, SIDE)), self.labels[self.digit], self.weights)

    @property
    def loss(self):
        """The loss of this digit with these weights, without the nudge."""
        return self.answer["loss"]

    @property
    def gradient(self):
        """The gradient of the chosen weight."""
        return float(self.answer["grad_" + self.array].ravel()[self.index])

    @property
    def nudged_loss(self):
        """The loss when the chosen weight is moved by `nudge`."""
        weights = self.weights
        weights[self.array].ravel()[self.index] += self.nudge
        image = np.reshape(self.images[self.digit], (SIDE, SIDE))
        return tiny_pass(image, self.labels[self.digit], weights)["loss"]

    @property
    def iterations(self):
        """How many steps were taken."""
        return len(self.losses)

    def figure(self):
        return passes(np.reshape(self.images[self.digit], (SIDE, SIDE)), self.answer, self.weights, self.filter)


def passes(image, answer, weights, number=0):
    """Both ways through one filter as a figure: values left to right, then their gradients."""
    axes = plot.row([1, 0.5, 1, 0.5, 1, 0.5], height=190)
    plot.image(image, ax=axes[0], caption="digit")
    plot.kernel(weights["kernels"][number, 0], ax=axes[1], caption="kernel")
    plot.feature_map(answer["active"][number], ax=axes[2], numbers=False, caption="after ReLU")
    plot.feature_map(answer["pooled"][number], ax=axes[3], numbers=True, caption="pooled")
    plot.feature_map(answer["grad_maps"][number], ax=axes[4], signed=True, numbers=False, caption="gradient: map")
    plot.kernel(answer["grad_kernels"][number, 0], ax=axes[5], caption="gradient: kernel")
    return axes[0].figure


def iteration(images, labels, weights, *, lr=0.3, stage=1):
    """Step through one training iteration of a tiny network, nudge a weight, take the step.

    The network: a digit of 8 × 8 pixels, two 3×3 filters, ReLU, 2×2 max pooling, a dense layer with ten logits.

    Parameters
    ----------
    images : array (N, 1, 8, 8)
        Digits to choose from.
    labels : array of int (N,)
    weights : dict of str to array
        "kernels" (2, 1, 3, 3), "kernel_bias" (2,), "dense" (10, 18), "dense_bias" (10,).
    lr : float
        One of 0.01, 0.03, 0.1, 0.3, 1, 3, 10.
    stage : int
        To begin with, 1 to 9.

    Returns
    -------
    IterationExplorer
        `.stage`, `.digit`, `.filter`, `.array`, `.index`, `.nudge`, `.lr` are what the learner set; `.weights`,
        `.losses`, `.iterations`, `.loss`, `.gradient`, `.nudged_loss` and `.answer` follow from it. Calling it
        again with the same arguments keeps them.

    Raises
    ------
    ValueError
        When a shape or a label does not fit, or a setting is out of range.

    Examples
    --------
    >>> zeros = {name: np.zeros(shape) for name, shape in SHAPES.items()}
    >>> explorer = iteration(np.ones((1, 1, 8, 8)), [3], zeros)
    >>> explorer.array, explorer.index = "dense_bias", 3
    >>> round(explorer.gradient, 3)         # p − y = 0.1 − 1
    -0.9
    """
    images = no_nan("images", floating("images", images)).astype(float)
    labels = np.asarray(labels)
    if images.ndim != 4 or images.shape[1:] != (1, SIDE, SIDE) or not len(images):
        raise ValueError(f"images must have shape (N, 1, {SIDE}, {SIDE}), got {images.shape}")
    if labels.shape != (len(images),) or not np.isin(labels, range(10)).all():
        raise ValueError(f"labels must be {len(images)} whole numbers from 0 to 9, got {labels.tolist()}")
    numbers = pack(weights)
    if real("lr", lr) not in RATES:
        raise ValueError(f"lr must be one of {', '.join(f'{rate:g}' for rate in RATES)}, got {lr:g}")
    if stage not in range(1, len(STAGES) + 1):
        raise ValueError(f"stage must be from 1 to {len(STAGES)}, got {stage}")
    start = dict(stage=int(stage), digit=0, filter=0, row=0, column=0, array="kernels", index=0, nudge=0.0,
                 lr=float(lr), numbers=numbers, losses=[])
    explorer = IterationExplorer(images=images.reshape(len(images), -1).tolist(), labels=labels.tolist(),
                                 start=start, **start)
    return explorer.keep(images, str(labels.tolist()), str(start))


def pack(weights):
    """All weights in one list, array after array."""
    if not isinstance(weights, dict) or set(weights) != set(SHAPES):
        raise ValueError(f"weights must be a dict with the keys {', '.join(SHAPES)}")
    for name, shape in SHAPES.items():
        if np.shape(weights[name]) != shape:
            raise ValueError(f"weights[{name!r}] must have shape {shape}, got {np.shape(weights[name])}")
    return [float(v) for name in SHAPES for v in np.ravel(weights[name])]


def unpack(numbers):
    """The weights as arrays again.

    >>> zeros = {name: np.zeros(shape) for name, shape in SHAPES.items()}
    >>> {name: array.shape for name, array in unpack(pack(zeros)).items()} == SHAPES
    True
    """
    weights, at = {}, 0
    for name, shape in SHAPES.items():
        size = math.prod(shape)
        weights[name] = np.reshape(np.array(numbers[at:at + size], float), shape)
        at += size
    return weights
