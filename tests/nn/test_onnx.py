"""Networks as ONNX files: onnx.checker accepts them, and onnxruntime computes what the model computes."""
import doctest
import inspect
import sys
import textwrap
import types

import numpy as np
import pytest

from cnnlesson import nn
from cnnlesson.nn import onnx_layers
from tests.nn.test_blocks import basic_block
from tests.nn.test_famous_networks import SIDES, lively
from tests.nn.test_layers import KINDS, build, every_layer, random_network

INSTALL = "ONNX files are checked and run: pip install -e '.[oracle]'"


@pytest.fixture(scope="module")
def onnx():
    return pytest.importorskip("onnx", reason=INSTALL)


@pytest.fixture(scope="module")
def runtime(onnx):
    """An ONNX file → a function: array in, array out."""
    onnxruntime = pytest.importorskip("onnxruntime", reason=INSTALL)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1

    def open_file(path):
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        return lambda x: session.run(["output"], {"input": x})[0]
    return open_file


@pytest.fixture
def check(onnx, runtime, tmp_path):
    """Export, check, run on batches of 1 and 3, and compare with the model."""
    def check(model, x, shape=None, near=1e-4):
        path = nn.to_onnx(model, tmp_path / "model.onnx", shape)
        onnx.checker.check_model(str(path), full_check=True)
        run, batch = runtime(path), np.resize(x, (3, *x.shape[1:])).astype(np.float32)
        ours = nn.predict(model, batch)
        for n in (1, 3):
            theirs = run(batch[:n])
            assert theirs.shape == ours[:n].shape, model
            np.testing.assert_allclose(theirs, ours[:n], rtol=0, atol=near * abs(ours).max(), err_msg=repr(model))
        return path
    return check


@pytest.mark.parametrize("kind", [*KINDS, "Dropout"])
def test_layer_computes_the_same(check, kind):
    for seed in range(25):
        rng = np.random.default_rng(seed)
        layer, *_, shape = build(kind, rng) if kind in KINDS else (nn.Dropout(), (2, 3))
        check(layer, rng.normal(size=shape), shape[1:])
        if len(shape) == 4:
            check(layer, rng.normal(size=shape))


@pytest.mark.parametrize("seed", range(40))
def test_network_computes_the_same(check, seed):
    model, x = random_network(seed)
    check(model, x, x.shape[1:] if seed % 2 else None)


@pytest.mark.parametrize("name, settings", [
    *((name, {}) for name in SIDES), ("resnet18", dict(shortcuts=False)), ("lenet5", dict(original=True))])
def test_networks_by_name_compute_the_same(check, name, settings, rng):
    model = lively(getattr(nn, name)(**settings))
    shape = (1 if SIDES[name] == 28 else 3, SIDES[name], SIDES[name])
    check(model, rng.random((3, *shape)), shape if name in ("lenet5", "googlenet") else None)


def test_every_layer_can_be_written():
    kinds = {kind for kind in vars(nn).values() if isinstance(kind, type) and issubclass(kind, nn.Layer)}
    assert kinds - {nn.Layer, nn.Fire} == set(onnx_layers.WRITERS)      # Fire is written as the Sequential it is


def test_random_networks_cover_all_blocks():
    seen = {type(layer) for seed in range(40) for layer in every_layer(random_network(seed)[0])}
    assert seen >= {nn.Sequential, nn.Residual, nn.Concat, nn.Fire, nn.Dropout}
    assert set(onnx_layers.WRITERS) <= seen | {getattr(nn, kind) for kind in KINDS}


@pytest.mark.parametrize("kind", ["MaxPool2d", "AvgPool2d"])
@pytest.mark.parametrize("size", [5, 6, 7, 8])
def test_windows_at_the_end_of_the_image(check, kind, size):
    """Where ceil_mode differs between programs: windows that begin in the padding, or reach far beyond the image."""
    x = np.random.default_rng(size).normal(size=(1, 1, size, size)) + 3     # zeros and padding are found out
    for kernel, stride, padding in [(1, 3, 0), (2, 3, 0), (2, 3, 1), (3, 2, 0), (3, 2, 1), (3, 4, 1), (4, 3, 2)]:
        for settings in [{"count_include_pad": False}, {}] if kind == "AvgPool2d" else [{"dilation": 2}, {}]:
            check(getattr(nn, kind)(kernel, stride, padding, ceil_mode=True, **settings), x)


def test_size_of_images_is_free(onnx, runtime, rng, tmp_path):
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(3, 2, ceil_mode=True), nn.GlobalAvgPool2d(), nn.Flatten())
    run = runtime(nn.to_onnx(model, tmp_path / "x.onnx"))
    for size in ((2, 1, 7, 9), (1, 1, 12, 8)):
        x = rng.normal(size=size).astype(np.float32)
        np.testing.assert_allclose(run(x), nn.predict(model, x), atol=1e-5)


def sizes(value):
    return [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]


def test_file_tells_shapes(check, onnx, rng):
    x = rng.random((1, 1, 28, 28))
    graph = onnx.load(check(nn.lenet5(), x, (1, 28, 28))).graph
    assert [value.name for value in (*graph.input, *graph.output)] == ["input", "output"]
    assert sizes(graph.input[0]) == ["N", 1, 28, 28] and sizes(graph.output[0]) == ["N", 10]
    assert sizes(next(v for v in graph.value_info if v.name == "4.Conv")) == ["N", 16, 10, 10]
    graph = onnx.load(check(nn.lenet5(), x)).graph
    assert sizes(graph.input[0]) == ["N", "C", "H", "W"] and sizes(graph.output[0]) == ["N", 10]


def test_weights_have_the_names_of_state_dict(check, onnx, rng):
    model = nn.Sequential(conv1=nn.Conv2d(1, 2, 3), layer1=nn.Sequential(basic_block(stride=2, channels=(2, 3))),
                          fire=nn.Fire(3, 2, 2), flatten=nn.Flatten(), fc=nn.Linear(4 * 9, 3))
    graph = onnx.load(check(model.eval(), rng.random((1, 1, 8, 8)))).graph
    arrays = {array.name: onnx.numpy_helper.to_array(array) for array in graph.initializer}
    state = {name: array for name, array in nn.state_dict(model).items() if "num_batches" not in name}
    assert list(arrays) == [*dict.fromkeys(arrays)] and arrays.keys() == state.keys()
    assert all(np.array_equal(arrays[name], state[name]) for name in state)
    nodes = [node.name for node in graph.node]
    assert len(set(nodes)) == len(nodes)
    assert {"conv1.Conv", "layer1.0.bn2.BatchNormalization", "layer1.0.downsample.0.Conv", "layer1.0.Add",
            "layer1.0.after.Relu", "fire.expand3x3.Conv", "fire.Concat", "fc.Gemm"} <= set(nodes)


def test_names_are_unique(onnx, tmp_path):
    for seed in range(20):
        graph = onnx.load(nn.to_onnx(random_network(seed)[0], tmp_path / "x.onnx")).graph
        names = [node.name for node in graph.node] + [array.name for array in graph.initializer]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("training", [True, False])
def test_training_mode_is_written_as_inference_and_kept(check, training, rng):
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(0.9)).train(training)
    model(rng.random((4, 1, 6, 6)))
    before = nn.state_dict(model)
    check(model, rng.random((1, 1, 6, 6)), (1, 6, 6))
    assert model.training == model[2].training == training
    assert all(np.array_equal(array, before[name]) for name, array in model.state().items())


def test_files_of_today_are_read_by_programs_of_two_years_ago(onnx, tmp_path):
    """onnx 1.12 and onnxruntime 1.12, both of 2022, are the first that read these versions."""
    proto = onnx.load(nn.to_onnx(nn.mlp(), tmp_path / "x.onnx"))
    assert proto.ir_version == 8 and [(opset.domain, opset.version) for opset in proto.opset_import] == [("", 17)]


def test_same_model_gives_the_same_file(onnx, tmp_path):
    one, other = (nn.to_onnx(nn.lenet5(), tmp_path / name, (1, 28, 28)) for name in ("one", "other.onnx"))
    assert one == tmp_path / "one.onnx" and other == tmp_path / "other.onnx"       # the ending is added when missing
    assert one.read_bytes() == other.read_bytes()
    assert nn.to_onnx(nn.lenet5(), str(tmp_path / "v1.2")) == tmp_path / "v1.2.onnx"


class Double(nn.ReLU):
    """Does something else than its parent."""

    def forward(self, x):
        return 2 * x


class Small(nn.Conv2d):
    """Does what its parent does."""

    def __init__(self):
        super().__init__(1, 2, 3)


def test_own_layers(check, rng, monkeypatch):
    model, x = nn.Sequential(Small(), Double(), nn.Flatten()), rng.random((1, 1, 5, 5))
    with pytest.raises(ValueError, match="can write, got Double"):
        check(model, x)
    monkeypatch.setitem(onnx_layers.WRITERS, Double, lambda place, layer, x: place.node("Add", x, x))
    check(model, x)


@pytest.mark.parametrize("model, shape, sentence", [
    (nn.Sequential(nn.Sequential(nn.ReLU(), a=Double())), None,
     "model must be of layers that to_onnx can write, got Double() as layer 0.a"),
    (Double(), None, "model must be of layers that to_onnx can write, got Double()"),
    ("lenet5", None, "model must be of layers that to_onnx can write, got 'lenet5'"),
    (nn.Linear(3, 2), None, "shape must be given for a model that takes no images (N, C, H, W), got None"),
    (nn.Linear(3, 2), (4,), "weight must have shape (outputs, 4) to fit x, got (2, 3)"),
    (nn.Conv2d(1, 1, 3), 28, "shape must be a sequence of whole numbers, such as (3, 224, 224), got 28"),
    (nn.Conv2d(1, 1, 3), (1, 0, 5), "shape must be ≥ 1, got 0"),
    (nn.Conv2d(1, 1, 3), (1, 5.0, 5), "shape must be a whole number, got 5.0"),
    (nn.MaxPool2d(0), None, "kernel_size must be ≥ 1, got 0"),
    (nn.Conv2d(1, 1, 3, stride=0), None, "stride must be ≥ 1, got 0"),
    (nn.Conv2d(1, 1, 3, padding=-1), None, "padding must be ≥ 0, got -1"),
])
def test_refusals(onnx, tmp_path, model, shape, sentence):
    with pytest.raises(ValueError) as error:
        nn.to_onnx(model, tmp_path / "x.onnx", shape)
    assert str(error.value) == sentence
    assert not list(tmp_path.iterdir())


def test_missing_package_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r'^to_onnx needs the package onnx: pip install "cnnlesson\[onnx\]"$'):
        nn.to_onnx(nn.mlp(), tmp_path / "x.onnx")
    assert not list(tmp_path.iterdir())


def test_example_of_the_docstring(runtime, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    example = textwrap.dedent(inspect.getdoc(nn.to_onnx).split("::\n\n")[1])
    exec(example, types.ModuleType("example").__dict__)
    assert capsys.readouterr().out == "[7 2 1]\n" and "print(logits.argmax(1))     # [7 2 1]" in example
    assert not doctest.DocTestFinder().find(nn.to_onnx)[0].examples        # else pytest runs it without onnxruntime too
