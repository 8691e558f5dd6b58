"""Learning-rate schedules: against PyTorch's schedulers."""
import pytest

from cnnlesson import nn

STEPS = 40


def rates(torch, build):
    """The learning rate of each step under a scheduler of PyTorch, beginning at 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler, seen = build(optimizer), []
    for _ in range(STEPS + 1):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


CASES = {
    "constant": (nn.constant(0.3), lambda o, s: s.ConstantLR(o, 0.3, STEPS + 9)),
    "linear": (nn.linear_decay(), lambda o, s: s.LinearLR(o, 1.0, 0.0, STEPS)),
    "linear to a half": (nn.linear_decay(0.5), lambda o, s: s.LinearLR(o, 1.0, 0.5, STEPS)),
    "linear, upwards": (nn.linear_decay(3), lambda o, s: s.LambdaLR(o, lambda k: 1 + 2 * k / STEPS)),
    "cosine": (nn.cosine_decay(), lambda o, s: s.CosineAnnealingLR(o, STEPS)),
    "cosine to a tenth": (nn.cosine_decay(0.1), lambda o, s: s.CosineAnnealingLR(o, STEPS, 0.1)),
    "steps, evenly": (nn.step_decay((0.25, 0.5, 0.75, 1), 0.3), lambda o, s: s.StepLR(o, STEPS // 4, 0.3)),
    "steps": (nn.step_decay((0.3, 0.9)), lambda o, s: s.MultiStepLR(o, [12, 36], 0.1)),
    "warm-up": (nn.warmup(0.25), lambda o, s: s.SequentialLR(
        o, [s.LinearLR(o, 1e-12, 1, 10), s.LinearLR(o, 1, 0, 30)], [10])),
    "warm-up, cosine": (nn.warmup(0.25, nn.cosine_decay(0.2)), lambda o, s: s.SequentialLR(
        o, [s.LinearLR(o, 1e-12, 1, 10), s.CosineAnnealingLR(o, 30, 0.2)], [10])),
    "warm-up, constant": (nn.warmup(0.5, nn.constant()), lambda o, s: s.LinearLR(o, 1e-12, 1, 20)),
}


@pytest.mark.filterwarnings("ignore:::torch")       # of its own SequentialLR
@pytest.mark.parametrize("name", CASES)
def test_schedule_equals_pytorch(torch, name):
    schedule, build = CASES[name]
    expected = rates(torch, lambda optimizer: build(optimizer, torch.optim.lr_scheduler))
    assert [schedule(step / STEPS) for step in range(STEPS + 1)] == pytest.approx(expected, abs=1e-9)


def test_warmup_is_the_linear_one_cycle(torch):
    def build(optimizer):
        return torch.optim.lr_scheduler.OneCycleLR(
            optimizer, 1.0, STEPS + 2, pct_start=11 / (STEPS + 2), anneal_strategy="linear",
            div_factor=1e12, final_div_factor=1e12)
    expected = rates(torch, build)      # its peak is step 10, its end step 41
    assert [nn.warmup(10 / 41)(step / 41) for step in range(STEPS + 1)] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("schedule, expected", [
    (nn.warmup(0.5), [0, 0.5, 1, 0.5, 0]), (nn.warmup(0.25), [0, 1, 2 / 3, 1 / 3, 0])])
def test_warmup(schedule, expected):
    assert [schedule(done) for done in (0, 0.25, 0.5, 0.75, 1)] == pytest.approx(expected)


@pytest.mark.parametrize("call, sentence", [
    (lambda: nn.warmup(0), "share must be between 0 and 1, got 0"),
    (lambda: nn.warmup(1), "share must be between 0 and 1, got 1"),
    (lambda: nn.constant(-1), "factor must be ≥ 0, got -1"),
    (lambda: nn.linear_decay("low"), "end must be a number, got 'low'"),
    (lambda: nn.cosine_decay(-0.1), "end must be ≥ 0, got -0.1"),
    (lambda: nn.step_decay((0.5, -0.5)), "at must be ≥ 0, got -0.5"),
    (lambda: nn.step_decay(factor=-1), "factor must be ≥ 0, got -1"),
])
def test_refusals(call, sentence):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == sentence
