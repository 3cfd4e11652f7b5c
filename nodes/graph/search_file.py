"""The section ``search`` of a network file: every marked setting by its place, with what it may be.

"search": {"recipe.learning_rate": {"low": 0.001, "high": 1, "log": true},
           "nodes.conv1.out_channels": {"choices": [8, 16, 32]},
           "bodies.residual.conv.kernel_size": {"choices": [3, 5]}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nodes.graph.model import Node
from nodes.graph.searched import NODES, marks_of
from nodes.spec.muted import original
from nodes.spec.node_type import NodeType, setting_kinds
from nodes.spec.search import Mark, read_mark
from nodes.spec.settings import SettingError, shown

BODIES = "bodies"
SECTIONS = ("recipe", "data")  # what they hold, runtime knows


def node_entries(place: str, nodes: Mapping[str, Node]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a file says of the marks of some nodes; ``place`` is ``nodes`` or ``bodies.NAME``."""
    for name, node in nodes.items():
        if node.searched:
            for setting, mark in marks_of(node).items():
                yield f"{place}.{name}.{setting}", mark.entry()


class SearchSection:
    """The section as read: asked node by node; what nobody asked for is a fault at the end."""

    def __init__(self, entry: Any, faults: list[str]) -> None:
        self._faults = faults
        self._left: dict[str, dict[str, Mark]] = {}  # place of a node, or section -> setting -> mark
        if not isinstance(entry, dict):
            faults.append("search should be a JSON object; it was left out.")
            return
        for key, written in entry.items():
            self._take(key, written)

    def _take(self, key: str, written: Any) -> None:
        place, dot, setting = key.rpartition(".")
        parts = place.split(".")
        is_place = place in SECTIONS or (parts[0], len(parts)) in ((NODES, 2), (BODIES, 3))
        if not (dot and setting and is_place):
            self._faults.append(
                f"search over {shown(key)}: there is no such setting. Write recipe.learning_rate or "
                "nodes.conv1.out_channels. It was left out."
            )
            return
        try:
            self._left.setdefault(place, {})[setting] = read_mark(key, written)
        except SettingError as error:
            self._faults.append(f"{error} It was left out.")

    def of_node(self, place: str, settings: NodeType) -> tuple[tuple[str, Mark], ...]:
        """The marks of the node at ``nodes.NAME`` or ``bodies.BODY.NAME``."""
        kept: list[tuple[str, Mark]] = []
        known = setting_kinds(original(settings))
        for setting, mark in self._left.pop(place, {}).items():
            if setting not in known:
                self._faults.append(
                    f"search over {place}.{setting}: {settings.title} has no such setting. "
                    f"It has {', '.join(known) or 'none'}. It was left out."
                )
                continue
            try:
                kept.append((setting, mark.checked(f"{place}.{setting}", known[setting])))
            except SettingError as error:
                self._faults.append(f"{error} It was left out.")
        return tuple(kept)

    def rest(self) -> dict[str, Mark]:
        """The marks of recipe and data, by their keys; all that is left besides is of no node."""
        found: dict[str, Mark] = {}
        for place, marks in self._left.items():
            if place in SECTIONS:
                found |= {f"{place}.{setting}": mark for setting, mark in marks.items()}
            else:
                self._faults.append(f"search over {place}: there is no such node. It was left out.")
        self._left = {}
        return found
