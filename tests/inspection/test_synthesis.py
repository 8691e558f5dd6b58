"""Feature visualisation: how far it climbs, by measures of its own making."""
import numpy as np
import pytest

from cnnlesson import inspection, nn
from cnnlesson.inspection.synthesis import leaky_gradient


@pytest.mark.parametrize("layer, channel, unit", [(1, 2, (13, 13)), (4, 9, None), (4, 9, (5, 5)), (12, 8, None)])
def test_it_climbs_far_above_the_best_of_random_images(layer, channel, unit, digit_network, rng):
    still = dict(jitter=0) if layer == 1 else {}        # a window of 5 pixels is too small to be moved about
    image, course = inspection.visualise(digit_network, layer, channel, shape=(1, 28, 28), unit=unit, **still)

    def activation(images):
        out = nn.predict(inspection.split(digit_network, layer)[0], images)[:, channel]
        return out.reshape(len(images), -1).mean(1) if unit is None else out[:, unit[0], unit[1]]

    noise = np.concatenate([rng.random((300, 1, 28, 28)), 0.5 + 0.02 * rng.standard_normal((300, 1, 28, 28))])
    assert activation(image[None])[0] == pytest.approx(course[-1], rel=1e-4)
    assert course[-1] > 2 * activation(noise.astype(np.float32)).max() > 0
    assert course[-1] > course[0] + 2 and len(course) == 101
    assert image.shape == (1, 28, 28) and image.dtype == np.float32 and 0 <= image.min() < image.max() <= 1


def test_its_digits_are_read_as_such(digit_network):
    images = [inspection.visualise(digit_network, -1, digit, shape=(1, 28, 28), steps=50)[0] for digit in range(10)]
    assert nn.evaluate(digit_network, np.stack(images), np.arange(10)) == 1


def test_the_seed_decides(digit_network):
    def made(rng):
        return inspection.visualise(digit_network, 4, 3, shape=(1, 28, 28), steps=5, rng=rng)

    for one, other in zip(made(7), made(np.random.default_rng(7)), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(made(7)[0], made(8)[0])


def test_one_plain_step_goes_along_pytorchs_gradient(digit_network, twin_of_digit_network, autograd):
    plain = dict(shape=(1, 28, 28), jitter=0, blur=0, decay=0, unit=(4, 6))
    start, _ = inspection.visualise(digit_network, 4, 2, steps=0, **plain)
    after, course = inspection.visualise(digit_network, 4, 2, steps=1, lr=0.02, **plain)
    slope = autograd(lambda x: twin_of_digit_network[:5](x)[0, 2, 4, 6], start[None])[0]
    np.testing.assert_allclose(after - start, 0.02 * slope / np.sqrt((slope ** 2).mean()), atol=1e-4)
    assert course[1] > course[0]


def test_a_whole_channel_is_its_mean(digit_network, twin_of_digit_network, autograd):
    plain = dict(shape=(1, 28, 28), jitter=0, blur=0, decay=0)
    start, course = inspection.visualise(digit_network, 4, 2, steps=0, **plain)
    after, _ = inspection.visualise(digit_network, 4, 2, steps=1, lr=0.02, **plain)
    slope = autograd(lambda x: twin_of_digit_network[:5](x)[0, 2].mean(), start[None])[0]
    np.testing.assert_allclose(after - start, 0.02 * slope / np.sqrt((slope ** 2).mean()), atol=1e-4)
    assert course[0] == pytest.approx(inspection.split(digit_network, 4)[0](start[None])[0, 2].mean(), rel=1e-5)


def roughness(image):
    return np.mean([abs(np.diff(image, axis=axis)).mean() for axis in (1, 2)])


def test_what_the_rules_do(digit_network):
    """Blur makes smooth, decay keeps near grey; each costs some activation."""
    none = dict(jitter=0, blur=0, decay=0)
    made = {name: inspection.visualise(digit_network, -1, 3, shape=(1, 28, 28), **none | rule)
            for name, rule in (("none", {}), ("blur", {"blur": 0.3}), ("decay", {"decay": 0.1}))}
    assert roughness(made["blur"][0]) < roughness(made["none"][0]) / 2
    assert abs(made["decay"][0] - 0.5).mean() < 0.7 * abs(made["none"][0] - 0.5).mean()
    assert made["none"][1][-1] > max(made["blur"][1][-1], made["decay"][1][-1])


def test_jitter_moves_the_image_about():
    """A filter that likes one pixel bright: still, it gets a sharp dot; moved about by one pixel, a blot of 3 × 3."""
    model = nn.Sequential(nn.Conv2d(1, 1, 1))
    model[0].weight[...] = 1
    settings = dict(shape=(1, 9, 9), unit=(4, 4), blur=0, decay=0, steps=200, lr=0.01)
    for jitter, size in ((0, 1), (1, 9)):
        image, _ = inspection.visualise(model, 0, 0, jitter=jitter, **settings)
        bright = np.argwhere(image[0] > 0.7)
        assert len(bright) == size and (abs(bright - 4) <= jitter).all()


def test_closed_relus_are_opened():
    """A unit that faint noise on grey leaves at exactly 0, with no gradient, is reached all the same."""
    model = nn.Sequential(nn.Conv2d(1, 2, 1), nn.ReLU(), nn.Conv2d(2, 1, 1), nn.ReLU())
    model[0].weight[...], model[0].bias[...] = np.reshape([1, -1], (2, 1, 1, 1)), -0.7
    model[2].weight[...] = np.reshape([1, -1], (1, 2, 1, 1))
    image, course = inspection.visualise(model, -1, 0, shape=(1, 6, 6), jitter=0)
    assert course[0] == 0 and course[-1] > 0.2 and image.mean() > 0.9


def test_and_closed_again():
    """Once it has shown a way, the leak is gone: the next gradient is the real one."""
    front = nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU())
    front[0].weight[...] = 2
    grad = np.ones_like(front(-np.ones((1, 1, 2, 2))))
    np.testing.assert_allclose(leaky_gradient(front, grad), 0.2)
    assert not front.backward(grad).any()


def test_level_ground_gives_no_warning():
    model = nn.Sequential(nn.Conv2d(1, 1, 1))
    model[0].weight[...] = 0
    image, course = inspection.visualise(model, 0, 0, shape=(1, 4, 4), steps=3)
    assert np.isfinite(image).all() and not course.any()


def test_depth_of_a_real_network():
    """Of the last maps of SqueezeNet this one answers to nothing at first, and to the image 100 times the least."""
    model = nn.trained("squeezenet")
    image, course = inspection.visualise(model, "features.12", 128, shape=(3, 96, 96), steps=30)
    assert course[0] == 0 and course[-1] > 10 and image.shape == (3, 96, 96)
