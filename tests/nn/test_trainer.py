"""A training run step by step: what may change on the way, when it ends, and one seed for all of it."""
import asyncio
import math
import signal
import threading

import numpy as np
import pytest

from cnnlesson import nn
from cnnlesson.nn.interrupts import undisturbed
from tests.nn import runs


def trainer(**changed):
    return nn.Trainer(**runs.settings(runs.network(), **changed))


def outcome(trainer):
    return runs.outcome(trainer.model, trainer.history)


class Logging(nn.SGD):
    """SGD that notes the learning rate of each step."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, lr)
        self.rates = []

    def step(self):
        self.rates.append(self.lr)
        super().step()


# --- step by step ---

def test_steps_by_hand_are_fit():
    model = runs.network()
    expected = runs.outcome(model, runs.fit(model))
    by_hand, in_a_loop, left = trainer(), trainer(), trainer()
    while not by_hand.finished:
        by_hand.step()
    for history in in_a_loop:
        assert history is in_a_loop.history
    for stop in (3, 4, 9):
        for history in left:
            if len(history.step_loss) == stop:
                break
    assert len(left.history.step_loss) == 9 and not left.finished
    list(left)
    assert outcome(by_hand) == outcome(in_a_loop) == outcome(left) == expected


def test_an_event_loop_drives_it():
    """As a task beside others; the stop button ends the task between two steps, and training goes on later."""
    run, ticks = trainer(), []

    async def train(stop):
        for history in run:
            if len(history.step_loss) == stop:
                signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(0)

    async def both(stop):
        task = asyncio.create_task(train(stop))
        while not task.done():
            ticks.append(len(run.history.step_loss))
            await asyncio.sleep(0)
        await task
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(both(stop=5))
    asyncio.run(both(stop=None))
    assert len(set(ticks)) >= 12
    model = runs.network()
    assert outcome(run) == runs.outcome(model, runs.fit(model))


def test_how_many_steps():
    run = trainer(epochs=2)
    counted = [(len(history.step_loss), run.steps, run.position, len(history.loss)) for history in run]
    assert counted == [(i + 1, 8, [32, 64, 96, 0][i % 4], (i + 1) // 4) for i in range(8)]
    assert run.finished and list(run) == []
    with pytest.raises(ValueError, match="^training is finished after 2 epochs: build a new Trainer, or raise its"):
        run.step()


def test_batch_size_acts_at_once():
    run, sizes = trainer(epochs=1), []
    run.augment = lambda batch, rng: sizes.append(len(batch)) or batch
    run.step()
    run.batch_size = 10
    assert run.steps == 1 + 7
    list(run)
    assert sizes == [32, 10, 10, 10, 10, 10, 10, 8]
    assert run.history.loss == [pytest.approx(np.mean(run.history.step_loss))]
    assert sorted(run.order) == list(range(100))
    run.batch_size, run.epochs = 0, 2
    with pytest.raises(ValueError, match="^batch_size must be ≥ 1, got 0"):
        run.step()


@pytest.mark.parametrize("schedule", [None, nn.linear_decay()], ids=["no schedule", "schedule"])
def test_lr_acts_at_once_and_stays(schedule):
    """Set between the steps, as a slider does it."""
    model = runs.network()
    optimizer = Logging(model.parameters(), 0.4)
    run = nn.Trainer(**runs.settings(model, epochs=2, schedule=schedule, optimizer=optimizer))
    for history in run:
        if len(history.step_loss) == 3:
            optimizer.lr = 0.1
    factors = [1 - i / 8 if schedule else 1 for i in range(8)]
    expected = [lr * factor for lr, factor in zip([0.4] * 3 + [0.1] * 5, factors, strict=True)]
    assert optimizer.rates == pytest.approx(expected) and optimizer.lr == 0.1


def test_lr_set_by_a_callback_of_fit_stays():
    model = runs.network()
    optimizer = Logging(model.parameters(), 0.4)

    def augment(batch, rng):
        optimizer.lr /= 2
        return batch
    nn.fit(**runs.settings(model, epochs=1, schedule=nn.constant(0.5), optimizer=optimizer, augment=augment),
           progress=False)
    assert optimizer.rates == [0.1, 0.05, 0.025, 0.0125] and optimizer.lr == 0.025


@pytest.mark.parametrize("factor", [-0.1, math.nan, "much"])
def test_a_schedule_must_give_factors(factor):
    with pytest.raises(ValueError, match="^schedule must be "):
        trainer(schedule=lambda done: factor).step()


def test_numpy_numbers_as_lr_change_nothing():
    results = []
    for number in (float, np.float64, np.float32):
        for rule in (nn.SGD, nn.Adam):
            model = runs.network()
            optimizer = rule(model.parameters(), number(0.125))     # the same in both precisions
            nn.fit(**runs.settings(model, epochs=1, optimizer=optimizer,
                                   schedule=lambda done: np.float64(1 - done)), progress=False)
            results.append(runs.snapshot(model))
    for one, other in zip(results[2:], results[:2] * 2, strict=True):
        assert all(np.array_equal(one[name], other[name]) for name in one)


# --- one seed ---

@pytest.mark.parametrize("optimizer", runs.OPTIMIZERS)
def test_one_seed_gives_the_same_bits(optimizer):
    results = []
    for seed in (5, 5, 6):
        model = runs.network()
        results.append(runs.outcome(model, runs.fit(model, optimizer, seed=seed)))
    assert results[0] == results[1]
    assert results[0]["0.weight"] != results[2]["0.weight"]


def test_the_seed_governs_dropout():
    """Whatever the layers have drawn before; and dropout leaves the order of the images as it is."""
    one, other = runs.network(), runs.network()
    other[2].rng.random(1000)
    assert runs.outcome(one, runs.fit(one, seed=3)) == runs.outcome(other, runs.fit(other, seed=3))
    with_dropout, without = (nn.Trainer(nn.Sequential(*layers, nn.Flatten(), nn.Linear(36, 3)), runs.IMAGES,
                                        runs.LABELS, epochs=2) for layers in ([nn.Dropout()], []))
    list(with_dropout), list(without)
    np.testing.assert_array_equal(with_dropout.order, without.order)


def test_the_seed_governs_dropout_inside_blocks():
    body = nn.Sequential(nn.Dropout(), nn.ReLU())
    nn.Trainer(nn.Sequential(nn.Residual(body), nn.Flatten(), nn.Linear(36, 3)), runs.IMAGES, runs.LABELS, seed=4)
    expected = np.random.default_rng(4).spawn(1)[0].random(3)
    np.testing.assert_array_equal(body[0].rng.random(3), expected)


def test_dropout_layers_draw_different_masks():
    model = nn.Sequential(nn.Dropout(), nn.Dropout(), nn.Flatten(), nn.Linear(36, 3))
    nn.Trainer(model, runs.IMAGES, runs.LABELS).step()
    assert not np.array_equal(model[0].scale, model[1].scale)


# --- early stopping ---

def scripted(monkeypatch, losses):
    """Make the validation losses of a run these."""
    losses, labels = iter(losses), runs.LABELS[:40]

    def predict(*_):
        right = math.exp(-next(losses))
        return np.log(np.where(np.arange(3) == labels[:, None], right, (1 - right) / 2))
    monkeypatch.setattr("cnnlesson.nn.training.predict", predict)


@pytest.mark.parametrize("losses, patience, epochs, best", [
    ([3, 2, 2.5, 2.2, 1], 2, 4, 1),
    ([3, 2, 2.5, 1.9, 2, 2], 2, 6, 3),
    ([3, 2, 2.5, 1.5, 1], 2, 5, 4),
    ([1, 2, 3, 4, 5], 1, 2, 0),
    ([1, 1, 1, 1, 1], 3, 4, 0),             # no better is not better
    ([3, 2, 2.5, 2.2, 1.5, 2], 9, 6, 4),    # never tired, but the best weights are kept
    ([3, 2, 2.5, 2.2, 1.5, 2], None, 6, 4),
])
def test_early_stopping(losses, patience, epochs, best, monkeypatch):
    scripted(monkeypatch, losses)
    run, ends = trainer(epochs=len(losses), patience=patience), []
    for _ in run:
        if run.position == 0:
            ends.append(runs.outcome(run.model, nn.History()))
    scripted(monkeypatch, losses)
    model = runs.network()
    history = runs.fit(model, epochs=len(losses), patience=patience)
    assert len(ends) == len(history.loss) == epochs and history.step_loss == run.history.step_loss
    assert history.best_epoch == best and history.validation_loss == pytest.approx(losses[:epochs])
    assert runs.outcome(model, nn.History()) == ends[-1 if patience is None else best]
    assert best == epochs - 1 or ends[best] != ends[-1]


def test_fit_stops_early_and_resumes_with_more_patience(tmp_path, monkeypatch):
    losses, path = [3, 2, 2.5, 2.2, 1, 4], tmp_path / "run.npz"
    scripted(monkeypatch, losses)
    model = runs.network()
    whole = runs.outcome(model, runs.fit(model, epochs=6, patience=4))
    assert whole["best_epoch"] == 4
    scripted(monkeypatch, losses)
    assert len(runs.fit(runs.network(), epochs=6, patience=2, checkpoint=path).loss) == 4
    model = runs.network(9)
    history = runs.fit(model, epochs=6, patience=4, checkpoint=path, resume=True)
    assert runs.outcome(model, history) == whole


def test_an_interrupted_run_keeps_its_last_weights(monkeypatch):
    scripted(monkeypatch, [1, 2, 3, 4])
    run = trainer(epochs=9, patience=5)
    with pytest.raises(StopIteration):      # the fifth measuring
        for _ in range(99):
            run.step()
    assert run.history.best_epoch == 0
    assert not np.array_equal(run.best["0.weight"], run.model[0].weight)


@pytest.mark.parametrize("changed, sentence", [
    (dict(patience=2, validation=None), "validation must be images and labels when there is patience, got None"),
    (dict(patience=0), "patience must be ≥ 1, got 0"),
    (dict(patience="some"), "patience must be a whole number, got 'some'"),
    (dict(epochs=0), "epochs must be ≥ 1, got 0"),
])
def test_refusals(changed, sentence):
    with pytest.raises(ValueError) as error:
        trainer(**changed)
    assert str(error.value) == sentence


# --- the stop button ---

def test_an_interrupt_waits_for_the_end_of_the_block():
    before, seen = signal.getsignal(signal.SIGINT), []
    with pytest.raises(KeyboardInterrupt):
        with undisturbed():
            signal.raise_signal(signal.SIGINT)
            seen.append("end")
    assert seen == ["end"] and signal.getsignal(signal.SIGINT) is before


def test_without_an_interrupt_nothing_happens():
    before = signal.getsignal(signal.SIGINT)
    with undisturbed():
        pass
    with pytest.raises(RuntimeError, match="mine"):
        with undisturbed():
            raise RuntimeError("mine")
    assert signal.getsignal(signal.SIGINT) is before


def test_training_works_in_another_thread_and_with_interrupts_ignored():
    done = []
    thread = threading.Thread(target=lambda: done.append(trainer().step()))
    thread.start()
    thread.join()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with undisturbed():
            signal.raise_signal(signal.SIGINT)
        done.append(trainer().step())
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert done == [None, None]
