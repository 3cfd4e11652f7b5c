"""Problems of a whole network, each with the sentence that says how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nodes.boundary import Input, Output
from nodes.graph.infer import Facts, Inference, infer
from nodes.graph.model import Graph, GraphError, Link
from nodes.spec.node_type import NodeType

Severity = Literal["error", "warning", "remark"]


@dataclass(frozen=True)
class Problem:
    """Something to mend (error), to think about (warning) or to know (remark), and where it is."""

    severity: Severity
    node: str  # empty: the network as a whole
    fact: str
    remedy: str = ""
    parameter: str = ""
    link: Link | None = None
    kind: str = ""  # what sort of problem it is, for its remedies: "cycle", "no-loss", or the kind of a ShapeError
    reason: str = ""  # why it matters, a sentence for those who want to know

    def __str__(self) -> str:
        return f"{self.fact} {self.remedy}".strip()


def problems(graph: Graph, inference: Inference) -> tuple[Problem, ...]:
    """All problems of a graph, errors first. Only the first node that fails reports; those after it wait."""
    found = [*_cycle(graph), *_missing_parts(graph)]
    for name in graph.topology.order:
        found += _of_node(graph, name, inference.facts[name])
    found += _unused(graph)
    rank = {"error": 0, "warning": 1, "remark": 2}
    return tuple(sorted(found, key=lambda problem: rank[problem.severity]))


def link_verdict(graph: Graph, inference: Inference, link: Link) -> str:
    """Why a link cannot be drawn, as a sentence; empty where it can."""
    if link.source == link.target:
        return "A node cannot feed itself."
    try:
        joined = graph.with_link(link)
    except GraphError as error:
        return str(error)
    if joined.topology.cycle:
        return f"This would close a circle: {link.target} already leads to {link.source}."
    before = inference.facts[link.target].error
    after = infer(joined, inference).facts[link.target].error
    return str(after) if after and str(after) != str(before) else ""


def _cycle(graph: Graph) -> list[Problem]:
    cycle = graph.topology.cycle
    if not cycle:
        return []
    way = " → ".join((*cycle, cycle[0]))
    return [
        Problem(
            "error",
            cycle[0],
            f"These nodes feed each other in a circle: {way}.",
            "Remove one of the links between them.",
        )
    ]


def _missing_parts(graph: Graph) -> list[Problem]:
    found: list[Problem] = []
    settings = [node.settings for node in graph.nodes.values()]
    if not settings:
        return found
    if not any(isinstance(s, Input) for s in settings):
        found.append(Problem("error", "", "The network has no input.", "Add an Input node from the palette."))
    has_loss = any(s.is_loss for s in settings)
    if not any(isinstance(s, Output) for s in settings):
        found.append(
            Problem(
                "error",
                "",
                "The network has no output.",
                "Add an Output node after the layer whose result you want to keep.",
            )
        )
    if not has_loss:
        found.append(
            Problem(
                "warning",
                "",
                "There is no loss, so it cannot be trained.",
                "Add a loss, such as CrossEntropyLoss.",
            )
        )
    return found


def _of_node(graph: Graph, name: str, facts: Facts) -> list[Problem]:
    links = graph.incoming(name)
    if facts.error:
        link = links.get(facts.error.port) or next(iter(links.values()), None)
        return [
            Problem("error", name, f"{name}: {facts.error.fact}", facts.error.remedy, facts.error.parameter, link)
        ]
    found = [
        Problem("error", name, f"{name} has nothing at its input {port.name}.", "Connect a value to it.")
        for port in graph.input_ports(name)
        if not port.optional and port.name not in links
    ]
    if not facts.waits:
        found += [Problem("remark", name, f"{name}: {remark}") for remark in facts.remarks]
        found += _overwritten_input(graph, name)
    return found


def _overwritten_input(graph: Graph, name: str) -> list[Problem]:
    """``inplace`` overwrites a value that another node may still have to read."""
    if not _is_in_place(graph.nodes[name].settings):
        return []
    for link in graph.incoming(name).values():
        reader = _later_reader(graph, link)
        if reader:
            return [
                Problem(
                    "error",
                    name,
                    f"{name} works in place, but overwrites a value that {reader}.",
                    "Turn inplace off.",
                    "inplace",
                )
            ]
    return []


def _is_in_place(settings: NodeType) -> bool:
    return bool(getattr(settings, "inplace", False))


def _later_reader(graph: Graph, link: Link) -> str:
    """Who else needs the value of a link once its target has read it, in words; empty where nobody does."""
    while True:
        others = [
            k.target for k in graph.outgoing(link.source) if k.output == link.output and k.target != link.target
        ]
        if others:
            return f"{others[0]} reads too"
        settings = graph.nodes[link.source].settings
        if isinstance(settings, Input):
            return "belongs to the data"
        if settings.keeps_output or (_is_in_place(settings) and not settings.is_view):
            return f"{link.source} needs for its gradient"
        before = graph.incoming(link.source)
        if not settings.is_view or not before:
            return ""
        link = next(iter(before.values()))


def _unused(graph: Graph) -> list[Problem]:
    useful: set[str] = set()
    waiting = [n for n, node in graph.nodes.items() if isinstance(node.settings, Output) or node.settings.is_loss]
    while waiting:
        name = waiting.pop()
        if name not in useful:
            useful.add(name)
            waiting += [link.source for link in graph.incoming(name).values()]
    if not useful:  # there is no end yet that anything could lead to, which is said once
        return []
    return [
        Problem(
            "warning",
            name,
            f"{name} leads to no output and no loss, so it is left out.",
            "Connect it to a node that leads to one, or remove it.",
        )
        for name in graph.nodes
        if name not in useful
    ]
