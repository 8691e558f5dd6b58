"""The pipeline of tools/notebooks.py on a made-up lesson, and notebooks against their sources."""

import re

import nbformat
import pytest

from tools import notebooks
from tools.notebooks import LINK, NOTEBOOKS, WIDGET, LessonError, build, compose, faults, merge_streams

LESSON = """\
# Doubling

[Next](03_more.ipynb#start), [map](../README.md#map), [site](https://example.org/x), ![a dog](images/dog.png).

```{code-cell} ipython3
import sys, ipywidgets
print("to read")
sys.version_info >= (3, 11)
```

```{code-cell} ipython3
:tags: [nbval-ignore-output]

ipywidgets.IntSlider()
```

```{code-cell} ipython3
def double(x):
    # BEGIN SOLUTION
    twice = 2 * x
    return twice
    # END SOLUTION

print(double(3))
```

+++ {"tags": ["solution"]}

The answer is six.

```{code-cell} ipython3
:tags: [solution]

assert double(4) == 8
```

Done.
"""


def code(source: str, tag: str = "x") -> str:
    return f"```{{code-cell}} ipython3\n:tags: [{tag}]\n\n{source}\n```\n"


def sources(notebook):
    return [cell.source for cell in notebook.cells]


# From text to cells


def test_learner_gets_a_stub():
    cells = compose(LESSON, "02_double", solved=False).cells
    assert cells[3].source == "def double(x):\n    ...  # your code here\n\nprint(double(3))"
    assert [cell.id for cell in cells] == ["c01", "c02", "c03", "c04", "c05"]
    assert cells[-1].source == "Done."


def test_twin_gets_the_solution_without_its_marks():
    cells = compose(LESSON, "02_double", solved=True).cells
    assert cells[4].source == "def double(x):\n    twice = 2 * x\n    return twice\n\nprint(double(3))"
    assert [cell.source for cell in cells[5:]] == ["The answer is six.", "assert double(4) == 8", "Done."]


def test_a_solution_may_name_its_own_stub():
    cell = "# BEGIN SOLUTION\n# STUB x = {'a': ...}\nx = {'a': 1}\n# END SOLUTION\nprint(x)"
    lesson = f"```{{code-cell}} ipython3\n{cell}\n```\n"
    assert compose(lesson, "02_x", solved=False).cells[-1].source == "x = {'a': ...}\nprint(x)"
    assert compose(lesson, "02_x", solved=True).cells[-1].source == "x = {'a': 1}\nprint(x)"


def test_twin_links_back_and_its_links_hold_one_folder_deeper():
    note, opening = sources(compose(LESSON, "02_double", solved=True))[:2]
    assert "(../02_double.ipynb)" in note
    assert [target for _, target in LINK.findall(opening)] == [
        "03_more.ipynb#start", "../../README.md#map", "https://example.org/x", "../images/dog.png"
    ]  # fmt: skip


def test_tags_are_all_the_metadata_that_stays():
    notebook = compose(LESSON, "02_double", solved=False)
    assert [cell.metadata for cell in notebook.cells] == [{}, {}, {"tags": ["nbval-ignore-output"]}, {}, {}]
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


@pytest.mark.parametrize("source", ["# BEGIN SOLUTION\n1", "1\n# END SOLUTION", "# BEGIN SOLUTION\n" * 2])
def test_mark_without_partner_is_refused(source):
    with pytest.raises(LessonError, match="02_double, cell c01 .* has no partner"):
        compose(code(source), "02_double", solved=False)


# Faults


def found(source="1", tags=(), **output):
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})
    if output:
        cell.outputs = [nbformat.v4.new_output(**output)]
    return list(faults(cell))


def shown(**data):
    return {"output_type": "display_data", "data": data}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"source": "1\n" * 16}, "16 lines"),
        ({"source": " "}, "empty"),
        ({"output_type": "error", "ename": "KeyError", "evalue": "'a'"}, "raises KeyError"),
        ({"output_type": "stream", "name": "stderr", "text": "UserWarning"}, "writes a warning"),
        (shown(**{WIDGET: {}}), "nbval-ignore-output"),
        (shown(**{"image/png": "aa"}), "no alt text"),
        (shown(**{"text/html": "<p><img src='a.png'></p>"}), "no alt text"),
        (shown(**{"text/html": "<img alt='a dog'><img alt='' src='a.png'>"}), "no alt text"),
        (shown(**{"text/plain": "<object at 0x7f3c5a2b10>"}), "memory address"),
    ],
)
def test_fault_is_found(arguments, words):
    (fault,) = found(**arguments)
    assert words in fault


@pytest.mark.parametrize(
    "arguments",
    [
        {"source": "1\n" * 15},
        {"output_type": "stream", "name": "stdout", "text": "fine"},
        {**shown(**{WIDGET: {}, "image/png": "aa"}), "tags": ["nbval-ignore-output"]},
        shown(**{"text/html": "<img src='data:image/png;base64,aa' alt='a dog'>"}),
    ],
)
def test_sound_cell_has_no_fault(arguments):
    assert found(**arguments) == []


@pytest.mark.parametrize("text", ["![](a.png)", "<img src='a.png'>", "![ ](a.png)"])
def test_markdown_picture_without_alt_text_is_found(text):
    assert list(faults(nbformat.v4.new_markdown_cell(text))) == ["a picture has no alt text"]


# Executing


def write(folder, text):
    path = folder / "notebooks" / "source" / "02_double.md"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path, folder / "notebooks"


def test_pieces_of_a_stream_are_joined_but_not_across_a_picture():
    out = nbformat.v4.new_output
    texts = [("stdout", "a"), ("stderr", "x"), ("stdout", "b")]
    streams = [out("stream", name=name, text=text) for name, text in texts]
    merged = merge_streams([*streams, out("display_data", data={}), out("stream", name="stdout", text="c")])
    assert [output.get("text") for output in merged] == ["x", "ab", None, "c"]


def test_lesson_is_executed_twice_to_the_same_bytes(tmp_path):
    source, out = write(tmp_path, LESSON)
    made = build(source, out)
    before = [path.read_bytes() for path in made]
    assert [path.read_bytes() for path in build(source, out)] == before
    assert all(text.endswith(b"}\n") and b"\r" not in text for text in before)

    learner, twin = (nbformat.read(path, as_version=4) for path in made)
    assert made == [out / "02_double.ipynb", out / "solutions" / "02_double.ipynb"]
    _, first, widget, double, _ = learner.cells
    assert first.outputs[0].text == "to read\n" and first.outputs[1].data == {"text/plain": "True"}
    assert widget.outputs == [] and [first.execution_count, double.execution_count] == [1, 3]
    assert double.outputs[0].text == "None\n" and twin.cells[4].outputs[0].text == "6\n"
    assert sources(learner) == sources(compose(LESSON, "02_double", solved=False))
    assert "widgets" not in learner.metadata and "version" not in learner.metadata.language_info


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = 1\n1 / 0", r"notebooks/02_double.ipynb, cell c02 \('x = 1'\): .* raises ZeroDivisionError"),
        ("import ipywidgets\nipywidgets.IntSlider()", "cell c02 .* needs the tag nbval-ignore-output"),
    ],
)
def test_failing_lesson_is_named_and_not_written(tmp_path, source, words):
    path, out = write(tmp_path, "# Title\n\n" + code(source))
    with pytest.raises(LessonError, match=words):
        build(path, out)
    assert list(out.glob("*.ipynb")) == []


def test_unknown_lesson_is_named():
    with pytest.raises(SystemExit, match="no lesson 77"):
        notebooks.main(["77"])


# The committed notebooks

SOURCES = sorted((NOTEBOOKS / "source").glob("*.md"))
COMMITTED = sorted([*NOTEBOOKS.glob("*.ipynb"), *(NOTEBOOKS / "solutions").glob("*.ipynb")])


@pytest.fixture(params=COMMITTED, ids=lambda path: path.relative_to(NOTEBOOKS).as_posix())
def committed(request):
    return request.param, nbformat.read(request.param, as_version=4)


def test_each_source_has_two_notebooks_and_each_notebook_a_source():
    lessons = [f"{source.stem}.ipynb" for source in SOURCES]
    found = [path.relative_to(NOTEBOOKS).as_posix() for path in COMMITTED]
    assert found == [*lessons, *(f"solutions/{lesson}" for lesson in lessons)]


def test_notebook_is_made_from_its_source(committed):
    path, notebook = committed
    text = (NOTEBOOKS / "source" / f"{path.stem}.md").read_text(encoding="utf-8")
    fresh = compose(text, path.stem, solved=path.parent != NOTEBOOKS)

    def parts(notebook):
        return [(cell.id, cell.cell_type, cell.metadata, cell.source) for cell in notebook.cells]

    assert parts(notebook) == parts(fresh), "run make notebooks"


def test_notebook_is_executed_in_order(committed):
    counts = [cell.execution_count for cell in committed[1].cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_notebook_has_no_faults(committed):
    assert [(cell.id, fault) for cell in committed[1].cells for fault in faults(cell)] == []


def test_notebook_holds_no_widget_state(committed):
    path, notebook = committed
    assert "widgets" not in notebook.metadata
    assert WIDGET not in path.read_text(encoding="utf-8")


def test_relative_links_lead_to_files(committed):
    path, notebook = committed
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    links = [target for text in prose for _, target in LINK.findall(text)]
    files = [re.sub("#.*", "", link) for link in links if not re.match(r"[a-z]+:|#", link)]
    assert [file for file in files if not (path.parent / file).is_file()] == []
