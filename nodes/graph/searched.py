"""What a search goes over in a drawing: every marked setting under one key, and the drawing with values put in.

Blocks that are equal count as one: a value found for a node inside is put into all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from nodes.block import Block
from nodes.graph.model import Graph, Node
from nodes.spec.muted import original
from nodes.spec.node_type import NodeType, setting_kinds
from nodes.spec.search import Mark, is_searchable
from nodes.spec.settings import Kind, SettingError, Value

NODES = "nodes"


class Parameter(NamedTuple):
    """One setting that a search goes over; ``key`` as ``recipe.learning_rate`` or ``nodes.conv1.out_channels``."""

    key: str
    kind: Kind
    mark: Mark
    value: Value  # as it stands


def marks_of(node: Node) -> dict[str, Mark]:
    """The marked settings that the node has: a node may have become of another type since."""
    known = setting_kinds(original(node.settings))
    return {name: mark for name, mark in node.searched if name in known and is_searchable(known[name])}


def marks_inside(graph: Graph) -> Iterator[tuple[str, Mark]]:
    """Key and mark of every marked setting, unchecked; those of equal blocks once."""
    return ((key, mark) for key, _, _, mark in _walk(graph, NODES, set()))


def parameters_of(graph: Graph) -> Iterator[Parameter]:
    """The marked settings of all nodes, those inside blocks too. Raises SettingError for one that cannot be."""
    for key, settings, name, mark in _walk(graph, NODES, set()):
        kind = setting_kinds(settings)[name]
        yield Parameter(key, kind, mark.checked(key, kind), getattr(settings, name))


def _walk(graph: Graph, place: str, seen: set[Graph]) -> Iterator[tuple[str, NodeType, str, Mark]]:
    """Key, settings of the node, name of the setting, mark."""
    for name, node in graph.nodes.items():
        settings, at = original(node.settings), f"{place}.{name}"
        for setting, mark in marks_of(node).items() if node.searched else ():
            yield f"{at}.{setting}", settings, setting, mark
        if isinstance(settings, Block) and settings.body not in seen:
            seen.add(settings.body)
            yield from _walk(settings.body, at, seen)


def drawn_with(graph: Graph, values: Mapping[str, Value]) -> Graph:
    """The graph with values by their keys. Raises SettingError, naming the node, where one does not take its own."""
    return _drawn(graph, values, NODES, {})


def _drawn(graph: Graph, values: Mapping[str, Value], place: str, done: dict[Graph, Graph]) -> Graph:
    changed = graph
    for name, node in graph.nodes.items():
        at = f"{place}.{name}"
        own = {s: values[f"{at}.{s}"] for s, _ in node.searched if f"{at}.{s}" in values}
        settings = original(node.settings)
        if isinstance(settings, Block):
            if settings.body not in done:
                done[settings.body] = settings.body  # while it is under way: no block holds itself
                done[settings.body] = _drawn(settings.body, values, at, done)
            if done[settings.body] is not settings.body:
                own["body"] = done[settings.body]
        if own:
            try:
                changed = changed.with_settings(name, node.settings.replaced(**own))
            except SettingError as error:
                raise SettingError(f"{name}: {error}") from None
    return changed
