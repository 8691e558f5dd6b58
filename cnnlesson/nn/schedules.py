"""Learning-rate schedules: the share of the run that is done, in [0, 1) → a factor for the learning rate.

Any function of one number will do; those here are the usual ones. None of them asks how many epochs
there are, so the same schedule fits a run of any length.
"""
import math

from ..ops import arguments


def constant(factor=1.0):
    """A schedule: always the same factor.

    Examples
    --------
    >>> constant()(0.3)
    1.0
    """
    factor = arguments.real("factor", factor, 0)
    return lambda done: factor


def linear_decay(end=0.0):
    """A schedule: falls in a straight line from 1 to `end`.

    Examples
    --------
    >>> [linear_decay(0.2)(done) for done in (0, 0.5, 1)]
    [1.0, 0.6, 0.2]
    """
    end = arguments.real("end", end, 0)
    return lambda done: 1 + (end - 1) * done


def cosine_decay(end=0.0):
    """A schedule: falls from 1 to `end` along half a cosine wave: slowly, then fast, then slowly.

    Source: Loshchilov & Hutter 2017, "SGDR".

    Examples
    --------
    >>> [round(cosine_decay()(done), 3) for done in (0, 0.25, 0.5, 0.75, 1)]
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """
    end = arguments.real("end", end, 0)
    return lambda done: end + (1 - end) * (1 + math.cos(math.pi * done)) / 2


def step_decay(at=(0.5, 0.75), factor=0.1):
    """A schedule: stairs. At each of the shares `at` the learning rate is multiplied by `factor`.

    Examples
    --------
    >>> [step_decay(factor=0.5)(done) for done in (0, 0.49, 0.5, 0.8)]
    [1.0, 1.0, 0.5, 0.25]
    """
    factor, at = arguments.real("factor", factor, 0), [arguments.real("at", share, 0) for share in at]
    return lambda done: factor ** sum(done >= share for share in at)


def warmup(share=0.15, then=None):
    """A schedule: the learning rate climbs from 0 during the first `share` of the run, then follows another.

    Parameters
    ----------
    share : float
        Between 0 and 1.
    then : callable, optional
        A schedule for the rest of the run, as if that were a whole run; a straight line down to 0
        when left out.

    Returns
    -------
    callable

    Raises
    ------
    ValueError
        When `share` is not between 0 and 1.

    Examples
    --------
    >>> schedule = warmup(0.5)
    >>> [schedule(done) for done in (0.25, 0.5, 0.75)]
    [0.5, 1.0, 0.5]
    >>> [warmup(0.5, cosine_decay())(done) for done in (0.25, 0.5, 0.75)]
    [0.5, 1.0, 0.5]
    """
    if not 0 < arguments.real("share", share) < 1:
        raise ValueError(f"share must be between 0 and 1, got {share}")
    if then is None:
        return lambda done: min(done / share, (1 - done) / (1 - share))
    return lambda done: done / share if done < share else then((done - share) / (1 - share))
