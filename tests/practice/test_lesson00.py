"""The check of the environment: silent on numbers when all is well, precise when not."""
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from cnnlesson import files, practice
from cnnlesson.practice import lesson00

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
