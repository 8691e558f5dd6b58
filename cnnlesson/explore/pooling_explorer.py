"""Pooling on small maps: window, stride, padding and kind; which cells win; what a shift changes."""
import numpy as np
import traitlets as t

from .. import ops, plot
from ..ops import kernels
from ..ops.arguments import floating, no_nan, whole
from .base import Explorer, source
from .output_size_explorer import sentence

LIMITS = {                                          # name → smallest and largest setting
    "window": (1, 7), "stride": (1, 6), "padding": (0, 3), "right": (-3, 3), "down": (-3, 3)}
KINDS = {
    "max": ops.max_pool2d,
    "average": ops.avg_pool2d,
    "average without border": lambda x, *a, **options: ops.avg_pool2d(x, *a, count_include_pad=False, **options),
    "sum": ops.sum_pool2d,
}
LARGEST, SAME = 12, 1e-5        # rows of a map; how far apart two values may be and count as unchanged


class PoolingExplorer(Explorer):
    """The widget behind `pooling`. Its traits hold what the learner set; see there."""
    _esm = source("pooling_explorer", "js")
    _css = source("pooling_explorer", "css")
    kept = ("source", "kind", *LIMITS, "row", "column")

    sources = t.Dict().tag(sync=True)               # name → rows of numbers
    kinds = t.List(t.Unicode(), list(KINDS)).tag(sync=True)
    limits = t.Dict(LIMITS).tag(sync=True)
    filter = t.List(kernels.SOBEL_X.tolist()).tag(sync=True)    # of the strided convolution
    start = t.Dict().tag(sync=True)                 # where Reset goes back to
    source = t.Unicode().tag(sync=True)
    kind = t.Unicode("max").tag(sync=True)
    window = t.Int(2).tag(sync=True)
    stride = t.Int(2).tag(sync=True)
    padding = t.Int(0).tag(sync=True)
    right = t.Int(0).tag(sync=True)                 # the shift
    down = t.Int(0).tag(sync=True)
    row = t.Int(0).tag(sync=True)                   # of the window, in the pooled map
    column = t.Int(0).tag(sync=True)

    @t.validate(*LIMITS)
    def _check_setting(self, proposal):
        return within(proposal["trait"].name, proposal["value"])

    @t.validate("row", "column")
    def _check_place(self, proposal):
        return max(0, proposal["value"])

    @t.validate("kind")
    def _check_kind(self, proposal):
        if proposal["value"] not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {proposal['value']!r}")
        return proposal["value"]

    @t.validate("source")
    def _check_source(self, proposal):
        if proposal["value"] not in self.sources:
            raise ValueError(f"source must be one of {', '.join(self.sources)}, got {proposal['value']!r}")
        return proposal["value"]

    @property
    def still(self):
        """The map before the shift, (H, W)."""
        return np.array(self.sources[self.source], float)

    @property
    def values(self):
        """The map as it is shown, shifted: what leaves is lost, zeros come in."""
        return moved(self.still, self.down, self.right)

    @property
    def pooled(self):
        """What pooling makes of `values`; None where a setting is impossible."""
        return None if self.refusal else self._pool(self.values)

    @property
    def refusal(self):
        """Why there is no pooled map, in a sentence; empty when there is one."""
        try:
            self._pool(self.still)
        except ValueError as error:
            return str(error)
        return ""

    @property
    def changed(self):
        """Share of the pooled cells that the shift changes, 0 to 1."""
        return 0.0 if self.refusal else float((abs(self.pooled - self._pool(self.still)) > SAME).mean())

    @property
    def strided(self):
        """Sobel x laid on `values` with the same stride, and a border of zeros 1 wide."""
        weight = np.array(self.filter)[None, None]
        return ops.conv2d(self.values[None, None], weight, stride=self.stride, padding=1)[0, 0]

    def _pool(self, values):
        return KINDS[self.kind](values[None, None], self.window, stride=self.stride, padding=self.padding)[0, 0]

    def figure(self):
        if self.refusal:
            return sentence(self.refusal)
        values, pooled, p = self.values, self.pooled, self.padding
        row, column = min(self.row, pooled.shape[0] - 1), min(self.column, pooled.shape[1] - 1)
        seen = np.array([row, column]) * self.stride - p
        first, last = np.maximum(seen, 0), np.minimum(seen + self.window, values.shape)
        left, right = plot.row([1, max(pooled.shape) / max(values.shape)], height=300, signs=("→",))
        least = 0 if values.min() >= 0 else -abs(values).max()
        scale = dict(limits=(least, max(1e-6, abs(values).max()))) if self.kind != "sum" else {}
        plot.feature_map(values, ax=left, window=(*first, *(last - first)), numbers=True)
        plot.feature_map(pooled, ax=right, window=(row, column, 1, 1), numbers=True, **scale)
        return right.figure


def pooling(maps, *, kind="max", window=2, stride=2, padding=0, right=0, down=0, row=0, column=0):
    """Explore pooling: set window, stride, padding and kind, see who wins, and what a shift changes.

    Parameters
    ----------
    maps : dict of str to array (H, W)
        Small maps to choose from, at most 12 × 12; the first one is shown at the start.
    kind : str
        "max", "average" (a zero of the border counts), "average without border" or "sum".
    window, stride, padding : int
        To begin with; up to 7, 6 and 3.
    right, down : int
        Shift of the map, −3 to 3.
    row, column : int
        The window to begin with, as a place in the pooled map.

    Returns
    -------
    PoolingExplorer
        `.source`, `.kind`, `.window`, `.stride`, `.padding`, `.right`, `.down`, `.row`, `.column` are what the
        learner set; `.values`, `.pooled`, `.changed` and `.strided` follow from it. Calling it again with the
        same arguments keeps them.

    Raises
    ------
    ValueError
        When a map is too large or no map, a setting is out of range, or no window fits.

    Examples
    --------
    >>> explorer = pooling({"ramp": np.arange(16).reshape(4, 4)})
    >>> explorer.pooled.tolist()
    [[5.0, 7.0], [13.0, 15.0]]
    >>> explorer.right = 1
    >>> explorer.changed
    1.0
    """
    sources = {str(name): small(values).tolist() for name, values in dict(maps).items()}
    if not sources:
        raise ValueError("maps must hold at least one map, got none")
    settings = dict(window=window, stride=stride, padding=padding, right=right, down=down)
    settings = {name: within(name, value) for name, value in settings.items()}
    start = settings | dict(source=next(iter(sources)), kind=kind, row=max(0, row), column=max(0, column))
    explorer = PoolingExplorer(sources=sources)
    for name, value in start.items():
        setattr(explorer, name, value)
    if explorer.refusal:
        raise ValueError(explorer.refusal)
    explorer.start = start
    return explorer.keep(str(sources), str(start))


def moved(values, down, right):
    """An array shifted by whole cells; zeros come in.

    >>> moved(np.eye(2), 0, 1)
    array([[0., 1.],
           [0., 0.]])
    """
    rows, columns = values.shape
    around = np.pad(values, ((abs(down),) * 2, (abs(right),) * 2))
    return around[abs(down) - down:, abs(right) - right:][:rows, :columns]


def small(values):
    """A map of numbers that is small enough to be written out."""
    values = no_nan("maps", floating("maps", values)).astype(float)
    if values.ndim != 2 or max(values.shape) > LARGEST:
        raise ValueError(f"maps must be (H, W) of at most {LARGEST} × {LARGEST}, got shape {values.shape}")
    return values


def within(name, value):
    """A setting as an int, inside its limits."""
    least, most = LIMITS[name]
    if whole(name, value, least) > most:
        raise ValueError(f"{name} must be ≤ {most} in the explorer, got {value}")
    return int(value)
