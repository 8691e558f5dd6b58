"""The exercises of lesson 10: wrong answers as learners write them, each with the diagnosis it must get."""
import numpy as np
import pytest

from cnnlesson import practice
from cnnlesson.practice.checks import NOT_WRITTEN, judge
from cnnlesson.practice.conv_backward import BACKWARD_CASES, backward_case, measured
from cnnlesson.practice.lesson10 import STARTS, STEPS, UPDATE_RIGHT

# ---- read -------------------------------------------------------------------------------------------


def test_the_right_update_is_that_of_pytorch():
    torch = pytest.importorskip("torch")
    value, weight, bias = (torch.tensor(v, requires_grad=True) for v in ([2.0], [[0.3], [0.1]], [0.0, 0.4]))
    logits = (weight @ value + bias)[None]
    logits.retain_grad()
    torch.nn.functional.cross_entropy(logits, torch.tensor([0])).backward()
    found = [logits.grad[0, 0], weight.grad[0, 0], weight[0, 0] - 0.1 * weight.grad[0, 0],
             bias[0] - 0.1 * bias.grad[0], value.grad[0]]
    np.testing.assert_allclose([v.item() for v in found], list(UPDATE_RIGHT.values()), atol=1e-6)
    assert judge("update", UPDATE_RIGHT).ok


@pytest.mark.parametrize("key, given, said", [
    ("p − y", 0.5, "y is 1: 0.5 − 1"), ("weight gradient", 1, "the sign"),
    ("weight gradient", -0.5, "forgot to multiply by the pooled value"),
    ("weight gradient", -0.15, "multiplied by the weight itself"), ("new weight", 0.2, "you went uphill"),
    ("new weight", 1.3, "forgot the learning rate"), ("new weight", 0.1, "that is the step alone"),
    ("new weight", 0.35, "has the pooled value in it"), ("new bias", 0, "biases learn too"),
    ("new bias", -0.05, "you went uphill"), ("new bias", 0.1, "no pooled value here"),
    ("value gradient", -0.15, "the value goes to both logits"), ("value gradient", 0.1, "the sign"),
    ("value gradient", -0.2, "class 1 is not the right one"), ("value gradient", -0.175, "not the new ones"),
    ("new weight", 7, "7 is not it"), ("new weight", "much", "give a number")])
def test_update_names_the_mistake(key, given, said):
    verdict = judge("update", UPDATE_RIGHT | {key: given})
    assert not verdict.ok and verdict.message.startswith(f"{key}: ") and said in verdict.message


@pytest.mark.parametrize("answer", [..., None, dict.fromkeys(UPDATE_RIGHT, ...), UPDATE_RIGHT | {"new bias": ...}])
def test_update_knows_its_stub(answer):
    assert judge("update", answer | {"p − y": 0} if isinstance(answer, dict) else answer) == NOT_WRITTEN


def test_update_wants_a_dict():
    assert "a dict with the keys 'p − y'" in judge("update", [1]).message


# ---- write ------------------------------------------------------------------------------------------


def variant(pixels="x[i:i + kh, j:j + kw]", weight_term="grad[i, j] * window", x_term="grad[i, j] * weight",
            into="i:i + kh, j:j + kw", add_weight="+=", add_x="+=", rows="grad.shape[0]", columns="grad.shape[1]",
            last="return grad_x, grad_weight", before=""):
    """The solution with some of its parts replaced, as source text."""
    source = f"""
def backward(grad, x, weight):
    {before}
    grad_x, grad_weight = np.zeros(x.shape), np.zeros(weight.shape)
    kh, kw = weight.shape
    for i in range({rows}):
        for j in range({columns}):
            window = {pixels}
            grad_weight {add_weight} {weight_term}
            grad_x[{into}] {add_x} {x_term}
    {last}
"""
    names = {"np": np}
    exec(source, names)
    return names["backward"]


def test_the_solution_is_right(capsys):
    practice.check_conv_backward(variant())
    assert capsys.readouterr().out.startswith("✓ conv_backward: both gradients agree with finite differences")


@pytest.mark.parametrize("name, shape, kernel", BACKWARD_CASES)
def test_measured_gradients_are_those_of_pytorch(name, shape, kernel):
    torch = pytest.importorskip("torch")
    grad, x, weight = (torch.tensor(array, requires_grad=True) for array in backward_case(shape, kernel))
    (torch.nn.functional.conv2d(x[None, None], weight[None, None])[0, 0] * grad).sum().backward()
    for got, right in zip(measured(*backward_case(shape, kernel)), (x.grad, weight.grad), strict=True):
        np.testing.assert_allclose(got, right.numpy(), atol=1e-8)


@pytest.mark.parametrize("changes, said", [
    (dict(x_term="grad[i, j] * weight[::-1, ::-1]"), "grad_x, 36 of 36 cells: you forgot the flip"),
    (dict(add_x="="), "later windows overwrite earlier ones"),
    (dict(x_term="grad[i, j]"), "without multiplying by the weight"),
    (dict(x_term="weight"), "without multiplying by grad"),
    (dict(x_term="window"), "you multiplied by the pixels"),
    (dict(x_term="grad[i, j] * weight.T"), "grad_x, 34 of 36 cells: the kernel's rows and columns"),
    (dict(add_x="-="), "the sign is wrong"),
    (dict(last="return np.roll(grad_x, (1, 1), (0, 1)), grad_weight"), "it is offset by one: position i, j"),
    (dict(last="g = np.zeros(x.shape); g[2:-2, 2:-2] = grad_x[2:-2, 2:-2]; return g, grad_weight"),
     "the cells near the border are missing"),
    (dict(last="return grad_x[1:-1, 1:-1], grad_weight"), "grad_x has the shape (4, 4). A gradient has the shape"),
    (dict(last="return grad_x[1:-1, 1:-1], grad_weight"), "Cells at the border are missing: pad grad"),
    (dict(add_weight="="), "you forgot to sum over the positions: only the last one"),
    (dict(rows="1", columns="1"), "only the first one is there"),
    (dict(weight_term="window"), "without multiplying each by its cell of grad"),
    (dict(weight_term="grad[i, j] * weight"), "you multiplied grad by the kernel"),
    (dict(weight_term="grad[i, j] * window[::-1, ::-1]"), "grad_weight, 8 of 9 cells: it is rotated by 180°"),
    (dict(weight_term="grad[i, j] * window.T"), "rows and columns have changed places"),
    (dict(weight_term="grad[i, j] * window / grad.size"), "you divided by the number of positions"),
    (dict(pixels="np.pad(x, 1)[i:i + kh, j:j + kw]"), "grad_weight, 9 of 9 cells: it is offset by one"),
    (dict(pixels="np.pad(x, 1)[i + 2:i + 2 + kh, j + 2:j + 2 + kw]"), "it is offset by one: cell a, b"),
    (dict(rows="grad.shape[0] - 1", columns="grad.shape[1] - 1"), "the last row and column of positions are missing"),
    (dict(columns="grad.shape[0]", rows="grad.shape[0]"), "a picture that is not square: "),
    (dict(last="return grad_weight, grad_x"), "in the other order"),
    (dict(last="return grad_x"), "return two arrays"),
    (dict(last="pass"), "it returns nothing"),
    (dict(last="grad_x[0, 0] += 1; return grad_x, grad_weight"), "grad_x, 1 of 36 cells: row 0, column 0 should be"),
    (dict(before="x += 1"), "it changes the array that it was given"),
    (dict(before="oops"), "stops with NameError"),
])
def test_backward_names_the_mistake(changes, said):
    verdict = judge("conv_backward", variant(**changes))
    assert not verdict.ok and said in verdict.message, verdict.message


def stub(grad, x, weight):
    ...


@pytest.mark.parametrize("answer", [..., None, stub])
def test_backward_knows_its_stub(answer):
    assert judge("conv_backward", answer) == NOT_WRITTEN


def test_heat_map_marks_the_wrong_cells(capsys):
    maps = practice.gradient_heat_map(variant(add_x="="))
    assert "all 9 cells right" in repr(maps) and "of 36 cells wrong" in repr(maps)
    assert maps._repr_html_().count("<img alt=") == 2
    assert repr(practice.gradient_heat_map(variant())).count("cells right") == 2
    for broken, said in [(stub, "not written yet"), (variant(last="return grad_x"), "return two arrays"),
                         (variant(last="return grad_x * np.nan, grad_weight"), "no finite numbers"),
                         (variant(last="return grad_x[1:], grad_weight"), "has the shape (5, 6)")]:
        assert practice.gradient_heat_map(broken) is None
        assert said in capsys.readouterr().out


# ---- design -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [dict(lr=1, scale=1), dict(lr=0.5, scale=3), dict(lr="1.0", scale=2)])
def test_memorise_accepts(settings):
    verdict = judge("memorise", settings)
    assert verdict.ok, verdict.message


@pytest.mark.parametrize("settings, said", [
    (dict(lr=0.1, scale=1), "too small for this budget"), (dict(lr=0.3, scale=1), "too small for this budget"),
    (dict(lr=5, scale=1), "ReLU gives 0 for every digit"), (dict(lr=0.1, scale=10), "The start is too large"),
    (dict(lr=0.1, scale=0.01), "The start is so small"), (dict(lr=1, scale=0), "only the biases of the logits"),
    (dict(lr=0, scale=1), "nothing ever moves"), (dict(lr=-1, scale=1), "goes uphill"),
    (dict(lr=1, scale=-1), "a scale is above 0"), (dict(lr="fast", scale=1), "give a number"),
    (dict(lr=np.inf, scale=1), "a finite number"), (dict(lr=1), "a dict with the keys 'lr', 'scale'"),
    (dict(lr=1e300, scale=1), "too large")])
def test_memorise_names_the_mistake(settings, said):
    verdict = judge("memorise", settings)
    assert not verdict.ok and said in verdict.message, verdict.message


@pytest.mark.parametrize("answer", [..., None, dict(lr=..., scale=...)])
def test_memorise_knows_its_stub(answer):
    assert judge("memorise", answer) == NOT_WRITTEN


def test_the_loss_before_training_does_not_depend_on_the_rate():
    assert practice.memorise(0.1, steps=2)[0] == practice.memorise(1.0, steps=1)[0]
    assert len(practice.memorise(1.0)) == STEPS and STARTS == 3
