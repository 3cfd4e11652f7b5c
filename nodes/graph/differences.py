"""What differs between two drawings: nodes and links by name, each changed setting with both values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from nodes.graph.model import Graph, Link, Node
from nodes.spec.muted import Muted
from nodes.spec.node_type import NodeType

Sort = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class NodeDifference:
    """One node. ``settings`` are those that differ: name -> value before, value after."""

    name: str
    sort: Sort
    kind: str  # the title of its type
    settings: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Differences:
    """From one drawing to another."""

    nodes: tuple[NodeDifference, ...]
    linked: tuple[Link, ...]
    unlinked: tuple[Link, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.nodes or self.linked or self.unlinked)

    def names(self, sort: Sort) -> tuple[str, ...]:
        return tuple(node.name for node in self.nodes if node.sort == sort)


def differences(before: Graph, after: Graph) -> Differences:
    """Places on the canvas do not count. A node of another type is one removed and one added."""
    found: list[NodeDifference] = []
    for name in {**before.nodes, **after.nodes}:
        old, new = before.nodes.get(name), after.nodes.get(name)
        if old is not None and new is not None and type(_original(old)) is type(_original(new)):
            changed = _changed(old, new)
            if changed:
                found.append(NodeDifference(name, "changed", new.settings.title, changed))
            continue
        found += [NodeDifference(name, "removed", old.settings.title)] if old is not None else []
        found += [NodeDifference(name, "added", new.settings.title)] if new is not None else []
    there, gone = set(before.links), set(after.links)
    return Differences(
        tuple(found),
        tuple(link for link in after.links if link not in there),
        tuple(link for link in before.links if link not in gone),
    )


def _changed(old: Node, new: Node) -> dict[str, tuple[Any, Any]]:
    found: dict[str, tuple[Any, Any]] = {}
    parts: tuple[tuple[Any, Any], ...] = ((_original(old), _original(new)), (old.training, new.training))
    for part_old, part_new in parts:
        for one in fields(part_old):
            pair = (getattr(part_old, one.name), getattr(part_new, one.name))
            if pair[0] != pair[1]:
                found[one.name] = _in_words(pair) if isinstance(pair[0], Graph) else pair
    if old.is_muted != new.is_muted:
        found["muted"] = (old.is_muted, new.is_muted)
    return found


def _original(node: Node) -> NodeType:
    """The settings of a node, also of one that is switched off."""
    return node.settings.original if isinstance(node.settings, Muted) else node.settings


def _in_words(bodies: tuple[Graph, Graph]) -> tuple[str, str]:
    """Two bodies of a block: what is in them, as a count, and what differs."""
    inner = differences(*bodies)
    told = [f"{node.name} {node.sort}" for node in inner.nodes] or ["other links"]
    return f"{len(bodies[0].nodes)} nodes", f"{len(bodies[1].nodes)} nodes ({', '.join(told)})"
