"""The Python side of the channel explorer: what it refuses, and where it puts a window beside the map."""
import math

import numpy as np
import pytest

from cnnlesson import explore, plot
from cnnlesson.ops import kernels

PHOTO = np.random.default_rng(0).random((3, 10, 12))


@pytest.mark.parametrize("name, value, shown", [
    ("row", 77, 7), ("row", -3, 0), ("column", 77, 9), ("column", -3, 0), ("column", 9, 9)])
def test_a_window_beside_the_map_goes_to_its_rim(name, value, shown):
    explorer = explore.channels(PHOTO)
    setattr(explorer, name, value)
    assert getattr(explorer, name) == shown
    assert f"{name} {shown}" in plot.describe(explorer.figure())
    started = explore.channels(PHOTO, **{name: value})
    assert getattr(started, name) == started.start[name] == shown


@pytest.mark.parametrize("bias", [5.0, -2.05, math.nan, math.inf])
def test_a_bias_beside_the_slider_is_refused(bias):
    with pytest.raises(ValueError, match="bias must be −2 to 2 in the explorer, got"):
        explore.channels(PHOTO, bias=bias)
    explorer = explore.channels(PHOTO, bias=2)
    with pytest.raises(ValueError, match="bias must be −2 to 2 in the explorer, got"):
        explorer.bias = bias
    assert explorer.bias == 2


def test_nan_is_refused_at_first_and_later():
    weight = np.array([kernels.SOBEL_X] * 3)
    broken = weight.copy()
    broken[1, 0, 2] = math.nan
    explorer = explore.channels(PHOTO, weight)
    for give in (lambda: explore.channels(PHOTO, broken), lambda: setattr(explorer, "weight", broken.tolist())):
        with pytest.raises(ValueError, match=r"weight must hold numbers only, got NaN at index \(1, 0, 2\)"):
            give()
    assert explorer.weight == weight.tolist()
