"""conv2d against PyTorch, against its own definition, against SciPy."""

import numpy as np
import pytest

from cnnlesson.ops import conv2d, conv2d_backward, conv2d_loops, conv_columns, conv_rows, conv_winograd, products
from cnnlesson.ops.convolution import check, way


def random_case(seed):
    """x, weight, bias or None, settings: everything that conv2d can be asked for."""
    rng = np.random.default_rng(seed)
    kernel, stride, dilation = rng.integers(1, 6, 2), rng.integers(1, 4, 2), rng.integers(1, 4, 2)
    padding = rng.integers(0, 8, 2) if rng.random() < 0.3 else rng.integers(0, 3, 2)  # also beyond the kernel
    span = dilation * (kernel - 1) + 1
    height, width = np.maximum(1, span - 2 * padding) + rng.integers(0, 8, 2)
    groups = int(rng.choice([1, 1, 1, 2, 3]))
    depth, filters = rng.integers(1, 5, 2)
    if rng.random() < 0.2:  # depthwise
        groups, depth, filters = int(rng.integers(2, 6)), 1, rng.integers(1, 3)
    n = int(rng.choice([1, 2, 3, 16, 33]))
    settings = dict(stride=stride, padding=padding, dilation=dilation)
    settings = {
        name: int(pair[0]) if pair[0] == pair[1] else tuple(map(int, pair)) for name, pair in settings.items()
    }
    return (
        rng.standard_normal((n, groups * depth, height, width)),
        rng.standard_normal((groups * filters, depth, *kernel)),
        rng.standard_normal(groups * filters) if rng.random() < 0.7 else None,
        dict(settings, groups=groups),
    )


SEEDS = range(300)


@pytest.mark.parametrize("seed", SEEDS)
def test_equals_pytorch(seed, torch, against_torch):
    x, weight, bias, settings = random_case(seed)
    oracle = torch.nn.functional.conv2d
    if bias is None:

        def backward(grad, x, weight):
            return conv2d_backward(grad, x, weight, **settings)[:2]
    else:

        def backward(grad, x, weight, bias):
            return conv2d_backward(grad, x, weight, **settings)

    against_torch(
        lambda *a: conv2d(*a, **settings),
        backward,
        lambda *a: oracle(*a, **settings),
        [x, weight] if bias is None else [x, weight, bias],
        np.random.default_rng(seed),
    )


def test_random_cases_reach_every_corner():
    cases = [random_case(seed) for seed in SEEDS]
    settings = ("stride", "padding", "dilation", "groups")
    ways = [way(check(x, weight, None, *map(case.get, settings))[-1]) for x, weight, _, case in cases]
    assert ways.count(conv_rows) > 30 and ways.count(conv_columns) > 50
    assert sum(len(x) == 1 for x, *_ in cases) > 30
    assert sum(weight.shape[2] != weight.shape[3] for _, weight, *_ in cases) > 50
    assert sum(s["groups"] > 1 for *_, s in cases) > 50
    assert sum(weight.shape[1] == 1 < s["groups"] for _, weight, _, s in cases) > 30
    assert sum(bias is None for *_, bias, _ in cases) > 30
    assert sum(np.max(s["padding"]) > max(weight.shape[2:]) for _, weight, _, s in cases) > 20
    for setting in ("stride", "dilation"):
        assert sum(np.max(s[setting]) > 1 for *_, s in cases) > 100


@pytest.mark.parametrize("seed", range(60))
def test_equals_its_definition(seed):
    x, weight, bias, settings = random_case(1000 + seed)
    x = x[:3]
    np.testing.assert_allclose(
        conv2d(x, weight, bias, **settings), conv2d_loops(x, weight, bias, **settings), rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("way", [conv_rows, conv_columns])
@pytest.mark.parametrize("seed", range(60))
def test_each_way_gives_the_same_at_all_sizes(way, seed, monkeypatch):
    """`conv2d` takes the one for long rows, the other for short ones; both must hold everywhere."""
    x, weight, bias, settings = random_case(3000 + seed)
    grad = np.random.default_rng(seed).standard_normal(conv2d(x, weight, **settings).shape)
    want = conv2d(x, weight, bias, **settings), *conv2d_backward(grad, x, weight, **settings)
    monkeypatch.setattr("cnnlesson.ops.convolution.way", lambda geometry: way)
    got = conv2d(x, weight, bias, **settings), *conv2d_backward(grad, x, weight, **settings)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("channels, filters, kernel, side", [(7, 40, 3, 9), (10, 16, 5, 17), (3, 1300, 1, 8)])
def test_large_products_in_pieces(channels, filters, kernel, side):
    """Wide enough that products are cut into pieces, which do not fit evenly."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((90, channels, side, side))
    weight = rng.standard_normal((filters, channels, kernel, kernel))
    assert len(products.quick_columns(filters, weight[0].size, 90 * (side - kernel + 1))) > 1
    out = conv2d(x, weight)
    i, j = rng.integers(0, out.shape[2], 2)
    window = x[:, :, i:i + kernel, j:j + kernel]
    np.testing.assert_allclose(out[:, :, i, j], np.tensordot(window, weight, ((1, 2, 3), (1, 2, 3))))
    grad = rng.standard_normal(out.shape)
    _, grad_weight, _ = conv2d_backward(grad, x, weight)
    seen = x[:, :, i % kernel:, j % kernel:][:, :, :out.shape[2], :out.shape[3]]
    np.testing.assert_allclose(grad_weight[:, :, i % kernel, j % kernel], np.einsum("nohw,nchw->oc", grad, seen))


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-4), (np.float64, 1e-10)])
@pytest.mark.parametrize("seed", range(40))
def test_winograd_equals_the_definition(seed, dtype, tolerance):
    rng = np.random.default_rng(seed)
    kernel, padding = int(rng.choice([3, 5])), tuple(int(p) for p in rng.integers(0, 4, 2))
    x = rng.standard_normal((1, rng.integers(1, 9), *rng.integers(kernel, 15, 2))).astype(dtype)
    weight = rng.standard_normal((rng.integers(1, 9), x.shape[1], kernel, kernel)).astype(dtype)
    bias = rng.standard_normal(len(weight)) if seed % 2 else None
    *arguments, geometry = check(x, weight, bias, 1, padding, 1, 1)
    want = conv2d_loops(x, weight, bias, padding=padding)
    got = conv_winograd.forward(*arguments, geometry)
    assert got.dtype == dtype and got.shape == want.shape
    np.testing.assert_allclose(got, want, atol=tolerance * abs(want).max())


@pytest.mark.parametrize("kernel, padding", [(3, 1), (3, 0), (5, 2)])
def test_winograd_is_taken_where_it_pays(kernel, padding, against_torch, torch):
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((1, 48, 41, 43)), rng.standard_normal((40, 48, kernel, kernel)) / 20

    def pays(x, weight, stride=1, dilation=1, groups=1):
        return conv_winograd.pays(check(x, weight, None, stride, padding, dilation, groups)[3])

    assert pays(x, weight)
    assert not pays(x, weight, stride=(1, 2)) and not pays(x, weight, dilation=(2, 1))
    assert not pays(x, weight[:, :6], groups=8)
    assert not pays(np.repeat(x, 2, 0), weight) and not pays(x[:, :, :6, :6], weight)
    assert not pays(x, weight[..., :1])
    against_torch(
        lambda x, weight: conv2d(x, weight, padding=padding),
        lambda grad, x, weight: conv2d_backward(grad, x, weight, padding=padding)[:2],
        lambda x, weight: torch.nn.functional.conv2d(x, weight, padding=padding),
        [x, weight],
        rng,
    )


@pytest.mark.parametrize("m, r", [(2, 3), (4, 3), (2, 5), (4, 5), (3, 2)])
def test_winograd_transforms_are_exact(m, r):
    rng = np.random.default_rng(0)
    tile, weight = rng.standard_normal((m + r - 1,) * 2), rng.standard_normal((r, r))
    back, of_filter, of_tile = conv_winograd.transforms(m, r)
    got = (back @ ((of_filter @ weight.ravel()) * (of_tile @ tile.ravel()))).reshape(m, m)
    np.testing.assert_allclose(got, conv2d_loops(tile[None, None], weight[None, None])[0, 0], rtol=1e-10)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("function", [conv2d, conv2d_loops])
def test_equals_scipy(seed, function):
    signal = pytest.importorskip("scipy.signal", reason="SciPy, the oracle of this test, is not installed")
    rng = np.random.default_rng(seed)
    image, kernel = rng.standard_normal(rng.integers(7, 20, 2)), rng.standard_normal(rng.integers(1, 8, 2))
    np.testing.assert_allclose(
        function(image[None, None], kernel[None, None])[0, 0],
        signal.correlate2d(image, kernel, mode="valid"),
        rtol=1e-9,
        atol=1e-9,
    )


def test_does_not_flip_the_kernel():
    x = np.zeros((1, 1, 3, 3))
    x[0, 0, 0, 2] = 1
    np.testing.assert_array_equal(conv2d(x, np.arange(9.0).reshape(1, 1, 3, 3)), [[[[2]]]])


@pytest.mark.parametrize("seed", range(12))
def test_gradients_equal_finite_differences(seed, numeric_gradient):
    x, weight, bias, settings = random_case(2000 + seed)
    x, bias = x[:2], np.zeros(len(weight)) if bias is None else bias
    grad = np.random.default_rng(seed).standard_normal(conv2d(x, weight, bias, **settings).shape)
    # the output is linear in each of the three: a large step costs no accuracy
    numeric = (
        numeric_gradient(lambda v: conv2d(v, weight, bias, **settings), x, grad, step=0.1),
        numeric_gradient(lambda v: conv2d(x, v, bias, **settings), weight, grad, step=0.1),
        numeric_gradient(lambda v: conv2d(x, weight, v, **settings), bias, grad, step=0.1),
    )
    for got, want in zip(conv2d_backward(grad, x, weight, **settings), numeric, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6 * abs(want).max())


def test_infinity_is_a_number():
    x = np.ones((1, 1, 3, 3))
    x[0, 0, 0, 0] = np.inf
    np.testing.assert_array_equal(conv2d(x, np.ones((1, 1, 2, 2)))[0, 0], [[np.inf, 4], [4, 4]])


@pytest.mark.parametrize(
    "settings",
    [
        dict(stride=np.int64(2), padding=np.uint8(1)),
        dict(stride=np.array([2, 2]), padding=[1, 1]),
        dict(stride=[np.int8(2), 2], padding=True, groups=np.int32(1)),
        dict(stride=np.array(2), padding=(True, 1)),
    ],
)
def test_whole_numbers_of_any_kind_are_settings(settings):
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((1, 1, 5, 5)), rng.standard_normal((1, 1, 3, 3))
    np.testing.assert_array_equal(conv2d(x, weight, **settings), conv2d(x, weight, stride=2, padding=1))
