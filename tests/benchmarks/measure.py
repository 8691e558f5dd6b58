"""Time, arithmetic and what the machine can do at best."""
import itertools
import math
import statistics
import time
from dataclasses import dataclass, field

import numpy as np

OURS = "NumPy"


@dataclass(frozen=True)
class Row:
    """One measured piece of work."""
    work: str
    ms: dict                                    # contestant → median milliseconds; ours among them
    ratio: dict                                 # peer → median of ours / theirs: below 1 ours is faster
    aims: dict = field(default_factory=dict)    # peer → the ratio to reach
    multiply_adds: int = 0

    @property
    def gflops(self):
        """Billions of additions and multiplications a second, by us."""
        return 2 * self.multiply_adds / self.ms[OURS] / 1e6


def clock(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def settle():
    """Free 30 MB once.

    glibc's malloc keeps freed memory for reuse up to the size of what was freed before. Until then every
    large array costs page faults; which contestant pays for them would be chance.
    """
    np.empty(30_000_000, np.uint8)


def compare(work, contestants, seconds, *, aims=None, multiply_adds=0, scale=1):
    """Time `contestants`, a dict of functions of which the first is ours, for about so many seconds.

    Ours and each other one run in alternating pairs (ours, theirs, theirs, ours, …), so that noise of the
    machine hits both alike. The others' time is multiplied by `scale`: for those that do a part of the work.
    """
    (ours, run), *peers = contestants.items()
    pairs = {name: [(mine, scale * theirs) for mine, theirs in alternate(run, other, seconds / len(peers))]
             for name, other in peers}
    ms = {ours: 1000 * statistics.median(mine for mine, _ in itertools.chain(*pairs.values()))}
    ms |= {name: 1000 * statistics.median(theirs for _, theirs in pairs[name]) for name in pairs}
    return Row(work, ms, {name: median_ratio(pairs[name]) for name in pairs}, aims or {}, multiply_adds)


def alternate(ours, theirs, seconds):
    """Pairs (seconds of ours, seconds of theirs), at least three."""
    for warm_up in (ours, theirs, ours, theirs):
        warm_up()
    pairs, end = [], time.perf_counter() + seconds
    while len(pairs) < 3 or time.perf_counter() < end:
        pairs.append(pair(ours, theirs, swapped=len(pairs) % 2))
    return pairs


def pair(ours, theirs, swapped):
    """Seconds of both; theirs goes first when `swapped`."""
    if not swapped:
        return clock(ours), clock(theirs)
    late = clock(theirs)
    return clock(ours), late


def median_ratio(pairs):
    return statistics.median(mine / theirs for mine, theirs in pairs)


def gemm_peak(seconds):
    """GFLOP/s of the best of some large float32 matrix products: as fast as this machine multiplies."""
    best = 0
    for side in (768, 1024, 1536):
        a, b = np.random.default_rng(0).random((2, side, side), np.float32)
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            best = max(best, 2 * side ** 3 / clock(lambda: a @ b) / 1e9)     # noqa: B023 (called at once)
    return best


def multiply_adds(model, *, training=False):
    """Multiplications in convolutions and dense layers, for the batch that the model saw last.

    Backward takes two more for each: one for the weights, one for the input; the first layer spares the latter.
    """
    counts = [layer.output.size * math.prod(layer.weight.shape[1:]) for layer in leaves(model)
              if getattr(layer, "weight", np.empty(0)).ndim > 1]
    return 3 * sum(counts) - counts[0] if training else sum(counts)


def leaves(model):
    """All layers that have no layers inside."""
    children = model.children().values()
    return [leaf for child in children for leaf in leaves(child)] if children else [model]
