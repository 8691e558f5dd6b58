"""The exercises of lesson 09: wrong answers as learners write them, each with the diagnosis it must get."""
import numpy as np
import pytest

from cnnlesson.practice.checks import NOT_WRITTEN, judge
from cnnlesson.practice.lesson09 import READ_LABELS, READ_PROBABILITIES, right_gradient

READ = {"accuracy": 1 / 3, "losses": [0.69, 1.39, 2.08], "mean": 1.39, "gradient": [1 / 8, 1 / 8, 1 / 2, -3 / 4]}


def test_read_loss_accepts_the_solution():
    assert judge("read_loss", READ).ok and judge("read_loss", READ | {"accuracy": 0.33, "mean": 1.386}).ok
    assert np.allclose(READ_PROBABILITIES.sum(axis=1), 1) and READ_LABELS.tolist() == [0, 3, 0]


@pytest.mark.parametrize("name, given, said", [
    ("accuracy", 1, "how many are right"), ("accuracy", 2 / 3, "share that is wrong"),
    ("accuracy", 0.29, "mean probability"),
    ("losses", [0.69, 0.69, 0.69], "the largest probability of each row"),
    ("losses", [-0.69, -1.39, -2.08], "the minus is missing"), ("losses", [1, 2, 3], "in bits"),
    ("losses", [0.5, 0.75, 0.875], "that is 1 − p"), ("losses", [0.5, 0.25, 0.125], "these are the probabilities"),
    ("losses", [0.69, 1.39, 1.39], "row 2: the right class is 0"), ("losses", 1.39, "3 numbers, please"),
    ("mean", 4.16, "that is the sum"), ("mean", 1.23, "−ln of the mean"), ("mean", -1.39, "the minus is missing"),
    ("mean", 0.69, "at the largest"), ("mean", 7, "not that"),
    ("gradient", [-1 / 8, -1 / 8, -1 / 2, 3 / 4], "turned round"),
    ("gradient", [1 / 8, 1 / 8, -1 / 2, 1 / 4], "at the largest probability"),
    ("gradient", [1 / 8, 1 / 8, 1 / 2, 1 / 4], "that is p"), ("gradient", [-1 / 2, 1 / 4, 1 / 8, 1 / 8], "first row")])
def test_read_loss_names_the_mistake(name, given, said):
    verdict = judge("read_loss", READ | {name: given})
    assert not verdict.ok and verdict.message.startswith(f"{name}: ") and said in verdict.message


def test_stubs_are_known():
    def my_loss(logits, labels):
        ...

    def my_gradient(logits, labels, temperature):
        ...

    assert judge("read_loss", dict.fromkeys(READ, ...)) == NOT_WRITTEN
    assert judge("stable_loss", my_loss) == NOT_WRITTEN and judge("loss_gradient", my_gradient) == NOT_WRITTEN
    assert "the keys 'accuracy'" in judge("read_loss", 3).message


def logs(z, axis=1):
    below = z - z.max(axis=axis, keepdims=True)
    return below - np.log(np.exp(below).sum(axis=axis, keepdims=True))


def p(z):
    return np.exp(logs(z))


def at(values, y):
    return values[range(len(y)), y]


def naive(z):
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


def test_loss_accepts_solutions():
    assert judge("stable_loss", lambda z, y: (p(z), -at(logs(z), y).mean())).ok
    assert judge("stable_loss", lambda z, y: [p(z).tolist(), np.mean([-logs(z)[n, y[n]] for n in range(len(y))])]).ok


def loss(z, y):
    return -at(logs(z), y).mean()


@pytest.mark.parametrize("answer, said", [
    (lambda z, y: (naive(z), -np.log(at(naive(z), y)).mean()), "exp of 1000 overflows"),
    (lambda z, y: (naive(np.minimum(z, 700)), loss(z, y)), "Subtract the row's largest"),
    (lambda z, y: (naive(z - z.max()), loss(z, y)), "not that of the batch"),
    (lambda z, y: (p(z), -np.log(at(p(z), y)).mean()), "its logarithm is −∞"),
    (lambda z, y: (p(z), -np.log(at(p(z), y) + 1e-12).mean()), "makes the loss too small"),
    (lambda z, y: (np.exp(logs(z, 0)), loss(z, y)), "the columns add up to 1"),
    (lambda z, y: (np.exp(z) / np.exp(z).sum(), loss(z, y)), "over the whole batch"),
    (lambda z, y: (np.exp(z), loss(z, y)), "without the division"),
    (lambda z, y: (np.exp(z - z.max(1, keepdims=True)), loss(z, y)), "Divide it by its sum"),
    (lambda z, y: (z / z.sum(1, keepdims=True), loss(z, y)), "the logits themselves"),
    (lambda z, y: (logs(z), loss(z, y)), "logarithms of the probabilities"),
    (lambda z, y: (p(-z), loss(z, y)), "turned round"),
    (lambda z, y: (p(z) + 0.1, loss(z, y)), "in row 0, class 0"),
    (lambda z, y: (p(z), -at(logs(z), y).sum()), "added the losses up"),
    (lambda z, y: (p(z), at(logs(z), y).mean()), "the minus is missing: a loss"),
    (lambda z, y: (p(z), at(logs(z), y).sum()), "the minus is missing, and the losses are added up"),
    (lambda z, y: (p(z), -logs(z).max(axis=1).mean()), "It should be the one at the label"),
    (lambda z, y: (p(z), -np.log(at(z, y)).mean()), "the logarithm of the logits"),
    (lambda z, y: (p(z), -at(z, y).mean()), "mean logit"),
    (lambda z, y: (p(z), -(logs(z) * np.eye(z.shape[1])[y]).mean()), "over the classes too"),
    (lambda z, y: (p(z), -logs(z).mean()), "Only the right one counts"),
    (lambda z, y: (p(z), (1 - at(p(z), y)).mean()), "1 − p"),
    (lambda z, y: (p(z), -np.log(at(p(z), y).mean())), "Take the logarithms first"),
    (lambda z, y: (p(z), -np.log2(at(p(z), y)).mean()), "in bits"),
    (lambda z, y: (p(z), -np.log10(at(p(z), y)).mean()), "base 10"),
    (lambda z, y: (p(z), ((p(z) - np.eye(z.shape[1])[y]) ** 2).sum(1).mean()), "squared error"),
    (lambda z, y: (p(z), -at(logs(z), y)), "one number for the whole batch"),
    (lambda z, y: (loss(z, y), p(z)), "in the wrong order"),
    (lambda z, y: p(z), "return two things"),
    (lambda z, y: (p(z).max(1), loss(z, y)), "one for each logit"),
    (lambda z, y: (p(z), 0.5 + loss(z, y)), "it should be")])
def test_loss_names_the_mistake(answer, said):
    verdict = judge("stable_loss", answer)
    assert not verdict.ok and said in verdict.message, verdict.message


def gradient(z, y, t):
    return (p(z / t) - np.eye(z.shape[1])[y]) / (t * len(y))


def test_gradient_is_the_slope():
    rng, step = np.random.default_rng(0), 1e-6
    z, y, t = rng.normal(0, 2, (3, 4)), np.array([1, 0, 3]), 1.7
    measured = np.array([(loss((z + move) / t, y) - loss((z - move) / t, y)) / (2 * step)
                         for move in step * np.eye(12).reshape(12, 3, 4)]).reshape(3, 4)
    assert np.allclose(right_gradient(z, y, t), measured, atol=1e-8)
    assert judge("loss_gradient", gradient).ok


@pytest.mark.parametrize("answer, said", [
    (lambda z, y, t: -gradient(z, y, t), "turned round"),
    (lambda z, y, t: gradient(z, y, t) * len(y), "divide by the number of rows"),
    (lambda z, y, t: gradient(z, y, t) * t, "1 / temperature is missing"),
    (lambda z, y, t: p(z / t) - np.eye(z.shape[1])[y], "two divisions are missing"),
    (lambda z, y, t: gradient(z, y, t) * t * t, "multiplied by the temperature"),
    (lambda z, y, t: gradient(z, y, 1), "missing everywhere"),
    (lambda z, y, t: gradient(z, y, 1) / t, "lacks the temperature"),
    (lambda z, y, t: gradient(z, z.argmax(1), t), "at the largest probability"),
    (lambda z, y, t: p(z / t) / t / len(y), "Subtract 1 at each label."),
    (lambda z, y, t: p(z / t), "mind the divisions"),
    (lambda z, y, t: (p(z / t) - 1) / t / len(y), "from every class"),
    (lambda z, y, t: (p(z / t) - np.eye(z.shape[1])[y]).mean() / t, "one slope for each logit"),
    (lambda z, y, t: (p(z / t) - np.eye(z.shape[1])[y]) / z.shape[1] / t, "number of classes"),
    (lambda z, y, t: gradient(z, y, t) / z.shape[1], "all logits"),
    (lambda z, y, t: gradient(z, y, t) + 1, "it should be")])
def test_gradient_names_the_mistake(answer, said):
    verdict = judge("loss_gradient", answer)
    assert not verdict.ok and said in verdict.message, verdict.message
