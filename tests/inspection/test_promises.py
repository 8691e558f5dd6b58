"""What all functions promise: the model stays as it was, shapes and dtypes, errors in one sentence."""
import copy

import numpy as np
import pytest

from cnnlesson import inspection, nn
from tests.nn.random_networks import every_layer


def network(seed=0):
    """A small network with all that has a mode or a memory, called and gone back through."""
    model = nn.Sequential(
        nn.Normalize(0.3, 0.5), nn.Conv2d(1, 3, 3, rng=seed), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Residual(nn.Conv2d(3, 3, 3, padding=1, rng=seed), after=nn.ReLU()), nn.Fire(3, 2, 2, rng=seed),
        nn.Dropout(0.5), nn.Flatten(), nn.Linear(4 * 9, 4, rng=seed))
    x = np.random.default_rng(seed).random((2, 1, 8, 8), np.float32)
    model(x)
    model.backward(np.ones((2, 4), np.float32))
    return model


IMAGES = np.random.default_rng(1).random((5, 1, 8, 8), np.float32)
LABELS = np.array([0, 1, 2, 3, 0])
LOOKS = {
    "saliency": lambda model, images: inspection.saliency(model, images[0]),
    "occlusion": lambda model, images: inspection.occlusion(model, images[0], size=3, stride=2),
    "grad_cam": lambda model, images: inspection.grad_cam(model, images[0], 5),
    "influence": lambda model, images: inspection.influence(model, images[0], 6),
    "exciting_patches": lambda model, images: inspection.exciting_patches(model, images, 6, 1, count=2).patches,
    "exciting_values": lambda model, images: inspection.exciting_patches(model, images, 6, 1, count=2).values,
    "fast_gradient": lambda model, images: inspection.fast_gradient(model, images, LABELS, 0.1),
    "receptive_field": lambda model, images: inspection.receptive_field(model, 5, (1, 8, 8)),
    "visualise": lambda model, images: inspection.visualise(model, 5, 1, shape=(1, 8, 8), steps=3)[0],
    "accuracy_curve": lambda model, images: inspection.accuracy_curve(
        model, images, LABELS, inspection.shifted, [0, 1]),
    "split": lambda model, images: np.array(len(inspection.split(model, 6)[0])),
}
OWN_DTYPE = {"receptive_field": bool, "visualise": np.float32, "accuracy_curve": np.float64, "split": np.int64}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("look", LOOKS)
def test_nothing_of_the_model_changes(look, training):
    model = network().train(training)
    attributes = [dict(vars(layer)) for layer in every_layer(model)]
    frozen = copy.deepcopy(model)
    LOOKS[look](model, IMAGES)
    for layer, before, kept in zip(every_layer(model), attributes, every_layer(frozen), strict=True):
        assert vars(layer).keys() == before.keys()
        assert all(vars(layer)[name] is value for name, value in before.items())
        for name, value in vars(layer).items():
            if isinstance(value, np.ndarray):
                np.testing.assert_array_equal(value, vars(kept)[name])
        if isinstance(layer, nn.Dropout):
            assert layer.rng.bit_generator.state == kept.rng.bit_generator.state


@pytest.mark.parametrize("look", LOOKS)
def test_dtypes_stay_and_images_too(look):
    for dtype in (np.float32, np.float64):
        images = IMAGES.astype(dtype)
        kept = images.copy()
        assert LOOKS[look](network(), images).dtype == OWN_DTYPE.get(look, dtype)
        np.testing.assert_array_equal(images, kept)


@pytest.mark.parametrize("look", LOOKS)
def test_bytes_count_from_0_to_1(look):
    pixels = (255 * IMAGES).astype(np.uint8)
    np.testing.assert_array_equal(LOOKS[look](network(), pixels), LOOKS[look](network(), pixels / np.float32(255)))


@pytest.mark.parametrize("look", LOOKS)
def test_training_mode_makes_no_difference(look):
    np.testing.assert_array_equal(LOOKS[look](network().train(), IMAGES), LOOKS[look](network().eval(), IMAGES))


IMAGE = IMAGES[0]
MAPS = nn.Sequential(nn.Conv2d(1, 2, 3))        # gives no logits
DENSE = nn.Sequential(nn.Flatten(), nn.Linear(64, 4))


@pytest.mark.parametrize("call, sentence", [
    (lambda: inspection.saliency(MAPS, IMAGE), "model must give logits (N, classes), got shape (1, 2, 6, 6)"),
    (lambda: inspection.saliency("model", IMAGE), "model must be a layer or a network, got 'model'"),
    (lambda: inspection.saliency(DENSE, IMAGE, 4), "target must be in 0 … 3, got 4"),
    (lambda: inspection.saliency(DENSE, IMAGE, -1), "target must be ≥ 0, got -1"),
    (lambda: inspection.saliency(DENSE, IMAGES), "image must have 3 dimensions (C, H, W), got shape (5, 1, 8, 8)"),
    (lambda: inspection.saliency(DENSE, IMAGE[0]), "image must have 3 dimensions (C, H, W), got shape (8, 8)"),
    (lambda: inspection.saliency(DENSE, IMAGE * np.nan), "image must hold numbers only, got NaN at index"),
    (lambda: inspection.saliency(DENSE, IMAGE[:, :0]), "image must not be empty, got shape (1, 1, 0, 8)"),
    (lambda: inspection.occlusion(MAPS, IMAGE, size=2), "model must give logits (N, classes), got shape"),
    (lambda: inspection.occlusion(DENSE, IMAGE, size=9), "size must fit into an image of 8 × 8 pixels, got (9, 9)"),
    (lambda: inspection.occlusion(DENSE, IMAGE, size=0), "size must be ≥ 1, got 0"),
    (lambda: inspection.occlusion(DENSE, IMAGE, size=2, stride=0), "stride must be ≥ 1, got 0"),
    (lambda: inspection.occlusion(DENSE, IMAGE, size=2, fill=[0, 1]),
     "fill must be one number, or one for each of the 1 channels, got [0, 1]"),
    (lambda: inspection.occlusion(DENSE, IMAGE, size=2, of="loss"),
     "of must be \"probability\" or \"logit\", got 'loss'"),
    (lambda: inspection.occlusion(DENSE, IMAGE, 7, size=2), "target must be in 0 … 3, got 7"),
    (lambda: inspection.grad_cam(DENSE, IMAGE, 1), "layer must give maps (C, H, W), got one that gives shape (4,)"),
    (lambda: inspection.grad_cam(MAPS, IMAGE, 0), "model must give logits (N, classes), got shape (1, 2, 6, 6)"),
    (lambda: inspection.grad_cam(DENSE, IMAGE, 2), "layer must be a place from -2 to 1, got 2"),
    (lambda: inspection.receptive_field(MAPS, 0, (1, 8, 8), (6, 0)), "unit must lie in a map of 6 × 6, got (6, 0)"),
    (lambda: inspection.receptive_field(MAPS, 0, (1, 8, 8), (0, 6)), "unit must lie in a map of 6 × 6, got (0, 6)"),
    (lambda: inspection.receptive_field(MAPS, 0, (1, 8, 8), (-1, 0)), "unit must be ≥ 0, got (-1, 0)"),
    (lambda: inspection.receptive_field(MAPS, 0, (1, 8, 8), channel=2), "channel must be in 0 … 1, got 2"),
    (lambda: inspection.receptive_field(MAPS, 0, (8, 8)), "shape must be (C, H, W), got (8, 8)"),
    (lambda: inspection.receptive_field(MAPS, 0, (1, 8, 0)), "shape must be ≥ 1, got 0"),
    (lambda: inspection.receptive_field(MAPS, 0, (3, 8, 8)), "weight must be 3 channels deep to fit x"),
    (lambda: inspection.receptive_field(DENSE, 1, (1, 8, 8), (0, 0)),
     "unit must be None for a layer without rows and columns, got (0, 0)"),
    (lambda: inspection.influence(MAPS, IMAGES, 0), "image must have 3 dimensions (C, H, W), got shape (5, 1, 8, 8)"),
    (lambda: inspection.exciting_patches(MAPS, IMAGES, 0, 2), "count must be ≤ 5, the number of images, got 9"),
    (lambda: inspection.exciting_patches(MAPS, IMAGES, 0, 2, 3), "channel must be in 0 … 1, got 2"),
    (lambda: inspection.exciting_patches(MAPS, IMAGES, 0, 1, 0), "count must be ≥ 1, got 0"),
    (lambda: inspection.exciting_patches(MAPS, IMAGES[:0], 0, 1), "images must not be empty, got shape (0, 1, 8, 8)"),
    (lambda: inspection.exciting_patches(MAPS, IMAGE, 0, 1, 1), "images must have 4 dimensions (N, C, H, W), got"),
    (lambda: inspection.visualise(MAPS, 0, 2, shape=(1, 8, 8)), "channel must be in 0 … 1, got 2"),
    (lambda: inspection.visualise(MAPS, 0, 0, shape=(8, 8)), "shape must be (C, H, W), got (8, 8)"),
    (lambda: inspection.visualise(MAPS, 0, 0, shape=(1, 8, 8), blur=1.5), "blur must be ≤ 1, got 1.5"),
    (lambda: inspection.visualise(MAPS, 0, 0, shape=(1, 8, 8), decay=-1), "decay must be ≥ 0, got -1"),
    (lambda: inspection.visualise(MAPS, 0, 0, shape=(1, 8, 8), steps=-1), "steps must be ≥ 0, got -1"),
    (lambda: inspection.visualise(MAPS, 0, 0, shape=(1, 8, 8), lr="fast"), "lr must be a number, got 'fast'"),
    (lambda: inspection.fast_gradient(DENSE, IMAGES, LABELS[:4], 0.1), "labels must be 5, one for each image, got"),
    (lambda: inspection.fast_gradient(DENSE, IMAGES, LABELS + 1, 0.1), "labels must be in 0 … 3, got 4"),
    (lambda: inspection.fast_gradient(DENSE, IMAGES, LABELS, -0.1), "size must be ≥ 0, got -0.1"),
    (lambda: inspection.fast_gradient(DENSE, 2 * IMAGES, LABELS, 0.1), "images must lie in [0, 1], got"),
    (lambda: inspection.fast_gradient(MAPS, IMAGES, LABELS, 0.1), "model must give logits (N, classes), got shape"),
    (lambda: inspection.upsampled([1.0], 3), "image must have rows and columns, none empty, got shape (1,)"),
    (lambda: inspection.upsampled([[1.0]], 0), "size must be ≥ 1, got 0"),
    (lambda: inspection.shifted(IMAGES, (1, 2, 3)), "pixels must be a number or a pair of them, got (1, 2, 3)"),
    (lambda: inspection.shifted(IMAGES, "left"), "pixels must be a number, got 'left'"),
    (lambda: inspection.shifted(IMAGES, np.inf), "pixels must be finite, got inf"),
    (lambda: inspection.shifted(IMAGE, 1), "images must have 4 dimensions (N, C, H, W), got shape (1, 8, 8)"),
    (lambda: inspection.scaled(IMAGES, 0), "factor must be > 0, got 0"),
    (lambda: inspection.rotated(IMAGES, np.nan), "degrees must be a number, got nan"),
    (lambda: inspection.noisy(IMAGES, -1), "amount must be ≥ 0, got -1"),
    (lambda: inspection.accuracy_curve(DENSE, IMAGES, LABELS[:2], inspection.shifted, [1]), "labels must be 5 whole"),
    (lambda: inspection.reliability([0.5, 0.5], [0]), "probabilities must have shape (N, classes), neither empty, got"),
    (lambda: inspection.reliability([[0.5, 0.4]], [0]), "probabilities must be ≥ 0 and add up to 1 in each row"),
    (lambda: inspection.reliability([[1.5, -0.5]], [0]), "probabilities must be ≥ 0 and add up to 1 in each row"),
    (lambda: inspection.reliability([[0.5, 0.5]], [2]), "labels must be in 0 … 1, got 2"),
    (lambda: inspection.reliability([[0.5, 0.5]], [1], 0), "bins must be ≥ 1, got 0"),
    (lambda: inspection.fit_temperature([1.0, 2.0], [0]), "logits must have shape (N, classes), neither empty, got"),
    (lambda: inspection.fit_temperature([[1.0, 2.0]], [1]), "logits must be better than chance and wrong at least"),
    (lambda: inspection.fit_temperature([[1.0, 2.0]], [0]), "logits must be better than chance and wrong at least"),
    (lambda: inspection.fit_temperature([[1.0, np.nan]], [0]), "logits must hold numbers only, got NaN"),
])
def test_refusals(call, sentence):
    with pytest.raises(ValueError) as error:
        call()
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
