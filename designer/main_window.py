"""MainWindow: wires the parts together; nothing else. What the first paint does not need is made after it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QDockWidget, QFileDialog, QMainWindow, QWidget

from designer import dialogs
from designer.bottom_panel import PROBLEMS, TRAINING, BottomPanel
from designer.canvas.view import CanvasView
from designer.document import Document
from designer.file_actions import FileActions
from designer.menus import fill_menus
from designer.palette import Palette
from designer.status_line import StatusBar, StatusLine
from designer.top_bar import TopBar

if TYPE_CHECKING:
    from designer.inspector import Inspector
    from designer.services import Services

WARM_AFTER = 150  # ms between the first paint and the start of the processes that import torch
KEEP, STOP, CANCEL = "Let it go on", "Stop it", "Cancel"


class MainWindow(QMainWindow):
    """Top bar, palette, canvas, inspector, panels below, status line."""

    painted = Signal()  # for the first time
    furnished = Signal()

    def __init__(self, document: Document | None = None) -> None:
        super().__init__()
        self.document = document or Document()
        self.services: Services | None = None
        self.inspector: Inspector | None = None
        self._is_painted = False
        self._waiting: list[Callable[[], object]] = []
        self.canvas = CanvasView(self.document)
        self.files = FileActions(self.document, self)
        self.top_bar = TopBar(self.document)
        self.palette_panel = Palette()
        self.bottom = BottomPanel((self._make_training, self._make_problems, self._make_layers, self._make_source))
        self.status = StatusLine(self.document)
        self._place_parts()
        fill_menus(self.top_bar.menus, self)
        self._connect()
        self._restore()
        self._show_title()

    # --- what menus and buttons do

    def when_furnished(self, act: Callable[[], object]) -> None:
        """Acts once everything is there: now, or after the first paint."""
        if self.services is None:
            self._waiting.append(act)
        else:
            act()

    def train_or_pause(self) -> None:
        if self.services is None:
            return
        trainer = self.services.trainer
        act = {"running": trainer.pause, "paused": trainer.resume}.get(trainer.state, trainer.start)
        self.show_panel(TRAINING)
        act()

    def stop_training(self) -> None:
        if self.services is not None:
            self.services.trainer.stop()

    def export(self) -> None:
        if self.services is None:
            return
        errors = [problem for problem in self.document.problems if problem.severity == "error"]
        if errors or not self.document.graph.nodes:
            fact = errors[0].fact if errors else "There is nothing to export yet."
            remedy = errors[0].remedy if errors else "Draw a network first, or open an example."
            dialogs.tell(self, fact, remedy)
            return
        from designer.export_dialog import ExportDialog

        ExportDialog(self.document, self.services.engine, self.services.trained_run(), self).exec()

    def show_data(self) -> None:
        if self.inspector is not None:
            self._docks[2].show()
            self.inspector.show_data()

    def watch_run(self) -> None:
        """Follows a training that another window or the command line started."""
        folder = QFileDialog.getExistingDirectory(self, "Folder of a run")
        if folder and self.services is not None:
            if not (Path(folder) / "journal.jsonl").exists():
                dialogs.tell(self, f"{folder} is no run: it has no journal.jsonl.", "Choose a folder below runs.")
                return
            self.show_panel(TRAINING)
            self.services.trainer.attach(Path(folder))

    def show_panel(self, number: int) -> None:
        self._docks[1].show()
        self.bottom.show_page(number)

    def find_layer(self) -> None:
        self._docks[0].show()
        self.palette_panel.focus_search()

    def show_node(self, name: str) -> None:
        self.canvas.show_node(name)
        self.canvas.setFocus()

    def show_keys(self) -> None:
        from designer.about import show_keys

        show_keys(self)

    def show_about(self) -> None:
        from designer.about import show_about

        show_about(self)

    def set_arranging(self, is_arranging: bool) -> None:
        """With title bars panels can be dragged; without they look as flat as they are."""
        feature = QDockWidget.DockWidgetFeature
        for dock in self._docks:
            dock.setTitleBarWidget(None if is_arranging else QWidget(dock))  # type: ignore[arg-type]
            movable = feature.DockWidgetMovable | feature.DockWidgetFloatable
            dock.setFeatures(feature.DockWidgetClosable | (movable if is_arranging else feature(0)))

    @property
    def docks(self) -> dict[QDockWidget, str]:
        """The panels, with their words in the View menu."""
        return dict(zip(self._docks, ("&Layers List", "&Panels Below", "&Inspector"), strict=True))

    # --- putting it together

    def _place_parts(self) -> None:
        self.setMenuWidget(self.top_bar)
        self.setCentralWidget(self.canvas)
        self.setStatusBar(StatusBar(self.status))
        side = Qt.DockWidgetArea
        self._docks = tuple(
            self._dock(name, widget, area)
            for name, widget, area in (
                ("Layers", self.palette_panel, side.LeftDockWidgetArea),
                ("Panels", self.bottom, side.BottomDockWidgetArea),
                ("Inspector", QWidget(), side.RightDockWidgetArea),
            )
        )
        for corner, area in (
            (Qt.Corner.BottomLeftCorner, side.LeftDockWidgetArea),
            (Qt.Corner.BottomRightCorner, side.RightDockWidgetArea),
        ):
            self.setCorner(corner, area)
        self.setMinimumSize(QSize(900, 560))

    def _dock(self, name: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(name, self)
        dock.setObjectName(name)
        dock.setWidget(widget)
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        dock.setTitleBarWidget(QWidget(dock))
        self.addDockWidget(area, dock)
        return dock

    def _connect(self) -> None:
        self.top_bar.train_wanted.connect(self.train_or_pause)
        self.top_bar.export_wanted.connect(self.export)
        self.top_bar.data_wanted.connect(self.show_data)
        self.palette_panel.add_requested.connect(self._add_node)
        self.canvas.zoom_changed.connect(self.status.show_zoom)
        self.canvas.status.connect(self.status.say)
        self.files.said.connect(self.status.say)
        self.document.title_changed.connect(self._show_title)
        self.document.changed.connect(lambda changes: self.canvas.fit() if changes.opened else None)

    def _furnish(self) -> None:
        """Everything the first paint could do without."""
        self.painted.emit()
        from designer.inspector import Inspector
        from designer.services import Services

        self.services = Services(self.document, self)
        self.services.trainer.state_changed.connect(self.top_bar.show_training)
        self.inspector = Inspector(self.document, self.services.engine)
        self.inspector.several_form.asked.connect(lambda name: self.canvas.actions_by_name[name].trigger())
        self.inspector.setMinimumWidth(264)
        self._docks[2].setWidget(self.inspector)
        self.palette_panel.fill()
        self.bottom.page(PROBLEMS)
        self.bottom.furnish()
        for act in self._waiting:
            act()
        self._waiting.clear()
        QTimer.singleShot(WARM_AFTER, self.services.start)
        self.furnished.emit()

    def _make_training(self) -> QWidget:
        from designer.training.dock import TrainingPanel

        assert self.services is not None
        panel = TrainingPanel(self.document, self.services.trainer)
        panel.export_requested.connect(self.export)
        return panel

    def _make_problems(self) -> QWidget:
        from designer.problems import ProblemsPanel

        panel = ProblemsPanel(self.document)
        panel.node_wanted.connect(self.show_node)
        panel.count_changed.connect(self.bottom.show_problem_count)
        return panel

    def _make_layers(self) -> QWidget:
        from designer.summary import SummaryPanel

        panel = SummaryPanel(self.document)
        panel.node_wanted.connect(self.show_node)
        return panel

    def _make_source(self) -> QWidget:
        from designer.source_panel import SourcePanel

        return SourcePanel(self.document)

    def _add_node(self, type_id: str) -> None:
        self.canvas.add_node(type_id)

    def _show_title(self) -> None:
        mark = "*" if self.document.is_modified else ""
        self.setWindowTitle(f"{self.document.title}{mark} – Netwright")

    # --- size, first paint, leaving

    def _restore(self) -> None:
        settings = QSettings()
        geometry, state = settings.value("window/geometry"), settings.value("window/state")
        if isinstance(geometry, QByteArray) and self.restoreGeometry(geometry):
            if isinstance(state, QByteArray):
                self.restoreState(state)
            return
        room = self.screen().availableSize()
        size = QSize(min(1600, room.width()), min(1000, room.height()))
        self.resize(size)
        left, right, below = (240, 320, 290) if size.width() >= 1500 else (208, 288, 232)
        self.resizeDocks([self._docks[0], self._docks[2]], [left, right], Qt.Orientation.Horizontal)
        self.resizeDocks([self._docks[1]], [below], Qt.Orientation.Vertical)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self, self._furnish)  # once all that is seen now has been painted

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close():
            event.ignore()
            return
        settings = QSettings()
        settings.setValue("window/geometry", self.saveGeometry())
        settings.setValue("window/state", self.saveState())
        if self.services is not None:
            self.services.close()
        event.accept()

    def _may_close(self) -> bool:
        trainer = self.services.trainer if self.services else None
        if trainer is not None and trainer.is_live:
            answer = dialogs.ask(
                self,
                "A training is under way.",
                "It can go on without the window; Network > Watch a Run shows it again.",
                (KEEP, STOP, CANCEL),
            )
            if answer == CANCEL:
                return False
            if answer == STOP:
                trainer.stop()
        return self.files.may_leave()
