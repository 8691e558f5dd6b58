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
    "pictures": ("One picture of 256², forward", "kernel", operations.pictures),
    "networks": ("Famous networks, one photo of 224², forward", "network", networks.forwards),
    "taught": ("Convolution 6 → 16, 5×5, 14², batch 64, forward, as usually taught", "technique", training.forwards),
    "taught_steps": ("LeNet-5, a training step with convolutions as usually taught (else ours)", "technique",
                     training.taught_steps),
    "growth": ("How cost grows: 16 images of 32², 16 → 16, 3×3, forward and backward; one size changes", "size",
               operations.growth),
}
TELLING = [     # README's rows: name, table, number of the row, beside what
    ("Training LeNet-5: a step of 64 digits", "steps", 0, "PyTorch"),
    ("… beside PyTorch's faster memory order", "steps", 0, "channels_last"),
    ("… an epoch of 60 000 digits", "epochs", 0, "PyTorch"),
    ("Convolution 6 → 16, 5×5, forward and backward", "convolutions", 1, "PyTorch"),
    ("Max pool 2×2, forward and backward", "max_pools", 0, "PyTorch"),
    ("ResNet-18, one photo forward", "networks", 2, "PyTorch"),
    ("A 7×7 kernel on a picture of 256²", "pictures", 2, "ndimage.correlate"),
    ("LeNet-5 with convolutions by im2col, as usually taught", "taught_steps", 0, "taught"),
]


def main():
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few repetitions, nothing is written")
    quick = parser.parse_args().quick
    if not quick:
        report.write_readme("")             # a missing marker shows here, not after minutes of measuring
    before = report.load()
    torch.set_num_threads(1)
    measure.settle()
    peak = measure.gemm_peak(seconds=0.2 if quick else 2)
    found, parts = {}, []
    for name, (title, head, rows) in TABLES.items():
        found[name] = rows(seconds=0.15 if quick else 6)
        show(parts, report.table(title, head, found[name], peak))
    peaks = {program: memory.peak(program) for program in memory.PROGRAMS}
    show(parts, report.memory_table(peaks, memory.AIMS))
    machine = report.machine(peak, torch.__version__, (before, report.load()))
    print(f"\n{machine}\n\n{report.METHOD}")
    if not quick:
        rows = [(name, found[table][i], peer) for name, table, i, peer in TELLING]
        report.PAGE.write_text(report.page(machine, parts), encoding="utf-8", newline="\n")
        report.write_readme(report.readme_part(machine, rows, {name: peaks[name] for name in memory.AIMS}))


def show(parts, part):
    """Print a table as soon as it is measured, and keep it."""
    parts.append(part)
    print(f"\n{part}", flush=True)


if __name__ == "__main__":
    main()
