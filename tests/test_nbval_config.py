"""tests/nbval.cfg hides what honestly differs between two runs of a lesson, and nothing else."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

CONFIG = Path(__file__).with_name("nbval.cfg")
PICTURE = "<img src='data:image/png;base64,{}' alt='{}'>"
CELLS = [  # (what is stored, what the cell gives now, is that the same?)
    (PICTURE.format("iVBOR+/w0K==", "a cat"), PICTURE.format("iVBORaaaa+==", "a cat"), True),
    (PICTURE.format("iVBORw0K", "a cat"), PICTURE.format("iVBORw0K", "a dog"), False),
    ("<object at 0x7f3c5a2b10>", "<object at 0x7fffaab010>", True),
    ("/tmp/abc/x.npz saved", "/tmp/def/x.npz saved", True),
    ("/tmp/abc/x.npz saved", "/tmp/abc/x.npz lost", False),
    ("accuracy 0.991", "accuracy 0.992", False),
    ("0x10", "0x11", False),
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What nbval says of a notebook with these cells, in order."""
    folder = tmp_path_factory.mktemp("nbval")
    notebook = new_notebook()
    plain = "<IPython.core.display.HTML object>"
    for count, (stored, now, _) in enumerate(CELLS, 1):
        source = f"from IPython.display import HTML, display\ndisplay(HTML({now!r}))"
        output = new_output("display_data", data={"text/html": stored, "text/plain": plain})
        notebook.cells.append(new_code_cell(source, execution_count=count, outputs=[output]))
    nbformat.write(notebook, folder / "cells.ipynb")
    nbval = ["--nbval", "--nbval-current-env", f"--nbval-sanitize-with={CONFIG}"]
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *nbval, "cells.ipynb"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return re.findall(r"^cells\S*::Cell \d+ (\w+)", run.stdout, re.MULTILINE)


@pytest.mark.parametrize("number", range(len(CELLS)))
def test_only_results_are_compared(outcomes, number):
    assert len(outcomes) == len(CELLS)
    assert outcomes[number] == ("PASSED" if CELLS[number][2] else "FAILED")
