"""`fit`: train a network in one call, with a bar, a checkpoint, and a stop button that loses nothing."""
from pathlib import Path

from .checkpoints import load_checkpoint, save_checkpoint
from .training import Trainer


def fit(model, images, labels, *, epochs=1, batch_size=64, optimizer=None, schedule=None, augment=None,
        validation=None, patience=None, seed=0, progress=True, checkpoint=None, resume=False):
    """Train a model on labelled images.

    Parameters
    ----------
    model : Layer
        Gives logits (N, classes).
    images : array (N, C, H, W)
        Values in [0, 1]; uint8 is taken as 0–255 and scaled, batch by batch.
    labels : array of int (N,)
    epochs, batch_size : int
    optimizer : SGD or Adam, optional
        SGD with lr 0.03, momentum 0.9, weight decay 5e-4 when left out.
    schedule : callable, optional
        Share of the run done, in [0, 1) → factor for the learning rate, as `warmup`.
    augment : callable, optional
        (batch, rng) → batch, as `random_shift`; several are put together by `chain`.
    validation : pair (images, labels), optional
        Measured after each epoch.
    patience : int, optional
        Stop early when the validation loss was no lower for so many epochs in a row. At the end of the run
        the model has the weights of its best epoch.
    seed : int
        Order of the images, and the randomness of `augment` and of dropout.
    progress : bool
        Show a bar with the time left.
    checkpoint : str or Path, optional
        A file that keeps the whole run: written after each epoch, and at an interrupt.
    resume : bool
        Go on with the run in `checkpoint`, if that file is there: to the same bits as without the interrupt,
        when all other arguments are as they were. Learning rate and batch size are those of the checkpoint.

    Returns
    -------
    History
        An interrupt (the stop button) ends training early and keeps what was learned.

    Raises
    ------
    ValueError
        When images and labels do not fit, the checkpoint is of another run, or the loss or a weight
        becomes infinite or NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnlesson.nn import mlp
    >>> rng = np.random.default_rng(0)
    >>> history = fit(mlp(), rng.random((64, 1, 28, 28), np.float32), rng.integers(0, 10, 64), progress=False)
    >>> len(history.loss), len(history.step_loss)
    (1, 1)
    """
    trainer = Trainer(model, images, labels, epochs=epochs, batch_size=batch_size, optimizer=optimizer,
                      schedule=schedule, augment=augment, validation=validation, patience=patience, seed=seed)
    if _goes_on(checkpoint, resume):
        load_checkpoint(trainer, checkpoint)
    history, bar = trainer.history, _bar(trainer, progress)
    try:
        for _ in trainer:
            bar.update(len(history.step_loss) - bar.n)
            if trainer.position == 0:       # an epoch has ended
                bar.set_postfix_str(_latest(history))
                if checkpoint is not None:
                    save_checkpoint(trainer, checkpoint)
    except KeyboardInterrupt:
        history.interrupted = True
        if checkpoint is not None:
            save_checkpoint(trainer, checkpoint)
    finally:
        bar.close()
    if trainer.finished and patience is not None:
        trainer.restore_best()
    return history


def _goes_on(checkpoint, resume):
    """Whether there is a run to go on with; told now, not after an epoch, if its file has no place."""
    if checkpoint is None and resume:
        raise ValueError("checkpoint must be the file to resume from, got None")
    if checkpoint is not None and not Path(checkpoint).parent.is_dir():
        raise ValueError(f"checkpoint must be in a folder that exists, got {str(checkpoint)!r}")
    return resume and Path(checkpoint).exists()


def _bar(trainer, progress):
    from tqdm.auto import tqdm  # here, because it loads the notebook's widgets
    return tqdm(total=trainer.steps, initial=len(trainer.history.step_loss), unit="step", disable=not progress,
                mininterval=0.2)


def _latest(history):
    validation = f", validation {history.validation_accuracy[-1]:.1%}" if history.validation_accuracy else ""
    return f"loss {history.loss[-1]:.3f}{validation}"
