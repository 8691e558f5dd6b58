"""Lesson 05 as a learner works through it: predictions, the digit dragged, what it leaves in Python, the checks."""
import pytest

NAME = "05_does_it_move_when_the_image_moves.ipynb"


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


@pytest.fixture
def learner(open_lesson):
    return Learner(open_lesson(NAME))


def test_the_lesson_answers_what_a_learner_does(learner):
    for name, question, answer in [
            ("moves", "moves 3 pixels to the right. Its new map is", "the old one, shifted"),
            ("border", "In how many of the 28 columns", 7),
            ("stride", "At stride 2, the seven moves 1 pixel", "broken: neither of these"),
            ("accuracy", "2000 test digits move 5 pixels", 93)]:
        learner.lock(question, answer)
        said = learner.run(f'practice.reveal("{name}"')
        assert f"You predicted: {answer}" in said and ("Right." in said or "Close enough" in said), said
    learner.run("practice.predictions()")

    root = learner.page.locator(".cl-shift")
    feature, pooled = (root.get_by_role("group", name=name).locator(".cl-errors") for name in
                       ("feature map", "pooled map"))
    assert "interior: equal." in feature.inner_text() and "interior: off by up to" in pooled.inner_text()
    assert "border: off by up to" in feature.inner_text()
    frame = root.locator(".cl-frame")
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    learner.page.mouse.move(box["x"] + 100, box["y"] + 100)
    learner.page.mouse.down()
    learner.page.mouse.move(box["x"] + 108, box["y"] + 116, steps=4)    # one more to the right, two down
    learner.page.mouse.up()
    assert "interior: equal." in pooled.inner_text()                     # 4 and 2: multiples of two
    root.get_by_role("slider", name="stride").press("End")
    assert "interior: equal." in feature.inner_text() and "interior: off by up to" in pooled.inner_text()
    assert "The network says 7, as before." in root.inner_text()
    learner.lesson.eventually("[explorer.down, explorer.right, explorer.stride]", [2, 4, 2])
    said = learner.run("explorer.errors.items()")
    assert "picture 7, 2 down, 4 right, stride 2" in said and "feature map: largest error in the interior 0.00" in said
    root.get_by_role("slider", name="move sideways").press("End")
    assert "% of the ink has left the frame" in root.inner_text()


CHECKS = {
    "practice.check_moves(dict.fromkeys(['stride 1, shift 3', 'stride 2, shift 4', 'stride 2, shift 3', "
    "'stride 1 then pooling 2, shift 6', 'stride 2 then pooling 2, shift 6'], 3))": "pooling has a stride too",
    "practice.check_equivariance(lambda layer, x, by: abs(layer(shift(x, 0, by)[None, None]) "
    "- layer(x[None, None])).max())": "you compared both maps in place",
    "practice.check_anywhere(lambda x: x.sum())": "it gives + and × the same score",
}


def test_the_checks_name_mistakes_made_with_the_lessons_own_names(learner):
    for statement, said in CHECKS.items():
        learner.lesson.execute("import io, contextlib; printed = io.StringIO()")
        learner.lesson.execute(f"with contextlib.redirect_stdout(printed): {statement}")
        assert said in learner.lesson.python("printed.getvalue()"), learner.lesson.python("printed.getvalue()")
