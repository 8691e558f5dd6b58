"""Changed images against SciPy; noise against its own statistics; curves against plain evaluation."""
import numpy as np
import pytest
from scipy import ndimage

from cnnlesson import inspection, nn

SHAPES = [(3, 1, 28, 28), (2, 3, 7, 10), (2, 2, 9, 1), (1, 1, 1, 1)]


@pytest.fixture(params=SHAPES, ids=str)
def images(request, rng):
    return rng.random(request.param)


def each(images, function):
    return np.stack([np.stack([function(channel) for channel in image]) for image in images])


@pytest.mark.parametrize("pixels", [0, 1, -3, 0.4, -2.75, 40, (2, -1), (0.5, 1.25), (-7.1, 0)])
def test_shifted_equals_scipys(pixels, images):
    pair = (0, pixels) if np.ndim(pixels) == 0 else pixels
    expected = each(images, lambda image: ndimage.shift(image, pair, order=1, mode="grid-constant"))
    np.testing.assert_allclose(inspection.shifted(images, pixels), expected, atol=1e-12)


@pytest.mark.parametrize("factor", [1, 0.5, 0.77, 1.3, 2, 5])
def test_scaled_equals_scipys(factor, images):
    def by_scipy(image):
        middle = (np.array(image.shape) - 1) / 2
        matrix = np.full(2, 1 / factor)             # where each pixel comes from: middle + (place − middle) / factor
        return ndimage.affine_transform(image, matrix, middle - middle / factor, order=1, mode="grid-constant")
    np.testing.assert_allclose(inspection.scaled(images, factor), each(images, by_scipy), atol=1e-12)


@pytest.mark.parametrize("degrees", [0, 12.5, -40, 90, 180, 400])
def test_rotated_equals_scipys(degrees, images):
    expected = each(images, lambda image: ndimage.rotate(image, degrees, reshape=False, order=1,
                                                         mode="grid-constant"))
    np.testing.assert_allclose(inspection.rotated(images, degrees), expected, atol=1e-12)


def test_directions():
    """As one sees them: right, down, larger, counter-clockwise."""
    dot = np.zeros((1, 1, 5, 5))
    dot[0, 0, 2, 3] = 1
    for changed, place in ((inspection.shifted(dot, 1), (2, 4)), (inspection.shifted(dot, (1, 0)), (3, 3)),
                           (inspection.rotated(dot, 90), (1, 2)), (inspection.scaled(dot, 2), (2, 4))):
        assert np.unravel_index(changed.argmax(), (5, 5)) == place


def test_whole_shifts_are_exact(images):
    height, width = images.shape[2:]
    moved = inspection.shifted(images.astype(np.float32), (1, -1))
    expected = np.zeros_like(moved)
    expected[:, :, 1:, :width - 1] = images[:, :, :height - 1, 1:]
    np.testing.assert_array_equal(moved, expected)


def test_noise(rng):
    images = np.full((40, 1, 28, 28), 0.5, np.float32)
    noise = inspection.noisy(images, 0.1) - images
    assert abs(noise.mean()) < 0.003 and noise.std() == pytest.approx(0.1, rel=0.02)
    wild = inspection.noisy(images, 2)
    assert wild.min() == 0 and wild.max() == 1
    np.testing.assert_array_equal(inspection.noisy(images, 0), images)
    np.testing.assert_array_equal(inspection.noisy(images, 0.1, rng=3), inspection.noisy(images, 0.1, rng=3))
    assert not np.array_equal(inspection.noisy(images, 0.1, rng=3), inspection.noisy(images, 0.1, rng=4))
    assert not np.array_equal(inspection.noisy(images, 0.1, rng=rng), inspection.noisy(images, 0.1, rng=rng))


CHANGES = [(inspection.shifted, 1.5), (inspection.scaled, 1.2), (inspection.rotated, 20), (inspection.noisy, 0.2)]


@pytest.mark.parametrize("change, amount", CHANGES)
def test_what_changes_promise(change, amount, rng):
    images = rng.random((230, 2, 9, 8), np.float32)
    kept, flipped = images.copy(), np.asfortranarray(images)
    changed = change(images, amount)
    assert changed.dtype == np.float32 and changed.shape == images.shape
    assert 0 <= changed.min() and changed.max() <= 1 and not np.shares_memory(changed, images)
    np.testing.assert_array_equal(images, kept)
    np.testing.assert_allclose(change(flipped, amount), changed, atol=1e-6)
    np.testing.assert_allclose(change(images[:2], amount), changed[:2], atol=1e-6)      # of many or of few
    assert change(images.astype(np.float64), amount).dtype == np.float64
    np.testing.assert_allclose(change((255 * images).astype(np.uint8), amount), changed, atol=0.01)


@pytest.mark.parametrize("change, amounts, falls_by", [
    (inspection.shifted, (0, 3, 6), 0.1), (inspection.scaled, (1, 0.7, 0.4), 0.2),
    (inspection.rotated, (0, 30, 60), 0.3), (inspection.noisy, (0, 0.3, 0.6), 0.05)])
def test_curves_of_the_shipped_network(change, amounts, falls_by, digit_network, unseen):
    images, labels = unseen.images[:300], unseen.labels[:300]
    curve = inspection.accuracy_curve(digit_network, images, labels, change, amounts)
    expected = [(nn.predict(digit_network, change(images, amount)).argmax(1) == labels).mean() for amount in amounts]
    np.testing.assert_array_equal(curve, expected)
    assert curve[0] > 0.97 and curve[2] < curve[1] and curve[2] < curve[0] - falls_by


def test_a_curve_of_ones_own_change(unseen, digit_network):
    curve = inspection.accuracy_curve(digit_network, unseen.images[:100], unseen.labels[:100],
                                      lambda images, amount: images * np.float32(amount), (0, 1))
    assert curve[0] < 0.3 and curve[1] > 0.95
