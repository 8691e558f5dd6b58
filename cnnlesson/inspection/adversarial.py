"""Small changes that fool a network."""
import numpy as np

from .. import ops
from ..nn.evaluation import labelled, scaled
from ..ops import arguments
from ..ops.losses import check_labels
from .inputs import checked_logits, chunks
from .layers import twin


def fast_gradient(model, images, labels, size):
    """Images changed by the same small amount in every pixel, each in the direction that raises the loss.

    The fast gradient sign method (Goodfellow, Shlens, Szegedy 2015: Explaining and harnessing adversarial
    examples).

    Parameters
    ----------
    model : Layer
        Images to logits. Stays as it is, with all that it remembers; looked at in inference mode.
    images : array (N, C, H, W)
        In [0, 1].
    labels : array of int (N,)
        The right classes.
    size : float
        How far each value moves, ≥ 0; less where it would leave [0, 1].

    Returns
    -------
    array (N, C, H, W)

    Raises
    ------
    ValueError
        When images and labels do not fit, an image leaves [0, 1], or size is below 0.

    Notes
    -----
    The gradient of the cross-entropy is a positive number times what is used here: softmax over the wrong classes,
    and −1 at the label. That number rounds to 0 for images that the network is sure of; the direction does not.

    Examples
    --------
    >>> from cnnlesson import nn
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(2, 2))
    >>> model[1].weight[...] = [[1, -1], [-1, 1]]
    >>> fast_gradient(model, [[[[0.75, 0.25]]]], [0], size=0.25)
    array([[[[0.5, 0.5]]]])
    """
    images, labels = labelled("", images, labels)
    images, model = arguments.images("images", scaled(images)), twin(model)
    if images.min() < 0 or images.max() > 1:
        raise ValueError(f"images must lie in [0, 1], got {images.min():.3g} to {images.max():.3g}")
    step = images.dtype.type(arguments.real("size", size, 0))
    signs = [np.sign(loss_direction(model, images[chunk], labels[chunk]))
             for chunk in chunks(len(images), images[0].size)]
    return (images + step * np.concatenate(signs)).clip(0, 1)


def loss_direction(model, images, labels):
    """For each image, the direction in which its cross-entropy grows."""
    logits = checked_logits(model(images))
    right = np.arange(len(labels)), check_labels(labels, *logits.shape)
    wrong = logits.copy()
    wrong[right] = -np.inf
    grad = ops.softmax(wrong)
    grad[right] = -1
    return model.backward(grad)
