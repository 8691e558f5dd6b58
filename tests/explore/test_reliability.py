"""The reliability explorer in Python: what it computes, what it keeps, what it refuses."""
import numpy as np
import pytest
from scipy import special

from cnnlesson import explore
from cnnlesson.explore.reliability_explorer import measured


def some(seed, rows=300, classes=10):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 3, (rows, classes)).astype(np.float32), rng.integers(classes, size=rows)


@pytest.mark.parametrize("seed", range(6))
def test_numbers_are_those_of_plain_loops(seed):
    (logits, labels), temperature = some(seed), 0.5 + seed / 2
    p = special.softmax(logits.astype(float) / temperature, axis=1)
    now, error = measured(logits, labels, temperature), 0
    for m in range(10):
        inside = [n for n in range(300) if m / 10 <= p[n].max() < (m + 1) / 10]
        assert now.count[m] == len(inside)
        if inside:
            said, right = np.mean([p[n].max() for n in inside]), np.mean([p[n].argmax() == labels[n] for n in inside])
            assert np.allclose([now.confidence[m], now.accuracy[m]], [said, right])
            error += abs(said - right) * len(inside) / 300
    assert np.isclose(now.error, error) and np.isclose(now.sure, p.max(axis=1).mean())
    assert np.isclose(now.loss, np.mean([-np.log(p[n, labels[n]]) for n in range(300)]))


def test_temperature_leaves_the_answers():
    explorer = explore.reliability({"a": some(0), "b": some(1)})
    shares = []
    for temperature in (0.2, 1, 5):
        explorer.temperature = temperature
        shares.append(explorer.measured.right)
    assert len(set(shares)) == 1
    explorer.chosen = "b"
    assert explorer.measured.right == measured(*some(1), 5).right


@pytest.mark.parametrize("make, sentence", [
    (lambda: explore.reliability({}), "answers must name at least one network"),
    (lambda: explore.reliability({"a": some(0), "b": some(0, classes=9)}), r"all with the same K"),
    (lambda: explore.reliability({"a": (some(0)[0], [1])}), "labels must be 300 whole numbers"),
    (lambda: explore.reliability({"a": some(0)}, temperature=0), "temperature must be from 0.2 to 5, got 0"),
    (lambda: setattr(explore.reliability({"a": some(0)}), "temperature", 6), "temperature must be from 0.2 to 5"),
    (lambda: setattr(explore.reliability({"a": some(0)}), "chosen", "b"), "chosen must be one of a, got 'b'")])
def test_what_cannot_be_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_what_was_set_is_kept():
    explore.reliability({"a": some(0)}).temperature = 2.5
    assert explore.reliability({"a": some(0)}).temperature == 2.5
    assert explore.reliability({"a": some(1)}).temperature == 1


def test_static_picture():
    html = explore.reliability({"a network": some(0)}, temperature=2)._repr_mimebundle_()[0]["text/html"]
    assert "Reliability diagram, a network, T = 2: 300 answers." in html
