"""What all explorers share: their sources, what is kept, and a picture for pages without widgets."""
from pathlib import Path

import anywidget
import numpy as np
import traitlets as t

from .. import plot

HERE = Path(__file__).parent
_last = {}          # what was called, and with what → the explorer that this made last


def source(name, ending):
    """The shared file and the explorer's own, one after the other: a module needs no bundler that way."""
    return "\n".join((HERE / f"{part}.{ending}").read_text(encoding="utf-8") for part in ("common", name))


class Explorer(anywidget.AnyWidget):
    """Base of the explorers. A subclass names the traits that a learner sets (`kept`) and draws `figure()`."""
    kept = ()
    answered = t.Int().tag(sync=True)       # the number of the last question from the page that has its answer

    def __init__(self, **traits):
        super().__init__(**traits)
        self.on_msg(self.ask)

    def ask(self, _, content, buffers):
        """Take over values that the page sent as a numbered question (`asker` in common.js)."""
        if "number" in content:
            with self.hold_sync():
                self.answered = content["number"]
                self.set_state(content["values"] | dict(zip(content["binary"], buffers, strict=True)))

    def keep(self, *key):
        """Take over what the learner set when the same call was made before: re-running a cell loses nothing."""
        key = (type(self).__name__, *(digest(part) for part in key))    # anywidget gives each instance its own type
        before = _last.get(key)
        if before is not None:
            for trait in self.kept:
                setattr(self, trait, getattr(before, trait))
        _last[key] = self
        return self

    def figure(self):
        """The explorer's picture as a matplotlib figure or axes."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, *rest = bundle if isinstance(bundle, tuple) else (bundle,)
        if data is not None:
            data = data | {"text/html": plot.show(self.figure())._repr_html_()}
        return (data, *rest) if rest else data


def digest(part):
    """Something hashable that is equal for equal arguments."""
    return part.tobytes() if isinstance(part, np.ndarray) else part
