"""Ready blocks made to suit the value they are placed behind."""

from __future__ import annotations

import dataclasses
from math import gcd
from typing import Any

from nodes.block import Block
from nodes.boundary import Input
from nodes.graph.infer import Inference, arguments, infer
from nodes.graph.model import Graph
from nodes.spec.node_type import NodeType
from nodes.spec.settings import SettingError
from nodes.spec.shapes import Shape

COUNTS = ("out_channels", "out_features", "squeeze_channels")  # settings that count channels
FEW = 8  # channels: a block that doubles them is of no use behind a picture's three


def fitted(block: Block, arriving: Shape) -> Block:
    """The block with its channels in proportion to those that arrive at its first input.

    Only for a block that keeps, doubles or halves the channels it was drawn for; any other stays as it is, as does
    one that would not take the arriving value. Groups become as many as divide the channels.
    """
    drawn = _drawn_for(block)
    if drawn is None or "C" not in arriving.axes or drawn.axes != arriving.axes:
        return block
    was, now = drawn[drawn.axes.index("C")], arriving[arriving.axes.index("C")]
    change = _change(block)
    if not isinstance(was, int) or not isinstance(now, int) or change not in (0.5, 1, 2):
        return block
    if was == now or (now < FEW and change != 1):
        return block
    try:
        body = _scaled(block.body, infer(block.body), now, was)
        return dataclasses.replace(block, body=_fed(body, block.inputs()[0].name, arriving))
    except SettingError:  # a count beyond what a layer may have
        return block


def _drawn_for(block: Block) -> Shape | None:
    ports = block.inputs()
    settings = block.body.nodes[ports[0].name].settings if ports else None
    return settings.shape() if isinstance(settings, Input) else None


def _change(block: Block) -> float:
    """How many times the channels that arrive are those of the first result; 0 where it is not known."""
    drawn, inside = _drawn_for(block), infer(block.body)
    result = next((inside.facts[name].outputs.get("output") for name in block.outputs()), None)
    if drawn is None or result is None or "C" not in result.axes:
        return 0
    before, after = drawn[drawn.axes.index("C")], result[result.axes.index("C")]
    return after / before if isinstance(before, int) and isinstance(after, int) else 0


def _scaled(body: Graph, inside: Inference, now: int, was: int) -> Graph:
    """The body with every count of channels times now / was, from its inputs to its outputs."""
    for name, node in body.nodes.items():
        settings = node.settings
        if isinstance(settings, Input):
            body = body.with_settings(name, _resized(settings, now, was))
        elif isinstance(settings, Block):
            shapes = [shape for shape in arguments(settings, inside.facts[name].inputs) if shape is not None]
            inner = _scaled(settings.body, settings.inside(*shapes), now, was)
            body = body.with_settings(name, settings.replaced(body=inner))
        else:
            body = body.with_settings(name, _with_counts(settings, now, was))
    return _with_groups(body, inside)


def _resized(settings: Input, now: int, was: int) -> NodeType:
    axis = settings.shape().axes.find("C")
    size = tuple(
        _times(value, now, was) if n == axis and isinstance(value, int) else value
        for n, value in enumerate(settings.size)
    )
    return settings.replaced(size=size)


def _with_counts(settings: NodeType, now: int, was: int) -> NodeType:
    changes: dict[str, Any] = {
        key: _times(getattr(settings, key), now, was) for key in COUNTS if getattr(settings, key, None)
    }
    if getattr(settings, "groups", 1) > 1:
        changes["groups"] = 1  # until the channels on both sides are known
    return settings.replaced(**changes) if changes else settings


def _with_groups(body: Graph, before: Inference) -> Graph:
    """Groups for the channels there are now: one for each channel where it was so, else as many as divide them."""
    for name in body.topology.order:
        old = getattr(before.graph.nodes[name].settings, "groups", 1)
        if old == 1:
            continue
        was, now = before.facts[name].inputs["x"], infer(body).facts[name].inputs["x"]
        channels, settings = now[now.axes.index("C")], body.nodes[name].settings
        results = getattr(settings, "out_channels", 1)
        common = gcd(channels, int(results)) if isinstance(channels, int) else 1
        groups = common if old == was[was.axes.index("C")] else gcd(old, common)
        body = body.with_settings(name, settings.replaced(groups=groups))
    return body


def _fed(body: Graph, port: str, arriving: Shape) -> Graph:
    """The body with its Input drawn for what really arrives."""
    settings = body.nodes[port].settings
    return body.with_settings(port, settings.replaced(size=tuple(arriving))) if arriving.is_known else body


def _times(count: int, now: int, was: int) -> int:
    return max(1, round(count * now / was))
