"""The exercises of lesson 02: wrong answers as learners write them, each with the diagnosis it must get."""
import itertools

import numpy as np
import pytest

from cnnlesson import practice
from cnnlesson.ops import kernels
from cnnlesson.practice.checks import NOT_WRITTEN, judge

# ---- read -------------------------------------------------------------------------------------------


def read(sky, left, right):
    return judge("read_kernel", {"sky": sky, "left edge": left, "right edge": right})


def test_the_windows_are_what_the_lesson_says():
    sky, left, right = practice.READ_WINDOWS.values()
    assert np.ptp(sky) == 0 and sky.mean() > 0.5
    assert (left[:, 0] > left[:, 2]).all() and (right[:, 0] < right[:, 2]).all()


def test_read_accepts_the_solution_in_any_case():
    assert read("zero", "negative", "positive").ok
    assert read("Zero", " NEGATIVE", "positive ").ok


@pytest.mark.parametrize("words, said", [
    (("zero", "positive", "negative"), "you flipped the kernel"),
    (("positive", "positive", "negative"), "contrast, not to tone"),
    (("positive", "negative", "positive"), "look at 'sky' again"),
    (("zero", "positive", "positive"), "an edge is not always positive"),
    (("zero", "negative", "negative"), "an edge is not always negative"),
    (("negative", "negative", "negative"), "look at 'sky' and 'right edge' again"),
    (("zero", "zero", "zero"), "look at 'left edge' and 'right edge' again"),
    (("zero", "dark", "positive"), "'left edge' must be one of 'negative', 'zero', 'positive', got 'dark'"),
    (("zero", -3, "positive"), "'left edge' must be one of"),
])
def test_read_names_the_mistake(words, said):
    verdict = read(*words)
    assert not verdict.ok and said in verdict.message


def test_only_one_reading_is_right():
    words = ["negative", "zero", "positive"]
    assert [three for three in itertools.product(words, repeat=3) if read(*three).ok] == [
        ("zero", "negative", "positive")]


@pytest.mark.parametrize("answer", [
    ..., None, {"sky": ..., "left edge": ..., "right edge": ...},
    {"sky": "zero", "left edge": ..., "right edge": "positive"},
    {"sky": None, "left edge": None, "right edge": None}])
def test_read_knows_its_stub(answer):
    assert judge("read_kernel", answer) == NOT_WRITTEN


@pytest.mark.parametrize("answer", [["zero", "negative", "positive"], {"sky": "zero"}, "zero", 5])
def test_read_wants_a_dict(answer):
    assert "a dict with the keys 'sky', 'left edge', 'right edge'" in judge("read_kernel", answer).message


# ---- write ------------------------------------------------------------------------------------------


def solution(image, kernel):
    height, width = kernel.shape
    rows, columns = image.shape[0] - height + 1, image.shape[1] - width + 1
    out = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            out[i, j] = (image[i:i + height, j:j + width] * kernel).sum()
    return out


def without_loops(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijkl,kl->ij", windows, kernel)


def shifting(image, kernel):
    """One product per kernel cell, in float32 and with float64's sum: rounding must not matter."""
    (h, w), (kh, kw) = image.shape, kernel.shape
    out = 0
    for a in range(kh):
        for b in range(kw):
            out = out + kernel[a, b] * image[a:h - kh + 1 + a, b:w - kw + 1 + b]
    return out


@pytest.mark.parametrize("convolve", [solution, without_loops, shifting])
def test_convolve_accepts_solutions(convolve, capsys):
    practice.check_convolve(convolve)
    assert capsys.readouterr().out == "✓ convolve: right on 6 images and kernels, square or not.\n"


def stub(image, kernel):
    ...


def stub_with_a_frame(image, kernel):
    rows, columns = ..., ...
    out = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            out[i, j] = ...
    return out


@pytest.mark.parametrize("answer", [..., None, stub, stub_with_a_frame])
def test_convolve_knows_its_stub(answer):
    assert judge("convolve", answer) == NOT_WRITTEN


def variant(shape="rows, columns", value="(window * kernel).sum()", window="image[i:i + h, j:j + w]",
            rows="image.shape[0] - h + 1", columns="image.shape[1] - w + 1",
            h="kernel.shape[0]", w="kernel.shape[1]", make="np.zeros", cell="i, j",
            loop="range(rows)", inner="range(columns)", first="pass", last="return out"):
    """The solution with some of its expressions replaced, as source text."""
    source = f"""
def convolve(image, kernel):
    {first}
    h, w = {h}, {w}
    rows, columns = {rows}, {columns}
    out = {make}(({shape}))
    for i in {loop}:
        for j in {inner}:
            window = {window}
            out[{cell}] = {value}
    {last}
"""
    names = {"np": np}
    exec(source, names)
    return names["convolve"]


def test_the_unchanged_variant_is_right():
    assert judge("convolve", variant()).ok


@pytest.mark.parametrize("changes, said", [
    (dict(value="(window * kernel[::-1, ::-1]).sum()"), "you flipped the kernel"),
    (dict(value="(window * np.flip(kernel)).sum()"), "you flipped the kernel"),
    (dict(value="(window * kernel).mean()"), "you averaged"),
    (dict(value="(window * kernel).sum() / 9"), "you averaged"),
    (dict(value="(window * kernel.T).sum()"), "you transposed the kernel"),
    (dict(cell="j, i"), "your output is transposed"),
    (dict(last="return out.T"), "your output is transposed"),
    (dict(first="image = np.pad(image, 1)"), "you padded"),
    (dict(first="image = np.pad(image, 2)"), "you padded"),
    (dict(rows="image.shape[0] - h", columns="image.shape[1] - w"), "one row and one column short"),
    (dict(rows="image.shape[0]", columns="image.shape[1]", window="np.pad(image, 9)[i:i + h, j:j + w]"),
     "you padded"),
    (dict(loop="range(rows - 1)", inner="range(columns - 1)"), "last row and the last column were never"),
    (dict(loop="range(rows - 1)", inner="range(columns - 1)", make="np.empty"), "never filled"),
    (dict(h="3", w="3"), "It works for 3×3 only"),
    (dict(columns="image.shape[0] - w + 1"), "on an image wider than high: "),
    (dict(columns="image.shape[0] - w + 1"), "Rows come from shape[0], columns from shape[1]."),
    (dict(rows="image.shape[1] - h + 1"), "Rows come from shape[0], columns from shape[1]."),
    (dict(shape="columns, rows", cell="j, i"), "your output is transposed"),
    (dict(rows="image.shape[1] - h + 1", columns="image.shape[0] - w + 1",
          window="image.T[i:i + h, j:j + w]"), "you swapped the rows and columns of the image"),
    (dict(w="kernel.shape[0]"), "with a 2×4 kernel: "),
    (dict(shape="rows, columns, h, w", value="window * kernel"), "you did not sum"),
    (dict(value="window * kernel"), "did you forget to sum?"),
    (dict(value="window.sum()"), "you did not multiply by the kernel"),
    (dict(value="abs((window * kernel).sum())"), "you dropped the sign"),
    (dict(value="max((window * kernel).sum(), 0)"), "you set negative sums to zero"),
    (dict(value="int((window * kernel).sum())"), "whole numbers"),
    (dict(make="(lambda shape: np.zeros(shape, int))"), "whole numbers"),
    (dict(first="image -= image.mean()"), "it changes the array that it was given"),
    (dict(first="kernel /= 9"), "it changes the array that it was given"),
    (dict(last="pass"), "it returns nothing"),
    (dict(last="print(end='')"), "it returns nothing"),
    (dict(last="return out.tolist()"), "it returns a list. Return a NumPy array."),
    (dict(last="return out.sum()"), "you returned one number"),
    (dict(last="        return out"), "only the first number is right"),
    (dict(window="image[3 * i:3 * i + h, 3 * j:3 * j + w]"), "stops with ValueError"),
    (dict(value="(window @ kernel).sum()"), "matrix multiplication"),
    (dict(last="return out[:-1]"), "The output should have the shape (4, 4), yours has (3, 4)."),
    (dict(last="return out * np.nan"), "in row 0, column 0"),
    (dict(value="image[99, 99]"), "IndexError"),
    (dict(last="return convolve(image, kernel)"), "It calls itself without end."),
    (dict(last="return 'done'"), ""),
    (dict(last="return {}"), ""),
    (dict(last="return [[1], [2, 3]]"), ""),
])
def test_convolve_names_the_mistake(changes, said):
    verdict = judge("convolve", variant(**changes))
    assert not verdict.ok and said in verdict.message


def test_swapped_shape_is_named():
    def convolve(image, kernel):
        out = solution(image, kernel)
        return out.reshape(out.shape[::-1])

    verdict = judge("convolve", convolve)
    assert "on an image wider than high: rows and columns are swapped." in verdict.message


def test_calling_instead_of_handing_over():
    assert "the function itself" in judge("convolve", solution(np.ones((5, 5)), np.ones((3, 3)))).message


# ---- design -----------------------------------------------------------------------------------------

GOOD = np.array([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]])


def test_score_counts_what_it_says():
    """Worked out by hand."""
    responses = practice.diagonal_responses([[1, 2, 3], [4, 5, 6], [7, 8, 20]])
    assert responses == {
        "falling diagonal": 1 + 5 + 20,
        "rising diagonal": 20,  # where only the corner touches the line; its middle gives 3 + 5 + 7
        "horizontal line": 7 + 8 + 20, "vertical line": 3 + 6 + 20,
        "horizontal edge": 56, "vertical edge": 56, "flat bright patch": 56, "single dot": 20,
    }


@pytest.mark.parametrize("kernel, score", [
    (GOOD, 3), (GOOD.T, 3), (GOOD / 3, 3), (1000 * GOOD, 3), (1e-6 * GOOD, 3), (np.eye(3), 1),
    (kernels.SOBEL_X, 0), (kernels.IDENTITY, 1), (kernels.SOBEL_Y, 0), (np.zeros((3, 3)), 0)])
def test_scores(kernel, score):
    assert practice.diagonal_score(kernel) == pytest.approx(score, abs=1e-12)


def test_score_does_not_depend_on_scale():
    rng = np.random.default_rng(0)
    for kernel in rng.normal(size=(50, 3, 3)):
        score = practice.diagonal_score(kernel)
        assert practice.diagonal_score(7.3 * kernel) == pytest.approx(score, rel=1e-9) and score <= 3 + 1e-9


def test_the_target_is_neither_out_of_reach_nor_a_gift():
    """Among random kernels of small whole numbers that are blind to flat areas, few pass, but some do."""
    rng = np.random.default_rng(1)
    candidates = rng.integers(-2, 3, (30_000, 3, 3))
    candidates = candidates[candidates.sum((1, 2)) == 0][:800]
    share = np.mean([judge("diagonal", kernel).ok for kernel in candidates])
    assert 0 < share < 0.03


@pytest.mark.parametrize("kernel", [
    GOOD, GOOD.tolist(), GOOD / 6,
    [[0.67, -0.33, -0.33], [-0.33, 0.67, -0.33], [-0.33, -0.33, 0.67]],  # rounded thirds: the sum is 0.03
    [[1, -1, 0], [-1, 2, -1], [0, -1, 1]], [[2, -2, -2], [0, 2, -2], [0, 0, 2]], kernels.LINE_FALLING])
def test_diagonal_accepts(kernel):
    assert judge("diagonal", kernel).ok


@pytest.mark.parametrize("kernel, said", [
    (np.eye(3), "score 1.00, target 2.00. It fires on flat areas: the nine numbers add up to 3, not 0."),
    (kernels.IDENTITY, "It fires on flat areas: the nine numbers add up to 1, not 0."),
    (kernels.BLUR, "It fires on flat areas"),
    ([[1, 0, -1], [0, 1, 0], [-1, 0, 1]], "score 3.00, target 2.00. That is enough, but it fires on flat areas"),
    (np.fliplr(GOOD), "You found the other diagonal"),
    (kernels.LINE_RISING, "You found the other diagonal"),
    (-GOOD, "It goes negative on the line"),
    (kernels.SOBEL_X, "It likes the vertical edge even more: 4 there, 0 on the falling line."),
    (kernels.LAPLACIAN, "even more: 4 there, -4 on the falling line."),
    (-kernels.LAPLACIAN, "as much: 4 there, 4 on the falling line."),
    (kernels.LINE_VERTICAL, "It likes the vertical line even more: 6 there, 0 on the falling line."),
    ([[1, 0, 1], [-4, 4, -4], [1, 0, 1]], "the rising diagonal as much: 6 there, 6 on the falling line."),
    ([[2, 0, -1], [0, 2, -2], [-1, -2, 2]], "the rising diagonal too much: 4 there, 6 on the falling line."),
    (np.zeros((3, 3)), "all nine numbers are zero"),
    (np.eye(5), "kernel must have the shape (3, 3), got (5, 5)."),
    (GOOD.ravel(), "kernel must have the shape (3, 3), got (9,)."),
    (GOOD * np.nan, "finite"),
    ("diagonal", "3×3 grid of numbers"),
    ([[1, 2], [3]], "3×3 grid of numbers"),
    (lambda image: image, "3×3 grid of numbers"),
])
def test_diagonal_names_the_mistake(kernel, said):
    verdict = judge("diagonal", kernel)
    assert not verdict.ok and said in verdict.message


@pytest.mark.parametrize("answer", [..., None, [[..., ..., ...]] * 3, np.array([[..., 0, 0]] * 3),
                                    [[2, -1, -1], [-1, ..., -1], [-1, -1, 2]]])
def test_diagonal_knows_its_stub(answer):
    assert judge("diagonal", answer) == NOT_WRITTEN


def test_score_refuses_what_is_no_kernel():
    with pytest.raises(ValueError, match=r"kernel must have the shape \(3, 3\), got \(2, 2\)"):
        practice.diagonal_score(np.ones((2, 2)))
