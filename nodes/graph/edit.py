"""Edits that take several nodes at once: Graph -> Graph."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping

from nodes.graph.marks import NO_MARKS, Marks
from nodes.graph.model import Graph, Link, Node


def copied(graph: Graph, names: Iterable[str], notes: Iterable[str] = ()) -> Graph:
    """Some nodes and the links among them, with the frames that hold only them, and some notes."""
    wanted = set(names)
    links = tuple(k for k in graph.links if k.source in wanted and k.target in wanted)
    frames = {name: frame for name, frame in graph.marks.frames.items() if wanted.issuperset(frame.members)}
    bends = {link: graph.marks.bends[link] for link in links if link in graph.marks.bends}
    nodes = {name: node for name, node in graph.nodes.items() if name in wanted}
    texts = {name: graph.marks.notes[name] for name in notes}
    return Graph(nodes, links, Marks(frames, texts, bends) if frames or texts or bends else NO_MARKS)


def pasted(graph: Graph, fragment: Graph, dx: float, dy: float) -> tuple[Graph, Mapping[str, str]]:
    """The graph with a fragment added, shifted by dx, dy in scene units.

    Also the new name of each of the fragment's nodes: its own where it is free, else the next number.
    """
    nodes: dict[str, Node] = dict(graph.nodes)
    names: dict[str, str] = {}
    for name, node in fragment.nodes.items():
        names[name] = name if name not in nodes else Graph(nodes).fresh_name(re.sub(r"\d+$", "", name) or "node")
        nodes[names[name]] = dataclasses.replace(node, x=node.x + dx, y=node.y + dy)
    links = {k: Link(names[k.source], k.output, names[k.target], k.input) for k in fragment.links}
    marks = graph.marks
    for frame in fragment.marks.frames.values():
        members = tuple(names[member] for member in frame.members)
        marks = marks.with_frame(marks.fresh_name("frame"), dataclasses.replace(frame, members=members))
    for note in fragment.marks.notes.values():
        moved = dataclasses.replace(note, x=note.x + dx, y=note.y + dy)
        marks = marks.with_note(marks.fresh_name("note"), moved)
    for link, points in fragment.marks.bends.items():
        marks = marks.with_bends(links[link], ((x + dx, y + dy) for x, y in points))
    return Graph(nodes, (*graph.links, *links.values()), marks), names
