"""Walking with the keys: from node to node, to frames and notes, and along links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from designer.canvas.navigation import DIRECTIONS, Thing, nearest
from designer.canvas.scene import Hit
from designer.canvas.tips import tip
from designer.figures import counted
from nodes.graph.model import Link

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

LONGEST = 60  # characters of a note that are said


class Walk:
    """Selects what lies next, brings it into sight and says what it is."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas, self._document, self._scene = canvas, canvas.document, canvas.canvas_scene

    def go(self, key: Qt.Key, *, is_adding: bool) -> None:
        """To what lies in the direction of an arrow; from a link to its ends and to those beside it."""
        link = next(iter(self._scene.selected_links), None)
        if link is not None and not self._document.selection:
            self._go_from_link(link, key)
            return
        here = self._here()
        graph = self._document.graph
        if here is None:
            following = next((("node", name) for name in graph.nodes), None)
        else:
            following = nearest(graph, here, key, self._scene.marks.corners())
        if following is not None:
            self._select(following, is_adding=is_adding)

    def along_link(self, key: Qt.Key) -> None:
        """From a node onto its first link in the direction of an arrow, from a link to the node at its end."""
        link = next(iter(self._scene.selected_links), None)
        if link is not None and not self._document.selection:
            self._go_from_link(link, key)
            return
        name = self._document.selection[-1] if self._document.selection else ""
        is_out, graph = DIRECTIONS[key][0] > 0, self._document.graph
        links = list(graph.outgoing(name) if is_out else graph.incoming(name).values()) if name else []
        if links:
            self._select_link(self._from_top(links)[0])
        else:
            where = "out of" if is_out else "into"
            self._canvas.status.emit(f"No link leads {where} {name}." if name else "Select a node to walk its links.")

    def to_next_mark(self) -> None:
        """To the next frame or note, from left to right; past the last to the first."""
        marks = self._scene.marks
        names = sorted(marks.corners(), key=lambda name: marks.corners()[name])
        if names:
            number = names.index(marks.selected) + 1 if marks.selected in names else 0
            self._select(("mark", names[number % len(names)]), is_adding=False)

    def _here(self) -> Thing | None:
        if self._scene.marks.selected:
            return "mark", self._scene.marks.selected
        return ("node", self._document.selection[-1]) if self._document.selection else None

    def _go_from_link(self, link: Link, key: Qt.Key) -> None:
        dx, dy = DIRECTIONS[key]
        if dx:
            self._select(("node", link.target if dx > 0 else link.source), is_adding=False)
            return
        graph = self._document.graph
        beside = dict.fromkeys((*graph.outgoing(link.source), *graph.incoming(link.target).values()))
        links = self._from_top(list(beside))
        number = links.index(link) + dy
        if 0 <= number < len(links):
            self._select_link(links[number])

    def _from_top(self, links: list[Link]) -> list[Link]:
        return sorted(links, key=lambda link: self._scene.link_items[link].way.label[::-1])

    def _select(self, thing: Thing, *, is_adding: bool) -> None:
        kind, name = thing
        marks, selection = self._scene.marks, self._document.selection
        self._scene.select_links(())
        if kind == "node":
            marks.select("")
            self._document.select((*selection, name) if is_adding else (name,))
        else:
            self._document.select(())
            marks.select(name)
        self._show(self._mark_words(name) if kind == "mark" else self._node_words(name))

    def _select_link(self, link: Link) -> None:
        self._document.select(())
        self._scene.marks.select("")
        self._scene.select_links([link])
        self._show(tip(self._document, Hit(link=link)))

    def _show(self, words: str) -> None:
        self._canvas.reveal_rect(self._canvas.selected_rect())
        self._canvas.status.emit(words.replace("\n", " · "))

    def _node_words(self, name: str) -> str:
        return tip(self._document, Hit(name), self._scene.node_items[name].warmth)

    def _mark_words(self, name: str) -> str:
        marks = self._document.graph.marks
        if name in marks.frames:
            frame = marks.frames[name]
            return f"Frame {frame.title} · {counted(len(frame.members), 'node')} · Enter selects them, F2 renames it"
        return f"Note: {' '.join(marks.notes[name].text.split())[:LONGEST]}"
