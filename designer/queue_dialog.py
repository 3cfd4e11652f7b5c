"""Network > Queue: the runs that are trained one after another, whether a window is open or not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer import dialogs, dropping
from designer.widgets import button, label
from nodes.spec.settings import SettingError
from runtime import queue
from runtime.queue import RUNNING, WAITING, Queued
from runtime.runs import TrainingError

if TYPE_CHECKING:
    from designer.main_window import MainWindow
    from designer.training.trainer import Trainer

LOOK_MS = 1_000
EMPTY = "Nothing is in the queue. Network > Add to Queue puts the network into it that the window shows."
IDLE = "Nobody trains what waits. Start begins with the first; it goes on when this window is closed."
AT_WORK = "One after another is trained; it goes on when this window is closed."
DONE = "All have had their turn."
COLUMNS = ("Network", "State", "Folder of the run")


def add_to_queue(window: MainWindow, trainer: Trainer) -> None:
    """Puts the network that the window shows at the end of the queue, and shows the queue."""
    folder = queue.default_folder()
    try:
        queue.add(folder, trainer.make_run(), window.document.title)
    except TrainingError as error:
        dialogs.tell(window, error.fact, error.remedy)
    except SettingError as error:
        dialogs.tell(window, str(error))
    else:
        show_queue(window)


def show_queue(window: MainWindow) -> None:
    dialog = QueueDialog(queue.default_folder(), lambda run: dropping.attach_run(window, run), window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


class QueueDialog(QDialog):
    """The queue as it stands, looked at every second while it is shown."""

    def __init__(self, folder: Path, watch: Callable[[Path], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder, self._watch_run = folder, watch
        self._shown: list[Queued] = []
        self.setWindowTitle("Queue")
        self.list = QTreeWidget()
        self.list.setHeaderLabels(COLUMNS)
        self.list.setRootIsDecorated(False)
        self.list.setIndentation(0)
        self.list.setStyleSheet("QTreeWidget::item { padding: 5px 10px; }")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setAccessibleName("Runs of the queue")
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.currentItemChanged.connect(self._show_what_can_be_done)
        self.words = label("", "secondary", wrap=True)
        self.start = button("Start", self._start, "primary", "Trains what waits, in a process of its own")
        self.earlier = button("Earlier", lambda: self._move(-1), tip="Its turn comes before the one above it")
        self.later = button("Later", lambda: self._move(1), tip="Its turn comes after the one below it")
        self.remove = button("Remove", self._remove, tip="Takes it out; one that is being trained is stopped")
        self.again = button("Once More", self._again, tip="Lets it go on from its last checkpoint")
        self.watch = button("Watch", self._watch, tip="Shows its curves")
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self.look()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(label("Queue", "title"))
        layout.addWidget(self.words)
        layout.addWidget(self.list, 1)
        below = QHBoxLayout()
        below.setSpacing(8)
        for one in (self.earlier, self.later, self.again, self.remove, self.watch):
            one.setAutoDefault(False)
            below.addWidget(one)
        below.addStretch()
        close = button("Close", self.reject)
        close.setAutoDefault(False)
        below.addWidget(close)
        below.addWidget(self.start)
        layout.addLayout(below)
        self.resize(760, 400)

    def look(self) -> None:
        """Shows what has changed since the last look; what is selected stays so."""
        found = queue.listed(self._folder)
        if found != self._shown or not self.list.topLevelItemCount():
            chosen = self._chosen
            self._shown = found
            self._fill(chosen.name if chosen else "")
        self._show_what_can_be_done()

    def _fill(self, chosen: str) -> None:
        self.list.clear()
        for queued in self._shown:
            item = QTreeWidgetItem([queued.title, queued.state, str(queued.run)])
            item.setData(0, Qt.ItemDataRole.UserRole, queued.name)
            item.setToolTip(2, str(queued.run))
            self.list.addTopLevelItem(item)
            if queued.name == chosen:
                self.list.setCurrentItem(item)
        if self.list.currentItem() is None and self._shown:
            self.list.setCurrentItem(self.list.topLevelItem(0))

    @property
    def _chosen(self) -> Queued | None:
        item = self.list.currentItem()
        name = item.data(0, Qt.ItemDataRole.UserRole) if item else ""
        return next((queued for queued in self._shown if queued.name == name), None)

    def _show_what_can_be_done(self) -> None:
        chosen, waiting = self._chosen, [queued.name for queued in self._shown if queued.state == WAITING]
        is_at_work = queue.is_worked_off(self._folder)
        state = chosen.state if chosen else ""
        self.start.setEnabled(bool(waiting) and not is_at_work)
        self.earlier.setEnabled(chosen is not None and chosen.name in waiting[1:])
        self.later.setEnabled(chosen is not None and chosen.name in waiting[:-1])
        self.remove.setEnabled(chosen is not None)
        self.again.setEnabled(state in ("failed", "stopped"))
        self.watch.setEnabled(state not in ("", "gone", WAITING))
        is_idle = bool(waiting) and not is_at_work
        is_busy = is_at_work or any(queued.state == RUNNING for queued in self._shown)
        self.words.setText(IDLE if is_idle else AT_WORK if is_busy else DONE if self._shown else EMPTY)

    def _start(self) -> None:
        self._do(lambda: queue.start(self._folder))

    def _move(self, step: int) -> None:
        self._with_chosen(lambda chosen: queue.move(self._folder, chosen.name, step))

    def _remove(self) -> None:
        self._with_chosen(lambda chosen: queue.remove(self._folder, chosen.name))

    def _again(self) -> None:
        self._with_chosen(lambda chosen: queue.again(self._folder, chosen.name))

    def _watch(self) -> None:
        self._with_chosen(lambda chosen: self._watch_run(chosen.run))
        self.accept()

    def _with_chosen(self, act: Callable[[Queued], object]) -> None:
        chosen = self._chosen
        if chosen is not None:
            self._do(lambda: act(chosen))

    def _do(self, act: Callable[[], object]) -> None:
        try:
            act()
        except TrainingError as error:
            dialogs.tell(self, error.fact, error.remedy)
        self.look()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
