import torch

from nodes.dropout import Dropout1d, Dropout2d, DropPath, GaussianNoise, StochasticDepth
from nodes.spec.fixes import replace_by
from nodes.spec.shapes import Shape
from runtime.compile import build_node
from tests.nodes.mended import fixes_of, refusal


def test_whole_channels_are_dropped() -> None:
    torch.manual_seed(0)
    signal = build_node(Dropout1d(p=0.5), Shape(100, 7, axes="CL"))(torch.ones(1, 100, 7))
    assert set(signal.sum(2).flatten().tolist()) == {0.0, 14.0}  # 7 steps, scaled by 1 / (1 − p)


def test_another_kind_of_value() -> None:
    assert fixes_of(Dropout2d(), Shape(6, 10, axes="CL")) == (replace_by("dropout1d"),)


def test_a_branch_is_skipped_for_some_samples() -> None:
    torch.manual_seed(0)
    layer = build_node(StochasticDepth(p=0.2), Shape(3))
    rows = layer(torch.ones(1000, 3))
    assert set(rows.flatten().tolist()) == {0.0, 1.25}
    assert 0.15 < (rows[:, 0] == 0).float().mean().item() < 0.25
    assert layer.eval()(torch.ones(2, 3)).tolist() == [[1, 1, 1], [1, 1, 1]]


def test_a_join_never_loses_all_branches() -> None:
    torch.manual_seed(0)
    join = build_node(DropPath(p=0.5), Shape(1), Shape(1))
    two, four = torch.full((1000, 1), 2.0), torch.full((1000, 1), 4.0)
    assert set(join(two, four).flatten().tolist()) == {2.0, 3.0, 4.0}
    assert set(join.eval()(two, four).flatten().tolist()) == {3.0}


def test_a_join_that_always_drops_still_keeps_one() -> None:
    join = build_node(DropPath(p=1.0), Shape(1), Shape(1))
    assert set(join(torch.full((200, 1), 2.0), torch.full((200, 1), 4.0)).flatten().tolist()) == {2.0, 4.0}


def test_branches_of_a_join_are_alike() -> None:
    refused = refusal(DropPath(), Shape(64, 8, 8), Shape(32, 8, 8))
    assert (refused.kind, refused.port) == ("sizes", "x2")


def test_noise_is_there_only_while_training() -> None:
    torch.manual_seed(0)
    noise = build_node(GaussianNoise(std=0.5), Shape(10_000))
    assert 0.48 < noise(torch.zeros(1, 10_000)).std().item() < 0.52
    assert noise.eval()(torch.zeros(1, 10_000)).abs().max().item() == 0
