"""What can be looked into: every node that gives a value, in the order of calculation, also within blocks."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from nodes.boundary import Input, Output
from nodes.graph.analysis import Layer, layers
from nodes.graph.infer import infer
from nodes.graph.muting import without_muted
from nodes.spec.node_type import NodeType
from runtime.insight.trained import Trained
from runtime.insight.weights import CONVOLUTIONS
from runtime.source import needed_nodes
from runtime.watching.watched_layers import MOST, PASSING


def listed(trained: Trained) -> list[dict[str, Any]]:
    """``path``, ``node`` on the canvas, ``kind``, ``has_filters`` and ``units``; blocks before what is in them."""
    known = dict(trained.module.named_modules())
    return [_told(trained, row, known.get(row.path)) for row in _rows(trained) if _is_seen(row, known)]


def _rows(trained: Trained) -> list[Layer]:
    """Those that an output rests on."""
    graph = without_muted(trained.network.graph)
    used, inference = set(needed_nodes(graph)), infer(graph)
    rows = [row for row in layers(inference) if row.node in used]
    inner = layers(inference, expanded=True)
    if len(inner) > MOST:
        return rows
    within: dict[str, list[Layer]] = {}
    for row in inner:
        within.setdefault(row.node, []).append(row)
    found = []
    for row in rows:
        parts = within[row.node]
        found += [row] if [part.path for part in parts] == [row.path] else [row, *parts]
    return found


def _is_seen(row: Layer, known: dict[str, nn.Module]) -> bool:
    settings: NodeType = row.settings
    if isinstance(settings, Input | Output) or settings.is_loss or not row.outputs:
        return False
    return not isinstance(known.get(row.path), PASSING)


def _told(trained: Trained, row: Layer, layer: nn.Module | None) -> dict[str, Any]:
    weight = getattr(layer, "weight", None)
    return {
        "path": row.path,
        "node": row.node,
        "kind": type(layer).__name__ if layer is not None else row.settings.torch_name,
        "has_filters": isinstance(layer, CONVOLUTIONS) or _has_templates(trained, layer),
        "units": int(weight.shape[0]) if isinstance(weight, Tensor) else 0,
    }


def _has_templates(trained: Trained, layer: nn.Module | None) -> bool:
    """A Linear straight behind the pictures."""
    pictures = [trained.data.field(name).shape for name in trained.binding.inputs]
    return isinstance(layer, nn.Linear) and any(
        shape.axes == "CHW" and shape.numel == layer.in_features for shape in pictures
    )
