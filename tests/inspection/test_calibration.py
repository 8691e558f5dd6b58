"""Calibration against sums worked by hand, plain loops, and SciPy's optimiser."""
import numpy as np
import pytest
from scipy import optimize

from cnnlesson import inspection, nn, ops


def by_loops(probabilities, labels, bins):
    """Guo et al. 2017, equations before (2): bin m holds confidences in ((m − 1)/M, m/M]."""
    rows = []
    for m in range(1, bins + 1):
        inside = [(p.max(), p.argmax() == label) for p, label in zip(probabilities, labels, strict=True)
                  if (m - 1) / bins < p.max() <= m / bins]
        confidence, right = zip(*inside, strict=True) if inside else ([], [])
        rows.append((np.mean(confidence) if inside else np.nan, np.mean(right) if inside else np.nan, len(inside)))
    return map(np.array, zip(*rows, strict=True))


@pytest.mark.parametrize("bins", [1, 2, 7, 10, 15])
def test_bins_equal_plain_loops(bins, rng):
    probabilities = rng.dirichlet(np.full(4, 0.4), 500)
    labels = np.where(rng.random(500) < 0.6, probabilities.argmax(1), rng.integers(0, 4, 500))
    confidence, accuracy, count = by_loops(probabilities, labels, bins)
    got = inspection.reliability(probabilities, labels, bins)
    np.testing.assert_allclose(got.confidence, confidence)
    np.testing.assert_allclose(got.accuracy, accuracy)
    np.testing.assert_array_equal(got.count, count)
    error = sum(n / 500 * abs(a - c) for c, a, n in zip(confidence, accuracy, count, strict=True) if n)
    assert inspection.calibration_error(probabilities, labels, bins) == pytest.approx(error)


def test_on_paper():
    """Ten answers with 0.8, six of them right; ten with 0.6, seven right: (10·0.2 + 10·0.1) / 20 = 0.15."""
    probabilities = [[0.8, 0.2]] * 10 + [[0.4, 0.6]] * 10
    labels = [0] * 6 + [1] * 4 + [1] * 7 + [0] * 3
    diagram = inspection.reliability(probabilities, labels)
    assert list(diagram.count) == [0, 0, 0, 0, 0, 10, 0, 10, 0, 0]
    np.testing.assert_allclose(diagram.confidence[[5, 7]], [0.6, 0.8])
    np.testing.assert_allclose(diagram.accuracy[[5, 7]], [0.7, 0.6])
    assert np.isnan(diagram.accuracy[0]) and np.isnan(diagram.confidence[9])
    assert inspection.calibration_error(probabilities, labels) == pytest.approx(0.15)


def test_edges_belong_to_the_lower_bin():
    assert list(inspection.reliability([[0.5, 0.5], [1, 0]], [0, 0], 2).count) == [1, 1]
    edges = np.arange(6, 11) / 10
    both = np.stack([edges, 1 - edges], 1)
    assert list(inspection.reliability(both, [0] * 5).count) == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    assert list(inspection.reliability(both.astype(np.float32), [0] * 5).count[5:]) == [1] * 5


def test_answers_drawn_as_they_say_are_calibrated(rng):
    probabilities = rng.dirichlet(np.ones(3), 20_000)
    labels = (probabilities.cumsum(1) < rng.random((20_000, 1))).sum(1)
    assert inspection.calibration_error(probabilities, labels) < 0.015
    assert inspection.calibration_error(probabilities, (labels + 1) % 3) > 0.2


# --- temperature ---

def best_by_scipy(logits, labels):
    return optimize.minimize_scalar(lambda log: ops.cross_entropy(logits / np.exp(log), labels),
                                    bounds=(-6, 6), method="bounded", options={"xatol": 1e-10})


@pytest.mark.parametrize("scale", [0.05, 1, 7.3, 100])
def test_temperature_equals_scipys(scale, rng):
    logits = rng.standard_normal((300, 5))
    labels = np.array([rng.choice(5, p=p) for p in ops.softmax(2 * logits)])
    best = best_by_scipy(scale * logits, labels)
    got = inspection.fit_temperature(scale * logits, labels)
    assert got == pytest.approx(np.exp(best.x), rel=1e-5)
    assert ops.cross_entropy(scale * logits / got, labels) <= best.fun + 1e-12
    assert inspection.fit_temperature(scale * logits + 50, labels) == pytest.approx(got)


def test_temperature_on_paper():
    """Right three times in four: softmax([2, 0] / T) must be (3/4, 1/4), so 2 / T = ln 3."""
    assert inspection.fit_temperature([[2, 0], [2, 0], [0, 2], [2, 0]], [0, 0, 1, 1]) == pytest.approx(2 / np.log(3))


def test_temperature_of_answers_drawn_with_it(rng):
    logits = 8 * rng.standard_normal((40_000, 3))
    labels = (ops.softmax(logits / 4).cumsum(1) < rng.random((40_000, 1))).sum(1)
    assert inspection.fit_temperature(logits, labels) == pytest.approx(4, rel=0.03)
    raw, cooled = (inspection.calibration_error(ops.softmax(logits / t), labels) for t in (1, 4))
    assert cooled < 0.01 < 0.1 < raw


@pytest.mark.parametrize("labels", [[1, 0, 1, 0], [0, 1, 0, 1]])
def test_no_best_temperature(labels):
    """All right: the colder the better. All wrong: the hotter."""
    with pytest.raises(ValueError, match="logits must be better than chance and wrong at least once"):
        inspection.fit_temperature([[0, 1], [1, 0], [0, 2], [2, 0]], labels)


def test_of_the_shipped_network(digit_network, unseen):
    """Fitted on one half of the test digits, it makes the loss on the other half smaller, or hardly larger."""
    logits, labels = nn.predict(digit_network, unseen.images), unseen.labels
    temperature = inspection.fit_temperature(logits[:5000], labels[:5000])
    before, after = (ops.cross_entropy(logits[5000:] / t, labels[5000:]) for t in (1, np.float32(temperature)))
    assert 0.5 < temperature < 2 and after < before + 0.001
    assert inspection.calibration_error(ops.softmax(logits), labels) < 0.02
