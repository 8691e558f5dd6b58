"""Edit a kernel, slide it over a picture, and read the arithmetic of every window."""
import numpy as np
import traitlets as t

from .. import plot
from ..ops import conv2d, kernels
from ..ops.arguments import floating, no_nan
from .base import Explorer, source


class KernelExplorer(Explorer):
    """The widget behind `kernel`. Its traits hold what the learner set; see there."""
    _esm = source("kernel_explorer", "js")
    _css = source("kernel_explorer", "css")
    kept = ("kernel", "bias", "stride", "divide", "colours", "row", "column")

    image = t.Bytes().tag(sync=True)                # float32, row by row
    shape = t.List(t.Int()).tag(sync=True)
    presets = t.Dict().tag(sync=True)
    start = t.Dict().tag(sync=True)                 # where Reset goes back to
    kernel = t.List(t.List(t.Float())).tag(sync=True)
    bias = t.Float(0.0).tag(sync=True)
    stride = t.Int(1).tag(sync=True)
    divide = t.Bool(False).tag(sync=True)
    colours = t.Enum(["automatic", "signed", "grey"], "automatic").tag(sync=True)
    row = t.Int(0).tag(sync=True)                   # of the window, in the feature map
    column = t.Int(0).tag(sync=True)

    @t.validate("kernel")
    def _check_kernel(self, proposal):
        rows = proposal["value"]
        if not rows or not rows[0] or len({len(row) for row in rows}) > 1:
            raise ValueError(f"kernel must be a grid of numbers, got {rows}")
        if self.kernel and np.shape(rows) != np.shape(self.kernel):
            raise ValueError(f"kernel must keep its shape {np.shape(self.kernel)}, got {np.shape(rows)}")
        return rows

    @t.validate("stride")
    def _check_stride(self, proposal):
        if proposal["value"] < 1:
            raise ValueError(f"stride must be ≥ 1, got {proposal['value']}")
        return proposal["value"]

    @property
    def picture(self):
        """The input, (H, W)."""
        return np.frombuffer(self.image, np.float32).reshape(self.shape)

    @property
    def feature_map(self):
        """The map that the explorer shows, (H_out, W_out), computed by `ops.conv2d`."""
        weight = np.array(self.kernel)[None, None]
        scale = weight.size if self.divide else 1
        return conv2d(self.picture[None, None], weight / scale, [self.bias], stride=self.stride)[0, 0]

    def figure(self):
        left, middle, right = plot.row(3)
        kh, kw = np.shape(self.kernel)
        row, column = self.row * self.stride, self.column * self.stride
        black = min(0.0, float(self.picture.min()))
        plot.image(self.picture, ax=left, limits=(black, 1), window=(row, column, kh, kw))
        plot.kernel(np.array(self.kernel), ax=middle)
        return plot.feature_map(self.feature_map, ax=right).figure


def kernel(image, kernel=kernels.SOBEL_X, *, row=0, column=0):
    """Explore one kernel on one picture: edit it, slide it, read the products under the window.

    Parameters
    ----------
    image : array (H, W)
        Values in [0, 1]; where some are negative, the lowest one is drawn black.
    kernel : array (kh, kw)
        The kernel to begin with, at most 7 × 7.
    row, column : int
        The window to begin with, as a place in the feature map.

    Returns
    -------
    KernelExplorer
        `.kernel`, `.bias`, `.stride`, `.divide`, `.row`, `.column` are what the learner set;
        `.feature_map` is the map they see. Calling it again with the same arguments keeps them.

    Raises
    ------
    ValueError
        When the picture or the kernel is not a grid of numbers, or the kernel does not fit.

    Examples
    --------
    >>> explorer = kernel(np.eye(8), kernels.LINE_FALLING)
    >>> float(explorer.feature_map[2, 2])
    6.0
    """
    image, kernel = grid("image", image), grid("kernel", kernel)
    if max(kernel.shape) > min(7, *image.shape):
        raise ValueError(f"kernel must be at most 7 × 7 and fit into the image {image.shape}, got shape {kernel.shape}")
    presets = {name: k.tolist() for name, k in kernels.NAMED.items() if k.shape == kernel.shape}
    rows, columns = np.array(image.shape) - kernel.shape
    start = dict(kernel=kernel.tolist(), row=min(row, int(rows)), column=min(column, int(columns)))
    pixels = image.astype(np.float32).tobytes()
    explorer = KernelExplorer(image=pixels, shape=list(image.shape), presets=presets, **start,
                              start=start | dict(bias=0.0, stride=1, divide=False, colours="automatic"))
    return explorer.keep(image, kernel, row, column)


def grid(name, values):
    """A 2-D array of numbers, not empty."""
    values = floating(name, values)
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f"{name} must be a 2-D grid of numbers, got shape {values.shape}")
    return no_nan(name, values)
