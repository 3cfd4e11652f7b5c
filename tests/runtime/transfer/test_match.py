"""Which weights go together: by name, by order and shape, and which stay fresh."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from runtime.transfer.match import in_natural_order, match, unwrapped


def states(target: nn.Module, source: dict[str, Tensor], *fresh: str) -> dict[str, tuple[str, str]]:
    rows = match(target.state_dict(), source, fresh)
    return {f"{one.node}.{one.weight}": (one.source, one.state) for one in rows}


def named(**layers: nn.Module) -> nn.Module:
    return nn.Sequential(OrderedDict(layers))


def test_equal_names_and_shapes_go_together() -> None:
    network = named(conv=nn.Conv2d(3, 4, 3), fc=nn.Linear(4, 2))
    assert {state for _, state in states(network, network.state_dict()).values()} == {"by name"}


def test_other_names_go_together_by_order_and_shape() -> None:
    ours = named(conv=nn.Conv2d(3, 4, 3), bn=nn.BatchNorm2d(4), fc=nn.Linear(4, 2))
    theirs = named(a=nn.Conv2d(3, 4, 3), b=nn.BatchNorm2d(4), c=nn.Linear(4, 2))
    found = states(ours, theirs.state_dict())
    assert found["conv.weight"] == ("a.weight", "by order")
    assert found["bn.running_var"] == ("b.running_var", "by order")
    assert found["fc.bias"] == ("c.bias", "by order")


def test_a_layer_between_does_not_shift_the_rest() -> None:
    ours = named(a=nn.Linear(4, 4), extra=nn.Linear(4, 9), c=nn.Linear(9, 4), b=nn.Linear(4, 4))
    theirs = named(one=nn.Linear(4, 4), two=nn.Linear(4, 4))
    found = states(ours, theirs.state_dict())
    assert (found["a.weight"][0], found["b.weight"][0]) == ("one.weight", "two.weight")
    assert found["extra.weight"] == found["c.bias"] == ("", "fresh")


def test_a_head_of_another_size_stays_fresh() -> None:
    ours, theirs = named(conv=nn.Conv2d(3, 4, 3), fc=nn.Linear(4, 5)), named(x=nn.Conv2d(3, 4, 3), y=nn.Linear(4, 10))
    found = states(ours, theirs.state_dict())
    assert found["conv.weight"][1] == "by order"
    assert found["fc.weight"] == found["fc.bias"] == ("", "fresh")


def test_what_is_to_be_fresh_takes_nothing() -> None:
    network = named(conv=nn.Conv2d(3, 4, 3), fc=nn.Linear(4, 2))
    found = states(network, network.state_dict(), "fc")
    assert found["fc.weight"] == ("", "fresh")
    assert found["conv.weight"][1] == "by name"


def test_files_without_counters_of_batches_match_whole_layers() -> None:
    ours, theirs = named(bn=nn.BatchNorm2d(4)), named(other=nn.BatchNorm2d(4)).state_dict()
    theirs.pop("other.num_batches_tracked")
    assert {state for _, state in states(ours, theirs).values()} == {"by order"}
    assert "bn.num_batches_tracked" not in states(ours, theirs)


def test_what_wraps_a_network_is_taken_off() -> None:
    assert list(unwrapped({"module.model.fc.weight": torch.zeros(1)})) == ["fc.weight"]
    assert "module.fc.weight" in unwrapped({"module.fc.weight": torch.zeros(1), "step": torch.zeros(1)})


def test_natural_order_counts() -> None:
    names = ["layer10.weight", "layer2.bias", "layer2.weight", "conv.weight"]
    assert list(in_natural_order(dict.fromkeys(names, torch.zeros(1)))) == [
        "conv.weight", "layer2.weight", "layer2.bias", "layer10.weight",
    ]  # fmt: skip
