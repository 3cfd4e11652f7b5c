"""Steps: what one edit changed, as a line of text, so that a drawing can be had back after a crash."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import msgspec

from nodes.graph.files import NetworkFileError, read, write
from nodes.graph.marks_file import marks_entry, read_marks
from nodes.graph.model import Graph, Link, Network
from nodes.graph.search_file import SearchSection

OTHERS = ("title", "notes", "data", "recipe")


def step_between(before: Network, after: Network) -> bytes:
    """One line that makes ``after`` out of ``before``."""
    old, new = before.graph, after.graph
    entry: dict[str, Any] = {name: _plain(getattr(after, name)) for name in OTHERS if _differs(before, after, name)}
    if before.search != after.search:
        entry["search"] = {key: mark.entry() for key, mark in after.search.items()}
    changed = {name: node for name, node in new.nodes.items() if old.nodes.get(name) is not node}
    if changed:
        entry["nodes"] = write(Network(Graph(changed))).decode()
    if any(name not in new.nodes for name in old.nodes):
        entry["removed"] = [name for name in old.nodes if name not in new.nodes]
    if old.links != new.links:
        gone, there = set(new.links), set(old.links)
        entry["unlinked"] = [list(link) for link in old.links if link not in gone]
        entry["linked"] = [list(link) for link in new.links if link not in there]
    if old.marks != new.marks:
        entry["marks"] = marks_entry(new.marks)
    made = _taken(before, entry)
    if list(made.graph.nodes) != list(new.nodes):
        entry["order"] = list(new.nodes)
    if made.graph.links != new.links:
        entry["links"] = [list(link) for link in new.links]
    return msgspec.json.encode(entry) + b"\n"


def replayed(base: Network, lines: Iterable[bytes]) -> Network:
    """The network after all steps; a last line that was cut short is passed over."""
    network = base
    for line in lines:
        if not line.endswith(b"\n"):
            break
        try:
            network = _taken(network, msgspec.json.decode(line))
        except (msgspec.DecodeError, NetworkFileError, UnicodeDecodeError):
            break
    return network


def _taken(before: Network, entry: dict[str, Any]) -> Network:
    """The network after one step."""
    nodes = dict(before.graph.nodes)
    for name in entry.get("removed", ()):
        nodes.pop(name, None)
    if "nodes" in entry:
        nodes.update(read(entry["nodes"].encode()).network.graph.nodes)
    if "order" in entry:
        nodes = {name: nodes[name] for name in entry["order"] if name in nodes}
    links = before.graph.links
    if "links" in entry:
        links = tuple(Link(*link) for link in entry["links"])
    elif "linked" in entry:
        gone = {Link(*link) for link in entry["unlinked"]}
        links = (*(link for link in links if link not in gone), *(Link(*link) for link in entry["linked"]))
    others = {name: entry[name] for name in OTHERS if name in entry}
    if "search" in entry:
        others["search"] = SearchSection(entry["search"], []).rest()
    graph = Graph(nodes, links, before.graph.marks)
    if "marks" in entry:
        graph = graph.with_marks(read_marks(entry["marks"], graph, []))
    return dataclasses.replace(before, graph=graph, **others)


def _differs(before: Network, after: Network, name: str) -> bool:
    return bool(getattr(before, name) != getattr(after, name))


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else dict(value)
