"""Pooling against PyTorch, with ties, overlap, padding and windows that hang over the edge."""

import numpy as np
import pytest

from cnnlesson.ops import (
    avg_pool2d,
    avg_pool2d_backward,
    global_avg_pool2d,
    global_avg_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
    sum_pool2d,
    sum_pool2d_backward,
)


def meets_image(size, kernel, stride, padding, dilation):
    """Whether each window along one side has a cell of the image (PyTorch's backward needs one)."""
    starts = np.arange(-padding, size, stride)
    cells = starts[:, None] + dilation * np.arange(kernel)
    return ((cells >= 0) & (cells < size)).any(1).all()


def random_case(seed, dilated=True):
    """Shape of x and settings; any window along one side lies at least partly in the image."""
    rng = np.random.default_rng(seed)
    sides = []
    while len(sides) < 2:
        kernel, stride = rng.integers(1, 5), rng.integers(1, 7)
        dilation = rng.integers(1, 4) if dilated else 1
        span = dilation * (kernel - 1) + 1
        padding = rng.integers(0, kernel // 2 + 1)
        size = max(1, span - 2 * padding) + rng.integers(0, 10)
        if meets_image(size, kernel, stride, padding, dilation):
            sides.append([int(v) for v in (size, kernel, stride, padding, dilation)])
    sizes, kernel, stride, padding, dilation = zip(*sides, strict=True)
    settings = dict(
        kernel_size=kernel, stride=stride, padding=padding, dilation=dilation, ceil_mode=bool(rng.integers(2))
    )
    if not dilated:
        del settings["dilation"]
    if rng.random() < 0.2:
        settings["stride"] = None
        if not all(meets_image(s, k, k, p, d) for s, k, _, p, d in sides):
            settings["stride"] = stride
    return (int(rng.choice([1, 2, 9])), int(rng.integers(1, 4)), *sizes), settings


def few_values(shape, seed):
    """Numbers with many ties, some of them −inf."""
    x = np.random.default_rng(seed).integers(-2, 3, shape).astype(float)
    if seed % 4 == 0:
        x[x == -2] = -np.inf
    if seed % 12 == 0:
        x[:] = -np.inf
    return x


@pytest.mark.parametrize("seed", range(150))
def test_max_equals_pytorch(seed, torch, against_torch):
    shape, settings = random_case(seed)
    against_torch(
        lambda x: max_pool2d(x, **settings),
        lambda g, x: max_pool2d_backward(g, x, **settings),
        lambda x: torch.nn.functional.max_pool2d(x, **settings),
        [few_values(shape, seed)],
        np.random.default_rng(seed),
    )


@pytest.mark.parametrize("seed", range(100))
def test_average_equals_pytorch(seed, torch, against_torch):
    shape, settings = random_case(seed, dilated=False)
    settings["count_include_pad"] = bool(seed % 2)
    rng = np.random.default_rng(seed)
    against_torch(
        lambda x: avg_pool2d(x, **settings),
        lambda g, x: avg_pool2d_backward(g, x, **settings),
        lambda x: torch.nn.functional.avg_pool2d(x, **settings),
        [rng.standard_normal(shape)],
        rng,
    )


@pytest.mark.parametrize("seed", range(50))
def test_sum_equals_pytorch(seed, torch, against_torch):
    shape, settings = random_case(seed, dilated=False)
    rng = np.random.default_rng(seed)
    against_torch(
        lambda x: sum_pool2d(x, **settings),
        lambda g, x: sum_pool2d_backward(g, x, **settings),
        lambda x: torch.nn.functional.avg_pool2d(x, **settings, divisor_override=1),
        [rng.standard_normal(shape)],
        rng,
    )


def test_sum_is_average_times_cells():
    x = np.random.default_rng(0).standard_normal((2, 3, 7, 8))
    np.testing.assert_allclose(sum_pool2d(x, (2, 3), padding=1), 6 * avg_pool2d(x, (2, 3), padding=1))


def test_global_average_equals_pytorch(torch, against_torch):
    rng = np.random.default_rng(0)
    against_torch(
        global_avg_pool2d,
        global_avg_pool2d_backward,
        lambda x: torch.nn.functional.adaptive_avg_pool2d(x, 1),
        [rng.standard_normal((3, 4, 5, 7))],
        rng,
    )


def plain_pool(combine, x, kernel, stride, padding, outside):
    """Pooling by its definition, for where PyTorch is absent."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), constant_values=outside)
    rows, columns = (range(0, side - kernel + 1, stride) for side in x.shape[2:])
    windows = [[combine(x[:, :, i : i + kernel, j : j + kernel], (2, 3)) for j in columns] for i in rows]
    return np.moveaxis(np.array(windows), (0, 1), (2, 3))


@pytest.mark.parametrize("seed", range(20))
def test_equals_its_definition(seed):
    rng = np.random.default_rng(seed)
    kernel, stride = rng.integers(1, 5, 2)
    padding = rng.integers(0, kernel // 2 + 1)
    x = rng.standard_normal((2, 3, *rng.integers(kernel, 12, 2)))
    for pool, combine, outside in (
        (max_pool2d, np.max, -np.inf),
        (sum_pool2d, np.sum, 0),
        (avg_pool2d, np.mean, 0),
    ):
        np.testing.assert_allclose(
            pool(x, kernel, stride=stride, padding=padding),
            plain_pool(combine, x, kernel, stride, padding, outside),
            rtol=1e-12,
            atol=1e-12,
        )


@pytest.mark.parametrize("seed", range(30))
def test_ties_equal_pytorch(seed, torch, against_torch):
    """Few different numbers: nearly every window has several that are largest."""
    rng = np.random.default_rng(seed)
    kernel, stride = (2, 2) if seed % 3 else rng.integers(2, 4, 2)
    settings = dict(kernel_size=int(kernel), stride=int(stride), padding=int(rng.integers(2)) if seed % 2 else 0)
    against_torch(
        lambda x: max_pool2d(x, **settings),
        lambda g, x: max_pool2d_backward(g, x, **settings),
        lambda x: torch.nn.functional.max_pool2d(x, **settings),
        [rng.integers(0, 3, (3, 2, 2 * rng.integers(2, 5), 2 * rng.integers(2, 5))).astype(float)],
        rng,
    )


SETTINGS = [
    dict(kernel_size=2),
    dict(kernel_size=(3, 2), stride=1, padding=1),
    dict(kernel_size=3, stride=2, ceil_mode=True),
    dict(kernel_size=2, stride=3),
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize(
    "pool, back",
    [(max_pool2d, max_pool2d_backward), (avg_pool2d, avg_pool2d_backward), (sum_pool2d, sum_pool2d_backward)],
)
def test_gradients_equal_finite_differences(pool, back, settings, numeric_gradient):
    rng = np.random.default_rng(0)
    x = rng.permutation(2 * 2 * 6 * 5).reshape(2, 2, 6, 5) / 10  # no two alike: no kink nearby
    grad = rng.standard_normal(pool(x, **settings).shape)
    want = numeric_gradient(lambda v: pool(v, **settings), x, grad, step=0.01)  # linear between kinks
    np.testing.assert_allclose(back(grad, x, **settings), want, rtol=1e-6, atol=1e-9)


def test_global_average_gradient_equals_finite_differences(numeric_gradient):
    rng = np.random.default_rng(0)
    x, grad = rng.standard_normal((2, 3, 4, 5)), rng.standard_normal((2, 3, 1, 1))
    want = numeric_gradient(global_avg_pool2d, x, grad, step=0.1)
    np.testing.assert_allclose(global_avg_pool2d_backward(grad, x), want, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    "window, winner",
    [
        ([[1, 1], [1, 1]], (0, 0)),
        ([[1, 3], [3, 2]], (0, 1)),
        ([[0, 1], [2, 2]], (1, 0)),
        ([[-0.0, 0.0], [0, 0]], (0, 0)),
        (np.full((2, 2), -np.inf), (0, 0)),
        ([[-np.inf, np.inf], [np.inf, 0]], (0, 1)),
    ],
)
def test_first_of_equals_wins_row_by_row(window, winner):
    want = np.zeros((2, 2))
    want[winner] = 1
    np.testing.assert_array_equal(max_pool2d_backward(np.ones((1, 1, 1, 1)), [[window]], 2)[0, 0], want)


def test_no_gradient_is_lost_to_the_border_when_all_is_minus_infinity():
    x, grad = np.full((1, 1, 2, 2), -np.inf), np.ones((1, 1, 2, 2))
    np.testing.assert_array_equal(max_pool2d(x, 2, padding=1), x)
    np.testing.assert_array_equal(max_pool2d_backward(grad, x, 2, padding=1), grad)


def test_window_wholly_outside_has_no_winner():
    x, settings = (
        np.ones((1, 1, 4, 1)),
        dict(kernel_size=(2, 1), dilation=(5, 1), padding=(1, 0)),
    )  # rows −1 and 4
    np.testing.assert_array_equal(max_pool2d(x, **settings), [[[[-np.inf]]]])
    np.testing.assert_array_equal(max_pool2d_backward(np.ones((1, 1, 1, 1)), x, **settings), 0 * x)


@pytest.mark.parametrize(
    "size, kernel, stride, padding, count",
    [
        (5, 2, 2, 0, 3),  # a last window hangs over the edge
        (4, 2, 2, 0, 2),  # none is needed
        (3, 2, 2, 1, 2),  # a third would begin in the padding: left out
        (4, 1, 3, 0, 2),
        (2, 3, 2, 0, 1),  # the only window hangs over
    ],
)
def test_ceil_mode_counts_as_pytorch_does(size, kernel, stride, padding, count):
    x = np.ones((1, 1, size, size))
    for pool in (max_pool2d, avg_pool2d, sum_pool2d):
        assert pool(x, kernel, stride=stride, padding=padding, ceil_mode=True).shape == (1, 1, count, count)


def test_cells_beyond_the_padding_never_count():
    x = np.ones((1, 1, 5, 5))
    np.testing.assert_array_equal(avg_pool2d(x, 2, ceil_mode=True), np.ones((1, 1, 3, 3)))
    np.testing.assert_array_equal(sum_pool2d(x, 2, ceil_mode=True)[0, 0, 2], [2, 2, 1])


def test_infinity_is_a_number():
    x = np.array([[[[-np.inf, np.inf], [0, 1]]]])
    assert max_pool2d(x, 2) == np.inf
    assert max_pool2d(-x, 2) == np.inf
    assert sum_pool2d(np.maximum(x, 0), 2) == np.inf
