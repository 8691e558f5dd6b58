"""Blocks: small networks that larger ones are made of. What happens beside, not behind, each other.

Names inside a block are those of torchvision, so that weights can be exchanged.
"""
import numpy as np

from ..ops import arguments
from .activations import ReLU
from .base import Container, Sequential, back
from .layers import Conv2d


class Residual(Container):
    """after(body(x) + shortcut(x)): the body learns what is to be added (He et al. 2015).

    Parameters
    ----------
    body : Layer
        Its layers appear as this block's own: "conv1", not "body.conv1".
    shortcut : Layer, optional
        What the sum takes beside the body, "downsample" by name; without it x itself.
    after : Layer, optional
        What follows the sum, usually ReLU.

    Raises
    ------
    ValueError
        When called: if body and shortcut give different shapes.

    Examples
    --------
    >>> block = Residual(Sequential(conv1=Conv2d(4, 4, 3, padding=1)), after=ReLU())
    >>> block
    Residual(
      conv1: Conv2d(4 → 4, 3×3, padding=1)
      after: ReLU()
    )
    >>> block(np.ones((2, 4, 8, 8))).shape
    (2, 4, 8, 8)
    >>> block.plain()
    Sequential(
      conv1: Conv2d(4 → 4, 3×3, padding=1)
      after: ReLU()
    )
    """
    inlined = ("body",)

    def __init__(self, body, shortcut=None, after=None):
        body = body if isinstance(body, Sequential) else Sequential(body)
        parts = dict(body=body, downsample=shortcut, after=after)
        super().__init__(**{name: part for name, part in parts.items() if part is not None})
        self.body, self.shortcut, self.after = body, shortcut, after

    def forward(self, x):
        out = self.add(self.body(x), self.shortcut(x) if self.shortcut else x)
        return self.after(out) if self.after else out

    def add(self, out, beside):
        if out.shape != beside.shape:
            raise ValueError(f"body and shortcut must give the same shape, got {out.shape} and {beside.shape}")
        return out + beside

    def backward(self, grad, input_grad=True):
        """The sum hands its gradient to both: the shortcut carries it back unweakened."""
        grad = arguments.like("grad", grad, self.output.dtype, self.output.shape)
        if self.after:
            grad = self.after.backward(grad)
        grad_body = back(self.body, grad, input_grad)
        grad_beside = back(self.shortcut, grad, input_grad) if self.shortcut else grad
        return grad_body + grad_beside if input_grad else None

    def plain(self):
        """The same layers in a row, without the shortcut; they are shared, not copied."""
        return Sequential(**self.body.parts, **({"after": self.after} if self.after else {}))


class Concat(Container):
    """Branches side by side, each of the same x; their maps are joined along the channels.

    Parameters
    ----------
    *branches, **named : Layer
        Names as in `Sequential`.

    Raises
    ------
    ValueError
        Without a branch; when called: if the branches give maps of different sizes.

    Examples
    --------
    >>> block = Concat(branch1=Conv2d(3, 2, 1), branch2=Conv2d(3, 4, 3, padding=1))
    >>> block(np.ones((1, 3, 8, 8))).shape
    (1, 6, 8, 8)
    """

    def __init__(self, *branches, **named):
        super().__init__(**Sequential(*branches, **named).parts)
        if not self.parts:
            raise ValueError("branches must not be empty, got none")

    def forward(self, x):
        return self.join([branch(x) for branch in self.parts.values()])

    def join(self, outs):
        if len({(len(out), *out.shape[2:]) for out in outs}) > 1:
            raise ValueError("branches must give maps of the same size, got " + ", ".join(str(o.shape) for o in outs))
        return np.concatenate(outs, 1)      # which keeps the order in memory

    def backward(self, grad, input_grad=True):
        """Each branch gets its share of the channels; x gets the sum of what comes back."""
        grad = arguments.like("grad", grad, self.output.dtype, self.output.shape)
        ends = np.cumsum([branch.output.shape[1] for branch in self.parts.values()])
        shares = zip(self.parts.values(), np.split(grad, ends[:-1], 1), strict=True)
        grads = [back(branch, share, input_grad) for branch, share in shares]
        return sum(grads[1:], grads[0]) if input_grad else None


class Fire(Sequential):
    """SqueezeNet's block (Iandola et al. 2016): squeeze to few channels, expand by 1×1 and 3×3 side by side.

    Parameters
    ----------
    in_channels, squeeze, expand : int
        `expand` for each of the two sides: 2·expand channels come out.
    rng : seed or Generator

    Examples
    --------
    >>> Fire(64, 16, 64)
    Fire(
      squeeze: Conv2d(64 → 16, 1×1)
      squeeze_activation: ReLU()
      expand1x1: Conv2d(16 → 64, 1×1)
      expand3x3: Conv2d(16 → 64, 3×3, padding=1)
      expand_activation: ReLU()
    )
    """
    inlined = ("expand",)

    def __init__(self, in_channels, squeeze, expand, *, rng=0):
        rng = np.random.default_rng(rng)
        super().__init__(
            squeeze=Conv2d(in_channels, squeeze, 1, rng=rng), squeeze_activation=ReLU(),
            expand=Concat(
                expand1x1=Conv2d(squeeze, expand, 1, rng=rng),
                expand3x3=Conv2d(squeeze, expand, 3, padding=1, rng=rng)),
            expand_activation=ReLU())
