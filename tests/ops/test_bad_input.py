"""Whatever comes in wrong is refused by a ValueError: one sentence that names the argument and the value."""

import numpy as np
import pytest

from cnnlesson import ops
from cnnlesson.ops import conv2d, cross_entropy, max_pool2d, output_size

X, W = np.ones((1, 2, 5, 5)), np.ones((3, 2, 3, 3))
LOGITS, ONES = np.zeros((2, 3)), np.ones(2)
NAN = X.copy()
NAN[0, 1, 2, 3] = np.nan
RAGGED = [[1, 2], [3]]


def conv(**settings):
    return lambda: conv2d(X, W, **settings)


def pool(kernel_size=2, **settings):
    return lambda: max_pool2d(X, kernel_size, **settings)


def norm(**changed):
    return lambda: ops.batch_norm(X, **(dict(mean=ONES, var=ONES, weight=ONES, bias=ONES) | changed))


REFUSED = [
    # images
    (lambda: conv2d(X[0], W), "x must have 4 dimensions (N, C, H, W), got shape (2, 5, 5)"),
    (lambda: conv2d(X[:0], W), "x must not be empty, got shape (0, 2, 5, 5)"),
    (lambda: conv2d(NAN, W), "x must hold numbers only, got NaN at index (0, 1, 2, 3)"),
    (lambda: conv2d(X * 1j, W), "x must hold real numbers, got dtype complex128"),
    (lambda: conv2d("cat", W), "x must hold real numbers, got dtype <U3"),
    (lambda: conv2d(None, W), "x must hold real numbers, got dtype object"),
    (lambda: conv2d(RAGGED, W), "x must be an array, got rows of different lengths"),
    (lambda: conv2d(5, W), "x must have 4 dimensions (N, C, H, W), got shape ()"),
    # filters
    (lambda: conv2d(X, W[0]), "weight must have 4 dimensions (O, C / groups, kh, kw), got shape (2, 3, 3)"),
    (lambda: conv2d(X, W[:, :, :0]), "weight must not be empty, got shape (3, 2, 0, 3)"),
    (lambda: conv2d(X, W[:, :1]), "must be 2 channels deep to fit x with 2 channels in 1 group, got 1"),
    (lambda: conv2d(X, W * 1j), "weight must hold real numbers, got dtype complex128"),
    (lambda: conv2d(X, RAGGED), "weight must be an array, got rows of different lengths"),
    (lambda: conv2d(X, W, [1, 2]), "bias must have shape (3,), got (2,)"),
    (lambda: conv2d(X, W, "b"), "bias must hold real numbers, got dtype <U1"),
    (
        lambda: conv2d(X, np.ones((2, 2, 3, 3)), groups=2),
        "weight must be 1 channels deep to fit x with 2 channels in 2 groups, got 2",
    ),
    (conv(groups=2), "groups must divide 2 channels and 3 filters, got 2"),
    (conv(groups=0), "groups must be ≥ 1, got 0"),
    (conv(groups=None), "groups must be a whole number, got None"),
    (conv(groups=1.0), "groups must be a whole number, got 1.0"),
    (
        lambda: conv2d(X, np.ones((1, 2, 6, 1))),
        "must fit into the padded input of 5 pixels, got a kernel that spans 6",
    ),
    (conv(dilation=3), "must fit into the padded input of 5 pixels, got a kernel that spans 7"),
    # settings
    (conv(stride=0), "stride must be ≥ 1, got 0"),
    (conv(stride=(1, 0)), "stride must be ≥ 1, got (1, 0)"),
    (conv(stride=1.5), "stride must be a whole number or a pair of them, got 1.5"),
    (conv(stride=(1, 2.0)), "stride must be a whole number or a pair of them, got (1, 2.0)"),
    (conv(stride=2**31), "stride must be ≤ 2147483647, got 2147483648"),
    (conv(padding=-1), "padding must be ≥ 0, got -1"),
    (conv(padding=(1, 2, 3)), "padding must be a whole number or a pair of them, got (1, 2, 3)"),
    (conv(padding=()), "padding must be a whole number or a pair of them, got ()"),
    (conv(padding="same"), "padding must be a whole number or a pair of them, got 'same'"),
    (conv(padding=None), "padding must be a whole number or a pair of them, got None"),
    (conv(padding=RAGGED), "padding must be a whole number or a pair of them, got [[1, 2], [3]]"),
    (conv(padding=np.nan), "padding must be a whole number or a pair of them, got nan"),
    (conv(dilation=0), "dilation must be ≥ 1, got 0"),
    (conv(dilation=10**30), f"dilation must be ≤ 2147483647, got {10**30}"),
    (lambda: output_size(5, 3, dilation=None), "dilation must be a whole number, got None"),
    (lambda: output_size((5, 5), 3), "size must be a whole number, got (5, 5)"),
    (lambda: output_size(0, 3), "size must be ≥ 1, got 0"),
    (lambda: output_size(np.uint8(5), np.uint8(9)), "padded input of 5 pixels, got a kernel that spans 9"),
    # pooling
    (lambda: max_pool2d(X[0], 2), "x must have 4 dimensions (N, C, H, W), got shape (2, 5, 5)"),
    (lambda: max_pool2d(NAN, 2), "x must hold numbers only, got NaN at index (0, 1, 2, 3)"),
    (lambda: ops.avg_pool2d(RAGGED, 2), "x must be an array, got rows of different lengths"),
    (lambda: ops.avg_pool2d(None, 2), "x must hold real numbers, got dtype object"),
    (lambda: ops.global_avg_pool2d(X[:, :, :0]), "x must not be empty, got shape (1, 2, 0, 5)"),
    (pool(0), "kernel_size must be ≥ 1, got 0"),
    (pool(None), "kernel_size must be a whole number or a pair of them, got None"),
    (pool(6), "must fit into the padded input of 5 pixels, got a kernel that spans 6"),
    (pool(7, stride=2, ceil_mode=True), "kernel_size must fit"),
    (pool(stride=0), "stride must be ≥ 1, got 0"),
    (pool(padding=2), "padding must be ≤ 1, half of kernel_size 2, got 2"),
    (pool(3, padding=(1, 2)), "padding must be ≤ 1, half of kernel_size 3, got 2"),
    (pool(padding=-1), "padding must be ≥ 0, got -1"),
    (pool(dilation=0), "dilation must be ≥ 1, got 0"),
    # gradients
    (lambda: ops.conv2d_backward(X, X, W), "grad must have shape (1, 3, 3, 3), got (1, 2, 5, 5)"),
    (lambda: ops.conv2d_backward(None, X, W), "grad must hold real numbers, got dtype object"),
    (lambda: ops.max_pool2d_backward(X, X, 2), "grad must have shape (1, 2, 2, 2), got (1, 2, 5, 5)"),
    (lambda: ops.avg_pool2d_backward(X, X, 2), "grad must have shape (1, 2, 2, 2), got (1, 2, 5, 5)"),
    (lambda: ops.sum_pool2d_backward(X, X, 2), "grad must have shape (1, 2, 2, 2), got (1, 2, 5, 5)"),
    (lambda: ops.global_avg_pool2d_backward(X, X), "grad must have shape (1, 2, 1, 1), got (1, 2, 5, 5)"),
    *(
        (lambda back=back: back(np.ones(3), np.ones(2)), "grad must have shape (2,), got (3,)")
        for back in (
            ops.relu_backward,
            ops.leaky_relu_backward,
            ops.sigmoid_backward,
            ops.tanh_backward,
            ops.softmax_backward,
            ops.log_softmax_backward,
        )
    ),
    (lambda: ops.relu_backward(np.ones((2, 1)), np.ones(2)), "grad must have shape (2,), got (2, 1)"),
    (
        lambda: ops.linear_backward(ONES[None], np.ones((1, 3)), np.ones((4, 3))),
        "grad must have shape (1, 4), got (1, 2)",
    ),
    (
        lambda: ops.batch_norm_backward(X[0], X, ONES, ONES, ONES),
        "grad must have shape (1, 2, 5, 5), got (2, 5, 5)",
    ),
    (
        lambda: ops.local_response_norm_backward(X[0], X, 2),
        "grad must have shape (1, 2, 5, 5), got (2, 5, 5)",
    ),
    # activations
    (lambda: ops.relu("cat"), "x must hold real numbers, got dtype <U3"),
    (lambda: ops.relu(1j), "x must hold real numbers, got dtype complex128"),
    (lambda: ops.leaky_relu(X, None), "negative_slope must be a number, got None"),
    (lambda: ops.leaky_relu(X, np.nan), "negative_slope must be a number, got nan"),
    (lambda: ops.leaky_relu_backward(X, X, "a"), "negative_slope must be a number, got 'a'"),
    (lambda: ops.leaky_relu(X, 1j), "negative_slope must be a number, got 1j"),
    *(
        (
            lambda f=f, axis=axis: f(LOGITS, axis=axis),
            f"axis must be one of the 2 axes of x, counted from 0, got {axis!r}",
        )
        for f in (ops.softmax, ops.log_softmax)
        for axis in (2, -3, None, 1.0, "x")
    ),
    (lambda: ops.softmax_backward(LOGITS, LOGITS, axis=2), "axis must be one of the 2 axes of x"),
    (lambda: ops.softmax(1.0), "axis must be one of the 0 axes of x, counted from 0, got -1"),
    (lambda: ops.softmax([]), "x must not be empty, got shape (0,)"),
    (lambda: ops.log_softmax(LOGITS[:0]), "x must not be empty, got shape (0, 3)"),
    # dense layer and loss
    (lambda: ops.linear(ONES, np.ones((3, 2))), "x must have shape (N, inputs), neither empty, got (2,)"),
    (
        lambda: ops.linear(LOGITS[:0], np.ones((3, 3))),
        "x must have shape (N, inputs), neither empty, got (0, 3)",
    ),
    (lambda: ops.linear(LOGITS, np.ones((3, 4))), "weight must have shape (outputs, 3) to fit x, got (3, 4)"),
    (lambda: ops.linear(LOGITS, np.ones((4, 3)), [1]), "bias must have shape (4,), got (1,)"),
    (lambda: ops.linear([[np.nan]], [[1.0]]), "x must hold numbers only, got NaN at index (0, 0)"),
    (lambda: cross_entropy(LOGITS, [0, 3]), "labels must be in 0 … 2, got 3"),
    (lambda: cross_entropy(LOGITS, [0, -1]), "labels must be in 0 … 2, got -1"),
    (
        lambda: cross_entropy(LOGITS, [0.0, 1.0]),
        "labels must be 2 whole numbers, one for each row, got shape (2,) and dtype float64",
    ),
    (lambda: cross_entropy(LOGITS, [True, False]), "got shape (2,) and dtype bool"),
    (lambda: cross_entropy(LOGITS, [0]), "labels must be 2 whole numbers, one for each row, got shape (1,)"),
    (
        lambda: cross_entropy(LOGITS, [[0], [1]]),
        "labels must be 2 whole numbers, one for each row, got shape (2, 1)",
    ),
    (lambda: cross_entropy(LOGITS, 0), "labels must be 2 whole numbers, one for each row, got shape ()"),
    (lambda: cross_entropy(LOGITS, None), "labels must be 2 whole numbers"),
    (lambda: cross_entropy(LOGITS, RAGGED), "labels must be an array, got rows of different lengths"),
    (lambda: cross_entropy(LOGITS[:0], []), "logits must have shape (N, classes), neither empty, got (0, 3)"),
    (
        lambda: cross_entropy(LOGITS[:, :0], [0, 0]),
        "logits must have shape (N, classes), neither empty, got (2, 0)",
    ),
    (lambda: cross_entropy(ONES, [0]), "logits must have shape (N, classes), neither empty, got (2,)"),
    (
        lambda: cross_entropy(LOGITS * np.nan, [0, 1]),
        "logits must hold numbers only, got NaN at index (0, 0)",
    ),
    (lambda: ops.cross_entropy_backward(LOGITS, [0, 3]), "labels must be in 0 … 2, got 3"),
    # normalisation
    (norm(mean=[1]), "mean must have shape (2,), got (1,)"),
    (norm(weight=None), "weight must hold real numbers, got dtype object"),
    (norm(var=-ONES), "var must be ≥ 0, got -1.0"),
    (norm(var=[np.nan, 1]), "var must be ≥ 0, got nan"),
    (norm(eps=-1), "eps must be ≥ 0, got -1"),
    (norm(eps=None), "eps must be a number, got None"),
    (norm(eps=[1, 2]), "eps must be a number, got [1, 2]"),
    (lambda: ops.local_response_norm(X[0], 2), "x must have 4 dimensions"),
    (lambda: ops.local_response_norm(X, 0), "size must be ≥ 1, got 0"),
    (lambda: ops.local_response_norm(X, 1.5), "size must be a whole number, got 1.5"),
    (lambda: ops.local_response_norm(X, 2, alpha=None), "alpha must be a number, got None"),
    (lambda: ops.local_response_norm(X, 2, beta=[1, 2]), "beta must be a number, got [1, 2]"),
    (lambda: ops.local_response_norm_backward(X, X, 2, k="1"), "k must be a number, got '1'"),
]


@pytest.mark.parametrize("call, sentence", [pytest.param(*case, id=case[1]) for case in REFUSED])
def test_refused_in_one_sentence(call, sentence):
    with pytest.raises(ValueError) as refusal:
        call()
    message = str(refusal.value)
    assert sentence in message and len(message) < 150
    assert " must " in message and "\n" not in message and ". " not in message and not message.endswith(".")


STRANGE = [
    None,
    "",
    "abc",
    b"abc",
    [],
    [[]],
    RAGGED,
    {},
    {1: 2},
    {1, 2},
    object(),
    object,
    print,
    1j,
    np.nan,
    np.inf,
    -np.inf,
    -1,
    0,
    1,
    1.5,
    10**30,
    -(10**30),
    True,
    np.True_,
    np.float32(1),
    np.int8(-1),
    np.uint8(255),
    (1, 2, 3),
    (1, None),
    [1, [2]],
    np.array(1),
    np.array([1.5, 2]),
    np.array([]),
    np.zeros((0, 3)),
    np.ones((1, 1, 1)),
    np.datetime64("2020-01-01"),
    np.array([None, 1]),
    np.array(["a", "b"]),
    [10**400, 1.5],
    iter([1, 2]),
    slice(2),
    ...,
    NAN,
    X,
    X * 1j,
    RAGGED * 2,
]
SLOTS = {
    "conv2d x": lambda v: conv2d(v, W),
    "conv2d weight": lambda v: conv2d(X, v),
    "conv2d bias": lambda v: conv2d(X, W, v),
    "conv2d stride": lambda v: conv2d(X, W, stride=v),
    "conv2d dilation": lambda v: conv2d(X, W, dilation=v),
    "conv2d groups": lambda v: conv2d(X, W, groups=v),
    "loops x": lambda v: ops.conv2d_loops(v, W),
    "conv2d grad": lambda v: ops.conv2d_backward(v, X, W),
    "size": lambda v: output_size(v, 1),
    "kernel_size": lambda v: output_size(9, v),
    "stride": lambda v: output_size(9, 3, v),
    "padding": lambda v: output_size(9, 3, 1, v),
    "dilation": lambda v: output_size(9, 3, 1, 0, v),
    "max_pool2d x": lambda v: max_pool2d(v, 2),
    "max_pool2d kernel": lambda v: max_pool2d(X, v),
    "max_pool2d stride": lambda v: max_pool2d(X, 2, stride=v),
    "max_pool2d padding": lambda v: max_pool2d(X, 2, padding=v),
    "max_pool2d dilation": lambda v: max_pool2d(X, 2, dilation=v),
    "max_pool2d grad": lambda v: ops.max_pool2d_backward(v, X, 2),
    "avg_pool2d x": lambda v: ops.avg_pool2d(v, 2),
    "avg_pool2d grad": lambda v: ops.avg_pool2d_backward(v, X, 2),
    "sum_pool2d x": lambda v: ops.sum_pool2d(v, 2),
    "global_avg_pool2d x": ops.global_avg_pool2d,
    "relu x": ops.relu,
    "relu grad": lambda v: ops.relu_backward(v, X),
    "leaky_relu slope": lambda v: ops.leaky_relu(X, v),
    "sigmoid x": ops.sigmoid,
    "tanh x": ops.tanh,
    "softmax x": ops.softmax,
    "softmax axis": lambda v: ops.softmax(X, v),
    "log_softmax x": ops.log_softmax,
    "log_softmax grad": lambda v: ops.log_softmax_backward(v, X),
    "linear x": lambda v: ops.linear(v, LOGITS),
    "linear weight": lambda v: ops.linear(LOGITS, v),
    "linear bias": lambda v: ops.linear(LOGITS, LOGITS, v),
    "logits": lambda v: cross_entropy(v, [0, 1]),
    "labels": lambda v: cross_entropy(LOGITS, v),
    "var": lambda v: ops.batch_norm(X, ONES, v, ONES, ONES),
    "eps": lambda v: ops.batch_norm(X, ONES, ONES, ONES, ONES, eps=v),
    "beta": lambda v: ops.local_response_norm(X, 2, beta=v),
    "alpha": lambda v: ops.local_response_norm(X, 2, alpha=v),
    "size of local_response_norm": lambda v: ops.local_response_norm(X, v),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("slot", SLOTS)
def test_nothing_but_value_errors_escapes(slot):
    for value in STRANGE:
        try:
            SLOTS[slot](value)
        except ValueError as refusal:
            assert " must " in str(refusal) and "\n" not in str(refusal) and len(str(refusal)) < 150, refusal
