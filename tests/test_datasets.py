import hashlib
import re
import struct
import time

import numpy as np
import pytest
from scipy import ndimage

from cnnlesson import datasets

IDX = {  # sha256 of the four original files, as public loaders pin them
    ("train", "pixels"): "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ("train", "labels"): "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ("test", "pixels"): "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ("test", "labels"): "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


@pytest.mark.parametrize("part, kind", IDX)
def test_mnist_is_the_original_byte_for_byte(part, kind):
    values = getattr(getattr(datasets.mnist(), part), kind).astype(np.uint8)
    shape = (len(values), 28, 28) if kind == "pixels" else (len(values),)
    header = struct.pack(f">{1 + len(shape)}i", 0x800 + len(shape), *shape)
    assert hashlib.sha256(header + values.tobytes()).hexdigest() == IDX[part, kind]


def test_mnist_images():
    train = datasets.mnist().train
    assert train.images.shape == (60000, 1, 28, 28) and train.images.dtype == np.float32
    assert train.labels.shape == (60000,) and train.labels.dtype == np.int64
    assert train.images.flags.c_contiguous
    assert (train.images.min(), train.images.max()) == (0, 1)
    assert train.images.mean(dtype=float) == pytest.approx(0.1307, abs=5e-5)
    assert train.images.std(dtype=float) == pytest.approx(0.3081, abs=5e-5)
    histogram = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(train.labels).tolist() == histogram


def test_fashion():
    clothes = datasets.fashion()
    assert clothes.train.images.shape == (10000, 1, 28, 28) and clothes.test.images.shape == (2000, 1, 28, 28)
    assert len(clothes.classes) == 10 and set(clothes.test.labels) == set(range(10))
    # Trousers are narrower than pullovers: the names stand in the right order.
    lit = [(clothes.train.images[clothes.train.labels == k] > 0.1).mean() for k in (1, 2)]
    assert clothes.classes[1:3] == ("trouser", "pullover") and lit[0] < 0.7 * lit[1]


@pytest.mark.parametrize("name", ["images", "pixels", "labels"])
def test_a_lesson_cannot_spoil_the_digits(name):
    with pytest.raises(ValueError, match="read-only"):
        getattr(datasets.mnist().test, name)[0] = 1


def test_loaded_once():
    assert datasets.mnist() is datasets.mnist()
    assert datasets.mnist().test.images is datasets.mnist().test.images


@pytest.mark.parametrize("name", datasets.PHOTOS)
def test_photos(name):
    whole, square = datasets.photo(name), datasets.photo(name, size=64)
    assert whole.dtype == square.dtype == np.float32
    assert 0 <= whole.min() < whole.max() <= 1
    assert square.shape == whole.shape[:-2] + (64, 64) and whole.shape[:-2] in ((), (3,))
    assert datasets.photo(name, grey=True).shape == whole.shape[-2:]
    assert whole.flags.c_contiguous


def test_a_photo_is_the_centre_square_averaged():
    whole, small = datasets.photo("coffee"), datasets.photo("coffee", size=100)
    blocks = whole[:, :, 100:500].reshape(3, 100, 4, 100, 4).mean((2, 4))
    assert np.abs(small - blocks).mean() < 0.01
    assert np.abs(small - np.roll(blocks, 1, axis=2)).mean() > 0.02


def test_shrinking_makes_no_halo():
    whole, small = datasets.photo("camera"), datasets.photo("camera", size=256)
    darkest = ndimage.minimum_filter(whole, size=5)[::2, ::2]
    brightest = ndimage.maximum_filter(whole, size=5)[::2, ::2]
    assert (darkest - 0.003 <= small).all() and (small <= brightest + 0.003).all()


def test_grey_is_luminance():
    red, green, blue = datasets.photo("chelsea")
    expected = 0.299 * red + 0.587 * green + 0.114 * blue
    assert np.abs(datasets.photo("chelsea", grey=True) - expected).max() < 1 / 255


def test_unknown_photo():
    with pytest.raises(ValueError, match="name must be one of camera, chelsea.*, got 'dog'"):
        datasets.photo("dog")
    with pytest.raises(ValueError, match="size must be ≥ 1, got 0"):
        datasets.photo("camera", size=0)


def test_imagenet_classes():
    names = datasets.imagenet_classes()
    assert len(names) == 1000 and names[0].startswith("tench") and names[999].startswith("toilet tissue")


def test_x_pattern_gives_the_published_numbers():
    """Rohrer (2016): the first filter's map, divided by nine. His figure cuts the numbers off after two digits."""
    pattern, falling = datasets.x_pattern(), 2 * np.eye(3) - 1
    assert pattern.dtype == np.float32 and set(pattern.ravel()) == {-1, 1} and (pattern == 1).sum() == 13
    response = ndimage.correlate(pattern.astype(float), falling)[1:-1, 1:-1] / 9
    assert np.trunc(100 * response[0].round(9)).tolist() == [77, -11, 11, 33, 55, -11, 33]
    assert response.max() == pytest.approx(1)


def test_centring_leaves_real_digits_as_they_are():
    digits = datasets.mnist().test.images[:500, 0]
    for digit in digits:
        again = datasets.centre_digit(np.kron(digit, np.ones((5, 5))))
        assert np.abs(again - digit).max() < 1e-5  # measured: 1e-7


@pytest.mark.parametrize("rows, columns", [(0, 0), (0, 60), (31, 17), (60, 60)])
def test_where_you_draw_does_not_matter(rows, columns):
    digit = np.kron(datasets.mnist().test.images[7, 0], np.ones((5, 5)))
    board = np.zeros((200, 200))
    board[rows : rows + 140, columns : columns + 140] = digit
    np.testing.assert_allclose(datasets.centre_digit(board), datasets.mnist().test.images[7, 0], atol=1e-5)


def test_how_large_you_draw_hardly_matters():
    digit = datasets.mnist().test.images[3, 0]
    for factor in (3.3, 7.7):
        drawn = datasets.centre_digit(ndimage.zoom(digit, factor, order=1).clip(0, 1))
        assert np.abs(drawn - digit).mean() < 0.05
        assert np.corrcoef(drawn.ravel(), digit.ravel())[0, 1] > 0.9


def test_ink_fills_twenty_pixels_and_is_centred():
    drawing = np.zeros((140, 100), np.uint8)
    drawing[3:90, 70:78] = 255
    drawing[80:90, 20:78] = 255
    digit = datasets.centre_digit(drawing)
    rows, columns = (np.flatnonzero(digit.any(axis)) for axis in (1, 0))
    assert digit.shape == (28, 28) and digit.dtype == np.float32 and 0 <= digit.min() <= digit.max() <= 1
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    assert np.abs(np.subtract(ndimage.center_of_mass(digit), 14)).max() <= 0.5


def test_empty_drawing():
    assert not datasets.centre_digit(np.zeros((140, 140))).any()


@pytest.mark.parametrize(
    "drawing, sentence",
    [
        (np.zeros((27, 140)), "both at least 28, got shape"),
        (np.zeros((1, 140, 140)), "must be .H, W."),
        (np.full((28, 28), 2.0), "between 0 and 1, got 2 to 2"),
        (np.full((28, 28), -1.0), "between 0 and 1"),
        (np.full((28, 28), np.nan), "between 0 and 1, got nan"),
    ],
)
def test_bad_drawings(drawing, sentence):
    with pytest.raises(ValueError, match=sentence):
        datasets.centre_digit(drawing)


def test_centring_is_fast():
    drawing = np.kron(datasets.mnist().test.images[0, 0], np.ones((5, 5)))
    times = []
    for _ in range(20):
        start = time.perf_counter()
        datasets.centre_digit(drawing)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.003


@pytest.mark.parametrize("down, right", [(0, 0), (2, -1), (-3, 4), (5, 0), (0, -6), (-9, 9)])
def test_shifted_moves_every_pixel_and_loses_what_leaves(down, right):
    images = np.arange(1, 61, dtype=np.float32).reshape(2, 5, 6)
    expected = np.full_like(images, 7)
    for row in range(5):
        for column in range(6):
            if 0 <= row + down < 5 and 0 <= column + right < 6:
                expected[:, row + down, column + right] = images[:, row, column]
    moved = datasets.shifted(images, down, right, fill=7)
    assert moved.dtype == np.float32 and np.array_equal(moved, expected)


@pytest.mark.parametrize("arguments, sentence", [
    (([1, 2],), "images must be (…, H, W), got shape (2,)"),
    ((np.eye(3), 0.5), "down must be a whole number of pixels, got 0.5"),
    ((np.eye(3), 1, "2"), "right must be a whole number of pixels, got '2'")])
def test_shifted_refuses_in_words(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        datasets.shifted(*arguments)
