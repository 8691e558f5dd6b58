import numpy as np
import pytest

from cnnlesson import plot

RNG = np.random.default_rng(0)


def test_row_places_axes_left_to_right_at_one_height():
    axes = plot.row([1, 0.5, 1], height=100, signs=("∗", "="))
    boxes = [ax.get_window_extent() for ax in axes]
    assert [round(box.width) for box in boxes] == [100, 50, 100]
    assert {round(box.height) for box in boxes} == {100}
    signs = axes[0].figure.texts
    assert [s.get_text() for s in signs] == ["∗", "="]
    for sign, before, after in zip(signs, boxes, boxes[1:], strict=False):
        x = sign.get_position()[0] * axes[0].figure.bbox.width
        assert x == pytest.approx((before.x1 + after.x0) / 2)


def test_row_that_cannot_be():
    with pytest.raises(ValueError, match="signs must be none or 1 for 2 axes, got 2"):
        plot.row(2, signs="∗=")
    with pytest.raises(ValueError, match="widths"):
        plot.row([1, 0])


def test_charts_in_a_row_keep_their_place():
    left, right = plot.row(2, signs=("→",))
    slot = right.get_window_extent().frozen()
    plot.bars([0.2, 1.0], labels=("Egyptian cat", "tabby"), ax=right)
    written = right.get_tightbbox()
    assert written.x0 >= slot.x0 - 1 and written.x1 <= slot.x1 + 1


def test_maps_share_one_scale():
    values = RNG.normal(size=(6, 5, 5))
    figure = plot.maps(values)
    drawn = [ax for ax in figure.axes if ax.images]
    peak = np.abs(values).max()
    assert len(drawn) == 6 and {ax.images[0].get_clim() for ax in drawn} == {(-peak, peak)}
    for ax, value in zip(drawn, values, strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), value)
    assert [ax.texts[0].get_text() for ax in drawn] == list("012345")


@pytest.mark.parametrize(
    "count, columns, lines", [(6, None, 1), (16, None, 2), (10, None, 2), (6, 3, 2), (1, None, 1)]
)
def test_maps_lines(count, columns, lines):
    figure = plot.maps(np.ones((count, 4, 4)), columns=columns)
    tops = {round(ax.get_position().y1, 6) for ax in figure.axes if ax.images}
    assert len(tops) == lines


def test_maps_do_not_overlap():
    boxes = [ax.get_window_extent() for ax in plot.maps(np.ones((10, 6, 9))).axes if ax.images]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_maps_say_what_they_are():
    figure = plot.maps([np.eye(3), -np.eye(3)], labels=["neuron 0", "neuron 1"], what="grids of weights")
    assert any(text.get_text() == "2 grids of weights, 3 × 3 each" for ax in figure.axes for text in ax.texts)
    assert plot.describe(figure) == (
        "2 grids of weights, each 3 × 3, values from −1 to 1. Largest value of each: neuron 0: 1, neuron 1: 0.")


def test_maps_refused():
    with pytest.raises(ValueError, match=r"maps must be \(C, H, W\), got shape \(3, 3\)"):
        plot.maps(np.ones((3, 3)))
    with pytest.raises(ValueError, match="labels must be 2, one a picture, got 1"):
        plot.maps(np.ones((2, 3, 3)), labels=["a"])


def test_images_grey_and_colour():
    data = RNG.random((3, 1, 4, 4))
    drawn = [ax for ax in plot.images(data, labels=[7, 2, 1]).axes if ax.images]
    np.testing.assert_allclose(drawn[1].images[0].get_array(), data[1, 0])
    assert [ax.texts[0].get_text() for ax in drawn] == ["7", "2", "1"]
    assert drawn[0].images[0].cmap == plot.GREY
    colour = plot.images(RNG.random((2, 3, 4, 5)))
    assert colour.axes[0].images[0].get_array().shape == (4, 5, 3)
    with pytest.raises(ValueError, match="data must be pictures"):
        plot.images(np.ones((2, 4, 4)))
