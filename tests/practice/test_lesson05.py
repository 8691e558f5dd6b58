"""The exercises of lesson 05: wrong answers as learners write them, each with the diagnosis it must get."""
import numpy as np
import pytest

from cnnlesson import datasets
from cnnlesson.nn import Conv2d
from cnnlesson.ops import conv2d, max_pool2d
from cnnlesson.practice.checks import NOT_WRITTEN, judge
from cnnlesson.practice.lesson05 import CROSS, DIAGONAL, SETTINGS, everywhere

# ---- read -------------------------------------------------------------------------------------------

RIGHT = dict(zip(SETTINGS, [3, 2, "broken", 3, "broken"], strict=True))
ONE, TWO, ODD, POOLED, BOTH = SETTINGS


def test_the_right_answers_are_what_the_operations_do():
    rng = np.random.default_rng(0)
    picture, weight = np.pad(rng.normal(size=(1, 1, 12, 12)), ((0, 0), (0, 0), (10, 10), (10, 10))), rng.normal(
        size=(1, 1, 3, 3))
    for name, (stride, pooling, shift) in SETTINGS.items():
        before, after = (max_pool2d(conv2d(x, weight, stride=stride), pooling)[0, 0]
                         for x in (picture, np.roll(picture, shift, -1)))
        fits = [by for by in range(7) if np.allclose(np.roll(before, by, -1), after)]
        assert fits == ([] if RIGHT[name] == "broken" else [RIGHT[name]]), name


def test_read_accepts_the_solution():
    assert judge("moves", RIGHT).ok
    assert judge("moves", RIGHT | {ODD: " Broken", BOTH: "BROKEN", ONE: 3.0, TWO: np.int64(2)}).ok


@pytest.mark.parametrize("key, given, said", [
    (ONE, "broken", "windows are 1 pixel apart, and 3 ÷ 1 is a whole number"),
    (TWO, 4, "that is how far the picture moves"),
    (TWO, 8, "divide by the stride"),
    (TWO, "broken", "Nothing breaks"),
    (ODD, 1.5, "there are no parts of cells"),
    (ODD, 1, "you rounded"),
    (ODD, 3, "that is how far the picture moves"),
    (POOLED, 6, "that is how far the picture moves"),
    (POOLED, 12, "divide by the stride"),
    (BOTH, 3, "pooling has a stride too. Both together: the windows are 4 pixels apart"),
    (BOTH, 1, "you rounded"),
    (ONE, 1, "How many of these steps are 3 pixels?"),
    (ONE, "equal", 'give a number of cells or "broken", not \'equal\''),
    (ONE, True, "give a number of cells"),
    (ONE, 0, "that would be invariance"),
    (ODD, 0, "that would be invariance"),
    (ODD, 2, "you rounded"),
    (BOTH, 2, "you rounded"),
    (ONE, np.array([3]), "give a number of cells"),
    (ONE, "Broken", "Nothing breaks"),
])
def test_read_names_the_mistake(key, given, said):
    verdict = judge("moves", RIGHT | {key: given})
    assert not verdict.ok and said in verdict.message and verdict.message.startswith(key)


@pytest.mark.parametrize("answer", [..., None, dict.fromkeys(SETTINGS, ...), RIGHT | {ODD: ...}])
def test_read_knows_its_stub(answer):
    assert judge("moves", answer) == NOT_WRITTEN


@pytest.mark.parametrize("answer", [[3, 2], {ONE: 3}, 7])
def test_read_wants_a_dict(answer):
    assert "expected a dict with the keys" in judge("moves", answer).message


# ---- write ------------------------------------------------------------------------------------------


def maps(layer, image, pixels, move=None):
    moved = datasets.shifted(image, right=pixels) if move is None else move(image)
    return layer(image[None, None])[0, 0], layer(moved[None, None])[0, 0], pixels // layer.settings["stride"]


def solution(layer, image, pixels):
    before, after, k = maps(layer, image, pixels)
    return abs(after[:, k:] - before[:, :before.shape[1] - k]).max()


def loops(layer, image, pixels):
    before, after, k = maps(layer, image, pixels)
    most = 0
    for i in range(after.shape[0]):
        for j in range(k, after.shape[1]):
            most = max(most, abs(after[i, j] - before[i, j - k]))
    return most


def rolled_picture(layer, image, pixels):        # fine: what wraps around lands in columns that are left out
    before, after, k = maps(layer, image, pixels, lambda x: np.roll(x, pixels, 1))
    return abs(after[:, k:] - np.roll(before, k, 1)[:, k:]).max()


def zero_dimensions(layer, image, pixels):
    return np.array(solution(layer, image, pixels))


@pytest.mark.parametrize("function", [solution, loops, rolled_picture, zero_dimensions])
def test_write_accepts_solutions(function):
    verdict = judge("equivariance", function)
    assert verdict.ok, verdict.message


def in_place(layer, image, pixels):
    before, after, _ = maps(layer, image, pixels)
    return abs(after - before).max()


def wrong_way(layer, image, pixels):
    before, after, k = maps(layer, image, pixels)
    return abs(after[:, :-k] - before[:, k:]).max()


def moved_left(layer, image, pixels):
    before, after, k = maps(layer, image, pixels, lambda x: datasets.shifted(x, right=-pixels))
    return abs(after[:, k:] - before[:, :-k]).max()


def moved_down(layer, image, pixels):
    before, after, k = maps(layer, image, pixels, lambda x: datasets.shifted(x, pixels))
    return abs(after[:, k:] - before[:, :-k]).max()


def multiplied(layer, image, pixels):
    before, after, _ = maps(layer, image, pixels)
    k = pixels * layer.settings["stride"]
    return abs(after[:, k:] - before[:, :-k]).max()


def two_at_most(layer, image, pixels):
    before, after, k = maps(layer, image, pixels)
    k = min(k, 2)
    return abs(after[:, k:] - before[:, :-k]).max()


def wrapped(layer, image, pixels):
    before, after, k = maps(layer, image, pixels)
    return abs(after - np.roll(before, k, 1)).max()


def border_too(layer, image, pixels):
    before, after, k = maps(layer, image, pixels)
    return abs(after - datasets.shifted(before, right=k)).max()


def stride_forgotten(layer, image, pixels):
    before, after, _ = maps(layer, image, pixels)
    return abs(after[:, pixels:] - before[:, :-pixels]).max()


def inner(layer, image, pixels):
    before, after, k = maps(layer, image, pixels)
    return after[:, k:] - before[:, :before.shape[1] - k]


@pytest.mark.parametrize("function, said", [
    (in_place, "you compared both maps in place"),
    (wrong_way, "you moved the map the wrong way"),
    (moved_left, "you moved the picture to the left"),
    (moved_down, "you moved the picture down"),
    (multiplied, "with stride 2 and a shift by 4: you multiplied the shift by the stride"),
    (two_at_most, "with stride 1 and a shift by 3: the largest error is 0.000, yours is "),
    (wrapped, "`np.roll` brings in on the left"),
    (border_too, "you compared the border too"),
    (stride_forgotten, "with stride 2 and a shift by 4: you forgot to divide the shift by the stride"),
    (lambda *a: abs(inner(*a)).mean(), "that is the mean"),
    (lambda *a: inner(*a).mean(), "differences cancel in a mean"),
    (lambda *a: inner(*a).max(), "you forgot the absolute value"),
    (lambda *a: (-inner(*a)).max(), "you forgot the absolute value"),
    (lambda *a: abs(inner(*a)).min(), "that is the smallest difference"),
    (lambda *a: abs(inner(*a)).sum(), "you summed up"),
    (lambda *a: (inner(*a) ** 2).max(), "you squared"),
    (lambda *a: 0.0, "Does it compare anything?"),
    (lambda *a: abs(inner(*a)), "it returns an array of shape (15, 17)"),
    (lambda *a: abs(inner(*a)).max() < 1e-6, "it returns True or False. Return the largest difference itself"),
    (lambda *a: np.allclose(inner(*a), 0), "it returns True or False"),
    (lambda *a: bool(np.allclose(inner(*a), 0)), "it returns True or False"),
    (lambda *a: "0", "Return a number"),
    (lambda *a: 3.0, "the largest error is 5.073, yours is 3.000"),
    (lambda *a: np.nan, "yours is nan"),
    (lambda *a: np.round(abs(inner(*a)).max(), 1), "you rounded"),
    (lambda *a: round(abs(inner(*a)).max(), 3), "you rounded"),
    (lambda *a: int(abs(inner(*a)).max()), "you rounded"),
    (lambda *a: abs(inner(*a)[0]).max(), "off in one row only. Do you compare all rows"),
    (lambda *a: abs(inner(*a)).mean(0).max(), "off in one row only"),
    (lambda *a: abs(inner(*a).mean(0)).max(), "off in one row only"),
    (lambda *a: np.median(abs(inner(*a)).max(1)), "off in one row only"),
    (lambda *a: abs(inner(*a)[2:-2]).max(), "Do you compare all rows and columns"),
    (lambda *a: abs(inner(*a)[1:]).max(), "off in the first row, at one end"),
    (lambda *a: abs(inner(*a)[:, 1:]).max(), "off in the first row, at one end"),
    (lambda *a: abs(inner(*a)[:-1]).max(), "off in the last row, at one end"),
    (lambda *a: abs(inner(*a)[:, :-1]).max(), "off in the last row, at one end"),
    (lambda layer, *a: 0.0 if type(layer) is Conv2d else 5.4, "the largest error is 5.073, yours is 5.400"),
    (lambda layer, *a: 0.0 if layer.settings["stride"] == 3 else solution(layer, *a), "off in one row only"),
    (lambda *a: 1 / 0, "it stops with ZeroDivisionError"),
    (lambda *a: np.inf, "yours is inf"),
])
def test_write_names_the_mistake(function, said):
    verdict = judge("equivariance", function)
    assert not verdict.ok and said in verdict.message, verdict.message


def test_write_knows_its_stub():
    def stub(layer, image, pixels):
        ...  # your code here
    assert judge("equivariance", stub) == NOT_WRITTEN


# ---- design -----------------------------------------------------------------------------------------

KERNEL = CROSS - DIAGONAL


def answer(picture, kernel=KERNEL, **settings):
    return conv2d(picture[None, None], kernel[None, None], **settings)[0, 0]


def test_every_place_is_tried():
    pictures = everywhere(CROSS)
    assert len(np.unique(pictures.reshape(len(pictures), -1), axis=0)) == 100 and (pictures.sum((1, 2)) == 5).all()


@pytest.mark.parametrize("score", [
    lambda p: answer(p).max(), lambda p: answer(p, padding=2).max(), lambda p: (answer(p, padding=2) ** 3).sum(),
    lambda p: answer(p, np.ones((1, 3))).max()])
def test_design_accepts_solutions(score):
    verdict = judge("anywhere", score)
    assert verdict.ok, verdict.message


@pytest.mark.parametrize("score, said", [
    (lambda p: p.sum(), "+ and × the same score, 5"),
    (lambda p: answer(p, CROSS, padding=2).sum(), "+ and × the same score, 25"),
    (lambda p: answer(p, DIAGONAL).max(), "× gets more than +"),
    (lambda p: (p * np.random.default_rng(0).normal(size=p.shape)).sum(), "Weights that belong to places"),
    (lambda p: answer(p)[4, 4], "Or did you take one fixed cell"),
    (lambda p: answer(p, stride=2, padding=1).max(), "at every second place only"),
    (lambda p: answer(p, stride=3).max(), "at every third place only"),
    (lambda p: answer(p).argmax(), "`argmax`, which says where and not how much"),
    (lambda p: answer(p).sum(), "another score at the frame than inside"),
    (lambda p: answer(p).mean(), "another score at the frame than inside"),
    (lambda p: np.maximum(answer(p), 0).sum(), "another score at the frame than inside"),
    (lambda p: answer(p, padding=1).sum(), "another score at the frame than inside"),
    (lambda p: answer(p[1:-1, 1:-1]).max(), "another score at the frame than inside"),
    (lambda p: answer(p), "it returns an array of shape (10, 10)"),
    (lambda p: np.nan, "no finite number"),
    (lambda p: None, "it returns nothing"),
])
def test_design_names_the_mistake(score, said):
    verdict = judge("anywhere", score)
    assert not verdict.ok and said in verdict.message, verdict.message


def test_design_knows_its_stub():
    def stub(picture):
        ...  # your code here
    assert judge("anywhere", stub) == NOT_WRITTEN
