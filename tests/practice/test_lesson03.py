"""The exercises of lesson 03: wrong answers as learners write them, each with the diagnosis it must get."""
import itertools
import math

import numpy as np
import pytest

from cnnlesson import ops, practice
from cnnlesson.practice.checks import NOT_WRITTEN, judge
from cnnlesson.practice.lesson03 import SIZE_CASES, drawn_cases, unseen, wide_view

# ---- read -------------------------------------------------------------------------------------------

RIGHT = {"A": [], "B": [11], "C": [2, 5, 8], "D": [1, 3, 5, 7, 9]}     # worked out on paper


def test_unseen_accepts_the_solution_in_any_order_and_kind():
    assert judge("unseen", RIGHT).ok
    assert judge("unseen", {name: np.array(places[::-1]) for name, places in RIGHT.items()}).ok
    assert judge("unseen", {name: set(places) for name, places in RIGHT.items()}).ok


@pytest.mark.parametrize("row", [(10, 3, 2, 1), (5, 2, 4, 1), (9, 3, 1, 2), (7, 1, 2, 1), (16, 4, 5, 3)])
def test_unseen_pixels_change_nothing(row):
    """An oracle of another kind: light up one pixel and look whether any sum changes."""
    size, kernel_size, stride, dilation = row
    starts = range(0, size - dilation * (kernel_size - 1), stride)
    lit = np.eye(size)
    span = dilation * (kernel_size - 1) + 1
    changed = [any(line[start:start + span:dilation].sum() for start in starts) for line in lit]
    assert unseen(*row) == [pixel for pixel in range(size) if not changed[pixel]]


@pytest.mark.parametrize("changes, said", [
    ({"B": [12]}, "B: you counted the pixels from 1"),
    ({"C": [3, 6, 9]}, "C: you counted the pixels from 1"),
    ({"D": [2, 4, 6, 8, 10]}, "D: you counted the pixels from 1"),
    ({"B": []}, "B: you let the last window hang over the edge"),
    ({"C": []}, "C: you found what lies behind the last window. There are gaps besides"),
    ({"D": [9]}, "D: pixel 9 is right, but did you use the dilation? The cells of a window lie 2 apart"),
    ({"D": []}, "D: look at pixel 1 again"),
    ({"D": [1, 3, 5, 7]}, "D: look at pixel 9 again"),
    ({"C": [0, 1, 3, 4, 6, 7, 9, 10]}, "C: these are the pixels that are seen"),
    ({"D": [0, 2, 4, 6, 8]}, "D: these are the pixels that are seen"),
    ({"A": [9]}, "A: look at pixel 9 again"),
    ({"A": [10]}, "A: there is no pixel 10. The row ends with pixel 9."),
    ({"B": [13]}, "B: there is no pixel 13. The row ends with pixel 11."),
    ({"B": [-1]}, "B: there is no pixel -1."),
    ({"C": [2, 5]}, "C: look at pixel 8 again"),
    ({"B": [11.5]}, "B: give a list of places"),
    ({"C": "258"}, "C: give a list of places"),
    ({"A": ""}, "A: give a list of places"),
    ({"A": {}}, "A: give a list of places"),
    ({"C": {2: 1, 5: 1, 8: 1}}, "C: give a list of places"),
    ({"B": [math.nan]}, "B: give a list of places"),
    ({"B": [math.inf]}, "B: give a list of places"),
    ({"B": ["11"]}, "B: give a list of places"),
    ({"B": 11}, "B: give a list of places"),
    ({"B": "none"}, "B: give a list of places"),
    ({"B": 1}, "B: give a list of places"),
])
def test_unseen_names_the_mistake(changes, said):
    verdict = judge("unseen", RIGHT | changes)
    assert not verdict.ok and said in verdict.message


@pytest.mark.parametrize("answer", [..., None, dict.fromkeys("ABCD", ...), RIGHT | {"C": ...}, RIGHT | {"D": None}])
def test_unseen_knows_its_stub(answer):
    assert judge("unseen", answer) == NOT_WRITTEN


@pytest.mark.parametrize("answer", [[[], [11]], {"A": []}, 5])
def test_unseen_wants_a_dict(answer):
    assert "a dict with the keys 'A', 'B', 'C', 'D'" in judge("unseen", answer).message


# ---- write ------------------------------------------------------------------------------------------


def counting(size, kernel_size, stride, padding, dilation):
    """Without a formula: try one window after the other."""
    count, start = 0, -padding
    while start + dilation * (kernel_size - 1) < size + padding:
        count, start = count + 1, start + stride
    return count


TABLE = {case: counting(*case) for _, case in SIZE_CASES}


def floored(n, k, s, p, d):
    return math.floor((n + 2 * p - d * (k - 1) - 1) / s + 1)


@pytest.mark.parametrize("map_size", [
    counting, floored, lambda n, k, s, p, d: -(-(n + 2 * p - d * (k - 1)) // s),
    lambda n, k, s, p, d: np.floor((n + 2 * p - d * (k - 1) - 1) / s) + 1])
def test_map_size_accepts_solutions(map_size, capsys):
    practice.check_map_size(map_size)
    assert capsys.readouterr().out == "✓ map_size: right on 63 settings, dividing or not.\n"


def stub(size, kernel_size, stride, padding, dilation):
    ...


@pytest.mark.parametrize("answer", [..., None, stub])
def test_map_size_knows_its_stub(answer):
    assert judge("map_size", answer) == NOT_WRITTEN


@pytest.mark.parametrize("formula, said", [
    ("(n + 2 * p - d * (k - 1) - 1) / s + 1", "with a stride that does not divide: you forgot the floor"),
    ("math.ceil((n + 2 * p - d * (k - 1) - 1) / s) + 1", "you rounded up"),
    ("round((n + 2 * p - d * (k - 1) - 1) / s) + 1", "you round"),
    ("(n + 2 * p - d * (k - 1) - 1) // s", "you forgot the + 1"),
    ("(n + 2 * p - d * (k - 1)) // s", "divides: you divided too late: your + 1 has to come after the division."),
    ("(n - k + 1) // s", "divides: you divided too late: your + 1"),
    ("(n + 2 * p - k + 1) // s", "divides: you divided too late: your + 1"),
    ("(n - d * (k - 1)) // s", "divides: you divided too late: your + 1"),
    ("n + 2 * p - d * (k - 1) - 1 // s + 1", "divides: brackets: // comes before −."),
    ("n - k // s + 1", "divides: brackets: // comes before −."),
    ("n + 2 * p - k // s + 1", "divides: brackets: // comes before −."),
    ("n + 2 * p - (d * (k - 1) + 1) // s + 1", "divides: brackets: // comes before −."),
    ("(n - k) // s", "you forgot the + 1"),
    ("(n - k) // s + 1", "with padding: you left out the padding"),
    ("(n + p - d * (k - 1) - 1) // s + 1", "with padding: you added the padding once"),
    ("(n - 2 * p - d * (k - 1) - 1) // s + 1", "with padding: you subtracted the padding"),
    ("(n + 2 * p - k) // s + 1", "with dilation: you left out the dilation"),
    ("(n + 2 * p - d * k) // s + 1", "with dilation: you took dilation · kernel_size for the span"),
    ("n + 2 * p - d * (k - 1)", "with a stride that divides: you left out the stride"),
    ("(n + 2 * p - d * (k - 1) - 1) * s + 1", "with a stride that divides: you multiplied by the stride"),
    ("(n + 2 * p - 1) // s + 1", "you left out the kernel"),
    ("(n + 2 * p - d * (k - 1)) // s + 1", "one too many"),
    ("(n + 2 * p - d * (k - 1) - 2) // s + 1", "one too few"),
    ("n // s", "you left out the kernel"),
    ("n - k", "you forgot the + 1"),
    ("n - 4", "size 28, kernel 3, stride 1, padding 0, dilation 1 gives 26; you gave 24."),
    ("[26, 26]", "return one number"),
    ("'26 px'", "return one number"),
    ("n // 0", "it stops with ZeroDivisionError"),
    ("None", ""),
    ("math.nan", "gives 26; you gave nan."),
    ("room(n, k, p, d) // s + 1 if room(n, k, p, d) >= s else 0",
     "where only one window fits: size 4, kernel 3, stride 5, padding 0, dilation 1 gives 1; you gave 0."),
    ("n if k == 1 else room(n, k, p, d) // s + 1",
     "with a 1×1 kernel: size 9, kernel 1, stride 2, padding 1, dilation 1 gives 6; you gave 9."),
    ("room(n, k, min(p, 2), d) // s + 1",
     "with padding: size 10, kernel 3, stride 1, padding 4, dilation 1 gives 16; you gave 12."),
    ("str(room(n, k, p, d) // s + 1)", "return one number, the side of the map; yours is '26'"),
    ("room(n, k, p, d) // s + 1 + 1e-6", "gives 26; you gave 26.000001."),
    ("TABLE.get((n, k, s, p, d), 1)", "gives"),
    ("output_size(n, k, s, p, d)", "it calls `output_size`. Write the formula yourself."),
    ("ops.output_size(n, k, s, p, d)", "it calls `output_size`"),
])
def test_map_size_names_the_mistake(formula, said):
    names = {"math": math, "output_size": ops.output_size, "ops": ops, "TABLE": TABLE,
             "room": lambda n, k, p, d: n + 2 * p - d * (k - 1) - 1}
    verdict = judge("map_size", eval(f"lambda n, k, s, p, d: {formula}", names))
    assert not verdict.ok and said in verdict.message


def test_the_cases_hold_every_setting_and_both_outcomes():
    rooms = [(n + 2 * p - d * (k - 1) - 1) % s for _, (n, k, s, p, d) in SIZE_CASES]
    assert 0 in rooms and any(rooms) and all(counting(*case) > 0 for _, case in SIZE_CASES)


def test_the_drawn_cases_hold_all_kinds():
    cases = np.array(drawn_cases())
    assert len(cases) == 50 and all(counting(*case) > 0 for case in cases.tolist())
    assert cases[:, 1:].min(axis=0).tolist() == [1, 1, 0, 1]
    rooms = [(n + 2 * p - d * (k - 1) - 1, s) for n, k, s, p, d in cases.tolist()]
    assert any(room < s for room, s in rooms) and any(room % s for room, s in rooms)
    assert any(s > 1 and room % s == 0 for room, s in rooms)


def test_calling_instead_of_handing_over():
    assert "the function itself" in judge("map_size", 26).message


# ---- design -----------------------------------------------------------------------------------------

GOOD = [(1, 1), (2, 2), (4, 4)]


def test_wide_view_is_what_lighting_pixels_shows():
    """Send 32 single pixels through the layers, one after the other, in one dimension."""
    rng = np.random.default_rng(0)
    for layers in rng.integers(1, 4, (40, 3, 2)).tolist():
        lines = np.eye(32)
        for padding, dilation in layers:
            lines = np.pad(lines, ((0, 0), (padding, padding)))
            count = lines.shape[1] - 2 * dilation
            lines = sum(lines[:, k * dilation:k * dilation + count] for k in range(3))
        side, pixels = wide_view(layers)
        assert side == lines.shape[1]
        seen = np.flatnonzero(lines[:, side // 2])
        shift = seen[0] - pixels[0]
        assert [pixel + shift for pixel in pixels] == seen.tolist()


@pytest.mark.parametrize("layers", [
    *itertools.permutations(GOOD), [(1, 1), (3, 3), (3, 3)], [(1, 1), (1, 1), (5, 5)],
    np.array(GOOD), [list(pair) for pair in GOOD], [(2, 1), (1, 2), (4, 4)]])
def test_wide_view_accepts(layers):
    verdict = judge("wide_view", layers)
    assert verdict.ok and "15 pixels in a row, none skipped, and 32 stay 32. 27 weights" in verdict.message


@pytest.mark.parametrize("layers, said", [
    ([(1, 1)] * 7, "7 layers, at most 3 are allowed. With dilation, three are enough."),
    ([(1, 1)] * 3, "a number in the middle sees 7 pixels in a row, 15 are wanted. "
                    "The dilations have to add up to 7, yours to 3."),
    ([(7, 7)], "the span is 15, but it has holes: 12 of its pixels are never looked at"),
    ([(2, 2), (2, 2), (3, 3)], "the span is 15, but it has holes: 2 of its pixels"),
    ([(0, 1), (0, 2), (0, 4)], "a number in the middle sees all 15 pixels, but the map has 18 columns, not 32"),
    ([(1, 1), (1, 2), (1, 4)], "but the map has 24 columns"),
    ([(2, 2), (4, 4), (8, 8)], "a number in the middle sees a span of 29 pixels in a row"),
    ([(0, 99)], "these settings are impossible: kernel_size must fit"),
    ([(-1, 1), (2, 2), (4, 4)], "these settings are impossible: padding must be ≥ 0, got -1."),
    ([(1, 0), (2, 2), (4, 5)], "these settings are impossible: dilation must be ≥ 1, got 0."),
    ([1, 2, 4], "give a list of pairs"), ([(1, 1, 1)], "give a list of pairs"), ([], "give a list of pairs"),
    ([(1.5, 1), (2, 2), (4, 4)], "give a list of pairs"), ("dilated", "give a list of pairs"),
    (7, "give a list of pairs"),
])
def test_wide_view_names_the_mistake(layers, said):
    verdict = judge("wide_view", layers)
    assert not verdict.ok and said in verdict.message


@pytest.mark.parametrize("answer", [..., None, [..., ..., ...], [(1, 1), (2, ...), (4, 4)]])
def test_wide_view_knows_its_stub(answer):
    assert judge("wide_view", answer) == NOT_WRITTEN
