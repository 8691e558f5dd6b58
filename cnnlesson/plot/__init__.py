"""Pictures for the lessons: arrays in, Axes or Figure out, one look for all of them.

Nothing here knows a layer or a widget, and nothing is shown until you hand it to `show`.
"""

from cnnlesson.plot.calibration import reliability
from cnnlesson.plot.charts import bars, lines
from cnnlesson.plot.comparisons import differences
from cnnlesson.plot.covering import coverage
from cnnlesson.plot.magnitudes import dead_units, histogram, powers
from cnnlesson.plot.panels import images, maps, row
from cnnlesson.plot.pictures import feature_map, grid, image, kernel
from cnnlesson.plot.showing import Picture, show
from cnnlesson.plot.squares import squares
from cnnlesson.plot.style import ACCENT, GREY, MAGNITUDE, SIGNED
from cnnlesson.plot.words import describe

__all__ = [
    "ACCENT", "GREY", "MAGNITUDE", "SIGNED", "Picture",
    "bars", "coverage", "dead_units", "describe", "differences", "feature_map", "grid", "histogram", "image", "images",
    "kernel", "lines", "maps", "powers", "reliability", "row", "show", "squares",
]  # fmt: skip
