"""Drag a picture inside its frame: which maps move with it, and does the network's answer stay?"""
import numpy as np
import traitlets as t

from .. import datasets, plot
from ..nn import Conv2d, Normalize, Sequential, predict
from ..ops import conv2d, max_pool2d, softmax
from .base import Explorer, source

REACH = 10          # pixels that the picture can be moved by, in each direction
SIDE = 28
MOTIFS = {          # made-up patterns of 9 × 9 pixels
    "a cross": np.maximum(np.eye(9)[4], np.eye(9)[:, [4]]),
    "an X": np.maximum(np.eye(9), np.eye(9)[::-1]),
}


class ShiftExplorer(Explorer):
    """The widget behind `shift`. Its traits hold what the learner set; see there."""
    _esm = source("shift_explorer", "js")
    _css = source("shift_explorer", "css")
    kept = ("picture", "down", "right", "filter", "stride", "padded")

    names = t.List(t.Unicode()).tag(sync=True)
    pictures = t.Bytes().tag(sync=True)             # float32, 28 × 28 each, 0 to 1
    scale = t.List(t.Float()).tag(sync=True)        # mean and standard deviation: what the network does to pixels first
    weight = t.Bytes().tag(sync=True)               # float32, of all filters
    bias = t.List(t.Float()).tag(sync=True)
    kernel = t.Int().tag(sync=True)                 # side of the filters
    logits_at = t.Bytes().tag(sync=True)            # float32, (pictures, 21, 21, 10): for each shift
    picture = t.Unicode().tag(sync=True)
    down = t.Int(0).tag(sync=True)
    right = t.Int(0).tag(sync=True)
    filter = t.Int(0).tag(sync=True)
    stride = t.Int(1).tag(sync=True)
    padded = t.Bool(True).tag(sync=True)
    start = t.Dict().tag(sync=True)                 # where Reset goes back to

    @t.validate("down", "right", "filter", "stride")
    def _check(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        low, high = {"filter": (0, len(self.bias) - 1), "stride": (1, 2)}.get(name, (-REACH, REACH))
        if not low <= value <= high:
            raise ValueError(f"{name} must be {low} to {high}, got {value}")
        return value

    @t.validate("picture")
    def _check_picture(self, proposal):
        if proposal["value"] not in self.names:
            raise ValueError(f"picture must be one of {', '.join(self.names)}, got {proposal['value']!r}")
        return proposal["value"]

    @property
    def still(self):
        """The picture where it was, (28, 28)."""
        return np.frombuffer(self.pictures, np.float32).reshape(-1, SIDE, SIDE)[self.names.index(self.picture)]

    @property
    def moved(self):
        """The picture where it is now."""
        return datasets.shifted(self.still, self.down, self.right)

    @property
    def logits(self):
        """What the network answers to the picture where it is now, (10,)."""
        table = np.frombuffer(self.logits_at, np.float32).reshape(len(self.names), 2 * REACH + 1, 2 * REACH + 1, -1)
        return table[self.names.index(self.picture), self.down + REACH, self.right + REACH]

    @property
    def probabilities(self):
        """The ten probabilities for the picture where it is now."""
        return softmax(self.logits)

    def maps(self):
        """Map and pooled map, before and after the shift: {"feature map": (old, new), "pooled map": (old, new)}."""
        mean, deviation = self.scale
        both = (np.stack([self.still, self.moved])[:, None] - np.float32(mean)) / np.float32(deviation)
        weight = np.frombuffer(self.weight, np.float32).reshape(-1, 1, self.kernel, self.kernel)[[self.filter]]
        padding = self.kernel // 2 if self.padded else 0
        maps = conv2d(both, weight, np.float32([self.bias[self.filter]]), stride=self.stride, padding=padding)
        return {"feature map": tuple(maps[:, 0]), "pooled map": tuple(max_pool2d(maps, 2)[:, 0])}

    @property
    def errors(self):
        """For each map: largest error in the interior and at the border; nan where there are no such cells."""
        return {name: tuple(float(np.abs(error[kind == k]).max()) if (kind == k).any() else np.nan for k in (2, 1))
                for name, (error, kind) in self.differences().items()}

    def differences(self):
        """Of each map what `difference` finds: {"feature map": (error, kind), "pooled map": (error, kind)}."""
        padding, steps = self.kernel // 2 if self.padded else 0, (self.stride, 2 * self.stride)
        widths = self.kernel, self.kernel + self.stride
        return {name: difference(*maps, (self.down, self.right), step, width, padding)
                for (name, maps), step, width in zip(self.maps().items(), steps, widths, strict=True)}

    def figure(self):
        axes, panels = plot.row(6, height=170), []
        for (name, (old, new)), (error, _) in zip(self.maps().items(), self.differences().values(), strict=True):
            most = max(np.abs(old).max(), np.abs(new).max())
            panels += [(new, most, name), (error, most, "difference")]
        plot.image(self.moved, ax=axes[0])
        for ax, (values, most, caption) in zip(axes[1:5], panels, strict=True):
            plot.feature_map(values, ax=ax, limits=(-most, most), caption=caption)
        return plot.bars(self.probabilities, ax=axes[-1], highlight=int(self.probabilities.argmax())).figure


def difference(old, new, shift, step, width, padding, side=SIDE):
    """Compare a map of a moved picture with the moved map.

    Parameters
    ----------
    old, new : array (n, n)
        The map before and after the picture moved.
    shift : (int, int)
        Pixels down and right.
    step, width : int
        Pixels from one cell's window to the next one's, and along one window.
    padding : int
        Pixels of border around the picture.

    Returns
    -------
    error : array (n, n)
        New cell minus the old cell that should have come here, 0 where there is none.
    kind : array (n, n)
        2 for the interior: the windows of both cells lie on picture that was inside the frame all the time.
        1 for the border: one of them reaches the frame. 0 where no old cell comes here.

    Examples
    --------
    >>> error, kind = difference(np.arange(16.0).reshape(4, 4), np.zeros((4, 4)), (0, 1), 1, 3, 1, side=4)
    >>> kind[1]
    array([0, 1, 2, 1])
    """
    cells = np.arange(len(new))
    first = step * cells - padding                                      # the first pixel of each window
    exists, inside, source = [], [], []
    for by in shift:
        moved = int(by / step)                                          # whole cells, towards zero
        starts = np.stack([first, first - step * moved, first - by])    # the new window, the old one, what it shows
        exists.append((cells >= moved) & (cells - moved < len(new)))
        inside.append(((starts >= 0) & (starts + width <= side)).all(0))
        source.append((cells - moved).clip(0, len(new) - 1))
    there = np.outer(*exists)
    return np.where(there, new - old[np.ix_(*source)], 0), there * (1 + np.outer(*inside))


def shift(model, picture="7", *, down=0, right=0, filter=0, stride=1, padded=True):
    """Drag a digit or a motif in its frame; the maps of the network's first layer and its answer follow.

    Parameters
    ----------
    model : Sequential
        `Normalize`, then a `Conv2d` for one channel, and whatever leads to logits, such as `nn.trained("digits")`.
    picture : str
        "0" … "9": the first test digit of this class; or "a cross", "an X".
    down, right : int
        Where it stands at first: −10 … 10 pixels from its place.
    filter, stride : int
        Which filter of the first layer to show, and its step: 1 or 2.
    padded : bool
        With a border of zeros, so that the map at stride 1 is as large as the picture.

    Returns
    -------
    ShiftExplorer
        `.picture`, `.down`, `.right`, `.filter`, `.stride` and `.padded` are what the learner set; `.errors` holds
        the largest error of each map in the interior and at the border, `.probabilities` the network's answer.
        Calling it again with the same kind of model keeps what was set.

    Raises
    ------
    ValueError
        When the model does not begin as described, or a setting is out of its range.

    Examples
    --------
    >>> from cnnlesson.nn import trained
    >>> explorer = shift(trained("digits"), "7", right=3)
    >>> interior, border = explorer.errors["feature map"]
    >>> bool(interior < 1e-4), bool(border > 0.1)
    (True, True)
    """
    layers = list(model)[:2] if isinstance(model, Sequential) else []
    if [type(layer) for layer in layers] != [Normalize, Conv2d] or layers[1].weight.shape[1] != 1:
        raise ValueError("model must be a Sequential that begins with Normalize and a Conv2d for one channel")
    pictures = all_pictures()
    weight = layers[1].weight
    start = dict(picture=picture, down=down, right=right, filter=filter, stride=stride, padded=padded)
    explorer = ShiftExplorer(
        names=list(pictures), pictures=np.stack(list(pictures.values())).tobytes(), weight=weight.tobytes(),
        bias=layers[1].bias.tolist(), kernel=weight.shape[-1], logits_at=all_logits(model, pictures).tobytes(),
        scale=[float(np.ravel(layers[0].mean)[0]), float(np.ravel(layers[0].std)[0])], start=start, **start)
    return explorer.keep(repr(model), *start.values())


def all_pictures():
    """What can be dragged: a test digit of each class, and the motifs in the middle of a frame."""
    test = datasets.mnist().test
    pictures = {str(d): test.images[np.flatnonzero(test.labels == d)[0], 0] for d in range(10)}
    return pictures | {name: np.pad(motif, ((9, 10), (9, 10))).astype(np.float32) for name, motif in MOTIFS.items()}


def all_logits(model, pictures):
    """The network's answer to each picture at each shift, (pictures, 21, 21, logits): then no drag has to wait."""
    reach = range(-REACH, REACH + 1)
    moved = [datasets.shifted(p, down, right) for p in pictures.values() for down in reach for right in reach]
    logits = predict(model, np.stack(moved)[:, None])
    return logits.reshape(len(pictures), len(reach), len(reach), -1).astype(np.float32)
