"""Names of nodes in a recipe."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn

from runtime.runs import TrainingError


def require_nodes(module: nn.Module, names: Iterable[str]) -> None:
    """Raises TrainingError for a name that no layer or block of the network has."""
    known = dict(module.named_modules())
    for name in names:
        if name not in known:
            there = ", ".join(name for name, part in module.named_children() if [*part.parameters()])
            raise TrainingError(
                f"The recipe names {name}, but the network has no such layer or block with weights.",
                f"Those it has are {there}; layers within a block are named as {_example(known)}.",
            )


def is_within(path: str, node: str) -> bool:
    """Is it the node, or a layer or weight in it?"""
    return path == node or path.startswith(f"{node}.")


def _example(known: Iterable[str]) -> str:
    return next((name for name in known if "." in name), "stage1.0.conv1")
