"""Reliability diagram: are answers given with 90 % right nine times in ten?"""

import numpy as np

from cnnlesson.plot import checks, words
from cnnlesson.plot.charts import make_room
from cnnlesson.plot.style import ACCENT, INK, SOFT, new_axes, points, styled


@styled
def reliability(confidence, accuracy, count, *, caption="", ax=None):
    """Draw how often answers are right against how probable the network called them.

    Parameters
    ----------
    confidence, accuracy : array_like
        (bins,), from 0 to 1: mean probability of the answers of each bin, and the share of them that is right.
        What stands in a bin without answers is not drawn and may be NaN.
    count : array_like
        (bins,): how many answers each bin holds; written over its bar. Bins are equally wide, from 0 to 1.
    caption : str
        What the diagram shows, in a few words; written over it.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    matplotlib.axes.Axes
        Bars are accuracies. A mark stands at each mean confidence; on the dashed line the two are equal.

    Raises
    ------
    ValueError
        If the three are not equally long rows, no bin has an answer, or a bin with answers has a number outside
        0 to 1.

    Examples
    --------
    >>> from cnnlesson import plot
    >>> plot.describe(plot.reliability([float("nan"), 0.9], [float("nan"), 0.75], [0, 4]))
    'Reliability diagram: 4 answers. 50–100 %: 4 answers, said 90 %, right 75 %.'
    """
    count = checks.finite(count, "count")
    parts = {"confidence": np.asarray(confidence, float), "accuracy": np.asarray(accuracy, float)}
    if count.ndim != 1 or not count.sum() or any(part.shape != count.shape for part in parts.values()):
        raise ValueError("confidence, accuracy and count must be rows of equal length with an answer in them")
    filled = np.flatnonzero(count)
    for name, part in parts.items():
        if not ((part[filled] >= 0) & (part[filled] <= 1)).all():
            raise ValueError(f"{name} must be from 0 to 1 in each bin that has answers")
    said, right = (part[filled] for part in parts.values())
    slot, ax, wide = ax, ax or new_axes(330, 290), 1 / len(count)
    ax.bar(filled * wide, right, 0.94 * wide, align="edge", color="#8a94a0")
    ax.plot([0, 1], [0, 1], color=INK, linestyle="--", linewidth=points(1.5), zorder=3)
    ax.plot(said, right, "o", color=ACCENT, markersize=points(9), zorder=4, clip_on=False)
    for at, height, number in zip(filled, right, count[filled], strict=True):
        ax.annotate(
            f"{number:,.0f}".replace(",", "\N{THIN SPACE}"), ((at + 0.5) * wide, height), (0, points(11)),
            textcoords="offset points", ha="center", size=points(11), color=SOFT, annotation_clip=False,
        )  # fmt: skip
    ax.set(xlim=(0, 1), ylim=(0, 1.06), xlabel="probability of the answer", ylabel="share that is right")
    ax.set_xticks([0, 0.5, 1]), ax.set_yticks([0, 0.5, 1])
    ax.set_title(caption, size=points(14), color=INK, pad=points(14), loc="left")
    if slot:
        make_room(ax)
    told = [f"{100 * at * wide:.0f}–{100 * (at + 1) * wide:.0f} %: {words.number(number)} answers, "
            f"said {100 * s:.3g} %, right {100 * r:.3g} %." for at, number, s, r in
            zip(filled, count[filled], said, right, strict=True)]
    of = f", {caption}" if caption else ""
    ax.set_label(f"Reliability diagram{of}: {count.sum():.0f} answers. {' '.join(told)}")
    return ax
