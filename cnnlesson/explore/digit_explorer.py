"""Draw a digit and watch every layer of a network answer."""
import numpy as np
import traitlets as t

from .. import datasets, plot
from ..nn import Conv2d, Flatten, Linear, Normalize, Sequential
from ..ops import softmax
from .base import Explorer, source

SIDE = 112          # of the drawing pad, four times that of a digit
WORDS = {"Conv2d": "convolution", "MaxPool2d": "max pooling", "AvgPool2d": "average pooling", "Linear": "dense layer",
         "BatchNorm2d": "batch norm"}


class DigitExplorer(Explorer):
    """The widget behind `digit`. `digit`, `probabilities` and `ink` hold what the learner drew and got."""
    _esm = source("digit_explorer", "js")
    _css = source("digit_explorer", "css")
    kept = ("ink",)

    ink = t.CBytes(bytes(SIDE * SIDE)).tag(sync=True, echo_update=False)     # uint8, white ink on black
    samples = t.Bytes().tag(sync=True)                          # one test digit of each class, uint8
    classes = t.List(t.Unicode()).tag(sync=True)
    stages = t.List().tag(sync=True)                            # of each layer shown: name, shape, signed
    activations = t.Bytes().tag(sync=True)                      # float32, layer by layer
    seen = t.Bytes().tag(sync=True)                             # float32, 28 × 28
    probabilities = t.List(t.Float()).tag(sync=True)
    error = t.Unicode().tag(sync=True)

    def __init__(self, model, **traits):
        self.model = model
        super().__init__(**traits)
        self.answer()

    @property
    def digit(self):
        """What the network saw: (28, 28), centred and scaled as MNIST does."""
        return np.frombuffer(self.seen, np.float32).reshape(28, 28)

    @t.observe("ink")
    def answer(self, change=None):
        """Pass the drawing through the network; everything goes to the browser in one message."""
        ink = np.frombuffer(self.ink, np.uint8).reshape(SIDE, SIDE)
        with self.hold_sync():
            digit = datasets.centre_digit(ink)
            self.seen, self.error = digit.tobytes(), ""
            try:
                layers = outputs(self.model, digit) if ink.any() else []
            except ValueError as error:
                self.error, layers = str(error), []
            self.activations = b"".join(np.ascontiguousarray(a, np.float32).tobytes() for a in layers)
            self.probabilities = softmax(layers[-1].ravel()).tolist() if layers else []

    def figure(self):
        left, right = plot.row(2)
        plot.image(self.digit, ax=left)
        probabilities = self.probabilities or [0.0] * len(self.classes)
        return plot.bars(np.array(probabilities), labels=self.classes, ax=right).figure


def digit(model, *, start=7):
    """Draw a digit with mouse or keyboard; see all feature maps and the probabilities while you draw.

    Parameters
    ----------
    model : Sequential
        Takes (1, 1, 28, 28) in [0, 1] and gives logits, such as `nn.trained("digits")`.
    start : int or None
        The digit that is on the pad at first, 0 … 9; None for an empty pad.

    Returns
    -------
    DigitExplorer
        `.digit` is what the network saw, `.probabilities` what it answered. Calling it again with the
        same kind of model keeps the drawing.

    Raises
    ------
    ValueError
        When the model is not a `Sequential` for such images, or `start` is not a digit.

    Examples
    --------
    >>> from cnnlesson.nn import trained
    >>> explorer = digit(trained("digits"), start=3)
    >>> int(np.argmax(explorer.probabilities))
    3
    """
    if not isinstance(model, Sequential):
        raise ValueError(f"model must be a Sequential network, got {model!r}")
    if start is not None and start not in range(10):
        raise ValueError(f"start must be a digit 0 … 9 or None, got {start!r}")
    test = datasets.mnist().test
    samples = np.stack([test.pixels[np.flatnonzero(test.labels == d)[0], 0] for d in range(10)])
    pad = np.zeros((SIDE, SIDE), np.uint8) if start is None else np.kron(samples[start], np.ones((4, 4), np.uint8))
    logits = outputs(model, datasets.centre_digit(pad))[-1]
    explorer = DigitExplorer(model, ink=pad.tobytes(), samples=samples.tobytes(), stages=stages(model),
                             classes=[str(c) for c in range(logits.size)])
    return explorer.keep(repr(model), start)


def outputs(model, digit):
    """What each shown layer gave for one digit: a list of (C, H, W)."""
    model.eval()
    model(digit[None, None])
    return [maps(layer.output) for layer in shown(model)]


def shown(model):
    """Layers that have something of their own to show."""
    return [layer for layer in model if not isinstance(layer, Normalize | Flatten)]


def maps(output):
    """(1, C, H, W) → (C, H, W); a dense layer's (1, units) → (1, 1, units)."""
    return output[0] if output.ndim == 4 else output[None]


def stages(model):
    """Name, shape and sign of each shown layer, after a pass. Pooling has the sign of what it pools."""
    out, signed = [], True
    for layer in shown(model):
        name = type(layer).__name__
        if isinstance(layer, Conv2d | Linear) or name in ("ReLU", "Sigmoid"):
            signed = isinstance(layer, Conv2d | Linear)
        out.append(dict(name=WORDS.get(name, name), shape=list(maps(layer.output).shape), signed=signed))
    out[-1]["name"] += " (logits)"
    return out
