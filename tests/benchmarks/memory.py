"""The peak memory of a process that does one thing: `python tests/benchmarks/memory.py "train LeNet-5"`."""
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MB = 10 ** 6


def empty():
    import numpy  # noqa: F401 (loading it is all)


def train_lenet():
    """One epoch with the whole of MNIST loaded, then the accuracy on its test digits."""
    from cnnlesson import datasets, nn
    digits, model = datasets.mnist(), nn.lenet5()
    nn.fit(model, digits.train.pixels, digits.train.labels, progress=False)
    assert nn.evaluate(model, digits.test.pixels, digits.test.labels) > 0.95


def infer_resnet50():
    """One photo of 224² pixels, forward."""
    import numpy as np

    from cnnlesson import nn
    assert nn.resnet50().eval()(np.zeros((1, 3, 224, 224), np.float32)).shape == (1, 1000)


PROGRAMS = {"import NumPy": empty, "train LeNet-5": train_lenet, "run ResNet-50": infer_resnet50}
AIMS = {"train LeNet-5": 150, "run ResNet-50": 400}      # MB


def peak(program):
    """MB at most in a fresh process that runs one of PROGRAMS with one thread."""
    one = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    run = subprocess.run([sys.executable, "-P", __file__, program], stdout=subprocess.PIPE, text=True, check=True,
                         env={**os.environ, **one, "PYTHONPATH": str(ROOT)})
    return int(run.stdout) / MB


def own_peak():
    """Most bytes of memory that this process has had.

    Linux keeps in ru_maxrss also what the process that started this one had; its VmHWM begins anew.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return 1024 * int(re.search(r"VmHWM:\s*(\d+) kB", status.read_text())[1])
    import resource  # absent on Windows
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    PROGRAMS[sys.argv[1]]()
    print(own_peak())
