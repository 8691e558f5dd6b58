"""Containers and blocks: names, modes, what they compute, what they refuse."""
import copy

import numpy as np
import pytest

from cnnlesson import nn


def basic_block(rng=0, stride=1, channels=(2, 2)):
    """As torchvision names the layers of its BasicBlock."""
    c, out = channels
    rng = np.random.default_rng(rng)
    body = nn.Sequential(conv1=nn.Conv2d(c, out, 3, stride, 1, bias=False, rng=rng), bn1=nn.BatchNorm2d(out),
                         relu=nn.ReLU(), conv2=nn.Conv2d(out, out, 3, padding=1, bias=False, rng=rng),
                         bn2=nn.BatchNorm2d(out))
    same = stride == 1 and c == out
    shortcut = None if same else nn.Sequential(nn.Conv2d(c, out, 1, stride, bias=False, rng=rng), nn.BatchNorm2d(out))
    return nn.Residual(body, shortcut, nn.ReLU())


# --- names ---

def test_layers_have_names():
    conv, norm, last = nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU()
    model = nn.Sequential(nn.Normalize(0, 1), conv1=conv, bn1=norm, relu=last)
    assert list(model.children()) == ["0", "conv1", "bn1", "relu"]
    assert model["conv1"] is model[1] is conv and model["0"] is model[0]
    assert list(model)[1:] == [conv, norm, last] and len(model) == 4
    assert list(model.state()) == ["conv1.weight", "conv1.bias", "bn1.weight", "bn1.bias", "bn1.running_mean",
                                   "bn1.running_var", "bn1.num_batches_tracked"]


def test_slices_keep_names():
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1), last=nn.Sigmoid())
    assert list(model[1:].children()) == ["1", "2", "last"]
    assert list(model[::-1].children()) == ["last", "2", "1", "0"]
    assert model[1:]["2"] is model[1:][1] is model[2]
    x = np.ones((1, 2))
    np.testing.assert_array_equal(model[1:](model[:1](x)), model(x))


def test_layers_within_are_found_by_path():
    model = nn.Sequential(layer1=nn.Sequential(basic_block(), basic_block(1, 2, (2, 4))), fire=nn.Fire(4, 2, 3))
    assert model["layer1.1.downsample.0"] is model["layer1"][1].shortcut[0]
    assert model["layer1.0"]["conv2"] is model["layer1"][0].body["conv2"]
    assert model["fire.expand3x3"].weight.shape == (3, 2, 3, 3)


def test_repr_shows_the_names():
    model = nn.Sequential(nn.Tanh(), block=basic_block(stride=2), join=nn.Concat(nn.ReLU(), b=nn.ReLU()))
    assert repr(model) == """Sequential(
  0: Tanh()
  block: Residual(
    conv1: Conv2d(2 → 2, 3×3, stride=2, padding=1)
    bn1: BatchNorm2d(2)
    relu: ReLU()
    conv2: Conv2d(2 → 2, 3×3, padding=1)
    bn2: BatchNorm2d(2)
    downsample: Sequential(
      0: Conv2d(2 → 2, 1×1, stride=2)
      1: BatchNorm2d(2)
    )
    after: ReLU()
  )
  join: Concat(
    0: ReLU()
    b: ReLU()
  )
)"""


def test_names_of_a_residual_block_are_torchvisions():
    norm = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    expected = ["conv1.weight", *(f"bn1.{n}" for n in norm), "conv2.weight", *(f"bn2.{n}" for n in norm),
                "downsample.0.weight", *(f"downsample.1.{n}" for n in norm)]
    assert list(basic_block(stride=2).state()) == expected


def test_names_of_fire_are_torchvisions():
    names = ["squeeze", "expand1x1", "expand3x3"]
    assert list(nn.Fire(3, 2, 4).state()) == [f"{name}.{array}" for name in names for array in ("weight", "bias")]


# --- what they compute ---

def test_residual_adds(rng):
    x = rng.normal(size=(2, 3, 5, 5))
    conv, beside = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 1, rng=1)
    np.testing.assert_allclose(nn.Residual(conv)(x), conv(x) + x)
    np.testing.assert_allclose(nn.Residual(conv, beside, nn.ReLU())(x), np.maximum(conv(x) + beside(x), 0))
    np.testing.assert_allclose(nn.Residual(nn.Sequential())(x), 2 * x)
    assert nn.Residual(conv).num_parameters == conv.num_parameters


def test_residual_of_blocks_keeps_them_whole(rng):
    """A block inside a body is no row of layers."""
    x, join = rng.normal(size=(1, 2, 4, 4)), nn.Concat(nn.Conv2d(2, 1, 1), nn.Conv2d(2, 1, 1, rng=1))
    for body in (join, basic_block(), nn.Fire(2, 1, 1)):
        block = nn.Residual(body)
        np.testing.assert_allclose(block(x), body(x) + x)
        np.testing.assert_allclose(block.plain()(x), body(x))
        assert block.num_parameters == body.num_parameters > 0


@pytest.mark.parametrize("stride", [1, 2])
def test_plain_twin_shares_the_body(stride, rng):
    block = basic_block(stride=stride).eval()
    plain = block.plain()
    x = rng.normal(size=(1, 2, 6, 6))
    np.testing.assert_array_equal(plain(x), np.maximum(block.body(x), 0))
    assert plain["conv1"] is block["conv1"] and not plain.training
    assert set(block.state()) - set(plain.state()) == {n for n in block.state() if n.startswith("downsample")}


def test_concat_joins_along_channels(rng):
    x = rng.normal(size=(2, 3, 5, 6))
    one, two = nn.Conv2d(3, 2, 1), nn.Conv2d(3, 4, 3, padding=1)
    out = nn.Concat(nn.Sequential(), one, wide=two)(x)
    assert out.shape == (2, 9, 5, 6)
    for part, expected in ((out[:, :3], x), (out[:, 3:5], one(x)), (out[:, 5:], two(x))):
        np.testing.assert_array_equal(part, expected)


def test_concat_takes_vectors(rng):
    x = rng.normal(size=(2, 3))
    block = nn.Concat(nn.Linear(3, 2), nn.Tanh())
    assert block(x).shape == (2, 5) and block.backward(np.ones((2, 5))).shape == (2, 3)


def test_fire_equals_its_parts(rng):
    x, fire = rng.normal(size=(2, 5, 6, 6)), nn.Fire(5, 2, 3)
    squeezed = np.maximum(fire["squeeze"](x), 0)
    expected = [np.maximum(fire[name](squeezed), 0) for name in ("expand1x1", "expand3x3")]
    np.testing.assert_allclose(fire(x), np.concatenate(expected, 1))


def test_joined_maps_keep_the_order_in_memory(rng):
    """Otherwise the next layer would have to copy them."""
    for n, order in ((1, (0, 1, 2, 3)), (90, (2, 1, 3, 0))):     # a single image lies plainly, a batch as in ops.memory
        out = nn.Concat(nn.Conv2d(3, 2, 1), nn.Conv2d(3, 4, 3, padding=1))(rng.normal(size=(n, 3, 5, 6)))
        assert out.transpose(order).flags.c_contiguous


# --- how they are handled ---

BLOCKS = {"Residual": basic_block, "downsample": lambda: basic_block(0, 2, (2, 3)), "Fire": lambda: nn.Fire(2, 2, 3),
          "Concat": lambda: nn.Concat(nn.Conv2d(2, 1, 1), nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.ReLU()))}


@pytest.mark.parametrize("kind", BLOCKS)
def test_modes_reach_all_parts(kind):
    block = BLOCKS[kind]()
    parts = lambda layer: [layer, *(p for part in getattr(layer, "parts", {}).values() for p in parts(part))]  # noqa: E731
    assert block.eval() is block and not any(part.training for part in parts(block))
    assert block.train() is block and all(part.training for part in parts(block))


@pytest.mark.parametrize("kind", BLOCKS)
def test_no_gradient_for_the_input_when_not_asked(kind, rng):
    block, x = BLOCKS[kind](), rng.normal(size=(2, 2, 6, 6))
    grad = rng.normal(size=block(x).shape)
    assert block.backward(grad).shape == x.shape
    whole = [p.grad.copy() for p in block.parameters()]
    assert block.backward(grad, input_grad=False) is None
    for p, expected in zip(block.parameters(), whole, strict=True):
        np.testing.assert_array_equal(p.grad, expected)


@pytest.mark.parametrize("kind", BLOCKS)
def test_blocks_are_saved_and_copied(kind, rng, tmp_path):
    block, x = BLOCKS[kind](), rng.normal(size=(2, 2, 6, 6))
    block(x)                                            # moves running averages
    twin = BLOCKS[kind]()
    for p in twin.parameters():
        p.data += 1
    nn.load_weights(twin, nn.save_weights(block, tmp_path / "x"))
    np.testing.assert_array_equal(twin.eval()(x), block.eval()(x))
    other = copy.deepcopy(block)
    other.parameters()[0].data += 1
    assert (other(x) != block(x)).any()


def test_misfit_is_told_by_path(tmp_path):
    path = nn.save_weights(nn.Sequential(layer1=nn.Sequential(basic_block())), tmp_path / "x")
    with pytest.raises(ValueError, match=r"it has no weight of layer layer1\.0\.downsample\.0 \(Conv2d\)"):
        nn.load_weights(nn.Sequential(layer1=nn.Sequential(basic_block(stride=2))), path)


def test_residual_trains_without_a_gradient_for_images(rng):
    """The first layer with weights may be a block."""
    model = nn.Sequential(basic_block(channels=(1, 2)), nn.Flatten(), nn.Linear(2 * 64, 3))
    images, labels = rng.random((60, 1, 8, 8)).astype(np.float32), np.arange(60) % 3
    images += labels[:, None, None, None]
    history = nn.fit(model, images, labels, epochs=5, batch_size=20, progress=False)
    assert history.loss[-1] < history.loss[0] / 2


@pytest.mark.parametrize("call, sentence", [
    (lambda: nn.Sequential(a="x"), "layers must be layers, got 'x'"),
    (lambda: nn.Sequential(**{"a.b": nn.ReLU()}), "names of layers must not be empty and have no point, got 'a.b'"),
    (lambda: nn.Sequential(**{"": nn.ReLU()}), "names of layers must not be empty and have no point, got ''"),
    (lambda: nn.Sequential(nn.ReLU(), **{"0": nn.ReLU()}), "names of layers must differ, got '0' twice"),
    (lambda: nn.Sequential(a=nn.ReLU())["b"], "name of a layer must be one of a, got 'b'"),
    (lambda: nn.Sequential(a=nn.ReLU())["a.b"], "name of a layer must be one of none, got 'b'"),
    (lambda: nn.Residual(nn.Sequential(downsample=nn.ReLU()), nn.ReLU()), "must differ, got 'downsample' twice"),
    (lambda: nn.Residual("x"), "layers must be layers, got 'x'"),
    (lambda: nn.Residual(nn.ReLU(), "x"), "layers must be layers, got 'x'"),
    (lambda: nn.Residual(nn.Conv2d(1, 2, 1))(np.ones((1, 1, 4, 4))),
     "body and shortcut must give the same shape, got (1, 2, 4, 4) and (1, 1, 4, 4)"),
    (lambda: nn.Concat(), "branches must not be empty, got none"),
    (lambda: nn.Concat(nn.ReLU(), 3), "layers must be layers, got 3"),
    (lambda: nn.Concat(nn.ReLU(), nn.MaxPool2d(2))(np.ones((1, 1, 4, 4))),
     "branches must give maps of the same size, got (1, 1, 4, 4), (1, 1, 2, 2)"),
    (lambda: nn.Fire(3, 0, 1), "out_channels must be ≥ 1, got 0"),
    (lambda: basic_block().backward(np.ones((1, 2, 4, 4))), "Residual has no output yet: call it first"),
    (lambda: nn.Concat(nn.ReLU()).backward(np.ones((1, 2, 4, 4))), "Concat has no output yet: call it first"),
])
def test_refusals(call, sentence):
    with pytest.raises(ValueError) as error:
        call()
    assert sentence in str(error.value)


@pytest.mark.parametrize("kind", BLOCKS)
def test_gradient_of_another_shape_is_refused(kind, rng):
    block = BLOCKS[kind]()
    block(rng.normal(size=(1, 2, 6, 6)))
    with pytest.raises(ValueError, match=r"^grad must have shape \(1, "):
        block.backward(np.ones((1, 1, 1, 1)))
