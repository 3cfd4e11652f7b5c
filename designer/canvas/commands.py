"""The commands of the canvas, each an action for keys, the context menu and the menus of the window."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu

from designer.canvas.arranging import Arranger, aligned, distributed
from designer.canvas.edits import (
    NewNode,
    centred,
    free_output,
    named,
    set_around,
    with_between,
    with_copy_below,
    with_following,
    with_fragment,
    with_new_node,
    without_selected,
)
from designer.document import new_gesture
from designer.library import PREFIX, find_block
from nodes.block import Block
from nodes.catalogue import find_type
from nodes.graph.blocks import dissolved, grouped
from nodes.graph.edit import copied
from nodes.graph.files import NetworkFileError, read, write
from nodes.graph.model import Graph, GraphError, Network, Node
from nodes.graph.scope import block_of
from nodes.spec.shapes import Shape

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

Standard = QKeySequence.StandardKey
SIDES = {
    "left": "Left",
    "centre": "Centres",
    "right": "Right",
    "top": "Top",
    "middle": "Middles",
    "bottom": "Bottom",
}
AXES = {"x": "Horizontally", "y": "Vertically"}
HERE, WINDOW = Qt.ShortcutContext.WidgetWithChildrenShortcut, Qt.ShortcutContext.WindowShortcut


class Commands(QObject):
    """Edits the document on behalf of one view."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas, self._document, self._scene = canvas, canvas.document, canvas.canvas_scene
        self.arranger = Arranger(canvas)
        self.actions = self._make_actions()
        self._document.selected.connect(self._enable)
        self._scene.links_selected.connect(self._enable)
        self._document.changed.connect(self._enable)
        self._enable()

    # --- what is done

    def add_node(self, key: str, place: QPointF | None = None) -> str:
        """Adds a layer or a block of the library. Returns its name.

        At a place it goes into the link that is there; without one after the selected node, fed by it where it fits.
        """
        graph, inference, selection = self._document.graph, self._document.inference, self._document.selection
        after = selection[0] if place is None and len(selection) == 1 else ""
        crossed = self._scene.hit(place, self._canvas.zoom).link if place is not None else None
        arriving = inference.shape_of(crossed) if crossed else None
        if after:
            arriving = inference.facts[after].outputs.get(free_output(graph, after))
        new = self.new_node(key, arriving)
        if new is None:
            return ""
        corner = centred(self._canvas.visible_middle() if place is None else place)
        if after:
            grown, name, fed = with_following(graph, inference, new, after)
        elif crossed:
            grown, name, fed = with_between(graph, inference, new, crossed, corner)
        else:
            (grown, name), fed = with_new_node(graph, new, corner), None
        self._document.edit(grown, f"Add {name}")
        self._scene.select_links(())
        self._canvas.reveal(name)
        self._canvas.status.emit(f"Added {name}" + (f" after {fed.source}." if fed else "."))
        if fed and self._document.inference.facts[name].error:
            self._canvas.trouble.emit(name)
        return name

    def new_node(self, key: str, arriving: Shape | None) -> NewNode | None:
        """What a key of the palette stands for; says why where it stands for nothing."""
        if key.startswith(PREFIX):
            kept = find_block(key)
            node = kept.made_for(arriving) if kept else None
            if kept and node:
                return NewNode(node, kept.stem)
            self._canvas.status.emit(kept.fault if kept else "This block is no longer in the library.")
            return None
        declared = find_type(key)
        if declared is None:
            self._canvas.status.emit(f"This version has no layer “{key}”. Choose another from the left.")
            return None
        return NewNode(Node(declared()), declared.stem)

    def delete(self) -> None:
        names, links = self._document.selection, self._scene.selected_links
        if names or links:
            graph = without_selected(self._document.graph, names, links)
            self._document.edit(graph, f"Remove {named(names, links)}")

    def copy(self) -> None:
        """Puts the selected nodes on the clipboard as the text of a network file."""
        fragment = copied(self._document.graph, self._document.selection)
        QGuiApplication.clipboard().setText(write(Network(graph=fragment)).decode())

    def cut(self) -> None:
        names = self._document.selection
        self.copy()
        self._document.edit(self._document.graph.without(names), f"Cut {named(names)}")

    def paste(self) -> None:
        """Adds what the clipboard holds, at the cursor."""
        fragment = self._fragment()
        if fragment is not None:
            graph, names = with_fragment(self._document.graph, fragment, self._canvas.cursor_place())
            self._show_new(graph, f"Paste {named(names)}", names)

    def duplicate(self) -> None:
        fragment = copied(self._document.graph, self._document.selection)
        if fragment.nodes:
            graph, names = with_copy_below(self._document.graph, fragment)
            self._show_new(graph, f"Duplicate {named(fragment.nodes)}", names)

    def select_all(self) -> None:
        self._document.select(self._document.graph.nodes)

    def rename(self, old: str, new: str) -> None:
        self._document.edit(self._document.graph.renamed(old, new), f"Rename {old} to {new}")

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
        self._show_new(set_around(graph, (block,), made.x, made.y), words, (block,), gesture)
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
        self._show_new(set_around(graph, names, place.x, place.y), f"Dissolve {block}", names)

    def enter(self, name: str = "") -> None:
        """Shows the inside of a block: of the one named, or of the one selected."""
        name = name or next(iter(self._document.selection), "")
        if self._is_block(name):
            self._document.enter((*self._document.scope, name))

    def leave(self) -> None:
        """Shows what the block that was entered stands in."""
        self._document.enter(self._document.scope[:-1])

    def save_block(self) -> None:
        """Keeps the selected block in the library."""
        from designer.library_section import save_block  # not before the first paint

        title = save_block(self._document.graph.nodes[self._document.selection[0]], self._canvas.window())
        if title:
            self._canvas.status.emit(f"Kept {title} in your library, below the layers on the left.")

    def _is_block(self, name: str) -> bool:
        node = self._document.graph.nodes.get(name)
        return node is not None and isinstance(node.settings, Block)

    def _fragment(self) -> Graph | None:
        text = QGuiApplication.clipboard().text()
        try:
            opened = read(text.encode())
        except NetworkFileError:
            self._canvas.status.emit("The clipboard holds no layers. Copy some nodes first.")
            return None
        if not opened.network.graph.nodes:
            self._canvas.status.emit("The clipboard holds no layers. Copy some nodes first.")
            return None
        if opened.faults:
            self._canvas.status.emit(opened.faults[0])
        return opened.network.graph

    def _show_new(self, graph: Graph, text: str, names: tuple[str, ...], gesture: str = "") -> None:
        self._document.edit(graph, text, gesture)
        self._scene.select_links(())
        self._canvas.reveal(*names)

    def show_page(self) -> None:
        """Asks for the page that explains the selected layer."""
        name = self._document.selection[0]
        self._canvas.page_wanted.emit(self._document.graph.nodes[name].settings.type_id)

    # --- how it is reached

    def menu(self) -> QMenu:
        """The context menu for what is selected."""
        menu = QMenu(self._canvas)
        for name in (
            "undo",
            "redo",
            "",
            "cut",
            "copy",
            "paste",
            "duplicate",
            "delete",
            "",
            "rename",
            "frame",
            "page",
            "",
            "add",
            "enter",
            "leave",
            "group",
            "dissolve",
            "save_block",
            "",
            "select_all",
            "fit",
        ):
            if name:
                menu.addAction(self.actions[name])
            else:
                menu.addSeparator()
        return menu

    def _make_actions(self) -> dict[str, QAction]:
        stack = self._document.undo_stack
        undo, redo = stack.createUndoAction(self, "Undo"), stack.createRedoAction(self, "Redo")
        undo.setShortcut(QKeySequence("Ctrl+Z"))
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        canvas = self._canvas
        return {
            "undo": undo,
            "redo": redo,
            "cut": self._action("Cut", self.cut, HERE, Standard.Cut),
            "copy": self._action("Copy", self.copy, HERE, Standard.Copy),
            "paste": self._action("Paste", self.paste, HERE, Standard.Paste),
            "add": self._action("Add a Layer…", canvas.add_at_cursor, HERE, "Shift+A"),
            "tidy": self._action("Tidy", self.arranger.tidy, HERE, "L"),
            "tidy_down": self._action("Tidy Top to Bottom", partial(self.arranger.tidy, "down"), HERE, "Shift+L"),
            **self._arrangements(),
            "group": self._action("Group into a Block", self.group, HERE, "Ctrl+G"),
            "dissolve": self._action("Dissolve the Block", self.dissolve, HERE, "Ctrl+Shift+G"),
            "enter": self._action("Enter the Block", self.enter, HERE, "Alt+Return", "Alt+Enter", "Ctrl+Down"),
            "leave": self._action("Leave the Block", self.leave, HERE, "Ctrl+Up"),
            "save_block": self._action("Save to Library…", self.save_block, HERE),
            "duplicate": self._action("Duplicate", self.duplicate, HERE, "Ctrl+D"),
            "delete": self._action("Delete", self.delete, HERE, "Del", "Backspace"),
            "page": self._action("What Is This Layer?", self.show_page, HERE, "Shift+F1"),
            "select_all": self._action("Select All", self.select_all, HERE, Standard.SelectAll),
            "rename": self._action("Rename", canvas.rename_selected, HERE, "F2"),
            "frame": self._action("Show Selection", canvas.frame_selection, HERE, "F"),
            "fit": self._action("Show All", canvas.fit, HERE, "Home"),
            "zoom_in": self._action("Zoom In", canvas.zoom_in, WINDOW, "Ctrl++", "Ctrl+="),
            "zoom_out": self._action("Zoom Out", canvas.zoom_out, WINDOW, "Ctrl+-"),
            "zoom_reset": self._action("Zoom to 100 %", canvas.zoom_reset, WINDOW, "Ctrl+0"),
        }

    def _arrangements(self) -> dict[str, QAction]:
        """Aligning and spreading what is selected."""
        rules = {f"align_{side}": (aligned(side), f"Align {words}") for side, words in SIDES.items()}
        rules |= {f"spread_{axis}": (distributed(axis), f"Spread {words}") for axis, words in AXES.items()}
        arrange = self.arranger.arrange
        return {name: self._action(text, partial(arrange, rule, text), HERE) for name, (rule, text) in rules.items()}

    def _action(
        self, text: str, do: Callable[[], None], context: Qt.ShortcutContext, *keys: str | Standard
    ) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(context)
        action.triggered.connect(lambda _checked=False: do())
        return action

    def _enable(self, _changed: object = None) -> None:
        has_nodes = bool(self._document.selection)
        for name in ("cut", "copy", "duplicate", "frame", "group"):
            self.actions[name].setEnabled(has_nodes)
        self.actions["delete"].setEnabled(has_nodes or bool(self._scene.selected_links))
        for name in ("rename", "page"):
            self.actions[name].setEnabled(len(self._document.selection) == 1)
        selection = self._document.selection
        for name in ("dissolve", "enter", "save_block"):
            self.actions[name].setEnabled(len(selection) == 1 and self._is_block(selection[0]))
        self.actions["leave"].setEnabled(bool(self._document.scope))
        for name in ("select_all", "fit", "tidy", "tidy_down"):
            self.actions[name].setEnabled(bool(self._document.graph.nodes))
        for name, action in self.actions.items():
            if name.startswith(("align_", "spread_")):
                action.setEnabled(len(selection) > 1 + name.startswith("spread_"))
