"""Which node types fit at the end of a wire, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterator

from nodes.boundary import Input, Output
from nodes.catalogue import catalogue
from nodes.graph.infer import Inference, infer
from nodes.graph.model import Graph, Link, Node
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape, ShapeError

# What people draw behind a layer of each family, the likeliest first; what is not named comes after.
USUAL_NEXT = {
    "boundary": ("conv", "linear", "recurrent", "embedding", "reshape"),
    "conv": ("normalization", "activation", "pooling", "merge", "conv"),
    "pooling": ("conv", "reshape", "dropout", "linear"),
    "linear": ("activation", "dropout", "loss", "boundary", "normalization", "linear"),
    "activation": ("conv", "linear", "pooling", "dropout", "merge"),
    "normalization": ("activation", "merge", "conv", "linear", "attention"),
    "dropout": ("linear", "conv", "recurrent", "boundary"),
    "recurrent": ("linear", "reshape", "recurrent", "dropout", "attention"),
    "attention": ("merge", "normalization", "linear", "dropout"),
    "embedding": ("recurrent", "attention", "dropout", "linear"),
    "merge": ("activation", "conv", "normalization", "pooling"),
    "reshape": ("linear", "activation", "merge", "dropout"),
    "loss": (),
}
NAME = "fitted"


def fitting_after(graph: Graph, inference: Inference, source: str, output: str) -> list[tuple[type[NodeType], str]]:
    """Node types whose default settings take what an output gives, each with the input port that takes it."""
    family = graph.nodes[source].settings.family
    found = [
        (declared, port)
        for declared, settings in _fresh()
        if (port := _first_input(graph, inference, settings, source, output))
    ]
    return sorted(found, key=lambda pair: _place(family, pair[0].family))


def mendable_after(graph: Graph, inference: Inference, source: str, output: str) -> list[tuple[type[NodeType], str]]:
    """Node types that do not take what an output gives as it is, but whose rules know what would suit it."""
    found: list[tuple[type[NodeType], str]] = []
    for declared, settings in _fresh():
        grown = graph.with_node(NAME, Node(settings))
        ports = [port.name for port in grown.input_ports(NAME)]
        if len(ports) == 1:
            wired = grown.with_link(Link(source, output, NAME, ports[0]))
            error = infer(wired, inference, inference.given).facts[NAME].error
            found += [(declared, ports[0])] if error and error.fixes else []
    return found


def fitting_before(graph: Graph, inference: Inference, target: str, port: str) -> list[tuple[type[NodeType], str]]:
    """Node types that give the kind of value an input takes, each with the output port that gives it.

    What one gives is not known before it is wired itself: it is judged by what it makes of its example.
    """
    family = graph.nodes[target].settings.family
    found: list[tuple[type[NodeType], str]] = []
    for declared, settings in _fresh():
        given = _example_result(settings)
        if given is not None and not _is_refused_value(graph, inference, given, target, port):
            found.append((declared, settings.outputs()[0]))
    return sorted(found, key=lambda pair: _place(pair[0].family, family))


def _example_result(settings: NodeType) -> Shape | None:
    """What a node with default settings gives for its example; None where nothing can follow it."""
    if settings.is_loss or isinstance(settings, Output):
        return None
    try:
        result = settings.shape(*settings.example)
    except ShapeError:
        return None
    return result if isinstance(result, Shape) else result[settings.outputs()[0]]


def _is_refused_value(graph: Graph, inference: Inference, value: Shape, target: str, port: str) -> bool:
    """Whether an input takes no value of this kind, whatever its sizes."""
    grown = graph.with_node(NAME, Node(Input())).with_link(Link(NAME, "output", target, port))
    error = infer(grown, inference, {**inference.given, NAME: value}).facts[target].error
    return error is not None and error.kind in ("rank", "values")


def _fresh() -> Iterator[tuple[type[NodeType], NodeType]]:
    for declared in catalogue():
        if declared.type_id != "block":  # an empty one is of no use
            yield declared, declared()


def _first_input(graph: Graph, inference: Inference, settings: NodeType, source: str, output: str) -> str:
    grown = graph.with_node(NAME, Node(settings))
    for port in grown.input_ports(NAME):
        if port.optional:
            continue
        wired = grown.with_link(Link(source, output, NAME, port.name))
        if infer(wired, inference, inference.given).facts[NAME].error is None:
            return port.name
    return ""


def _place(before: str, after: str) -> int:
    usual = USUAL_NEXT.get(before, ())
    return usual.index(after) if after in usual else len(usual)
