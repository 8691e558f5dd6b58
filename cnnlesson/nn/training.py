"""A training run as an object: every step, and all that the next step needs."""
import time
from dataclasses import dataclass, field

import numpy as np

from ..ops import arguments, cross_entropy
from .evaluation import accuracy, labelled, predict
from .interrupts import undisturbed
from .optimizers import SGD
from .steps import batch_of, diverged, finite, gradients, update


@dataclass
class History:
    """What was seen in training: one number an epoch, and the loss of every single step."""
    loss: list = field(default_factory=list)                   # mean over the epoch's training batches
    accuracy: list = field(default_factory=list)               # share of them that was right
    validation_loss: list = field(default_factory=list)
    validation_accuracy: list = field(default_factory=list)
    step_loss: list = field(default_factory=list)
    best_epoch: int | None = None                              # of the lowest validation loss, from 0
    seconds: float = 0.0
    interrupted: bool = False


class Trainer:
    """A training run, one step at a time: what `fit` drives, and what else wants to look between steps.

    It takes the arguments of `fit`, up to `seed`. The loop `for history in trainer` goes round once a step. It
    may be left at any time, by an interrupt too, and entered again: a step is done as a whole or not at all.
    Between steps everything may be changed: `trainer.batch_size`, `trainer.epochs`, `trainer.optimizer.lr`, …

    Examples
    --------
    >>> from cnnlesson.nn import mlp
    >>> rng = np.random.default_rng(0)
    >>> trainer = Trainer(mlp(), rng.random((80, 1, 28, 28), np.float32), rng.integers(0, 10, 80), batch_size=20)
    >>> trainer.step()
    >>> trainer.batch_size, trainer.optimizer.lr = 30, 0.01
    >>> [len(history.step_loss) for history in trainer]
    [2, 3]
    """

    def __init__(self, model, images, labels, *, epochs=1, batch_size=64, optimizer=None, schedule=None,
                 augment=None, validation=None, patience=None, seed=0):
        self.images, self.labels = labelled("", images, labels)
        self.validation = None if validation is None else labelled("validation ", *validation)
        self.epochs, self.batch_size = arguments.whole("epochs", epochs, 1), batch_size
        self.patience = None if patience is None else arguments.whole("patience", patience, 1)
        if patience is not None and validation is None:
            raise ValueError("validation must be images and labels when there is patience, got None")
        arguments.whole("batch_size", batch_size, 1)
        if not finite(model):
            raise ValueError("model must have finite weights, got NaN or infinity: build it again")
        self.model, self.schedule, self.augment = model, schedule, augment
        self.optimizer = optimizer or SGD(model.parameters(), lr=0.03, momentum=0.9, weight_decay=5e-4)
        self.rng = np.random.default_rng(seed)
        self.layer_rng = self.rng.spawn(1)[0]       # of its own, so that dropout leaves the order as it is
        for layer in layers(model):
            if isinstance(getattr(layer, "rng", None), np.random.Generator):
                layer.rng = self.layer_rng
        self.history, self.best = History(), {}         # best: the model's arrays after its best epoch
        # of the epoch that has begun: order of the images, how many of them are done and right, steps before it
        self.order, self.position, self.right, self.steps_before = np.arange(0), 0, 0, 0

    def __iter__(self):
        while not self.finished:
            self.step()
            yield self.history

    @property
    def steps(self):
        """How many steps the whole run has, with the present batch size."""
        done = len(self.history.step_loss) + self._batches(len(self.images) - self.position)
        return done + (self.epochs - len(self.history.loss) - 1) * self._batches(len(self.images))

    def _batches(self, images):
        return -(-images // self.batch_size)

    @property
    def finished(self):
        """Whether all epochs are done, or `patience` has run out."""
        epochs = len(self.history.loss)
        tired = self.patience is not None and epochs > 0 and epochs - 1 - self.history.best_epoch >= self.patience
        return tired or epochs >= self.epochs

    def step(self):
        """Train on one batch; after the last batch of an epoch, measure it."""
        if self.finished:
            raise ValueError(f"training is finished after {len(self.history.loss)} epochs: build a new Trainer, "
                             "or raise its epochs or patience")
        arguments.whole("batch_size", self.batch_size, 1)
        start = time.perf_counter()
        try:
            if self.position < len(self.images):        # not so when an interrupt came while measuring
                self._learn()
            if self.position == len(self.images):
                self._end_epoch()
        finally:
            self.history.seconds += time.perf_counter() - start

    def restore_best(self):
        """Give the model the weights of its best epoch; `fit` does so at the end when there is `patience`."""
        for name, array in self.model.state().items():
            array[...] = self.best[name]

    def _learn(self):
        """Train on one batch. An error or an interrupt on the way takes everything back."""
        done, before = len(self.history.step_loss), self._changed_by_looking()
        try:
            factor = arguments.real("schedule", self.schedule(done / self.steps), 0) if self.schedule else 1
            batch, labels = self._batch()
            loss, right = gradients(self.model, batch, labels, self.optimizer)
            with undisturbed():
                update(self.optimizer, factor)
                self.position += len(labels)
                self.right += int(right.sum())
                self.history.step_loss.append(loss)
        except BaseException:
            if len(self.history.step_loss) == done:
                with undisturbed():
                    self._take_back(*before)
            raise

    def _batch(self):
        """The next images, reordered for the layers, and their labels; a new order when an epoch begins."""
        if self.position == 0:
            self.order = self.rng.permutation(len(self.images))
        some = self.order[self.position:self.position + self.batch_size]
        batch = batch_of(self.images, some)
        return self.augment(batch, self.rng) if self.augment else batch, self.labels[some]

    def _changed_by_looking(self):
        """What a forward pass changes: the generators, and the buffers (batch norm's averages)."""
        buffers = [(layer, name, array.copy()) for layer in layers(self.model)
                   for name, array in layer.own_arrays(layer.buffers).items()]
        return self.rng.bit_generator.state, self.layer_rng.bit_generator.state, buffers

    def _take_back(self, rng, layer_rng, buffers):
        self.rng.bit_generator.state, self.layer_rng.bit_generator.state = rng, layer_rng
        for layer, name, array in buffers:
            getattr(layer, name)[...] = array

    def _end_epoch(self):
        if not finite(self.model):
            raise diverged(self.optimizer)
        measured = self._measure()
        with undisturbed():
            history = self.history
            history.loss.append(float(np.mean(history.step_loss[self.steps_before:])))
            history.accuracy.append(self.right / len(self.images))
            if measured:
                history.validation_loss.append(measured[0])
                history.validation_accuracy.append(measured[1])
                self._compare()
            self.position, self.right, self.steps_before = 0, 0, len(history.step_loss)

    def _measure(self):
        """Loss and accuracy on the validation images."""
        if self.validation is None:
            return None
        images, labels = self.validation
        logits = predict(self.model, images)
        return cross_entropy(logits, labels), accuracy(logits, labels)

    def _compare(self):
        """Is this the best epoch so far?"""
        losses = self.history.validation_loss
        if losses[-1] == min(losses) and losses.count(losses[-1]) == 1:
            self.history.best_epoch = len(losses) - 1
            self.best = {name: array.copy() for name, array in self.model.state().items()}


def layers(model):
    """A model and all layers inside it."""
    yield model
    for child in model.children().values():
        yield from layers(child)
