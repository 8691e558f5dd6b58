"""Tables of training: one step and one epoch of LeNet-5, and the same step with convolution as usually taught."""
import statistics
from dataclasses import replace

import numpy as np
import torch

from cnnlesson import datasets, nn
from tests.nn import twins

from .measure import OURS, Row, compare, median_ratio, multiply_adds, pair
from .operations import BATCH, RNG, activations
from .peers import TECHNIQUES, taught
from .pytorch import ORDERS, trainer

LEARNING = dict(lr=0.03, momentum=0.9)
THREADS = {1: "PyTorch with 1 thread", 2: "PyTorch with 2 threads"}
STEPS, BLOCKS = 938, 14     # of an epoch
TAUGHT = "taught"
SLOWER = {TAUGHT: 1}        # the aim beside what is slower: stay below its time
FEW = 4                     # images for plain loops


def our_trainer(model):
    """A function (images, labels) → loss that does one training step."""
    optimizer = nn.SGD(model.parameters(), **LEARNING)
    return lambda images, labels: nn.train_step(model, images, labels, optimizer)[0]


def batch(images=BATCH):
    return RNG.random((images, 1, 28, 28), np.float32), RNG.integers(0, 10, images)


def same_losses(*steps):
    """Refuse to compare steps that do not learn the same."""
    some = batch(FEW)
    losses = np.array([[step(*some) for step in steps] for _ in range(3)])
    np.testing.assert_allclose(losses, losses[:, :1].repeat(len(steps), 1), rtol=1e-3)


def steps(seconds):
    """One training step of LeNet-5, beside PyTorch in both memory orders."""
    model = nn.lenet5()
    contestants = {name: trainer(model, twins.lenet5(), order, **LEARNING) for name, order in ORDERS.items()}
    contestants = {OURS: our_trainer(model)} | contestants
    same_losses(*contestants.values())
    some = batch()
    works = {name: lambda step=step: step(*some) for name, step in contestants.items()}
    works[OURS]()
    return [compare(f"{BATCH} digits", works, seconds, aims={"PyTorch": 0.55},
                    multiply_adds=multiply_adds(model, training=True))]


def feeds():
    """Two functions that give the next batch of an epoch, as users of each side take it.

    Ours as `fit` does, from bytes; PyTorch's from a float tensor.
    """
    digits = datasets.mnist().train
    images, labels = torch.from_numpy(digits.images.copy()), torch.from_numpy(digits.labels.copy())
    order = iter(torch.randperm(len(labels)).split(BATCH))
    our_order = iter([rows.numpy() for rows in torch.randperm(len(labels)).split(BATCH)])
    return (lambda: (nn.steps.batch_of(digits.pixels, rows := next(our_order)), digits.labels[rows]),
            lambda: (images[rows := next(order)], labels[rows]))


def epoch(threads, aim, share):
    """All 60 000 digits, in blocks of steps that alternate between the two; a `share` of them is done."""
    model, (our_feed, their_feed) = nn.lenet5(), feeds()
    ours, theirs = our_trainer(model), trainer(model, twins.lenet5(), ORDERS["PyTorch"], **LEARNING)
    torch.set_num_threads(threads)
    for step in (ours, theirs) * 3:         # warm up
        step(*batch())
    products = multiply_adds(model, training=True) * 60_000 // BATCH

    def block(step, feed):
        return lambda: [step(*feed()) for _ in range(STEPS // BLOCKS)]
    blocks = block(ours, our_feed), block(theirs, their_feed)
    pairs = [pair(*blocks, swapped=i % 2) for i in range(round(BLOCKS * share))]
    torch.set_num_threads(1)
    ms = (1000 * BLOCKS * statistics.median(times) for times in zip(*pairs, strict=True))
    return Row(THREADS[threads], dict(zip((OURS, "PyTorch"), ms, strict=True)),
               {"PyTorch": median_ratio(pairs)}, {"PyTorch": aim}, products)


def epochs(seconds):
    """An epoch beside PyTorch with one thread, then with two; when in a hurry a seventh of it, scaled."""
    share = 1 if seconds >= 1 else 1 / 7
    one, two = epoch(1, 0.55, share), epoch(2, 0.8, share)
    if two.ms["PyTorch"] > one.ms["PyTorch"]:       # its threads wait for each other, and for other programs
        two = replace(two, work=f"{two.work}: no figure, the machine is busy", aims={})
    return [one, two]


def forwards(seconds):
    """One forward pass of a convolution as usually taught, alone."""
    x, layer = activations(BATCH, 6, 14, 14), nn.Conv2d(6, 16, 5)
    plain = np.ascontiguousarray(x)
    products = layer(x).size * layer.weight[0].size

    def row(name, technique):
        some = plain[:images_of(name)]
        contestants = {OURS: lambda: layer(x), TAUGHT: lambda: technique.forward(some, layer.weight, layer.bias, 0)}
        return compare(label(name), contestants, seconds, aims=SLOWER, multiply_adds=products, scale=BATCH / len(some))
    return [row(*item) for item in TECHNIQUES.items()]


def taught_steps(seconds):
    """A training step of LeNet-5 with convolutions as usually taught; everything else in it is ours."""
    model = nn.lenet5()
    ours, images = our_trainer(model), batch()
    ours(*images)
    products = multiply_adds(model, training=True)

    def row(name, technique):
        theirs = our_trainer(taught(nn.lenet5(), technique))
        some = [array[:images_of(name)] for array in images]
        works = {OURS: lambda: ours(*images), TAUGHT: lambda: theirs(*some)}
        return compare(label(name), works, seconds, aims=SLOWER, multiply_adds=products, scale=BATCH / len(some[0]))
    return [row(*item) for item in TECHNIQUES.items()]


def images_of(technique):
    """How many images of a batch are computed: loops take few, and their time is scaled."""
    return FEW if technique == "plain loops" else BATCH


def label(technique):
    few = images_of(technique)
    return technique if few == BATCH else f"{technique} (timed on {few} images, scaled)"
