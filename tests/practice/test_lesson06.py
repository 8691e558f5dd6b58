"""The exercises of lesson 06: wrong answers as learners write them, each with the diagnosis it must get."""
import numpy as np
import pytest

from cnnlesson import practice
from cnnlesson.practice.checks import NOT_WRITTEN, judge

RIGHT = {"A": "sigmoid, scale 2", "B": "ReLU, scale 1.2", "C": "ReLU, scale 1", "D": "ReLU, scale 0.8"}


def test_profiles_accepts_the_solution():
    assert judge("profiles", RIGHT).ok


def test_profiles_can_be_told_apart():
    slopes = {k: np.log10(g[-1] / g[0]) / 29 for k, g in practice.gradient_profiles().items()}
    assert slopes["A"] > 0.25 and 0.08 < slopes["D"] < 0.13 and abs(slopes["C"]) < 0.03 and slopes["B"] < -0.05


@pytest.mark.parametrize("swap, said", [
    ("AB", "A: above He's scale the gradient grows on its way back. This one falls."),
    ("AB", "B: this curve does not fall"), ("AC", "A: at He's own scale the curve stays level. This one falls"),
    ("AC", "C: this curve does not fall"), ("AD", "A: steeper is stronger damping"),
    ("AD", "D: count the powers of ten"), ("BC", "B: at He's own scale the curve stays level. This one grows"),
    ("BC", "C: 1.2 times too much"), ("BD", "B: a scale below 1"), ("BD", "D: a scale above 1"),
    ("CD", "C: 0.8 at every layer"), ("CD", "D: at He's own scale the curve stays level. This one falls")])
def test_profiles_names_the_mistake(swap, said):
    one, two = swap
    verdict = judge("profiles", RIGHT | {one: RIGHT[two], two: RIGHT[one]})
    assert not verdict.ok and said in verdict.message


@pytest.mark.parametrize("answer, said", [
    ("ReLU", "the keys 'A', 'B', 'C', 'D'"), (RIGHT | {"A": "sigmoid"}, "choose one of ReLU, scale 0.8;")])
def test_profiles_wants_names(answer, said):
    assert said in judge("profiles", answer).message


def test_stubs_are_known():
    def stub(x, grad, slope):
        ...

    assert judge("profiles", dict.fromkeys("ABCD", ...)) == NOT_WRITTEN
    assert judge("leaky", stub) == NOT_WRITTEN and judge("start_scale", ...) == NOT_WRITTEN


def forward(x, slope):
    return np.where(x > 0, x, slope * x)


def back(x, grad, slope):
    return np.where(x > 0, grad, slope * grad)


def test_leaky_accepts_solutions():
    assert judge("leaky", lambda x, g, s: (forward(x, s), back(x, g, s))).ok
    assert judge("leaky", lambda x, g, s: [np.maximum(x, s * x), g * np.where(x <= 0, s, 1)]).ok


@pytest.mark.parametrize("leaky, said", [
    (lambda x, g, s: (np.maximum(x, 0), back(x, g, s)), "forward: that is plain ReLU"),
    (lambda x, g, s: (np.where(x > 0, x, s), back(x, g, s)), "forward: below 0 you return the slope itself"),
    (lambda x, g, s: (np.maximum(x, s), back(x, g, s)), "forward: you take max(x, slope)"),
    (lambda x, g, s: (np.where(x < 0, x, s * x), back(x, g, s)), "forward: the two sides are swapped"),
    (lambda x, g, s: (np.where(x > 0, x, s * abs(x)), back(x, g, s)), "forward: below 0 the sign is lost"),
    (lambda x, g, s: (forward(x, s), g * (x > 0)), "back: below 0 the gradient is lost"),
    (lambda x, g, s: (forward(x, s), forward(g, s)), "back: you look at the sign of `grad`"),
    (lambda x, g, s: (forward(x, s), np.where(x > 0, 1, s)), "back: that is the slope alone"),
    (lambda x, g, s: (forward(x, s), forward(x, s) * g), "back: you multiplied by x"),
    (lambda x, g, s: (forward(x, s), g), "back: `grad` goes through unchanged"),
    (lambda x, g, s: (forward(x, s), back(-x, g, s)), "back: the two sides are swapped"),
    (lambda x, g, s: (back(x, g, s), forward(x, s)), "in the wrong order"),
    (lambda x, g, s: forward(x, s), "return two arrays"),
    (lambda x, g, s: (forward(x, s), back(x, g, s).sum()), "back: one number for each number of x"),
    (lambda x, g, s: (forward(x, s), back(x, g, s) + 1), "it should be"),
    (lambda x, g, s: (forward(x, 0.1), back(x, g, s)), "forward: you wrote a fixed slope. Use `slope`."),
    (lambda x, g, s: (forward(x, s), back(x, g, 0.01)), "back: you wrote a fixed slope. Use `slope`."),
    (lambda x, g, s: (forward(x, s * s), g), "forward: where x is"),
    (lambda x, g, s: (forward(x, 0.2).tolist(), g), "forward: you wrote a fixed slope"),
    (lambda x, g, s: (forward(x, s), np.where(x >= 0, g, s * g)), "back: at 0 itself take the lower side"),
    (lambda x, g, s: (forward(x, s), g * forward(x, s) / x), "back: at 0 itself take the lower side"),
    (lambda x, g, s: (forward(x, s), g * (x >= 0)), "back: below 0 the gradient is lost"),
    (lambda x, g, s: (x, g) if x > 0 else (s * x, s * g), "x is a whole array: use np.where(x > 0, …, …)."),
    (lambda x, g, s: (max(x, s * x), g), "x is a whole array: use np.where(x > 0, …, …).")])
def test_leaky_names_the_mistake(leaky, said):
    verdict = judge("leaky", leaky)
    assert not verdict.ok and said in verdict.message


@pytest.mark.parametrize("scale", [np.sqrt(0.5), 0.7, 0.72, np.float32(0.707)])
def test_start_scale_accepts(scale):
    assert judge("start_scale", scale).ok


@pytest.mark.parametrize("scale, said", [
    (1, "He's start for ReLU"), (0.5, "Take the root of a half"), (2**0.5, "Divide by it"),
    (0.125, "√(1/64)"), (2**0.5 / 8, "√(2/64)"), (0.3, "go wider"), (3, "go narrower"), (0, "all weights are 0"),
    (-0.7, "not negative"), ("wide", "give one number"), (1e6, "far too wide"), (1e300, "far too wide"),
    (1 / 64, "Vanishing: nothing of the gradient arrives"), (0.01, "so go wider"), (1e-9, "so go wider")])
@pytest.mark.filterwarnings("error")
def test_start_scale_names_the_mistake(scale, said):
    verdict = judge("start_scale", scale)
    assert not verdict.ok and said in verdict.message


def test_absolute_is_what_the_lesson_writes():
    layer = practice.Absolute()
    assert layer([-2.0, 3.0]).tolist() == [2, 3] and layer.backward(np.array([5.0, 7.0])).tolist() == [-5, 7]
