"""Layers and Sequential: against PyTorch's layers, against finite differences, and how they are handled."""
import copy
import math

import numpy as np
import pytest

from cnnlesson import nn
from cnnlesson.nn.layers import he_normal
from cnnlesson.ops import convolution
from tests.nn.random_networks import every_layer, random_network, some_table

TOLERANCE = {np.float32: 1e-4, np.float64: 1e-9}


def some_settings(kind, rng):
    """Random arguments for one kind of layer, and a shape of input that fits them."""
    n, c, h, w = (int(size) for size in rng.integers((1, 1, 7, 7), (4, 5, 13, 13)))
    kernel = tuple(int(k) for k in rng.integers(1, 4, 2))
    stride = tuple(int(s) for s in rng.integers(1, 4, 2))
    half = tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel)
    flag = bool(rng.integers(2))
    match kind:
        case "Conv2d":
            groups = int(rng.integers(1, 4))
            padding, dilation = tuple(int(p) for p in rng.integers(0, 3, 2)), int(rng.integers(1, 3))
            settings = dict(stride=stride, padding=padding, dilation=dilation, groups=groups, bias=flag)
            return (c * groups, groups * int(rng.integers(1, 4)), kernel), settings, (n, c * groups, h, w)
        case "Linear":
            return (c, h), dict(bias=flag), (n, c)
        case "MaxPool2d":
            settings = dict(stride=stride, padding=half, dilation=int(rng.integers(1, 3)), ceil_mode=flag)
            return (kernel,), settings, (n, c, h, w)
        case "AvgPool2d":
            settings = dict(stride=stride, padding=half, ceil_mode=flag)
            settings |= dict(count_include_pad=bool(rng.integers(2)))
            return (kernel,), settings, (n, c, h, w)
        case "BatchNorm2d":
            settings = dict(eps=float(rng.uniform(1e-6, 0.1)), momentum=float(rng.uniform(0.01, 1)))
            return (c,), settings, (n, c, h, w)
        case "LocalResponseNorm":
            settings = dict(alpha=float(rng.uniform(0, 2)), beta=float(rng.uniform(0, 1)), k=float(rng.uniform(1, 2)))
            return (int(rng.integers(1, 5)),), settings, (n, c, h, w)
        case "Subsample2d":
            return (c, kernel), {}, (n, c, h, w)
        case "TableConv2d":
            return (some_table(rng, c), kernel), {}, (n, c, h, w)
        case "RBF":
            return (rng.choice([-1, 1], (h, c)),), dict(scale=float(rng.uniform(0.1, 1))), (n, c)
        case "Normalize":
            return (list(rng.normal(size=c)), list(rng.uniform(0.5, 2, c))), {}, (n, c, h, w)
        case "LeakyReLU":
            return (float(rng.uniform(0, 0.5)),), {}, (n, c, h, w)
        case _:
            return (), {}, (n, c, h, w)


TWINS = {kind: kind for kind in (       # ours → PyTorch's
    "Conv2d", "Linear", "MaxPool2d", "AvgPool2d", "BatchNorm2d", "LocalResponseNorm",
    "ReLU", "LeakyReLU", "Sigmoid", "Tanh", "Flatten")} | {"GlobalAvgPool2d": "AdaptiveAvgPool2d"}
KINDS = (*TWINS, "ScaledTanh", "Subsample2d", "TableConv2d", "RBF", "Normalize")


def build(kind, rng, dtype=np.float64):
    """A layer of this kind with random settings and arrays, and what PyTorch needs to build its twin."""
    args, settings, shape = some_settings(kind, rng)
    layer = getattr(nn, kind)(*args, **settings)
    for name, array in layer.state().items():
        if name == "num_batches_tracked":
            continue
        spread = rng.uniform(0.5, 2, array.shape) if name == "running_var" else rng.normal(0, 1, array.shape)
        setattr(layer, name, spread.astype(dtype))
    return layer, args, settings, shape


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", TWINS)
def test_layer_equals_pytorch(torch, kind, dtype, training):
    for seed in range(15):
        rng = np.random.default_rng(seed)
        ours, args, settings, shape = build(kind, rng, dtype)
        args = (1,) if kind == "GlobalAvgPool2d" else args
        theirs = getattr(torch.nn, TWINS[kind])(*args, **settings).to(getattr(torch, dtype.__name__))
        theirs.load_state_dict({k: torch.tensor(v) for k, v in ours.state().items()}, strict=True)
        ours.train(training), theirs.train(training)
        for _ in range(3):      # batch norm's averages move with every batch
            x = rng.normal(size=shape).astype(dtype)
            their_x = torch.tensor(x, requires_grad=True)
            out, their_out = ours(x), theirs(their_x)
            grad = rng.normal(size=out.shape).astype(dtype)
            theirs.zero_grad()
            their_out.backward(torch.tensor(grad))
            pairs = {"output": (out, their_out), "input": (ours.backward(grad), their_x.grad)}
            pairs |= {p.name: (p.grad, getattr(theirs, p.name).grad) for p in ours.parameters()}
            pairs |= {name: (getattr(ours, name), getattr(theirs, name)) for name in ours.buffers}
            for name, (mine, expected) in pairs.items():
                assert mine.dtype == (np.int64 if name == "num_batches_tracked" else dtype), name
                near = dict(rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
                case = f"{name} of {kind}{args} {settings} on {shape}"
                np.testing.assert_allclose(mine, expected.detach().numpy(), **near, err_msg=case)


def again(model, x):
    """model(x), dropping the same values each time."""
    for layer in every_layer(model):
        if isinstance(layer, nn.Dropout):
            layer.rng = np.random.default_rng(0)
    return model(x)


def check_slopes(model, x, rng, count=6, step=1e-6):
    """Gradients of a random weighting of the outputs, against central differences at some places."""
    weighting = rng.normal(size=again(model, x).shape)
    arrays = [(x, model.backward(weighting))] + [(p.data, p.grad) for p in model.parameters()]
    for array, grad in arrays:
        assert grad.shape == array.shape
        for i in rng.choice(array.size, min(count, array.size), replace=False):
            at, here = np.unravel_index(i, array.shape), array.flat[i]
            values = []
            for array[at] in (here + step, here - step):
                values.append((again(model, x) * weighting).sum())
            array[at] = here
            slope = (values[0] - values[1]) / (2 * step)
            assert grad[at] == pytest.approx(slope, rel=1e-6, abs=1e-6), (model, array.shape)


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("kind", KINDS)
def test_layer_has_the_slopes_of_its_function(kind, training):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        layer, *_, shape = build(kind, rng)
        check_slopes(layer.train(training), rng.normal(size=shape), rng)


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("seed", range(40))
def test_network_has_the_slopes_of_its_function(seed, training):
    model, x = random_network(seed)
    check_slopes(model.train(training), x, np.random.default_rng(seed))


def test_random_networks_cover_all_layers():
    seen = {type(layer).__name__ for seed in range(40) for layer in every_layer(random_network(seed)[0])}
    exported = {name for name in nn.__all__ if isinstance(getattr(nn, name), type)}
    assert seen == {name for name in exported if issubclass(getattr(nn, name), nn.Layer)} - {"Layer"}


def entries(layer):
    """How many convolutions see the network's input before any other weights."""
    if isinstance(layer, nn.Sequential):
        return next((entries(part) for part in layer if part.parameters()), 0)
    if isinstance(layer, (nn.Concat, nn.Residual)):
        beside = [part for name, part in layer.parts.items() if name != "after"]
        return sum(entries(part) for part in beside)
    return isinstance(layer, nn.Conv2d)


@pytest.mark.parametrize("seed", range(20))
def test_backward_without_input_gradient(seed, monkeypatch):
    model, x = random_network(seed)
    grad = np.random.default_rng(seed).normal(size=model(x).shape)
    model.backward(grad)
    whole = [p.grad.copy() for p in model.parameters()]
    calls = []
    original = convolution.backward_x
    monkeypatch.setattr(convolution, "backward_x", lambda *args: calls.append(1) or original(*args))
    assert model.backward(grad, input_grad=False) is None
    for p, expected in zip(model.parameters(), whole, strict=True):
        np.testing.assert_array_equal(p.grad, expected)
    convolutions = [layer for layer in every_layer(model) if isinstance(layer, (nn.Conv2d, nn.TableConv2d))]
    assert len(calls) == len(convolutions) - entries(model)


def test_backward_without_input_gradient_spares_the_first_dense_layer(rng):
    model = nn.mlp()
    model(rng.random((2, 1, 28, 28)))
    assert model.backward(np.ones((2, 10)), input_grad=False) is None
    assert model.backward(np.ones((2, 10))).shape == (2, 1, 28, 28)


def test_patches_are_kept_for_training_only(rng):
    layer, x = nn.Conv2d(1, 2, 3), rng.random((2, 1, 6, 6))
    layer(x)
    assert layer.patches.size > x.size
    layer.eval()(x)
    assert layer.patches is None


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("p", [0, 0.2, 0.5, 0.9])
def test_dropout_in_training(p, dtype):
    layer, x = nn.Dropout(p, rng=1), np.ones((200, 500), dtype)
    out = layer(x)
    assert set(np.unique(out)) <= {0, dtype(1) / dtype(1 - p)}
    assert out.dtype == dtype
    sigma = np.sqrt(p * (1 - p) / x.size)
    assert abs((out == 0).mean() - p) <= 4 * sigma
    np.testing.assert_array_equal(layer.backward(3 * x), 3 * out)      # the same places, the same factor
    assert p == 0 or (layer(x) != out).any()                           # new places every time
    np.testing.assert_array_equal(nn.Dropout(p, rng=1)(x), out)        # the same from the same seed


def test_dropout_in_inference_changes_nothing(rng):
    layer, x = nn.Dropout(0.5).eval(), rng.normal(size=(4, 5))
    np.testing.assert_array_equal(layer(x), x)
    np.testing.assert_array_equal(layer.backward(x), x)


def test_squashing_function_equals_the_papers(rng):
    x = rng.normal(0, 2, 50)
    expected = [1.7159 * math.tanh(2 / 3 * value) for value in x]
    np.testing.assert_allclose(nn.ScaledTanh()(x), expected, rtol=1e-12)


def test_subsampling_equals_plain_loops(rng):
    layer, x = nn.Subsample2d(3, (2, 3)), rng.normal(size=(2, 3, 7, 7))
    layer.weight, layer.bias = rng.normal(size=3), rng.normal(size=3)
    out = layer(x)
    assert out.shape == (2, 3, 3, 2)
    for n, c, i, j in np.ndindex(out.shape):
        window = [x[n, c, 2 * i + a, 3 * j + b] for a in range(2) for b in range(3)]
        assert out[n, c, i, j] == pytest.approx(layer.weight[c] * sum(window) + layer.bias[c])


def test_table_says_what_each_map_sees(rng):
    table = np.array([[1, 0, 1], [0, 0, 1], [1, 1, 0], [0, 0, 1]], bool)
    layer, x = nn.TableConv2d(table, (2, 3)), rng.normal(size=(2, 4, 5, 6))
    layer.weight, layer.bias = rng.normal(size=(6, 2, 3)), rng.normal(size=3)
    out, kernels = layer(x), iter(layer.weight)
    for o in range(3):
        seen = [np.einsum("nijhw,hw->nij", np.lib.stride_tricks.sliding_window_view(x[:, c], (2, 3), (1, 2)), kernel)
                for c, kernel in zip(np.flatnonzero(table[:, o]), kernels, strict=False)]
        np.testing.assert_allclose(out[:, o], sum(seen) + layer.bias[o])
    assert next(kernels, None) is None
    assert layer.num_parameters == 6 * 6 + 3


def test_outputs_of_rbf_are_distances(rng):
    codes, x = rng.choice([-1.0, 1.0], (4, 7)), rng.normal(size=(3, 7))
    out = nn.RBF(codes, 0.25)(x)
    for n, k in np.ndindex(3, 4):
        assert out[n, k] == pytest.approx(-0.25 * sum((a - b) ** 2 for a, b in zip(x[n], codes[k], strict=True)))
    assert nn.RBF(codes).num_parameters == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in TWINS])
def test_other_layers_keep_the_dtype(kind, dtype, rng):
    layer, *_, shape = build(kind, rng, dtype)
    out = layer(rng.normal(size=shape).astype(dtype))
    grads = [layer.backward(np.ones_like(out)), *(p.grad for p in layer.parameters())]
    assert {array.dtype for array in (out, *grads)} == {np.dtype(dtype)}


@pytest.mark.parametrize("shape", [(40, 30), (16, 3, 5, 5)])
def test_start_weights_are_drawn_as_one_array(shape):
    """Row by row, to save memory; the numbers are those of a single call: seeds keep their meaning."""
    ours = he_normal(shape, np.random.default_rng(5))
    whole = np.random.default_rng(5).normal(0, math.sqrt(2 / math.prod(shape[1:])), shape).astype(np.float32)
    np.testing.assert_array_equal(ours, whole)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normalize_by_channel(rng, dtype):
    x = rng.random((2, 3, 4, 4)).astype(dtype)
    layer = nn.Normalize((0.1, 0.2, 0.3), (0.5, 1, 2))
    for c, (mean, std) in enumerate([(0.1, 0.5), (0.2, 1), (0.3, 2)]):
        np.testing.assert_allclose(layer(x)[:, c], (x[:, c] - mean) / std, atol=1e-6)
        np.testing.assert_allclose(layer.backward(x)[:, c], x[:, c] / std, atol=1e-6)
    assert layer(x).dtype == dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normalize(rng, dtype):
    x = rng.random((2, 1, 3, 3)).astype(dtype)
    layer = nn.Normalize(0.25, 0.5)
    np.testing.assert_allclose(layer(x), x * 2 - 0.5, atol=1e-6)
    np.testing.assert_allclose(layer.backward(x), x * 2, atol=1e-6)
    assert layer(x).dtype == layer.backward(x).dtype == dtype


def test_start_weights_have_the_variance_of_he():
    for layer, inputs in ((nn.Linear(300, 400), 300), (nn.Conv2d(8, 400, 5, groups=2), 4 * 25)):
        assert layer.weight.var() == pytest.approx(2 / inputs, rel=0.03)
        assert abs(layer.weight.mean()) < 4 * np.sqrt(2 / inputs / layer.weight.size)
        assert not layer.bias.any()


def test_sequential_is_a_row_of_layers(rng):
    conv, relu, pool = nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2)
    model = nn.Sequential(conv, relu, pool)
    x = rng.random((2, 1, 8, 8))
    assert len(model) == 3 and list(model) == [conv, relu, pool]
    assert model[0] is conv and model[-1] is pool
    assert [layer for layer in model[1:]] == [relu, pool]
    np.testing.assert_array_equal(model(x), pool(relu(conv(x))))
    np.testing.assert_array_equal(model[:2](x), relu(conv(x)))
    assert model.output.shape == (2, 3, 3, 3) and model[1].output.shape == (2, 3, 6, 6)
    with pytest.raises(IndexError):
        model[3]


def test_slices_share_weights_and_mode():
    model = nn.Sequential(nn.Linear(2, 3), nn.Dropout(), nn.Linear(3, 1)).eval()
    part = model[:2]
    part[0].weight[0, 0] = 7
    assert model[0].weight[0, 0] == 7
    nn.predict(part, np.ones((4, 2)))
    assert not any(layer.training for layer in (part, model, *model))      # looking at a part changes no mode


def test_modes_reach_nested_layers():
    inner = nn.Dropout()
    model = nn.Sequential(nn.Sequential(nn.Sequential(inner)))
    assert model.eval() is model and not inner.training
    assert model.train() is model and inner.training


def test_parameters_and_their_number():
    norm = nn.Sequential(nn.BatchNorm2d(3), nn.ReLU())
    model = nn.Sequential(nn.Conv2d(2, 3, (2, 4), bias=False), norm, nn.Linear(5, 7))
    assert [p.data.shape for p in model.parameters()] == [(3, 2, 2, 4), (3,), (3,), (7, 5), (7,)]
    assert model.num_parameters == 3 * 2 * 2 * 4 + 3 + 3 + 7 * 5 + 7
    assert list(model.state()) == [
        "0.weight", "1.0.weight", "1.0.bias", "1.0.running_mean", "1.0.running_var",
        "1.0.num_batches_tracked", "2.weight", "2.bias"]
    assert nn.Sequential().num_parameters == 0


def test_parameter_is_a_handle():
    layer = nn.Linear(2, 1)
    weight, _ = layer.parameters()
    weight.data = np.array([[3.0, 4.0]])
    assert layer(np.array([[1.0, 1.0]])) == 7


def test_repr_shows_what_was_built():
    pools = nn.Sequential(nn.MaxPool2d(3, stride=2, ceil_mode=True), nn.AvgPool2d(2))
    model = nn.Sequential(nn.Conv2d(4, 6, (3, 5), stride=2, padding=(1, 0), groups=2), nn.BatchNorm2d(6),
                          nn.LeakyReLU(0.1), pools, nn.Dropout(0.3), nn.Tanh())
    assert repr(model) == """Sequential(
  0: Conv2d(4 → 6, 3×5, stride=2, padding=(1, 0), groups=2)
  1: BatchNorm2d(6)
  2: LeakyReLU(0.1)
  3: Sequential(
    0: MaxPool2d(3, stride=2, ceil_mode=True)
    1: AvgPool2d(2)
  )
  4: Dropout(0.3)
  5: Tanh()
)"""


def test_lists_and_whole_numbers_are_taken():
    model = nn.Sequential(nn.Conv2d(1, 2, 2), nn.ReLU(), nn.Flatten(), nn.Linear(2, 3))
    images = [[[[0, 1], [2, 3]]]]
    for mode in (True, False):
        np.testing.assert_array_equal(model.train(mode)(images), model(np.array(images, float)))
        assert model.backward([[1, 0, 0]]).shape == (1, 1, 2, 2)


def test_layers_can_be_copied_before_and_after_a_call(rng):
    model, x = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Dropout()), rng.random((1, 1, 4, 4))
    assert copy.deepcopy(model).num_parameters == model.num_parameters
    model(x)
    twin = copy.deepcopy(model)
    twin[0].weight[:] = 0
    assert model[0].weight.all() and twin.output.shape == model.output.shape


@pytest.mark.parametrize("kind", [*KINDS, "Dropout"])
def test_backward_before_forward(kind, rng):
    layer = build(kind, rng)[0] if kind in KINDS else nn.Dropout()
    for model in (layer, nn.Sequential(layer)):
        with pytest.raises(ValueError, match=f"^{kind} has no [a-z]+ yet: call it first$"):
            model.backward(np.ones((1, 1, 1, 1)))


def test_output_before_forward():
    with pytest.raises(ValueError, match="^Sequential has no output yet"):
        _ = nn.lenet5().output


def test_gradient_before_backward():
    model = nn.Sequential(nn.Linear(2, 1))
    model(np.ones((1, 2)))
    with pytest.raises(ValueError, match=r"^weight of Linear\(2 → 1\) has no gradient yet: call"):
        _ = model.parameters()[0].grad


@pytest.mark.parametrize("call, sentence", [
    (lambda: nn.Sequential("x"), "layers must be layers, got 'x'"),
    (lambda: nn.Sequential([nn.ReLU()]), "layers must be layers, got [ReLU()]"),
    (lambda: nn.Sequential(nn.ReLU), "layers must be layers, got <class"),
    (lambda: nn.Conv2d(0, 1, 3), "in_channels must be ≥ 1, got 0"),
    (lambda: nn.Conv2d(1, 2.5, 3), "out_channels must be a whole number, got 2.5"),
    (lambda: nn.Conv2d(1, 1, 0), "kernel_size must be ≥ 1, got 0"),
    (lambda: nn.Conv2d(3, 4, 3, groups=2), "groups must divide 3 and 4 channels, got 2"),
    (lambda: nn.Conv2d(3, 4, 3, groups=0), "groups must be ≥ 1, got 0"),
    (lambda: nn.Conv2d(1, 1, 3, stride=0)(np.ones((1, 1, 5, 5))), "stride must be ≥ 1, got 0"),
    (lambda: nn.Conv2d(1, 1, 3, padding=-1)(np.ones((1, 1, 5, 5))), "padding must be ≥ 0, got -1"),
    (lambda: nn.Conv2d(2, 1, 3)(np.ones((1, 1, 5, 5))), "weight must"),
    (lambda: nn.Conv2d(1, 1, 3)(np.ones((5, 5))), "x must have 4 dimensions (N, C, H, W), got shape (5, 5)"),
    (lambda: nn.Linear(-1, 2), "in_features must be ≥ 1, got -1"),
    (lambda: nn.Linear(2, "x"), "out_features must be a whole number, got 'x'"),
    (lambda: nn.Linear(2, 3)(np.ones((1, 3))), "weight must have shape (outputs, 3) to fit x, got (3, 2)"),
    (lambda: nn.Linear(2, 3)(np.ones((1, 2, 1, 1))), "x must have shape (N, inputs), neither empty"),
    (lambda: nn.Linear(2, 3)([[np.nan, 1]]), "x must hold numbers only, got NaN at index (0, 0)"),
    (lambda: nn.mlp()(np.ones((0, 1, 28, 28))), "x must have shape (N, inputs), neither empty, got (0, 784)"),
    (lambda: nn.ReLU()("x"), "x must hold real numbers, got dtype <U1"),
    (lambda: nn.ReLU()([[1], [1, 2]]), "x must be an array, got rows of different lengths"),
    (lambda: nn.MaxPool2d(0)(np.ones((1, 1, 5, 5))), "kernel_size must be ≥ 1, got 0"),
    (lambda: nn.Dropout(1), "p must be in [0, 1), got 1"),
    (lambda: nn.Dropout("x"), "p must be a number, got 'x'"),
    (lambda: nn.BatchNorm2d(0), "channels must be ≥ 1, got 0"),
    (lambda: nn.BatchNorm2d(2, momentum=-1), "momentum must be ≥ 0, got -1"),
    (lambda: nn.BatchNorm2d(2)(np.ones((1, 3, 4, 4))), "must have shape (3,), got (2,)"),
    (lambda: nn.Normalize(0.5, 0), "std must be > 0, got 0"),
    (lambda: nn.Normalize((0.5, 1), (1, 0)), "std must be > 0, got (1, 0)"),
    (lambda: nn.Normalize((0.5, 1), 1), "std must hold as many numbers as mean, 2, got 1"),
    (lambda: nn.Normalize("x", 1), "mean must be a number, got 'x'"),
    (lambda: nn.Normalize((0, 1), (1, 1))(np.ones((1, 3, 4, 4))), "x must have shape (N, 2, H, W), got (1, 3, 4"),
    (lambda: nn.LocalResponseNorm(0), "size must be ≥ 1, got 0"),
    (lambda: nn.LocalResponseNorm(3, beta="x"), "beta must be a number, got 'x'"),
    (lambda: nn.Subsample2d(0, 2), "channels must be ≥ 1, got 0"),
    (lambda: nn.Subsample2d(3, 2)(np.ones((1, 2, 4, 4))), "weight must have shape (2,), got (3,)"),
    (lambda: nn.TableConv2d([[1, 0], [1, 0]], 3), "table must have two dimensions, hold 0 and 1 (or False"),
    (lambda: nn.TableConv2d([1, 0], 3), "table must have two dimensions"),
    (lambda: nn.TableConv2d([[2]], 3), "hold 0 and 1 (or False and True) only, and have no empty column, got arr"),
    (lambda: nn.RBF([1, -1]), "codes must have shape (classes, features), got (2,)"),
    (lambda: nn.RBF([[1, -1]])(np.ones((2, 3))), "x must have shape (N, 2), got (2, 3)"),
    (lambda: nn.LeakyReLU("x")(np.ones(1)), "negative_slope must be a number, got 'x'"),
])
def test_refusals_name_argument_value_and_expectation(call, sentence):
    with pytest.raises(ValueError) as error:
        call()
    assert sentence in str(error.value)


def test_backward_refuses_a_gradient_of_another_shape(rng):
    model = nn.mlp()
    model(rng.random((4, 1, 28, 28)))
    with pytest.raises(ValueError, match=r"^grad must have shape \(4, 10\), got \(\)$"):
        model.backward(0.7)
