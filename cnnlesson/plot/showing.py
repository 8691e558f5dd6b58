"""Show a picture on the page, with words for those who cannot see it."""

import html
import io
from base64 import b64encode
from dataclasses import dataclass

from cnnlesson.plot.style import styled
from cnnlesson.plot.words import describe


@dataclass(frozen=True)
class Picture:
    """A finished picture: Jupyter shows it as an image with alt text.

    Attributes
    ----------
    png : bytes
        The picture, at twice the resolution of the page.
    alt : str
        The picture in words.
    width : int
        Width on the page, in CSS pixels.
    """

    png: bytes
    alt: str
    width: int

    def _repr_html_(self):
        source = "data:image/png;base64," + b64encode(self.png).decode("ascii")
        return (
            f'<img alt="{html.escape(self.alt)}" src="{source}" width="{self.width}" '
            'style="max-width:100%;height:auto">'
        )

    def __repr__(self):
        return f"Picture({self.alt!r})"


@styled
def show(picture, *, alt=None, width=None):
    """Turn a plot into a picture for the page; put it on the last line of a cell.

    Parameters
    ----------
    picture : matplotlib.axes.Axes, matplotlib.figure.Figure or list of Axes
        What the functions of this package return. The whole figure is shown.
    alt : str, optional
        The picture in words; made from the data without it.
    width : int, optional
        Width on the page in CSS pixels; the size it was drawn at without it.

    Returns
    -------
    Picture

    Examples
    --------
    >>> from cnnlesson import plot
    >>> plot.show(plot.kernel([[1, -1]]))
    Picture('Kernel, 1 × 2. Row 0: 1, −1.')
    """
    first = picture[0] if isinstance(picture, (list, tuple)) else picture
    figure = first.figure
    file = io.BytesIO()
    plain = {"Software": None}  # no version in the file: the same picture gives the same bytes
    figure.savefig(file, format="png", dpi=200, bbox_inches="tight", pad_inches=0.12, metadata=plain)
    png = file.getvalue()
    drawn = int.from_bytes(png[16:20], "big") // 2  # the PNG header holds the width in device pixels
    return Picture(png, describe(figure) if alt is None else alt, width or drawn)
