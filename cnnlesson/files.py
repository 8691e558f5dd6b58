"""Find the files in ``data/`` and make sure that each one is whole.

Every file has a line in ``data/checksums.txt``, in the format of ``sha256sum``. A file that does not
match its line is refused, because a damaged data set teaches the wrong lesson.
"""

import hashlib
import os
from functools import cache
from pathlib import Path

import numpy as np


def path(name):
    """Where one data file lies, after checking its sha256.

    Parameters
    ----------
    name : str
        Path inside the data folder, with forward slashes, such as ``"photos/camera.png"``.
        The folder is ``data/`` of the repository, or the one named by the environment variable
        ``CNNLESSON_DATA``.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    FileNotFoundError
        If the file is missing.
    ValueError
        If the file is damaged or has no line in ``checksums.txt``.

    Examples
    --------
    >>> path("photos/camera.png").name
    'camera.png'
    """
    file = _existing(name)
    expected = _checksums().get(name)
    if expected is None:
        raise ValueError(f"data/{name} has no line in data/checksums.txt: {_repair()}")
    if _sha256_of(file) != expected:
        raise ValueError(f"data/{name} is damaged (its sha256 differs from data/checksums.txt): {_repair()}")
    return file


def arrays(name):
    """Load all arrays of one ``.npz`` file.

    Parameters
    ----------
    name : str
        As in `path`.

    Returns
    -------
    dict of str to numpy.ndarray

    Examples
    --------
    >>> arrays("squeezenet.npz")["conv1.weight"].shape
    (64, 3, 3, 3)
    """
    with np.load(path(name), allow_pickle=False) as file:
        return dict(file)


def record(name):
    """Write the sha256 of a file that you made into ``checksums.txt``.

    The file's line is replaced, or added; all other lines stay.

    Parameters
    ----------
    name : str
        As in `path`. The file must exist.

    Returns
    -------
    str
        The sha256, 64 hexadecimal digits.
    """
    sums = _checksums() | {name: _sha256_of(_existing(name))}
    lines = [f"{digest}  {file}\n" for file, digest in sorted(sums.items())]
    (folder() / "checksums.txt").write_text("".join(lines), encoding="utf-8", newline="\n")
    return sums[name]


def names():
    """The names of all files that `path` knows, in alphabetical order.

    Examples
    --------
    >>> "mnist.npz" in names()
    True
    """
    return sorted(_checksums())


def _repair():
    elsewhere = os.environ.get("CNNLESSON_DATA")
    now = f" (now {elsewhere})" if elsewhere else ""
    return f"run `git checkout -- data`, or set CNNLESSON_DATA{now} to the folder that holds the data"


def folder():
    """The data folder: ``data/`` of the repository, or the one named by ``CNNLESSON_DATA``."""
    here = Path(__file__).resolve().parent.parent / "data"
    return Path(os.environ.get("CNNLESSON_DATA") or here)


def _existing(name):
    file = folder() / name
    if not file.is_file():
        raise FileNotFoundError(f"data/{name} is missing: {_repair()}")
    return file


def _checksums():
    lines = _existing("checksums.txt").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines if line.strip())}


def _sha256_of(file):
    stat = file.stat()
    return _sha256(file, stat.st_mtime_ns, stat.st_size)


@cache
def _sha256(file, mtime, size):
    # Time and size are part of the cache's key: a file that changes is read again.
    return hashlib.sha256(file.read_bytes()).hexdigest()
