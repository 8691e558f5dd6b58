"""Exciting patches against plain loops over every unit of every image."""
import tracemalloc

import numpy as np
import pytest

from cnnlesson import datasets, inspection, nn


def network(rng):
    """What its last layer sees: a window of 7 × 5, in steps of 2 × 2, beginning 1 and 2 pixels beyond the border."""
    return nn.Sequential(nn.Conv2d(2, 3, (3, 5), 1, (1, 2), rng=rng), nn.ReLU(), nn.Conv2d(3, 2, (5, 1), 2, rng=rng))


def by_loops(model, images, channel):
    """(value, image, row, column, patch) of the best unit of each image, best image first."""
    padded = np.pad(images, ((0, 0), (0, 0), (1, 9), (2, 9)))
    found = []
    for n in range(len(images)):
        units = model(images[n:n + 1])[0, channel]
        best = max((units[i, j], -i, -j) for i in range(units.shape[0]) for j in range(units.shape[1]))
        value, i, j = best[0], -best[1], -best[2]
        found.append((value, n, i, j, padded[n, :, 2 * i:2 * i + 7, 2 * j:2 * j + 5]))
    return sorted(found, key=lambda row: -row[0])


@pytest.mark.parametrize("channel", [0, 1])
def test_equals_plain_loops(channel, rng):
    model, images = network(rng), rng.standard_normal((230, 2, 11, 12))      # three chunks
    found = inspection.exciting_patches(model, images, -1, channel, count=12)
    values, numbers, rows, columns, patches = zip(*by_loops(model, images, channel)[:12], strict=True)
    np.testing.assert_allclose(found.values, values)
    np.testing.assert_array_equal(found.images, numbers)
    np.testing.assert_array_equal(found.places, np.stack([rows, columns], 1))
    np.testing.assert_array_equal(found.patches, patches)
    np.testing.assert_array_equal(found.corners, 2 * found.places - (1, 2))


def test_a_patch_alone_excites_as_much(rng):
    """The window is all that counts: the patch as an image, without the padding, gives the same value."""
    model = nn.Sequential(nn.Conv2d(1, 4, 3, rng=rng), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(4, 5, 3, rng=rng))
    found = inspection.exciting_patches(model, rng.random((40, 1, 20, 20)), 3, 2)
    np.testing.assert_allclose(model(found.patches)[:, 2, 0, 0], found.values)
    assert found.patches.shape == (9, 1, 8, 8)


def test_windows_beyond_all_borders(rng):
    """A window larger than the image lies around it."""
    model, images = nn.Sequential(nn.Conv2d(1, 1, 9, padding=4, rng=rng)), rng.random((3, 1, 4, 3))
    found = inspection.exciting_patches(model, images, 0, 0, 3)
    for patch, image, corner in zip(found.patches, found.images, found.corners, strict=True):
        top, left = -corner
        np.testing.assert_array_equal(patch[:, top:top + 4, left:left + 3], images[image])
        assert patch.sum() == pytest.approx(images[image].sum())


@pytest.mark.parametrize("layer", ["2", "3", "4"])
def test_layers_that_see_the_whole_image(layer, rng):
    model = nn.Sequential(nn.Conv2d(1, 3, 3, rng=rng), nn.Tanh(), nn.GlobalAvgPool2d(), nn.Flatten(),
                          nn.Linear(3, 4, rng=rng))
    images = rng.random((30, 1, 6, 7))
    found = inspection.exciting_patches(model, images, layer, 1, 5)
    answers = inspection.split(model, layer)[0](images).reshape(30, -1)[:, 1]
    np.testing.assert_array_equal(found.images, np.argsort(answers)[::-1][:5])
    np.testing.assert_array_equal(found.patches, images[found.images])
    assert not found.places.any() and not found.corners.any()


def test_ten_thousand_digits_in_little_memory(digit_network):
    pixels = datasets.mnist().test.pixels
    tracemalloc.start()
    found = inspection.exciting_patches(digit_network, pixels, 4, 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6
    assert found.patches.shape == (9, 1, 14, 14) and (np.diff(found.values) <= 0).all()
    assert found.patches.max() <= 1 and len(set(found.images)) == 9


def test_patches_of_photos():
    model = nn.trained("squeezenet")
    photos = np.stack([datasets.photo(name, 227) for name in ("chelsea", "coffee")])
    found = inspection.exciting_patches(model, photos, "features.3", 5, 2)
    out = inspection.split(model, "features.3")[0](photos)[:, 5]
    np.testing.assert_allclose(found.values, sorted(out.max((1, 2)), reverse=True), rtol=1e-4)
    assert found.patches.shape == (2, 3, 15, 15)
