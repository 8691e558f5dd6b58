"""The check of the environment: silent on numbers when all is well, precise when not."""
import re
import tomllib
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from cnnlesson import files, practice
from cnnlesson.practice import lesson00
from cnnlesson.practice.checks import judge

ROOT = Path(__file__).parents[2]


def test_passing_text_is_the_same_on_every_machine(capsys):
    practice.check_environment()
    assert capsys.readouterr().out == (
        "Python, NumPy, Matplotlib, ipywidgets, anywidget: fine.\nData files: all there and undamaged.\n")


def test_minima_are_those_of_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = dict(re.findall(r"(\w+)>=([\d.]+)", " ".join(project["dependencies"])))
    assert project["requires-python"] == ">=" + ".".join(map(str, lesson00.PYTHON))
    for _, name, needed in lesson00.PACKAGES:
        assert required[name] == ".".join(map(str, needed))


def installed(**versions):
    def version(name):
        if name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    return version


@pytest.mark.parametrize("numpy", ["2.0.0", "2.10.1", "3.0rc1", "2.0"])
def test_new_enough(numpy):
    found = installed(numpy=numpy, matplotlib="3.10.0", ipywidgets="8.1.5", anywidget="0.11.0")
    assert lesson00.package_problems(found, (3, 14)) == []


def test_what_is_wrong_is_named():
    found = installed(numpy="1.26.4", matplotlib="3.9", ipywidgets="8.1.5")
    assert lesson00.package_problems(found, (3, 10)) == [
        "Python 3.10 is too old: 3.11 or newer is needed.",
        "NumPy 1.26.4 is too old: 2.0 or newer is needed.",
        "anywidget is not installed."]


def test_missing_and_damaged_files_are_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CNNLESSON_DATA", str(tmp_path))
    (tmp_path / "good.txt").write_text("good")
    (tmp_path / "checksums.txt").write_text("")
    files.record("good.txt")
    with (tmp_path / "checksums.txt").open("a") as listing:
        listing.write(f"{'0' * 64}  gone.npz\n{'0' * 64}  bad.txt\n")
    (tmp_path / "bad.txt").write_text("bad")
    practice.check_environment()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("fine.")
    assert len(lines) == 3
    assert "bad.txt is damaged" in lines[1] and "gone.npz is missing" in lines[2]


def test_a_missing_listing_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CNNLESSON_DATA", str(tmp_path))
    practice.check_environment()
    assert "checksums.txt is missing" in capsys.readouterr().out


# ---- the three exercises ----------------------------------------------------------------------------

@pytest.mark.parametrize("answer, said", [
    (196, "one map"), (84, "one row"), (4704, "the layer before"), (784, "the input"), (2352, "a quarter"),
    (7, "Multiply the last three"), ("many", "Multiply the last three"), (..., "not written yet"),
])
def test_count_names_the_mistake(answer, said):
    verdict = judge("count", answer)
    assert not verdict.ok and said in verdict.message


def test_count_accepts_six_maps_of_fourteen_by_fourteen():
    assert judge("count", 6 * 14 * 14).ok


def likely_solved(logits):
    exponentials = np.exp(logits - np.max(logits))
    return int(np.argmax(logits)), exponentials.max() / exponentials.sum()


def likely_logit(logits):
    return np.argmax(logits), np.max(logits)


def likely_least(logits):
    exponentials = np.exp(logits)
    return np.argmin(logits), exponentials.min() / exponentials.sum()


def likely_turned_round(logits):
    return likely_solved(logits)[::-1]


def likely_without_the_sum(logits):
    return np.argmax(logits), np.exp(np.max(logits))


def likely_sigmoid(logits):
    return np.argmax(logits), 1 / (1 + np.exp(-np.max(logits)))


def likely_one_value(logits):
    return np.argmax(logits)


def likely_stub(logits):
    ...


@pytest.mark.parametrize("function, said", [
    (likely_logit, "the logit itself"), (likely_least, "least likely"), (likely_turned_round, "turn them round"),
    (likely_without_the_sum, "divide by the sum"), (likely_sigmoid, "compares all ten"),
    (likely_one_value, "return two numbers"), (likely_stub, "not written yet"),
])
def test_most_likely_names_the_mistake(function, said):
    verdict = judge("most_likely", function)
    assert not verdict.ok and said in verdict.message


def test_most_likely_accepts_softmax_and_argmax():
    assert judge("most_likely", likely_solved).ok


def bars(*rectangles):
    picture = np.zeros((28, 28))
    for rows, columns in rectangles:
        picture[slice(*rows), slice(*columns)] = 1
    return picture


SEVEN = bars(((6, 8), (8, 19)), ((6, 24), (17, 19)))


@pytest.mark.parametrize("picture, said", [
    (np.zeros((28, 28)), "not painted yet"), (np.zeros((28, 14)), "28 × 28"), (2 * SEVEN, "from 0 to 1"),
    (1 - SEVEN, "white ink on black"), (bars(((4, 24), (13, 15))), "sees a 1"), (SEVEN[::-1], "The target is 0.9"),
    (..., "not written yet"),
])
def test_paint_names_the_mistake(picture, said):
    verdict = judge("paint", picture)
    assert not verdict.ok and said in verdict.message


def test_paint_accepts_a_seven_and_leaves_it_as_it_is():
    before = SEVEN.copy()
    assert judge("paint", SEVEN).ok
    np.testing.assert_array_equal(SEVEN, before)
