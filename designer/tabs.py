"""Tabs: several networks in one window, and blocks of theirs that were opened in tabs of their own.

The document shows one network; the others are put aside. Tabs of one network share it, and its undo steps: each
shows a place of it, no two of them the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTabBar, QToolButton

from designer.canvas.view import CanvasView, Places
from designer.document import Changes, Document, Sheet
from nodes.block import Block
from nodes.graph.model import Graph
from nodes.graph.scope import Way, walkable

LONGEST = 28  # characters of a name
UNSAVED, INTO = "•", " › "


@dataclass(eq=False)
class Tab:
    """A network of the window, or a block of one. ``sheet`` is missing while the document shows the network."""

    sheet: Sheet | None = None
    places: Places = field(default_factory=dict)  # of the canvas, for each scope of the network
    at_start: bool = False  # shows the start page, as long as nothing is drawn
    whole: Tab | None = None  # of a block: the tab of its network
    scope: Way = ()
    selection: tuple[str, ...] = ()

    @property
    def home(self) -> Tab:
        """The tab of the network, which keeps its sheet."""
        return self.whole or self


class Tabs(QTabBar):
    """A tab for each network, and for blocks where that was asked for; hidden while there is one."""

    shown = Signal()  # another network, or the start page

    def __init__(self, document: Document, canvas: CanvasView, *, at_start: bool = False) -> None:
        super().__init__()
        self._document, self._canvas = document, canvas
        self._tabs = [Tab(at_start=at_start)]
        self._shown = self._tabs[0]
        self._is_turning = False  # to another tab
        self.forgotten: list[Callable[[Sheet], object]] = []  # told of each network that was closed
        self.leaving: Callable[[], bool] = lambda: True  # asks about the drawing shown now
        self.setAccessibleName("Networks")
        self.setProperty("role", "networks")
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setMovable(True)
        self.setAutoHide(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self._add(0)
        self.currentChanged.connect(self._switch)
        self.tabMoved.connect(lambda start, end: self._tabs.insert(end, self._tabs.pop(start)))
        document.title_changed.connect(self._say)
        document.changed.connect(self._follow)
        self._say()

    @property
    def is_at_start(self) -> bool:
        """Is the start page to be seen: was it asked for, and is nothing drawn yet?"""
        return self._shown.at_start and self.is_blank

    @property
    def is_blank(self) -> bool:
        document = self._document
        return document.path is None and not document.root_graph.nodes and not document.is_modified

    def new(self, *, at_start: bool = True) -> None:
        """Another tab, in front."""
        self._bring(Tab(at_start=at_start), len(self._tabs))

    def open_block(self, way: Way) -> None:
        """Shows the inside of a block in a tab of its own, behind those of its network."""
        way = walkable(self._document.root_graph, way)
        known = next((tab for tab in self._family() if tab.scope == way), None)
        if known is not None:
            self.setCurrentIndex(self._tabs.index(known))
        else:
            last = max(self._tabs.index(tab) for tab in self._family())
            self._bring(Tab(whole=self._shown.home, scope=way), last + 1)

    def make_room(self) -> bool:
        """A place for another network: the tab shown if it is blank, else a new one."""
        if not self.is_blank:
            self.new(at_start=False)
        elif self._shown.at_start:
            self.leave_start()
        return True

    def leave_start(self) -> None:
        """The user wants to draw here."""
        self._shown.at_start = False
        self.shown.emit()

    def show_file(self, path: Path) -> bool:
        """Shows the tab that has a file, if there is one."""
        for number, tab in enumerate(self._tabs):
            has = self._document.path if tab.sheet is None else tab.sheet.path
            if has == path and tab.whole is None:
                self.setCurrentIndex(number)
                return True
        return False

    def show_number(self, number: int) -> bool:
        """Shows the network that a document tells apart by a number, if it is still open."""
        for place, tab in enumerate(self._tabs):
            if tab.whole is None and tab.sheet is not None and tab.sheet.number == number:
                self.setCurrentIndex(place)
        return self._document.number == number

    def has_aside(self, path: Path) -> bool:
        """Is a file open in a tab that is not shown?"""
        return any(tab.sheet is not None and tab.sheet.path == path for tab in self._tabs)

    def step(self, by: int) -> None:
        """Shows the next tab, or one before."""
        self.setCurrentIndex((self.currentIndex() + by) % self.count())

    def close_shown(self) -> None:
        self.close_tab(self.currentIndex())

    def close_tab(self, number: int) -> bool:
        """Closes a tab unless its user keeps it; with a network go those of its blocks, and the last one goes back
        to the start page."""
        self.setCurrentIndex(number)
        closed, family = self._tabs[number], self._family()
        if closed.whole is not None:
            self._remove(closed)
            self._show(closed.home)
            return True
        if not self.leaving():
            return False
        gone = self._document.sheet()
        for tab in family:
            self._remove(tab)
        if not self._tabs:
            self._tabs = [Tab(at_start=True)]
            self._add(0)
        self._show(self._tabs[self.currentIndex()])
        self._document.let_go(gone)
        for tell in self.forgotten:
            tell(gone)
        return True

    def may_leave(self) -> bool:
        """Asks about every drawing that is not saved."""
        for number, tab in enumerate(list(self._tabs)):
            if tab.whole is None and (tab.sheet is None or tab.sheet.is_modified):
                self.setCurrentIndex(number)
                if not self.leaving():
                    return False
        return True

    def _family(self) -> list[Tab]:
        """The tabs of the network shown."""
        return [tab for tab in self._tabs if tab.home is self._shown.home]

    def _bring(self, tab: Tab, number: int) -> None:
        """Puts another tab at a place, and shows it."""
        self._tabs.insert(number, tab)
        self.blockSignals(True)
        self._add(number)
        self.blockSignals(False)
        self._show(tab)

    def _remove(self, tab: Tab) -> None:
        number = self._tabs.index(tab)
        self._tabs.pop(number)
        self.blockSignals(True)
        self.removeTab(number)
        self.blockSignals(False)

    def _add(self, number: int) -> None:
        self.insertTab(number, "")
        close = QToolButton()
        close.setText("×")
        close.setProperty("role", "small")
        close.setToolTip("Close (Ctrl+W)")
        close.setAccessibleName("Close this tab")
        close.setFixedSize(20, 20)
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        side = QTabBar.ButtonPosition.RightSide
        close.clicked.connect(
            lambda: self.close_tab(next(n for n in range(self.count()) if self.tabButton(n, side) is close))
        )
        self.setTabButton(number, side, close)

    def _switch(self, number: int) -> None:
        tab = self._tabs[number] if 0 <= number < len(self._tabs) else self._shown
        if tab is not self._shown:
            self._show(tab)

    def _show(self, tab: Tab) -> None:
        """Turns to a tab; the one shown before keeps what is seen there, where it is still open."""
        before, home = self._shown, tab.home
        before.selection = self._document.selection
        self._is_turning = True
        if before.home is home:
            self._mark(tab)
            self._document.enter(tab.scope)
            self._document.select(tab.selection)
        else:
            before.home.places, before.home.sheet = self._canvas.places(), self._document.sheet()
            sheet, home.sheet = home.sheet, None
            self._mark(tab)
            if sheet is not None:
                sheet = dataclasses.replace(sheet, scope=tab.scope, selection=tab.selection)
            self._document.take_up(sheet)
            if sheet is not None and sheet.network.graph.nodes:
                self._canvas.show_places(home.places)
        self._is_turning = False
        self._say()
        self.shown.emit()

    def _mark(self, tab: Tab) -> None:
        """Has a tab in front, whatever the document shows."""
        self._shown = tab
        self.blockSignals(True)
        self.setCurrentIndex(self._tabs.index(tab))
        self.blockSignals(False)

    def _follow(self, changes: Changes) -> None:
        """A place that has a tab is shown there; the tab of a block that is gone goes too."""
        if self._is_turning:
            return
        family = self._family()
        if len(family) > 1:
            self._keep_up(family, changes)
        scope = self._document.scope
        known = next((tab for tab in self._family() if tab.scope == scope), None)
        if known is None:
            known, self._shown.scope = self._shown, scope
        self._mark(known)
        if changes.scope or changes.removed:
            self._say()

    def _keep_up(self, family: list[Tab], changes: Changes) -> None:
        """Follows blocks to their new names; takes away the tabs of those that are not there, or are shown twice."""
        root, here, taken = self._document.root_graph, self._document.scope, set[Way]()
        for tab in sorted(family, key=lambda one: one.whole is not None):
            is_there = walkable(root, tab.scope) == tab.scope
            if not is_there:
                tab.scope = _renamed(tab.scope, here, changes, self._document.graph)
                is_there = walkable(root, tab.scope) == tab.scope
            tab.scope = walkable(root, tab.scope)
            if tab.whole is not None and (changes.opened or not is_there or tab.scope in taken):
                if tab is self._shown:
                    self._shown = tab.home
                self._remove(tab)
            taken.add(tab.scope)

    def _say(self) -> None:
        """The names of the network shown and of its blocks, and a dot while no file holds them."""
        document = self._document
        name = "Start" if self.is_at_start else document.title
        short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
        for tab in self._family():
            number = self._tabs.index(tab)
            path = INTO.join((short, *tab.scope))
            self.setTabText(number, (f"{path} {UNSAVED}" if document.is_modified else path).replace("&", "&&"))
            where = f"Inside {INTO.join(tab.scope)} of {name}\n" if tab.scope else ""
            self.setTabToolTip(number, f"{where}{document.path or 'This network has no file yet'}")


def _renamed(way: Way, here: Way, changes: Changes, graph: Graph) -> Way:
    """A way on which one block of the graph shown has another name now."""
    depth = len(here)
    if len(changes.removed) == len(changes.added) == 1 and way[:depth] == here and way[depth] in changes.removed:
        (name,) = changes.added
        if isinstance(graph.nodes[name].settings, Block):
            return (*here, name, *way[depth + 1 :])
    return way
