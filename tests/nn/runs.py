"""A small training run with every kind of state, for tests: batch norm, dropout, augmentation, both optimizers."""
import numpy as np

from cnnlesson import nn

IMAGES = np.random.default_rng(0).random((100, 1, 6, 6), np.float32)
LABELS = np.random.default_rng(1).integers(0, 3, 100)
OPTIMIZERS = {
    "SGD": lambda p: nn.SGD(p, 0.05, momentum=0.9, weight_decay=1e-3),
    "Adam": lambda p: nn.Adam(p, 0.01, weight_decay=1e-3),
}


def network(seed=0, replaced=None):
    """For 6×6 images and three classes; `replaced`: other layers by place."""
    rng = np.random.default_rng(seed)
    layers = dict(enumerate((
        nn.Conv2d(1, 3, 3, rng=rng), nn.Sequential(nn.BatchNorm2d(3), nn.ReLU()), nn.Dropout(0.1), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.2), nn.Linear(12, 3, rng=rng))))
    return nn.Sequential(*(layers | (replaced or {})).values())


def settings(model, optimizer="SGD", **changed):
    """Arguments of `fit` and of `Trainer`; the optimizer by name, or a finished one."""
    if isinstance(optimizer, str):
        optimizer = OPTIMIZERS[optimizer](model.parameters())
    return dict(
        model=model, images=IMAGES, labels=LABELS, epochs=3, batch_size=32, schedule=nn.warmup(0.3),
        augment=nn.chain(nn.random_rotate(20), nn.random_shift(1)), validation=(IMAGES[:40], LABELS[:40]),
        optimizer=optimizer) | changed


def fit(model, optimizer="SGD", **changed):
    return nn.fit(**settings(model, optimizer, **changed), progress=False)


def snapshot(model):
    return {name: array.copy() for name, array in model.state().items()}


def outcome(model, history):
    """All that must be equal, bit for bit."""
    numbers = {name: getattr(history, name) for name in (
        "loss", "accuracy", "validation_loss", "validation_accuracy", "step_loss", "best_epoch")}
    return numbers | {name: array.tobytes() for name, array in model.state().items()}
