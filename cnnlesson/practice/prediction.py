"""The widget behind `practice.predict`: a question, an answer, how sure you are, and a lock."""
from pathlib import Path

import anywidget
import traitlets as T


class Prediction(anywidget.AnyWidget):
    """One question. Once `locked` is True, `answer` and `confidence` stay as they are.

    Attributes
    ----------
    answer : str, float or None
        What is chosen or typed so far; None while nothing valid is.
    confidence : int
        How sure, in percent.
    locked : bool
    right : bool or None
        What `reveal` found; None before.

    Examples
    --------
    >>> asked = Prediction(question="How many windows?", answer=9)
    >>> asked.locked = True
    >>> asked.answer = 4
    >>> asked.answer
    9.0
    """

    _esm = Path(__file__).with_name("prediction.js")
    _css = Path(__file__).with_name("prediction.css")

    question = T.Unicode().tag(sync=True)
    choices = T.List(T.Unicode()).tag(sync=True)  # empty: the answer is a number
    unit = T.Unicode().tag(sync=True)
    step = T.Float(None, allow_none=True).tag(sync=True)
    low = T.Float(None, allow_none=True).tag(sync=True)
    high = T.Float(None, allow_none=True).tag(sync=True)
    answer = T.Union([T.Float(), T.Unicode()], default_value=None, allow_none=True).tag(sync=True)
    confidence = T.Int(50, min=0, max=100).tag(sync=True)
    locked = T.Bool(False).tag(sync=True)
    right = None
    _final = None

    @T.observe("answer", "confidence", "locked")
    def _keep_what_was_locked(self, _change):
        if self._final is not None:
            self.answer, self.confidence, self.locked = self._final
        elif self.locked:
            self._final = self.answer, self.confidence, True

    def __repr__(self):
        return f"Prediction: {self.question} {' / '.join(self.choices)}".rstrip()
