"""One filter on a colour picture: a slice for each channel, and one map that they add up to."""
import numpy as np
import traitlets as t

from .. import plot
from ..ops import conv2d, kernels
from ..ops.arguments import floating, no_nan
from .base import Explorer, source

CHANNELS = ("red", "green", "blue")
MOST_BIAS = 2                                       # where the slider ends


def stack(red, green, blue):
    """A 3×3×3 filter from three kernels."""
    return np.array([red, green, blue], float)


PRESETS = {     # no filter for edges between colours is among them, because lesson 04 asks for one
    "Sobel x in each": stack(*[kernels.SOBEL_X] * 3),
    "Sobel y in each": stack(*[kernels.SOBEL_Y] * 3),
    "Laplacian in each": stack(*[kernels.LAPLACIAN] * 3),
    "Sobel x in red only": stack(kernels.SOBEL_X, *[np.zeros((3, 3))] * 2),
    "red channel": stack(kernels.IDENTITY, *[np.zeros((3, 3))] * 2),
    "grey": stack(*[share * kernels.IDENTITY for share in (0.299, 0.587, 0.114)]),
    "red against the others": stack(*[share * kernels.IDENTITY for share in (1, -0.5, -0.5)]),
    "blue against the others": stack(*[share * kernels.IDENTITY for share in (-0.5, -0.5, 1)]),
}


class ChannelExplorer(Explorer):
    """The widget behind `channels`. Its traits hold what the learner set; see there."""
    _esm = source("channel_explorer", "js")
    _css = source("channel_explorer", "css")
    kept = ("weight", "bias", "channels", "step", "row", "column")

    image = t.Bytes().tag(sync=True)                # float32, channel by channel
    shape = t.List(t.Int()).tag(sync=True)
    presets = t.Dict().tag(sync=True)
    start = t.Dict().tag(sync=True)                 # where Reset goes back to
    weight = t.List(t.List(t.List(t.Float()))).tag(sync=True)
    bias = t.Float(0.0).tag(sync=True)
    channels = t.List(t.Bool(), [True] * 3, minlen=3, maxlen=3).tag(sync=True)      # switched on?
    step = t.Int(4).tag(sync=True)                  # how many terms are added up: red, green, blue, bias
    row = t.Int(0).tag(sync=True)                   # of the window, in the feature map
    column = t.Int(0).tag(sync=True)

    @t.validate("weight")
    def _check_weight(self, proposal):
        slices = proposal["value"]
        sizes = {len(row) for rows in slices for row in rows} | {len(rows) for rows in slices}
        if len(slices) != 3 or sizes != {3}:
            raise ValueError(f"weight must have the shape (3, 3, 3), got {slices}")
        no_nan("weight", np.array(slices))
        return slices

    @t.validate("bias")
    def _check_bias(self, proposal):
        if not abs(proposal["value"]) <= MOST_BIAS:
            raise ValueError(f"bias must be −{MOST_BIAS} to {MOST_BIAS} in the explorer, got {proposal['value']}")
        return proposal["value"]

    @t.validate("row", "column")
    def _onto_the_map(self, proposal):
        """A window beside the map goes to its rim."""
        side = self.shape[1 + (proposal["trait"].name == "column")] if self.shape else 3
        return int(np.clip(proposal["value"], 0, side - 3))

    @t.validate("step")
    def _check_step(self, proposal):
        if not 1 <= proposal["value"] <= 4:
            raise ValueError(f"step must be 1 to 4, got {proposal['value']}")
        return proposal["value"]

    @property
    def picture(self):
        """The input, (3, H, W)."""
        return np.frombuffer(self.image, np.float32).reshape(self.shape)

    @property
    def feature_map(self):
        """The map that the explorer shows, (H_out, W_out), computed by `ops.conv2d`."""
        counts = [on and channel < self.step for channel, on in enumerate(self.channels)]
        weight = np.array(self.weight) * np.array(counts, float)[:, None, None]
        return conv2d(self.picture[None], weight[None], [self.bias if self.step == 4 else 0.0])[0, 0]

    def figure(self):
        first, *middle, last = plot.row([1, 0.55, 0.55, 0.55, 1], height=220)
        plot.image(self.picture, ax=first, window=(self.row, self.column, 3, 3))
        most = max(1e-6, np.abs(self.weight).max())
        for ax, name, part in zip(middle, CHANNELS, self.weight, strict=True):
            plot.kernel(np.array(part), ax=ax, limits=(-most, most), caption=name)
        return plot.feature_map(self.feature_map, ax=last, signed=True, window=(self.row, self.column, 1, 1)).figure


def channels(image, weight=PRESETS["Sobel x in each"], *, bias=0.0, row=0, column=0):
    """Explore one 3×3×3 filter on a colour picture: edit its slices, step the sum channel by channel.

    Parameters
    ----------
    image : array (3, H, W)
        Values in [0, 1]. Small pictures read best, about 64 × 64.
    weight : array (3, 3, 3)
        The filter to begin with: channels, rows, columns.
    bias : float
        Added once to each sum, −2 to 2.
    row, column : int
        The window to begin with, as a place in the feature map.

    Returns
    -------
    ChannelExplorer
        `.weight`, `.bias`, `.channels` (which are switched on), `.step` (1 to 4: how many of red, green, blue and
        bias are added), `.row`, `.column` are what the learner set; `.feature_map` is the map they see.
        Calling it again with the same arguments keeps them.

    Raises
    ------
    ValueError
        When the picture is no colour picture of 3 × 3 pixels or more, the filter is not 3×3×3, or the bias is out
        of range.

    Examples
    --------
    >>> explorer = channels(np.ones((3, 8, 8)), np.ones((3, 3, 3)), bias=0.5)
    >>> float(explorer.feature_map[0, 0])
    27.5
    >>> explorer.channels = [True, False, True]
    >>> float(explorer.feature_map[0, 0])
    18.5
    """
    image, weight = no_nan("image", floating("image", image)), no_nan("weight", floating("weight", weight))
    if image.ndim != 3 or len(image) != 3 or min(image.shape[1:]) < 3:
        raise ValueError(f"image must be (3, H, W) with H and W ≥ 3, got shape {image.shape}")
    if weight.shape != (3, 3, 3):
        raise ValueError(f"weight must have the shape (3, 3, 3), got {weight.shape}")
    rows, columns = np.array(image.shape[1:]) - 3
    row, column = (int(np.clip(place, 0, most)) for place, most in ((row, rows), (column, columns)))
    start = dict(weight=weight.tolist(), bias=float(bias), row=row, column=column)
    explorer = ChannelExplorer(
        image=image.astype(np.float32).tobytes(), shape=list(image.shape), **start,
        presets={name: preset.tolist() for name, preset in PRESETS.items()},
        start=start | dict(channels=[True] * 3, step=4))
    return explorer.keep(image, weight, bias, row, column)
