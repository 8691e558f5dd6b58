"""How fast cnnlesson is beside other programs, and how much memory it takes: `make bench`.

Prints all tables, writes them to results.md, and the most telling rows into README.md.
"""
# ruff: noqa: E402 (the threads are set before NumPy is imported)
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):     # read when NumPy loads
    os.environ[variable] = "1"

import argparse

import torch

from . import measure, memory, networks, operations, report, training

TABLES = {      # name: (title, head of the first column, what measures its rows in so many seconds each)
    "steps": ("LeNet-5, a training step", "batch", training.steps),
    "epochs": ("LeNet-5, an epoch of 60 000 digits, NumPy with one thread", "beside", training.epochs),
    "convolutions": ("Convolution, batch 64, forward and backward", "layer", operations.convolutions),
    "max_pools": ("Max pool 2×2, batch 64, forward and backward", "maps", operations.max_pools),
    "batch_norms": ("Batch norm in training, batch 64, forward and backward", "maps", operations.batch_norms),
    "pictures": ("One picture of 256², forward", "kernel", operations.pictures),
    "networks": ("Famous networks, one photo of 224², forward", "network", networks.forwards),
    "taught": ("Convolution 6 → 16, 5×5, 14², batch 64, forward, as usually taught", "technique", training.forwards),
    "taught_steps": ("LeNet-5, a training step with convolutions as usually taught (else ours)", "technique",
                     training.taught_steps),
    "growth": ("How cost grows: 16 images of 32², 16 → 16, 3×3, forward and backward; one size changes", "size",
               operations.growth),
}
TELLING = [     # README's rows: name, table, number of the row, beside what
    ("LeNet-5, a training step of 64 digits", "steps", 0, "PyTorch"),
    ("… beside PyTorch in its other memory order", "steps", 0, "channels_last"),
    ("… with convolutions by im2col, as usually taught", "taught_steps", 0, "taught"),
    ("LeNet-5, an epoch of 60 000 digits", "epochs", 0, "PyTorch"),
    ("Convolution 6 → 16, 5×5, forward and backward", "convolutions", 1, "PyTorch"),
    ("Kernel of 7×7 on a picture of 256²", "pictures", 2, "ndimage.correlate"),
    ("ResNet-18, one photo forward", "networks", 2, "PyTorch"),
]
REMEMBERED = "train LeNet-5"        # README's row of memory


def main():
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few repetitions, nothing is written")
    quick = parser.parse_args().quick
    if not quick:
        report.fill(report.README.read_text(encoding="utf-8"), "")     # fails here, not after minutes of measuring
    torch.set_num_threads(1)
    before = report.load()
    peak = measure.gemm_peak(seconds=0.2 if quick else 2)
    measure.settle()
    parts, rows, peaks = measured(0.15 if quick else 6, peak)
    machine = report.machine(peak, torch.__version__, (before, report.load()))
    print(f"\n{machine}\n\n{report.METHOD}")
    if not quick:
        telling = [(name, rows[table][i], peer) for name, table, i, peer in TELLING]
        report.write_page(machine, parts)
        report.write_readme(report.readme_part(machine, telling, {REMEMBERED: peaks[REMEMBERED]}))


def measured(seconds, peak):
    """All tables as Markdown, the rows in them, and the memory of processes; about `seconds` a row."""
    parts, rows = [], {}
    for name, (title, head, measure_rows) in TABLES.items():
        rows[name] = measure_rows(seconds)
        show(parts, report.table(title, head, rows[name], peak))
    peaks = {program: memory.peak(program) for program in memory.PROGRAMS}
    show(parts, report.memory_table(peaks, memory.AIMS))
    return parts, rows, peaks


def show(parts, part):
    """Print a table as soon as it is measured, and keep it."""
    parts.append(part)
    print(f"\n{part}", flush=True)


if __name__ == "__main__":
    main()
