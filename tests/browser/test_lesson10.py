"""Lesson 10 as a learner works through it: predictions, the explorer, what it leaves in Python, the checks."""
import pytest

NAME = "10_how_does_it_learn.ipynb"


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


CHECKS = {
    "practice.check_update({'p − y': -0.5, 'weight gradient': -1, 'new weight': 0.2, 'new bias': 0.05, "
    "'value gradient': -0.1})": "you went uphill",
    "practice.check_conv_backward(lambda g, x, w: [a[0, 0] for a in ops.conv2d_backward(g[None, None], x[None, None], "
    "w[None, None, ::-1, ::-1])[:2]])": "you forgot the flip",
    "practice.check_memorise(dict(lr=5, scale=1))": "ReLU gives 0 for every digit",
    "practice.gradient_heat_map(lambda g, x, w: x)": "Nothing to draw: return two arrays",
}


def test_the_lesson_answers_what_a_learner_does(lesson):
    for name, question, answer in [
            ("start", "How large is the loss of this untrained network", 2.3),
            ("sign", "The gradient of this weight is", "negative"),
            ("rate", "A rate of 5 in place of 0.5", "near where it began"),
            ("unseen", "How many of 2000 digits", 38)]:
        lock(lesson, question, answer)
        said = run(lesson, f'practice.reveal("{name}"')
        assert f"You predicted: {answer}" in said and ("Right." in said or "Close enough" in said), said
    assert "Locked in: 4. Revealed so far: 4." in run(lesson, "practice.predictions()")

    root = lesson.page.locator(".cl-iteration")
    slider = {name: root.get_by_role("slider", name=name, exact=True) for name in ("stage", "nudge", "learning rate")}
    assert "Loss 2.3817." in root.locator(".cl-losses").inner_text()
    slider["nudge"].press("Home")                           # to where the loss does not answer any more
    assert "True: 2.37" in root.locator(".cl-losses").inner_text()
    slider["stage"].press("End")
    assert "−0.4000 − 0.3 · 0.0640 = −0.4192" in root.locator(".cl-where").inner_text()
    root.get_by_role("button", name="Take the step").click()
    lesson.eventually("explorer.iterations", 1)
    assert lesson.python("float(explorer.loss)") == pytest.approx(lesson.python("float(after)"))
    assert run(lesson, "explorer.iterations").startswith("1 steps, loss 1.856; gradient of the chosen weight ")
    for key, lr in (("Home", 0.01), ("End", 10)):
        slider["learning rate"].press(key)
        lesson.eventually("explorer.lr", lr)
    for statement, said in CHECKS.items():
        lesson.execute("import io, contextlib; printed = io.StringIO()")
        lesson.execute(f"with contextlib.redirect_stdout(printed): {statement}")
        assert said in lesson.python("printed.getvalue()"), lesson.python("printed.getvalue()")
