import numpy as np
import pytest
from matplotlib.colors import to_rgb

from cnnlesson import plot

PROBABILITIES = [0.01, 0.0, 0.02, 0.10, 0.0, 0.03, 0.0, 0.80, 0.01, 0.03]


def test_bars_have_the_length_of_their_values():
    ax = plot.bars(PROBABILITIES)
    assert [bar.get_width() for bar in ax.patches] == PROBABILITIES
    assert ax.get_xlim() == (0, 1)
    assert [t.get_text() for t in ax.get_yticklabels()] == list("0123456789")
    assert [t.get_text() for t in ax.texts][7] == "0.80"


def test_highlight_is_more_than_a_colour():
    ax = plot.bars(PROBABILITIES, highlight=7)
    assert ax.patches[7].get_facecolor()[:3] == to_rgb(plot.ACCENT) != ax.patches[6].get_facecolor()[:3]
    assert ax.texts[7].get_weight() == "bold" and ax.texts[6].get_weight() != "bold"


def test_bars_refused():
    with pytest.raises(ValueError, match="highlight must be a bar from 0 to 1, got 2"):
        plot.bars([0, 1], highlight=2)
    with pytest.raises(ValueError, match="labels must be 2, one a bar, got 1"):
        plot.bars([0, 1], labels=["a"])
    with pytest.raises(ValueError, match=r"values must be \(K,\), got shape \(1, 2\)"):
        plot.bars([[0, 1]])


def test_lines_draw_the_data():
    ax = plot.lines({"a": [3, 2, 1], "b": [4, 4, 5]}, x=[1, 2, 3], xlabel="epoch", ylabel="loss")
    a, b = ax.lines
    assert a.get_xdata().tolist() == [1, 2, 3] and b.get_ydata().tolist() == [4, 4, 5]
    assert a.get_linestyle() != b.get_linestyle() and a.get_marker() != b.get_marker()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss")
    assert {t.get_text(): t.xy for t in ax.texts} == {"a": (3, 1), "b": (3, 5)}


@pytest.mark.parametrize("x, whole", [(range(1, 4), True), (np.linspace(1, 3, 3), False)])
def test_whole_places_have_no_ticks_between_them(x, whole):
    ax = plot.lines({"a": range(3)}, x=x)
    assert all(tick == round(tick) for tick in ax.get_xticks()) == whole


def test_names_of_curves_that_end_together_do_not_overlap():
    ax = plot.lines({name: [1, 0.5 + i / 1000] for i, name in enumerate("abcd")})
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    heights = [box.y0 for box in boxes]
    assert heights == sorted(heights)


def test_lines_refused():
    with pytest.raises(ValueError, match="series must hold 1 to 7 curves, got 0"):
        plot.lines({})
    with pytest.raises(ValueError, match="series 'a' must be as long as x, 3, got shape .2,."):
        plot.lines({"a": [1, 2]}, x=[1, 2, 3])
    with pytest.raises(ValueError, match="series 'a' must be finite, got nan"):
        plot.lines({"a": [1, np.nan]})


def test_names_in_the_colours_of_their_curves():
    series = {"a": [0, 1], "b": [1, 1]}
    for coloured in (False, True):
        ax = plot.lines(series, coloured=coloured)
        names = {text.get_text(): text.get_color() for text in ax.texts}
        assert [names[name] == line.get_color() for name, line in zip(series, ax.lines, strict=False)] == [coloured] * 2
