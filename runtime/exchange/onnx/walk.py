"""Going through a network node by node, with all blocks taken apart: what export and comparison share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from torch import nn

from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.graph.infer import Inference, arguments
from nodes.graph.model import Graph
from nodes.spec.shapes import Shape

V = TypeVar("V")


@dataclass(frozen=True)
class Visit(Generic[V]):
    """One node as it is come to. Optional inputs without a link are None."""

    path: str  # stage1.0.conv1
    settings: Any
    layer: nn.Module | None
    values: tuple[V | None, ...]
    shapes: tuple[Shape | None, ...]
    outputs: Mapping[str, Shape]
    used: tuple[str, ...]  # output ports that something reads


@dataclass(frozen=True)
class Visitor(Generic[V]):
    """What is done at each node, and at both ends of a block that goes over the steps of a sequence."""

    node: Callable[[Visit[V]], Sequence[V]]
    flattened: Callable[[V, Shape, str], V]  # N × L × … -> N·L × …
    unflattened: Callable[[V, Shape, V, str], V]  # … and back, as long as another value is


def walk(
    graph: Graph, inference: Inference, module: nn.Module, given: Mapping[str, V], visitor: Visitor[V], path: str = ""
) -> dict[str, V]:
    """The value of each Output for those of the Inputs. ``graph`` is without muted nodes and was found sound."""
    values: dict[tuple[str, str], V] = {(name, "output"): value for name, value in given.items()}
    found: dict[str, V] = {}
    read = {(link.source, link.output) for link in graph.links}
    for name in needed(graph):
        settings = graph.nodes[name].settings
        links = graph.incoming(name)
        if isinstance(settings, Input):
            continue
        if isinstance(settings, Output):
            link = links["x"]
            found[name] = values[link.source, link.output]
            continue
        facts = inference.facts[name]
        wired = [links.get(port.name) for port in graph.input_ports(name)]
        visit = Visit(
            f"{path}{name}",
            settings,
            getattr(module, name, None),
            tuple(None if link is None else values[link.source, link.output] for link in wired),
            arguments(settings, facts.inputs),
            facts.outputs,
            tuple(port for port in settings.outputs() if (name, port) in read),
        )
        results = _block(visit, visitor) if isinstance(settings, Block) else visitor.node(visit)
        values |= {(name, port): value for port, value in zip(settings.outputs(), results, strict=True)}
    return found


def _block(visit: Visit[V], visitor: Visitor[V]) -> list[V]:
    block: Block = visit.settings
    shapes = tuple(shape for shape in visit.shapes if shape is not None)
    values: list[V] = [value for value in visit.values if value is not None]
    layer = visit.layer
    assert layer is not None
    if block.over_time:
        layer, first = layer.get_submodule("layer"), values[0]
        values = [visitor.flattened(v, s, visit.path) for v, s in zip(values, shapes, strict=True)]
    inside = block.inside(*shapes)
    ports = [port.name for port in block.inputs()]
    for number in range(block.repeat):
        within = layer.get_submodule(str(number)) if block.repeat > 1 else layer
        path = f"{visit.path}.{number}." if block.repeat > 1 else f"{visit.path}."
        given = dict(zip(ports, values, strict=True))
        found = walk(block.body, inside, within, given, visitor, path)
        values = [found[port] for port in block.outputs()]
    if not block.over_time:
        return values
    ends = zip(block.outputs(), values, strict=True)
    return [visitor.unflattened(v, visit.outputs[port], first, f"{visit.path}.{port}") for port, v in ends]


def needed(graph: Graph) -> list[str]:
    """The nodes that some Output needs, each after those it needs."""
    waiting: list[str] = [n for n, node in graph.nodes.items() if isinstance(node.settings, Output)]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [link.source for link in graph.incoming(name).values()]
    return [name for name in graph.topology.order if name in found]
