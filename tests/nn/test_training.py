"""fit, train_step, evaluate and their helpers: against PyTorch, plain loops, and bad input."""
import math
import re

import numpy as np
import pytest

from cnnlesson import nn
from cnnlesson.ops import cross_entropy

SOME = np.random.default_rng(0).random((100, 1, 6, 6), np.float32)
ANSWERS = np.random.default_rng(1).integers(0, 3, 100)


def tiny(seed=0):
    """A network for 6×6 images and three classes, with every kind of state."""
    rng = np.random.default_rng(seed)
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, rng=rng), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Dropout(0.2, rng=rng), nn.Linear(12, 3, rng=rng))


def run(model, images=SOME, labels=ANSWERS, **settings):
    return nn.fit(model, images, labels, **dict(batch_size=32, progress=False) | settings)


def snapshot(model):
    return {name: array.copy() for name, array in model.state().items()}


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


def plain(model):
    return nn.SGD(model.parameters(), lr=0.1)


# --- what is learned ---

def test_thirty_steps_of_lenet5_equal_pytorch(torch, digits):
    model = nn.lenet5(seed=3)
    layers = torch.nn
    twin = layers.Sequential(
        layers.Identity(),
        layers.Conv2d(1, 6, 5, padding=2), layers.ReLU(), layers.MaxPool2d(2),
        layers.Conv2d(6, 16, 5), layers.ReLU(), layers.MaxPool2d(2), layers.Flatten(),
        layers.Linear(400, 120), layers.ReLU(), layers.Linear(120, 84), layers.ReLU(), layers.Linear(84, 10))
    twin.load_state_dict({name: torch.tensor(array) for name, array in model.state().items()})
    settings = dict(lr=0.03, momentum=0.9, weight_decay=5e-4)
    mine, theirs = nn.SGD(model.parameters(), **settings), torch.optim.SGD(twin.parameters(), **settings)
    for i in range(0, 30 * 64, 64):
        images, labels = digits.train.pixels[i:i + 64] / np.float32(255), digits.train.labels[i:i + 64]
        loss, right = nn.train_step(model, images, labels, mine)
        logits = twin((torch.tensor(images) - 0.1307) / 0.3081)
        expected = layers.functional.cross_entropy(logits, torch.tensor(labels))
        theirs.zero_grad()
        expected.backward()
        theirs.step()
        assert loss == pytest.approx(expected.item(), abs=1e-4)
        np.testing.assert_array_equal(right, logits.argmax(1).numpy() == labels)


def test_lenet5_learns_digits(digits):
    model = nn.lenet5()
    history = nn.fit(model, digits.train.pixels[:2000], digits.train.labels[:2000], epochs=3, batch_size=32,
                     schedule=nn.warmup(), progress=False)
    assert nn.evaluate(model, digits.test.pixels[:1000], digits.test.labels[:1000]) > 0.9
    assert history.loss[2] < history.loss[1] < history.loss[0]


def test_one_seed_gives_the_same_bits():
    runs = []
    for seed in (5, 5, 6):
        model = tiny()
        history = run(model, epochs=2, seed=seed, augment=nn.random_shift(1))
        runs.append((snapshot(model), history.step_loss))
    assert same(runs[0][0], runs[1][0]) and runs[0][1] == runs[1][1]
    assert not same(runs[0][0], runs[2][0])


def test_pixels_train_as_images_do():
    pixels = (SOME * 255).astype(np.uint8)
    one, other = tiny(), tiny()
    assert run(one, pixels).step_loss == run(other, pixels / np.float32(255)).step_loss
    assert same(one.state(), other.state())
    assert nn.evaluate(one, pixels, ANSWERS) == nn.evaluate(one, pixels / np.float32(255), ANSWERS)


def test_training_puts_the_model_into_training_mode():
    one, other = tiny().eval(), tiny()
    assert run(one).step_loss == run(other).step_loss
    assert one.training and same(one.state(), other.state())


def test_lists_are_taken():
    one, other = tiny(), tiny()
    run(one, SOME.tolist(), ANSWERS.tolist(), validation=(SOME.tolist(), ANSWERS.tolist()))
    run(other, SOME.astype(float), ANSWERS)
    assert same(one.state(), other.state())


def test_every_image_is_seen_once_an_epoch_with_its_label():
    class Spy(nn.Layer):
        """Gives fixed logits and notes which image it saw."""
        seen = []

        def forward(self, x):
            self.seen.append(x[:, 0, 0, 0].astype(int))
            return np.where(np.arange(50) == x[:, 0, 0, :1].astype(int), 5.0, 0.0) + 0 * self.weight

        def backward(self, grad, input_grad=True):
            self.grad_weight = np.zeros(1)

        arrays, weight = ("weight",), np.zeros(1)

    images = np.arange(50.0)[:, None, None, None]
    history = run(Spy(), images, np.arange(50), epochs=2, batch_size=20)
    assert [len(batch) for batch in Spy.seen] == [20, 20, 10] * 2
    first, second = np.concatenate(Spy.seen[:3]), np.concatenate(Spy.seen[3:])
    assert sorted(first) == sorted(second) == list(range(50))
    assert list(first) != list(range(50)) and list(first) != list(second)
    assert history.accuracy == [1, 1]       # so the labels stayed with their images


# --- what is reported ---

def test_history():
    model = tiny()
    history = run(model, epochs=3, validation=(SOME[:40], ANSWERS[:40]))
    assert len(history.step_loss) == 3 * 4      # 32 + 32 + 32 + 4
    assert history.loss == pytest.approx(np.reshape(history.step_loss, (3, 4)).mean(1))
    assert len(history.accuracy) == len(history.validation_loss) == len(history.validation_accuracy) == 3
    assert history.validation_accuracy[-1] == nn.evaluate(model, SOME[:40], ANSWERS[:40])
    assert history.validation_loss[-1] == cross_entropy(nn.predict(model, SOME[:40]), ANSWERS[:40])
    assert history.seconds > 0 and history.interrupted is False


def test_history_without_validation():
    history = run(tiny())
    assert history.validation_loss == history.validation_accuracy == []


def test_accuracy_and_loss_while_standing_still():
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 3))
    history = run(model, batch_size=25, optimizer=nn.SGD(model.parameters(), lr=0))
    assert history.accuracy == [nn.evaluate(model, SOME, ANSWERS)]
    assert history.loss[0] == pytest.approx(cross_entropy(nn.predict(model, SOME), ANSWERS), abs=1e-6)


@pytest.mark.parametrize("epochs", [1, 2])
def test_progress_bar_shows_time_left(capsys, epochs):
    run(tiny(), epochs=epochs, progress=True, validation=(SOME, ANSWERS))
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(r"\d\d:\d\d<(\d\d:\d\d|\?)", err) and f"{4 * epochs}/{4 * epochs}" in err
    assert re.search(r"loss \d\.\d{3}, validation \d+\.\d%", err)


def test_progress_can_be_silent(capfd):
    run(tiny(), progress=False)
    assert capfd.readouterr() == ("", "")


# --- how it can be steered ---

class Logging(nn.SGD):
    """SGD that notes the learning rate of each step."""

    def __init__(self, model, lr):
        super().__init__(model.parameters(), lr)
        self.rates = []

    def step(self):
        self.rates.append(self.lr)
        super().step()


def test_schedule_is_applied_and_lr_restored():
    model, asked = tiny(), []
    optimizer = Logging(model, 0.2)
    run(model, epochs=2, optimizer=optimizer, schedule=lambda done: asked.append(done) or 1 - done)
    assert asked == [i / 8 for i in range(8)]
    assert optimizer.rates == pytest.approx([0.2 * (1 - i / 8) for i in range(8)])
    assert optimizer.lr == 0.2


def test_constant_schedule_is_another_lr():
    one, other = tiny(), tiny()
    run(one, optimizer=nn.SGD(one.parameters(), 0.2), schedule=lambda done: 0.5)
    run(other, optimizer=nn.SGD(other.parameters(), 0.1))
    assert same(one.state(), other.state())


def test_default_optimizer_is_the_documented_one():
    one, other = tiny(), tiny()
    run(one)
    run(other, optimizer=nn.SGD(other.parameters(), lr=0.03, momentum=0.9, weight_decay=5e-4))
    assert same(one.state(), other.state())


def test_augment_changes_what_is_trained_on():
    one, other = tiny(), tiny()
    run(one, augment=lambda batch, rng: 1 - batch)
    run(other, 1 - SOME)
    assert same(one.state(), other.state())


def test_augment_gets_float_batches_and_a_generator():
    calls = []
    run(tiny(), (SOME * 255).astype(np.uint8), augment=lambda batch, rng: calls.append((batch, rng)) or batch)
    assert [batch.shape for batch, _ in calls] == [(32, 1, 6, 6)] * 3 + [(4, 1, 6, 6)]
    assert all(batch.dtype == np.float32 and batch.max() <= 1 for batch, _ in calls)
    assert all(isinstance(rng, np.random.Generator) for _, rng in calls)


@pytest.mark.parametrize("stop", [0, 2, 6])
def test_interrupt_keeps_what_was_learned(stop):
    model, kept, whole = tiny(), [], tiny()
    optimizer = plain(model)

    def augment(batch, rng):
        kept.append(snapshot(model))
        if len(kept) > stop:
            raise KeyboardInterrupt
        return batch

    history = run(model, epochs=3, optimizer=optimizer, augment=augment, schedule=lambda done: 0.5,
                  validation=(SOME, ANSWERS))
    assert history.interrupted is True and optimizer.lr == 0.1
    assert same(model.state(), kept[-1])
    assert stop == 0 or not same(model.state(), kept[0])
    assert len(history.step_loss) == stop
    assert len(history.loss) == len(history.accuracy) == len(history.validation_loss) == stop // 4
    full = run(whole, epochs=3, optimizer=plain(whole), schedule=lambda done: 0.5, validation=(SOME, ANSWERS))
    assert history.step_loss == full.step_loss[:stop]


def test_interrupt_while_validating(monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt
    model = tiny()
    monkeypatch.setattr("cnnlesson.nn.training.predict", stopped)
    history = run(model, epochs=2, validation=(SOME, ANSWERS))
    assert history.interrupted and len(history.step_loss) == 4
    assert len(history.loss) == len(history.accuracy) == len(history.validation_loss) == 0


def test_other_errors_pass_and_lr_is_restored():
    def broken(batch, rng):
        raise RuntimeError("mine")
    model = tiny()
    optimizer = plain(model)
    with pytest.raises(RuntimeError, match="mine"):
        run(model, optimizer=optimizer, augment=broken, schedule=lambda done: 0.5)
    assert optimizer.lr == 0.1


# --- when it goes wrong ---

@pytest.mark.parametrize("rule, settings", [
    (nn.SGD, dict(lr=1e4)), (nn.SGD, dict(lr=1e4, momentum=0.9)), (nn.SGD, dict(lr=1e30)),
    (nn.Adam, dict(lr=1e30))])
def test_divergence_names_lr(rule, settings, digits):
    model = nn.lenet5()
    optimizer = rule(model.parameters(), **settings)
    told = re.escape(f"choose lr smaller than {optimizer.lr:g}")
    with pytest.raises(ValueError, match=f"^training diverged, .* {told}$"):
        run(model, digits.train.pixels[:320], digits.train.labels[:320], optimizer=optimizer)
    assert optimizer.lr == settings["lr"]


@pytest.mark.parametrize("lr", [1.0, 1e2, 1e4, 1e10, 1e30, 3e38])
@pytest.mark.parametrize("build", [nn.lenet5, nn.mlp])
def test_one_large_step_is_told_or_leaves_finite_weights(build, lr, digits):
    model = build()
    try:
        history = run(model, digits.train.pixels[:64], digits.train.labels[:64], batch_size=64,
                      optimizer=nn.SGD(model.parameters(), lr))
    except ValueError as error:
        assert "diverged" in str(error) and lr > 1e10
    else:
        assert math.isfinite(history.loss[0])
        assert all(np.isfinite(array).all() for array in model.state().values())


def test_diverged_model_is_not_trained_on():
    """Otherwise a learner who lowers lr is told to lower it again."""
    model = tiny()
    model[0].weight[0] = np.nan
    with pytest.raises(ValueError, match="^model must have finite weights, got NaN or infinity: build it"):
        run(model)


def test_infinite_loss_is_told():
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 3))
    model[1].weight[:] = np.array([[3e38], [-3e38], [0]])
    with pytest.raises(ValueError, match="diverged"):
        nn.train_step(model, SOME, ANSWERS, plain(model))


def test_weights_that_the_last_step_ruined_are_told():
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 3))
    with pytest.raises(ValueError, match="diverged"):
        run(model, 100 * SOME, batch_size=100, optimizer=nn.SGD(model.parameters(), lr=3e38))


def with_nan(images, index):
    images = images.copy()
    images[index] = np.nan
    return images


@pytest.mark.parametrize("change, sentence", [
    (dict(images=SOME[:0], labels=ANSWERS[:0]), "images must not be empty, got shape (0, 1, 6, 6)"),
    (dict(images=3.0), "images must not be empty, got shape ()"),
    (dict(images=SOME[:, 0]), "images must have 4 dimensions (N, C, H, W), got shape (1, 6, 6)"),
    (dict(images=SOME.astype(str)), "images must hold real numbers, got dtype <U"),
    (dict(images=with_nan(SOME, (70, 0, 2, 3))), "images must hold numbers only, got NaN at index (70, 0, 2"),
    (dict(images=np.repeat(SOME, 3, 1)), "weight must"),
    (dict(labels=ANSWERS[:99]), "labels must be 100, one for each image, got shape (99,)"),
    (dict(labels=ANSWERS[:, None]), "labels must be 100, one for each image, got shape (100, 1)"),
    (dict(labels=7), "labels must be 100, one for each image, got shape ()"),
    (dict(labels=ANSWERS * 1.0), "labels must be 32 whole numbers, one for each row, got"),
    (dict(labels=ANSWERS + 3), "labels must be in 0 … 2, got"),
    (dict(labels=ANSWERS - 9), "labels must be in 0 … 2, got -"),
    (dict(epochs=0), "epochs must be ≥ 1, got 0"),
    (dict(epochs=1.5), "epochs must be a whole number, got 1.5"),
    (dict(batch_size=0), "batch_size must be ≥ 1, got 0"),
    (dict(batch_size="all"), "batch_size must be a whole number, got 'all'"),
    (dict(validation=(SOME, ANSWERS[:9])), "validation labels must be 100, one for each image, got"),
    (dict(validation=(SOME[:0], ANSWERS)), "validation images must not be empty, got shape (0, 1, 6, 6)"),
    (dict(augment=lambda batch, rng: with_nan(batch, 1)), "images must hold numbers only, got NaN at"),
    (dict(model=nn.Sequential(nn.Flatten())), "parameters must not be empty: the model has no weights"),
    (dict(model=nn.Conv2d(1, 3, 3)), "logits must have shape (N, classes), neither empty, got (32, 3, 4, 4)"),
])
def test_fit_refuses(change, sentence):
    settings = dict(model=tiny(), images=SOME, labels=ANSWERS) | change
    model = settings.pop("model")
    before = [p.data.copy() for p in model.parameters()]
    with pytest.raises(ValueError) as error:
        run(model, **settings)
    assert sentence in str(error.value)
    assert all(np.array_equal(p.data, old) for p, old in zip(model.parameters(), before, strict=True))


@pytest.mark.parametrize("call, sentence", [
    (lambda: nn.evaluate(tiny(), SOME, ANSWERS[:9]), "labels must be 100 whole numbers, one for each row"),
    (lambda: nn.evaluate(tiny(), SOME, ANSWERS + 9), "labels must be in 0 … 2, got"),
    (lambda: nn.evaluate(tiny(), SOME[:0], []), "images must not be empty, got shape (0, 1, 6, 6)"),
    (lambda: nn.evaluate(tiny(), SOME[0], ANSWERS), "x must have 4 dimensions (N, C, H, W), got"),
    (lambda: nn.evaluate(tiny(), with_nan(SOME, 5), ANSWERS), "x must hold numbers only, got NaN at"),
    (lambda: nn.evaluate(nn.ReLU(), SOME, ANSWERS), "model must give logits (N, classes), got shape (100,"),
    (lambda: nn.predict(tiny(), SOME, batch_size=0), "batch_size must be ≥ 1, got 0"),
])
def test_other_refusals(call, sentence):
    with pytest.raises(ValueError) as error:
        call()
    assert sentence in str(error.value)


def test_nan_from_the_network_is_no_accuracy():
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 3))
    model[1].bias[1] = np.nan
    with pytest.raises(ValueError, match="^logits must hold numbers only, got NaN at index"):
        nn.evaluate(model, SOME, ANSWERS)


# --- measuring ---

def test_evaluate_equals_a_plain_loop():
    model = tiny()
    run(model)
    model.eval()
    right = 0
    for image, label in zip(SOME, ANSWERS, strict=True):
        right += int(np.argmax(model(image[None])[0])) == label
    assert nn.evaluate(model, SOME, ANSWERS) == right / 100
    assert 0 < right < 100


@pytest.mark.parametrize("training", [True, False])
def test_evaluate_restores_the_mode_and_changes_nothing(training):
    model = tiny().train(training)
    before = snapshot(model)
    nn.evaluate(model, SOME, ANSWERS)
    with pytest.raises(ValueError):
        nn.evaluate(model, SOME[:, :, :2, :2], ANSWERS)
    assert {layer.training for layer in (model, *model)} == {training}
    assert same(model.state(), before)


@pytest.mark.parametrize("batch_size", [1, 7, 99, 1000])
def test_chunks_make_no_difference(batch_size):
    model = tiny()
    run(model)
    logits = nn.predict(model, SOME, batch_size=batch_size)
    np.testing.assert_allclose(logits, model.eval()(SOME), atol=1e-5)
    assert logits.dtype == np.float32
