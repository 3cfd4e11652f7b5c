"""InspectPanel: looks into a run from all sides. One view is shown; the others ask when they are chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from designer.engine_client import EngineClient
from designer.inspect.asker import Asker
from designer.inspect.attention_view import AttentionView
from designer.inspect.box_view import BoxesView
from designer.inspect.decision_view import DecisionView
from designer.inspect.layer_views import FiltersView, MapsView, UnitsView, WeightsView
from designer.inspect.moments import Moments
from designer.inspect.over_time import OverTimeView
from designer.inspect.result_views import ClassesView, ConfusionView, ResidualsView
from designer.inspect.sample_views import EmbeddingView, MasksView
from designer.inspect.text_views import HiddenView, WritingView
from designer.inspect.typed_view import TypedView
from designer.inspect.view import View
from designer.training.liveness import has_checkpoint
from designer.widgets import CutLabel, EmptyState, TryAgain, button
from runtime.questions.insight import ListLayers

VIEWS: tuple[type[View], ...] = (
    ConfusionView, ClassesView, ResidualsView, MasksView, DecisionView, TypedView, MapsView, FiltersView, UnitsView,
    BoxesView, WritingView, HiddenView, AttentionView, EmbeddingView, WeightsView, OverTimeView,
)  # fmt: skip
LIST_WIDTH, ROW = 116, 26
NOTHING = "Train the network, or open a run. Then its filters, its decisions and its mistakes are looked into here."


class InspectPanel(QWidget):
    """``show_run`` looks into a run; ``weights_changed`` of a training asks anew."""

    opened = Signal(object)  # the run

    def __init__(self, engine: EngineClient) -> None:
        super().__init__()
        self.asker = Asker(engine, self)
        self._about: dict[str, Any] = {}
        self._is_by_hand = False  # was the run chosen by hand, since the last training began?
        self._is_due = False  # is a run to be opened when this is seen?
        self._views: dict[type[View], View] = {}
        self._kinds: list[type[View]] = []  # that suit the run, as the list names them
        self.run_name = CutLabel("secondary")
        self.moments = Moments()
        self.moments.chosen.connect(self._choose_weights)
        self.open_button = button("Open a run…", self._open, tip="Look into a run of before")
        self.again = button("Look again", self.look_again, tip="The weights as they are now")
        self.list = QListWidget()
        self.list.setAccessibleName("Ways of looking in")
        self.list.setFixedWidth(LIST_WIDTH)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(self._choose_view)
        self.retry = TryAgain(self.look_again)
        self.empty = EmptyState(NOTHING, self.retry)
        self._lay_out()
        self.asker.busy.connect(self._show_busy)

    @property
    def view(self) -> View | None:
        """That which is shown."""
        shown = self._stack.currentWidget()
        return shown if isinstance(shown, View) else None

    def await_training(self) -> None:
        """Another training has begun: it is followed, until a run is opened by hand."""
        self._is_by_hand = False

    def follow(self, run: Path) -> None:
        """Looks into the run of the training that is watched, unless another was opened by hand since it began."""
        if run == self.asker.run:
            self.look_again()
        elif not self._is_by_hand:
            self._look_into(run)

    def show_run(self, run: Path | None) -> None:
        """Looks into a run, whatever is trained; None: into nothing."""
        self._is_by_hand = run is not None
        self._look_into(run)

    def _look_into(self, run: Path | None) -> None:
        self.run_name.setText(run.name if run else "")
        if run != self.asker.run:
            self.moments.forget()
        self.asker.look_into(run, self.moments.which)
        if run is None:
            self._say(NOTHING)
        else:
            self._ask_about()

    def look_again(self) -> None:
        """The same run, whose weights are others by now."""
        if self.asker.run is not None:
            self._ask_about()

    def note_snapshots(self, run: Path, steps: list[int]) -> None:
        """A training under way has kept snapshots: there is something to look into."""
        over_time = self._views.get(OverTimeView)
        if self.asker.run == run and isinstance(over_time, OverTimeView):
            over_time.note_steps(steps)
        elif self.asker.run != run and has_checkpoint(run):
            self.follow(run)

    def choose(self, kind: type[View]) -> View:
        """Shows a way of looking in. Raises LookupError where the run has nothing for it."""
        if kind not in self._kinds:
            raise LookupError(kind.title)
        self.list.setCurrentRow(self._kinds.index(kind))
        return self._made(kind)

    def show_sample(self, row: int) -> None:
        """Why a sample is taken for what it is; what the layers make of it where nothing tells why."""
        suiting: list[type[View]] = [kind for kind in (DecisionView, TypedView, MapsView) if kind in self._kinds]
        if suiting:
            view = self.choose(suiting[0])
            assert isinstance(view, DecisionView | TypedView | MapsView)
            view.show_row(row)

    def _show_layers(self, row: int, picture: str) -> None:
        view = self.choose(MapsView)
        assert isinstance(view, MapsView)
        view.look_at(row, picture)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self._is_paste(event):
            event.accept()  # else the canvas would have it
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        view = self.view
        if self._is_paste(event) and isinstance(view, DecisionView | TypedView):
            view.paste()
        else:
            super().keyPressEvent(event)

    def _is_paste(self, event: QEvent) -> bool:
        """Is it Ctrl+V where something can be pasted?"""
        is_key = isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Paste)
        return is_key and isinstance(self.view, DecisionView | TypedView)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_due:
            self._ask_about()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.run_name)
        top.addStretch()
        for one in (self.moments, self.again, self.open_button):
            top.addWidget(one)
        below = QHBoxLayout()
        below.setSpacing(16)
        below.addWidget(self.list)
        self._stack = QStackedLayout()
        below.addLayout(self._stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(8)
        column.addLayout(top)
        column.addLayout(below, 1)
        self._stack.addWidget(self.empty)  # only now: a stack without a parent shows its pages as windows
        self.list.hide()

    def _ask_about(self) -> None:
        """At once where it is seen, else when it will be: opening a run takes an engine, its weights and its data."""
        self._is_due = not self.isVisible()
        if self._is_due:
            return
        if not self._about:
            self._say("Opening the run…")
        self.asker.ask(self, ListLayers, self._show_about, self._complain)

    def _show_about(self, about: dict[str, Any]) -> None:
        self._about = about
        self.moments.show_files(about["checkpoints"], max(about["snapshots"], default=0))
        row = self.list.currentRow()
        chosen = self._kinds[row] if 0 <= row < len(self._kinds) else None
        self._kinds = [kind for kind in VIEWS if kind.suits(about)]
        self.list.blockSignals(True)
        self.list.clear()
        for kind in self._kinds:
            item = QListWidgetItem(kind.title)
            item.setToolTip(kind.tip)
            item.setSizeHint(QSize(LIST_WIDTH - 4, ROW))
            self.list.addItem(item)
        self.list.blockSignals(False)
        self.list.show()
        for view in self._views.values():
            view.show_run(about)
        self.list.setCurrentRow(self._kinds.index(chosen) if chosen in self._kinds else 0)
        self.opened.emit(self.asker.run)

    def _show_busy(self, is_busy: bool) -> None:
        if is_busy and self.again.hasFocus():
            self.moments.weights.setFocus()  # a button that goes grey would give the keys to another panel
        self.again.setEnabled(not is_busy)

    def _choose_weights(self, which: str) -> None:
        self.asker.look_into(self.asker.run, which)
        for view in self._views.values():
            if not isinstance(view, OverTimeView):  # it has its own moments
                view.show_run(self._about)

    def _choose_view(self, number: int) -> None:
        if number >= 0:
            self._stack.setCurrentWidget(self._made(self._kinds[number]))

    def _made(self, kind: type[View]) -> View:
        if kind not in self._views:
            view = self._views[kind] = kind(self.asker)
            view.show_run(self._about)
            if isinstance(view, ConfusionView | EmbeddingView):
                view.sample_wanted.connect(self.show_sample)
            if isinstance(view, OverTimeView):
                view.moved.connect(self.moments.go_to)
            if isinstance(view, DecisionView):
                view.layers_wanted.connect(self._show_layers)
            self._stack.addWidget(view)
        return self._views[kind]

    def _complain(self, fact: str, remedy: str) -> None:
        self._say(f"{fact} {remedy}".strip())
        self.retry.show()

    def _say(self, words: str) -> None:
        self.retry.hide()
        self.list.hide()
        self.empty.say(words)
        self._stack.setCurrentWidget(self.empty)

    def _open(self) -> None:
        start = str(self.asker.run.parent) if self.asker.run else ""
        chosen = QFileDialog.getExistingDirectory(self, "Open a Run", start)
        if chosen:
            self.show_run(Path(chosen))
