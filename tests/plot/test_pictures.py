import numpy as np
import pytest
from matplotlib.colors import to_rgb

from cnnlesson import plot

RNG = np.random.default_rng(0)
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def shown(ax):
    (picture,) = ax.images
    return np.asarray(picture.get_array())


def limits(ax):
    return ax.images[0].get_clim()


def caption(ax):
    return next((t.get_text() for t in ax.texts if " × " in t.get_text()), None)


def test_image_shows_the_data_unscaled():
    data = RNG.random((20, 30), np.float32) / 2
    ax = plot.image(data)
    np.testing.assert_array_equal(shown(ax), data)
    assert limits(ax) == (0, 1) and ax.images[0].cmap == plot.GREY
    assert caption(ax) == "20 × 30" and len(ax.get_xticks()) == len(ax.get_yticks()) == 0


def test_image_takes_colour_bytes_and_batches_of_one():
    data = RNG.random((3, 4, 5))
    np.testing.assert_array_equal(shown(plot.image(data)), data.transpose(1, 2, 0))
    assert shown(plot.image(data[:1])).shape == (4, 5)
    assert shown(plot.image(data[None])).shape == (4, 5, 3)
    assert limits(plot.image(np.full((2, 2), 200, np.uint8))) == (0, 255)
    assert caption(plot.image(data)) == "3 × 4 × 5"


def test_window_is_outlined_where_it_lies():
    (box,) = plot.image(np.zeros((9, 9)), window=(2, 3, 4, 5)).patches
    assert box.get_bbox().bounds == (
        2.5,
        1.5,
        5,
        4,
    )  # x, y, width, height; a cell reaches half a unit around it
    assert box.get_edgecolor()[:3] == to_rgb("#d81b60")


@pytest.mark.parametrize("window", [(0, 0, 10, 1), (-1, 0, 3, 3), (7, 0, 3, 3), (0, 0, 0, 3)])
def test_window_outside(window):
    with pytest.raises(ValueError, match="window must be .* inside 9 × 9, got"):
        plot.image(np.zeros((9, 9)), window=window)


def test_kernel_is_signed_and_symmetric():
    ax = plot.kernel(SOBEL + 0.5)
    assert limits(ax) == (-2.5, 2.5) and ax.images[0].cmap is plot.SIGNED
    assert "−1.50" in [t.get_text() for t in ax.texts]


def test_signed_colours():
    negative, zero, positive = (np.array(plot.SIGNED(x)[:3]) for x in (0.0, 0.5, 1.0))
    assert zero == pytest.approx((1, 1, 1))
    assert positive[0] > 2 * positive[2] and negative[2] > negative[0]  # orange, violet


def test_grid_writes_every_number():
    values = np.array([[0, 0.5], [-0.001, 1]])
    texts = [t.get_text() for t in plot.grid(values).texts[:4]]
    assert texts == ["0.00", "0.50", "0.00", "1.00"]
    assert [t.get_text() for t in plot.grid([[1, -2]]).texts[:2]] == ["1", "−2"]
    assert [t.get_text() for t in plot.grid([[0.25]], decimals=1).texts[:1]] == ["0.2"]


def test_numbers_stand_in_their_cells():
    values = np.arange(6).reshape(2, 3)
    for text in plot.grid(values).texts[:6]:
        column, row = text.get_position()
        assert text.get_text() == str(values[row, column])


@pytest.mark.parametrize(
    "values, signed, colours, expected",
    [
        ([[0, 0.5]], None, plot.GREY, (0, 1)),
        ([[0, 5]], None, plot.MAGNITUDE, (0, 5)),
        ([[-3, 1]], None, plot.SIGNED, (-3, 3)),
        ([[0, 0.5]], True, plot.SIGNED, (-0.5, 0.5)),
        ([[-1, 1]], False, plot.GREY, (-1, 1)),
        (np.array([[7, 9]], np.uint8), None, plot.GREY, (0, 255)),
    ],
)
def test_grid_chooses_the_colours(values, signed, colours, expected):
    ax = plot.grid(values, signed=signed, limits=(-1, 1) if signed is False else None)
    assert ax.images[0].cmap == colours and limits(ax) == expected


def luminance(colour):
    c = np.array(to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("low, high, signed", [(0, 1, False), (-1, 1, True), (0, 9, False)])
def test_numbers_can_be_read_on_every_colour(low, high, signed):
    ax = plot.grid(np.linspace(low, high, 400).reshape(20, 20), signed=signed)
    colours = ax.images[0].to_rgba(ax.images[0].get_array())
    for text in ax.texts[:400]:
        column, row = text.get_position()
        pair = luminance(text.get_color()), luminance(colours[row, column])
        assert (max(pair) + 0.05) / (min(pair) + 0.05) >= 4.5


@pytest.mark.parametrize("shape", [(3, 3), (9, 9), (20, 20)])
def test_numbers_are_at_least_12_pixels_high_and_fit(shape):
    ax = plot.grid(-RNG.random(shape))
    cell = ax.get_window_extent().width / shape[1]
    for text in ax.texts[: shape[0] * shape[1] : 7]:
        assert text.get_fontsize() / 0.72 >= 12
        assert text.get_window_extent().width < cell


def test_grid_too_large():
    with pytest.raises(ValueError, match="at most 20 × 20 to be written out, got 21 × 3"):
        plot.grid(np.zeros((21, 3)))


def test_feature_map_shows_its_limits():
    values = RNG.normal(size=(30, 30))
    values[4, 5] = -7.25
    ax = plot.feature_map(values)
    assert limits(ax) == (-7.25, 7.25) and ax.images[0].cmap is plot.SIGNED
    (strip,) = ax.child_axes
    assert [t.get_text() for t in strip.texts] == ["−7.25", "7.25"]
    positive = plot.feature_map(np.abs(values))
    assert limits(positive) == (0, 7.25) and positive.images[0].cmap == plot.MAGNITUDE


def test_small_feature_maps_carry_numbers():
    assert "0.33" in [t.get_text() for t in plot.feature_map(np.full((7, 7), 0.33)).texts]
    assert len(plot.feature_map(np.zeros((7, 7)), numbers=False).texts) == 1
    assert len(plot.feature_map(np.zeros((11, 11))).texts) == 1


@pytest.mark.parametrize("draw", [plot.image, plot.grid, plot.kernel, plot.feature_map])
@pytest.mark.parametrize(
    "values, sentence",
    [
        (np.zeros(3), "got shape .3,."),
        (np.zeros((2, 3, 3)), "got shape .2, 3, 3."),
        (np.array([[0, np.nan]]), "must be finite, got nan"),
        (np.zeros((0, 3)), "at least one value"),
    ],
)
def test_bad_values(draw, values, sentence):
    with pytest.raises(ValueError, match=sentence):
        draw(values)


def test_bad_limits():
    with pytest.raises(ValueError, match="low below high"):
        plot.image(np.zeros((2, 2)), limits=(1, 0))
    with pytest.raises(ValueError, match="symmetric about 0"):
        plot.feature_map(np.array([[-1.0, 1]]), limits=(-1, 2))


def test_draws_into_given_axes():
    left, right = plot.row(2)
    assert plot.image(np.zeros((4, 4)), ax=left) is left and plot.kernel(SOBEL, ax=right) is right
