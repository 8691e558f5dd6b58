"""Write README's badges and its map of the lessons: `python tools/links.py`.

The public address stands in one place: `Repository` under `[project.urls]` of pyproject.toml. While its owner
is still OWNER there are no badges, and README says so.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UNSET = "/OWNER/"
LESSONS = [  # title, and the one question it answers
    ("Start here", "What will I be able to do?"),
    ("Why not just pixels?", "Why does an image need its own kind of network?"),
    ("What does one kernel see?", "What is a convolution?"),
    ("How big is the output?", "What do stride, padding and dilation change?"),
    ("What does a layer of filters do?", "Where do feature maps and depth come from?"),
    ("Does it move when the image moves?", "What happens to a feature map when the image shifts?"),
    ("Why a nonlinearity, and which?", "What can a network do with ReLU that it cannot do without?"),
    ("What does pooling keep?", "What do max, average and sum pooling keep, and what do they lose?"),
    ("… and repeat", "What do deeper layers see?"),
    ("From features to an answer", "How do feature maps become ten probabilities?"),
    ("How does it learn?", "What happens to each weight in one step of training?"),
    ("Train it", "How good does the whole network get, and thanks to what?"),
    ("What did it learn, and where does it break?", "Which pixels decide, and what fools the network?"),
    ("The family tree", "Which one idea made LeNet-5, AlexNet, GoogLeNet and ResNet each work?"),
]


def address() -> str:
    """The public address of the repository."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["urls"]["Repository"].rstrip("/")


def binder(repository: str, notebook: str) -> str:
    """A badge that opens one lesson on Binder."""
    place = repository.removeprefix("https://github.com/")
    target = f"https://mybinder.org/v2/gh/{place}/HEAD?urlpath=lab/tree/notebooks/{notebook}"
    return f"[![Open {notebook[:2]} on Binder](https://mybinder.org/badge_logo.svg)]({target})"


def badges(repository: str) -> str:
    if UNSET in repository + "/":
        return (
            "*This copy has no public address yet, so there are no badges here, and no links that open a\n"
            "lesson online. [How to set it](#the-public-address).*"
        )
    run = f"{repository}/actions/workflows/test.yml"
    return f"[![Tests]({run}/badge.svg)]({run})\n\n    git clone {repository}"


def lesson_map(repository: str, notebooks: list[str]) -> str:
    """The table of lessons; `notebooks` are the files that exist."""
    online = UNSET not in repository + "/"
    rows = ["| | Lesson | Its question |" + " Online |" * online, "|---|---|---|" + "---|" * online]
    for number, (title, question) in enumerate(LESSONS):
        name = next((name for name in notebooks if name.startswith(f"{number:02}_")), None)
        lesson = f"[{title}](notebooks/{name})" if name else f"{title} *(coming)*"
        badge = binder(repository, name) if name else ""
        rows.append(f"| {number:02} | {lesson} | {question} |" + f" {badge} |" * online)
    return "\n".join(rows)


def between(readme: str, name: str, command: str, text: str) -> str:
    """`readme` with `text` between the two markers of this name; `command` is what writes it."""
    begin, end = f"<!-- {name}: written by {command} -->", f"<!-- end of {name} -->"
    if readme.count(begin) != 1 or readme.count(end) != 1:
        raise ValueError(f"README must hold {begin!r} and {end!r} once each")
    pattern = f"(?<={re.escape(begin)}).*(?={re.escape(end)})"
    return re.sub(pattern, lambda _: f"\n{text}\n", readme, flags=re.DOTALL)


def fill(readme: str, repository: str, notebooks: list[str]) -> str:
    """`readme` with what stands between its markers written anew."""
    parts = {"badges": badges(repository), "lessons": lesson_map(repository, notebooks)}
    for name, text in parts.items():
        readme = between(readme, name, "make links", text)
    return readme


def main() -> None:
    path = ROOT / "README.md"
    notebooks = sorted(file.name for file in (ROOT / "notebooks").glob("*.ipynb"))
    readme = fill(path.read_text(encoding="utf-8"), address(), notebooks)
    path.write_text(readme, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
