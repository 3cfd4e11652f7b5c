"""Tabs: several networks in one window. The document shows one of them; the others are put aside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QTabBar, QToolButton

from designer.canvas.view import CanvasView
from designer.document import Document, Sheet

LONGEST = 28  # characters of a name
UNSAVED = "•"


@dataclass(eq=False)
class Tab:
    """A network of the window. ``sheet`` is missing while the document shows it."""

    sheet: Sheet | None = None
    place: tuple[float, QPointF] | None = None  # zoom and middle of the canvas
    at_start: bool = False  # shows the start page, as long as nothing is drawn


class Tabs(QTabBar):
    """A tab for each network; hidden while there is one."""

    shown = Signal()  # another network, or the start page

    def __init__(self, document: Document, canvas: CanvasView, *, at_start: bool = False) -> None:
        super().__init__()
        self._document, self._canvas = document, canvas
        self._tabs = [Tab(at_start=at_start)]
        self._shown = self._tabs[0]
        self.forgotten: list[Callable[[Sheet], object]] = []  # told of each network that was closed
        self.leaving: Callable[[], bool] = lambda: True  # asks about the drawing shown now
        self.setAccessibleName("Networks")
        self.setProperty("role", "networks")
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setMovable(True)
        self.setAutoHide(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self._add()
        self.currentChanged.connect(self._switch)
        self.tabMoved.connect(lambda start, end: self._tabs.insert(end, self._tabs.pop(start)))
        document.title_changed.connect(self._say)
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
        self._put_aside()
        tab = Tab(at_start=at_start)
        self._tabs.append(tab)
        self.blockSignals(True)
        self.setCurrentIndex(self._add())
        self.blockSignals(False)
        self._show(tab)

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
            if has == path:
                self.setCurrentIndex(number)
                return True
        return False

    def has_aside(self, path: Path) -> bool:
        """Is a file open in a tab that is not shown?"""
        return any(tab.sheet is not None and tab.sheet.path == path for tab in self._tabs)

    def step(self, by: int) -> None:
        """Shows the next tab, or one before."""
        self.setCurrentIndex((self.currentIndex() + by) % self.count())

    def close_shown(self) -> None:
        self.close_tab(self.currentIndex())

    def close_tab(self, number: int) -> bool:
        """Closes a tab unless its user keeps it; the last one goes back to the start page."""
        self.setCurrentIndex(number)
        if not self.leaving():
            return False
        gone = self._document.sheet()
        self._tabs.pop(number)
        if not self._tabs:
            self._tabs = [Tab(at_start=True)]
        else:
            self.blockSignals(True)
            self.removeTab(number)
            self.blockSignals(False)
        self._show(self._tabs[self.currentIndex()])
        self._document.let_go(gone)
        for tell in self.forgotten:
            tell(gone)
        return True

    def may_leave(self) -> bool:
        """Asks about every drawing that is not saved."""
        for number, tab in enumerate(list(self._tabs)):
            if tab.sheet is None or tab.sheet.is_modified:
                self.setCurrentIndex(number)
                if not self.leaving():
                    return False
        return True

    def _add(self) -> int:
        number = self.addTab("")
        close = QToolButton()
        close.setText("×")
        close.setProperty("role", "small")
        close.setToolTip("Close (Ctrl+W)")
        close.setAccessibleName("Close this network")
        close.setFixedSize(20, 20)
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        side = QTabBar.ButtonPosition.RightSide
        close.clicked.connect(
            lambda: self.close_tab(next(n for n in range(self.count()) if self.tabButton(n, side) is close))
        )
        self.setTabButton(number, side, close)
        return number

    def _switch(self, number: int) -> None:
        tab = self._tabs[number] if 0 <= number < len(self._tabs) else self._shown
        if tab is not self._shown:
            self._put_aside()
            self._show(tab)

    def _put_aside(self) -> None:
        self._shown.sheet = self._document.sheet()
        self._shown.place = (self._canvas.zoom, self._canvas.visible_middle())

    def _show(self, tab: Tab) -> None:
        sheet, tab.sheet = tab.sheet, None
        self._shown = tab
        self._document.take_up(sheet)
        if tab.place is not None and sheet is not None and sheet.network.graph.nodes:
            self._canvas.show_place(*tab.place)
        self._say()
        self.shown.emit()

    def _say(self) -> None:
        """The name of the network shown, and a dot while no file holds it."""
        document = self._document
        name = "Start" if self.is_at_start else document.title
        short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
        number = self._tabs.index(self._shown)
        self.setTabText(number, (f"{short} {UNSAVED}" if document.is_modified else short).replace("&", "&&"))
        self.setTabToolTip(number, str(document.path or "This network has no file yet"))
