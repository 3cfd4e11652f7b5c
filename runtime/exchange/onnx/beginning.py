"""Where a difference begins: every node's value in PyTorch against the same one in ONNX, in their order."""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import onnx
import torch
from torch import Tensor, nn
from torchvision import ops

import runtime.layers
from nodes.graph.infer import infer
from nodes.graph.model import Graph
from nodes.graph.muting import without_muted
from nodes.spec.shapes import Shape
from runtime.exchange import ExportError
from runtime.exchange.onnx.walk import Visit, Visitor, walk
from runtime.exchange.proof import differs, session_of


def first_difference(
    graph: Graph,
    module: nn.Module,
    model: onnx.ModelProto,
    batch: Mapping[str, Tensor],
    allowed: float,
    raw: Mapping[str, Tensor] | None = None,
) -> str:
    """The path of the first node whose value differs, such as ``stage1.0.conv1``; empty where none can be told.

    ``raw`` is the batch as the file takes it, where that prepares it itself.
    """
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    del watched.graph.output[:]
    ours = values_by_node(graph, module, batch)
    made = {value: value for node in watched.graph.node for value in node.output}
    # What gives an output of the network bears that one's name, but the operator keeps the node's.
    made = {node.name: node.output[0] for node in watched.graph.node} | made
    names = [name for name in ours if name in made]
    for name in names:
        watched.graph.output.add(name=made[name])
    try:
        theirs = session_of(watched.SerializeToString(), [made[name] for name in names])(raw or batch)
    except (ExportError, ValueError):
        return ""
    for name, theirs_value in zip(names, theirs, strict=True):
        value = ours[name]
        if value.shape != theirs_value.shape:
            return name
        if differs(value, theirs_value, allowed):
            return name
    return ""


def values_by_node(graph: Graph, module: nn.Module, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What PyTorch gives at every output of every node, under the names that the values have in ONNX."""
    found: dict[str, Tensor] = {}

    def node(visit: Visit[Tensor]) -> Sequence[Tensor]:
        results = _called(visit)
        for port, value in zip(visit.settings.outputs(), results, strict=True):
            found[visit.path if len(visit.used) == 1 and port in visit.used else f"{visit.path}.{port}"] = value
        return results

    def flattened(value: Tensor, _: Shape, __: str) -> Tensor:
        return value.flatten(0, 1)

    def unflattened(value: Tensor, _: Shape, like: Tensor, __: str) -> Tensor:
        return value.reshape(*like.shape[:2], *value.shape[1:])

    graph = without_muted(graph)
    with torch.inference_mode():
        walk(graph, infer(graph), module, batch, Visitor(node, flattened, unflattened))
    return found


def _called(visit: Visit[Tensor]) -> list[Tensor]:
    """Evaluates the declaration's own source for this node; the user's code runs only as the layer it built."""
    names = [None if value is None else f"x{number}" for number, value in enumerate(visit.values)]
    scope: dict[str, Any] = {f"x{number}": value for number, value in enumerate(visit.values)}
    scope |= {**_functions(), "layer": visit.layer}
    scope["result"] = eval(visit.settings.expression("layer", *names, inputs=visit.shapes), scope)
    return [eval(visit.settings.picked(port, "result"), scope) for port in visit.settings.outputs()]


@lru_cache(maxsize=1)
def _functions() -> Mapping[str, Any]:
    """What the source of a node may name."""
    names: dict[str, Any] = {"nn": nn, "F": nn.functional, "torch": torch, "math": math, "ops": ops}
    for layers in pkgutil.iter_modules(runtime.layers.__path__):
        names.update(vars(importlib.import_module(f"runtime.layers.{layers.name}")))
    return names
