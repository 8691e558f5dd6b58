"""What may be drawn: arrays of finite numbers of the right shape, and windows and limits that fit them."""

import numpy as np


def finite(values, name):
    """The values as an array of finite floats (uint8 stays, so that 0–255 can be told from 0–1)."""
    values = np.asarray(values)
    if values.dtype != np.uint8:
        values = values.astype(np.result_type(values.dtype, np.float32))
    if values.size == 0:
        raise ValueError(f"{name} must hold at least one value, got shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError(f"{name} must be finite, got {values[~np.isfinite(values)][0]}")
    return values


def plane(values, name):
    """One (H, W) plane; leading axes of length 1, such as a batch of one, are dropped."""
    values = finite(values, name)
    shape = values.shape
    while values.ndim > 2 and len(values) == 1:
        values = values[0]
    if values.ndim != 2:
        raise ValueError(f"{name} must be one plane (H, W), got shape {shape}")
    return values


def picture(values, name):
    """A grey (H, W) or colour (3, H, W) picture; leading axes of length 1 are dropped."""
    values = finite(values, name)
    shape = values.shape
    while values.ndim > 2 and len(values) == 1:
        values = values[0]
    if values.ndim != 2 and not (values.ndim == 3 and len(values) == 3):
        raise ValueError(f"{name} must be a picture (H, W), (1, H, W) or (3, H, W), got shape {shape}")
    return values


def window_inside(window, shape):
    """Refuse a window (row, column, height, width) that does not lie inside (H, W)."""
    if window is None:
        return
    row, column, height, width = window
    fits = 0 <= row and 0 <= column and row + height <= shape[0] and column + width <= shape[1]
    if not fits or min(height, width) < 1:
        raise ValueError(
            f"window must be (row, column, height, width) inside {shape[0]} × {shape[1]}, got {tuple(window)}"
        )


def ordered(limits):
    """Refuse limits (low, high) that are not in order."""
    low, high = limits
    if not low < high:
        raise ValueError(f"limits must be (low, high) with low below high, got {(low, high)}")
    return low, high


def scale(values, signed=None, limits=None):
    """Whether values are signed, and the limits of their colours: symmetric when they are."""
    signed = bool((values < 0).any()) if signed is None else signed
    if limits is None:
        peak = float(np.abs(values).max()) or 1.0
        limits = (-peak, peak) if signed else (min(0.0, float(values.min())), peak)
    low, high = ordered(limits)
    if signed and low != -high:
        raise ValueError(f"limits of signed values must lie symmetric about 0, got {(low, high)}")
    return signed, (low, high)
