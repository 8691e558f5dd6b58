"""What all checks share: they never raise, and say where the learner's code went wrong."""
import numpy as np
import pytest

from cnnlesson import practice
from cnnlesson.practice import checks
from cnnlesson.practice.checks import Mistake, Verdict, call, exercise, judge


@pytest.fixture
def doubling(monkeypatch):
    """An exercise of its own: double an array."""
    monkeypatch.setattr(checks, "EXERCISES", {})

    @exercise("double", hints=["<b>Twice</b>.", "times 2"])
    def check_double(function):
        """Check doubling."""
        got = call(function, np.array([1.0, 2.0]))
        return Verdict(np.array_equal(got, [2.0, 4.0]), "compared.")

    return check_double


def test_marks(doubling, capsys):
    doubling(lambda x: 2 * x)
    doubling(lambda x: 3 * x)
    doubling(...)
    assert capsys.readouterr().out == (
        "✓ double: compared.\n✗ double: compared.\n"
        "… double: not written yet. Replace the line with `...` and run this cell again.\n")
    assert doubling.__doc__ == "Check doubling."


def stub(x):
    ...


def stub_with_docstring(x):
    """Twice x."""
    ...


def half_a_stub(x):
    out = ...
    return out


def ellipsis_in_the_loop(x):
    out = np.zeros_like(x)
    for _ in range(len(x)):
        ...
    return out


def ellipsis_where_a_shape_belongs(x):
    out = np.zeros(...)
    return out


@pytest.mark.parametrize("answer", [
    None, ..., stub, stub_with_docstring, half_a_stub, ellipsis_in_the_loop, ellipsis_where_a_shape_belongs])
def test_stubs_are_recognised(doubling, answer):
    assert judge("double", answer) == checks.NOT_WRITTEN


def test_a_right_answer_may_keep_its_dots(doubling):
    def double(x):
        ...
        return 2 * x

    assert judge("double", double).ok


def test_an_ellipsis_index_is_no_stub(doubling):
    def double(x):
        return 3 * x[..., :]

    assert judge("double", double).message == "compared."


def raises(x):
    y = x + 1
    return y[7]


def endless(x):
    return endless(x)


def returns_nothing(x):
    print(end="")


def changes_its_input(x):
    x *= 2
    return x


def leaves(x):
    raise SystemExit


def one_per_cell(x):
    out = np.zeros(2)
    out[0] = x
    return out


@pytest.mark.parametrize("answer, said", [
    (raises, "IndexError: index 7 is out of bounds"),
    (raises, ": `return y[7]`."),
    (endless, "It calls itself without end."),
    (endless, ": `return endless(x)`."),
    (returns_nothing, "it returns nothing. End the function with `return`"),
    (changes_its_input, "it changes the array that it was given"),
    (leaves, "SystemExit"),
    (one_per_cell, "did you forget to sum?"),
    (lambda: 3, "TypeError"),
    (np.ones(3), "the function itself"),
    ("twice", "the function itself"),
    (3, "the function itself"),
])
def test_learners_code_never_raises(doubling, answer, said):
    verdict = judge("double", answer)
    assert not verdict.ok and said in verdict.message


def test_the_line_is_the_learners(doubling):
    first = raises.__code__.co_firstlineno
    assert f"in line {first + 2}:" in judge("double", raises).message


def test_an_answer_of_an_unforeseen_kind(monkeypatch):
    monkeypatch.setattr(checks, "EXERCISES", {})
    exercise("length")(lambda answer: Verdict(len(answer) == 3, ""))
    assert "cannot be read as an answer (TypeError" in judge("length", 5).message


def test_arrays_are_not_changed_by_the_check():
    given = np.array([1.0, 2.0])
    with pytest.raises(Mistake):
        call(changes_its_input, given)
    assert given.tolist() == [1, 2]


def test_nan_in_the_input_is_no_change():
    assert np.isnan(call(lambda x: x + 1, np.array([np.nan]))).all()


def test_interrupt_reaches_the_learner(doubling):
    def slow(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge("double", slow)


def test_unknown_exercise():
    for ask in (lambda: practice.check("fly", 1), lambda: practice.hint("fly")):
        with pytest.raises(ValueError, match="name must be one of .*convolve.* got 'fly'"):
            ask()


def test_hints_are_closed_and_escaped(doubling):
    html = practice.hint("double")._repr_html_()
    assert html.count("<details ") == 2 and " open" not in html
    assert "&lt;b&gt;Twice&lt;/b&gt;." in html and "<b>" not in html
    assert html.index("Hint 1</summary>") < html.index("Hint 2</summary>")


def test_one_hint(doubling):
    html = practice.hint("double", number=2)._repr_html_()
    assert "times 2" in html and "Twice" not in html and "Hint 2</summary>" in html
    with pytest.raises(ValueError, match="number must be between 1 and 2 for 'double', got 3"):
        practice.hint("double", 3)


def test_every_exercise_has_hints_and_a_public_check():
    assert checks.EXERCISES
    for name, registered in checks.EXERCISES.items():
        assert len(registered.hints) >= 2
        assert getattr(practice, f"check_{name}").__doc__
        assert judge(name, ...) == checks.NOT_WRITTEN
