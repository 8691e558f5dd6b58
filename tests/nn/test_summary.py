"""nn.summary: against published figures, PyTorch's flop counter, plain counting, and gradients."""
import copy
from html.parser import HTMLParser
from itertools import product

import numpy as np
import pytest

from cnnlesson import nn
from tests.nn.random_networks import every_layer, random_network

PUBLISHED = {   # 10⁹ multiply-adds for a picture of side 224 (torchvision's documentation)
    "alexnet": ("AlexNet", 0.71), "googlenet": ("GoogLeNet", 1.50), "squeezenet": ("SqueezeNet", 0.35),
    "resnet18": ("resnet18", 1.81), "resnet34": ("resnet34", 3.66), "resnet50": ("resnet50", 4.09)}
FIELDS = {"alexnet": 195, "resnet18": 435, "resnet34": 899, "resnet50": 427}    # before the global layers


@pytest.fixture(scope="module")
def summaries():
    return {name: nn.summary(getattr(nn, name)(), (3, 224, 224)) for name in PUBLISHED}


# --- cost ---

@pytest.mark.parametrize("name", PUBLISHED)
def test_multiply_adds_are_the_published_ones(name, summaries):
    assert round(summaries[name].multiply_adds / 1e9, 2) == PUBLISHED[name][1]


@pytest.mark.parametrize("name", PUBLISHED)
def test_multiply_adds_equal_pytorchs_count(name, summaries, torch, twins):
    from torch.utils.flop_counter import FlopCounterMode
    with torch.device("meta"):
        theirs = getattr(twins, PUBLISHED[name][0])().eval()
        with FlopCounterMode(display=False) as counter:
            theirs(torch.empty(1, 3, 224, 224))
    assert 2 * summaries[name].multiply_adds == counter.get_total_flops()


def counted(layer):
    """Products of a weight and a value in the layer's last output, one by one."""
    count, out = 0, layer.output
    if isinstance(layer, (nn.Conv2d, nn.TableConv2d)):
        for o, _, _ in product(*map(range, out.shape[1:])):
            channels = layer.connected[o].sum() if isinstance(layer, nn.TableConv2d) else layer.weight.shape[1]
            for _ in product(range(channels), *map(range, layer.weight.shape[-2:])):
                count += 1
    elif isinstance(layer, (nn.Linear, nn.RBF)):
        for _ in product(range(layer.input.shape[1]), range(out.shape[1])):
            count += 1
    elif isinstance(layer, nn.Subsample2d):
        for _ in product(*map(range, out.shape[1:])):
            count += 1
    return count


@pytest.mark.parametrize("seed", range(20))
def test_rows_equal_what_the_layers_do(seed):
    model, x = random_network(seed)
    table = nn.summary(model, x.shape)
    model.eval()(x[:1])
    assert len({row.name for row in table.rows}) == len(table.rows)
    for row in table.rows:
        layer = model[row.name]
        assert row.output == layer.output.shape[1:]
        assert row.memory == 4 * layer.output.size
        if row.layer.startswith(("Concat", "Residual")):
            assert row.parameters == row.multiply_adds == 0
        else:
            assert row.layer == repr(layer)
            assert row.multiply_adds == counted(layer)
            assert row.parameters == sum(array.size for name, array in layer.state().items() if "n" not in name[:3])
    assert table.parameters == model.num_parameters
    assert table.memory == sum(row.memory for row in table.rows)
    assert table.multiply_adds == sum(counted(layer) for layer in every_layer(model))


# --- receptive field ---

def positive_piece(rng, channels):
    """A layer or block through which every input has a positive influence."""
    size = lambda high: tuple(int(number) for number in rng.integers(1, high, 2))      # noqa: E731
    kernel = size(5)
    half = tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel)
    conv = lambda out, kernel, **settings: nn.Conv2d(channels, out, kernel, rng=rng, **settings)    # noqa: E731
    match rng.choice(["conv", "pool", "subsample", "table", "residual", "concat", "fire"]):
        case "conv":
            return conv(2, kernel, stride=size(4), padding=size(3), dilation=size(3))
        case "pool":
            return nn.AvgPool2d(kernel, size(4), half)
        case "subsample":
            return nn.Subsample2d(channels, kernel)
        case "table":
            return nn.TableConv2d(np.ones((channels, 2), int), kernel)
        case "residual":
            body = nn.Sequential(conv(3, 3, padding=1), nn.ReLU(), nn.Conv2d(3, 2, 5, 2, 2, rng=rng))
            return nn.Residual(body, conv(2, 1, stride=2), nn.ReLU())
        case "concat":
            return nn.Concat(conv(1, 1), conv(1, (3, 5), padding=(1, 2)), nn.Sequential(nn.AvgPool2d(7, 1, 3)))
        case "fire":
            return nn.Fire(channels, 1, 1, rng=rng)


def measured(model, x):
    """Rows and columns of the image on which a value of the output depends, at most."""
    sides = []
    for i, j in zip(*(np.linspace(0, side - 1, 12).astype(int) for side in model(x).shape[2:]), strict=True):
        grad = np.zeros_like(model.output)
        grad[0, :, i, j] = 1
        _, _, rows, columns = np.nonzero(model.backward(grad))
        if rows.size:       # else it sees padding only
            sides.append((np.ptp(rows) + 1, np.ptp(columns) + 1))
    return tuple(np.max(sides, 0))


def test_receptive_field_equals_the_pixels_with_a_gradient():
    fields = set()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        layers, x = [], rng.random((1, 1, 70, 60))
        for _ in range(rng.integers(1, 4)):
            layers.append(positive_piece(rng, nn.Sequential(*layers)(x).shape[1]))
            for parameter in layers[-1].parameters():
                parameter.data = rng.uniform(0.1, 1, parameter.data.shape)
        model = nn.Sequential(*layers)
        field = nn.summary(model, x.shape).rows[-1].field
        if min(model(x).shape[2:]) > 2 and max(field) < 30:      # one value's window lies inside
            assert measured(model, x) == field, model
            fields.add(field)
    assert len(fields) > 15


@pytest.mark.parametrize("name", FIELDS)
def test_receptive_field_of_famous_networks(name, summaries):
    assert [row.field for row in summaries[name].rows if row.field][-1] == (FIELDS[name],) * 2


def test_max_pooling_sees_what_mean_pooling_sees():
    settings = dict(kernel_size=(2, 3), stride=(1, 2), padding=(0, 1))
    fields = [nn.summary(nn.Sequential(pool(**settings), nn.Conv2d(1, 1, 3)), (1, 9, 9)).rows[-1].field
              for pool in (nn.MaxPool2d, nn.AvgPool2d)]
    assert fields == [(4, 7)] * 2
    assert nn.summary(nn.MaxPool2d(2, dilation=3), (1, 9, 9)).rows[0].field == (4, 4)
    for halving in (nn.MaxPool2d(2), nn.AvgPool2d(2), nn.Subsample2d(1, 2)):        # stride is the kernel
        assert nn.summary(nn.Sequential(halving, nn.Conv2d(1, 1, 3)), (1, 9, 9)).rows[-1].field == (6, 6)


def test_the_whole_image_is_seen_after_global_layers():
    fields = {row.name: row.field for row in nn.summary(nn.lenet5(original=True), (1, 28, 28)).rows}
    assert fields["s4"] == (16, 16) and fields["c5"] == fields["output"] == (32, 32)   # with the padding
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.GlobalAvgPool2d(), nn.Conv2d(2, 2, 1), nn.Flatten(), nn.Linear(2, 1))
    assert [row.field for row in nn.summary(model, (1, 9, 9)).rows] == [(3, 3)] + [None] * 4
    mixed = nn.Concat(nn.GlobalAvgPool2d(), nn.Conv2d(1, 1, 4))
    assert nn.summary(mixed, (1, 4, 4)).rows[-1].field is None


# --- the model stays as it was ---

@pytest.mark.parametrize("called", [True, False])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("seed", range(10))
def test_nothing_of_the_model_changes(seed, training, called):
    model, x = random_network(seed)
    for layer in every_layer(model):        # as never called
        for name in ("input", "output", "patches"):
            vars(layer).pop(name, None)
    model.train(training)
    if called:
        model(x)
    attributes = [dict(vars(layer)) for layer in every_layer(model)]
    frozen = copy.deepcopy(model)
    nn.summary(model, x.shape)
    for layer, before, twin in zip(every_layer(model), attributes, every_layer(frozen), strict=True):
        assert vars(layer).keys() == before.keys()
        assert all(vars(layer)[name] is value for name, value in before.items())
        for name, value in vars(layer).items():
            if isinstance(value, np.ndarray):
                np.testing.assert_array_equal(value, vars(twin)[name])
        if isinstance(layer, nn.Dropout):
            assert layer.rng.bit_generator.state == twin.rng.bit_generator.state


def test_layers_within_a_layer_of_ones_own_stay_too():
    class Twice(nn.Layer):
        def __init__(self):
            self.inner = nn.BatchNorm2d(1)

        def children(self):
            return {"inner": self.inner}

        def forward(self, x):
            return self.inner(self.inner(x))

    model = nn.Sequential(own=Twice())
    assert nn.summary(model, (1, 4, 4)).parameters == 2
    assert model.training and model["own.inner"].training and "output" not in vars(model["own.inner"])


def test_a_layer_that_is_used_twice_has_two_rows():
    relu = nn.ReLU()
    rows = nn.summary(nn.Sequential(relu, nn.MaxPool2d(2), relu), (1, 4, 4)).rows
    assert [row.output for row in rows] == [(1, 4, 4), (1, 2, 2), (1, 2, 2)]


# --- how it is asked and shown ---

@pytest.mark.parametrize("shape", [(1, 28, 28), (5, 1, 28, 28), [1, 28, 28], np.array([1, 28, 28])])
def test_numbers_are_for_one_image(shape):
    table = nn.summary(nn.lenet5(), shape)
    assert table.rows[-1].output == (10,) and table.multiply_adds == 416_520


@pytest.mark.parametrize("shape", [784, (784,), (9, 784)])
def test_dense_networks_take_vectors(shape):
    assert nn.summary(nn.mlp()[2:], shape).multiply_adds == 784 * 128 + 128 * 10


def test_a_single_layer_is_a_network():
    assert [row.name for row in nn.summary(nn.ReLU(), (1, 4, 4)).rows] == [""]
    assert nn.summary(nn.Fire(3, 1, 1), (3, 4, 4)).rows[0].name == "squeeze"


def test_plain_table_is_aligned():
    model = nn.Sequential(nn.Normalize(0, 1), long_name=nn.Conv2d(1, 16, 3, padding=1), dense=nn.Flatten())
    assert repr(nn.summary(model, (1, 64, 48))).replace("\N{THIN SPACE}", " ") == """\
name       layer                             output  parameters  multiply-adds  receptive field    bytes
────────────────────────────────────────────────────────────────────────────────────────────────────────
0          Normalize(mean 0, std 1)         1×64×48           0              0                1   12 288
long_name  Conv2d(1 → 16, 3×3, padding=1)  16×64×48         160        442 368                3  196 608
dense      Flatten()                          49152           0              0              all  196 608
────────────────────────────────────────────────────────────────────────────────────────────────────────
total                                                       160        442 368                   405 504"""


def test_sides_that_differ_are_both_shown():
    assert "  3×5  " in repr(nn.summary(nn.Conv2d(1, 1, (3, 5)), (1, 9, 9)))


class Cells(HTMLParser):
    """Rows of a table, and everything that is written in tags."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.attributes = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.attributes += attributes
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        self.rows[-1][-1] += data


def test_notebook_shows_the_same_cells():
    table = nn.summary(nn.Sequential(**{"a<b>&": nn.Conv2d(1, 2, 3), "r": nn.Residual(nn.ReLU())}), (1, 8, 8))
    page = Cells(table._repr_html_())
    assert page.rows[1:] == [list(cells) for cells in table.cells()]
    assert page.rows[1][0] == "a<b>&" and page.rows[3][:3] == ["r", "Residual: add", "2×6×6"]
    styles = {"text-align: left", "text-align: left; white-space: normal", "text-align: right", "white-space: nowrap"}
    assert {value for _, value in page.attributes} == styles        # no colours: they would fail in one of the themes


@pytest.mark.parametrize("call, sentence", [
    (lambda: nn.summary(nn.lenet5(), (3, 28, 28)), "weight must be 3 channels deep to fit x with 3 channels"),
    (lambda: nn.summary(nn.lenet5(), (1, 2, 2)), "got a kernel that spans 5"),
    (lambda: nn.summary(nn.ReLU(), (1, 0, 5)), "shape must be ≥ 1, got 0"),
    (lambda: nn.summary(nn.ReLU(), (1, 2.5, 5)), "shape must be a whole number, got"),
    (lambda: nn.summary(nn.ReLU(), ()), "shape must be (C, H, W), (N, C, H, W), (features,) or (N, features), got ()"),
    (lambda: nn.summary(nn.ReLU(), (1,) * 5), "or (N, features), got (1, 1, 1, 1, 1)"),
    (lambda: nn.summary(nn.ReLU(), "big"), "shape must be a whole number, got"),
    (lambda: nn.summary("model", (1, 8, 8)), "model must be a layer or a network, got 'model'"),
    (lambda: nn.summary(nn.Residual(nn.Conv2d(1, 2, 1)), (1, 4, 4)), "body and shortcut must give the same shape"),
])
def test_refusals(call, sentence):
    with pytest.raises(ValueError) as error:
        call()
    assert sentence in str(error.value)
