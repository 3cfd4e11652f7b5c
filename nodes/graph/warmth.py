"""Which nodes the weights of a training still fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from nodes.graph.infer import Inference

Warmth = Literal["", "warm", "cold"]


def warmth(now: Inference, trained: Inference, names: Iterable[str]) -> dict[str, Warmth]:
    """For each node: ``warm`` where it is as it was trained and its weights are of the same shapes, ``cold`` where it
    had weights then and is another now, empty where it has none or was not trained."""
    return {name: _of(name, now, trained) for name in names}


def _of(name: str, now: Inference, trained: Inference) -> Warmth:
    node, before = now.graph.nodes.get(name), trained.graph.nodes.get(name)
    if node is None or before is None or not trained.facts[name].weights:
        return ""
    facts = now.facts[name]
    if not facts.weights:
        return ""
    is_same = node.settings is before.settings or node.settings.structure == before.settings.structure
    return "warm" if is_same and facts.weights == trained.facts[name].weights else "cold"
