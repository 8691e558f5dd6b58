"""Training: batches of images, a loss, a step downhill; and measuring what came out."""
import time
from dataclasses import dataclass, field

import numpy as np

from ..ops import arguments, cross_entropy, cross_entropy_backward
from ..ops.losses import check_labels
from ..ops.memory import hcwn, nchw
from .optimizers import SGD


@dataclass
class History:
    """What `fit` saw: one number an epoch, and the loss of every single step."""
    loss: list = field(default_factory=list)                   # mean over the epoch's training batches
    accuracy: list = field(default_factory=list)               # share of them that was right
    validation_loss: list = field(default_factory=list)
    validation_accuracy: list = field(default_factory=list)
    step_loss: list = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False


def fit(model, images, labels, *, epochs=1, batch_size=64, optimizer=None, schedule=None, augment=None,
        validation=None, seed=0, progress=True):
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
        (batch, rng) → batch, as `random_shift`.
    validation : pair (images, labels), optional
        Measured after each epoch.
    seed : int
        Order of the images, and the randomness of `augment`.
    progress : bool
        Show a bar with the time left.

    Returns
    -------
    History
        An interrupt (the stop button) ends training early and keeps what was learned.

    Raises
    ------
    ValueError
        When images and labels do not fit, or the loss or a weight becomes infinite or NaN.

    Examples
    --------
    >>> from cnnlesson.nn import mlp
    >>> rng = np.random.default_rng(0)
    >>> history = fit(mlp(), rng.random((64, 1, 28, 28), np.float32), rng.integers(0, 10, 64), progress=False)
    >>> len(history.loss), len(history.step_loss)
    (1, 1)
    """
    images, labels = _check("", images, labels)
    if validation is not None:
        validation = _check("validation ", *validation)
    epochs, batch_size = arguments.whole("epochs", epochs, 1), arguments.whole("batch_size", batch_size, 1)
    if not _finite(model):
        raise ValueError("model must have finite weights, got NaN or infinity: build it again")
    optimizer = optimizer or SGD(model.parameters(), lr=0.03, momentum=0.9, weight_decay=5e-4)
    rng, history, start, lr = np.random.default_rng(seed), History(), time.perf_counter(), optimizer.lr
    steps = epochs * -(-len(images) // batch_size)
    bar = _bar(steps, progress)
    try:
        for _ in range(epochs):
            right = []
            for batch, answers in batches(images, labels, batch_size, rng):
                optimizer.lr = lr * (schedule(len(history.step_loss) / steps) if schedule else 1)
                batch = augment(batch, rng) if augment else batch
                loss, hits = train_step(model, batch, answers, optimizer)
                history.step_loss.append(loss)
                right.append(hits)
                bar.update()
            if not _finite(model):
                raise _diverged(optimizer)
            _end_epoch(history, model, len(right), np.concatenate(right).mean(), validation)
            bar.set_postfix_str(_latest(history))
    except KeyboardInterrupt:
        history.interrupted = True
    finally:
        optimizer.lr = lr
        history.seconds = time.perf_counter() - start
        bar.close()
    return history


def train_step(model, images, labels, optimizer):
    """One iteration: forward, loss, backward, update.

    Returns
    -------
    loss : float
        Of this batch, before the update.
    right : array of bool (N,)
    """
    if not model.training:
        model.train()
    with np.errstate(over="ignore", invalid="ignore"):      # a run that diverges is told of below
        try:
            logits = model(images)
            loss = cross_entropy(logits, labels)
        except arguments.NotANumberError:
            arguments.no_nan("images", images)
            raise _diverged(optimizer) from None
        if not np.isfinite(loss):
            raise _diverged(optimizer)
        model.backward(cross_entropy_backward(logits, labels), input_grad=False)
        optimizer.step()
    return loss, logits.argmax(1) == labels


def predict(model, images, *, batch_size=100):
    """Logits (N, classes) for any number of images, in inference mode, a chunk at a time.

    Examples
    --------
    >>> from cnnlesson.nn import mlp
    >>> predict(mlp(), np.zeros((3, 1, 28, 28), np.uint8)).shape
    (3, 10)
    """
    images = _not_empty("images", images)
    chunks = range(0, len(images), arguments.whole("batch_size", batch_size, 1))
    was = model.training
    model.eval()
    try:
        return np.concatenate([model(scaled(images[i:i + chunks.step])) for i in chunks])
    finally:
        model.train(was)


def evaluate(model, images, labels):
    """Share of the images whose largest logit is at their label.

    Parameters
    ----------
    model : Layer
    images : array (N, C, H, W)
    labels : array of int (N,)

    Returns
    -------
    float
        Accuracy in [0, 1].

    Raises
    ------
    ValueError
        When images and labels do not fit, or the batch is empty.

    Examples
    --------
    >>> from cnnlesson.nn import mlp
    >>> evaluate(mlp(), np.zeros((2, 1, 28, 28)), [3, 3]) in (0.0, 1.0)
    True
    """
    return _accuracy(predict(model, images), labels)


def batches(images, labels, batch_size, rng):
    """All images once, in random order, `batch_size` at a time, as floats."""
    order = rng.permutation(len(images))
    for i in range(0, len(order), batch_size):
        some = order[i:i + batch_size]
        yield scaled(nchw(hcwn(images[some]))), labels[some]       # reordered here, while pixels are single bytes


def scaled(images):
    """uint8 pixels 0–255 as float32 in [0, 1]; anything else as it is."""
    return images / np.float32(255) if images.dtype == np.uint8 else images


def warmup(share=0.15):
    """A schedule: the learning rate climbs from 0 during the first `share` of the run, then falls to 0.

    Examples
    --------
    >>> schedule = warmup(0.5)
    >>> [schedule(done) for done in (0.25, 0.5, 0.75)]
    [0.5, 1.0, 0.5]
    """
    if not 0 < arguments.real("share", share) < 1:
        raise ValueError(f"share must be between 0 and 1, got {share}")
    return lambda done: min(done / share, (1 - done) / (1 - share))


def random_shift(pixels=1):
    """An augmentation: shift each image by up to `pixels` in both directions, zeros move in.

    Examples
    --------
    >>> shift = random_shift(2)
    >>> shift(np.ones((4, 1, 28, 28)), np.random.default_rng(0)).shape
    (4, 1, 28, 28)
    """
    pixels = arguments.whole("pixels", pixels, 0)

    def augment(batch, rng):
        n, _, h, w = batch.shape
        padded = np.pad(batch, ((0, 0), (0, 0), (pixels, pixels), (pixels, pixels)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (h, w), (2, 3))
        down, right = rng.integers(0, 2 * pixels + 1, (2, n))
        return windows[np.arange(n), :, down, right]
    return augment


def _check(kind, images, labels):
    """Images and labels as arrays, one label for each image."""
    images, labels = _not_empty(kind + "images", images), arguments.array(kind + "labels", labels)
    arguments.images(kind + "images", images[:1])
    if images.dtype.kind == "f":
        arguments.no_nan(kind + "images", images)
    if labels.shape != (len(images),):
        raise ValueError(f"{kind}labels must be {len(images)}, one for each image, got shape {labels.shape}")
    return images, labels


def _not_empty(name, images):
    images = arguments.array(name, images)
    if images.ndim == 0 or images.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {images.shape}")
    return images


def _finite(model):
    return all(np.isfinite(p.data).all() for p in model.parameters())


def _diverged(optimizer):
    return ValueError(f"training diverged, its numbers are no longer finite: build the model again "
                      f"and choose lr smaller than {optimizer.lr:g}")


def _accuracy(logits, labels):
    if logits.ndim != 2:
        raise ValueError(f"model must give logits (N, classes), got shape {logits.shape}")
    arguments.no_nan("logits", logits)
    return float((logits.argmax(1) == check_labels(labels, *logits.shape)).mean())


def _end_epoch(history, model, steps, accuracy, validation):
    if validation is not None:
        logits = predict(model, validation[0])
        history.validation_loss.append(cross_entropy(logits, validation[1]))
        history.validation_accuracy.append(_accuracy(logits, validation[1]))
    history.loss.append(float(np.mean(history.step_loss[-steps:])))
    history.accuracy.append(float(accuracy))


def _bar(steps, progress):
    from tqdm.auto import tqdm  # here, because it loads the notebook's widgets
    return tqdm(total=steps, unit="step", disable=not progress, mininterval=0.2)


def _latest(history):
    validation = f", validation {history.validation_accuracy[-1]:.1%}" if history.validation_accuracy else ""
    return f"loss {history.loss[-1]:.3f}{validation}"
