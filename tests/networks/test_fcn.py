"""FCN-8s: sizes and wiring as in the paper and in its authors' definition of it."""

from __future__ import annotations

import pytest
import torch

from nodes.graph.infer import infer
from runtime.compile import build
from tests.networks.drawn import CHAPTERS
from tests.networks.drawn.segmentation import fcn8s


def test_scores_are_made_twice_as_large_twice_and_then_eight_times() -> None:
    """500 px with 100 around: pools at half the size, rounded up, then 16, 34, 70, 568, and the picture's own 500."""
    facts = infer(fcn8s().graph).facts
    pools = [facts[f"pool{number}"].outputs["output"] for number in range(1, 6)]
    assert pools == [(64, 349, 349), (128, 175, 175), (256, 88, 88), (512, 44, 44), (512, 22, 22)]
    steps = ("score_fc7", "grow_fc7", "fuse_pool4", "grow_pool4", "fuse_pool3", "grow_pool3", "label")
    sides = [facts[name].outputs["output"][1] for name in steps]
    assert sides == [16, 34, 34, 70, 70, 568, 500]
    assert facts["label"].outputs["output"] == (21, 500, 500)


def test_earlier_maps_are_scored_by_themselves_and_added() -> None:
    graph = fcn8s().graph
    for pool, grown in (("pool3", "grow_pool4"), ("pool4", "grow_fc7")):
        assert graph.incoming(f"score_{pool}")["x"].source == pool
        assert {link.source for link in graph.incoming(f"fuse_{pool}").values()} == {grown, f"crop_{pool}"}


@pytest.mark.parametrize("size", [(500, 500), (375, 500), (97, 130), (32, 1)])
def test_any_picture_comes_back_as_high_and_wide_as_it_is(size: tuple[int, int]) -> None:
    with torch.device("meta"):
        result = build(fcn8s().graph).eval()(torch.empty(1, 3, *size))
    assert tuple(result.shape) == (1, 21, *size)


def test_it_is_listed_among_the_examples_of_segmentation() -> None:
    assert CHAPTERS["fcn8s"] == "Segmentation and detection"
