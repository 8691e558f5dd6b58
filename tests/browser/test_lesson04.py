"""Lesson 04 as a learner works through it: predictions, the X in the kernel explorer, the sum stepped on the photo."""
import pytest

NAME = "04_what_does_a_layer_of_filters_do.ipynb"


class Learner:
    """Finds cells by what is written in them."""

    def __init__(self, lesson):
        self.lesson, self.page = lesson, lesson.page

    def run(self, part):
        """Run the first cell whose source has this part, and return its text output."""
        index = self.page.evaluate(
            "part => [...jupyterapp.shell.currentWidget.content.model.cells]"
            ".findIndex(cell => cell.type === 'code' && cell.sharedModel.source.includes(part))", part)
        assert index >= 0, part
        self.lesson.run_cell(index)
        return self.page.evaluate(
            "index => jupyterapp.shell.currentWidget.content.model.cells.get(index).outputs.toJSON()"
            ".map(output => output.text ?? '').join('')", index)

    def lock(self, question, answer):
        widget = self.page.locator(".cnnlesson-predict", has_text=question)
        if isinstance(answer, str):
            widget.get_by_label(answer, exact=True).click()
        else:
            widget.get_by_label(question).fill(str(answer))
        widget.get_by_role("button", name="Lock in").click()
        widget.get_by_text("You predicted").wait_for()

    def point(self, canvas, y, x):
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        self.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


@pytest.fixture
def learner(open_lesson):
    return Learner(open_lesson(NAME))


def test_the_lesson_answers_what_a_learner_does(learner):
    for name, question, answer in [
            ("fits", "In how many windows of the X", 4), ("maps", "One filter of 3×3×3 slides", "1"),
            ("depth", "How many slices has a filter of the second layer", 64),
            ("growth", "twice as wide and twice as high", "stays the same")]:
        learner.lock(question, answer)
        said = learner.run(f'practice.reveal("{name}"')
        assert f"You predicted: {answer}, " in said and "Right." in said
    learner.run("practice.predictions()")

    kernel = learner.page.locator(".cl-kernel")
    sums = kernel.locator(".cl-sum")
    for row, column, total, mean in [(3, 3, "5.00", "0.56"), (0, 0, "7.00", "0.78"), (2, 2, "9.00", "1.00"),
                                     (0, 1, "−1.00", "−0.11"), (2, 3, "−3.00", "−0.33")]:
        learner.point(kernel.locator(".cl-map"), (row + 0.5) / 7, (column + 0.5) / 7)
        text = sums.inner_text()
        assert text.startswith(f"row {row}, column {column}: ") and text.endswith(f" = {total}")
        kernel.get_by_label("divide by 9").check()
        assert sums.inner_text().endswith(f" = {total}; ÷ 9 = {mean}")
        kernel.get_by_label("divide by 9").uncheck()
    assert "−1 black, 1 white" in kernel.inner_text()

    channels = learner.page.locator(".cl-channels")
    for total in ("−1.60", "−1.91", "−0.44", "−0.44"):
        channels.get_by_role("button", name="Next term").click()
        assert channels.locator(".cl-sum").inner_text().endswith(f" = {total}")
    channels.get_by_role("group", name="blue", exact=True).get_by_role("checkbox").uncheck()
    learner.lesson.eventually("explorer.channels", [True, True, False])
    assert learner.run("mine, at =") == "27 weights; response at row 52, column 32: -1.91\n"


CHECKS = {
    "practice.check_read_layer({'depth': 3, 'parameters': 12832, 'shape': (32, 16, 16)})": "depth of the photo",
    "practice.check_layer(lambda x, w, b: np.array([convolve(x[0], k[0]) for k in w]) + b[:, None, None])":
        "only the first channel",
    "practice.check_colour_edge(sobel)": "Red and green cancel",
}


def test_the_checks_name_mistakes_made_with_the_lessons_own_names(learner):
    for statement, said in CHECKS.items():
        learner.lesson.execute("import io, contextlib; printed = io.StringIO()")
        learner.lesson.execute(f"with contextlib.redirect_stdout(printed): {statement}")
        assert said in learner.lesson.python("printed.getvalue()")
