"""Shifts against plain slices, rotations against SciPy."""
import numpy as np
import pytest
from scipy import ndimage

from cnnlesson import nn
from cnnlesson.nn.augmentation import rotate


@pytest.mark.parametrize("pixels", [0, 1, 2])
def test_random_shift(pixels, rng):
    batch = rng.random((300, 2, 5, 7)).astype(np.float32)
    shifted = nn.random_shift(pixels)(batch, rng)
    assert shifted.dtype == np.float32 and shifted.shape == batch.shape
    seen = set()
    for before, after in zip(batch, shifted, strict=True):
        padded = np.zeros((2, 5 + 2 * pixels, 7 + 2 * pixels), np.float32)
        padded[:, pixels:pixels + 5, pixels:pixels + 7] = before
        fits = [(i, j) for i in range(2 * pixels + 1) for j in range(2 * pixels + 1)
                if (padded[:, i:i + 5, j:j + 7] == after).all()]
        assert len(fits) == 1
        seen |= set(fits)
    assert len(seen) == (2 * pixels + 1) ** 2       # every shift occurs


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-5), (np.float64, 1e-12)])
@pytest.mark.parametrize("shape", [(40, 1, 28, 28), (5, 3, 7, 10), (4, 2, 9, 1), (3, 1, 1, 1)])
def test_rotate_equals_scipy(shape, dtype, tolerance, rng):
    batch = rng.random(shape).astype(dtype)
    degrees = rng.uniform(-200, 200, len(batch))
    degrees[:3] = 0, 37, -90
    got = rotate(batch, degrees)
    assert got.dtype == dtype and got.shape == shape
    for image, angle, turned in zip(batch, degrees, got, strict=True):
        expected = ndimage.rotate(image.astype(float), angle, (1, 2), reshape=False, order=1, mode="grid-constant")
        np.testing.assert_allclose(turned, expected, atol=tolerance)


def test_random_rotate_uses_all_angles_up_to_the_limit(rng):
    """A bright spot right of the centre: after the turn, its centre of mass tells the angle."""
    batch = np.zeros((400, 1, 29, 29))
    batch[:, 0, 13:16, 23:26] = 1
    turned = nn.random_rotate(25)(batch, rng)[:, 0]
    y, x = (np.array([ndimage.center_of_mass(image) for image in turned]) - 14).T
    angles = -np.degrees(np.arctan2(y, x))
    assert abs(angles).max() < 25.5
    counts, _ = np.histogram(angles, 5, (-25, 25))
    assert counts.min() > 50            # 80 of 400 each are expected


def test_zero_degrees_change_nothing(rng):
    batch = rng.random((3, 2, 6, 5), np.float32)
    np.testing.assert_array_equal(nn.random_rotate(0)(batch, rng), batch)


def test_chain_is_one_after_the_other(rng):
    batch = rng.random((3, 2, 6, 5))
    chained = nn.chain(lambda x, rng: x + rng.random(), lambda x, rng: x * rng.random())
    first, second = np.random.default_rng(7).random(2)
    np.testing.assert_array_equal(chained(batch, np.random.default_rng(7)), (batch + first) * second)
    assert nn.chain()(batch, rng) is batch


@pytest.mark.parametrize("augment", [nn.random_shift(2), nn.random_rotate(30)], ids=["shift", "rotate"])
def test_what_augmentations_promise(augment, rng):
    """The batch stays, its memory order does not matter, and the result lies as the layers want it."""
    batch = rng.random((6, 3, 8, 5), np.float32)
    kept, in_layers_order = batch.copy(), np.ascontiguousarray(batch.transpose(2, 1, 3, 0)).transpose(3, 1, 0, 2)
    one = augment(batch, np.random.default_rng(3))
    other = augment(in_layers_order, np.random.default_rng(3))
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(batch, kept)
    assert not np.shares_memory(one, batch)
    assert one.transpose(2, 1, 3, 0).flags.c_contiguous
    assert not np.array_equal(one, augment(batch, np.random.default_rng(4)))
    np.testing.assert_allclose(one, augment(batch.tolist(), np.random.default_rng(3)), atol=1e-5)


@pytest.mark.parametrize("call, sentence", [
    (lambda: nn.random_shift(-1), "pixels must be ≥ 0, got -1"),
    (lambda: nn.random_shift(0.5), "pixels must be a whole number, got 0.5"),
    (lambda: nn.random_rotate(-1), "degrees must be ≥ 0, got -1"),
    (lambda: nn.random_rotate("much"), "degrees must be a number, got 'much'"),
    (lambda: nn.random_rotate(np.inf), "degrees must be finite, got inf"),
    (lambda: nn.chain(nn.random_shift(1), 3), "augmentations must be functions (batch, rng), got 3"),
    (lambda: nn.random_shift(1)(np.ones((28, 28)), None),
     "batch must have 4 dimensions (N, C, H, W), got shape (28, 28)"),
    (lambda: nn.random_rotate(1)(np.ones((1, 28, 28)), np.random.default_rng(0)),
     "batch must have 4 dimensions (N, C, H, W), got shape (1, 28, 28)"),
])
def test_refusals(call, sentence):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == sentence
