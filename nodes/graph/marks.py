"""Marks: what is drawn beside the nodes and computes nothing: frames, notes, points that links are led through."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nodes.graph.model import Link

Point = tuple[float, float]  # scene units, to the hundredth: so files write them
NOTE_WIDTH = 240.0


@dataclass(frozen=True)
class Frame:
    """Nodes that belong together, under a title. Its rectangle is the one around them, wherever they stand."""

    title: str
    members: tuple[str, ...]
    family: str = "block"  # whose colour it takes


@dataclass(frozen=True)
class StickyNote:
    """A text in Markdown with its top left corner at a place."""

    text: str
    x: float = 0.0
    y: float = 0.0
    width: float = NOTE_WIDTH

    def __post_init__(self) -> None:
        for side in ("x", "y", "width"):
            object.__setattr__(self, side, round(getattr(self, side), 2))


@dataclass(frozen=True)
class Marks:
    """All marks of one graph: frames and notes by a name of their own, bends by their link."""

    frames: Mapping[str, Frame] = field(default_factory=dict)
    notes: Mapping[str, StickyNote] = field(default_factory=dict)
    bends: Mapping[Link, tuple[Point, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.frames or self.notes or self.bends)

    def kept_by(self, nodes: Container[str], links: Collection[Link]) -> Marks:
        """Those that still belong to something. A frame goes with the last of its nodes."""
        if not self.frames and not self.bends:
            return self
        there = set(links) if self.bends else set()
        return Marks(
            {name: kept for name, frame in self.frames.items() if (kept := _among(frame, nodes)).members},
            self.notes,
            {link: points for link, points in self.bends.items() if link in there},
        )

    def renamed(self, old: str, new: str) -> Marks:
        """With a node under another name."""
        return Marks(
            {
                name: dataclasses.replace(frame, members=tuple(new if m == old else m for m in frame.members))
                for name, frame in self.frames.items()
            },
            self.notes,
            {
                link._replace(
                    source=new if link.source == old else link.source,
                    target=new if link.target == old else link.target,
                ): points
                for link, points in self.bends.items()
            },
        )

    def following(self, shifts: Mapping[str, Point]) -> Marks:
        """With the bends of links both ends of which moved, moved as their source was."""
        if not self.bends:
            return self
        bends = dict(self.bends)
        for link, points in self.bends.items():
            if link.source in shifts and link.target in shifts:
                dx, dy = shifts[link.source]
                bends[link] = tuple((round(x + dx, 2), round(y + dy, 2)) for x, y in points)
        return dataclasses.replace(self, bends=bends)

    def with_frame(self, name: str, frame: Frame) -> Marks:
        """With a frame added or changed; its nodes leave the frames they were in."""
        others = {key: _without(other, frame.members) for key, other in self.frames.items() if key != name}
        others = {key: other for key, other in others.items() if other.members}
        return dataclasses.replace(self, frames={**others, name: frame})

    def frame_of(self, node: str) -> str:
        """The name of the frame that holds a node; empty where none does."""
        return next((name for name, frame in self.frames.items() if node in frame.members), "")

    def with_members(self, name: str, nodes: Iterable[str]) -> Marks:
        """With more nodes in a frame."""
        frame = self.frames[name]
        members = tuple(dict.fromkeys((*frame.members, *nodes)))
        return self.with_frame(name, dataclasses.replace(frame, members=members))

    def without_members(self, nodes: Container[str]) -> Marks:
        """With some nodes in no frame."""
        frames = {name: _without(frame, nodes) for name, frame in self.frames.items()}
        return dataclasses.replace(self, frames={name: frame for name, frame in frames.items() if frame.members})

    def without_frames(self, names: Container[str]) -> Marks:
        return dataclasses.replace(self, frames={n: frame for n, frame in self.frames.items() if n not in names})

    def with_note(self, name: str, note: StickyNote) -> Marks:
        return dataclasses.replace(self, notes={**self.notes, name: note})

    def without_notes(self, names: Container[str]) -> Marks:
        return dataclasses.replace(self, notes={n: note for n, note in self.notes.items() if n not in names})

    def with_bends(self, link: Link, points: Iterable[Point]) -> Marks:
        """With a link led through some points; without any it takes its own way."""
        others = {k: p for k, p in self.bends.items() if k != link}
        led = tuple((round(x, 2), round(y, 2)) for x, y in points)
        return dataclasses.replace(self, bends={**others, link: led} if led else others)

    def straightened(self, names: Container[str]) -> Marks:
        """With the links among some nodes led through no points."""
        bends = {k: points for k, points in self.bends.items() if k.source not in names or k.target not in names}
        return self if len(bends) == len(self.bends) else dataclasses.replace(self, bends=bends)

    def fresh_name(self, stem: str) -> str:
        """A free name for a frame or a note: frame1, frame2, …"""
        number = 1
        while f"{stem}{number}" in self.frames or f"{stem}{number}" in self.notes:
            number += 1
        return f"{stem}{number}"


NO_MARKS = Marks()


def _among(frame: Frame, nodes: Container[str]) -> Frame:
    kept = tuple(name for name in frame.members if name in nodes)
    return frame if len(kept) == len(frame.members) else dataclasses.replace(frame, members=kept)


def _without(frame: Frame, names: Container[str]) -> Frame:
    kept = tuple(name for name in frame.members if name not in names)
    return frame if len(kept) == len(frame.members) else dataclasses.replace(frame, members=kept)
