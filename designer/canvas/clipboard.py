"""Copy, cut, paste, duplicate: nodes travel as the text of a network file, and PyTorch's own text is read too."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from designer.canvas.edits import named, with_copy_below, with_fragment
from nodes.graph.edit import copied
from nodes.graph.files import NetworkFileError, read, write
from nodes.graph.model import Graph, GraphError, Link, Network
from nodes.graph.rewire import healed, with_incoming

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

EMPTY = "The clipboard holds no layers. Copy some nodes first."


class Clipboard:
    """The clipboard for one view. It remembers what fed the nodes it copied last."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas, self._document = canvas, canvas.document
        self._text = ""
        self._incoming: tuple[Link, ...] = ()

    def copy(self) -> None:
        """Puts what is selected on the clipboard as the text of a network file."""
        graph, names = self._document.graph, set(self._chosen())
        self._text = write(Network(graph=self._copied())).decode()
        self._incoming = tuple(k for k in graph.links if k.target in names and k.source not in names)
        QGuiApplication.clipboard().setText(self._text)

    def cut(self) -> None:
        """Copies what is selected and takes it out; links heal behind nodes where the shapes allow."""
        names, fragment = self._chosen(), self._copied()
        self.copy()
        graph = healed(self._document.graph, self._document.inference, names)
        graph = graph.with_marks(graph.marks.without_notes(fragment.marks.notes))
        self._document.edit(graph, f"Cut {_words(fragment)}")

    def paste(self, *, with_links: bool = False) -> None:
        """Adds what the clipboard holds, at the cursor; ``with_links`` fed by what feeds those it was copied from."""
        text = QGuiApplication.clipboard().text()
        fragment = self._fragment(text)
        if fragment is None:
            return
        graph, names = with_fragment(self._document.graph, fragment, self._canvas.cursor_place())
        if with_links and text == self._text:
            graph = with_incoming(graph, names, self._incoming)
        words = f"Paste {_words(fragment, names.values())}" + (" with links" if with_links else "")
        self._canvas.commands.show_new(graph, words, tuple(names.values()))

    def duplicate(self) -> None:
        fragment = self._copied()
        if fragment.nodes or fragment.marks.notes:
            graph, names = with_copy_below(self._document.graph, fragment)
            self._canvas.commands.show_new(graph, f"Duplicate {_words(fragment)}", names)

    def _chosen(self) -> tuple[str, ...]:
        """The selected nodes, or those of the frame that is selected."""
        frame = self._canvas.canvas_scene.marks.selected_frame
        return self._document.graph.marks.frames[frame].members if frame else self._document.selection

    def _copied(self) -> Graph:
        """What is selected, with the frames that hold only that, and the notes among it."""
        names, marks, scene = self._chosen(), self._document.graph.marks, self._canvas.canvas_scene
        around = scene.content_rect(names)
        for name, frame in marks.frames.items():
            if set(frame.members) <= set(names):
                around = around.united(scene.marks.box_of(name))
        notes = (scene.marks.selected_note,) if scene.marks.selected_note else scene.marks.notes_in(around)
        return copied(self._document.graph, names, notes)

    def _fragment(self, text: str) -> Graph | None:
        try:
            opened = read(unquoted(text).encode())
        except NetworkFileError:
            return self._from_pytorch(text)
        if not opened.network.graph.nodes and not opened.network.graph.marks:
            self._canvas.status.emit(EMPTY)
            return None
        if opened.faults:
            self._canvas.status.emit(opened.faults[0])
        return opened.network.graph

    def _from_pytorch(self, text: str) -> Graph | None:
        from nodes.graph.from_text import from_text  # not before the first paint

        try:
            known = from_text(text)
        except GraphError as error:
            self._canvas.status.emit(str(error) if "nn." in text else EMPTY)
            return None
        if known.faults:
            more = f" {len(known.faults) - 1} more could not be read." if len(known.faults) > 1 else ""
            self._canvas.status.emit(f"{known.faults[0]}{more}")
        return known.graph


def _words(fragment: Graph, names: Iterable[str] = ()) -> str:
    """``conv1``, ``3 nodes``, ``a note``: under the names it has now."""
    if fragment.nodes:
        return named(list(names) or fragment.nodes)
    return "a note" if len(fragment.marks.notes) == 1 else f"{len(fragment.marks.notes)} notes"


def unquoted(text: str) -> str:
    """A file's text as it comes back from an e-mail: without marks of quotation, and words around it."""
    lines = [re.sub(r"^(?:\s*>)+ ?", "", line) for line in text.replace("\u00a0", " ").splitlines()]
    whole = "\n".join(lines)
    begin, end = whole.find("{"), whole.rfind("}")
    return whole[begin : end + 1] if 0 <= begin < end else whole
