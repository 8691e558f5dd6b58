"""Let the stop button wait for a moment."""
import signal
import threading
from contextlib import contextmanager


@contextmanager
def undisturbed():
    """An interrupt (Ctrl-C, the stop button) that comes inside the block is raised at its end.

    Python raises KeyboardInterrupt between any two instructions of the main thread. Inside the block two
    things may change that belong together, a weight and its momentum for instance.

    Examples
    --------
    >>> done = False
    >>> try:
    ...     with undisturbed():
    ...         signal.raise_signal(signal.SIGINT)
    ...         done = True
    ... except KeyboardInterrupt:
    ...     print("interrupted,", "done" if done else "not done")
    interrupted, done
    """
    came, usual = [], signal.getsignal(signal.SIGINT)
    if not callable(usual) or threading.current_thread() is not threading.main_thread():
        yield       # here no interrupt can come
        return
    signal.signal(signal.SIGINT, lambda *which: came.append(which))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if came:
            usual(*came[0])
