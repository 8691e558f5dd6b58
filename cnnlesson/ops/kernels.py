"""Kernels with a name: grids of numbers that people have used on pictures for decades.

They are meant for cross-correlation, as `conv2d` computes it: SOBEL_X answers with a positive number
where the picture gets brighter from left to right. All are read-only; copy one to change it.

>>> SOBEL_X
array([[-1.,  0.,  1.],
       [-2.,  0.,  2.],
       [-1.,  0.,  1.]])
>>> list(NAMED)[:3]
['identity', 'blur', 'Gaussian blur']
"""
import numpy as np


def _kernel(rows, divisor=1):
    kernel = np.array([row.split() for row in rows.split("|")], float) / divisor
    kernel.setflags(write=False)
    return kernel


IDENTITY = _kernel("0 0 0 | 0 1 0 | 0 0 0")
BLUR = _kernel("1 1 1 | 1 1 1 | 1 1 1", 9)
GAUSSIAN = _kernel("1 2 1 | 2 4 2 | 1 2 1", 16)
SHARPEN = _kernel("0 -1 0 | -1 5 -1 | 0 -1 0")
EMBOSS = _kernel("-2 -1 0 | -1 1 1 | 0 1 2")
SOBEL_X = _kernel("-1 0 1 | -2 0 2 | -1 0 1")
SOBEL_Y = _kernel("-1 -2 -1 | 0 0 0 | 1 2 1")
PREWITT_X = _kernel("-1 0 1 | -1 0 1 | -1 0 1")
PREWITT_Y = _kernel("-1 -1 -1 | 0 0 0 | 1 1 1")
LAPLACIAN = _kernel("0 1 0 | 1 -4 1 | 0 1 0")
LINE_HORIZONTAL = _kernel("-1 -1 -1 | 2 2 2 | -1 -1 -1")
LINE_VERTICAL = _kernel("-1 2 -1 | -1 2 -1 | -1 2 -1")
LINE_FALLING = _kernel("2 -1 -1 | -1 2 -1 | -1 -1 2")     # like a backslash
LINE_RISING = _kernel("-1 -1 2 | -1 2 -1 | 2 -1 -1")      # like a slash

NAMED = {       # what explorers offer; LINE_FALLING is not among them, because lesson 02 asks for it
    "identity": IDENTITY, "blur": BLUR, "Gaussian blur": GAUSSIAN, "sharpen": SHARPEN, "emboss": EMBOSS,
    "Sobel x": SOBEL_X, "Sobel y": SOBEL_Y, "Prewitt x": PREWITT_X, "Prewitt y": PREWITT_Y,
    "Laplacian": LAPLACIAN, "line —": LINE_HORIZONTAL, "line |": LINE_VERTICAL,
    "line /": LINE_RISING,
}
