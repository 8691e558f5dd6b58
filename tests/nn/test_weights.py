"""Weights to a file and back: exact, and nothing changes when the file does not fit."""
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cnnlesson import nn


def network(seed):
    """Nested, with batch norm and a layer without bias; every array random."""
    rng = np.random.default_rng(seed)
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3, bias=False, rng=rng), nn.Sequential(nn.BatchNorm2d(2), nn.ReLU()), nn.Flatten(),
        nn.Linear(2 * 36, 3, rng=rng))
    model(rng.random((4, 1, 8, 8), np.float32))     # moves the running averages
    for p in model.parameters():
        p.data += rng.normal(size=p.data.shape)
    return model


def snapshot(model):
    return {name: array.copy() for name, array in model.state().items()}


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


@pytest.fixture
def saved(tmp_path):
    """A model and the file with its weights."""
    model = network(1)
    return model, nn.save_weights(model, tmp_path / "mine.npz")


def test_round_trip_is_exact(saved):
    model, path = saved
    twin = network(2)
    assert not same(model.state(), twin.state())
    assert nn.load_weights(twin, path) is twin
    assert same(model.state(), twin.state())
    assert twin[0].weight.dtype == np.float32 and "1.0.running_var" in twin.state()
    images = np.random.default_rng(0).random((5, 1, 8, 8), np.float32)
    np.testing.assert_array_equal(nn.predict(model, images), nn.predict(twin, images))


def test_file_holds_plain_arrays_by_name(saved):
    model, path = saved
    with np.load(path, allow_pickle=False) as file:
        assert same(dict(file), model.state())


def test_loaded_model_does_not_share_its_arrays(saved):
    model, path = saved
    one, other = nn.load_weights(network(2), path), nn.load_weights(network(3), path)
    one[0].weight[:] = 0
    assert same(other.state(), model.state())


def test_ending_is_added_when_missing(tmp_path):
    model = network(1)
    for written, kept in (("a", "a.npz"), ("b.npz", "b.npz"), ("c.v2", "c.v2.npz")):
        for form in (str, Path):
            assert nn.save_weights(model, form(tmp_path / written)) == tmp_path / kept
            for name in (written, kept):
                assert same(nn.load_weights(network(2), form(tmp_path / name)).state(), model.state())
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.npz", "b.npz", "c.v2.npz"]


def test_a_single_layer_can_be_saved(tmp_path):
    layer, twin = nn.Linear(2, 3), nn.Linear(2, 3, rng=1)
    nn.load_weights(twin, nn.save_weights(layer, tmp_path / "x"))
    assert same(twin.state(), layer.state())


def test_half_precision_file_fits(saved):
    model, path = saved
    np.savez(path, **{name: array.astype(np.float16) for name, array in model.state().items()})
    twin = nn.load_weights(network(2), path)
    np.testing.assert_allclose(twin[0].weight, model[0].weight, rtol=1e-3)
    assert twin[0].weight.dtype == np.float32


CHANGES = {
    "shape": ({"3.bias": np.ones(4)}, "bias of layer 3 (Linear) must have shape (3,), got (4,)"),
    "scalar": ({"0.weight": np.int8(1)}, "weight of layer 0 (Conv2d) must have shape (2, 1, 3, 3), got ()"),
    "missing": ({"1.0.running_var": None}, "it has no running_var of layer 1.0 (BatchNorm2d)"),
    "extra": ({"4.weight": np.ones(1)}, "the model has no place for 4.weight"),
    "NaN": ({"1.0.bias": [1, np.nan]}, "bias of layer 1.0 (BatchNorm2d) must hold finite numbers only"),
    "infinite": ({"3.bias": np.full(3, np.inf)}, "bias of layer 3 (Linear) must hold finite numbers only"),
    "too large": ({"3.bias": np.full(3, 1e300)}, "bias of layer 3 (Linear) must hold finite numbers only"),
    "text": ({"3.bias": np.array(["a", "b", "c"])}, "bias of layer 3 (Linear) must hold finite numbers only"),
    "complex": ({"3.bias": np.full(3, 1j)}, "bias of layer 3 (Linear) must hold finite numbers only"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_file_that_does_not_fit_is_refused(saved, case):
    model, path = saved
    change, sentence = CHANGES[case]
    arrays = {name: array for name, array in (model.state() | change).items() if array is not None}
    np.savez(path, **arrays)
    check_refusal(path, sentence)


def check_refusal(path, sentence):
    twin = network(2)
    before = snapshot(twin)
    with pytest.raises(ValueError) as error:
        nn.load_weights(twin, path)
    assert path.name in str(error.value) and sentence in str(error.value)
    assert same(twin.state(), before)


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.write_text, (self.path, "boom")


UNREADABLE = "must be an .npz file of arrays, as save_weights writes it, got a file that cannot be read"


@pytest.mark.parametrize("form", ["array in npz", "bare pickle"])
def test_pickles_are_refused_and_not_opened(tmp_path, form):
    path, trace = tmp_path / "bomb.npz", tmp_path / "trace"
    bomb = np.empty((2, 1, 3, 3), object)
    bomb[:] = Bomb(trace)
    if form == "array in npz":
        np.savez(path, **network(1).state() | {"0.weight": bomb})
    else:
        path.write_bytes(pickle.dumps(bomb))
    check_refusal(path, UNREADABLE)
    assert not trace.exists()


def test_the_bomb_works(tmp_path):
    """Otherwise the test above shows nothing."""
    pickle.loads(pickle.dumps(Bomb(tmp_path / "trace")))
    assert (tmp_path / "trace").exists()


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04", bytes(99)],
                         ids=["empty", "text", "start of a zip", "zeros"])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "mine.npz"
    path.write_bytes(content)
    check_refusal(path, UNREADABLE)


def test_npy_file_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.ones(3))
    check_refusal((tmp_path / "x.npy").rename(tmp_path / "x.npz"), UNREADABLE)


def test_zip_of_something_else_is_refused(tmp_path):
    path = tmp_path / "letters.npz"
    with zipfile.ZipFile(path, "w") as file:
        for name in network(1).state():
            file.writestr(name + ".npy", "Dear reader")
    check_refusal(path, "weight of layer 0 (Conv2d) must have shape")


def test_truncated_files_are_refused(saved):
    _, path = saved
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        check_refusal(path, UNREADABLE)


def test_damaged_files_are_refused_or_harmless(saved, rng):
    """One byte changed anywhere: either the file is refused, or what it holds is intact."""
    model, path = saved
    whole = path.read_bytes()
    refused = 0
    for place in rng.integers(0, len(whole), 300):
        damaged = bytearray(whole)
        damaged[place] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        twin = network(2)
        before = snapshot(twin)
        try:
            nn.load_weights(twin, path)
        except ValueError:
            refused += 1
            assert same(twin.state(), before)
        else:
            assert same(twin.state(), model.state())
    assert refused > 150


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing.npz"):
        nn.load_weights(network(1), tmp_path / "nothing")
