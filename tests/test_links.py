"""README is what tools/links.py would write, and its links lead somewhere."""

import re

import pytest

from tools import links

README = (links.ROOT / "README.md").read_text(encoding="utf-8")
NOTEBOOKS = sorted(file.name for file in (links.ROOT / "notebooks").glob("*.ipynb"))


def test_readme_is_up_to_date():
    assert README == links.fill(README, links.address(), NOTEBOOKS), "run make links"


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:|#)([^)]+)\)", README))))
def test_links_of_readme_lead_to_files(target):
    assert (links.ROOT / target).is_file()


def test_a_set_address_gives_badges():
    text = links.fill(README, "https://github.com/someone/lessons", ["02_kernel.ipynb"])
    place = "someone/lessons/HEAD?urlpath=lab/tree/notebooks/02_kernel.ipynb"
    assert f"(https://mybinder.org/v2/gh/{place})" in text
    assert "(https://github.com/someone/lessons/actions/workflows/test.yml)" in text
    assert text.count("mybinder.org/v2") == 1 and text.count("*(coming)*") == 13
    assert "OWNER" not in text and "no public address" not in text


def test_an_unset_address_gives_no_badges():
    text = links.fill(README, "https://github.com/OWNER/cnnlesson", [])
    assert "no public address" in text
    assert "mybinder" not in text and "OWNER" not in text


def test_table_has_as_many_cells_in_each_row():
    for repository in ("https://github.com/someone/lessons", "https://github.com/OWNER/cnnlesson"):
        rows = links.lesson_map(repository, ["02_kernel.ipynb"]).splitlines()
        assert len(rows) == 2 + 14 and len({row.count("|") for row in rows}) == 1


def test_missing_marker_is_named():
    with pytest.raises(ValueError, match="end of lessons"):
        links.fill(README.replace("<!-- end of lessons -->", ""), links.address(), [])
