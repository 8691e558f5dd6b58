"""The exercises of lesson 04: wrong answers as learners write them, each with the diagnosis it must get."""
import numpy as np
import pytest

from cnnlesson import practice
from cnnlesson.ops import kernels
from cnnlesson.practice.checks import NOT_WRITTEN, judge

# ---- read -------------------------------------------------------------------------------------------

RIGHT = {"depth": 16, "parameters": 12832, "shape": (32, 16, 16)}


def test_the_right_numbers_are_those_of_pytorch():
    torch = pytest.importorskip("torch")
    layer = torch.nn.Conv2d(16, 32, 5)
    assert layer.weight.shape[1] == RIGHT["depth"]
    assert sum(array.numel() for array in layer.parameters()) == RIGHT["parameters"]
    assert tuple(layer(torch.zeros(1, 16, 20, 20)).shape[1:]) == RIGHT["shape"]


@pytest.mark.parametrize("changes", [
    {"shape": (32, 16, 16)}, {"shape": [32, 16, 16]}, {"shape": np.array([32, 16, 16])},
    {"depth": 16.0, "parameters": 12832.0, "shape": (32.0, 16, np.float32(16))}, {"parameters": np.int64(12832)}])
def test_read_accepts_the_solution(changes):
    assert judge("read_layer", RIGHT | changes).ok


@pytest.mark.parametrize("key, given, said", [
    ("depth", 3, "depth: 3 is the depth of the photo"),
    ("depth", 1, "depth: one slice is one kernel"),
    ("depth", 32, "depth: that is how many filters there are"),
    ("depth", 5, "that is height and width"),
    ("depth", 48, "the 16 maps are no longer in three colours"),
    ("depth", 16.5, "give a whole number, not 16.5"),
    ("depth", float("nan"), "give a whole number, not nan"),
    ("depth", float("inf"), "give a whole number, not inf"),
    ("depth", 400, "that is how many weights a filter has"),
    ("parameters", 32 * 16 * 25, "parameters: you forgot the biases"),
    ("parameters", 32 * 16 * 26, "not one for each slice"),
    ("parameters", 32 * 25, "you forgot the depth, and the biases"),
    ("parameters", 32 * 26, "you forgot the depth: a filter has a slice"),
    ("parameters", 32 * 76, "you took the depth of the photo. These filters"),
    ("parameters", 32 * 75, "you took the depth of the photo, and forgot the biases"),
    ("parameters", 401, "that is one filter. The layer has 32."),
    ("parameters", 12832 * 256, "you counted the weights at every position"),
    ("parameters", 6400 * 8192, "that is a dense layer"),
    ("parameters", 7, "7 is not it"),
    ("parameters", "many", "give a whole number, not 'many'"),
    ("parameters", True, "give a whole number, not True"),
    ("shape", (16, 16, 32), "the channels come first"),
    ("shape", (512, 16, 16), "not one for each slice"),
    ("shape", (16, 16, 16), "that is how many maps come in"),
    ("shape", (32, 20, 20), "there is no padding"),
    ("shape", (32, 15, 15), "one row and one column short"),
    ("shape", (1, 32, 16, 16), "leave out the dimension of the batch"),
    ("shape", 32, "give whole numbers in brackets"),
    ("shape", (32, 16.5, 16), "give whole numbers in brackets"),
    ("shape", (1, 2), "(1, 2) is not it"),
])
def test_read_names_the_mistake(key, given, said):
    verdict = judge("read_layer", RIGHT | {key: given})
    assert not verdict.ok and said in verdict.message and verdict.message.startswith(key)


def test_read_names_every_mistake():
    message = judge("read_layer", {"depth": 3, "parameters": 12800, "shape": (32, 20, 20)}).message
    assert all(said in message for said in ("3 is the depth of the photo", "forgot the biases", "no padding"))


@pytest.mark.parametrize("answer", [
    ..., None, {"depth": ..., "parameters": ..., "shape": ...}, {"depth": 16, "parameters": ..., "shape": None}])
def test_read_knows_its_stub(answer):
    assert judge("read_layer", answer) == NOT_WRITTEN


@pytest.mark.parametrize("answer", [[16, 12832, (32, 16, 16)], {"depth": 16}, 5, "16"])
def test_read_wants_a_dict(answer):
    assert "a dict with the keys 'depth', 'parameters', 'shape'" in judge("read_layer", answer).message


# ---- write ------------------------------------------------------------------------------------------


def convolve(image, kernel):
    kh, kw = kernel.shape           # as in the lesson
    rows, columns = image.shape
    windows = np.lib.stride_tricks.sliding_window_view(image, (kh, kw))
    assert windows.shape[:2] == (rows - kh + 1, columns - kw + 1)
    return np.einsum("ijkl,kl->ij", windows, kernel)


def solution(image, weight, bias):
    return np.array([sum(map(convolve, image, slices)) + b for slices, b in zip(weight, bias, strict=True)])




@pytest.mark.parametrize("layer", [solution, lambda x, w, b: solution(x, w, b).astype(np.float32)])
def test_layer_accepts_solutions(layer, capsys):
    practice.check_layer(layer)
    assert capsys.readouterr().out == "✓ layer: right on 6 pictures, with 1 to 5 channels and 1 to 6 filters.\n"


def stub(image, weight, bias):
    ...


def stub_with_a_frame(image, weight, bias):
    maps = []
    for _ in weight:
        maps.append(...)
    return np.array(maps)


@pytest.mark.parametrize("answer", [..., None, stub, stub_with_a_frame])
def test_layer_knows_its_stub(answer):
    assert judge("layer", answer) == NOT_WRITTEN


def variant(start="np.zeros(1)", add="one = one + convolve(image[c], weight[o, c])", end="one = one + bias[o]",
            channels="range(weight.shape[1])", filters="range(len(weight))", before="", last="return np.array(maps)"):
    """The solution with some of its lines replaced, as source text."""
    source = f"""
def layer(image, weight, bias):
    maps, one = [], np.zeros(1)
    {before}
    for o in {filters}:
        one = {start}
        for c in {channels}:
            {add}
        {end}
        maps.append(one)
    {last}
"""
    names = {"np": np, "convolve": convolve}
    exec(source, names)
    return names["layer"]


def test_the_unchanged_variant_is_right():
    assert judge("layer", variant()).ok


@pytest.mark.parametrize("changes, said", [
    (dict(end="pass"), "you forgot the bias."),
    (dict(add="one = one + convolve(image[c], weight[o, c]) + bias[o]", end="pass"), "once for each channel"),
    (dict(end="one = one - bias[o]"), "you subtracted the bias"),
    (dict(end="one = one + bias[0]"), "the bias of the first one"),
    (dict(end="one = one / len(image) + bias[o]"), "you averaged over the channels"),
    (dict(add="one = convolve(image[c], weight[o, c])"), "only the last channel is left in the map"),
    (dict(channels="range(1)"), "only the first channel is in the map"),
    (dict(start="-np.inf", add="one = np.maximum(one, convolve(image[c], weight[o, c]))"), "you took the largest part"),
    (dict(add="one = one + convolve(image[c], weight[o, 0])"), "you laid the first slice on every channel"),
    (dict(add="one = one + convolve(image[0], weight[o, c])"), "you laid every slice on the first channel"),
    (dict(add="one = one + convolve(image[-1 - c], weight[o, c])"), "in reverse order"),
    (dict(add="one = one + convolve(image[c], weight[0, c])"), "all maps come from the first filter"),
    (dict(start="one"), "the maps pile up"),
    (dict(start="one - (bias[o - 1] if o else 0)"), "the maps pile up"),
    (dict(add="one = one + convolve(image[c], weight[o, c, ::-1, ::-1])"), "you flipped the slices"),
    (dict(last="return np.maximum(maps, 0)"), "you set negative sums to zero"),
    (dict(last="return np.array(maps).astype(int)"), "whole numbers only"),
    (dict(channels="range(3)"), "with five channels: "),
    (dict(filters="range(4)"), "stops with IndexError"),
    (dict(filters="range(2)"), "The output should have the shape (4, 4, 5), yours has (2, 4, 5)."),
    (dict(last="return maps"), "it returns a list"),
    (dict(last="return np.array(maps)[None]"), "there is no batch here"),
    (dict(last="return np.moveaxis(maps, 0, -1)"), "the maps come first"),
    (dict(last="return np.sum(maps, axis=0)"), "you made one map for the whole layer"),
    (dict(last="pass"), "it returns nothing"),
    (dict(before="image *= 2"), "it changes the array that it was given"),
    (dict(add="one = one + convolve(image, weight[o, c])"),
     "`convolve` takes one channel and one kernel: loop over the channels."),
    (dict(add="one = one + convolve(image, weight[o])"), "loop over the channels."),
    (dict(end="pass", last="return np.array(maps) + bias"), "One bias a map: add bias[o] to map o"),
    (dict(end="one = one + bias"), "One bias a map: add bias[o] to map o, or bias[:, None, None]."),
    (dict(before="store = np.zeros((4, 5))", end="store[:] = one + bias[o]; one = store"),
     "all your maps are the same array; make a new one for each filter."),
    (dict(last="return np.array(maps) * 1.01"), "in map 0, row 0, column 0 the sum is"),
])
def test_layer_names_the_mistake(changes, said):
    verdict = judge("layer", variant(**changes))
    assert not verdict.ok and said in verdict.message


@pytest.mark.parametrize("shape, said", [
    (lambda parts: parts.reshape(-1, *parts.shape[2:]), "one map for each slice"),
    (lambda parts: parts, "one map for each slice"),
    (lambda parts: parts.sum(0), "one map for each channel"),
    (lambda parts: parts.sum(1)[:1], "only one filter was used")])
def test_layer_knows_wrong_shapes(shape, said):
    def layer(image, weight, bias):
        return shape(np.array([[convolve(x, w) for x, w in zip(image, slices, strict=True)] for slices in weight]))

    verdict = judge("layer", layer)
    assert not verdict.ok and said in verdict.message


# ---- design -----------------------------------------------------------------------------------------

X, Y, LINE, NONE = kernels.SOBEL_X, kernels.SOBEL_Y, kernels.LINE_VERTICAL, np.zeros((3, 3))
CHEQUERS = np.array([[[1, -1, 0], [-1, 1, 0], [0, 0, 0]]] * 3)       # silent at straight edges, loud at dots
GOOD = np.array([-X, X, NONE])


def test_red_and_green_are_equally_bright_and_only_colour_tells_them_apart():
    picture = practice.COLOUR_PICTURES["red | green"]
    np.testing.assert_allclose(picture.sum(axis=0), 1.2)
    assert (picture[0, :, :3] > picture[1, :, :3]).all() and (picture[0, :, 3:] < picture[1, :, 3:]).all()


def test_responses_by_hand():
    """Sobel x adds up 4 on its bright side, and each channel that changes does so by 0.6."""
    responses = practice.colour_responses(GOOD)
    assert responses == pytest.approx({
        "red | green": 4 * 0.6 + 4 * 0.6, "dark | bright": 0, "dark over bright": 0, "red over green": 0,
        "only red": 0, "only green": 0, "only grey": 0, "grey dot": 0}, abs=1e-9)
    assert practice.colour_responses([X, NONE, NONE])["red | green"] == pytest.approx(-2.4)


@pytest.mark.parametrize("weight", [
    GOOD, GOOD.tolist(), 0.01 * GOOD, 50 * GOOD, np.array([-kernels.PREWITT_X, kernels.PREWITT_X, NONE]),
    np.array([-X, X / 2, X / 2]), np.array([-X, 2 * X, -X]), np.array([NONE, X, -X]), np.array([-X + Y, X - Y, NONE]),
    np.array([-X, 0.99 * X, NONE])])
def test_colour_edge_accepts(weight):
    assert judge("colour_edge", weight).ok


@pytest.mark.parametrize("weight, said", [
    (-GOOD, "It goes negative from red to green. Turn all signs round."),
    (np.array([X] * 3), "Red and green cancel: what one channel loses, the other gains."),
    (np.array([NONE, X, NONE]), "It answers to brightness too."),
    (np.array([-X, NONE, NONE]), "It answers to brightness too."),
    (np.array([-X, 0.7 * X, NONE]), "It answers to brightness too."),
    (np.array([-X + Y, X + Y, NONE]), "It answers to brightness too."),
    (np.array([-Y, Y, NONE]), "It sees edges that run across"),
    (np.array([Y, Y, Y]), "It sees edges that run across"),
    (np.moveaxis(GOOD, 0, -1), "Your channels come last"),
    (np.array([-kernels.IDENTITY, kernels.IDENTITY, NONE]), "It fires where nothing changes"),
    (np.array([kernels.BLUR] * 3), "It fires where nothing changes"),
    (np.array([LINE, -LINE, NONE]),
     "It goes positive on one side of the edge and negative on the other: a line kernel. Take one for edges. "
     "Responses: red | green -3.6 to 3.6."),
    (np.array([kernels.LINE_FALLING, -kernels.LINE_FALLING, NONE]), "Neither the red slice nor the green one answers"),
    (np.array([-LINE, LINE, NONE]), "a line kernel"),
    (np.array([kernels.LAPLACIAN, -kernels.LAPLACIAN, NONE]), "a line kernel"),
    (GOOD + 10 * CHEQUERS, "It is silent at these edges, but answers to a grey dot"),
    (GOOD + CHEQUERS / 2, "It is silent at these edges, but answers to a grey dot"),
    (1e-8 * GOOD, "It answers with less than 0.01. Make its numbers larger."),
    (np.array([LINE, NONE, NONE]), "It answers to brightness too."),
    (np.zeros((3, 3, 3)), "all 27 numbers are zero"),
    (X, "got (3, 3). That is one slice, for one channel."),
    (GOOD[None], "the filter must have the shape (3, 3, 3), got (1, 3, 3, 3)."),
    (GOOD[:2], "the filter must have the shape (3, 3, 3), got (2, 3, 3)."),
    (GOOD * np.nan, "finite numbers"),
    ("red", "3×3×3 array of numbers"),
    ([X, X, [1, 2]], "3×3×3 array of numbers"),
    (lambda image: image, "3×3×3 array of numbers"),
])
def test_colour_edge_names_the_mistake(weight, said):
    verdict = judge("colour_edge", weight)
    assert not verdict.ok and said in verdict.message


def test_a_wrong_filter_is_told_its_responses():
    said = judge("colour_edge", [NONE, X, NONE]).message
    assert said.endswith("Responses: red | green 2.4, dark | bright 2.4, grey dot 1.2.")


@pytest.mark.parametrize("answer", [..., None, [..., X, NONE], np.full((3, 3, 3), ...)])
def test_colour_edge_knows_its_stub(answer):
    assert judge("colour_edge", answer) == NOT_WRITTEN


def test_the_explorer_does_not_give_the_answer_away():
    from cnnlesson.explore.channel_explorer import PRESETS
    assert not any(judge("colour_edge", sign * preset).ok for preset in PRESETS.values() for sign in (1, -1))
