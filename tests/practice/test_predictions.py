"""Predictions: what is kept, what cannot be changed any more, and what is printed."""
import pytest

from cnnlesson import practice
from cnnlesson.practice import prompts

SIGNS = ["clearly negative", "near zero", "clearly positive"]


@pytest.fixture(autouse=True)
def fresh_registry(monkeypatch):
    monkeypatch.setattr(prompts, "asked", {})


def from_browser(prediction, answer, confidence):
    """What a click on "Lock in" sends: all three in one message."""
    prediction.set_state({"answer": answer, "confidence": confidence, "locked": True})


def printed(capsys):
    return capsys.readouterr().out.splitlines()


def test_running_the_cell_again_keeps_what_was_chosen():
    first = practice.predict("sign", "The sum will be", SIGNS)
    first.answer, first.confidence = "near zero", 80
    again = practice.predict("sign", "The sum will be", list(SIGNS))
    assert (again.answer, again.confidence, again.locked) == ("near zero", 80, False)
    from_browser(again, "clearly negative", 60)
    again = practice.predict("sign", "The sum will be", SIGNS)
    assert (again.answer, again.confidence, again.locked) == ("clearly negative", 60, True)


@pytest.mark.parametrize("changed", [
    dict(question="The mean will be", choices=SIGNS), dict(question="The sum will be", choices=SIGNS[:2])])
def test_a_changed_question_starts_anew(changed):
    from_browser(practice.predict("sign", "The sum will be", SIGNS), "near zero", 80)
    again = practice.predict("sign", **changed)
    assert (again.answer, again.locked) == (None, False)


def test_a_locked_prediction_stays_as_it_was():
    asking = practice.predict("size", "How wide?", unit="px")
    from_browser(asking, 676, 70)
    asking.answer, asking.confidence, asking.locked = 1, 0, False
    assert (asking.answer, asking.confidence, asking.locked) == (676, 70, True)
    from_browser(asking, 5, 5)
    assert (asking.answer, asking.confidence) == (676, 70)


@pytest.mark.parametrize("k, start", [(2, 50), (3, 35), (4, 25), (5, 20), (10, 10)])
def test_confidence_starts_at_that_of_a_guess(k, start):
    assert practice.predict("k", "Which?", [str(i) for i in range(k)]).confidence == start


def test_confidence_of_a_number_starts_in_the_middle():
    assert practice.predict("n", "How many?").confidence == 50


@pytest.mark.parametrize("arguments, named", [
    (dict(name="", question="?"), "name"),
    (dict(name="a", question="  "), "question"),
    (dict(name="a", question=None), "question"),
    (dict(name="a", question="?", choices=["only"]), "choices"),
    (dict(name="a", question="?", choices=["same", "same"]), "choices"),
    (dict(name="a", question="?", step=0), "step"),
    (dict(name="a", question="?", low=3, high=3), "low"),
])
def test_bad_questions_are_refused(arguments, named):
    with pytest.raises(ValueError, match=f"^{named} must be .*got"):
        practice.predict(**arguments)


def test_reveal_without_a_lock(capsys):
    asking = practice.predict("sign", "The sum will be", SIGNS)
    asking.answer = "near zero"  # chosen, not locked in
    practice.reveal("sign", "clearly negative")
    assert printed(capsys) == ["Answer: clearly negative.", "You locked in no prediction for this one."]


def test_reveal_when_the_question_was_never_asked(capsys):
    practice.reveal("unheard-of", 1 / 36, unit="px")
    assert printed(capsys) == ["Answer: 0.02778 px.", "You locked in no prediction for this one."]


@pytest.mark.parametrize("answer, confidence, lines", [
    ("clearly negative", 70, ["You predicted: clearly negative, 70 % sure. Right."]),
    ("near zero", 60, ["You predicted: near zero, 60 % sure. Not so."]),
    ("near zero", 90, ["You predicted: near zero, 90 % sure. Not so.",
                       "You were 90 % sure and it is not so: worth a second look."]),
    ("clearly negative", 35, ["You predicted: clearly negative, 35 % sure. Right.",
                              "You were only 35 % sure and it is so: what made you doubt?"]),
])
def test_reveal_of_a_choice(capsys, answer, confidence, lines):
    from_browser(practice.predict("sign", "The sum will be", SIGNS), answer, confidence)
    practice.reveal("sign", "clearly negative")
    assert printed(capsys) == ["Answer: clearly negative.", *lines]


@pytest.mark.parametrize("answer, truth, tolerance, judgement", [
    (26, 26, None, "Right."),
    (205, 200, None, "Close enough: 5 px too high (2.5 %)."),
    (190, 200, None, "Close enough: 10 px too low (5 %)."),  # at the limit
    (189, 200, None, "Not so: 11 px too low (5.5 %)."),
    (27, 26, 0, "Not so: 1 px too high (3.8 %)."),
    (0.4, 0.3, 0.1, "Close enough: 0.1 px too high (33 %)."),  # 0.4 - 0.3 > 0.1 in binary
    (2, -2, None, "Not so: 4 px too high (200 %)."),
    (1, 0, None, "Not so: 1 px too high."),
    (784, 15552, None, "Not so: 14 768 px too low (95 %)."),
])
def test_reveal_of_a_number(capsys, answer, truth, tolerance, judgement):
    from_browser(practice.predict("size", "How wide?", unit="px"), answer, 50)
    practice.reveal("size", truth, tolerance=tolerance)
    assert printed(capsys)[1].endswith(f", 50 % sure. {judgement}")


def test_long_numbers_are_grouped(capsys):
    practice.reveal("parameters", 61100840, unit="weights")
    assert printed(capsys)[0] == "Answer: 61 100 840 weights."


def test_reveal_refuses_a_truth_that_does_not_fit():
    practice.predict("sign", "The sum will be", SIGNS)
    practice.predict("size", "How wide?")
    with pytest.raises(ValueError, match="truth must be one of .* got 'negative'"):
        practice.reveal("sign", "negative")
    with pytest.raises(ValueError, match="truth must be a number .* got 'wide'"):
        practice.reveal("size", "wide")


def test_summary(capsys):
    practice.predictions()
    assert printed(capsys) == ["You have locked in no predictions yet."]
    for i, (answer, confidence) in enumerate([(9, 80), (9, 90), (4, 70), (9, 60)]):
        from_browser(practice.predict(f"q{i}", "How many?"), answer, confidence)
    for i in range(3):
        practice.reveal(f"q{i}", 9)
    printed(capsys)
    practice.predictions()
    lines = printed(capsys)
    assert lines[0] == "Locked in: 4. Revealed so far: 3."
    assert lines[1] == "Right: 2 of 3, which is 67 %. On average you were 80 % sure: too sure."
    # (0.2² + 0.1² + 0.7²) / 3 = 0.18
    assert lines[2].startswith("Your score is 0.18: better than saying 50 % every time")


def test_question_is_readable_where_widgets_are_not():
    assert repr(practice.predict("s", "It is", ["up", "down"])) == "Prediction: It is up / down"
