"""environment.yml (conda, Binder) and pyproject.toml ask for the same packages."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
PACKAGES = [item for item in ENVIRONMENT["dependencies"] if isinstance(item, str)]
CONDA_NAMES = {"matplotlib-base": "matplotlib"}  # conda's `matplotlib` brings a whole desktop toolkit along


def pypi_name(requirement: str) -> str:
    name = re.match(r"[\w-]+", requirement)[0]
    return CONDA_NAMES.get(name, name) + requirement[len(name) :]


def test_same_packages_with_the_same_limits():
    ours = {pypi_name(item) for item in PACKAGES if not re.match(r"(python|pip)\b", item)}
    assert ours == set(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["lab"])


def test_python_is_pinned_to_one_that_we_support():
    pinned = next(item for item in PACKAGES if item.startswith("python="))
    major, minor = pinned.removeprefix("python=").split(".")
    lowest = PROJECT["requires-python"].removeprefix(">=").split(".")
    assert (int(major), int(minor)) >= (int(lowest[0]), int(lowest[1]))


def test_package_itself_is_installed():
    assert ENVIRONMENT["name"] == PROJECT["name"]
    assert ENVIRONMENT["dependencies"][-1] == {"pip": ["-e ."]}


def test_binder_and_make_start_with_the_same_number_of_threads():
    told = re.findall(r"^export (\w+) \?= (\w+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    run = subprocess.run([ROOT / "start", "env"], capture_output=True, text=True, check=True, env={"PATH": os.defpath})
    assert told and {f"{name}={value}" for name, value in told} <= set(run.stdout.split())
