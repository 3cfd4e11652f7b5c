"""What is done with blocks: group and name them, dissolve them, go inside and out, keep them in the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.canvas.edits import named, set_around
from designer.document import new_gesture
from nodes.block import Block
from nodes.graph.blocks import dissolved, grouped
from nodes.graph.model import GraphError
from nodes.graph.scope import block_of

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView


class Blocking:
    """Edits blocks on behalf of one view."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas, self._document = canvas, canvas.document

    def group(self) -> None:
        """Makes one block of the selected nodes."""
        names = self._document.selection
        words, gesture = f"Group {named(names)}", new_gesture("group")
        try:
            graph, block = grouped(self._document.graph, self._document.inference, names)
        except GraphError as error:
            self._canvas.status.emit(str(error))
            return
        made = graph.nodes[block]
        self._canvas.commands.show_new(set_around(graph, (block,), made.x, made.y), words, (block,), gesture)
        self._canvas.rename_selected(lambda old, new: self._name_block(old, new, words, gesture))

    def _name_block(self, old: str, new: str, words: str, gesture: str) -> None:
        """Names a new block: its node, and its class after it."""
        from runtime.source import class_name  # not before the first paint

        graph = self._document.graph
        block = block_of(graph, old)
        name = class_name(new.rstrip("0123456789"))
        renamed = graph.with_settings(old, block.replaced(name=name)).renamed(old, new)
        self._document.edit(renamed, words, gesture)

    def dissolve(self) -> None:
        """Puts a block's nodes in its place."""
        block = self._document.selection[0]
        place = self._document.graph.nodes[block]
        try:
            graph, names = dissolved(self._document.graph, block)
        except GraphError as error:
            self._canvas.status.emit(str(error))
            return
        self._canvas.commands.show_new(set_around(graph, names, place.x, place.y), f"Dissolve {block}", names)

    def enter(self, name: str = "") -> None:
        """Shows the inside of a block: of the one named, or of the one selected."""
        name = name or next(iter(self._document.selection), "")
        if self.is_block(name):
            self._document.enter((*self._document.scope, name))

    def enter_in_tab(self) -> None:
        """Asks for a tab of its own for the inside of the selected block."""
        name = next(iter(self._document.selection), "")
        if self.is_block(name):
            self._canvas.tab_wanted.emit((*self._document.scope, name))

    def leave(self) -> None:
        """Shows what the block that was entered stands in."""
        self._document.enter(self._document.scope[:-1])

    def save(self) -> None:
        """Keeps the selected block in the library."""
        from designer.library_section import save_block  # not before the first paint

        title = save_block(self._document.graph.nodes[self._document.selection[0]], self._canvas.window())
        if title:
            self._canvas.status.emit(f"Kept {title} in your library, below the layers on the left.")

    def is_block(self, name: str) -> bool:
        node = self._document.graph.nodes.get(name)
        return node is not None and isinstance(node.settings, Block)
