"""Networks of the history: their sizes as published, their logits as their twins' in PyTorch."""
import time
import tracemalloc

import numpy as np
import pytest

from cnnlesson import datasets, nn
from cnnlesson.ops import conv_winograd

RESNETS = {"resnet18": (2, 2, 2, 2), "resnet34": (3, 4, 6, 3), "resnet50": (3, 4, 6, 3)}
PUBLISHED = {   # torchvision's documentation; the papers for LeNet
    "lenet5": 61_706, "alexnet": 61_100_840, "googlenet": 6_624_904, "squeezenet": 1_235_496,
    "resnet18": 11_689_512, "resnet34": 21_797_672, "resnet50": 25_557_032}
SIDES = {"mlp": 28, "lenet5": 28, "alexnet": 224, "googlenet": 64, "squeezenet": 67, "resnet18": 64, "resnet34": 64,
         "resnet50": 64, "resnet_small": 28}        # of the images here; small where the network allows
NORMALISED = {"mlp": "MNIST", "lenet5": "MNIST", "resnet_small": "MNIST", "squeezenet": "CAFFE"}    # others: IMAGENET


def lively(model, seed=0):
    """Every array random, so that each one matters to the logits."""
    rng = np.random.default_rng(seed)
    for name, array in model.state().items():
        if name.endswith("running_var") or ("bn" in name and name.endswith("weight")):
            array[...] = rng.uniform(0.5, 1.5, array.shape)
        elif not name.endswith(("weight", "num_batches_tracked")):
            array[...] = rng.normal(0, 0.2, array.shape)
    return model


def check_twin(name, ours, theirs, twins, dtype=np.float32, count=2, side=None):
    """Equal logits from equal weights; the images and theirs."""
    twins.load(theirs, ours)
    channels, side = 1 if name in ("mlp", "lenet5", "resnet_small") else 3, side or SIDES[name]
    images = np.random.default_rng(1).random((count, channels, side, side)).astype(dtype)
    their_images = twins.normalised(images, *getattr(twins, NORMALISED.get(name, "IMAGENET")))
    out, expected = ours(images), theirs(their_images)
    assert out.dtype == dtype and out.std() > 1e-3 * np.abs(out).max()     # no constant
    tolerance = 1e-3 if dtype == np.float32 else 1e-9
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=0, atol=tolerance * np.abs(out).max())
    return out, expected


@pytest.mark.parametrize("name", [name for name in SIDES if name not in ("resnet_small", *RESNETS)])
def test_logits_equal_the_twins(name, twins):
    theirs = {"alexnet": "AlexNet", "googlenet": "GoogLeNet", "squeezenet": "SqueezeNet"}.get(name, name)
    ours = lively(getattr(nn, name)(seed=3)).eval()
    check_twin(name, ours, getattr(twins, theirs)(), twins, count=1 if name == "alexnet" else 2)


@pytest.mark.parametrize("name, theirs", [("googlenet", "GoogLeNet"), ("resnet18", "resnet18")])
def test_logits_of_one_whole_photo_equal_the_twins(name, theirs, twins, monkeypatch):
    """At this size some convolutions are done by Winograd's method."""
    taken, forward = [], conv_winograd.forward
    monkeypatch.setattr(conv_winograd, "forward", lambda *args: taken.append(1) or forward(*args))
    check_twin(name, lively(getattr(nn, name)(seed=3)).eval(), getattr(twins, theirs)(), twins, count=1, side=224)
    assert len(taken) >= 3


@pytest.mark.parametrize("shortcuts", [True, False], ids=["residual", "plain"])
@pytest.mark.parametrize("name", RESNETS)
def test_logits_of_resnets_equal_the_twins(name, shortcuts, twins):
    ours = lively(getattr(nn, name)(shortcuts=shortcuts, seed=3)).eval()
    check_twin(name, ours, getattr(twins, name)(shortcuts=shortcuts), twins)


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("shortcuts", [True, False], ids=["residual", "plain"])
@pytest.mark.parametrize("depth", [8, 20])
def test_small_resnets_equal_the_twins_and_back(depth, shortcuts, training, torch, twins):
    ours = lively(nn.resnet_small(depth, shortcuts=shortcuts)).train(training)
    theirs = twins.resnet_small(depth, shortcuts=shortcuts).double()
    check_gradients(ours, theirs, *check_twin("resnet_small", ours, theirs, twins, np.float64), torch)
    for name, moved in theirs.state_dict().items():        # running averages
        np.testing.assert_allclose(ours.state()[name], moved.numpy(), rtol=1e-5, atol=1e-6)


def test_lenet_of_1998_equals_its_twin_and_back(torch, twins):
    ours = lively(nn.lenet5(original=True))
    theirs = twins.LeNet5Original(ours["output"].codes, ours["output"].scale).double()
    twins.load(theirs, ours)
    images = np.random.default_rng(1).random((3, 1, 28, 28))
    out, expected = ours(images), theirs(torch.tensor(images * 1.275 - 0.1))
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-9)
    check_gradients(ours, theirs, out, expected, torch)


def check_gradients(ours, theirs, out, expected, torch):
    grad = np.random.default_rng(2).normal(size=out.shape)
    ours.backward(grad, input_grad=False)
    expected.backward(torch.tensor(grad))
    found, wanted = gradients(ours), {name: p.grad.numpy() for name, p in theirs.named_parameters()}
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        near = 1e-6 * np.abs(array).max() + 1e-12
        np.testing.assert_allclose(found[name], array, rtol=0, atol=near, err_msg=name)


def gradients(model):
    """Gradients by full name."""
    own = {name: getattr(model, "grad_" + name) for name in model.own_arrays(model.arrays)}
    return own | {f"{part}.{name}": array for part, child in model.children().items()
                  for name, array in gradients(child).items()}


# --- sizes ---

@pytest.mark.parametrize("name", [name for name in PUBLISHED if name != "alexnet"])     # large: see below
def test_number_of_parameters_is_the_published_one(name):
    assert getattr(nn, name)().num_parameters == PUBLISHED[name]


def test_lenet_of_1998_has_the_papers_numbers():
    model = nn.lenet5(original=True)
    assert {name: layer.num_parameters for name, layer in model.children().items() if layer.parameters()} == {
        "c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48_120, "f6": 10_164}
    assert model.num_parameters == 60_000
    model(np.zeros((1, 1, 28, 28)))
    shapes = {name: model[name].output.shape[1:] for name in ("c1", "s2", "c3", "s4", "c5", "f6", "output")}
    assert shapes == {"c1": (6, 28, 28), "s2": (6, 14, 14), "c3": (16, 10, 10), "s4": (16, 5, 5), "c5": (120, 1, 1),
                      "f6": (84,), "output": (10,)}


@pytest.mark.parametrize("depth, layers", [(8, 7), (20, 19), (32, 31), (50, 49)])
def test_depth_counts_layers_with_weights(depth, layers):
    model = nn.resnet_small(depth, shortcuts=False)
    kernels = [array.shape for name, array in model.state().items() if "conv" in name]
    assert len(kernels) == layers == depth - 1 and all(shape[2:] == (3, 3) for shape in kernels)
    if depth == 20:     # 269 722 are published for three input channels
        assert model.num_parameters == 269_722 - 2 * 16 * 9


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnet_small"])
def test_plain_twin_starts_with_the_same_weights(name):
    build = getattr(nn, name)
    residual, plain = build(seed=5).state(), build(seed=5, shortcuts=False).state()
    for key, array in plain.items():
        np.testing.assert_array_equal(array, residual[key])
    assert {key.split(".")[2] for key in residual.keys() - plain.keys()} == {"downsample"}


def test_alexnet_needs_no_more_memory_than_its_weights():
    """61 million float32 are 244 MB; drawn at once, those of the first dense layer would take 302 MB more."""
    tracemalloc.start()
    try:
        count = nn.alexnet().num_parameters
        assert tracemalloc.get_traced_memory()[1] < 1.01 * 4 * count
    finally:
        tracemalloc.stop()
    assert count == PUBLISHED["alexnet"]


# --- starts ---

def test_lenet_of_1998_starts_as_the_paper_says():
    """Evenly between ±2.4 / inputs."""
    inputs = {"c1": 25, "s2": 4, "c5": 400, "f6": 120, "s4": 4}
    models = [nn.lenet5(original=True, seed=seed) for seed in range(20)]
    for name, count in inputs.items():
        for array in ("weight", "bias"):
            check_even(np.concatenate([getattr(model[name], array).ravel() for model in models]), 2.4 / count)
    connections = np.array([3] * 6 + [4] * 9 + [6])
    for o, count in enumerate(connections):
        first = connections[:o].sum()
        kernels = np.concatenate([model["c3"].weight[first:first + count].ravel() for model in models])
        check_even(kernels, 2.4 / (25 * count))
    assert all(np.abs(model["c3"].bias * connections * 25 / 2.4).max() <= 1 for model in models)


def check_even(values, bound):
    assert np.abs(values).max() <= bound * (1 + 1e-6)
    assert np.abs(values).max() > bound * (1 - 20 / len(values))
    assert values.var() == pytest.approx(bound**2 / 3, rel=5 / np.sqrt(len(values)))


def test_codes_are_ten_different_pictures():
    codes = nn.lenet5(original=True)["output"].codes
    assert codes.shape == (10, 84) and set(np.unique(codes)) == {-1, 1}
    apart = (codes[:, None] != codes).sum(2)
    assert apart[~np.eye(10, dtype=bool)].min() >= 10


def test_lenet_of_1998_learns(digits):
    model = nn.lenet5(original=True)
    nn.fit(model, digits.train.pixels[:10_000], digits.train.labels[:10_000], epochs=2, batch_size=32,
           optimizer=nn.Adam(model.parameters(), lr=0.008), schedule=nn.warmup(), progress=False)
    assert nn.evaluate(model, digits.test.pixels, digits.test.labels) > 0.95


@pytest.mark.parametrize("call, sentence", [
    (lambda: nn.lenet5(9, original=True), "classes must be 10 for the original network, got 9"),
    (lambda: nn.alexnet(0), "classes must be ≥ 1, got 0"),
    (lambda: nn.googlenet("x"), "classes must be a whole number, got 'x'"),
    (lambda: nn.squeezenet(-1), "classes must be ≥ 1, got -1"),
    (lambda: nn.resnet50(0), "classes must be ≥ 1, got 0"),
    (lambda: nn.resnet_small(9), "depth must be 8, 14, 20, … (6·n + 2), got 9"),
    (lambda: nn.resnet_small(2), "depth must be ≥ 8, got 2"),
    (lambda: nn.resnet_small(8, 0), "classes must be ≥ 1, got 0"),
    (lambda: nn.resnet18(5)(np.ones((1, 1, 64, 64))), "x must have shape (N, 3, H, W), got (1, 1, 64, 64)"),
])
def test_refusals(call, sentence):
    with pytest.raises(ValueError) as error:
        call()
    assert sentence in str(error.value)


@pytest.mark.parametrize("build", [nn.googlenet, nn.squeezenet, nn.resnet18, nn.resnet50])
def test_classes_can_be_chosen(build):
    assert build(7)(np.zeros((1, 3, 32, 32), np.float32)).shape == (1, 7)


# --- trained on ImageNet ---

@pytest.fixture(scope="module")
def squeezenet():
    return nn.trained("squeezenet")


@pytest.mark.parametrize("name, seen", [
    ("chelsea", ("tabby", "tiger cat", "Persian cat", "Siamese cat", "Egyptian cat")),
    ("coffee", ("espresso",)), ("camera", ("tripod",))])
def test_squeezenet_knows_the_photos(squeezenet, name, seen):
    photo = datasets.photo(name, size=227)
    photo = np.stack([photo] * 3) if photo.ndim == 2 else photo
    logits = squeezenet(photo[None])
    assert logits.shape == (1, 1000) and logits.dtype == np.float32
    said = datasets.imagenet_classes()[logits[0].argmax()]
    assert said.startswith(seen), said


def test_squeezenet_answers_while_one_waits(squeezenet):
    """A photo in 150 ms: a promise of the course. It takes a tenth of that, so that a busy machine keeps it too."""
    photo = datasets.photo("coffee", size=227)[None]
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        squeezenet(photo)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.15


def test_squeezenet_is_in_inference_mode_and_complete(squeezenet):
    assert not squeezenet.training and not squeezenet["classifier.0"].training
    assert all(array.std() > 0 for array in squeezenet.state().values())
