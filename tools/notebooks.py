"""Turn the lessons written as text into executed notebooks.

    python tools/notebooks.py            every lesson
    python tools/notebooks.py 02 07      those whose names start so

`notebooks/source/NN_name.md` gives learners' `notebooks/NN_name.ipynb`, and the worked twin in solutions/.
Lines from `# BEGIN SOLUTION` to `# END SOLUTION`, and cells tagged `solution`, are in the twin only.
"""

import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from subprocess import DEVNULL

import jupytext
import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook, new_output

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
BEGIN, END, STUB = "# BEGIN SOLUTION", "# END SOLUTION", "...  # your code here"
GIVEN = "# STUB "      # inside a solution: a line that the learner's notebook has in its place
LONGEST_CELL, SECONDS_PER_CELL = 15, 120
WIDGET = "application/vnd.jupyter.widget-view+json"
IGNORE_OUTPUT = "nbval-ignore-output"
LESSON = re.compile(r"\d\d_\w+\.ipynb")
LINK = re.compile(r"""(\]\(|\b(?:src|href)=")([^)"\s]+)""")
NO_ALT = re.compile(r"""!\[\s*\]|<img\b(?![^>]*\balt=["'][^"'])""")
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}\b")
METADATA = {  # fixed, so that another version of Python or Jupyter changes nothing
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"},
}


class LessonError(Exception):
    """What is wrong with a lesson, in a sentence that names the lesson and the cell."""


def complaint(where: str, cell: NotebookNode, what: str) -> LessonError:
    start = cell.source.strip().split("\n")[0]
    return LessonError(f"{where}, cell {cell.id} ({start!r}): {what}")


def compose(text: str, name: str, *, solved: bool) -> NotebookNode:
    """The notebook that MyST Markdown `text` stands for, not yet executed."""
    cells = jupytext.reads(text, fmt="md:myst").cells
    if not solved:
        cells = [cell for cell in cells if "solution" not in tags(cell)]
    else:
        note = f"*This is the worked twin of [this lesson](../{name}.ipynb), with every exercise solved.*"
        cells.insert(0, new_markdown_cell(note))
    for number, cell in enumerate(cells, 1):
        cell.id = f"c{number:02}"
        cell.metadata = NotebookNode({"tags": tags(cell)} if tags(cell) else {})
        if cell.cell_type == "code":
            cell.source = cut_solutions(cell, name, solved)
        elif solved and number > 1:
            cell.source = LINK.sub(link_from_solutions, cell.source)
    return new_notebook(cells=cells, metadata=METADATA)


def tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def cut_solutions(cell: NotebookNode, name: str, solved: bool) -> str:
    """The cell's source with its marked lines kept, unmarked (`solved`), or replaced by a stub."""
    lines, inside, stub = [], False, []
    for line in cell.source.splitlines():
        mark = line.strip()
        if mark in (BEGIN, END):
            if inside != (mark == END):
                raise complaint(name, cell, f"{mark!r} has no partner")
            inside = not inside
            if inside:
                indent, stub = line.removesuffix(BEGIN), []
            elif not solved:
                lines += stub or [indent + STUB]
        elif inside and mark.startswith(GIVEN):
            stub.append(line.replace(GIVEN, "", 1))
        elif solved or not inside:
            lines.append(line)
    if inside:
        raise complaint(name, cell, f"{BEGIN!r} has no partner")
    return "\n".join(lines)


def link_from_solutions(match: re.Match) -> str:
    """A relative link as it must read one folder deeper; lessons have their twins there."""
    before, target = match.groups()
    stays = LESSON.match(target) or re.match(r"[a-z]+:|[#/]", target)
    return match[0] if stays else f"{before}../{target}"


def check(notebook: NotebookNode, where: str) -> None:
    """Raise LessonError for the first fault of the notebook."""
    for cell in notebook.cells:
        for fault in faults(cell):
            raise complaint(where, cell, fault)


def faults(cell: NotebookNode) -> Iterator[str]:
    if cell.cell_type == "markdown":
        if NO_ALT.search(cell.source):
            yield "a picture has no alt text"
        return
    length = len(cell.source.splitlines())
    if length > LONGEST_CELL:
        yield f"the cell has {length} lines, and at most {LONGEST_CELL} are allowed"
    if not cell.source.strip():
        yield "the cell is empty"
    for output in cell.outputs:
        data = output.get("data", {})
        if output.output_type == "error":
            yield f"the cell raises {output.ename}: {output.evalue}"
        elif output.get("name") == "stderr":
            yield f"the cell writes a warning or an error: {output.text.strip()}"
        elif WIDGET in data:
            if IGNORE_OUTPUT not in tags(cell):
                yield f"the cell shows a widget, so it needs the tag {IGNORE_OUTPUT}"
        elif any(kind.startswith("image/") for kind in data) or NO_ALT.search(data.get("text/html", "")):
            yield "a picture has no alt text: show it by plot.show"
        elif ADDRESS.search(output.get("text", data.get("text/plain", ""))):
            yield "the output shows a memory address, which is another one in each run"


def execute(notebook: NotebookNode, where: str, folder: Path) -> None:
    """Run all cells in `folder`, by the interpreter that runs this."""
    folder.mkdir(parents=True, exist_ok=True)
    begun = []
    kernel = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
    client = NotebookClient(
        notebook, km=kernel, resources={"metadata": {"path": str(folder)}}, timeout=SECONDS_PER_CELL,
        force_raise_errors=True, record_timing=False, store_widget_state=False,
        on_cell_start=lambda cell, cell_index: begun.append(cell),
    )
    client.comm_open_handlers.clear()    # nbclient's stand-in for Output widgets loses replies; we keep no widgets
    try:
        client.execute(stderr=DEVNULL)
    except CellExecutionError as error:
        raise complaint(where, begun[-1], f"the cell raises {error.ename}: {error.evalue}") from None
    except (CellTimeoutError, DeadKernelError) as error:
        raise complaint(where, begun[-1], str(error).split("\n")[0]) from None


def normalise(notebook: NotebookNode) -> None:
    """Keep of the execution only what the next one would give again."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            widget = any(WIDGET in output.get("data", {}) for output in cell.outputs)
            cell.outputs = [] if widget else merge_streams(cell.outputs)


def merge_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs with the pieces of text between two other outputs joined, each stream by itself."""
    merged = []
    for is_text, group in groupby(outputs, lambda output: output.output_type == "stream"):
        if is_text:
            texts = {}
            for output in group:
                texts[output.name] = texts.get(output.name, "") + output.text
            group = [new_output("stream", name=name, text=texts[name]) for name in sorted(texts)]
        merged += group
    return merged


def build(source: Path, out: Path) -> list[Path]:
    """Make both notebooks of a lesson, and write them only if both are sound."""
    made = {}
    for solved, folder in ((False, out), (True, out / "solutions")):
        path = folder / f"{source.stem}.ipynb"
        where = path.relative_to(out.parent).as_posix()
        notebook = compose(source.read_text(encoding="utf-8"), source.stem, solved=solved)
        check(notebook, where)
        execute(notebook, where, folder)
        check(notebook, where)
        normalise(notebook)
        nbformat.validate(notebook)
        made[path] = nbformat.writes(notebook).rstrip("\n") + "\n"
    for path, content in made.items():
        path.write_text(content, encoding="utf-8", newline="\n")
    return list(made)


def main(names: list[str]) -> None:
    sources = sorted((NOTEBOOKS / "source").glob("*.md"))
    chosen = [source for source in sources if not names or source.stem.startswith(tuple(names))]
    if not chosen:
        sys.exit(f"notebooks/source has no lesson {' or '.join(names)}")
    for source in chosen:
        try:
            build(source, NOTEBOOKS)
        except LessonError as error:
            sys.exit(str(error))
        print(f"made {source.stem}")


if __name__ == "__main__":
    main(sys.argv[1:])
