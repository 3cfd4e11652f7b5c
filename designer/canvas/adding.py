"""Type to add: a few words at the cursor choose a layer, placed there and joined to the wire pulled there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF

from designer.canvas.edits import centred, with_new_node
from designer.canvas.geometry import NODE_HEIGHT, NODE_WIDTH
from designer.canvas.scene import Hit
from designer.chooser import Chooser, Option
from designer.library_section import entries_after, library_entries
from designer.palette_entries import FAMILY_TITLES, Entry, entries, found
from nodes.graph.fitting import fitting_after, fitting_before, mendable_after
from nodes.graph.model import Link

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView


def type_to_add(canvas: CanvasView, at: QPoint, *, is_pointed: bool = True) -> Chooser:
    """Opens the search at a place of the viewport; what is chosen is added there.

    Where nobody pointed to the place, what is chosen follows the selected node.
    """
    adder = _Adder(canvas, at, None, [*entries(), *library_entries()], {}, is_pointed=is_pointed)
    return adder.open("Add a layer")


def add_on_wire(canvas: CanvasView, at: QPoint, end: Hit) -> Chooser:
    """Opens the search where a wire was let go, with what fits its fixed end, the likeliest first."""
    inference = canvas.document.inference
    fitting = fitting_after if end.is_output else fitting_before
    ports = {
        declared.type_id: port for declared, port in fitting(canvas.document.graph, inference, end.node, end.port)
    }
    by_key = {entry.key: entry for entry in entries()}
    listed = [by_key[key] for key in ports if key in by_key]
    arriving = inference.facts[end.node].outputs.get(end.port) if end.is_output else None
    for entry, port in entries_after(arriving) if arriving is not None else ():
        listed.append(entry)
        ports[entry.key] = port
    adder = _Adder(canvas, at, end, listed, ports)
    return adder.open(f"What comes {'after' if end.is_output else 'before'} {end.node}?")


class _Adder:
    """One search that ends in an edit, or in nothing."""

    def __init__(
        self,
        canvas: CanvasView,
        at: QPoint,
        end: Hit | None,
        listed: Sequence[Entry],
        ports: dict[str, str],
        *,
        is_pointed: bool = True,
    ) -> None:
        self._canvas, self._at, self._end, self._is_pointed = canvas, at, end, is_pointed
        self._place = canvas.mapToScene(at)
        self._listed, self._ports = listed, ports

    def open(self, prompt: str) -> Chooser:
        chooser = Chooser(self._canvas, prompt, self._find)
        chooser.closed.connect(self._canvas.setFocus)
        chooser.open_at(self._at)
        return chooser

    def _find(self, text: str) -> list[Option]:
        matches = found([*self._listed, *self._mendable], text) if text else self._listed
        return [
            Option(entry.name, partial(self._add, entry.key), FAMILY_TITLES.get(entry.family, "Block"), entry.family)
            for entry in matches
        ]

    @cached_property
    def _mendable(self) -> list[Entry]:
        """What would come after the wire with something in between, or with other settings; found by typing alone."""
        end, document = self._end, self._canvas.document
        if end is None or not end.is_output:
            return []
        ports = {
            declared.type_id: port
            for declared, port in mendable_after(document.graph, document.inference, end.node, end.port)
        }
        self._ports = ports | self._ports
        return [entry for entry in entries() if entry.key in ports]

    def _add(self, key: str) -> None:
        if self._end is None:
            self._canvas.add_node(key, self._place if self._is_pointed else None)
            return
        document, end = self._canvas.document, self._end
        arriving = document.inference.facts[end.node].outputs.get(end.port) if end.is_output else None
        new = self._canvas.commands.new_node(key, arriving)
        if new is None:
            return
        grown, name = with_new_node(document.graph, new, self._corner(end))
        port = self._ports[key]
        if self._end.is_output:
            link = Link(self._end.node, self._end.port, name, port)
        else:
            link = Link(name, port, self._end.node, self._end.port)
        self._canvas.document.edit(grown.with_link(link), f"Add {name}")
        self._canvas.reveal(name)
        if document.inference.facts[name].error:
            self._canvas.trouble.emit(name)
        self._canvas.status.emit(f"Added {name} {'after' if self._end.is_output else 'before'} {self._end.node}.")

    def _corner(self, end: Hit) -> QPointF:
        """Its port stands where the wire was let go."""
        if not end.is_output:
            return self._place - QPointF(NODE_WIDTH, NODE_HEIGHT / 2)
        return QPointF(self._place.x(), centred(self._place).y())
