"""Weights to a file and back: plain npz, one array for each name of `model.state()`."""
from pathlib import Path

import numpy as np


def save_weights(model, path):
    """Write all arrays of a model to an .npz file.

    Parameters
    ----------
    model : Layer
    path : str or Path
        ".npz" is added when missing.

    Returns
    -------
    Path

    Examples
    --------
    >>> import tempfile
    >>> from cnnlesson.nn import Linear, Sequential, load_weights
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_weights(Sequential(Linear(3, 2)), folder + "/mine")
    ...     model = load_weights(Sequential(Linear(3, 2, rng=1)), path)
    """
    path = _npz(path)
    np.savez(path, **model.state())
    return path


def load_weights(model, path):
    """Fill a model with the arrays of an .npz file that `save_weights` wrote.

    Parameters
    ----------
    model : Layer
        Built like the one that was saved.
    path : str or Path

    Returns
    -------
    Layer
        The same model, filled. When the file does not fit, nothing is changed.

    Raises
    ------
    ValueError
        When the file is not an npz file of arrays, or does not fit; the sentence names the layer.
    """
    path = _npz(path)
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: np.asarray(array) for name, array in file.items()}
    except OSError:
        raise
    except Exception:       # damage shows as many kinds: zip, zlib, struct, header, …
        raise ValueError(f"{path.name} must be an .npz file of arrays, as save_weights writes it, "
                         "got a file that cannot be read as one") from None
    return fill(model, arrays, path.name)


def fill(model, arrays, source="arrays"):
    """Copy arrays into a model by name; refuse what does not fit, before anything is changed."""
    state = model.state()
    for name, array in state.items():
        if name not in arrays:
            raise ValueError(f"{source} does not fit: it has no {_place(model, name)}")
        if arrays[name].shape != array.shape:
            raise ValueError(f"{source} does not fit: {_place(model, name)} must have shape {array.shape}, "
                             f"got {arrays[name].shape}")
        if not _finite(arrays[name], array.dtype):
            raise ValueError(f"{source} does not fit: {_place(model, name)} must hold finite numbers only")
    if spare := sorted(set(arrays) - set(state)):
        raise ValueError(f"{source} does not fit: the model has no place for {', '.join(spare)}")
    for name, array in state.items():
        array[...] = arrays[name]
    return model


def _finite(array, dtype):
    """Whether it holds real numbers that are finite in this dtype."""
    with np.errstate(over="ignore"):
        return array.dtype.kind in "fiu" and np.isfinite(array.astype(dtype)).all()


def _place(model, name):
    """"1.weight" → "weight of layer 1 (Conv2d)"."""
    *path, array = name.split(".")
    for step in path:
        model = model.children()[step]
    return f"{array} of layer {'.'.join(path)} ({type(model).__name__})" if path else array


def _npz(path):
    path = Path(path)
    return path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
