"""Receptive fields against nn.summary's arithmetic, against changed pixels, against PyTorch's gradients."""
import numpy as np
import pytest

from cnnlesson import inspection, nn


def piece(rng, channels):
    """A layer or block that an answer can pass through, with settings of all kinds."""
    size = lambda high: tuple(int(number) for number in rng.integers(1, high, 2))      # noqa: E731
    kernel = size(4)
    half = tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel)
    conv = lambda out, kernel, **settings: nn.Conv2d(channels, out, kernel, rng=rng, **settings)    # noqa: E731
    match rng.choice(["conv", "groups", "max", "mean", "subsample", "table", "residual", "concat", "fire", "norm"]):
        case "conv":
            return conv(2, kernel, stride=size(3), padding=size(2), dilation=size(3))
        case "groups":
            return conv(2 * channels, kernel, groups=channels)
        case "max":
            return nn.MaxPool2d(kernel, size(3), half, size(3))
        case "mean":
            return nn.AvgPool2d(kernel, size(3), half, count_include_pad=bool(rng.integers(2)))
        case "subsample":
            return nn.Subsample2d(channels, kernel)
        case "table":
            table = rng.integers(0, 2, (channels, 3))
            table[rng.integers(channels)] = 1
            return nn.TableConv2d(table, kernel)
        case "residual":
            body = nn.Sequential(conv(3, 3, padding=1), nn.ReLU(), nn.Conv2d(3, 2, 3, 2, 1, rng=rng))
            return nn.Residual(body, conv(2, 1, stride=2), nn.LeakyReLU())
        case "concat":
            return nn.Concat(conv(1, 1), conv(1, (1, 3), padding=(0, 1)), nn.Sequential(nn.MaxPool2d(3, 1, 1)))
        case "fire":
            return nn.Fire(channels, 1, 1, rng=rng)
        case "norm":
            return nn.BatchNorm2d(channels)


def positive_network(seed):
    """Every input has a positive influence on whatever it reaches, if it is large enough to win the maxima."""
    rng = np.random.default_rng(seed)
    x = rng.random((1, 2, *rng.integers(9, 13, 2)))
    layers = []
    for _ in range(rng.integers(1, 4)):
        out = nn.Sequential(*layers)(x) if layers else x
        if min(out.shape[2:]) < 5:
            break
        layers.append(piece(rng, out.shape[1]))
        for parameter in layers[-1].parameters():
            parameter.data = rng.uniform(0.1, 1, parameter.data.shape)
    return nn.Sequential(*layers).eval(), x, rng


def changed_by_brute_force(model, x, place):
    """For each pixel, whether an enormous value there changes one unit of the output."""
    pixels = x[0].size
    others = np.repeat(x, pixels, 0)
    others.reshape(pixels, pixels)[np.diag_indices(pixels)] = 1e6
    changed = abs(model(others)[:, *place[1:]] - model(x)[:, *place[1:]]) > 1e-3      # more than rounding
    return changed.reshape(pixels, -1).any(1).reshape(x.shape[1:]).any(0)


@pytest.mark.parametrize("seed", range(30))
def test_equals_the_pixels_that_change_a_unit(seed):
    model, x, rng = positive_network(seed)
    shape = model(x).shape
    corner, somewhere = (0, 0), tuple(int(rng.integers(side)) for side in shape[2:])
    channel = int(rng.integers(shape[1]))
    for unit, c in ((corner, None), (somewhere, None), (somewhere, channel)):
        place = 0, slice(None) if c is None else c, *unit
        got = inspection.receptive_field(model, -1, x.shape[1:], unit, channel=c)
        np.testing.assert_array_equal(got, changed_by_brute_force(model, x, place))


def test_weights_do_not_matter():
    model = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(2, 1, 2))
    fields = []
    for fill in (1, 0, -1, 1e6):
        for parameter in model.parameters():
            parameter.data = np.full_like(parameter.data, fill)
        fields.append(inspection.receptive_field(model, -1, (1, 12, 12), (2, 2)))
    assert (fields[0] == fields).all() and fields[0].sum() == 36


@pytest.mark.parametrize("seed", range(30))
def test_extent_inside_is_what_the_summary_tells(seed):
    model, x, _ = positive_network(100 + seed)
    shape = x.shape[1], 80, 90
    for row in nn.summary(model, shape).rows:
        if row.name not in inspection.layer_names(model) or min(row.output[1:]) < 5:
            continue
        rows, columns = np.nonzero(inspection.receptive_field(model, row.name, shape))
        assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == row.field, (model, row.name)


@pytest.mark.parametrize("model, shape", [
    (nn.lenet5(), (1, 28, 28)), (nn.squeezenet(), (3, 127, 127)), (nn.resnet_small(20), (1, 64, 64))])
def test_famous_networks(model, shape):
    count = 0
    for row in nn.summary(model, shape).rows:
        if row.name in inspection.layer_names(model) and row.field and max(row.field) < 63 and len(row.output) == 3:
            mask = inspection.receptive_field(model, row.name, shape)
            assert mask.sum() == np.prod(row.field) and mask.any(1).sum() == row.field[0]
            count += 1
    assert count > 5


def test_dilation_and_stride_leave_holes():
    dilated = inspection.receptive_field(nn.Sequential(nn.Conv2d(1, 1, 3, dilation=2)), 0, (1, 5, 5))
    np.testing.assert_array_equal(np.argwhere(dilated), [(i, j) for i in (0, 2, 4) for j in (0, 2, 4)])
    strided = inspection.receptive_field(nn.Sequential(nn.Conv2d(1, 1, 1, 2), nn.Conv2d(1, 1, 2)), 1, (1, 4, 4), (0, 0))
    np.testing.assert_array_equal(np.argwhere(strided), [(i, j) for i in (0, 2) for j in (0, 2)])


def test_without_a_unit_it_is_the_middle_one():
    model = nn.Sequential(nn.Conv2d(1, 1, 3))
    np.testing.assert_array_equal(inspection.receptive_field(model, 0, (1, 9, 7)),
                                  inspection.receptive_field(model, 0, (1, 9, 7), (3, 2)))


def test_channels_that_a_unit_does_not_see():
    """One group sees a window of 3, the other, through pooling, of 5; normalisation across channels joins them."""
    paths = nn.Concat(nn.Conv2d(1, 1, 3, padding=1), nn.MaxPool2d(5, 1, 2))
    apart = nn.Sequential(paths, nn.Conv2d(2, 2, 1, groups=2))
    sums = [inspection.receptive_field(apart, 1, (1, 9, 9), channel=c).sum() for c in (0, 1, None)]
    assert sums == [9, 25, 25]
    table = nn.Sequential(paths, nn.TableConv2d([[1, 0, 1], [0, 1, 1]], 1))
    assert [inspection.receptive_field(table, 1, (1, 9, 9), channel=c).sum() for c in (0, 1, 2)] == [9, 25, 25]
    for size, expected in ((1, [9, 25]), (2, [9, 25]), (3, [25, 25])):  # the window of size 2 looks at one before
        joined = nn.Sequential(paths, nn.LocalResponseNorm(size))
        assert [inspection.receptive_field(joined, 1, (1, 9, 9), channel=c).sum() for c in (0, 1)] == expected


def test_dense_layers_see_all_that_reaches_them():
    model = nn.Sequential(nn.Conv2d(1, 1, 3, 2), nn.Flatten(), nn.Linear(9, 4), nn.Sigmoid(),
                          nn.RBF(np.zeros((2, 4))))
    seen = inspection.receptive_field(model, -1, (1, 8, 8))
    assert seen[:7, :7].all() and seen.sum() == 49
    assert inspection.receptive_field(model, "1", (1, 8, 8), channel=4)[2:5, 2:5].all()
    assert inspection.receptive_field(model, "1", (1, 8, 8), channel=4).sum() == 9
    assert inspection.receptive_field(nn.Sequential(nn.GlobalAvgPool2d()), 0, (1, 8, 8)).all()


def test_a_layer_of_ones_own_counts_with_its_gradient():
    class LeftHalf(nn.Layer):
        def forward(self, x):
            return -x[..., :x.shape[3] // 2]

        def backward(self, grad):
            return np.pad(-grad, ((0, 0), (0, 0), (0, 0), (0, self.input.shape[3] - grad.shape[3])))

    model = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), LeftHalf(), nn.Flatten(), nn.Linear(8 * 4, 1))
    seen = inspection.receptive_field(model, -1, (1, 8, 8))
    assert seen[:, :5].all() and not seen[:, 5:].any()


# --- against PyTorch ---

def theirs(torch, ours):
    """A convolutional network in PyTorch's layers, means in place of maxima; weights are made positive in both."""
    conv = lambda layer: torch.nn.Conv2d(layer.weight.shape[1], len(layer.weight), layer.weight.shape[2:],      # noqa
                                         **{key: layer.settings[key] for key in ("stride", "padding", "dilation")})
    layers = []
    for layer in ours:
        if isinstance(layer, nn.Conv2d):
            layers.append(conv(layer))
            layers[-1].weight.data[:] = 1 / layers[-1].weight[0].numel()
        elif isinstance(layer, nn.MaxPool2d):
            kernel, stride, padding = (layer.settings[key] for key in ("kernel_size", "stride", "padding"))
            layers.append(torch.nn.AvgPool2d(kernel, stride, padding))
        else:
            layers.append(torch.nn.Identity())
    return torch.nn.Sequential(*layers)


@pytest.mark.parametrize("ours", [
    nn.lenet5()[:7],
    nn.Sequential(nn.Conv2d(1, 2, (3, 5), (2, 1), (0, 2)), nn.ReLU(), nn.MaxPool2d(3, 2, 1)),
    nn.Sequential(nn.Conv2d(1, 2, 3, dilation=3), nn.Conv2d(2, 2, 3, stride=2, padding=1, dilation=(1, 2))),
    nn.Sequential(nn.MaxPool2d((2, 3), (1, 2)), nn.Conv2d(1, 2, 4, 3, 2), nn.LeakyReLU(), nn.Conv2d(2, 1, 3, 1, 1)),
])
def test_equals_pytorchs_gradients(ours, torch, rng):
    x = torch.tensor(rng.random((1, 1, 28, 28), np.float32), requires_grad=True)
    out = theirs(torch, ours)(x)
    for unit in ((0, 0), (2, 3), (out.shape[2] - 1, out.shape[3] - 1)):
        grad, = torch.autograd.grad(out[0, 0, *unit], x, retain_graph=True)
        got = inspection.receptive_field(ours, -1, (1, 28, 28), unit, channel=0)
        np.testing.assert_array_equal(got, grad[0, 0].numpy() != 0)


@pytest.mark.parametrize("unit", [(0, 0), (4, 1), None])
def test_influence_equals_pytorchs_gradients(unit, digit_network, twin_of_digit_network, autograd, unseen):
    image = unseen.images[7]
    row, column = unit or (5, 5)        # of maps of 10 × 10
    expected = autograd(lambda x: twin_of_digit_network[:5](x)[0, 3, row, column], image[None])[0]
    got = inspection.influence(digit_network, image, 4, unit, channel=3)
    np.testing.assert_allclose(got, expected, atol=1e-5)
    assert got.any()
    seen = inspection.receptive_field(digit_network, 4, image.shape, unit)
    assert not got[0][~seen].any()
    together = autograd(lambda x: twin_of_digit_network[:5](x)[0, :, row, column].sum(), image[None])[0]
    np.testing.assert_allclose(inspection.influence(digit_network, image, 4, unit), together, atol=1e-5)


def test_influence_of_a_dense_unit(digit_network, twin_of_digit_network, autograd, unseen):
    image = unseen.images[3]
    expected = autograd(lambda x: twin_of_digit_network[:9](x)[0, 17], image[None])[0]
    np.testing.assert_allclose(inspection.influence(digit_network, image, "8", channel=17), expected, atol=1e-5)
