"""Weights out of a model and into one, by the names of `model.state()`: as an npz file, or as PyTorch's state_dict."""
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..ops.arguments import shown

COUNTER = "num_batches_tracked"     # of batch norm; PyTorch before 0.4.1 had none, and no result depends on it


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


def state_dict(model):
    """Copies of all arrays of a model, under the names and in the shapes that PyTorch gives them.

    Parameters
    ----------
    model : Layer

    Returns
    -------
    dict of str to array

    Notes
    -----
    A PyTorch model fits when it is built of the same layers in the same order or under the same names.
    Layers without arrays count: a network whose layer 0 is Normalize needs a twin whose layer 0 does the
    same. Then, in PyTorch::

        twin.load_state_dict({name: torch.tensor(array) for name, array in nn.state_dict(model).items()})

    Examples
    --------
    >>> from cnnlesson.nn import Conv2d, Flatten, Linear, ReLU, Sequential
    >>> model = Sequential(Conv2d(1, 6, 5), ReLU(), Flatten(), Linear(6 * 24 * 24, 10))
    >>> for name, array in state_dict(model).items():
    ...     print(name, array.shape)
    0.weight (6, 1, 5, 5)
    0.bias (6,)
    3.weight (10, 3456)
    3.bias (10,)
    """
    return {name: np.array(array, order="C") for name, array in model.state().items()}


def load_state_dict(model, state):
    """Fill a model with arrays by name, as `state_dict` gives them: this one, or that of a PyTorch module.

    Parameters
    ----------
    model : Layer
    state : mapping of str to array
        Arrays, lists of numbers or PyTorch's tensors. The counter of batch norm, num_batches_tracked,
        may be missing, as in old files of PyTorch; all else must be there, and nothing more.

    Returns
    -------
    Layer
        The same model, filled. When the arrays do not fit, nothing is changed.

    Raises
    ------
    ValueError
        When the arrays do not fit; the sentence names the layer.

    Examples
    --------
    >>> from cnnlesson.nn import Linear, Sequential
    >>> model = load_state_dict(Sequential(Linear(2, 1)), {"0.weight": [[3, 4]], "0.bias": [5]})
    >>> model([[1.0, 1.0]])
    array([[12.]])
    >>> load_state_dict(model, {"0.weight": [[3, 4, 5]], "0.bias": [5]})
    Traceback (most recent call last):
    ...
    ValueError: state does not fit: weight of layer 0 (Linear) must have shape (1, 2), got (1, 3)
    """
    if not isinstance(state, Mapping):
        raise ValueError(f"state must map names to arrays, as state_dict gives them, got {shown(state)}")
    return fill(model, {name: _array(name, values) for name, values in state.items()}, "state")


def fill(model, arrays, source="arrays"):
    """Copy arrays into a model by name; refuse what does not fit, before anything is changed."""
    state = {name: array for name, array in model.state().items() if name in arrays or not name.endswith(COUNTER)}
    for name, array in state.items():
        if name not in arrays:
            raise ValueError(f"{source} does not fit: it has no {_place(model, name)}")
        if arrays[name].shape != array.shape:
            raise ValueError(f"{source} does not fit: {_place(model, name)} must have shape {array.shape}, "
                             f"got {arrays[name].shape}")
        if not _finite(arrays[name], array.dtype):
            raise ValueError(f"{source} does not fit: {_place(model, name)} must hold finite numbers only")
    if spare := sorted(map(str, set(arrays) - set(state))):
        more = f" and {len(spare) - 3} more" if len(spare) > 3 else ""
        raise ValueError(f"{source} does not fit: the model has no place for {', '.join(spare[:3])}{more}")
    for name, array in state.items():
        array[...] = arrays[name]
    return model


def _array(name, values):
    """An array of what a mapping holds under a name; a tensor of PyTorch is first taken off its graph and device."""
    try:
        if hasattr(values, "detach"):
            values = values.detach().cpu()
            values = values.float() if "bfloat16" in str(values.dtype) else values      # unknown to NumPy
        return np.asarray(values)
    except (ValueError, TypeError, RuntimeError):
        raise ValueError(f"state does not fit: {name} must be an array, got {shown(values)}") from None


def _finite(array, dtype):
    """Whether it holds real numbers that are finite in this dtype; whole ones for a counter."""
    if array.dtype.kind not in "fiu":
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        cast = array.astype(dtype)
    return np.isfinite(cast).all() if dtype.kind == "f" else (cast == array).all()


def _place(model, name):
    """"1.weight" → "weight of layer 1 (Conv2d)"."""
    *path, array = name.split(".")
    for step in path:
        model = model.children()[step]
    return f"{array} of layer {'.'.join(path)} ({type(model).__name__})" if path else array


def _npz(path):
    path = Path(path)
    return path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
