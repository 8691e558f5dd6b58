"""The exercises of lesson 07: wrong answers as learners write them, each with the diagnosis it must get."""
import numpy as np
import pytest

from cnnlesson import practice
from cnnlesson.practice.checks import NOT_WRITTEN, judge

# ---- read -------------------------------------------------------------------------------------------

RIGHT = {"max": [[4, 6], [5, 8]], "average": [[2, 2.5], [2, 3]], "overlapping": [[6, 8], [6, 8]]}


def test_the_right_maps_are_those_of_pytorch():
    torch = pytest.importorskip("torch")
    grid, pool = torch.tensor(practice.POOL_GRID[None]), torch.nn.functional
    assert pool.max_pool2d(grid, 2)[0].tolist() == RIGHT["max"]
    assert pool.avg_pool2d(grid, 2)[0].tolist() == RIGHT["average"]
    assert pool.max_pool2d(grid, 3, stride=1)[0].tolist() == RIGHT["overlapping"]


@pytest.mark.parametrize("change", [{}, {"max": np.array([[4, 6], [5, 8]])}, {"average": [2, 2.5, 2, 3]}])
def test_read_accepts_the_solution(change):
    assert judge("read_pooling", RIGHT | change).ok


@pytest.mark.parametrize("key, given, said", [
    ("max", [[2, 2.5], [2, 3]], "you averaged"),
    ("max", [[8, 10], [8, 12]], "you added up"),
    ("max", [[0, 0], [0, 0]], "the smallest"),
    ("max", [[6, 8], [6, 8]], "a window of 3 with stride 1"),
    ("max", [[4, 5], [6, 8]], "rows and columns have changed places"),
    ("max", [[1, 2], [5, 0]], "the first number of each window"),
    ("max", [[4, 6], [5, 7]], "the window of row 1, column 1: 7 is not it"),
    ("average", [[8, 10], [8, 12]], "did not divide by 4"),
    ("average", [[4, 6], [5, 8]], "you took the largest"),
    ("average", [[4, 5], [4, 6]], "you divided by 2"),
    ("average", [[2, 2], [2, 3]], "need not be whole"),
    ("average", [[2.67, 3.33], [2.67, 4]], "a zero counts too"),
    ("overlapping", [[4, 6], [5, 8]], "that is a window of 2"),
    ("overlapping", [[4, 6, 6], [5, 6, 8], [5, 3, 8]], "that is a window of 2. Here it is 3."),
    ("average", [[2.7, 3.3], [2.7, 4]], "a zero counts too"),
    ("overlapping", [[6]], "there is more than one window"),
    ("overlapping", [[6, 6], [8, 8]], "rows and columns have changed places"),
    ("overlapping", [[1, 2, 3]], "two rows of two numbers"),
    ("overlapping", "6 8 6 8", "a list of rows of numbers"),
    ("overlapping", [[1, 2], [3]], "a list of rows of numbers"),
])
def test_read_names_the_mistake(key, given, said):
    verdict = judge("read_pooling", RIGHT | {key: given})
    assert not verdict.ok and verdict.message.startswith(key) and said in verdict.message


@pytest.mark.parametrize("answer", [..., None, dict.fromkeys(RIGHT, ...), RIGHT | {"max": ...} | {"average": None}])
def test_read_knows_its_stub(answer):
    assert judge("read_pooling", answer) == NOT_WRITTEN


def test_read_wants_a_dict():
    assert "a dict with the keys 'max', 'average', 'overlapping'" in judge("read_pooling", [1]).message


# ---- write ------------------------------------------------------------------------------------------


def variant(width="padding", border="-np.inf if kind == 'max' else 0", count="(side - window) // stride + 1",
            top="i * stride", left="j * stride", end="top + window", right="left + window",
            value="cells.max() if kind == 'max' else cells.mean()", before="", last="return out"):
    """The solution with some of its parts replaced, as source text."""
    source = f"""
def pool(values, window, stride, padding, kind):
    {before}
    padded = np.pad(values, {width}, constant_values={border})
    rows, columns = [{count} for side in padded.shape]
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = {top}, {left}
            cells = padded[top:{end}, left:{right}]
            out[i, j] = {value}
    {last}
"""
    names = {"np": np}
    exec(source, names)
    return names["pool"]


def test_the_unchanged_variant_is_right(capsys):
    practice.check_pool(variant())
    assert capsys.readouterr().out.startswith("✓ pool: right on 8 maps")


@pytest.mark.parametrize("changes, said", [
    (dict(value="cells.mean()"), "you averaged. Here the largest was asked for"),
    (dict(value="cells.max()"), "average: you took the largest"),
    (dict(value="cells.max() if kind == 'max' else cells.sum()"), "average: you added up"),
    (dict(value="cells.max() if kind == 'max' else cells.sum() / window"), "you divided by the window's side"),
    (dict(value="cells.min() if kind == 'max' else cells.mean()"), "you took the smallest"),
    (dict(value="max(0, cells.max()) if kind == 'max' else cells.mean()"), "you began with 0"),
    (dict(value="abs(cells).max() if kind == 'max' else cells.mean()"), "you used the absolute values"),
    (dict(value="cells[0, 0]"), "the first cell of each window"),
    (dict(border="0"), "max with padding 1: the border of zeros wins"),
    (dict(border="-np.inf"), "average with padding 1: "),
    (dict(border="-np.inf", value="cells.max() if kind == 'max' else cells[np.isfinite(cells)].mean()"),
     "average with padding 1: the border counts here too"),
    (dict(top="i", left="j"), "the windows move by 1"),
    (dict(count="side - window + 1", top="i", left="j"), "the windows move by 1"),
    (dict(count="(side - window) // window + 1", top="i * window", left="j * window"),
     "window 3, stride 2: you moved the window by its own size"),
    (dict(count="(side - window) // stride"), "you forgot the + 1"),
    (dict(count="side // stride"), "you divided the side by the stride. Take the window off first"),
    (dict(count="-(-(side - window) // stride) + 1"), "do not divide: you forgot the floor"),
    (dict(count="(side - window) / stride + 1"), "stops with TypeError"),
    (dict(before="padding = 0"), "max with padding 1: you forgot the padding"),
    (dict(width="((padding, 0), (padding, 0))"), "max with padding 1: you padded the top and the left only"),
    (dict(width="((0, padding), (0, padding))"), "max with padding 1: you padded the bottom and the right only"),
    (dict(before="padding = int(bool(padding))"), "padding 2: the border is `padding` wide, not always 1"),
    (dict(before="stride = max(stride, 2)"), "stride 1, padding 2: The map should have the shape (6, 9)"),
    (dict(before="window = min(window, 3)"), "window 5, stride 1, padding 2: "),
    (dict(last="return out if not padding else out[:min(out.shape), :min(out.shape)]"), "max with padding 1: The map"),
    (dict(last="return out[:min(out.shape), :min(out.shape)]"), "yours has (3, 3)"),
    *[(dict(border=f"{low} if kind == 'max' else 0"), "The border must never win: give it −∞")
      for low in (-9, -20, -999)],
    (dict(before="values *= 2"), "it changes the array that it was given"),
    (dict(last="return out.tolist()"), "it returns a list"),
    (dict(last="pass"), "it returns nothing"),
    (dict(last="return 1.1 * out"), "in row 0, column 0 it should be"),
])
def test_pool_names_the_mistake(changes, said):
    verdict = judge("pool", variant(**changes))
    assert not verdict.ok and said in verdict.message


def stub(values, window, stride, padding, kind):
    ...


@pytest.mark.parametrize("answer", [..., None, stub])
def test_pool_knows_its_stub(answer):
    assert judge("pool", answer) == NOT_WRITTEN


# ---- design -----------------------------------------------------------------------------------------


def drawn(*cells):
    shape = np.zeros((6, 6))
    shape[tuple(np.transpose(cells))] = 1
    return shape


BAR = drawn(*[(2, j) for j in range(1, 5)])


def test_numbers_by_hand():
    """The best window of a stroke agrees in all 9 pixels, that of its doubled twin in 7: 7 − 2."""
    assert practice.numbers_at_scales(np.eye(6)) == {
        "as drawn": [9, 5], "moved by 1 px": [9, 5], "twice as large": [5, 5]}


@pytest.mark.parametrize("shape", [np.eye(6), np.eye(6)[::-1], drawn((1, 1), (2, 2), (3, 3)).tolist(),
                                   np.maximum(np.eye(6), np.eye(6)[::-1])])
def test_not_scale_invariant_accepts(shape):
    assert judge("not_scale_invariant", shape).ok


@pytest.mark.parametrize("shape, said", [
    (np.zeros((6, 6)), "your shape is empty"),
    (drawn((2, 2)), "A lone pixel becomes a block of four"),
    (BAR, "A straight bar has corners"),
    (BAR.T, "A straight bar has corners"),
    (np.ones((6, 6)), "A solid block has corners"),
    (drawn(*[(2, j) for j in range(5)], *[(i, 2) for i in range(5)]),
     "At both sizes the best window of each filter gives 5 and 5: two pixels of nine differ. Look"),
    (drawn((1, 1), (2, 2)), "by less than 3"),
    (np.eye(5), "6 rows and 6 columns, got (5, 5)."),
    (2 * np.eye(6), "zeros and ones only."),
    (np.nan * np.eye(6), "zeros and ones only."),
    ("a star", "6 rows of 6 numbers."),
])
def test_not_scale_invariant_names_the_mistake(shape, said):
    verdict = judge("not_scale_invariant", shape)
    assert not verdict.ok and said in verdict.message


@pytest.mark.parametrize("seed", range(20))
def test_every_shape_may_be_moved(seed):
    numbers = practice.numbers_at_scales(np.random.default_rng(seed).integers(0, 2, (6, 6)))
    assert numbers["as drawn"] == numbers["moved by 1 px"]


@pytest.mark.parametrize("answer", [..., None])
def test_not_scale_invariant_knows_its_stub(answer):
    assert judge("not_scale_invariant", answer) == NOT_WRITTEN
