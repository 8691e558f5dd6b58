"""From measured rows to Markdown: tables, the page of all results, and README's part."""
import datetime
import os
import platform
import re
from pathlib import Path

import numpy as np

from tools import links

from .measure import OURS

PAGE = Path(__file__).with_name("results.md")
README = links.ROOT / "README.md"
METHOD = """\
Medians of alternating pairs (ours, theirs, theirs, ours, …) in one process, float32, one thread each; the ratio is the
median of the pairs' ratios, ours / theirs: below 1 NumPy is faster. Written by `make bench`."""


def number(value):
    """About three digits that count, no exponent: 12,345, 12.3, 1.23, 0.123, 0.012."""
    for least, decimals in ((100, 0), (10, 1), (1, 2), (0.1, 3)):
        if value >= least:
            return f"{value:,.{decimals}f}"
    return f"{value:.2g}"


def markdown(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def met(reached):
    return "yes" if reached else "**no**"


def table(title, first, rows, peak):
    """A heading and a table, `first` above its first column; `peak` is the machine's best in GFLOP/s."""
    peers, counted = list(rows[0].ratio), any(row.multiply_adds for row in rows)
    aimed = [peer for peer in peers if any(peer in row.aims for row in rows)]
    head = [first, f"{OURS}, ms"]
    for peer in peers:
        head += [f"{peer}, ms", "ratio", *(["aim", "met"] if peer in aimed else [])]
    lines = [cells(row, peers, aimed) + (speed(row, peak) if counted else []) for row in rows]
    head += ["GFLOP/s", "of the peak"] if counted else []
    return f"## {title}\n\n" + markdown(head, lines)


def cells(row, peers, aimed):
    line = [row.work, number(row.ms[OURS])]
    for peer in peers:
        line += [number(row.ms[peer]), number(row.ratio[peer])]
        if peer in aimed:
            aim = row.aims.get(peer)
            line += [f"≤ {aim}", met(row.ratio[peer] <= aim)] if aim else ["", ""]
    return line


def speed(row, peak):
    """How many operations a second, and which share of what the machine can do."""
    return [f"{row.gflops:.0f}", f"{row.gflops / peak:.0%}"]


def memory_table(peaks, aims):
    """`peaks`: process → MB."""
    rows = [[name, f"{peak:.1f}", *([f"≤ {aims[name]}", met(peak <= aims[name])] if name in aims else ["", ""])]
            for name, peak in peaks.items()]
    return "## Peak memory of a whole process\n\n" + markdown(["process", "MB", "aim", "met"], rows)


def processor():
    """The processor's name, as far as the system tells it."""
    info = Path("/proc/cpuinfo")
    name = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    return name[1] if name else platform.processor() or platform.machine()


def load():
    """How many programs compute, on the average of the last minute; empty where the system does not tell."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""


def machine(peak, torch_version, loads):
    """What it ran on, in two lines; `loads` before and after."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    busy = f", load {loads[0]} before and {loads[1]} after" if all(loads) else ""
    return (f"{datetime.date.today()}, {processor()}, {os.cpu_count()} cores{busy}. Its peak, the best of some large "
            f"matrix products: {peak:.0f} GFLOP/s.\n"
            f"Python {platform.python_version()}, NumPy {np.__version__} ({blas['name']} {blas['version']}), "
            f"PyTorch {torch_version} eager.")


def write_page(machine, tables, path=PAGE):
    text = "\n\n".join(["# How fast, and how much memory", machine, METHOD, *tables]) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def readme_part(machine, rows, memory):
    """The short table: rows are (name, Row, peer), memory is process → MB."""
    lines = [[name, duration(row.ms[OURS]), f"{peer}: {duration(row.ms[peer])}", number(row.ratio[peer])]
             for name, row, peer in rows]
    lines += [[f"Peak memory of a process: {name}", f"{peak:.1f} MB", "", ""] for name, peak in memory.items()]
    head = ["One thread each, float32", OURS, "beside it", "ratio"]
    return "\n".join([markdown(head, lines), "", machine, METHOD, "[All tables](tests/benchmarks/results.md)."])


def duration(ms):
    return f"{number(ms)} ms" if ms < 1000 else f"{number(ms / 1000)} s"


def fill(readme, part):
    """`readme` with its part of the benchmarks written anew."""
    return links.between(readme, "benchmarks", "make bench", part)


def write_readme(part, path=README):
    path.write_text(fill(path.read_text(encoding="utf-8"), part), encoding="utf-8", newline="\n")
