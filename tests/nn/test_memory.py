"""Memory: nothing grows from step to step, and whole programs stay within what a small machine has."""
import gc
import os
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from cnnlesson import nn
from cnnlesson.ops import cross_entropy_backward
from tests.benchmarks import memory


def every_kind():
    """A small network (N, 1, 12, 12) → (N, 3) with every kind of layer."""
    rng = np.random.default_rng(0)
    beside = nn.Concat(nn.Conv2d(4, 2, 1, rng=rng), nn.Conv2d(4, 2, 3, padding=1, groups=2, rng=rng))
    return nn.Sequential(
        nn.Normalize(0.5, 0.3), nn.Conv2d(1, 4, 3, rng=rng), nn.BatchNorm2d(4), nn.LeakyReLU(), nn.MaxPool2d(2),
        nn.Residual(nn.Conv2d(4, 4, 3, padding=1, rng=rng), nn.Conv2d(4, 4, 1, rng=rng), nn.ReLU()),
        nn.LocalResponseNorm(3), beside, nn.Tanh(), nn.Fire(4, 2, 2, rng=rng), nn.AvgPool2d(2, 1),
        nn.Subsample2d(4, 2, rng=rng), nn.ScaledTanh(), nn.TableConv2d(np.eye(4)[:, [0, 1, 2, 3, 0, 1]], 1, rng=rng),
        nn.GlobalAvgPool2d(), nn.Flatten(), nn.Dropout(0.2), nn.Linear(6, 8, rng=rng), nn.Sigmoid(),
        nn.Linear(8, 3, rng=rng), nn.RBF(np.eye(3)))


def kinds(layer):
    return {type(layer)}.union(*map(kinds, layer.children().values()))


def resident():
    """Bytes of memory that this process has now, where the system tells."""
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if pages.exists() else 0


def test_the_small_network_has_every_kind_of_layer():
    public = {value for value in vars(nn).values() if isinstance(value, type) and issubclass(value, nn.Layer)}
    assert public - kinds(every_kind()) == {nn.Layer}


def tidy():
    """Let go of what Python keeps for speed: garbage, and the names of attributes that were looked up."""
    gc.collect()
    (getattr(sys, "_clear_internal_caches", None) or sys._clear_type_cache)()       # the former from Python 3.13 on


@pytest.fixture
def passes():
    """A function that goes through `every_kind` so many times: forward, backward, a step."""
    model, rng = every_kind(), np.random.default_rng(0)
    images, labels = rng.random((2, 1, 12, 12), np.float32), np.array([0, 2])
    optimizer = nn.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def run(count):
        for _ in range(count):
            model.backward(cross_entropy_backward(model(images), labels))
            optimizer.step()
        tidy()
    return run


def test_the_process_does_not_grow_over_1000_passes(passes):
    passes(200)
    objects, process = sys.getallocatedblocks(), resident()
    passes(1000)
    assert sys.getallocatedblocks() - objects < 100
    assert resident() - process < 500_000               # bytes


def test_nothing_stays_behind_of_a_pass(passes):
    """The same, seen more sharply; fewer passes, because tracing makes them three times slower."""
    tracemalloc.start()
    try:
        passes(50)
        before, _ = tracemalloc.get_traced_memory()
        passes(250)
        assert tracemalloc.get_traced_memory()[0] - before < 2000       # bytes
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell the peak of a process in this way")
@pytest.mark.parametrize("program", memory.AIMS)
def test_whole_programs_stay_within_their_aim(program):
    empty, peak = memory.peak("import NumPy"), memory.peak(program)
    assert empty < peak <= memory.AIMS[program]
