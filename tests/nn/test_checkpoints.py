"""A run that is interrupted and resumed ends with the bits of one that is not."""
import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cnnlesson import nn
from tests.nn import runs

ROOT = Path(__file__).resolve().parents[2]
every_optimizer = pytest.mark.parametrize("optimizer", runs.OPTIMIZERS)


@cache
def whole(optimizer="SGD"):
    """The outcome without an interrupt: three epochs of four steps."""
    model = runs.network()
    return runs.outcome(model, runs.fit(model, optimizer))


def resumed(path, optimizer="SGD", **changed):
    """Go on with objects that were built anew, from another start."""
    model = runs.network(seed=99)
    history = runs.fit(model, optimizer, checkpoint=path, resume=True, **changed)
    assert history.interrupted is False
    return runs.outcome(model, history)


def stopping(augment, step, stop=KeyboardInterrupt):
    """An augmentation that raises in one of the steps, after it has used the generator."""
    count = iter(range(1000))

    def stopped(batch, rng):
        batch = augment(batch, rng)
        if next(count) == step:
            raise stop
        return batch
    return stopped


class Stopped(nn.Flatten):
    """Raises at one of its passes in training, forward and backward counted together."""

    def __init__(self, at):
        self.left = at

    def count(self):
        self.left -= self.training
        if self.left == 0 and self.training:
            raise KeyboardInterrupt

    def forward(self, x):
        self.count()
        return super().forward(x)

    def backward(self, grad):
        self.count()
        return super().backward(grad)


# --- interrupted ---

@every_optimizer
@pytest.mark.parametrize("step", [0, 1, 3, 4, 6, 8, 11])
def test_interrupt_in_a_step(step, optimizer, tmp_path):
    path = tmp_path / "run.npz"
    model = runs.network()
    augment = stopping(runs.settings(model)["augment"], step)
    history = runs.fit(model, optimizer, augment=augment, checkpoint=path)
    assert history.interrupted and len(history.step_loss) == step
    assert resumed(path, optimizer) == whole(optimizer)


@pytest.mark.parametrize("passes", [1, 2, 5, 10])
def test_interrupt_between_layers(passes, tmp_path):
    """After dropout has drawn and batch norm has moved its averages."""
    path = tmp_path / "run.npz"
    history = runs.fit(runs.network(0, {4: Stopped(passes)}), checkpoint=path)
    assert history.interrupted and len(history.step_loss) == (passes - 1) // 2
    assert resumed(path) == whole()


def count_lines(run, at=-1):
    """How many lines of ours are executed within the steps of a run; an interrupt comes before line `at`."""
    depth, count, ours = 0, 0, str(ROOT / "cnnlesson")

    def local(frame, event, _):
        nonlocal depth, count
        if event == "return" and frame.f_code is nn.Trainer.step.__code__:
            depth -= 1
        elif event == "line" and depth:
            if count == at:
                signal.raise_signal(signal.SIGINT)
            count += 1
        return local

    def every(frame, *_):
        nonlocal depth
        depth += frame.f_code is nn.Trainer.step.__code__
        return local if depth and frame.f_code.co_filename.startswith(ours) else None

    before = sys.gettrace()
    sys.settrace(every)
    try:
        run()
    finally:
        sys.settrace(before)
    return count


@every_optimizer
def test_interrupt_at_any_line(optimizer, tmp_path):
    """The real signal, between any two lines: a step is done as a whole or not at all."""
    path = tmp_path / "run.npz"
    lines = count_lines(lambda: runs.fit(runs.network(), optimizer, epochs=2))
    first_step = lines // 8
    rng = np.random.default_rng(0)
    model = None

    def run():
        nonlocal model
        model = runs.network()
        history = runs.fit(model, optimizer, checkpoint=path)
        assert history.interrupted

    for at in [*rng.integers(0, first_step, 20), *rng.integers(0, lines, 20)]:
        count_lines(run, at)
        assert resumed(path, optimizer) == whole(optimizer), f"interrupted before line {at} of {lines}"
        path.unlink()


def test_interrupt_while_measuring(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    with monkeypatch.context() as patch:
        patch.setattr("cnnlesson.nn.training.predict", lambda *_: signal.raise_signal(signal.SIGINT))
        history = runs.fit(runs.network(), checkpoint=path)
    assert history.interrupted and len(history.step_loss) == 4 and history.loss == []
    assert resumed(path) == whole()


def test_interrupted_again_and_again(tmp_path):
    path = tmp_path / "run.npz"
    for seed in range(6):       # two steps each
        model = runs.network(seed)
        augment = stopping(runs.settings(model)["augment"], 2)
        history = runs.fit(model, augment=augment, checkpoint=path, resume=True)
        assert len(history.step_loss) == 2 * seed + 2 and history.interrupted == (seed < 5)
    assert runs.outcome(model, history) == whole()


@every_optimizer
def test_killed_process(optimizer, tmp_path):
    """Ended without warning in the middle of the second epoch, resumed in a new process."""
    code = f"""
import os, sys
from cnnlesson import nn
from tests.nn import runs
model = runs.network(seed=int(sys.argv[1]))
augment, left = runs.settings(model)["augment"], int(sys.argv[2])
def ending(batch, rng):
    global left
    left -= 1
    return augment(batch, rng) if left else os._exit(9)
runs.fit(model, {optimizer!r}, augment=ending, checkpoint="run.npz", resume=True)
nn.save_weights(model, "end.npz")
"""
    def start(*words):
        command = [sys.executable, "-c", code, *words]
        return subprocess.run(command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}).returncode
    assert start("0", "7") == 9 and not (tmp_path / "end.npz").exists()
    assert start("5", "-1") == 0
    with np.load(tmp_path / "end.npz") as end:
        assert all(whole(optimizer)[name] == array.tobytes() for name, array in end.items())


# --- what is kept ---

def test_resume_without_a_file_begins(tmp_path):
    model = runs.network()
    history = runs.fit(model, checkpoint=tmp_path / "new.npz", resume=True)
    assert runs.outcome(model, history) == whole()


def test_without_resume_a_run_begins_anew(tmp_path):
    path = tmp_path / "run.npz"
    runs.fit(runs.network(5), checkpoint=path, epochs=1)
    model = runs.network()
    assert runs.outcome(model, runs.fit(model, checkpoint=path)) == whole()
    assert resumed(path) == whole()


def test_a_finished_run_is_only_loaded(tmp_path):
    path = tmp_path / "run.npz"
    first = runs.fit(runs.network(), checkpoint=path)
    model = runs.network(9)
    history = runs.fit(model, checkpoint=path, resume=True, augment=stopping(None, 0))
    assert runs.outcome(model, history) == whole() and history.seconds == first.seconds


def test_more_epochs_go_on_where_the_run_ended(tmp_path):
    path = tmp_path / "run.npz"
    same = dict(schedule=None, patience=2)
    runs.fit(runs.network(), checkpoint=path, epochs=2, **same)
    model = runs.network()
    expected = runs.outcome(model, runs.fit(model, epochs=5, **same))
    assert resumed(path, epochs=5, **same) == expected


def test_what_was_changed_on_the_way_is_kept(tmp_path):
    """Learning rate and batch size of a run that somebody steers."""
    def steered(trainer, stop=None):
        for history in trainer:
            if len(history.step_loss) == 2:
                trainer.optimizer.lr, trainer.batch_size = np.float32(0.003), 20
            if len(history.step_loss) == stop:
                break
        return trainer

    def build(seed, optimizer):
        return nn.Trainer(**runs.settings(runs.network(seed), optimizer))
    for optimizer in runs.OPTIMIZERS:
        expected = steered(build(0, optimizer))
        nn.save_checkpoint(steered(build(0, optimizer), stop=7), tmp_path / "run.npz")
        trainer = steered(nn.load_checkpoint(build(1, optimizer), tmp_path / "run.npz"))
        assert runs.outcome(trainer.model, trainer.history) == runs.outcome(expected.model, expected.history)


def test_the_file_holds_plain_arrays(tmp_path):
    runs.fit(runs.network(), "Adam", checkpoint=tmp_path / "run")       # the name stays as it is
    assert [file.name for file in tmp_path.iterdir()] == ["run"]
    with np.load(tmp_path / "run", allow_pickle=False) as file:
        arrays = dict(file)
    assert arrays.keys() >= {"run", "order", "model.1.0.running_var", "optimizer.square.5", "history.loss"}
    assert all(array.dtype.kind in "fiuU" for array in arrays.values())


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()], ids=["disk full", "interrupt"])
def test_the_old_file_stays_until_the_new_one_is_whole(error, tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    trainer = nn.Trainer(**runs.settings(runs.network()))
    nn.save_checkpoint(trainer, path)
    before = path.read_bytes()

    def broken(stream, **arrays):
        stream.write(b"half")
        raise error
    trainer.step()
    monkeypatch.setattr(np, "savez", broken)
    with pytest.raises(type(error)):
        nn.save_checkpoint(trainer, path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    monkeypatch.undo()
    place = path.stat().st_ino
    nn.save_checkpoint(trainer, path)
    assert path.stat().st_ino != place      # another file, not the old one overwritten


def test_interrupt_while_writing(tmp_path, monkeypatch):
    path, savez = tmp_path / "run.npz", np.savez

    def stopped(stream, **arrays):
        monkeypatch.setattr(np, "savez", savez)
        stream.write(b"half")
        raise KeyboardInterrupt
    monkeypatch.setattr(np, "savez", stopped)
    assert runs.fit(runs.network(), checkpoint=path).interrupted
    assert resumed(path) == whole()


# --- files that do not fit ---

@pytest.mark.parametrize("changed, sentence", [
    (dict(model=runs.network(0, {6: nn.Linear(12, 4)})),
     "model.6.weight must be float32 of shape (4, 12), got float32 of shape (3, 12)"),
    (dict(model=runs.network(0, {1: nn.ReLU()})), "the run has no place for model.1.0.weight"),
    (dict(model=runs.network(0, {2: nn.BatchNorm2d(3)})), "it has no model.2.weight"),
    (dict(optimizer="Adam"), "the run must have SGD as its optimizer, got Adam"),
    (dict(images=runs.IMAGES[:90], labels=runs.LABELS[:90]), "the run must have 100 images, got 90"),
    (dict(labels=runs.LABELS[::-1]), "the run must have labels of checksum "),
    (dict(validation=None), "the run must have validation images"),
])
def test_a_checkpoint_of_another_run(changed, sentence, tmp_path):
    path = tmp_path / "run.npz"
    runs.fit(runs.network(), checkpoint=path)
    settings = dict(model=runs.network(9)) | changed
    before = runs.snapshot(settings["model"])
    with pytest.raises(ValueError) as error:
        runs.fit(**settings, checkpoint=path, resume=True)
    assert str(error.value).startswith(f"run.npz does not fit: {sentence}")
    assert all(np.array_equal(before[name], array) for name, array in settings["model"].state().items())


def test_a_checkpoint_without_validation(tmp_path):
    path = tmp_path / "run.npz"
    runs.fit(runs.network(), checkpoint=path, validation=None)
    with pytest.raises(ValueError, match="^run.npz does not fit: the run must have no validation images"):
        runs.fit(runs.network(), checkpoint=path, resume=True)


def damaged(path):
    path.write_bytes(path.read_bytes()[:2000])


def changed(path):
    content = path.read_bytes()
    with np.load(path) as file:
        weights = file["model.0.weight"].tobytes()
    assert weights in content
    path.write_bytes(content.replace(weights, weights[:-1] + bytes([weights[-1] ^ 1])))


def rewritten(**new):
    def rewrite(path):
        with np.load(path) as file:
            np.savez(path, **{name: array for name, array in (dict(file) | new).items() if array is not None})
    return rewrite


@pytest.mark.parametrize("spoil", [
    damaged, changed, lambda path: path.write_text("no zip"), lambda path: path.write_bytes(b""),
    lambda path: nn.save_weights(runs.network(), path), lambda path: np.savez(path, run="[]"),
    rewritten(run="{}"), rewritten(run=np.arange(3)), rewritten(order=None),
    rewritten(**{"history.step_loss": None}), rewritten(run=np.array([object()])),
], ids=range(11))
def test_no_checkpoint(spoil, tmp_path):
    path = tmp_path / "run.npz"
    runs.fit(runs.network(), checkpoint=path)
    spoil(path)
    model = runs.network(9)
    before = runs.snapshot(model)
    with pytest.raises(ValueError, match="^run.npz must be a checkpoint, as fit writes it, got a file that cannot be"):
        runs.fit(model, checkpoint=path, resume=True)
    assert all(np.array_equal(before[name], array) for name, array in model.state().items())


def test_other_numbers(tmp_path):
    """As a file of a later version may have them; no attribute is set that the run has not."""
    path = tmp_path / "run.npz"
    runs.fit(runs.network(), checkpoint=path)
    with np.load(path) as file:
        text = file["run"].item().replace('"right"', '"wrong"')
    rewritten(run=text)(path)
    with pytest.raises(ValueError, match="^run.npz does not fit: the trainer must have position, wrong, steps_before"):
        runs.fit(runs.network(), checkpoint=path, resume=True)


def test_missing_array(tmp_path):
    path = tmp_path / "run.npz"
    runs.fit(runs.network(), checkpoint=path)
    rewritten(**{"optimizer.velocity.2": None})(path)
    with pytest.raises(ValueError, match=r"^run.npz does not fit: it has no optimizer.velocity.2$"):
        runs.fit(runs.network(), checkpoint=path, resume=True)


def test_resume_needs_a_checkpoint():
    with pytest.raises(ValueError, match="^checkpoint must be the file to resume from, got None"):
        runs.fit(runs.network(), resume=True)


def test_a_checkpoint_needs_a_folder(tmp_path):
    model = runs.network()
    before = runs.snapshot(model)
    with pytest.raises(ValueError, match="^checkpoint must be in a folder that exists, got '.*nowhere.run.npz'"):
        runs.fit(model, checkpoint=tmp_path / "nowhere" / "run.npz")
    assert all(np.array_equal(before[name], array) for name, array in model.state().items())


def test_loading_a_missing_file():
    with pytest.raises(FileNotFoundError):
        nn.load_checkpoint(nn.Trainer(**runs.settings(runs.network())), "nowhere.npz")
