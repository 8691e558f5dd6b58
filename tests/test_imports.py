"""Imports run down only, each package uses what it may, and `import cnnlesson` is quick."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "cnnlesson"
MIDDLE = {"plot", "inspection", "datasets"}
BELOW = {  # what of our own each may import
    "__init__": set(),
    "files": set(),
    "ops": {"files"},
    "nn": {"ops", "files"},
    "datasets": {"nn", "ops", "files"},
    "inspection": {"nn", "ops", "files"},
    "plot": {"ops", "files"},  # arrays, never layers
    "explore": MIDDLE | {"nn", "ops", "files"},
    "practice": MIDDLE | {"nn", "ops", "files"},
}
WIDGETS = {"numpy", "PIL", "IPython", "ipywidgets", "anywidget", "traitlets"}
OTHERS = {  # what of other people's
    "__init__": set(),
    "files": {"numpy"},
    "ops": {"numpy"},
    "nn": {"numpy"},
    "datasets": {"numpy", "PIL"},
    "inspection": {"numpy"},
    "plot": {"numpy", "PIL", "IPython", "matplotlib"},
    "explore": WIDGETS | {"matplotlib"},
    "practice": WIDGETS,
}
WITHIN_FUNCTIONS = {"nn": {"tqdm", "onnx"}}


def imports(tree: ast.AST, package: str, inside: bool = False):
    """Every module that the code imports, by its full name, and whether a function does so."""
    for node in ast.iter_child_nodes(tree):
        deeper = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if isinstance(node, ast.Import):
            yield from ((alias.name, inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *filter(None, [node.module])])
            yield from ((f"{base}.{alias.name}", inside) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            name, *_ = [*(a.value for a in node.args if isinstance(a, ast.Constant)), "a computed name"]
            yield name, inside
        yield from imports(node, package, deeper)


def violations(code: str, path: str) -> list[str]:
    """The imports of a module, `path` inside cnnlesson, that the rule forbids."""
    parts = Path(path).with_suffix("").parts
    unit, package = parts[0], ".".join(["cnnlesson", *parts[:-1]])
    bad = []
    for name, inside in imports(ast.parse(code), package):
        top, second, *_ = [*name.split("."), "__init__"]
        if top == "cnnlesson":
            allowed = second in BELOW[unit] | {unit} or name == "cnnlesson.__version__"
        else:
            mine = OTHERS[unit] | (WITHIN_FUNCTIONS.get(unit, set()) if inside else set())
            allowed = top in mine | set(sys.stdlib_module_names)
        if not allowed:
            bad.append(f"{path} imports {name}")
    return bad


MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES)
def test_imports_run_down(path):
    assert Path(path).with_suffix("").parts[0] in BELOW, f"{path}: say in this test what it may import"
    assert violations((PACKAGE / path).read_text(encoding="utf-8"), path) == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("ops/pooling.py", "import scipy.ndimage"),
        ("ops/pooling.py", "from cnnlesson.nn import Conv2d"),
        ("ops/pooling.py", "def f():\n    from ..nn import layers"),
        ("ops/pooling.py", "from .. import nn"),
        ("ops/__init__.py", "from ..nn import layers"),
        ("nn/training.py", "from tqdm.auto import tqdm"),
        ("nn/onnx_export.py", "import onnx"),
        ("nn/training.py", "import importlib\nimportlib.import_module('matplotlib')"),
        ("nn/training.py", "from cnnlesson import datasets"),
        ("plot/grid.py", "from cnnlesson import nn"),
        ("plot/grid.py", "if True:\n    import ipywidgets"),
        ("inspection/saliency.py", "import matplotlib.pyplot as plt"),
        ("practice/checks.py", "from matplotlib import pyplot"),
        ("explore/kernel.py", "from cnnlesson import practice"),
        ("files.py", "from cnnlesson import ops"),
        ("__init__.py", "from . import ops"),
    ],
)
def test_wrong_import_is_found(path, code):
    assert len(violations(code, path)) == 1


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("ops/pooling.py", "import math, numpy\nfrom .convolution import conv2d\nfrom . import memory"),
        ("nn/training.py", "def fit():\n    from tqdm.auto import tqdm"),
        ("nn/onnx_export.py", "def to_onnx():\n    import onnx"),
        ("nn/networks.py", "from ..ops import conv2d\nfrom .. import files\nfrom cnnlesson import ops"),
        ("explore/kernel.py", "import anywidget\nfrom ..plot import image\nfrom cnnlesson import datasets"),
    ],
)
def test_right_import_is_allowed(path, code):
    assert violations(code, path) == []


def test_importing_the_package_is_light_and_quick():
    code = """
import sys, time
import numpy
start = time.perf_counter()
import cnnlesson
print(time.perf_counter() - start, *{"matplotlib", "ipywidgets", "anywidget", "PIL"} & set(sys.modules))
"""
    command = [sys.executable, "-c", code]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(5)]
    seconds, *heavy = zip(*(run.stdout.split() for run in runs), strict=True)
    assert heavy == []
    assert min(map(float, seconds)) < 0.2
