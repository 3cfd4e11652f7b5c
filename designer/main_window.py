"""MainWindow: wires the parts together; nothing else. What the first paint does not need is made after it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from designer import skeleton

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDockWidget

    from designer.document import Document
    from designer.drop_hint import DropHint
    from designer.inspector import Inspector
    from designer.services import Services
    from nodes.graph.check import Problem
    from runtime.doctor.findings import Action

WARM_AFTER = 150  # ms between the window being whole and the start of the processes that import torch
KEEP, STOP, CANCEL = "Let it go on", "Stop it", "Cancel"


class MainWindow(QMainWindow):
    """Top bar, palette, canvas, inspector, panels below, status line."""

    painted = Signal()  # for the first time
    built = Signal()
    furnished = Signal()

    def __init__(self, document: Document | None = None, *, deferred: bool = False, at_start: bool = False) -> None:
        """``deferred`` leaves all parts for after the first paint; they are there once ``built`` is sent.

        ``at_start`` shows the start page in place of an empty drawing.
        """
        super().__init__()
        self.at_start = at_start
        self.services: Services | None = None
        self.inspector: Inspector | None = None
        self._is_built = False
        self._is_painted = False
        self._waiting: list[Callable[[], object]] = []
        self._drop_hint: DropHint | None = None
        self.setWindowTitle("Netwright")
        self.setMinimumSize(QSize(900, 560))
        self.setAcceptDrops(True)
        self._restore()
        if not deferred:
            self.build(document)

    def build(self, document: Document | None = None) -> None:
        """Makes bars, palette, canvas and panels."""
        from designer import parts
        from designer.hints import Hints
        from designer.split import Split
        from designer.start_page import StartPage

        self.document, self.files, self.canvas = parts.make_core(self, document)
        self.tabs, self.split = parts.make_tabs(self), Split(self.document, self.canvas)
        self.top_bar, self.palette_panel, self.bottom, self.status = parts.make_panels(self)
        self.layers_dock, self.lower_dock, self.inspector_dock = parts.place(self)
        self.source_dock = parts.place_source(self)
        self.start_page = StartPage(self)
        self.hints = Hints(self) if self.at_start else None
        parts.connect(self)
        self.canvas.setFocus()  # else Train has the keys, and Space trains
        self._is_built = True
        self.show_title()
        self.built.emit()

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
        if not self.document.root_graph.nodes:
            from designer import dialogs

            dialogs.tell(
                self, "There is nothing to train yet.", "Draw a network first, or open one of File > Examples."
            )
            return
        trainer = self.services.trainer
        act = {"running": trainer.pause, "paused": trainer.resume}.get(trainer.state, trainer.start)
        self.show_panel(0)
        act()

    def stop_training(self) -> None:
        if self.services is not None:
            self.services.trainer.stop()

    def validate_now(self) -> None:
        if self.services is not None and self.services.trainer.state == "running":
            self.services.trainer.validate_now()
        else:
            self.status.say("No training is running. Press Train first.")

    def step_once(self) -> None:
        if self.services is not None and self.services.trainer.state == "paused":
            self.services.trainer.step_once()
        else:
            self.status.say("Pause the training first; then it takes one step at a time.")

    def save_checkpoint(self) -> None:
        if self.services is not None and self.services.trainer.state in ("running", "paused"):
            self.services.trainer.save_now()
        else:
            self.status.say("No training is running. Press Train first.")

    def check_before_training(self) -> None:
        """The stepwise questions, in a window of their own."""
        from designer.doctor.preflight import PreflightDialog

        if self.services is None:
            return
        dialog = PreflightDialog(self.document, self.services.looker, self)
        dialog.node_wanted.connect(self.show_node)
        dialog.train_wanted.connect(self.train_or_pause)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        dialog.check()

    def find_rate(self) -> None:
        """A short training whose rate rises, in a window of its own."""
        from designer.training.rate_finder import RateFinder

        if self.services is None:
            return
        dialog = RateFinder(self.document, self.services.looker, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        dialog.find()

    def follow_advice(self, action: Action) -> None:
        """Does what the doctor advises."""
        from designer.doctor.acts import act

        if self.services is not None:
            said = act(action, self.document, self.services.trainer, self.show_data, self.tabs.show_number)
            if said:
                self.status.say(said)

    def change_learning_rate(self) -> None:
        """Asks for the learning rate of the training under way."""
        from PySide6.QtWidgets import QInputDialog

        trainer = self.services.trainer if self.services else None
        if trainer is None or trainer.state not in ("running", "paused"):
            self.status.say("No training is running. Set the learning rate in the recipe.")
            return
        title, words = "Learning Rate", "From the next step on:"
        value, accepted = QInputDialog.getDouble(self, title, words, trainer.learning_rate, 1e-9, 10.0, 9)
        if accepted:
            trainer.set_learning_rate(value)

    def export(self, kind: str = "onnx") -> None:
        """Asks for the form to take the network away in, beginning with one of a kind."""
        from designer import dialogs
        from designer.export_dialog import ExportDialog
        from nodes.graph.problem import OF_TRAINING

        if self.services is None:
            return
        found = self.document.root_problems
        errors = [p for p in found if p.severity == "error" and p.kind not in OF_TRAINING]
        if errors or not self.document.root_graph.nodes:
            fact = errors[0].fact if errors else "There is nothing to export yet."
            remedy = errors[0].remedy if errors else "Draw a network first, or open an example."
            dialogs.tell(self, fact, remedy)
            return
        dialog = ExportDialog(self.document, self.services.engine, self.services.trained_run(), self)
        dialog.choose(kind)
        dialog.exec()

    def export_layers(self) -> None:
        """Writes the layer table to a file."""
        from designer.bottom_panel import LAYERS
        from designer.summary import SummaryPanel

        panel = self.bottom.page(LAYERS)
        assert isinstance(panel, SummaryPanel)
        panel.export()

    def show_data(self) -> None:
        if self.inspector is not None:
            self.inspector_dock.show()
            self.inspector.show_data()

    def watch_run(self) -> None:
        """Follows a training that another window or the command line started."""
        from PySide6.QtWidgets import QFileDialog

        from designer import dialogs, dropping

        folder = QFileDialog.getExistingDirectory(self, "Folder of a run")
        if folder and dropping.kind_of(Path(folder)) == "run":
            dropping.attach_run(self, Path(folder))
        elif folder:
            dialogs.tell(self, f"{folder} is no run: it has no journal.jsonl.", "Choose a folder below runs.")

    def show_panel(self, number: int) -> None:
        self.lower_dock.show()
        self.bottom.show_page(number)

    def enter_panel(self, number: int) -> None:
        """Shows a panel and lets the keys go there."""
        self.show_panel(number)
        if self.services is None:
            return
        inside = self.bottom.page(number).findChildren(QWidget)
        fields = (child for child in inside if child.isVisible() and child.isEnabled())
        strong = (child for child in fields if child.focusPolicy() == Qt.FocusPolicy.StrongFocus)
        next(strong, self.bottom.tabs).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def add_node(self, type_id: str) -> None:
        self.canvas.add_node(type_id)

    def find_layer(self) -> None:
        self.layers_dock.show()
        self.palette_panel.focus_search()

    def search_settings(self) -> None:
        """Many short trainings over the settings that are marked."""
        from designer.search.opening import open_search

        open_search(self)

    def search_commands(self) -> None:
        from designer.command_search import search_commands

        search_commands(self)

    def show_node(self, name: str) -> None:
        self.canvas.show_node(name)
        self.canvas.setFocus()

    def show_problem(self, problem: Problem) -> None:
        self.when_furnished(lambda: self.problem_walk.show(problem))

    def show_trouble(self, name: str) -> None:
        """Opens the card of a node, with what mends it."""
        self.when_furnished(lambda: self.problem_walk.card.show_node(name))

    def go_to_problem(self, step: int) -> None:
        self.when_furnished(lambda: self.problem_walk.go(step))

    def mend_problem(self) -> None:
        self.when_furnished(lambda: self.problem_walk.mend())

    def show_weights(self) -> None:
        """What the network begins with."""
        from designer.surgery.weights_dialog import show_weights

        show_weights(self)

    def show_versions(self) -> None:
        """What the file held each time it was saved."""
        from designer.versions_dialog import show_versions

        show_versions(self.document, self)

    def show_preferences(self) -> None:
        from designer.preferences_dialog import PreferencesDialog

        PreferencesDialog(self).open()

    def show_keys(self) -> None:
        from designer.keys_sheet import show_keys

        show_keys(self)

    def show_guide(self, type_id: str = "") -> None:
        """The guide; at the page of a node type where one is named."""
        from designer.guide import open_guide

        open_guide(self, self.add_node, type_id)

    def show_about(self) -> None:
        from designer.about import show_about

        show_about(self)

    def set_arranging(self, is_arranging: bool) -> None:
        """With title bars panels can be dragged; without they look as flat as they are."""
        from PySide6.QtWidgets import QDockWidget

        feature = QDockWidget.DockWidgetFeature
        for dock in self.docks:
            dock.setTitleBarWidget(None if is_arranging else QWidget(dock))  # type: ignore[arg-type]
            movable = feature.DockWidgetMovable | feature.DockWidgetFloatable
            dock.setFeatures(feature.DockWidgetClosable | (movable if is_arranging else feature(0)))

    @property
    def docks(self) -> dict[QDockWidget, str]:
        """The panels, with their words in the View menu."""
        return {
            self.layers_dock: "&Layers List",
            self.lower_dock: "&Panels Below",
            self.inspector_dock: "&Inspector",
            self.source_dock: "So&urce Beside",
        }

    # --- putting it together

    def _furnish(self) -> None:
        """Fills the parts: what takes a moment and what nobody misses before."""
        from designer import bottom_panel
        from designer.data_watch import DataWatch
        from designer.inspector import Inspector
        from designer.problem_walk import ProblemWalk
        from designer.recovery import Keeper
        from designer.services import Services
        from designer.training.live import Live
        from designer.training.warmth import TrainedState

        self.services = Services(self.document, self)
        self.data_watch = DataWatch(self.document)
        self.trained_state = TrainedState(self.document, self.canvas.canvas_scene, self.services.trainer, self)
        self.live = Live(self)
        self.status.ask_of_device(self.services.engine)
        self.services.trainer.state_changed.connect(self.top_bar.show_training)
        self.inspector = Inspector(self.document, self.services.engine)
        self.inspector.several_form.asked.connect(lambda name: self.canvas.actions_by_name[name].trigger())
        self.inspector.node_form.page_wanted.connect(self.show_guide)
        self.inspector.network_form.searched.search_wanted.connect(self.search_settings)
        self.inspector.network_form.weights_wanted.connect(self.show_weights)
        self.inspector.network_form.recipe.rate_wanted.connect(self.find_rate)
        self.inspector.setMinimumWidth(264)
        self.inspector_dock.setWidget(self.inspector)
        self.palette_panel.fill()
        self.problem_walk = ProblemWalk(self.canvas)
        self.bottom.page(bottom_panel.PROBLEMS)
        self.bottom.furnish()
        for act in self._waiting:
            act()
        self._waiting.clear()
        self.keeper = Keeper(self.document)
        self.tabs.forgotten.append(lambda sheet: self.keeper.forget(sheet.number))
        QTimer.singleShot(0, self, self.offer_recovery)
        QTimer.singleShot(WARM_AFTER, self.services.start)
        self.furnished.emit()

    def offer_recovery(self) -> None:
        """Shows what an earlier window left behind, if there is anything."""
        from designer.recovery import left_behind

        found = list(left_behind())
        if found:
            from designer.recovery_dialog import RecoveryDialog

            RecoveryDialog(found, self.files.open_recovered, self).open()

    def show_title(self) -> None:
        mark = "*" if self.document.is_modified else ""
        is_start = self.tabs.is_at_start
        self.setWindowTitle("Netwright" if is_start else f"{self.document.title}{mark} – Netwright")

    def toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self._is_built and self.isActiveWindow():
            QTimer.singleShot(0, self, self.files.look_again)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        from designer import dropping
        from designer.drop_hint import DropHint

        paths = _files_of(event)
        if self._is_built and paths:
            self._drop_hint = self._drop_hint or DropHint(self)
            words, note, is_refused = dropping.promise(self, paths)
            self._drop_hint.say(words, note, is_refused=is_refused)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        if self._drop_hint is not None:
            self._drop_hint.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        from designer import dropping

        if self._drop_hint is not None:
            self._drop_hint.hide()
        paths = _files_of(event)
        event.acceptProposedAction()
        self.when_furnished(lambda: QTimer.singleShot(0, self, lambda: dropping.take(self, paths)))

    # --- size, first paint, leaving

    def _restore(self) -> None:
        geometry = QSettings().value("window/geometry")
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            room = self.screen().availableSize()
            width, height = (
                max(least, side * 4 // 5) for least, side in ((1600, room.width()), (1000, room.height()))
            )
            self.resize(min(width, room.width()), min(height, room.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._is_built:
            skeleton.paint_skeleton(self, has_panels=not self.at_start)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self, self._go_on)  # once all that is seen now has been painted

    def _go_on(self) -> None:
        self.painted.emit()
        from designer import parts

        if not self._is_built:
            self.build()
        parts.size_panels(self)
        QTimer.singleShot(0, self, self._furnish)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._is_built:
            return
        if not self._may_close():
            event.ignore()
            return
        settings = QSettings()
        settings.setValue("window/geometry", self.saveGeometry())
        widths = [self.layers_dock.width(), self.inspector_dock.width()]
        self.source_dock.put_away()
        settings.setValue("window/state", self.saveState())
        self.files.watch.close()
        settings.setValue(skeleton.PANELS, [*widths, self.lower_dock.height()])
        if self.services is not None:
            self.keeper.close()
            self.services.close()

    def _may_close(self) -> bool:
        from designer import dialogs

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
        return self.tabs.may_leave()


def _files_of(event: QDropEvent) -> list[Path]:
    """The files that are dragged."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
