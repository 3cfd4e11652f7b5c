"""The commands of the canvas, each an action for keys, the context menu and the menus of the window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPixmap
from PySide6.QtWidgets import QMenu

from designer.canvas.arranging import Arranger, aligned, distributed
from designer.canvas.blocking import Blocking
from designer.canvas.clipboard import Clipboard
from designer.canvas.edits import (
    NewNode,
    centred,
    free_output,
    named,
    with_between,
    with_following,
    with_new_node,
)
from designer.canvas.finding import find_node
from designer.canvas.live_figures import FIGURES
from designer.canvas.marking import Marking
from designer.canvas.shortcuts import shortcuts
from designer.canvas.strokes import with_bend
from designer.canvas.walking import Walk
from designer.library import PREFIX, find_block
from designer.palette_entries import FAMILY_TITLES
from designer.theme import family_color
from nodes.boundary import Input
from nodes.catalogue import find_type
from nodes.graph.columns import HEATED
from nodes.graph.model import Graph, Link, Node
from nodes.graph.rewire import healed
from nodes.graph.wiring import next_input
from nodes.spec.muted import original
from nodes.spec.shapes import Shape

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

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
HEATS = {
    "": "Nothing",
    **{column.key: column.title for column in HEATED},
    **{figure.key: figure.title for figure in FIGURES},
}
HEAT_KEYS = ("", "weights", "trainable_weights", "frozen_weights", "multiply_adds", "flops", "memory_bytes", "sees")
HEAT_KEYS += ("weights_share", "multiply_adds_share")  # 0 to 9; the others have no key
KEYS: Mapping[str, tuple[str, ...]] = {
    "undo": ("Ctrl+Z",),
    "redo": ("Ctrl+Shift+Z", "Ctrl+Y"),
    "cut": ("Ctrl+X",),
    "copy": ("Ctrl+C",),
    "paste": ("Ctrl+V",),
    "paste_linked": ("Ctrl+Shift+V",),
    "duplicate": ("Ctrl+D",),
    "delete": ("Del",),
    "delete_plain": ("Shift+Del",),
    "unlink": ("Alt+D",),
    "mute": ("M",),
    "add": ("Shift+A",),
    "group": ("Ctrl+G",),
    "dissolve": ("Ctrl+Shift+G",),
    "enter": ("Alt+Return", "Alt+Enter", "Ctrl+Down"),
    "enter_in_tab": ("Ctrl+Alt+Return", "Ctrl+Alt+Enter"),
    "leave": ("Ctrl+Up",),
    "enframe": ("Ctrl+J",),
    "unframe": ("Ctrl+Shift+J",),
    "take_out": ("Alt+P",),
    "note": ("Shift+N",),
    "next_mark": ("N",),
    "tidy": ("L",),
    "tidy_down": ("Shift+L",),
    "page": ("Shift+F1",),
    "select_all": ("Ctrl+A",),
    "rename": ("F2",),
    "find": ("Ctrl+F",),
    "frame": ("F", "."),
    "fit": ("Home",),
    "zoom_in": ("Ctrl++", "Ctrl+="),
    "zoom_out": ("Ctrl+-",),
    "zoom_reset": ("Ctrl+0",),
    **{f"heat_{key}": (str(number),) for number, key in enumerate(HEAT_KEYS)},
}
MENU = (
    *("undo", "redo", "", "cut", "copy", "paste", "paste_linked", "duplicate", "delete", "mute", ""),
    *(
        "rename",
        "frame",
        "page",
        "bend",
        "straighten",
        "",
        "add",
        "note",
        "enframe",
        "colour",
        "take_out",
        "unframe",
        "",
    ),
    *("enter", "enter_in_tab", "leave", "group", "dissolve", "save_block", "", "select_all", "fit"),
)


class Commands(QObject):
    """Edits the document on behalf of one view."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas, self._document, self._scene = canvas, canvas.document, canvas.canvas_scene
        self.arranger = Arranger(canvas)
        self.clipboard, self.blocking, self.marking = Clipboard(canvas), Blocking(canvas), Marking(canvas)
        self.walk = Walk(canvas)
        self.more: list[Callable[[QMenu], object]] = []  # that others add to the context menu
        self.actions = self._make_actions()
        self._document.selected.connect(self._enable)
        self._scene.links_selected.connect(self._enable)
        self._scene.marks.mark_selected.connect(self._enable)
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
        if declared is Input:
            data = None if self._document.scope else self._document.data_facts
            return NewNode(Node(next_input(self._document.graph, data)), declared.stem)
        return NewNode(Node(declared()), declared.stem)

    def delete(self, *, healing: bool = True) -> None:
        """Removes what is selected; links heal behind a node where the shapes allow, unless that is not wanted."""
        names, links = self._document.selection, self._scene.selected_links
        if self.marking.delete_selected() or not (names or links):
            return
        graph = self._document.graph.without_links(links)
        if healing and names:
            graph = healed(graph, self._document.inference, names)
        self._document.edit(graph.without(names), f"Remove {named(names, links)}")

    def unlink(self) -> None:
        """Takes all links off the selected nodes."""
        graph, chosen = self._document.graph, set(self._document.selection)
        links = [link for link in graph.links if link.source in chosen or link.target in chosen]
        if links:
            words = f"Take {named((), links)} off {named(self._document.selection)}"
            self._document.edit(graph.without_links(links), words)

    def lead_through(self, link: Link, place: QPointF) -> None:
        """Leads a link through one more point."""
        graph = with_bend(self._document.graph, link, place, self._scene.link_items[link].path)
        self._document.edit(graph, f"Lead {named((), [link])} through a point")

    def bend_links(self) -> None:
        """Leads the selected links through one more point each, in the middle of their ways."""
        graph, links = self._document.graph, self._scene.selected_links
        for link in links:
            path = self._scene.link_items[link].path
            graph = with_bend(graph, link, path.pointAtPercent(0.5), path)
        self._document.edit(graph, f"Lead {named((), links)} through a point")

    def straighten(self) -> None:
        """Takes the points of the selected links away."""
        graph, links = self._document.graph, self._scene.selected_links
        marks = graph.marks
        for link in links & marks.bends.keys():
            marks = marks.with_bends(link, ())
        if marks is not graph.marks:
            self._document.edit(graph.with_marks(marks), f"Straighten {named((), links)}")

    def select_all(self) -> None:
        self._document.select(self._document.graph.nodes)

    def rename(self, old: str, new: str) -> None:
        self._document.edit(self._document.graph.renamed(old, new), f"Rename {old} to {new}")

    def rename_chosen(self) -> None:
        """Lets the selected node, frame or note be named or written anew."""
        if not self.marking.edit_selected():
            self._canvas.rename_selected()

    def show_new(self, graph: Graph, text: str, names: tuple[str, ...], gesture: str = "") -> None:
        """Makes an edit that brings new nodes, or notes alone, and shows them."""
        before = self._document.graph.marks.notes
        self._document.edit(graph, text, gesture)
        self._scene.select_links(())
        if not names:
            self._scene.marks.select(next((note for note in graph.marks.notes if note not in before), ""))
        self._canvas.reveal_rect(self._canvas.selected_rect())

    def show_page(self) -> None:
        """Asks for the page that explains the selected layer."""
        name = self._document.selection[0]
        self._canvas.page_wanted.emit(original(self._document.graph.nodes[name].settings).type_id)

    # --- how it is reached

    def menu(self) -> QMenu:
        """The context menu for what is selected: what can be done with it, and nothing else."""
        menu = QMenu(self._canvas)
        menu.setSeparatorsCollapsible(True)
        for name in MENU:
            if name == "colour" and self.actions["unframe"].isEnabled():
                add_colours(menu, self.marking)
            elif name in self.actions and self.actions[name].isEnabled():
                menu.addAction(self.actions[name])
            elif not name:
                menu.addSeparator()
        for add in self.more:
            add(menu)
        return menu

    def _make_actions(self) -> dict[str, QAction]:
        stacks = self._document.undo_group
        actions = {
            "undo": stacks.createUndoAction(self, "Undo"),
            "redo": stacks.createRedoAction(self, "Redo"),
        }
        for name, (words, do) in self._deeds().items():
            actions[name] = action = QAction(words, self)
            action.triggered.connect(lambda _checked=False, do=do: do())
        for name, action in actions.items():
            action.setShortcutContext(WINDOW if name.startswith("zoom_") else HERE)
            words = f"Colour Nodes by {action.text()}" if name.startswith("heat_") else ""
            shortcuts.bind(name, action, KEYS.get(name, ()), words)
        return actions

    def _deeds(self) -> dict[str, tuple[str, Callable[[], object]]]:
        """The words of each command, and what it does."""
        canvas, clipboard, blocking, marking = self._canvas, self.clipboard, self.blocking, self.marking
        return {
            "cut": ("Cut", clipboard.cut),
            "copy": ("Copy", clipboard.copy),
            "paste": ("Paste", clipboard.paste),
            "paste_linked": ("Paste with Incoming Links", partial(clipboard.paste, with_links=True)),
            "duplicate": ("Duplicate", clipboard.duplicate),
            "delete": ("Delete", self.delete),
            "delete_plain": ("Delete without Healing", partial(self.delete, healing=False)),
            "unlink": ("Take the Links Off", self.unlink),
            "connect": ("Connect with the Keys", canvas.connect_with_keys),
            "bend": ("Lead Links through a Point", self.bend_links),
            "straighten": ("Straighten Links", self.straighten),
            "mute": ("Mute or Unmute", marking.mute),
            "add": ("Add a Layer…", canvas.add_at_cursor),
            "group": ("Group into a Block", blocking.group),
            "dissolve": ("Dissolve the Block", blocking.dissolve),
            "enter": ("Enter the Block", blocking.enter),
            "enter_in_tab": ("Open the Block in a Tab", blocking.enter_in_tab),
            "leave": ("Leave the Block", blocking.leave),
            "save_block": ("Save to Library…", blocking.save),
            "enframe": ("Frame the Selection", marking.enframe),
            "unframe": ("Remove the Frame", marking.unframe),
            "take_out": ("Take Out of the Frame", marking.take_out),
            "note": ("Add a Note", marking.add_note),
            "next_mark": ("Next Frame or Note", self.walk.to_next_mark),
            "tidy": ("Tidy", self.arranger.tidy),
            "tidy_down": ("Tidy Top to Bottom", partial(self.arranger.tidy, "down")),
            **self._arrangements(),
            "page": ("What Is This Layer?", self.show_page),
            "select_all": ("Select All", self.select_all),
            "rename": ("Rename", self.rename_chosen),
            "find": ("Find a Node…", partial(find_node, canvas)),
            "frame": ("Show Selection", canvas.frame_selection),
            "fit": ("Show All", canvas.fit),
            **{f"heat_{key}": (words, partial(self._show_heat, key)) for key, words in HEATS.items()},
            "zoom_in": ("Zoom In", canvas.zoom_in),
            "zoom_out": ("Zoom Out", canvas.zoom_out),
            "zoom_reset": ("Zoom to 100 %", canvas.zoom_reset),
        }

    def _show_heat(self, key: str) -> None:
        self._canvas.heat.show(key)

    def _arrangements(self) -> dict[str, tuple[str, Callable[[], object]]]:
        """Aligning and spreading what is selected."""
        rules = {f"align_{side}": (aligned(side), f"Align {words}") for side, words in SIDES.items()}
        rules |= {f"spread_{axis}": (distributed(axis), f"Spread {words}") for axis, words in AXES.items()}
        arrange = self.arranger.arrange
        return {name: (text, partial(arrange, rule, text)) for name, (rule, text) in rules.items()}

    def _enable(self, _changed: object = None) -> None:
        selection, actions = self._document.selection, self.actions
        mark, marks = self._scene.marks.selected, self._document.graph.marks
        for name in ("group", "mute", "unlink", "enframe"):
            actions[name].setEnabled(bool(selection))
        for name in ("cut", "copy", "duplicate", "frame"):
            actions[name].setEnabled(bool(selection or mark))
        for name in ("bend", "straighten"):
            actions[name].setEnabled(bool(self._scene.selected_links))
        actions["connect"].setEnabled(len(selection) == 1)
        actions["next_mark"].setEnabled(bool(marks.frames or marks.notes))
        for name in ("delete", "delete_plain"):
            actions[name].setEnabled(bool(selection or self._scene.selected_links or mark))
        actions["rename"].setEnabled(len(selection) == 1 or bool(mark))
        actions["page"].setEnabled(len(selection) == 1)
        for name in ("dissolve", "enter", "enter_in_tab", "save_block"):
            actions[name].setEnabled(len(selection) == 1 and self.blocking.is_block(selection[0]))
        actions["unframe"].setEnabled(bool(self.marking.frames_of_selection()))
        actions["take_out"].setEnabled(bool(selection and self.marking.frames_of_selection()))
        actions["leave"].setEnabled(bool(self._document.scope))
        for name in ("select_all", "fit", "tidy", "tidy_down", "find"):
            actions[name].setEnabled(bool(self._document.graph.nodes))
        for name, action in actions.items():
            if name.startswith(("align_", "spread_")):
                action.setEnabled(len(selection) > 1 + name.startswith("spread_"))


def add_colours(menu: QMenu, marking: Marking) -> QMenu:
    """The colours that a frame can take: those of the families."""
    inner = menu.addMenu("Frame Colour")
    for family, title in FAMILY_TITLES.items():
        swatch = QPixmap(12, 12)
        swatch.fill(QColor(family_color(family)))
        action = inner.addAction(QIcon(swatch), title)
        action.triggered.connect(lambda _checked=False, family=family: marking.colour_frames(family))
    return inner
