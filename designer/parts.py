"""The parts of the window: made, placed and connected. All that the first paint does not need is imported here."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QVBoxLayout, QWidget

from designer.bottom_panel import BottomPanel
from designer.canvas.view import CanvasView
from designer.document import Document
from designer.file_actions import FileActions
from designer.menus import fill_menus
from designer.palette import Palette
from designer.skeleton import kept_panel_sizes, panel_sizes
from designer.status_line import StatusBar, StatusLine
from designer.tabs import Tabs
from designer.top_bar import TopBar

if TYPE_CHECKING:
    from designer.inspect.panel import InspectPanel
    from designer.main_window import MainWindow
    from designer.source_dock import SourceDock
    from designer.summary import SummaryPanel
    from runtime.runs import Entry

Docks = tuple[QDockWidget, QDockWidget, QDockWidget]


def make_core(window: MainWindow, document: Document | None) -> tuple[Document, FileActions, CanvasView]:
    document = document or Document()
    return document, FileActions(document, window), CanvasView(document)


def make_tabs(window: MainWindow) -> Tabs:
    """One for each network; files are opened into tabs of their own."""
    tabs, files = Tabs(window.document, window.canvas, at_start=window.at_start), window.files
    tabs.leaving = files.may_leave
    tabs.forgotten.append(lambda sheet: files.watch.forget(sheet.path) if sheet.path else None)
    files.make_room, files.find_open = tabs.make_room, tabs.show_file
    files.is_in_a_tab = tabs.has_aside
    window.canvas.tab_wanted.connect(tabs.open_block)
    return tabs


def make_panels(window: MainWindow) -> tuple[TopBar, Palette, BottomPanel, StatusLine]:
    pages = (_training_page, _problems_page, _layers_page, _source_page, _inspect_page, _runs_page, _history_page)
    bottom = BottomPanel(tuple(partial(make, window) for make in pages))
    return TopBar(window.document), Palette(), bottom, StatusLine(window.document)


def place(window: MainWindow) -> Docks:
    """Puts everything into the window. Returns the panels: left, below, right."""
    window.setMenuWidget(_bars(window))
    window.setCentralWidget(window.split)
    window.setStatusBar(StatusBar(window.status))
    side = Qt.DockWidgetArea
    docks = (
        _dock(window, "Layers", window.palette_panel, side.LeftDockWidgetArea),
        _dock(window, "Panels", window.bottom, side.BottomDockWidgetArea),
        _dock(window, "Inspector", QWidget(), side.RightDockWidgetArea),
    )
    window.setCorner(Qt.Corner.BottomLeftCorner, side.LeftDockWidgetArea)
    window.setCorner(Qt.Corner.BottomRightCorner, side.RightDockWidgetArea)
    return docks


def place_source(window: MainWindow) -> SourceDock:
    """The source beside the canvas, hidden until it is asked for."""
    from designer.source_dock import SourceDock

    return SourceDock(window)


def size_panels(window: MainWindow) -> None:
    """Gives the panels their sizes, once the window has its own."""
    _share_room(window)
    state = QSettings().value("window/state")
    if isinstance(state, QByteArray) and kept_panel_sizes(window.width(), window.height()):
        window.restoreState(state)  # Qt then shares the room anew, and leaves the canvas next to none
        QTimer.singleShot(0, window, lambda: _share_room(window))
    QTimer.singleShot(0, window, window.source_dock.come_back)


def _share_room(window: MainWindow) -> None:
    left, right, below = panel_sizes(window.width(), window.height())
    window.resizeDocks([window.layers_dock, window.inspector_dock], [left, right], Qt.Orientation.Horizontal)
    window.resizeDocks([window.lower_dock], [below], Qt.Orientation.Vertical)


def connect(window: MainWindow) -> None:
    fill_menus(window.top_bar.menus, window)
    window.top_bar.is_open_elsewhere = window.files.is_open_elsewhere
    window.top_bar.train_wanted.connect(window.train_or_pause)
    window.top_bar.check_wanted.connect(window.check_before_training)
    window.top_bar.export_wanted.connect(window.export)
    window.top_bar.data_wanted.connect(window.show_data)
    window.palette_panel.add_requested.connect(window.add_node)
    window.palette_panel.page_requested.connect(window.show_guide)
    window.canvas.trouble.connect(window.show_trouble)
    window.canvas.page_wanted.connect(window.show_guide)
    window.canvas.zoom_changed.connect(window.status.show_zoom)
    window.canvas.status.connect(window.status.say)
    window.document.refused.connect(window.status.say)
    window.files.said.connect(window.status.say)
    window.files.sealed_chosen.connect(lambda file: window.when_furnished(lambda: _open_sealed(window, file)))
    window.document.title_changed.connect(window.show_title)
    window.tabs.shown.connect(window.show_title)
    window.tabs.shown.connect(lambda: QTimer.singleShot(0, window, window.files.look_again))
    window.document.title_changed.connect(window.start_page.follow)
    window.tabs.shown.connect(window.start_page.follow)
    window.document.changed.connect(lambda changes: window.start_page.follow())
    window.start_page.follow()
    window.document.changed.connect(lambda changes: window.canvas.fit() if changes.opened else None)


def _open_sealed(window: MainWindow, file: Path) -> None:
    from designer.runs.sealed_runs import open_sealed  # not before the first paint

    open_sealed(window, file)


def _bars(window: MainWindow) -> QWidget:
    """Name, menus and buttons, and below them a tab for each network."""
    bars = QWidget()
    column = QVBoxLayout(bars)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(window.top_bar)
    column.addWidget(window.tabs)
    return bars


def _dock(window: MainWindow, name: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
    dock = QDockWidget(name, window)
    dock.setObjectName(name)
    dock.setWidget(widget)
    dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
    dock.setTitleBarWidget(QWidget(dock))
    window.addDockWidget(area, dock)
    return dock


def _training_page(window: MainWindow) -> QWidget:
    from designer.training.dock import TrainingPanel

    assert window.services is not None
    panel = TrainingPanel(window.document, window.services.trainer)
    panel.export_requested.connect(window.export)
    panel.rate_wanted.connect(window.change_learning_rate)
    panel.node_wanted.connect(window.show_node)
    panel.action_wanted.connect(window.follow_advice)
    return panel


def _inspect_page(window: MainWindow) -> QWidget:
    from designer.inspect.panel import InspectPanel

    assert window.services is not None
    trainer = window.services.trainer
    panel = InspectPanel(window.services.looker)
    if trainer.run is not None and trainer.state in ("finished", "stopped"):
        panel.follow(trainer.run)
    trainer.run_changed.connect(panel.await_training)
    trainer.finished.connect(lambda: panel.follow(trainer.run) if trainer.run else None)
    trainer.entries.connect(lambda entries: _note_snapshots(panel, trainer.run, entries))
    return panel


def _note_snapshots(panel: InspectPanel, run: Path | None, entries: list[Entry]) -> None:
    from runtime.runs import Snapshot

    steps = [entry.step for entry in entries if isinstance(entry, Snapshot)]
    if steps and run is not None:
        panel.note_snapshots(run, steps)


def _runs_page(window: MainWindow) -> QWidget:
    from designer.runs.actions import connect as connect_runs
    from designer.runs.panel import RunsPanel

    assert window.services is not None
    panel = RunsPanel(window.services.trainer.runs_folder)
    connect_runs(panel, window)
    return panel


def _problems_page(window: MainWindow) -> QWidget:
    from designer.problems import ProblemsPanel

    panel = ProblemsPanel(window.document)
    panel.problem_wanted.connect(window.show_problem)
    panel.count_changed.connect(window.bottom.show_problem_count)
    return panel


def _layers_page(window: MainWindow) -> QWidget:
    from designer.summary import SummaryPanel

    panel = SummaryPanel(window.document)
    panel.node_wanted.connect(window.show_node)
    panel.heat_wanted.connect(window.canvas.heat.show)
    window.when_furnished(partial(_let_measure, window, panel))
    return panel


def _let_measure(window: MainWindow, panel: SummaryPanel) -> None:
    """Measuring takes the engine, which is there when the window is furnished."""
    assert window.services is not None
    panel.measure_with(window.services.measurement)


def _source_page(window: MainWindow) -> QWidget:
    from designer.source_panel import SourcePanel

    return SourcePanel(window.document, window.canvas.reveal)


def _history_page(window: MainWindow) -> QWidget:
    from designer.history import History

    return History(window.document)
