"""The exercises of lesson 09: read losses from a table, write a stable cross-entropy, derive its gradient."""
import numpy as np

from .. import ops
from .checks import Mistake, Verdict, call, exercise, named_mistake

# ---- read: accuracy, losses and gradient from probabilities -----------------------------------------

READ_PROBABILITIES = np.array([[4, 2, 1, 1], [1, 1, 4, 2], [1, 4, 1, 2]]) / 8
READ_LABELS = np.array([0, 3, 0])
LN2 = np.log(2)
LARGEST = READ_PROBABILITIES.argmax(axis=1)
AT_LABEL = READ_PROBABILITIES[range(3), READ_LABELS]
READ_RIGHT = {
    "accuracy": np.mean(LARGEST == READ_LABELS), "losses": -np.log(AT_LABEL), "mean": -np.log(AT_LABEL).mean(),
    "gradient": READ_PROBABILITIES[1] - np.eye(4)[READ_LABELS[1]]}
READ_MISTAKES = {
    "accuracy": [
        ("that is how many are right. The accuracy is their share.", 1),
        ("that is the mean probability of the right class. Accuracy only asks whether it is the largest.",
         AT_LABEL.mean()),
        ("that is the share that is wrong.", 2 / 3)],
    "losses": [
        ("you took the largest probability of each row. The loss asks for the one of the right class.", [LN2] * 3),
        ("the minus is missing: the logarithm of a probability is never above 0.", np.log(AT_LABEL)),
        ("you counted in bits, with the logarithm to base 2. Here it is the natural one: 0.69 for a half.",
         -np.log2(AT_LABEL)),
        ("that is 1 − p. The loss is −ln p.", 1 - AT_LABEL),
        ("these are the probabilities. Take −ln of each.", AT_LABEL)],
    "mean": [
        ("that is the sum. Divide by the number of rows.", 6 * LN2),
        ("that is −ln of the mean probability. Take the logarithms first, then their mean.", -np.log(AT_LABEL.mean())),
        ("the minus is missing.", -2 * LN2),
        ("you averaged the losses at the largest probabilities, not at the right classes.", LN2)],
    "gradient": [
        ("the sign is turned round: it is p − y, not y − p.", np.eye(4)[3] - READ_PROBABILITIES[1]),
        ("you subtracted the 1 at the largest probability. It belongs at the right class.",
         READ_PROBABILITIES[1] - np.eye(4)[2]),
        ("that is p. Subtract 1 at the right class.", READ_PROBABILITIES[1]),
        ("that is the first row's gradient. The second is row 1, counted from 0.",
         READ_PROBABILITIES[0] - np.eye(4)[0])],
}


@exercise("read_loss", hints=[
    "Accuracy: in which rows does the largest probability stand at the right class?",
    "Losses: go along each row to the right class, and look up −ln of what stands there.",
    "Gradient: copy the second row, and subtract 1 at its right class.",
])
def check_read_loss(answers):
    """Check what was read from `READ_PROBABILITIES` and `READ_LABELS`. Prints what it finds.

    Parameters
    ----------
    answers : dict
        "accuracy", "losses" (three numbers), "mean" and "gradient" (four numbers, of the second row).

    Examples
    --------
    >>> check_read_loss({"accuracy": 1, "losses": [0.69, 1.39, 2.08], "mean": 1.39, "gradient": [1/8, 1/8, 1/2, -3/4]})
    ✗ read_loss: accuracy: that is how many are right. The accuracy is their share.
    """
    if not isinstance(answers, dict) or set(answers) != set(READ_RIGHT):
        raise Mistake(f"expected a dict with the keys {', '.join(map(repr, READ_RIGHT))}.")
    wrong = [f"{name}: {text}" for name, given in answers.items() if (text := misread(name, given))]
    return Verdict(not wrong, " ".join(wrong) or "all four. One of three is right, and the mean loss is that of p = ¼.")


def misread(name, given):
    """What is wrong with one answer, or None."""
    right = np.asarray(READ_RIGHT[name])
    given = np.asarray(given, float)
    if given.shape != right.shape:
        expected = "one number" if right.shape == () else f"{right.size} numbers"
        return f"{expected}, please: yours has shape {given.shape}."
    if np.allclose(given, right, atol=0.012):
        return None
    for text, wrong in READ_MISTAKES[name]:
        if np.allclose(given, wrong, atol=0.012):
            return text
    if name == "losses":
        row = int(np.argmax(abs(given - right)))
        return f"row {row}: the right class is {READ_LABELS[row]}, and its probability {AT_LABEL[row]:g}."
    return "no, not that. Open a hint."


# ---- write: stable softmax and cross-entropy ---------------------------------------------------------


def right_loss(logits, labels):
    return ops.cross_entropy(logits, labels)


def at_labels(values, labels):
    return values[np.arange(len(labels)), labels]


def exp(logits):
    return np.exp(logits - logits.max())


SOFTMAX_MISTAKES = [
    ("the columns add up to 1, the rows should. Sum along axis 1, and keep the axis.",
     lambda z: exp(z) / exp(z).sum(axis=0)),
    ("you divide by the sum over the whole batch. Each row adds up to 1 on its own.", lambda z: exp(z) / exp(z).sum()),
    ("that is exp without the division by its sum.", np.exp),
    ("that is exp of what is below the largest. Divide it by its sum.",
     lambda z: np.exp(z - z.max(1, keepdims=True))),
    ("you divide the logits themselves by their sum. Take exp first.", lambda z: z / z.sum(1, keepdims=True)),
    ("those are the logarithms of the probabilities.", ops.log_softmax),
    ("the sign of the logits is turned round: the largest gets the least.", lambda z: ops.softmax(-z)),
]
LOSS_MISTAKES = [
    ("you added the losses up. Take their mean.", lambda z, y: right_loss(z, y) * len(y)),
    ("the minus is missing: a loss is never below 0.", lambda z, y: -right_loss(z, y)),
    ("the minus is missing, and the losses are added up in place of their mean.",
     lambda z, y: -right_loss(z, y) * len(y)),
    ("you took the largest probability of each row. It should be the one at the label.",
     lambda z, y: right_loss(z, z.argmax(1))),
    ("you averaged over the classes too: divide by the number of rows only.",
     lambda z, y: right_loss(z, y) / z.shape[1]),
    ("you took the logarithm of the logits. It belongs to the probabilities.",
     lambda z, y: -np.log(at_labels(z, y)).mean()),
    ("that is the mean logit of the right class with a minus. Softmax and its logarithm are missing.",
     lambda z, y: -at_labels(z, y).mean()),
    ("that is the mean of 1 − p. The loss is −ln p.", lambda z, y: (1 - at_labels(ops.softmax(z), y)).mean()),
    ("that is the mean of p itself. The loss is −ln p.", lambda z, y: at_labels(ops.softmax(z), y).mean()),
    ("that is −ln of the mean probability. Take the logarithms first, then the mean.",
     lambda z, y: -np.log(at_labels(ops.softmax(z), y).mean())),
    ("you counted in bits, with the logarithm to base 2. Here it is the natural one.",
     lambda z, y: right_loss(z, y) / LN2),
    ("you took the logarithm to base 10. Here it is the natural one.", lambda z, y: right_loss(z, y) / np.log(10)),
    ("you averaged −ln p over all classes. Only the right one counts.", lambda z, y: -ops.log_softmax(z).mean()),
    ("that is the squared error.", lambda z, y: ((ops.softmax(z) - np.eye(z.shape[1])[y]) ** 2).sum(1).mean()),
]


@exercise("stable_loss", hints=[
    "Stable softmax: subtract from each row its largest logit, then take exp, then divide by the row's sum. "
    "`max(axis=1, keepdims=True)` gives one number a row, in the right shape.",
    "The probabilities at the labels: p[np.arange(len(labels)), labels].",
    "ln p without the way over p: below = logits − largest, and ln p = below − ln(Σ exp(below)), with one sum a row.",
])
def check_stable_loss(my_loss):
    """Check a learner's softmax and cross-entropy. Prints what it finds.

    Parameters
    ----------
    my_loss : callable
        my_loss(logits, labels) returns the probabilities (N, K) and the mean loss.

    Examples
    --------
    >>> check_stable_loss(lambda z, y: (ops.softmax(z), -ops.log_softmax(z)[range(len(y)), y].sum()))
    ✗ stable_loss: loss: you added the losses up. Take their mean.
    """
    rng = np.random.default_rng(9)
    for rows, classes in ((4, 3), (1, 5), (6, 6)):
        logits, labels = rng.uniform(0.2, 3, (rows, classes)), rng.integers(classes, size=rows)
        probabilities, loss = two_results(call(my_loss, logits, labels), logits)
        if not np.allclose(probabilities, ops.softmax(logits)):
            named = named_mistake(probabilities, SOFTMAX_MISTAKES, logits)
            raise Mistake(f"probabilities: {named or first_difference(probabilities, ops.softmax(logits))}")
        if not np.isclose(loss, right_loss(logits, labels)):
            named = named_mistake(loss, LOSS_MISTAKES, logits, labels)
            raise Mistake(f"loss: {named or f'it should be {right_loss(logits, labels):.4f}, not {loss:.4f}.'}")
    stays_stable(my_loss)
    return Verdict(True, "right on three batches, and stable with logits of ±1000.")


def two_results(got, logits):
    """The learner's probabilities and loss, of the right shapes."""
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Mistake("return two things with a comma between them: the probabilities, and the loss.")
    probabilities, loss = np.asarray(got[0], float), np.asarray(got[1], float)
    if loss.shape == logits.shape and probabilities.shape == ():
        raise Mistake("the two results are in the wrong order: first the probabilities, then the loss.")
    if probabilities.shape != logits.shape:
        raise Mistake(f"probabilities: one for each logit: shape {logits.shape}, yours has {probabilities.shape}.")
    if loss.shape != ():
        raise Mistake(f"loss: one number for the whole batch, yours has shape {loss.shape}.")
    return probabilities, float(loss)


def first_difference(got, right):
    at = tuple(np.argwhere(~np.isclose(got, right))[0])
    return f"in row {at[0]}, class {at[1]}, it should be {right[at]:.4f}, not {got[at]:.4f}."


def stays_stable(my_loss):
    """Raise a `Mistake` when large logits break what is right for small ones."""
    far = np.array([[1000.0, 0, 998], [-1000, -1001, -1002]])
    for logits in (far[:1], far[1:], far):
        labels = np.zeros(len(logits), int)
        probabilities, loss = two_results(call(my_loss, logits, labels), logits)
        if not np.allclose(probabilities, ops.softmax(logits)):
            if len(logits) == 2:
                raise Mistake("probabilities: one row has logits of 1000, another of −1000, and it breaks. Subtract "
                              "from each row its own largest logit, not that of the batch.")
            what = "1000 overflows" if logits.max() > 0 else "−1000 is 0, and so is their sum"
            raise Mistake(f"probabilities: with logits such as {shown(logits)} they should be "
                          f"{shown(ops.softmax(logits).round(3))}, yours are {shown(probabilities.round(3))}. "
                          f"exp of {what}. Subtract the row's largest logit first.")
    logits, labels = np.array([[1000.0, 0, 0]]), np.array([1])
    probabilities, loss = two_results(call(my_loss, logits, labels), logits)
    if not np.isclose(loss, 1000):
        raise Mistake(f"loss: for the logits 1000, 0, 0 and the right class 1 it should be 1000, yours is {loss:.4g}. "
                      f"{why_not_1000(loss)}")


def why_not_1000(loss):
    if not np.isfinite(loss):
        return "The probability has rounded to 0, and its logarithm is −∞. Compute ln p without the way over p."
    return ("The probability has rounded to 0, and what you did so that its logarithm stays finite makes the loss "
            "too small. Compute ln p without the way over p.")


def shown(row):
    return ", ".join(f"{value:g}" for value in np.ravel(row)).replace("-", "−")


# ---- design: the gradient, with a temperature --------------------------------------------------------


def right_gradient(logits, labels, temperature):
    return ops.cross_entropy_backward(logits / temperature, labels) / temperature


def one_hot(logits, labels):
    return np.eye(logits.shape[1])[labels]


GRADIENT_MISTAKES = [
    ("the sign is turned round: p − y, not y − p.", lambda z, y, t: -right_gradient(z, y, t)),
    ("divide by the number of rows: the loss is their mean.", lambda z, y, t: right_gradient(z, y, t) * len(y)),
    ("the chain rule's 1 / temperature is missing: nudge a logit, and what enters softmax moves by less.",
     lambda z, y, t: right_gradient(z, y, t) * t),
    ("two divisions are missing: by the number of rows, and the chain rule's by the temperature.",
     lambda z, y, t: right_gradient(z, y, t) * t * len(y)),
    ("you multiplied by the temperature. The chain rule divides by it.",
     lambda z, y, t: right_gradient(z, y, t) * t * t),
    ("you divided by the number of classes in place of the number of rows.",
     lambda z, y, t: right_gradient(z, y, t) * len(y) / z.shape[1]),
    ("you divided by the number of all logits. The mean is over the rows only.",
     lambda z, y, t: right_gradient(z, y, t) / z.shape[1]),
    ("the p in it lacks the temperature: take softmax of logits / temperature.",
     lambda z, y, t: ops.cross_entropy_backward(z, y) / t),
    ("the temperature is missing everywhere.", lambda z, y, t: ops.cross_entropy_backward(z, y)),
    ("the logits are multiplied by the temperature. They are divided by it.",
     lambda z, y, t: ops.cross_entropy_backward(z * t, y) / t),
    ("the 1 is subtracted at the largest probability. It belongs at the label.",
     lambda z, y, t: ops.cross_entropy_backward(z / t, z.argmax(1)) / t),
    ("that is p. Subtract 1 at each label.", lambda z, y, t: ops.softmax(z / t) / t / len(y)),
    ("that is p. Subtract 1 at each label, and mind the divisions.", lambda z, y, t: ops.softmax(z / t)),
    ("1 is subtracted from every class. It belongs at the label only.",
     lambda z, y, t: (ops.softmax(z / t) - 1) / t / len(y)),
    ("that is −1/p at the label: the slope for the probability. Asked for is the slope for the logits.",
     lambda z, y, t: -one_hot(z, y) / ops.softmax(z / t) / len(y)),
]


@exercise("loss_gradient", hints=[
    "Call u = logits / temperature. The slope of the loss for u is what the lesson found: p − y.",
    "y has a 1 at each label: np.eye(classes)[labels]. The loss is a mean over the rows, so each row has the weight "
    "1 / N.",
    "Chain rule: u = logits / temperature, so a nudge of a logit moves u by 1 / temperature of it.",
])
def check_loss_gradient(my_gradient):
    """Check a learner's gradient of cross-entropy with a temperature. Prints what it finds.

    Parameters
    ----------
    my_gradient : callable
        my_gradient(logits, labels, temperature) returns the slope of the mean loss for each logit, (N, K).

    Examples
    --------
    >>> check_loss_gradient(lambda z, y, t: (ops.softmax(z / t) - np.eye(z.shape[1])[y]) / t)
    ✗ loss_gradient: divide by the number of rows: the loss is their mean.
    """
    rng = np.random.default_rng(99)
    for rows, classes, temperature in ((4, 3, 2.5), (1, 5, 0.5), (7, 10, 3.0)):
        logits, labels = rng.normal(0, 3, (rows, classes)), rng.integers(classes, size=rows)
        got = np.asarray(call(my_gradient, logits, labels, temperature), float)
        right = right_gradient(logits, labels, temperature)
        if got.shape != right.shape:
            raise Mistake(f"one slope for each logit: shape {right.shape}, yours has {got.shape}.")
        if not np.allclose(got, right):
            named = named_mistake(got, GRADIENT_MISTAKES, logits, labels, temperature)
            raise Mistake(named or first_difference(got, right))
    return Verdict(True, "it agrees with the slope on three batches, with three temperatures.")
