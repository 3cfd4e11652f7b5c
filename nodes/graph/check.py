"""Problems of a whole network, each with the sentence that says how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from nodes.arithmetic import Source
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.graph.beginnings import vain_beginnings
from nodes.graph.fit import other_classes, other_data, other_targets
from nodes.graph.habits import RULES, batch_of_one
from nodes.graph.infer import Facts, Inference, arguments, infer
from nodes.graph.inner import batch_inside, is_said_outside, lifted, said_once
from nodes.graph.layer_kinds import BATCH_NORMS
from nodes.graph.look import Look
from nodes.graph.model import Graph, GraphError, Link, Topology
from nodes.graph.overwriting import overwritten
from nodes.graph.problem import DataFacts, Problem, Severity, told
from nodes.spec.fixes import Remark

__all__ = [
    "DataFacts",
    "Problem",
    "Severity",
    "is_drawable",
    "link_verdict",
    "problems",
]

RANK = {"error": 0, "warning": 1, "remark": 2}
Found = tuple[Problem, ...]


class Verdict(NamedTuple):
    """What was said of one node, and what that went by."""

    found: Found
    facts: Facts  # of the node itself
    drawn: frozenset[str]  # nodes whose settings or links were looked at
    known: frozenset[str]  # nodes whose facts were looked at by the rules

    def holds(self, inference: Inference, name: str) -> bool:
        """Whether it would be said again."""
        memory, facts = inference.memory, inference.facts[name]
        is_alike = facts is self.facts or (
            facts.error is self.facts.error is None
            and (facts.waits, facts.remarks) == (self.facts.waits, self.facts.remarks)
        )
        return is_alike and self.drawn.isdisjoint(memory.edited) and self.known.isdisjoint(memory.changed)


@dataclass(frozen=True)
class Said:
    """What was said of a graph, kept for the one that is edited from it.

    ``by_node`` holds what was said of each node; ``unused`` holds for ``topology`` and the same ``ends``.
    """

    given: tuple[DataFacts | None, int]
    topology: Topology
    ends: tuple[str, ...]
    inputs: tuple[str, ...]
    unused: Found
    alike: Found
    by_node: dict[str, Verdict] = field(default_factory=dict)

    def role(self, name: str) -> str:
        """What a node was, as ``_role`` says it."""
        return "input" if name in self.inputs else "end" if name in self.ends else ""


def problems(graph: Graph, inference: Inference, data: DataFacts | None = None, batch: int = 0) -> Found:
    """All problems of a graph, errors first. Only the first node that fails reports; those after it wait.

    With ``data`` the inputs and the number of classes are compared with it, with ``batch`` (samples in a step) the
    batch normalizations are asked whether it is enough. What an edit did
    not reach is taken from what was said before.
    """
    memory = inference.memory
    old = memory.said if isinstance(memory.said, Said) and memory.said.given == (data, batch) else None
    said = _said(graph, inference, old, (data, batch))
    memory.said, memory.edited, memory.changed = said, frozenset(), frozenset()
    found = [*_cycle(graph), *_missing_parts(graph, said), *_occupied(graph)]
    is_begun = any(not isinstance(node.settings, Input) for node in graph.nodes.values())
    for verdict in said.by_node.values():
        if verdict.found:
            found += (problem for problem in verdict.found if is_begun or problem.kind != "unused-input")
    found += [*said.unused, *_frozen(inference), *vain_beginnings(inference), *said.alike]
    if not inference.given:
        found += _same_field(graph, said.inputs)
    if data is not None:
        unsuited = other_data(graph, data, said.inputs)
        if data.is_chosen or not unsuited:
            found += [
                *other_classes(inference, data, said.ends),
                *other_targets(inference, data, said.ends),
                *unsuited,
            ]
    return tuple(sorted(said_once(graph, found), key=lambda problem: RANK[problem.severity]))


def is_drawable(graph: Graph, link: Link) -> bool:
    """Whether a link can stand in the drawing; what flows through it may still not suit, which can be mended."""
    try:
        return link.source != link.target and not graph.with_link(link).topology.cycle
    except GraphError:
        return False


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
    after = infer(joined, inference, inference.given).facts[link.target].error
    return str(after) if after and str(after) != str(before) else ""


def _said(graph: Graph, inference: Inference, old: Said | None, given: tuple[DataFacts | None, int]) -> Said:
    """What the rules say of every node, taken from before wherever nothing changed that they looked at."""
    edited, batch, topology = inference.memory.edited, given[1], graph.topology
    if old is None or old.topology is not topology:
        kept, waiting = (old.by_node if old else {}), topology.order
        ends, inputs = _ends(graph), _inputs(graph)
        said = Said(given, topology, ends, inputs, _unused(graph, ends), _alike_names(graph))
    else:
        kept, waiting = old.by_node, tuple(old.by_node)
        is_other = any(_role(graph, name) != old.role(name) for name in edited)
        ends, inputs = (_ends(graph), _inputs(graph)) if is_other else (old.ends, old.inputs)
        said = Said(given, topology, ends, inputs, _unused(graph, ends) if is_other else old.unused, old.alike)
    for name in waiting:
        verdict = kept.get(name)
        if verdict is None or not verdict.holds(inference, name):
            look = Look(inference)
            found = tuple(_of_node(look, name, batch))
            verdict = Verdict(found, inference.facts[name], frozenset(look.drawn), frozenset(look.known))
        said.by_node[name] = verdict
    return said


def _role(graph: Graph, name: str) -> str:
    """Whether a value enters or ends at a node: ``input``, ``end`` or neither."""
    settings = graph.nodes[name].settings
    if isinstance(settings, Input):
        return "input"
    return "end" if settings.is_loss or isinstance(settings, Output) else ""


def _ends(graph: Graph) -> tuple[str, ...]:
    return tuple(name for name in graph.nodes if _role(graph, name) == "end")


def _inputs(graph: Graph) -> tuple[str, ...]:
    return tuple(name for name in graph.nodes if _role(graph, name) == "input")


def _of_node(look: Look, name: str, batch: int) -> list[Problem]:
    facts, links = look.inference.facts[name], look.incoming(name)  # a verdict goes by its own facts anyway
    if facts.error:
        error = facts.error
        link = links.get(error.port) or next(iter(links.values()), None)
        fact = f"{name}: {error.fact}"
        return [told("error", name, error.kind, fact, error.remedy, parameter=error.parameter, link=link)]
    found = [
        told(
            "error",
            name,
            "boxes" if port.name == "boxes" else "unwired",
            f"{name} has nothing at its input {port.name}.",
            "Connect a value to it.",
        )
        for port in look.ports(name)
        if not port.optional and port.name not in links
    ]
    if facts.waits:
        return found
    found += [told("remark", name, _kind_of(remark), f"{name}: {remark}") for remark in facts.remarks]
    settings = look.settings(name)
    if isinstance(settings, Input) and not look.outgoing(name):
        fact = f"Nobody reads {name}."
        found.append(told("warning", name, "unused-input", fact, "Connect it to a layer, or remove it."))
    if getattr(settings, "inplace", False) or settings.type_id == "block":
        found += overwritten(look, name)
    if isinstance(settings, Block):
        found += _of_body(look, name, settings, batch)
    if settings.type_id in BATCH_NORMS:
        found += batch_of_one(look, name, batch)
    for rule in RULES.get(settings.type_id, ()):
        found += rule(look, name)
    return found


def _of_body(look: Look, name: str, block: Block, batch: int) -> list[Problem]:
    """What the rules say of a block's body, for what arrives at the block."""
    arriving = [shape for shape in arguments(block, look.facts(name).inputs) if shape is not None]
    found = problems(block.body, block.inside(*arriving), None, batch_inside(block, arriving, batch))
    return [lifted(name, problem) for problem in found if is_said_outside(problem)]


def _kind_of(remark: str) -> str:
    return remark.kind if isinstance(remark, Remark) else "remark"


def _cycle(graph: Graph) -> list[Problem]:
    cycle = graph.topology.cycle
    if not cycle:
        return []
    way = " → ".join((*cycle, cycle[0]))
    fact = f"These nodes feed each other in a circle: {way}."
    return [told("error", cycle[0], "cycle", fact, "Remove one of the links between them.")]


def _missing_parts(graph: Graph, said: Said) -> list[Problem]:
    found: list[Problem] = []
    if not graph.nodes:
        return found
    losses = [name for name in said.ends if graph.nodes[name].settings.is_loss]
    works_alone = not said.inputs and not losses and _has_values(graph)
    if not said.inputs and not works_alone:
        found.append(
            told("error", "", "no-input", "The network has no input.", "Add an Input node from the palette.")
        )
    if len(losses) == len(said.ends):
        remedy = "Add an Output node after the layer whose result you want to keep."
        found.append(told("error", "", "no-output", "The network has no output.", remedy))
    if not losses and not works_alone:
        fact = "There is no loss, so it cannot be trained."
        found.append(told("warning", "", "no-loss", fact, "Add a loss, such as CrossEntropyLoss."))
    return found


def _has_values(graph: Graph) -> bool:
    """Whether a Constant or Parameter gives the values: a computational graph of its own numbers needs no data."""
    return any(isinstance(node.settings, Source) for node in graph.nodes.values())


def _occupied(graph: Graph) -> list[Problem]:
    """Inputs at which several links end; a drawing gives each a single one, a program may not."""
    if len(graph.links) == sum(map(len, graph.topology.incoming.values())):
        return []
    ends: dict[tuple[str, str], list[Link]] = {}
    for link in graph.links:
        ends.setdefault((link.target, link.input), []).append(link)
    return [
        told(
            "error",
            name,
            "occupied",
            f"{len(links)} values arrive at the input {port} of {name}: {', '.join(k.source for k in links)}.",
            "Add or concatenate them first, or remove all links but one.",
            link=links[-1],
        )
        for (name, port), links in ends.items()
        if len(links) > 1
    ]


def _unused(graph: Graph, ends: tuple[str, ...]) -> Found:
    useful: set[str] = set()
    waiting = list(ends)
    while waiting:
        name = waiting.pop()
        if name not in useful:
            useful.add(name)
            waiting += [link.source for link in graph.incoming(name).values()]
    if not useful:  # there is no end yet that anything could lead to, which is said once
        return ()
    remedy = "Connect it to a node that leads to one, or remove it."
    return tuple(
        told("warning", name, "unused", f"{name} leads to no output and no loss, so it is left out.", remedy)
        for name in graph.nodes
        if name not in useful and not (isinstance(graph.nodes[name].settings, Input) and not graph.outgoing(name))
    )


def _frozen(inference: Inference) -> list[Problem]:
    """All weights there are, frozen."""
    names = []
    for name, node in inference.graph.nodes.items():
        if inference.facts[name].weights:
            if not node.training.frozen:
                return []
            names.append(name)
    if not names:
        return []
    fact = f"All weights are frozen ({', '.join(names[:3])}{'…' if len(names) > 3 else ''})."
    return [told("warning", "", "frozen", fact, f"Let {names[-1]} be trained.", parameter="frozen")]


def _same_field(graph: Graph, inputs: Iterable[str]) -> list[Problem]:
    """Input nodes that take the same field: by its name, or both the one of their shape."""
    first: dict[object, str] = {}
    found = []
    for name in inputs:
        settings = graph.nodes[name].settings
        if not isinstance(settings, Input):
            continue
        key: object = settings.field or (settings.kind, settings.size, settings.shape().values)
        if key in first:
            which = f"the field {settings.field}" if settings.field else "the field of the same shape"
            fact = f"{first[key]} and {name} both take {which}."
            remedy = f"Feed from {first[key]} what {name} feeds, or set field of one of them."
            found.append(told("remark", name, "same-field", fact, remedy, parameter="field"))
        first.setdefault(key, name)
    return found


def _alike_names(graph: Graph) -> Found:
    first: dict[str, str] = {}
    found = []
    for name in graph.nodes:
        other = first.setdefault(name.lower(), name)
        if other != name:
            fact = f"The names {other} and {name} differ only in capitals."
            found.append(told("remark", name, "alike-names", fact, "Give one of them another name."))
    return tuple(found)
