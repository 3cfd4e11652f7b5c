"""Numeric against analytic gradient: right ones pass, wrong ones are found, kinks are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from runtime.faults import RefusalError
from runtime.stepwise.differences import compare
from runtime.stepwise.gradient import network_gradient, node_gradient
from runtime.stepwise.subject import Patience, StoppedError
from tests.runtime.stepwise.subjects import deep, subject_of


class Wrong(torch.autograd.Function):
    """x² whose gradient is x."""

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: object, gradient: Tensor) -> Tensor:
        return gradient * ctx.saved_tensors[0]


def leaf(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64, requires_grad=True)


def test_lecture_graph_agrees() -> None:
    """f = (x + y) z at −2, 5, −4: ∂f/∂x −4, ∂f/∂y −4, ∂f/∂z 3."""
    x, y, z = leaf(-2), leaf(5), leaf(-4)
    found = compare(lambda: ((x + y) * z).sum(), [("x", x), ("y", y), ("z", z)], Patience())
    assert [one.analytic for one in found.compared] == [-4, -4, 3]
    assert [one.numeric for one in found.compared] == pytest.approx([-4, -4, 3])
    assert found.worst.error < 1e-9
    assert not found.kinks


def test_wrong_gradient_is_found() -> None:
    x = leaf(1.5)
    found = compare(lambda: Wrong.apply(x).sum(), [("x", x)], Patience())
    assert found.worst.analytic == 1.5
    assert found.worst.numeric == pytest.approx(3.0)
    assert found.worst.error == pytest.approx(0.5)


def test_a_stopped_gradient_is_found() -> None:
    x = leaf(2.0)
    found = compare(lambda: (x.detach() ** 2 + 0 * x).sum(), [("x", x)], Patience())
    assert found.worst.numeric == pytest.approx(4.0)
    assert found.worst.error == pytest.approx(1.0)


@pytest.mark.parametrize("at", [0.0, 3e-5, -3e-5])
def test_the_kink_of_a_relu_is_told_apart(at: float) -> None:
    x = leaf(at)
    found = compare(lambda: x.relu().sum(), [("x", x)], Patience())
    assert len(found.kinks) == 1
    assert found.worst is None


def test_numbers_are_left_as_they_were() -> None:
    x = leaf(0.1, 0.2, 0.3)
    compare(lambda: (x**3).sum(), [("x", x)], Patience())
    assert x.tolist() == [0.1, 0.2, 0.3]


def test_network_with_dropout_is_green() -> None:
    result = network_gradient(subject_of())
    assert result.verdict == "green"
    assert "compared in double precision with h = 0.0001" in result.sentence


@pytest.mark.parametrize("node", ["conv", "relu", "fc", "loss"])
def test_any_node_is_green(node: str) -> None:
    assert node_gradient(subject_of(), node).verdict == "green"


def test_unknown_node_is_refused() -> None:
    with pytest.raises(RefusalError, match=r"There is no node cnov\. Choose image, conv"):
        node_gradient(subject_of(), "cnov")


def test_it_stops_when_nobody_wants_to_know(tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    stop.touch()
    subject = subject_of(deep("tanh"))
    with pytest.raises(StoppedError):
        network_gradient(type(subject)(subject.network, subject.base, Patience(stop)))
