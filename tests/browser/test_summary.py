"""The table of `nn.summary` in a notebook: legible in both themes, and no wider than its cell."""
import pytest

CELLS = ["from cnnlesson import nn\nnn.summary(nn.lenet5(), (1, 28, 28))", "nn.summary(nn.resnet18(), (3, 224, 224))"]
STYLE = """cell => { const { color, textAlign, whiteSpace } = getComputedStyle(cell);
  const behind = getComputedStyle(document.querySelector(".jp-Notebook")).backgroundColor;
  return { color, behind, textAlign, whiteSpace }; }"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_summary_is_a_table(open_cells, theme):
    lesson = open_cells(CELLS, theme=theme)
    small, large = lesson.page.locator(".jp-OutputArea-output table").all()
    assert small.locator("tbody tr").count() == 13
    assert small.locator("tfoot td").nth(3).inner_text() == "61\N{THIN SPACE}706"
    assert large.locator("tfoot td").nth(3).inner_text() == "11\N{THIN SPACE}689\N{THIN SPACE}512"
    for table in (small, large):
        wide, room = table.evaluate("table => [table.scrollWidth, table.closest('.jp-OutputArea-output').clientWidth]")
        assert wide <= room
    name, number = (large.locator("tbody td").nth(i).evaluate(STYLE) for i in (1, 3))
    assert (name["textAlign"], number["textAlign"]) == ("left", "right")
    assert name["color"] != name["behind"]
