"""Source -> nn.Module: executes exactly the text that ``runtime.source`` wrote."""

from __future__ import annotations

import linecache

from torch import nn

from nodes.boundary import Input, Output
from nodes.graph.model import Graph, Link, Node
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape
from runtime.source import Source, write_source
from runtime.trust import require_trusted


def build(graph: Graph, losses: bool = True) -> nn.Module:
    """The module of a graph with fresh weights; seeding is the caller's. Raises SourceError, TrustError."""
    return _built(graph, write_source(graph, losses=losses))


def _built(graph: Graph, source: Source) -> nn.Module:
    if source.user_code:
        require_trusted(graph)
    return compile_text(source.text, source.class_name)()


def compile_text(text: str, class_name: str) -> type[nn.Module]:
    """The class of that name in a source text. Tracebacks show its lines."""
    file = f"<{class_name} {hash(text):x}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names: dict[str, object] = {"__name__": file}
    # The text is ours, every argument in it written with repr; what a user wrote was trusted before.
    exec(compile(text, file, "exec"), names)
    found = names[class_name]
    assert isinstance(found, type)
    assert issubclass(found, nn.Module)
    return found


def build_node(settings: NodeType, *inputs: Shape) -> nn.Module:
    """One node alone, as a module that takes its inputs and gives its outputs; the layer is named ``layer``.

    Optional inputs beyond those given stay unwired. Raises SourceError where the node refuses the shapes, TrustError.
    """
    graph = Graph().with_node("layer", Node(settings))
    shapes: dict[str, Shape] = {}
    ports = [
        f"{p.name}{n}" if p.variadic else p.name for p in settings.inputs() for n in _numbers(p.variadic, inputs)
    ]
    for port, shape in zip(ports, inputs, strict=False):
        shapes[f"in_{port}"] = shape
        graph = graph.with_node(f"in_{port}", Node(Input())).with_link(Link(f"in_{port}", "output", "layer", port))
    if not ports:
        graph = graph.with_node("unused", Node(Input()))  # a network has an input
    for port in settings.outputs():
        graph = graph.with_node(f"out_{port}", Node(Output())).with_link(Link("layer", port, f"out_{port}", "x"))
    return _built(graph, write_source(graph, given=shapes))


def _numbers(variadic: bool, inputs: tuple[Shape, ...]) -> range:
    return range(1, len(inputs) + 1) if variadic else range(1)
