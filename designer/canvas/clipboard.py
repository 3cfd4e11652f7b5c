"""Copy, cut, paste, duplicate: nodes travel as the text of a network file, and PyTorch's own text is read too."""

from __future__ import annotations

import re
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
        """Puts the selected nodes on the clipboard as the text of a network file."""
        graph, names = self._document.graph, set(self._document.selection)
        self._text = write(Network(graph=copied(graph, names))).decode()
        self._incoming = tuple(k for k in graph.links if k.target in names and k.source not in names)
        QGuiApplication.clipboard().setText(self._text)

    def cut(self) -> None:
        """Copies the selected nodes and takes them out; links heal behind them where the shapes allow."""
        names = self._document.selection
        self.copy()
        graph = healed(self._document.graph, self._document.inference, names)
        self._document.edit(graph, f"Cut {named(names)}")

    def paste(self, *, with_links: bool = False) -> None:
        """Adds what the clipboard holds, at the cursor; ``with_links`` fed by what feeds those it was copied from."""
        text = QGuiApplication.clipboard().text()
        fragment = self._fragment(text)
        if fragment is None:
            return
        graph, names = with_fragment(self._document.graph, fragment, self._canvas.cursor_place())
        if with_links and text == self._text:
            graph = with_incoming(graph, names, self._incoming)
        words = f"Paste {named(names.values())}" + (" with links" if with_links else "")
        self._canvas.commands.show_new(graph, words, tuple(names.values()))

    def duplicate(self) -> None:
        fragment = copied(self._document.graph, self._document.selection)
        if fragment.nodes:
            graph, names = with_copy_below(self._document.graph, fragment)
            self._canvas.commands.show_new(graph, f"Duplicate {named(fragment.nodes)}", names)

    def _fragment(self, text: str) -> Graph | None:
        try:
            opened = read(unquoted(text).encode())
        except NetworkFileError:
            return self._from_pytorch(text)
        if not opened.network.graph.nodes:
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


def unquoted(text: str) -> str:
    """A file's text as it comes back from an e-mail: without marks of quotation, and words around it."""
    lines = [re.sub(r"^(?:\s*>)+ ?", "", line) for line in text.replace("\u00a0", " ").splitlines()]
    whole = "\n".join(lines)
    begin, end = whole.find("{"), whole.rfind("}")
    return whole[begin : end + 1] if 0 <= begin < end else whole
