"""Lesson 06 as a learner works through it: predictions, both explorers, and what the next cells say of them."""
import pytest

NAME = "06_why_a_nonlinearity.ipynb"


@pytest.fixture
def lesson(open_lesson):
    return open_lesson(NAME)


def run(lesson, part):
    """Run the first cell whose source has this part, and return its text output."""
    index = lesson.page.evaluate(
        "part => [...jupyterapp.shell.currentWidget.content.model.cells]"
        ".findIndex(cell => cell.type === 'code' && cell.sharedModel.source.includes(part))", part)
    assert index >= 0, part
    lesson.run_cell(index)
    return lesson.page.evaluate(
        "index => jupyterapp.shell.currentWidget.content.model.cells.get(index).outputs.toJSON()"
        ".map(output => output.text ?? '').join('')", index)


def lock(lesson, question, answer):
    widget = lesson.page.locator(".cnnlesson-predict", has_text=question)
    if isinstance(answer, str):
        widget.get_by_label(answer, exact=True).click()
    else:
        widget.get_by_label(question).fill(str(answer))
    widget.get_by_role("button", name="Lock in").click()
    widget.get_by_text("You predicted").wait_for()


def test_the_lesson_answers_what_a_learner_does(lesson):
    lock(lesson, "Can one kernel do what these two do", "yes, one of 5×5")
    lock(lesson, "How steep is the sigmoid", 1)
    lock(lesson, "Sigmoid: the first layer's gradient", -15)
    lock(lesson, "And with ReLU in place of the sigmoid", -9)
    assert "You predicted: yes, one of 5×5, " in run(lesson, 'practice.reveal("melt"')
    assert "Not so: 0.75 too high" in run(lesson, 'practice.reveal("steep"')
    said = run(lesson, 'practice.reveal("sigmoid30"')
    assert "Answer: -15." in said and "Right." in said and "Answer: 0." in said and "Not so: 9 too low" in said

    activation = lesson.page.locator(".cl-activation")
    activation.locator("select").select_option("sigmoid")
    lesson.eventually("explorer.function", "sigmoid")
    assert run(lesson, "(explorer.after == 0).mean()") == "sigmoid: 0 % of the map is exactly 0\n"

    stack = lesson.page.locator(".cl-stack")
    stack.get_by_label("activation").select_option("ReLU")
    stack.get_by_role("slider", name="depth").press("End")
    lesson.eventually("[deep.answer['activation'], deep.answer['depth']]", ["ReLU", 50])
    assert run(lesson, "deep.answer['health']") == "ReLU, 50 layers, scale 1: healthy\n"


def test_the_checks_name_mistakes_made_with_the_lessons_own_names(lesson):
    for statement, said in {
            "practice.check_leaky(lambda x, grad, slope: (relu(x), grad))": "that is plain ReLU",
            "practice.check_start_scale(glorot**2)": "Take the root of a half",
            "practice.check_profiles(dict(zip('ABCD', ['ReLU, scale 1'] * 4)))": "the curve stays level"}.items():
        lesson.execute("import io, contextlib; printed = io.StringIO()")
        lesson.execute(f"with contextlib.redirect_stdout(printed): {statement}")
        assert said in lesson.python("printed.getvalue()")
