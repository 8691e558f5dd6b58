import io
import re
import subprocess
import sys
from base64 import b64decode
from html.parser import HTMLParser

import numpy as np
from PIL import Image

from cnnlesson import plot


def attributes(picture):
    parser, found = HTMLParser(), []
    parser.handle_starttag = lambda tag, attrs: found.append((tag, dict(attrs)))
    parser.feed(picture._repr_html_())
    ((tag, attrs),) = found
    assert tag == "img"
    return attrs


def test_an_image_with_words():
    attrs = attributes(plot.show(plot.kernel([[1, -1]])))
    assert attrs["alt"] == "Kernel, 1 × 2. Row 0: 1, −1."
    assert "max-width:100%" in attrs["style"]
    png = b64decode(attrs["src"].removeprefix("data:image/png;base64,"))
    assert Image.open(io.BytesIO(png)).width // 2 == int(attrs["width"])


def test_alt_text_is_escaped():
    picture = plot.show(plot.kernel([[1]]), alt='a "bad" <b> & more', width=90)
    assert attributes(picture)["alt"] == 'a "bad" <b> & more' and attributes(picture)["width"] == "90"
    assert picture._repr_html_().count("<") == 1


def test_same_picture_same_bytes():
    first, second = (plot.show(plot.bars([0.3, 0.7])).png for _ in range(2))
    assert first == second and b"Software" not in first


def test_image_words_come_from_the_data():
    data = np.zeros((40, 50))
    data[0, 0] = 0.5
    words = plot.describe(plot.image(data, window=(1, 2, 3, 4)))
    assert words == (
        "Grey picture, 40 × 50 pixels, values from 0 to 0.5, mean 0.00025. "
        "A 3 × 4 window is marked at row 1, column 2."
    )


def test_map_words_name_the_extremes():
    values = np.zeros((12, 12))
    values[3, 7], values[10, 2] = 2.5, -0.125
    words = plot.describe(plot.feature_map(values))
    assert (
        words
        == "Feature map, 12 × 12. Largest value 2.5 at row 3, column 7; smallest −0.125 at row 10, column 2."
    )


def test_few_numbers_are_all_told():
    words = plot.describe(plot.grid(np.arange(25).reshape(5, 5)))
    assert re.findall(r"\d+", words.split(". ", 1)[1]) == re.findall(
        r"\d+", " ".join(f"{i} " + " ".join(str(5 * i + j) for j in range(5)) for i in range(5))
    )
    assert "Row 0" not in plot.describe(plot.grid(np.zeros((5, 6))))


def test_a_row_tells_all_its_pictures():
    left, right = plot.row(2)
    plot.image(np.zeros((28, 28)), ax=left)
    plot.kernel([[1]], ax=right)
    words = plot.show([left, right]).alt
    assert (
        words.startswith("2 pictures, left to right. (1) Grey picture, 28 × 28")
        and "(2) Kernel, 1 × 1" in words
    )
    assert plot.show(right).alt == words


def test_chart_words():
    assert "b: 0.75" in plot.describe(plot.bars([0.25, 0.75], labels="ab", highlight=1))
    words = plot.describe(plot.maps(np.array([[[1.0]], [[-4.0]]])))
    assert "2 feature maps" in words and "map 1: −4" in words


def test_matplotlib_is_left_as_it_was():
    code = """
import sys, matplotlib
names = "font.size", "axes.edgecolor", "axes.spines.top", "lines.linewidth"
before = [matplotlib.rcParams[name] for name in names]
from cnnlesson import plot
plot.show(plot.bars([1]))
assert before == [matplotlib.rcParams[name] for name in names]
assert not {"matplotlib.pyplot", "IPython"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
