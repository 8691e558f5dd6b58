"""Two exercises of lesson 10: one update by hand, twenty digits by heart. The third is in conv_backward.py."""
import numpy as np

from .. import datasets, nn, ops
from .checks import Mistake, Verdict, exercise

# ---- read: one update by hand -----------------------------------------------------------------------

# Two logits, one pooled value a = 2, weights 0.3 and 0.1, biases 0 and 0.4: p = ½ each. Class 0 is right; rate 0.1.
UPDATE_RIGHT = {"p − y": -0.5, "weight gradient": -1.0, "new weight": 0.4, "new bias": 0.05, "value gradient": -0.1}
UPDATE_MISTAKES = {     # for each answer: what somebody wrote → what to say
    "p − y": [(0.5, "class 0 is the right one, so y is 1: 0.5 − 1."), (0, "both classes have p = 0.5, and y is 1.")],
    "weight gradient": [
        (1, "the sign: p − y is −0.5."), (-0.5, "you forgot to multiply by the pooled value, 2."),
        (-0.15, "you multiplied by the weight itself. Multiply by the value that comes in, 2."),
        (-0.25, "you divided by the pooled value. Multiply by it.")],
    "new weight": [
        (0.2, "you went uphill: subtract the gradient, do not add it."),
        (1.3, "you forgot the learning rate, 0.1."), (-0.7, "you forgot the learning rate, and went uphill."),
        (0.1, "that is the step alone. Take it from the old weight, 0.3."),
        (-0.1, "that is learning rate · gradient. Take it from the old weight, 0.3."),
        (0.35, "the weight's gradient has the pooled value in it: −0.5 · 2.")],
    "new bias": [
        (0, "biases learn too. The gradient of this one is p − y."),
        (-0.05, "you went uphill: subtract the gradient, do not add it."), (0.5, "you forgot the learning rate, 0.1."),
        (0.1, "no pooled value here: a bias adds to the logit as it is, so its gradient is p − y.")],
    "value gradient": [
        (0.1, "the sign: −0.5 · 0.3 + 0.5 · 0.1."), (-0.15, "the value goes to both logits: add class 1's part."),
        (0.05, "that is what comes from class 1. Add what comes from class 0."),
        (-0.2, "class 1 is not the right one: its p − y is +0.5."),
        (0.2, "class 0 is the right one: its p − y is −0.5."),
        (-0.15 * 2, "no pooled value here: it is p − y times the weight, summed over both classes."),
        (-0.175, "use the weights as they were in the forward pass, not the new ones.")],
}


@exercise("update", hints=[
    "Equal logits give equal shares: p is 0.5 for both classes. y is 1 for class 0 and 0 for class 1.",
    "Gradient of a weight: p − y of its class, times the value that came in. Of a bias: p − y.",
    "New = old − learning rate · gradient. The pooled value hears from both classes: add (p − y) · weight of each.",
])
def check_update(answers):
    """Check one update, worked out by hand. Prints what it finds.

    Parameters
    ----------
    answers : dict of str to float
        "p − y", "weight gradient", "new weight", "new bias" (all of class 0) and "value gradient".

    Examples
    --------
    >>> check_update(UPDATE_RIGHT | {"new weight": 0.2})
    ✗ update: new weight: you went uphill: subtract the gradient, do not add it.
    """
    if not isinstance(answers, dict) or set(answers) != set(UPDATE_RIGHT):
        raise Mistake(f"expected a dict with the keys {', '.join(map(repr, UPDATE_RIGHT))}.")
    wrong = [f"{key}: {said}" for key in UPDATE_RIGHT if (said := misread(key, answers[key]))]
    return Verdict(not wrong, " ".join(wrong) or "all five. The new weight makes the right class more likely.")


def misread(key, given):
    """What is wrong with one number; empty when nothing is."""
    try:
        given = float(given)
    except (TypeError, ValueError):
        return "give a number."
    if np.isclose(given, UPDATE_RIGHT[key], atol=1e-6):
        return ""
    return next((said for wrong, said in UPDATE_MISTAKES[key] if np.isclose(given, wrong, atol=1e-6)),
                f"{given:g} is not it.")


# ---- design: twenty digits by heart -----------------------------------------------------------------

STEPS, ENOUGH, STARTS = 200, 0.05, 3        # the budget; the loss to reach; how many random starts


def tiny_digits(count=20, split="train"):
    """The first digits of MNIST on 8 × 8 pixels, rounded to one decimal, and their labels.

    >>> images, labels = tiny_digits(3)
    >>> images.shape, labels.tolist()
    ((3, 1, 8, 8), [5, 0, 4])
    """
    part = getattr(datasets.mnist(), split)
    return ops.avg_pool2d(part.images[:count].astype(float), 4, padding=2).round(1), part.labels[:count]


def tiny_network(seed=0, scale=1.0):
    """The lesson's network with a random start: kernels of spread 0.5 · scale, dense weights 0.1 · scale, biases 0.

    >>> tiny_network().num_parameters
    210
    """
    rng = np.random.default_rng(seed)
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(18, 10))
    for layer, spread in ((network[0], 0.5), (network[4], 0.1)):
        layer.weight, layer.bias = rng.normal(0, spread * scale, layer.weight.shape), layer.bias.astype(float)
    return network


def memorise(lr, scale=1.0, *, seed=0, steps=STEPS):
    """Train the tiny network on all twenty digits at once; the loss before each step.

    >>> round(memorise(0.1, steps=1)[0], 1)
    2.3
    """
    images, labels = tiny_digits()
    network = tiny_network(seed, scale)
    optimizer = nn.SGD(network.parameters(), lr=lr)
    return [nn.train_step(network, images, labels, optimizer)[0] for _ in range(steps)]


@exercise("memorise", hints=[
    "Plot the losses with the rate 0.1: the curve still falls when the budget ends. What makes larger steps?",
    "With a rate of 5 the kernels jump so far that ReLU gives 0 for every digit. Look for a rate in between.",
    "Try 0.3, 0.6, 1 at scale 1, then double the scale and see whether the first steps get quicker.",
])
def check_memorise(settings):
    """Check a learning rate and a start scale that shall make twenty digits known by heart. Prints what it finds.

    Parameters
    ----------
    settings : dict
        "lr" and "scale", both numbers above 0.

    Examples
    --------
    >>> check_memorise({"lr": 0, "scale": 1})
    ✗ memorise: with a learning rate of 0 nothing ever moves.
    """
    lr, scale = rate_and_scale(settings)
    try:
        runs = [memorise(lr, scale, seed=seed) for seed in range(STARTS)]
    except ValueError:
        raise Mistake("the numbers became too large for the computer: a smaller learning rate or start.") from None
    worst = max(runs, key=lambda losses: losses[-1])
    told = f"Worst of {STARTS} starts: loss {worst[0]:.2f} before training, {worst[-1]:.3f} after {STEPS} steps."
    if worst[-1] < ENOUGH:
        return Verdict(True, f"all twenty digits by heart. {told}")
    return Verdict(False, f"{why_not(worst, scale)} {told}")


def rate_and_scale(settings):
    """The two numbers, when they are numbers that training can begin with."""
    if not isinstance(settings, dict) or set(settings) != {"lr", "scale"}:
        raise Mistake("expected a dict with the keys 'lr', 'scale'.")
    try:
        lr, scale = (float(settings[key]) for key in ("lr", "scale"))
    except (TypeError, ValueError):
        raise Mistake("give a number for each of the two.") from None
    if not np.isfinite([lr, scale]).all():
        raise Mistake("give a finite number for each of the two.")
    if lr == 0:
        raise Mistake("with a learning rate of 0 nothing ever moves.")
    if lr < 0:
        raise Mistake("a negative learning rate goes uphill.")
    if scale == 0:
        raise Mistake("with all weights 0 both the kernels and the dense weights have the gradient 0: "
                      "only the biases of the logits ever move.")
    if scale < 0:
        raise Mistake("a scale is above 0. (A spread has no sign.)")
    return lr, scale


def why_not(losses, scale):
    """Why a run does not know its digits by heart, in one sentence or two."""
    if abs(losses[-1] - 2.207) < 0.002 and abs(losses[-1] - losses[-20]) < 1e-3:
        return ("The learning rate is too large: a step threw the kernels so far that ReLU gives 0 for every digit. "
                "Only the biases of the logits still learn, and they learn how often each class occurs.")
    if losses[0] > 4:
        return f"The start is too large: {losses[0]:.1f} is far above ln 10, and training has to undo it first."
    if max(losses[20:]) > losses[0]:
        return "The learning rate is too large: on the way the loss jumps above where it began."
    if scale < 0.2:
        return "The start is so small that the first steps hardly move anything: the gradients are small too."
    return "The learning rate is too small for this budget: the loss is still on its way down."
