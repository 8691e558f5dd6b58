"""Hints: closed until they are clicked."""
from html import escape

from . import checks

# On the element that takes the focus: otherwise JupyterLab takes Enter for itself.
SUMMARY = '<summary data-lm-suppress-shortcuts="true" style="cursor: pointer">'


class Hints:
    """Hints that a notebook shows as `<details>` elements.

    Parameters
    ----------
    texts : dict of int to str
        Hint number to text.
    """

    def __init__(self, texts):
        self.texts = texts

    def _repr_html_(self):
        return "\n".join(
            f'<details style="margin: 6px 0; font-size: 14px">{SUMMARY}Hint {number}</summary>\n'
            f'<p style="margin: 4px 0 10px 18px; max-width: 65ch">{escape(text)}</p></details>'
            for number, text in self.texts.items())

    def __repr__(self):
        return f"{len(self.texts)} hint{'s' * (len(self.texts) != 1)}: shown in a notebook"


def hint(name, number=None):
    """Hints for an exercise, each closed until you open it.

    Parameters
    ----------
    name : str
        The exercise, as its check prints it.
    number : int, optional
        One hint only, counted from 1; all of them without it.

    Returns
    -------
    Hints
        Shown by the notebook when it stands in a cell's last line.

    Raises
    ------
    ValueError
        When there is no such exercise or no such hint.

    Examples
    --------
    >>> hint("convolve", 1)
    1 hint: shown in a notebook
    """
    texts = dict(enumerate(checks.find(name).hints, start=1))
    if number is None:
        return Hints(texts)
    if number not in texts:
        raise ValueError(f"number must be between 1 and {len(texts)} for {name!r}, got {number!r}")
    return Hints({number: texts[number]})
