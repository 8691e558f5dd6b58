"""One step of training, and its parts: a batch, the gradients of its loss, the update of the weights."""
import numpy as np

from ..ops import arguments
from ..ops.losses import cross_entropy_both
from ..ops.memory import hcwn, nchw
from .evaluation import scaled


def train_step(model, images, labels, optimizer):
    """One iteration: forward, loss, backward, update.

    Returns
    -------
    loss : float
        Of this batch, before the update.
    right : array of bool (N,)
    """
    loss, right = gradients(model, images, labels, optimizer)
    update(optimizer)
    return loss, right


def gradients(model, images, labels, optimizer):
    """`train_step` up to the update, which may wait: the gradients are in the layers."""
    if not model.training:
        model.train()
    with np.errstate(over="ignore", invalid="ignore"):      # a run that diverges is told of below
        try:
            logits = model(images)
            loss, grad = cross_entropy_both(logits, labels)
        except arguments.NotANumberError:
            arguments.no_nan("images", images)
            raise diverged(optimizer) from None
        if not np.isfinite(loss):
            raise diverged(optimizer)
        model.backward(grad, input_grad=False)
    return loss, logits.argmax(1) == labels


def update(optimizer, factor=1):
    """One step of the optimizer with `factor` times its learning rate; `optimizer.lr` itself stays."""
    lr = optimizer.lr
    optimizer.lr = float(lr) * factor
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            optimizer.step()
    finally:
        optimizer.lr = lr


def batch_of(images, some):
    """Some images as floats, in the memory order of the layers."""
    return scaled(nchw(hcwn(images[some])))        # reordered first, while pixels are single bytes


def finite(model):
    """Whether all weights are finite numbers."""
    return all(np.isfinite(p.data).all() for p in model.parameters())


def diverged(optimizer):
    """The error of a run whose numbers are no longer finite."""
    return ValueError(f"training diverged, its numbers are no longer finite: build the model again "
                      f"and choose lr smaller than {optimizer.lr:g}")
