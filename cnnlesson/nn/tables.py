"""What `nn.summary` gives: rows of plain data that show as a table."""
from dataclasses import dataclass
from html import escape
from typing import NamedTuple


class Row(NamedTuple):
    """One layer. A block has a row for the sum or the joining that it adds to its parts."""
    name: str               # its path: "layer1.0.conv1"
    layer: str              # what it is: "Conv2d(64 → 64, 3×3, padding=1)"
    output: tuple           # shape for one image: (channels, rows, columns) or (features,)
    parameters: int         # numbers that training changes
    multiply_adds: int      # for one image
    field: tuple | None     # receptive field: how many (rows, columns) of the image one value sees; None: all
    memory: int             # bytes of the output of one image, float32


@dataclass(frozen=True, repr=False)
class Summary:
    """The rows in the order of computation. Shows as a table."""
    rows: tuple

    @property
    def parameters(self):
        return sum(row.parameters for row in self.rows)

    @property
    def multiply_adds(self):
        return sum(row.multiply_adds for row in self.rows)

    @property
    def memory(self):
        return sum(row.memory for row in self.rows)

    def cells(self):
        """All rows as text, the total last."""
        total = ("total", "", "", grouped(self.parameters), grouped(self.multiply_adds), "", grouped(self.memory))
        return [*(shown(row) for row in self.rows), total]

    def __repr__(self):
        table = [HEAD, *self.cells()]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(cell.ljust(width) if i < LEFT else cell.rjust(width)
                           for i, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip() for row in table]
        rule = "─" * (sum(widths) + 2 * len(widths) - 2)
        return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])

    def _repr_html_(self):
        *rows, total = (html_row(cells, "td") for cells in self.cells())
        return (f"<table><thead>{html_row(HEAD, 'th')}</thead><tbody>{''.join(rows)}</tbody>"
                f"<tfoot>{total}</tfoot></table>")


HEAD = ("name", "layer", "output", "parameters", "multiply-adds", "receptive field", "bytes")
LEFT = 2        # columns of words; the others hold numbers


def shown(row):
    """A Row as words and numbers for people."""
    sides = "all" if row.field is None else str(row.field[0]) if len(set(row.field)) == 1 else times(row.field)
    return (row.name, row.layer, times(row.output), grouped(row.parameters), grouped(row.multiply_adds), sides,
            grouped(row.memory))


def times(sizes):
    return "×".join(map(str, sizes))


def grouped(number):
    """Thousands apart, by a thin space."""
    return f"{number:,}".replace(",", "\N{THIN SPACE}")


def html_row(cells, tag):
    styles = ("left", "left; white-space: normal", *["right"] * (len(HEAD) - LEFT))     # only `layer` may break
    return '<tr style="white-space: nowrap">' + "".join(
        f'<{tag} style="text-align: {style}">{escape(cell)}</{tag}>'
        for style, cell in zip(styles, cells, strict=True)) + "</tr>"
