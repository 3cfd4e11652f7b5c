"""Gradients leave for the other processes in buckets, while the backward pass still works on the layers before."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn

from runtime.distributed import summing
from runtime.distributed.summing import GradientSum, buckets


def test_buckets_go_from_the_last_weight_to_the_first_and_are_few() -> None:
    weights = [torch.zeros(300, 300) for _ in range(40)] + [torch.zeros(3)]
    found = buckets(weights)
    assert [id(weight) for bucket in found for weight in bucket] == [*map(id, reversed(weights))]
    assert len(found) <= summing.MOST_BUCKETS + 1
    assert all(sum(weight.nbytes for weight in bucket) >= summing.LEAST_BYTES for bucket in found[:-1])
    assert len(buckets([torch.zeros(3), torch.zeros(2)])) == 1


def test_each_kind_of_number_has_buckets_of_its_own() -> None:
    kinds = [[weight.dtype for weight in bucket] for bucket in buckets([torch.zeros(2), torch.zeros(2).bfloat16()])]
    assert kinds == [[torch.bfloat16], [torch.float32]]


@pytest.fixture
def doubling(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Another process has the same gradients; the numbers that were on their way, in order."""
    sent: list[int] = []

    def all_reduce(flat: Tensor, *, async_op: bool) -> SimpleNamespace:
        assert async_op
        sent.append(flat.numel())
        return SimpleNamespace(is_completed=lambda: True, wait=lambda: flat.mul_(2))

    monkeypatch.setattr(dist, "all_reduce", all_reduce)
    monkeypatch.setattr(summing, "LEAST_BYTES", 1)
    return sent


def test_the_last_layer_is_sent_before_the_first_has_its_gradient(
    doubling: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summing, "MOST_BUCKETS", 1_000)
    module = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))
    sent_by_then: list[int] = []
    module[0].weight.register_hook(lambda _: sent_by_then.append(len(doubling)))
    x = torch.randn(7, 4)
    module(x).square().sum().backward()
    alone = [weight.grad.clone() for weight in module.parameters()]
    module.zero_grad()
    doubling.clear()
    sent_by_then.clear()
    together = GradientSum(list(module.parameters()))
    with together.during():
        module(x).square().sum().backward()
    assert doubling == [3, 15, 5, 20]
    assert sent_by_then[0] >= 2
    for weight, gradient in zip(module.parameters(), alone, strict=True):
        torch.testing.assert_close(weight.grad, 2 * gradient)


def test_what_had_no_part_in_the_loss_keeps_no_gradient_and_holds_nothing_up(doubling: list[int]) -> None:
    used, unused = nn.Linear(2, 1), nn.Linear(2, 1)
    together = GradientSum([*used.parameters(), *unused.parameters()])
    with together.during():
        used(torch.ones(1, 2)).sum().backward()
    assert unused.weight.grad is None
    assert used.weight.grad.tolist() == [[2.0, 2.0]]
    together.close()
    used.zero_grad()
    used(torch.ones(1, 2)).sum().backward()
    assert used.weight.grad.tolist() == [[1.0, 1.0]]


def test_a_backward_pass_that_fails_leaves_nothing_to_wait_for(doubling: list[int]) -> None:
    layer = nn.Linear(2, 1)
    together = GradientSum(list(layer.parameters()))
    with pytest.raises(MemoryError), together.during():
        raise MemoryError
    layer(torch.ones(1, 2)).sum().backward()  # accumulated for the step to come
    assert doubling == []


def test_waiting_stays_awake_for_a_while_and_then_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summing, "AWAKE_SECONDS", 0.01)
    asked: list[bool] = []
    slept: list[bool] = []
    never = SimpleNamespace(is_completed=lambda: asked.append(True), wait=lambda: slept.append(True))
    summing.wait_for(never, torch.device("cpu"))
    assert asked
    assert slept == [True]


def test_waiting_for_a_gpu_asks_it_nothing() -> None:
    slept: list[bool] = []
    summing.wait_for(SimpleNamespace(wait=lambda: slept.append(True)), torch.device("cuda"))
    assert slept == [True]
