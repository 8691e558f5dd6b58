"""The exercises of lesson 01: wrong answers as learners write them, each with the diagnosis it must get."""
import re

import numpy as np
import pytest
from scipy import ndimage

from cnnlesson import datasets, nn, practice
from cnnlesson.practice import lesson01
from cnnlesson.practice.checks import NOT_WRITTEN, Mistake, find, judge

# ---- read -------------------------------------------------------------------------------------------


def counted(hidden=4800, output=50, whole=240_560):
    return judge("count_weights", {"one hidden neuron": hidden, "one output neuron": output, "whole network": whole})


def test_counts_are_those_of_the_network():
    network = nn.mlp(hidden=50, inputs=40 * 40 * 3)
    assert list(lesson01.COUNTS.values()) == [
        network[2].weight[0].size, network[4].weight[0].size, network.num_parameters]
    assert counted().ok and counted(np.int64(4800), 50.0).ok


@pytest.mark.parametrize("answers, said", [
    (dict(hidden=1600), "'one hidden neuron': you forgot the channels"), (dict(hidden=120), "one row of the image"),
    (dict(hidden=4801), "counts the bias too"), (dict(hidden=240_000), "the whole layer"),
    (dict(hidden=50), "how many hidden neurons there are"),
    (dict(output=4800), "does not read the image. It reads what the layer before it gives"),
    (dict(output=10), "how many output neurons there are"), (dict(output=51), "counts the bias too"),
    (dict(output=500), "the whole output layer"),
    (dict(whole=240_500), "you forgot the biases"), (dict(whole=240_000), "that is the first layer, without biases"),
    (dict(whole=240_050), "Add the output layer"), (dict(whole=240_550), "the ten output neurons have biases too"),
    (dict(whole=240_510), "the hidden neurons have biases too"), (dict(whole=80_560), "you forgot the channels"),
    (dict(whole=288_060), "it reads the 50 hidden ones"),
    (dict(whole=4850), "one neuron of each layer"), (dict(output=510), "the whole output layer with its biases"),
    (dict(hidden=15_552), "that is the photo of the lesson; this image is 40 × 40"),
    (dict(hidden="4800"), "'one hidden neuron': give a number, without quotes"),
    (dict(hidden=7), "one weight for each number that a neuron reads"), (dict(whole="many"), "give a number"),
])
def test_count_names_the_mistake(answers, said):
    verdict = counted(**answers)
    assert not verdict.ok and said in verdict.message


@pytest.mark.parametrize("answer", [..., None, dict.fromkeys(lesson01.COUNTS, ...)])
def test_count_knows_its_stub(answer):
    assert judge("count_weights", answer) == NOT_WRITTEN


@pytest.mark.parametrize("answer", [[4800, 50, 240_560], {"one hidden neuron": 4800}, 4800])
def test_count_wants_a_dict(answer):
    assert "a dict with the keys 'one hidden neuron'" in judge("count_weights", answer).message


# ---- write ------------------------------------------------------------------------------------------


def by_loops(image, down, right):
    height, width = image.shape
    out = np.zeros_like(image)
    for row in range(height):
        for column in range(width):
            if 0 <= row - down < height and 0 <= column - right < width:
                out[row, column] = image[row - down, column - right]
    return out


def by_padding(image, down, right):
    padded = np.pad(image, 20)
    return padded[20 - down:20 - down + image.shape[0], 20 - right:20 - right + image.shape[1]]


def test_moved_agrees_with_scipy():
    image = np.random.default_rng(0).random((5, 7))
    for down in range(-12, 13):
        for right in range(-16, 17):
            np.testing.assert_allclose(lesson01.moved(image, down, right),
                                       ndimage.shift(image, (down, right), order=0), err_msg=f"{down}, {right}")


def by_slices(image, down, right):
    """Where the hints lead."""
    height, width = image.shape
    down, right = max(-height, min(down, height)), max(-width, min(right, width))
    out = np.zeros_like(image)
    out[max(down, 0):height - max(-down, 0), max(right, 0):width - max(-right, 0)] = image[
        max(-down, 0):height - max(down, 0), max(-right, 0):width - max(right, 0)]
    return out


@pytest.mark.parametrize("shift", [by_loops, by_padding, by_slices])
def test_shift_accepts_solutions(shift, capsys):
    practice.check_shift(shift)
    assert capsys.readouterr().out == "✓ shift: right in 11 directions and distances, on images of two sizes.\n"


def stub(image, down, right):
    ...


@pytest.mark.parametrize("answer", [..., None, stub])
def test_shift_knows_its_stub(answer):
    assert judge("shift", answer) == NOT_WRITTEN


def positive_only(image, down, right):
    out = np.zeros_like(image)
    out[down:, right:] = image[:-down, :-right]
    return out


def from_the_front(image, down, right):
    out = np.zeros_like(image)
    height, width = image.shape
    out[down:, right:] = image[:height - down, :width - right]
    return out


def copied_twice(image, down, right):
    height, width = image.shape
    out = np.zeros_like(image)
    out[down:] = image[:height - down]
    out[:, right:] = image[:, :width - right]
    return out


def moved_twice(image, down, right):
    out = by_loops(image, down, 0)
    out[:, right:] = out[:, :image.shape[1] - right].copy()
    return out


def on_a_copy(image, down, right):
    out = image.copy()
    out[down:, right:] = image[:image.shape[0] - down, :image.shape[1] - right]
    return out


def loops_that_write(image, down, right):
    out = np.zeros_like(image)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            if row + down < image.shape[0] and column + right < image.shape[1]:
                out[row + down, column + right] = image[row, column]
    return out


def loops_that_read(image, down, right):
    out = np.zeros_like(image)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            out[row, column] = image[row - down, column - right]
    return out


def no_diagonal_back(image, down, right):
    return by_loops(image, down, right) if right >= 0 or down == 0 else np.zeros_like(image)


def by_eight_columns(image, down, right):
    out = np.zeros((6, 8))
    out[:] = by_loops(image, down, right)
    return out


def too_short_to_run_out(image, down, right):
    out, (height, width) = np.zeros_like(image), image.shape
    out[max(down, 0):height - max(-down, 0), max(right, 0):width - max(-right, 0)] = image[
        max(-down, 0):height - max(down, 0), max(-right, 0):width - max(right, 0)]
    return out


def in_place(image, down, right):
    image[:] = by_loops(image, down, right)
    return image


@pytest.mark.parametrize("shift, said", [
    (lambda image, down, right: np.roll(image, (down, right), (0, 1)), "down and right: what leaves on one side comes"),
    (lambda image, down, right: np.roll(image, right), "down and right: not the pixels that belong there"),
    (loops_that_write, "to the left, right = −2: what leaves on one side comes back on the other. np.roll does that; "
                       "so does a negative index, which counts from the end: test 0 ≤ … too."),
    (loops_that_read, "down and right: what leaves on one side comes back on the other"),
    (copied_twice, "down and right: the second copy starts from the image again and undoes the first. Move down and "
                   "right in one assignment."),
    (moved_twice, "what stays is in its place, but the gap is not zero."),
    (on_a_copy, "down and right: what leaves is still there: start from zeros, np.zeros_like(image)."),
    (no_diagonal_back, "down and left: all of it is zero"),
    (by_eight_columns, "on an image of 5 × 4 only: it stops with ValueError"),
    (by_eight_columns, "Take rows and columns from image.shape."),
    (too_short_to_run_out, "further than the image is wide: it stops with ValueError"),
    (too_short_to_run_out, "The two sides of the = do not have the same shape. Then nothing is left: all zeros. Clip "
                           "the number, or check first."),
    (lambda image, down, right: by_loops(image, right, down), "`down` and `right` are swapped"),
    (lambda image, down, right: by_loops(image, -down, -right), "it moves the other way"),
    (lambda image, down, right: image, "the image has not moved"),
    (lambda image, down, right: np.pad(image, 20, "edge")[20 - down:26 - down, 20 - right:28 - right],
     "the border is repeated"),
    (lambda image, down, right: by_loops(image, 0, right), "down and right: it moves to the right only"),
    (lambda image, down, right: by_loops(image, down, 0), "down and right: it moves down only. Use `right` too."),
    (lambda image, down, right: by_loops(image, abs(down), abs(right)), "right = −2: it ignores the minus sign"),
    (lambda image, down, right: by_loops(np.ones_like(image), down, right) * image, "has not moved along with them"),
    (lambda image, down, right: by_loops(image.astype(int), down, right), "whole numbers only"),
    (lambda image, down, right: np.zeros_like(image), "all of it is zero"),
    (lambda image, down, right: np.pad(image, ((abs(down), 0), (abs(right), 0))), "has become larger: (7, 11)"),
    (lambda image, down, right: image[:, :-right], "has become smaller: (6, 5)"),
    (lambda image, down, right: by_loops(image, down, right).T, "of another shape: (8, 6)"),
    (lambda image, down, right: by_loops(image, down, right).tolist(), "it returns a list"),
    (lambda image, down, right: 2 * by_loops(image, down, right), "not the pixels that belong there"),
    (positive_only, "to the right: it stops with ValueError"),
    (positive_only, "The two sides of the = do not have the same shape. A slice such as image[:-0] is empty: count "
                    "from the front, image[:height - 0]."),
    (from_the_front, "to the left, right = −2: "),
    (from_the_front, "If you use slices: left and up need their own."),
    (in_place, "it changes the array that it was given"),
    (lambda image, down: image, "TypeError"),
    (np.ones((2, 2)), "the function itself"),
])
def test_shift_names_the_mistake(shift, said):
    verdict = judge("shift", shift)
    assert not verdict.ok and said in verdict.message


def test_it_says_each_advice_once():
    def shift(image, down, right):
        return positive_only(image, down, right) if (down == 0) == (right == 0) else by_loops(image, down, right)

    message = judge("shift", shift).message
    assert message.startswith("not at all: it stops with ValueError") and message.count("image[:-0] is empty") == 1


def test_an_empty_slice_at_zero_is_explained():
    def shift(image, down, right):
        return by_loops(image, down, right) if down or right else image[:-down, :-right]

    assert "image[:-0] is empty" in judge("shift", shift).message


def test_it_names_a_cell_that_differs():
    def shift(image, down, right):
        out = by_loops(image, down, right)
        out[4, 5] += 0.001
        return out

    message = judge("shift", shift).message
    should, yours = re.search(r"out\[4, 5\] should be ([\d.]+), yours is ([\d.]+\d)\.", message).groups()
    assert float(yours) - float(should) == pytest.approx(0.001)


def test_hints_hold_code_that_can_be_copied():
    for name in ("count_weights", "shift", "robust"):
        assert "−" not in "".join(find(name).hints)


# ---- design -----------------------------------------------------------------------------------------


def robust(**training):
    network, train = nn.mlp(), datasets.mnist().train
    if training.pop("trained", True):
        images = training.pop("images", train.pixels[:20_000])
        nn.fit(network, images, train.labels[:len(images)], schedule=nn.linear_decay(), progress=False, **training)
    return network


def test_robust_accepts_a_perceptron_that_has_seen_shifts():
    assert judge("robust", robust(epochs=5, augment=nn.random_shift(3))).ok


def right_only(batch, rng):
    return np.concatenate([by_padding_batch(part, by) for by, part in enumerate(np.array_split(batch, 5))])


def by_padding_batch(batch, right):
    return np.pad(batch, ((0, 0), (0, 0), (0, 0), (right, 0)))[..., :28]


@pytest.mark.parametrize("training, said", [
    (dict(trained=False), "it guesses: "),
    (dict(epochs=2), "It has seen digits in the middle"),
    (dict(epochs=2, augment=nn.random_shift(1)), "It has seen digits in the middle, or nearly there"),
    (dict(epochs=4, augment=right_only), "It has not seen digits move that way: shift them in all four."),
    (dict(epochs=1, images=datasets.mnist().train.pixels[:4000], augment=nn.random_shift(3)), "It is on the way"),
])
def test_robust_names_the_mistake(training, said):
    verdict = judge("robust", robust(**training))
    assert not verdict.ok and said in verdict.message


@pytest.mark.parametrize("answer, said", [
    (nn.lenet5(), "there is a convolution in it"), (nn.mlp(200), "it has 159 010 parameters; 150 000 are allowed"),
    (nn.Sequential(nn.Sequential(nn.Conv2d(1, 4, 3)), nn.Flatten(), nn.Linear(2704, 10)), "there is a convolution"),
    (nn.Sequential(nn.Sequential(nn.MaxPool2d(2), nn.Flatten()), nn.Linear(196, 10)), "there is a MaxPool2d in it"),
    (nn.History(), "that is the history that nn.fit returns; hand over the network."),
    (0.93, "hand over the network itself"), (nn.mlp, "hand over the network itself"),
    (nn.mlp(inputs=9), "cannot be read as an answer (ValueError"),
])
def test_robust_refuses(answer, said):
    verdict = judge("robust", answer)
    assert not verdict.ok and said in verdict.message


def test_robust_tells_who_has_never_seen_a_digit_in_place():
    with pytest.raises(Mistake, match="in place only 70 of 100 are right. Show it digits that have not moved, too."):
        lesson01.robust_verdict(0.7, dict(up=0.91, down=0.9, left=0.93, right=0.92))


def test_robust_asks_for_larger_shifts_where_all_is_well_in_place():
    with pytest.raises(Mistake, match="in place 97 of 100 are right, but 85 of 100 after a shift up; the target is 90. "
                                      "Show it larger shifts."):
        lesson01.robust_verdict(0.97, dict(up=0.85, down=0.88, left=0.91, right=0.9))


def test_robust_accepts_dense_layers_in_a_nested_sequence():
    network = nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(784, 20), nn.Tanh(), nn.Dropout(), nn.Linear(20, 10)))
    assert judge("robust", network).message.startswith("it guesses: ")
