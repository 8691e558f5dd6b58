import hashlib
import os
import subprocess

import numpy as np
import pytest

from cnnlesson import files


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CNNLESSON_DATA", str(tmp_path))
    (tmp_path / "note.txt").write_bytes(b"abc")
    (tmp_path / "checksums.txt").write_text(f"{hashlib.sha256(b'abc').hexdigest()}  note.txt\n")
    return tmp_path


def test_every_file_of_data_is_listed_and_whole():
    root = files.path("mnist.npz").parent
    there = {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}
    listed = {line.split("  ")[1] for line in (root / "checksums.txt").read_text().splitlines()}
    assert listed == there - {"checksums.txt", "SOURCES.md", ".gitattributes"}
    for name in listed:
        files.path(name)


def test_sha256sum_reads_our_list():
    root = files.path("mnist.npz").parent
    try:
        done = subprocess.run(["sha256sum", "-c", "checksums.txt"], cwd=root, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("no sha256sum here")
    assert done.returncode == 0, done.stdout


def test_the_environment_names_the_folder(folder):
    assert files.path("note.txt") == folder / "note.txt"


def test_missing(folder):
    (folder / "note.txt").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"data/note.txt is missing: run `git checkout -- data`, or set"
    ):
        files.path("note.txt")


def test_missing_list(folder):
    (folder / "checksums.txt").unlink()
    with pytest.raises(FileNotFoundError, match="data/checksums.txt is missing"):
        files.path("note.txt")


def test_damaged(folder):
    files.path("note.txt")
    (folder / "note.txt").write_bytes(b"abd!")
    with pytest.raises(ValueError, match="data/note.txt is damaged.*git checkout -- data"):
        files.path("note.txt")


def test_damage_of_the_same_size_is_seen_too(folder):
    files.path("note.txt")
    (folder / "note.txt").write_bytes(b"abd")
    os.utime(folder / "note.txt", ns=(1, 1))
    with pytest.raises(ValueError, match="damaged"):
        files.path("note.txt")


def test_unlisted(folder):
    (folder / "new.txt").write_text("x")
    with pytest.raises(ValueError, match="data/new.txt has no line in data/checksums.txt"):
        files.path("new.txt")


def test_a_file_is_read_once(folder, monkeypatch):
    files.path("note.txt")
    monkeypatch.setattr(files.hashlib, "sha256", None)
    files.path("note.txt")


def test_record_replaces_one_line(folder):
    np.savez(folder / "made.npz", a=np.arange(3))
    files.record("made.npz")
    np.testing.assert_array_equal(files.arrays("made.npz")["a"], [0, 1, 2])
    np.savez(folder / "made.npz", a=np.arange(4))
    digest = files.record("made.npz")
    lines = (folder / "checksums.txt").read_bytes().decode().split("\n")
    assert digest == hashlib.sha256((folder / "made.npz").read_bytes()).hexdigest()
    assert lines == [f"{digest}  made.npz", f"{hashlib.sha256(b'abc').hexdigest()}  note.txt", ""]
    assert len(files.arrays("made.npz")["a"]) == 4


def test_no_pickle(folder):
    np.savez(folder / "bad.npz", a=np.array([{}], dtype=object))
    files.record("bad.npz")
    with pytest.raises(ValueError, match="allow_pickle"):
        files.arrays("bad.npz")
