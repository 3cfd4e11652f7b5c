"""The course's experiment: small weights collapse, large ones saturate, Xavier and He hold the spread."""

from __future__ import annotations

import pytest

from runtime.stepwise.beginnings import BINS, beginnings, measured
from tests.runtime.stepwise.subjects import deep, subject_of


def test_small_weights_collapse() -> None:
    result = beginnings(subject_of(deep("tanh", weight_init="normal", weight_std=0.001, bias_init="zeros")))
    assert result.verdict == "red"
    assert result.node == "fc1"
    assert "spread by" in result.sentence
    spreads = [layer.std for layer in result.layers if layer.path.startswith("act")]
    assert spreads[-1] < 1e-8 * spreads[0]


def test_large_weights_saturate_tanh() -> None:
    result = beginnings(subject_of(deep("tanh", weight_init="normal", weight_std=1.0)))
    assert (result.verdict, result.node) == ("red", "act1")
    assert "saturated" in result.sentence


@pytest.mark.parametrize(("kind", "method"), [("tanh", "xavier_normal"), ("relu", "kaiming_normal")])
def test_the_right_beginning_holds_the_spread(kind: str, method: str) -> None:
    result = beginnings(subject_of(deep(kind, weight_init=method, bias_init="zeros")))
    assert result.verdict == "green"
    spreads = [layer.std for layer in result.layers if layer.path.startswith("act")]
    assert 0.3 < spreads[-1] / spreads[0] < 3


def test_xavier_is_too_small_for_relu_by_a_half_of_the_variance() -> None:
    def last(method: str) -> float:
        layers = measured(subject_of(deep("relu", weight_init=method, bias_init="zeros")))
        return next(layer.std for layer in layers if layer.path == "act6")

    assert last("xavier_normal") / last("kaiming_normal") == pytest.approx(2 ** (-6 / 2), rel=0.3)


def test_silent_rectifiers_are_named() -> None:
    graph = deep("relu", bias_init="constant", bias_value=-9.0)
    assert beginnings(subject_of(graph)).node == "act1"


def test_sigmoids_let_the_gradient_vanish() -> None:
    result = beginnings(subject_of(deep("sigmoid")))
    assert (result.verdict, result.node) == ("amber", "fc1")
    assert "the gradient of fc1 is" in result.sentence


def test_histograms_count_all_results() -> None:
    layer = next(layer for layer in measured(subject_of(deep("tanh"))) if layer.path == "act1")
    assert len(layer.counts) == BINS
    assert sum(layer.counts) == 128 * 64
    assert -1 <= layer.low < layer.high <= 1
