"""The check of lesson 00: can the lessons run here?"""
import re
import sys
from importlib import metadata

# Name in words, name as installed, smallest version that will do. As in pyproject.toml.
PACKAGES = [
    ("NumPy", "numpy", (2, 0)),
    ("Matplotlib", "matplotlib", (3, 8)),
    ("ipywidgets", "ipywidgets", (8, 1)),
    ("anywidget", "anywidget", (0, 9)),
]
PYTHON = (3, 11)


def package_problems(installed, python):
    """One sentence per package that is missing or too old.

    Parameters
    ----------
    installed : callable
        Version text of a package by its name; raises `PackageNotFoundError` when it is missing.
    python : tuple of int
        The running Python's version.

    Examples
    --------
    >>> package_problems(lambda name: "99.0", (3, 10))
    ['Python 3.10 is too old: 3.11 or newer is needed.']
    """
    problems = []
    if python < PYTHON:
        problems.append(f"Python {_dotted(python)} is too old: {_dotted(PYTHON)} or newer is needed.")
    for words, name, needed in PACKAGES:
        try:
            version = installed(name)
        except metadata.PackageNotFoundError:
            problems.append(f"{words} is not installed.")
            continue
        if tuple(map(int, re.findall(r"\d+", version)[:2])) < needed:
            problems.append(f"{words} {version} is too old: {_dotted(needed)} or newer is needed.")
    return problems


def data_problems():
    """One sentence per data file that is missing or damaged."""
    from .. import files

    try:
        names = list(files._checksums())
    except OSError as error:
        return [str(error)]
    return [problem for name in names if (problem := _file_problem(files, name))]


def _file_problem(files, name):
    try:
        files.path(name)
    except (OSError, ValueError) as error:
        return str(error)


def check_environment():
    """Print in words whether the lessons can run here, and what to do when they cannot.

    Examples
    --------
    >>> check_environment()  # doctest: +SKIP
    Python, NumPy, Matplotlib, ipywidgets, anywidget: fine.
    Data files: all there and undamaged.
    """
    packages, data = package_problems(metadata.version, sys.version_info[:2]), data_problems()
    everything = ", ".join(["Python", *(words for words, _, _ in PACKAGES)])
    print("\n".join(packages) or f"{everything}: fine.")
    print("\n".join(data) or "Data files: all there and undamaged.")
    if packages:
        print("Install the course again as README.md says, restart the kernel and run this cell again.")


def _dotted(version):
    return ".".join(map(str, version))
