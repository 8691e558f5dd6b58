"""Lesson 09 as a learner works through it: predictions, the explorer, and what the next cells say of them."""
import pytest

NAME = "09_from_features_to_an_answer.ipynb"


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
    lock(lesson, "What share of all parameters", 40)
    lock(lesson, "You add 100 to each", "stays as it is")
    lock(lesson, "mean confidence of 97 %", 97)
    lock(lesson, "What share of 1000 pieces of clothing", 0)
    said = run(lesson, 'practice.reveal("share"')
    assert "Answer: 78 %." in said and "Not so: 38 % too low" in said
    assert "You predicted: stays as it is, " in run(lesson, 'practice.reveal("add"')
    said = run(lesson, 'practice.reveal("few"')
    assert "You predicted: 97 %" in said and "too high" in said and "ECE " in said
    assert "too low" in run(lesson, 'practice.reveal("clothes"')

    explorer = lesson.page.locator(".cl-softmax")
    assert "Right class five: p = 0.259, loss = 1.349." in explorer.get_by_role("status").inner_text()
    explorer.get_by_role("slider", name="logit of five").press("End")
    lesson.eventually("explorer.logits", [2.0, 10.0, -1.0])
    assert "loss 0.000, p − y [ 0. -0.  0.]" in run(lesson, "explorer.gradient.round(3)")
    explorer.get_by_role("slider", name="temperature").press("Home")
    explorer.locator("select").select_option("three")
    lesson.eventually("[explorer.temperature, explorer.label]", [0, 0])
    assert "right class three: loss inf, p − y [-1.  1.  0.]" in run(lesson, "explorer.gradient.round(3)")

    explorer = lesson.page.locator(".cl-reliability")
    before = explorer.locator(".cl-values b").all_inner_texts()
    explorer.get_by_role("slider", name="temperature").fill("2.3")
    lesson.eventually("calibration.temperature", 2.3)
    after = explorer.locator(".cl-values b").all_inner_texts()
    assert before[0] == after[0] and float(after[2].split()[0]) < float(before[2].split()[0]) / 2
    explorer.locator("select").select_option("shipped, noisy digits")
    lesson.eventually("calibration.chosen", "shipped, noisy digits")
    said = run(lesson, "now = calibration.measured")
    assert said.startswith("shipped, noisy digits, T = 2.3: right 4")


def test_the_checks_name_mistakes_made_with_the_lessons_own_names(lesson):
    for statement, said in {
            "practice.check_stable_loss(lambda z, y: ([softmax_naive(row) for row in z], ops.cross_entropy(z, y)))":
                "exp of 1000 overflows",
            "practice.check_stable_loss(lambda z, y: (softmax(z), -np.log(softmax(z)[range(len(y)), y]).mean()))":
                "its logarithm is −∞",
            "practice.check_loss_gradient(lambda z, y, T: ops.cross_entropy_backward(z / T, y))":
                "chain rule's 1 / temperature is missing",
            "practice.check_read_loss({'accuracy': 1 / 3, 'losses': [1, 2, 3], 'mean': 1.39, 'gradient': [0] * 4})":
                "you counted in bits"}.items():
        lesson.execute("import io, contextlib; printed = io.StringIO()")
        lesson.execute(f"with contextlib.redirect_stdout(printed): {statement}")
        assert said in lesson.python("printed.getvalue()")
