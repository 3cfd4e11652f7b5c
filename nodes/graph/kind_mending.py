"""Edits for a node that gets another kind of value than it takes: a chain before it, or the layer for that kind."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.graph.blocks import grouped
from nodes.graph.infer import Inference, infer
from nodes.graph.layer_kinds import BATCH_NORMS, CONVOLUTIONS, LINEAR_MAPS
from nodes.graph.mends import Mend, insert_mend, removed, replace_mend, set_mend
from nodes.graph.model import Graph, Link
from nodes.graph.wiring import input_of
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape, ShapeError

Chain = list[tuple[str, dict[str, Any]]]

Mends = Iterator[Mend | None]

CHAINS: tuple[Chain, ...] = (
    [("flatten", {})],
    [("global_avg_pool", {})],
    [("select_last", {})],
    [("embedding", {})],
    [("one_hot", {})],
    [("unsqueeze", {})],
    [("permute", {"order": "CL"})],
    [("permute", {"order": "LC"})],
    [("embedding", {}), ("permute", {"order": "CL"})],
    [("embedding", {}), ("unsqueeze", {"axes": "LC"})],
    [("embedding_bag", {})],
    [("unsqueeze", {"axes": "C"})],
)
"""What is tried before a node that gets another kind of value than it takes."""

CLASS_LOSSES = ("multi_margin_loss", "multi_label_margin_loss", "dice_loss", "ctc_loss")
"""Losses of scores of classes that take fewer kinds of value than CrossEntropyLoss."""

BOXES: tuple[Chain, ...] = (
    [("linear", {"out_features": 4})],
    [("flatten", {}), ("linear", {"out_features": 4})],
    [("embedding", {}), ("linear", {"out_features": 4})],
    [("unsqueeze", {"axes": "C"}), ("linear", {"out_features": 4})],
)
"""What gives a loss of boxes four numbers."""

TOGETHER: dict[tuple[str, str], tuple[Chain, str]] = {
    ("LC", "real"): ([("permute", {"order": "CL"})], "1d"),
    ("L", "index"): ([("embedding", {}), ("permute", {"order": "CL"})], "1d"),
    ("HW", "real"): ([("unsqueeze", {"axes": "CHW"})], "2d"),
    ("LCHW", "real"): ([], "2d"),
    ("C", "real"): ([], ""),
    ("", "real"): ([("unsqueeze", {"axes": "C"})], ""),
    ("", "index"): ([("embedding", {})], ""),
}
"""What is put before a layer made for other axes, and for which axes there is one like it: none, for a vector."""


def _together(graph: Graph, inference: Inference, name: str, error: ShapeError, link: Link | None) -> Mends:
    """The layer for the axes there are, with what leads to it: each edit by itself would not be enough."""
    x = inference.shape_of(link) if link else None
    chain, axes = TOGETHER.get((x.axes, x.values), ([], "none")) if x is not None else ([], "none")
    type_id, given = _like(graph.nodes[name].settings, axes)
    if error.kind not in ("rank", "values") or not type_id:
        return
    inserted = insert_mend(graph, link, chain) if chain else Mend("", graph)
    replaced = replace_mend(inserted.graph, name, type_id, given) if inserted else None
    if inserted is None or replaced is None:
        return
    words = replaced.text[0].lower() + replaced.text[1:]
    yield Mend(f"{inserted.text} and {words}" if chain else replaced.text, replaced.graph)
    if x is not None and x.axes == "LCHW":
        after = infer(replaced.graph, inference, inference.given)
        failed = after.facts[name].error
        for mend in _over_time(replaced.graph, after, name, failed, link) if failed else ():
            yield Mend(f"{replaced.text} in a block that goes over time", mend.graph) if mend else None


def _like(settings: NodeType, axes: str) -> tuple[str, dict[str, Any]]:
    """The node type that does the same along other axes; empty where there is none."""
    type_id = settings.type_id
    if type_id in CLASS_LOSSES and not axes:
        return "cross_entropy_loss", {}
    if not re.search(r"\dd$", type_id) or axes == "none":
        return "", {}
    if axes:
        return f"{type_id[:-2]}{axes}", {}
    if type_id in CONVOLUTIONS:
        return "linear", {"out_features": getattr(settings, "out_channels", 1)}
    plain = {"dropout": "dropout", "batch_norm": "batch_norm1d", "instance_norm": "layer_norm"}
    return plain.get(type_id[:-2], ""), {}


def _of_kind(graph: Graph, inference: Inference, name: str, error: ShapeError, link: Link | None) -> Mends:
    """Another kind of value on the way to the node."""
    if error.kind in ("rank", "values", "unknown", "shape", "boxes"):
        for chain in BOXES if graph.nodes[name].settings.type_id == "giou_loss" else CHAINS:
            yield insert_mend(graph, link, chain)
    if error.kind == "unknown" and link is not None and graph.nodes[link.source].settings.is_view:
        yield replace_mend(graph, link.source, "global_avg_pool", {})
    type_id = graph.nodes[name].settings.type_id
    can_go = graph.outgoing(name) and len(graph.incoming(name)) == 1
    if can_go and (error.kind in ("rank", "values") or type_id == "opaque_onnx") and type_id not in LINEAR_MAPS:
        yield Mend(f"Remove {name}", removed(graph, name))


def _of_input(graph: Graph, inference: Inference, name: str, error: ShapeError, link: Link | None) -> Mends:
    """An Input node that gives another kind of value, or sizes that are numbers."""
    if error.kind in ("unknown", "shape"):
        for source, node in graph.nodes.items():
            if isinstance(node.settings, Input) and node.settings.shape().names():
                known = tuple(part if isinstance(part, int) else 32 for part in node.settings.size)
                yield set_mend(graph, source, {"size": known})
    given = graph.nodes[link.source].settings if link else None
    if link is None or not isinstance(given, Input):
        return
    if error.kind == "values":
        yield set_mend(graph, link.source, {"values": "index" if given.values == "real" else "real"})
        if given.kind == "sequence":
            yield set_mend(graph, link.source, {"kind": "indices", "size": given.size[:1]})
    if error.kind == "boxes" and given.kind == "sequence":
        yield set_mend(graph, link.source, {"size": (given.size[0], 4)})


def _over_time(graph: Graph, inference: Inference, name: str, error: ShapeError, link: Link | None) -> Mends:
    """A layer made for pictures that gets them one after another: a block around it that takes each by itself."""
    x = inference.shape_of(link) if link else None
    settings = graph.nodes[name].settings
    if error.kind != "rank" or x is None or x.axes != "LCHW" or len(graph.incoming(name)) > 1:
        return
    if settings.is_loss or isinstance(settings, Input | Output):  # these belong to the whole network
        return
    edited, made = grouped(graph, inference, [name], "EachStep")
    block = edited.nodes[made].settings
    step = input_of(Shape(*x[1:], axes=x.axes[1:], values=x.values))
    if not isinstance(block, Block) or step is None:
        return
    body = block.body.with_settings(block.inputs()[0].name, step)
    changed = dataclasses.replace(block, body=body, over_time=True)
    yield Mend(f"Put {name} into a block that goes over time", edited.with_settings(made, changed))


def _siblings(graph: Graph, inference: Inference, name: str, error: ShapeError, link: Link | None) -> Mends:
    """The same layer for another number of axes: Conv1d for Conv2d. A loss that takes more kinds of value."""
    type_id = graph.nodes[name].settings.type_id
    if error.kind in ("rank", "shape") and re.search(r"\dd$", type_id):
        for axes in "123":
            yield replace_mend(graph, name, f"{type_id[:-2]}{axes}d", {})
    if type_id in CLASS_LOSSES and error.kind == "rank":
        yield replace_mend(graph, name, "cross_entropy_loss", {})
    if type_id in BATCH_NORMS:
        yield replace_mend(graph, name, "layer_norm", {})


KINDS = (_over_time, _siblings, _together, _of_input, _of_kind)
"""What proposes such edits, the likeliest first."""
