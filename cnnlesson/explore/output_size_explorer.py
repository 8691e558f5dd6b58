"""Set size, kernel, stride, padding and dilation; see every window, the cells that none sees, and the map's side."""
import numpy as np
import traitlets as t

from .. import ops, plot
from ..ops.arguments import whole
from .base import Explorer, source

LIMITS = {                                          # name → smallest and largest setting
    "size": (1, 16), "kernel_size": (1, 7), "stride": (1, 5), "padding": (0, 4), "dilation": (1, 3)}


class OutputSizeExplorer(Explorer):
    """The widget behind `output_size`. Its traits hold what the learner set; see there."""
    _esm = source("output_size_explorer", "js")
    _css = source("output_size_explorer", "css")
    kept = (*LIMITS, "row", "column")

    limits = t.Dict(LIMITS).tag(sync=True)
    start = t.Dict().tag(sync=True)                 # where Reset goes back to
    size = t.Int(8).tag(sync=True)                  # rows and columns of the input
    kernel_size = t.Int(3).tag(sync=True)
    stride = t.Int(1).tag(sync=True)
    padding = t.Int(0).tag(sync=True)
    dilation = t.Int(1).tag(sync=True)
    row = t.Int(0).tag(sync=True)                   # of the window, in the map
    column = t.Int(0).tag(sync=True)

    @t.validate(*LIMITS)
    def _check_setting(self, proposal):
        return within(proposal["trait"].name, proposal["value"])

    @property
    def settings(self):
        """Keyword arguments for `ops.conv2d`: stride, padding, dilation."""
        return dict(stride=self.stride, padding=self.padding, dilation=self.dilation)

    @property
    def map_size(self):
        """The map's rows and columns; 0 when no window fits."""
        return 0 if self.refusal else ops.output_size(self.size, self.kernel_size, **self.settings)

    @property
    def refusal(self):
        """Why there is no map, in a sentence; empty when there is one."""
        try:
            ops.output_size(self.size, self.kernel_size, **self.settings)
        except ValueError as error:
            return str(error)
        return ""

    @property
    def seen(self):
        """How many windows see each pixel, (size, size): 0 where none does."""
        line = self._line[self.padding:self.padding + self.size]
        return np.outer(line, line)

    @property
    def _line(self):
        """How many windows see each cell along one side, the border included."""
        line = np.zeros(self.size + 2 * self.padding, int)
        for start in range(0, self.map_size * self.stride, self.stride):
            line[start:start + self.dilation * self.kernel_size:self.dilation] += 1
        return line

    @property
    def pixels_in_window(self):
        """How many pixels each window sees, (map_size, map_size); the rest of its cells lie on the border."""
        if not self.map_size:
            return np.zeros((0, 0), int)
        pixels, kernel = (np.ones((1, 1, side, side)) for side in (self.size, self.kernel_size))
        return ops.conv2d(pixels, kernel, **self.settings)[0, 0].round().astype(int)

    def figure(self):
        if not self.map_size:
            return sentence(self.refusal)
        left, right = plot.row([1, self.map_size / (self.size + 2 * self.padding)], height=300, signs=("→",))
        row, column = (int(np.clip(place, 0, self.map_size - 1)) for place in (self.row, self.column))
        window = (row * self.stride, column * self.stride, self.kernel_size, self.kernel_size)
        counts = np.outer(self._line, self._line)
        plot.coverage(counts, padding=self.padding, window=window, dilation=self.dilation, ax=left)
        plot.feature_map(self.pixels_in_window, window=(row, column, 1, 1), ax=right,
                         limits=(0, self.kernel_size**2), caption="pixels in each window")
        return right.figure


def output_size(size=8, kernel_size=3, stride=1, padding=0, dilation=1):
    """Explore how the five settings of a convolution decide which pixels are seen, and the size of the map.

    Parameters
    ----------
    size : int
        Rows and columns of the input, 1 to 16.
    kernel_size, stride, padding, dilation : int
        To begin with; up to 7, 5, 4 and 3.

    Returns
    -------
    OutputSizeExplorer
        `.size`, `.kernel_size`, `.stride`, `.padding`, `.dilation`, `.row`, `.column` are what the learner set;
        `.map_size`, `.seen` and `.pixels_in_window` follow from it. Calling it again with the same arguments
        keeps them.

    Raises
    ------
    ValueError
        When a setting is out of range, or no window fits.

    Examples
    --------
    >>> explorer = output_size(10, 3, stride=2)
    >>> explorer.map_size, explorer.seen[0].tolist()
    (4, [1, 1, 2, 1, 2, 1, 2, 1, 1, 0])
    """
    settings = dict(zip(LIMITS, (size, kernel_size, stride, padding, dilation), strict=True))
    settings = {name: within(name, value) for name, value in settings.items()}
    ops.output_size(**settings)
    start = settings | dict(row=0, column=0)
    return OutputSizeExplorer(**start, start=start).keep(*settings.values())


def within(name, value):
    """A setting as an int, inside its limits."""
    least, most = LIMITS[name]
    if whole(name, value, least) > most:
        raise ValueError(f"{name} must be ≤ {most} in the explorer, got {value}")
    return int(value)


def sentence(text):
    """A picture that consists of words: why there is none."""
    ax, = plot.row([9], height=60)
    ax.set_axis_off()
    ax.text(0, 0.5, text, va="center", wrap=True)
    ax.set_label(text)
    return ax.figure
