"""Measuring a network: logits for any number of images, and how many are right."""
import numpy as np

from ..ops import arguments
from ..ops.losses import check_labels


def predict(model, images, *, batch_size=100):
    """Logits (N, classes) for any number of images, in inference mode, a chunk at a time.

    Examples
    --------
    >>> from cnnlesson.nn import mlp
    >>> predict(mlp(), np.zeros((3, 1, 28, 28), np.uint8)).shape
    (3, 10)
    """
    images = not_empty("images", images)
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
    return accuracy(predict(model, images), labels)


def accuracy(logits, labels):
    """Share of the rows whose largest logit is at their label.

    >>> accuracy(np.eye(4), [0, 1, 2, 0])
    0.75
    """
    if logits.ndim != 2:
        raise ValueError(f"model must give logits (N, classes), got shape {logits.shape}")
    arguments.no_nan("logits", logits)
    return float((logits.argmax(1) == check_labels(labels, *logits.shape)).mean())


def scaled(images):
    """uint8 pixels 0–255 as float32 in [0, 1]; anything else as it is."""
    return images / np.float32(255) if images.dtype == np.uint8 else images


def labelled(kind, images, labels):
    """Images and labels as arrays, one label for each image; `kind` stands before their names in errors."""
    images, labels = not_empty(kind + "images", images), arguments.array(kind + "labels", labels)
    arguments.images(kind + "images", images[:1])
    if images.dtype.kind == "f":
        arguments.no_nan(kind + "images", images)
    if labels.shape != (len(images),):
        raise ValueError(f"{kind}labels must be {len(images)}, one for each image, got shape {labels.shape}")
    return images, labels


def not_empty(name, images):
    """`images` as an array with something in it."""
    images = arguments.array(name, images)
    if images.ndim == 0 or images.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {images.shape}")
    return images
