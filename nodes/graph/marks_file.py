"""Marks in a network file: written only where there are any, read as far as they make sense."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nodes.graph.marks import NOTE_WIDTH, Frame, Marks, Point, StickyNote
from nodes.graph.model import Graph, Link
from nodes.spec.settings import shown

LONGEST_TEXT, LONGEST_TITLE = 20_000, 200
FARTHEST = 1e7


def marks_entry(marks: Marks) -> dict[str, Any]:
    """What a file says of them; empty where there are none."""
    entry: dict[str, Any] = {}
    if marks.frames:
        entry["frames"] = {
            name: {"title": frame.title, "colour": frame.family, "nodes": list(frame.members)}
            for name, frame in marks.frames.items()
        }
    if marks.notes:
        entry["notes"] = {
            name: {"text": note.text, "at": [_number(note.x), _number(note.y)], "width": _number(note.width)}
            for name, note in marks.notes.items()
        }
    if marks.bends:
        entry["bends"] = {
            str(link): [[_number(x), _number(y)] for x, y in points] for link, points in marks.bends.items()
        }
    return entry


def read_marks(entry: Any, graph: Graph, faults: list[str]) -> Marks:
    """The marks of a graph; a sentence for each that cannot be read."""
    if not isinstance(entry, dict):
        faults.append("marks should be a JSON object; they were left out.")
        return Marks()
    links = {str(link): link for link in graph.links}
    return Marks(
        dict(_frames(_entries(entry, "frames", faults), graph, faults)),
        dict(_notes(_entries(entry, "notes", faults), faults)),
        dict(_bends(_entries(entry, "bends", faults), links, faults)),
    )


def _entries(entry: Mapping[str, Any], key: str, faults: list[str]) -> Iterable[tuple[str, Any]]:
    value = entry.get(key, {})
    if isinstance(value, dict):
        return value.items()
    faults.append(f"{key} should be a JSON object; they were left out.")
    return ()


def _frames(entries: Iterable[tuple[str, Any]], graph: Graph, faults: list[str]) -> Iterator[tuple[str, Frame]]:
    taken: set[str] = set()
    for name, entry in entries:
        members = entry.get("nodes") if isinstance(entry, dict) else None
        found = [m for m in _texts(members) if m in graph.nodes and m not in taken]
        if not found or not name.isidentifier():
            faults.append(f"frame {name[:60]}: it holds none of the nodes; it was left out.")
            continue
        taken.update(found)
        title, colour = str(entry.get("title", ""))[:LONGEST_TITLE], str(entry.get("colour", "block"))
        yield (
            name,
            Frame(title, tuple(dict.fromkeys(found)), colour if re.fullmatch(r"[a-z]{1,30}", colour) else "block"),
        )


def _notes(entries: Iterable[tuple[str, Any]], faults: list[str]) -> Iterator[tuple[str, StickyNote]]:
    for name, entry in entries:
        text = entry.get("text") if isinstance(entry, dict) else None
        at = _point(entry.get("at")) if isinstance(entry, dict) else None
        if not isinstance(text, str) or at is None or not name.isidentifier():
            faults.append(f"note {name[:60]}: it has no text or no place; it was left out.")
            continue
        width = entry.get("width")
        is_width = isinstance(width, int | float) and not isinstance(width, bool) and 24 <= width <= 4000
        yield name, StickyNote(text[:LONGEST_TEXT], *at, float(width) if is_width else NOTE_WIDTH)


def _bends(
    entries: Iterable[tuple[str, Any]], links: Mapping[str, Link], faults: list[str]
) -> Iterator[tuple[Link, tuple[Point, ...]]]:
    for text, entry in entries:
        points = [_point(at) for at in entry] if isinstance(entry, list) else []
        led = tuple(point for point in points if point is not None)
        if text in links and led and len(led) == len(points):
            yield links[text], led
        else:
            faults.append(
                f"bends of {shown(text)}: there is no such link, or a point is no place; they were left out."
            )


def _point(at: Any) -> Point | None:
    if not isinstance(at, list) or len(at) != 2:
        return None
    if not all(isinstance(v, int | float) and not isinstance(v, bool) and abs(v) <= FARTHEST for v in at):
        return None
    return float(at[0]), float(at[1])


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else round(value, 2)
