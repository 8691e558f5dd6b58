"""What the benchmarks compare with computes the same, and what they write goes where it belongs."""
import dataclasses

import numpy as np
import pytest

from cnnlesson import nn, ops
from tests.benchmarks import measure, peers, report

SHAPES = [     # N, C, H, W, O, kh, kw, padding
    (2, 1, 8, 7, 3, 3, 3, 0), (3, 2, 9, 6, 4, 5, 5, 2), (1, 3, 5, 6, 2, 1, 3, 1)]


@pytest.fixture(params=peers.TECHNIQUES)
def technique(request):
    return peers.TECHNIQUES[request.param]


@pytest.fixture(params=SHAPES, ids=str)
def layer(request):
    n, c, h, w, o, kh, kw, padding = request.param
    rng = np.random.default_rng(0)
    x, weight, bias = (rng.normal(size=shape) for shape in ((n, c, h, w), (o, c, kh, kw), o))
    grad = rng.normal(size=(n, o, h + 2 * padding - kh + 1, w + 2 * padding - kw + 1))
    return x, weight, bias, padding, grad


def test_taught_convolutions_compute_ours(technique, layer):
    x, weight, bias, padding, grad = layer
    out, kept = technique.forward(x, weight, bias, padding)
    np.testing.assert_allclose(out, ops.conv2d(x, weight, bias, padding=padding), atol=1e-12)
    grads = technique.backward(grad, kept, True)
    for got, want in zip(grads, ops.conv2d_backward(grad, x, weight, padding=padding), strict=True):
        np.testing.assert_allclose(got, want, atol=1e-12)
    spared, *others = technique.backward(grad, kept, False)
    assert spared is None
    for got, want in zip(others, grads[1:], strict=True):
        np.testing.assert_array_equal(got, want)


def test_taught_convolutions_compute_what_autograd_does(technique, layer):
    torch = pytest.importorskip("torch", reason="PyTorch is compared against: pip install -e '.[oracle]'")
    x, weight, bias, padding, grad = layer
    leaves = [torch.tensor(array, requires_grad=True) for array in (x, weight, bias)]
    expected = torch.nn.functional.conv2d(*leaves, padding=padding)
    expected.backward(torch.tensor(grad))
    out, kept = technique.forward(x, weight, bias, padding)
    np.testing.assert_allclose(out, expected.detach().numpy(), atol=1e-12)
    for got, leaf in zip(technique.backward(grad, kept, True), leaves, strict=True):
        np.testing.assert_allclose(got, leaf.grad.numpy(), atol=1e-12)


def test_taught_lenet_learns_as_ours(technique):
    rng = np.random.default_rng(0)
    images, labels = rng.random((2, 1, 28, 28), np.float32), np.array([3, 7])
    losses = []
    for model in (nn.lenet5(), peers.taught(nn.lenet5(), technique)):
        optimizer = nn.SGD(model.parameters(), lr=0.03, momentum=0.9)
        losses.append([nn.train_step(model, images, labels, optimizer)[0] for _ in range(3)])
    assert losses[0][2] < losses[0][0]
    np.testing.assert_allclose(*losses, rtol=1e-4)
    assert all(p.data.dtype == np.float32 for p in model.parameters())


# What is written.

ROW = measure.Row("5×5", {"NumPy": 2.0, "PyTorch": 4.0, "SciPy": 1234.5}, {"PyTorch": 0.5, "SciPy": 0.00162},
                  {"PyTorch": 0.45}, multiply_adds=10 ** 8)
MARKERS = "<!-- benchmarks: written by make bench -->{}<!-- end of benchmarks -->"


def test_table_says_whether_the_aim_is_met():
    late = dataclasses.replace(ROW, work="7×7", aims={"PyTorch": 0.5})
    assert report.table("Pictures", "kernel", [ROW, late], peak=400.0).splitlines() == [
        "## Pictures", "",
        "| kernel | NumPy, ms | PyTorch, ms | ratio | aim | met | SciPy, ms | ratio | GFLOP/s | of the peak |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "| 5×5 | 2.00 | 4.00 | 0.500 | ≤ 0.45 | **no** | 1,234 | 0.0016 | 100 | 25% |",
        "| 7×7 | 2.00 | 4.00 | 0.500 | ≤ 0.5 | yes | 1,234 | 0.0016 | 100 | 25% |"]


def test_memory_table():
    assert report.memory_table({"nothing": 27.4, "training": 150.2}, {"training": 150}).splitlines()[-2:] == [
        "| nothing | 27.4 |  |  |", "| training | 150.2 | ≤ 150 | **no** |"]


def test_readme_changes_between_its_markers_only(tmp_path):
    around = "# Title\n\nä <!-- badges: x -->\n{}\n| a | table |\n\\1 end\n"
    path = tmp_path / "README.md"
    path.write_text(around.format(MARKERS.format("\nold\n")), encoding="utf-8")
    part = report.readme_part("A machine.", [("A step", ROW, "SciPy")], {"training": 97.2})
    for _ in range(2):      # and a second time changes nothing
        report.write_readme(part, path)
        assert path.read_text(encoding="utf-8") == around.format(MARKERS.format(f"\n{part}\n"))
    assert "| A step | 2.00 ms | SciPy: 1.23 s | 0.0016 |\n" in part
    assert "| Peak memory of a process: training | 97.2 MB |  |  |\n\nA machine.\n" in part


@pytest.mark.parametrize("readme", ["nothing", MARKERS.format("") * 2, MARKERS.format("").replace("end of", "end")])
def test_readme_without_its_two_markers_is_refused(readme):
    with pytest.raises(ValueError, match="README must hold '<!-- benchmarks: written by make bench -->' and"):
        report.fill(readme, "part")


# What is measured.

def test_multiplications_are_counted():
    model = nn.lenet5()
    model(np.zeros((2, 1, 28, 28), np.float32))
    convolutions, dense = (28 * 28 * 6 * 25, 10 * 10 * 16 * 6 * 25), (400 * 120, 120 * 84, 84 * 10)
    forward = 2 * sum(convolutions + dense)
    assert measure.multiply_adds(model) == forward
    assert measure.multiply_adds(model, training=True) == 3 * forward - 2 * convolutions[0]


def test_pairs_alternate_and_the_ratio_is_ours_to_theirs(monkeypatch):
    calls = []

    def contestant(name, *seconds):
        return lambda: calls.append(name) or seconds[calls.count(name) % len(seconds)]
    monkeypatch.setattr(measure, "clock", lambda work: work())
    ours, theirs = contestant("a", 0.004), contestant("b", 0.008, 0.008, 0.5)      # now and then the machine is busy
    row = measure.compare("work", {"NumPy": ours, "other": theirs}, 0, scale=2)
    assert "".join(calls) == "abab" + "ab" + "ba" + "ab"
    assert row.ms == {"NumPy": 4, "other": 16} and row.ratio == {"other": 0.25}
