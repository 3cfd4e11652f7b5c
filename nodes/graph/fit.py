"""Whether a network and its data suit each other: the fields of its inputs, the scores of its losses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from nodes.boundary import Input
from nodes.graph.infer import Inference, arguments
from nodes.graph.level import Level, way_back
from nodes.graph.model import Graph
from nodes.graph.problem import DataFacts, Problem, told
from nodes.graph.scope import body_at
from nodes.loss_pairs import YesOrNo
from nodes.spec.shapes import Shape, ShapeError

WIDTHS = ("out_features", "out_channels")  # settings that say how many numbers a layer gives


def giver(graph: Graph, judge: str) -> tuple[str, ...]:
    """The nearest node before a loss or an Output that says how many numbers there are; else the one wired there.

    Its names from the outside in: several where it lies inside a block.
    """
    link = graph.incoming(judge)[graph.nodes[judge].settings.inputs()[0].name]
    spots = way_back(Level(graph), link)
    return next((spot.path for spot in spots if width_of(spot.settings)), (link.source,))


def width_of(settings: object) -> str:
    """The setting that says how many numbers a layer gives; empty where there is none."""
    return next((width for width in WIDTHS if hasattr(settings, width)), "")


class ClassCount(NamedTuple):
    """A loss judges another number of scores than the data has classes: who gives them, and what to change."""

    path: tuple[str, ...]  # of the node that gives them, from the outside in
    fact: str
    remedy: str
    parameter: str


def class_count_fault(inference: Inference, loss: str, classes: int) -> ClassCount | None:
    """What is wrong with the number of scores that a loss judges; None where it fits or is not known."""
    graph = inference.graph
    settings = graph.nodes[loss].settings
    shape = inference.facts[loss].inputs.get(settings.inputs()[0].name)
    if shape is None or "C" not in shape.axes or not getattr(settings, "judges_classes", False):
        return None
    given = shape[shape.axes.index("C")]
    if not isinstance(given, int) or given == classes:
        return None
    path = giver(graph, loss)
    body = body_at(graph, path[:-1])
    node, width = ".".join(path), width_of(body.nodes[path[-1]].settings)
    return ClassCount(
        path,
        f"The network gives {given} score{'s' * (given != 1)} ({node}) but the data has {classes} classes.",
        f"Set {width} of {node} to {classes}." if width else f"Let {node} give {classes} numbers.",
        width,
    )


def other_classes(inference: Inference, data: DataFacts, ends: Iterable[str]) -> list[Problem]:
    """Losses that judge another number of scores than the data has classes."""
    graph = inference.graph
    losses = [
        name for name in ends if data.classes and graph.nodes[name].settings.is_loss and takes_the_target(graph, name)
    ]
    faults = filter(None, (class_count_fault(inference, name, data.classes) for name in losses))
    return [
        told(
            "error",
            fault.path[0],
            "class-count",
            fault.fact,
            fault.remedy,
            parameter="" if fault.path[1:] else fault.parameter,
            within=fault.path[1:],
        )
        for fault in faults
    ]


def target_fault(inference: Inference, loss: str, target: Shape, classes: int = 0) -> ShapeError | None:
    """What keeps a loss from being compared with a target of the data, of so many classes; None where it can be."""
    settings = inference.graph.nodes[loss].settings
    try:
        settings.shape(*arguments(settings, {**inference.facts[loss].inputs, "target": target}))
    except ShapeError as error:
        return error
    is_choice = target.values == "index" and target.axes in ("", "HW")  # one class for a sample or a position
    if isinstance(settings, YesOrNo) and is_choice and classes > 2:
        return ShapeError(
            f"{settings.title} compares with 0 or 1, but there are {classes} classes.",
            "Use CrossEntropyLoss, with one score for each class.",
            port="prediction",
            kind="values",
        )
    return None


def takes_the_target(graph: Graph, loss: str) -> bool:
    """Whether a loss compares with the target of the data, since nothing is wired to its own."""
    ports = graph.nodes[loss].settings.inputs()
    return "target" not in graph.incoming(loss) and any(port.name == "target" for port in ports)


def other_targets(inference: Inference, data: DataFacts, ends: Iterable[str]) -> list[Problem]:
    """Losses that cannot be compared with the target of the data; a number of classes is said by another rule."""
    graph, target = inference.graph, data.fields.get(data.target)
    found = []
    for name in ends:
        facts, settings = inference.facts[name], graph.nodes[name].settings
        if target is None or not settings.is_loss or facts.error or facts.waits or not takes_the_target(graph, name):
            continue
        is_known = all(shape.is_known for shape in facts.inputs.values())
        error = target_fault(inference, name, target, data.classes) if is_known and target.is_known else None
        if error is None or (data.classes and class_count_fault(inference, name, data.classes)):
            continue
        fact = f"{name}, against {data.target} of the data: {error.fact}"
        found.append(told("error", name, "target", fact, error.remedy, parameter=error.parameter))
    return found


def other_data(graph: Graph, data: DataFacts, inputs: Iterable[str]) -> list[Problem]:
    """Input nodes that no field of the data suits."""
    found = []
    for name in inputs:
        settings = graph.nodes[name].settings
        if not isinstance(settings, Input) or not data.fields:
            continue
        fields = [data.fields[settings.field]] if settings.field in data.fields else list(data.fields.values())
        wanted = settings.shape()
        if any(takes(wanted, shape) for shape in fields):
            continue
        fact = f"{name} takes {wanted.described()}, but the data gives {fields[0].described()}."
        remedy = f"Set {name} to {fields[0].described()}, or choose other data."
        found.append(told("error", name, "data-shape", fact, remedy, parameter="size"))
    return found


def takes(wanted: Shape, given: Shape) -> bool:
    """Equal, where a named size takes any."""
    return (wanted.axes, wanted.values) == (given.axes, given.values) and all(
        not isinstance(w, int) or w == g for w, g in zip(wanted, given, strict=True)
    )
