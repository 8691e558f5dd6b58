"""The reliability diagram draws what it is given, and says it in words."""
import numpy as np
import pytest

from cnnlesson import plot

NAN = float("nan")
BINS = ([NAN, 0.3, 0.7, 0.95], [NAN, 0.5, 0.6, 0.9], [0, 4, 10, 9860])


def test_bars_marks_and_counts():
    ax = plot.reliability(*BINS)
    assert [bar.get_height() for bar in ax.patches] == [0.5, 0.6, 0.9]
    assert [round(bar.get_x(), 2) for bar in ax.patches] == [0.25, 0.5, 0.75]
    marks = ax.lines[-1]
    assert marks.get_xdata().tolist() == [0.3, 0.7, 0.95] and marks.get_ydata().tolist() == [0.5, 0.6, 0.9]
    assert [text.get_text() for text in ax.texts] == ["4", "10", "9\N{THIN SPACE}860"]


def test_words():
    told = plot.describe(plot.reliability(*BINS, caption="digits"))
    assert told.startswith("Reliability diagram, digits: 9874 answers. 25–50 %: 4 answers, said 30 %, right 50 %.")
    assert "0–25 %" not in told


def test_in_a_row():
    left, right = plot.row([1.3, 1.3], height=260)
    plot.reliability(*BINS, ax=left), plot.reliability(*BINS, ax=right)
    assert plot.show([left, right]).alt.count("Reliability diagram") == 2


@pytest.mark.parametrize("confidence, accuracy, count, sentence", [
    ([0.5], [0.5, 0.5], [1, 1], "rows of equal length"), ([NAN], [NAN], [0], "an answer in them"),
    ([NAN], [0.5], [1], "confidence must be from 0 to 1"), ([0.5], [1.5], [1], "accuracy must be from 0 to 1")])
def test_what_cannot_be_drawn_is_refused(confidence, accuracy, count, sentence):
    with pytest.raises(ValueError, match=sentence):
        plot.reliability(np.array(confidence), accuracy, count)
