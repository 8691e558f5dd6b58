"""Checkpoints: a training run in a file, complete enough to go on with to the same bits.

The file is a plain .npz: the arrays of the model, of the optimizer and of the best epoch, the history, the
order of the present epoch, and one JSON text, "run", with all counters and the states of the generators.
"""
import json
import os
import zlib
from dataclasses import fields
from pathlib import Path

import numpy as np

FORMAT = 1
COUNTERS = ("position", "right", "steps_before", "batch_size")          # of a Trainer


def save_checkpoint(trainer, path):
    """Write a training run to a file.

    A new file takes the place of the old one when it is whole: there is a complete one at every moment.

    Parameters
    ----------
    trainer : Trainer
        Of layers of your own, it keeps what they name in `arrays` and `buffers`; their generator `rng` is the
        trainer's. Of optimizers of your own, what they name in `arrays` and `numbers`.
    path : str or Path

    Examples
    --------
    >>> import tempfile
    >>> from cnnlesson.nn import Trainer, load_checkpoint, mlp
    >>> images, labels = np.zeros((9, 1, 28, 28)), np.arange(9)
    >>> trainer, twin = (Trainer(mlp(seed=seed), images, labels, batch_size=3) for seed in (0, 1))
    >>> trainer.step()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(trainer, folder + "/run.npz")
    ...     twin = load_checkpoint(twin, folder + "/run.npz")
    >>> trainer.step(), twin.step()
    (None, None)
    >>> twin.history.step_loss == trainer.history.step_loss
    True
    """
    path = Path(path)
    part = path.with_name(path.name + ".part")
    text = json.dumps(_numbers(trainer), default=lambda value: value.tolist())
    try:
        with open(part, "wb") as stream:
            np.savez(stream, run=text, order=trainer.order, **_arrays(trainer), **_lists(trainer.history),
                     **_named("best", trainer.best))
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def load_checkpoint(trainer, path):
    """Put a training run to where it was when its checkpoint was written.

    Parameters
    ----------
    trainer : Trainer
        Built with the arguments of the run that was saved; `epochs` and `patience` may be others.
    path : str or Path

    Returns
    -------
    Trainer
        The same one. When the file does not fit, nothing is changed.

    Raises
    ------
    ValueError
        When the file is no checkpoint, or one of another run.
    """
    path = Path(path)
    numbers, found = _read(path, [*_lists(trainer.history), "order"])
    if misfit := _misfit(trainer, numbers, found):
        raise ValueError(f"{path.name} does not fit: {misfit}")
    for name, array in _arrays(trainer).items():
        array[...] = found[name]
    for name in _lists(trainer.history):
        setattr(trainer.history, name.removeprefix("history."), found[name].tolist())
    for part, values in ((trainer, "trainer"), (trainer.optimizer, "optimizer"), (trainer.history, "history")):
        for name, value in numbers[values].items():
            setattr(part, name, value)
    for generator, state in zip((trainer.rng, trainer.layer_rng), numbers["generators"], strict=True):
        generator.bit_generator.state = state
    trainer.order, trainer.history.interrupted = found["order"], False
    trainer.best = {name.removeprefix("best."): found[name] for name in found if name.startswith("best.")}
    return trainer


def _numbers(trainer):
    """All that is no array, ready for JSON, with what tells one run from another."""
    return {
        "format": FORMAT, "kind": type(trainer.optimizer).__name__, "images": len(trainer.images),
        "labels": zlib.crc32(trainer.labels.tobytes()),
        "trainer": {name: getattr(trainer, name) for name in COUNTERS},
        "optimizer": {name: getattr(trainer.optimizer, name) for name in trainer.optimizer.numbers},
        "history": {name: getattr(trainer.history, name) for name in ("best_epoch", "seconds")},
        "generators": [rng.bit_generator.state for rng in (trainer.rng, trainer.layer_rng)]}


def _arrays(trainer):
    """The arrays that training changes in their place."""
    return _named("model", trainer.model.state()) | _named("optimizer", trainer.optimizer.state())


def _lists(history):
    return _named("history", {field.name: np.array(values, float) for field in fields(history)
                              if isinstance(values := getattr(history, field.name), list)})


def _named(part, arrays):
    return {f"{part}.{name}": array for name, array in arrays.items()}


def _read(path, needed):
    """The numbers and the arrays of a checkpoint; those that are `needed` must be there."""
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            found = dict(file)
        numbers = json.loads(found.pop("run").item())
        if numbers["format"] != FORMAT or not found.keys() >= set(needed):
            raise ValueError
        for state in numbers["generators"]:
            np.random.default_rng().bit_generator.state = state         # refuses what is none
        return numbers, found
    except OSError:
        raise
    except Exception:       # damage shows as many kinds: zip, zlib, struct, header, missing names, …
        raise ValueError(f"{path.name} must be a checkpoint, as fit writes it, got a file that "
                         "cannot be read as one") from None


def _misfit(trainer, numbers, found):
    """Why a checkpoint is not one of this run; None when it is."""
    mine = _numbers(trainer)
    for name, what in (("kind", "{} as its optimizer"), ("images", "{} images"), ("labels", "labels of checksum {}")):
        if numbers[name] != mine[name]:
            return f"the run must have {what.format(numbers[name])}, got {mine[name]}"
    for part in ("trainer", "optimizer", "history"):
        if numbers[part].keys() != mine[part].keys():
            return f"the {part} must have {', '.join(numbers[part])}"
    ended, validated = (len(found["history." + name]) for name in ("loss", "validation_loss"))
    if validated != (ended if trainer.validation else 0):
        return f"the run must have {'' if validated else 'no '}validation images"
    best = trainer.model.state() if validated else {}
    needed = _arrays(trainer) | _named("best", best)
    for name in found:
        if name not in needed and name != "order" and not name.startswith("history."):
            return f"the run has no place for {name}"
    for name, array in needed.items():
        if name not in found:
            return f"it has no {name}"
        if (found[name].shape, found[name].dtype) != (array.shape, array.dtype):
            return (f"{name} must be {array.dtype} of shape {array.shape}, "
                    f"got {found[name].dtype} of shape {found[name].shape}")
