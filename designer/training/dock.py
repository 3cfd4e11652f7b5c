"""TrainingPanel: start a training, watch it, steer it, and see how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from designer.doctor.cards import DoctorCards
from designer.doctor.ward import Ward
from designer.document import Changes, Document
from designer.training.curves_maker import CurvesMaker
from designer.training.header import Header
from designer.training.outcome import FailureCard, Result
from designer.training.standing import Standing
from designer.training.trainer import Trainer
from designer.training.writing import WrittenSamples
from designer.widgets import CutLabel, EmptyState
from runtime.runs import Entry

if TYPE_CHECKING:
    from designer.training.beside import BesideRuns
    from designer.training.curves import Curves

AFTER_PAINT_MS = 300


class TrainingPanel(QWidget):
    """Header, outcome and curves of the training that the trainer follows."""

    export_requested = Signal()
    action_wanted = Signal(object)  # of the doctor
    node_wanted = Signal(str)
    rate_wanted = Signal()
    run_pointed = Signal(str)  # the name of another run under the mouse; empty: of none
    run_chosen = Signal(str)

    def __init__(self, document: Document, trainer: Trainer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._trainer = document, trainer
        self.standing = Standing()
        self.header = Header(trainer)
        self.failure, self.result = FailureCard(), Result()
        self.told = CutLabel("secondary")
        self.told.hide()
        self.empty = EmptyState("")
        self.curves: Curves | None = None
        self.beside: BesideRuns | None = None
        self.maker = CurvesMaker(self)
        self.ward = Ward(trainer, self)
        self.cards = DoctorCards()
        self.cards.hide()
        self.written = WrittenSamples()
        self._was_painted = False
        self._lay_out()
        self._connect()
        self._show_empty()
        self._show_state()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(AFTER_PAINT_MS, self.maker, self.maker.prepare)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(6)
        column.addWidget(self.header)
        column.addWidget(self.failure)
        column.addWidget(self.result)
        column.addWidget(self.told)
        self._stack = QStackedLayout()
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addLayout(self._stack, 3)
        row.addWidget(self.written, 2)
        row.addWidget(self.cards)
        column.addLayout(row, 1)
        self._stack.addWidget(self.empty)  # only now: a stack without a parent shows its pages as windows

    def _connect(self) -> None:
        trainer = self._trainer
        trainer.entries.connect(self._take)
        trainer.state_changed.connect(self._show_state)
        trainer.run_changed.connect(self._start_afresh)
        trainer.failed.connect(self._show_failure)
        self.ward.changed.connect(self._show_findings)
        self.header.doctor_wanted.connect(lambda: self._show_cards(self.cards.isHidden()))
        self.header.rate_wanted.connect(self.rate_wanted)
        self.cards.action_wanted.connect(self.action_wanted)
        self.cards.node_wanted.connect(self.node_wanted)
        self._document.changed.connect(self._on_document_changed)
        self._document.title_changed.connect(lambda *_: self.header.show_network())
        trainer.run_changed.connect(self.header.show_network)
        self.header.show_network()
        self.failure.retry_requested.connect(self._retry)
        self.result.export_requested.connect(self.export_requested)

    def show_beside(self, runs: Sequence[Path]) -> None:
        """The curves of other runs in the same panels; none takes them away."""
        self._shown_curves()
        assert self.beside is not None
        self.beside.follow([run for run in runs if run != self._trainer.run])

    def highlight(self, runs: Sequence[Path]) -> None:
        """Of those whose curves are shown, these stand out; where none of them is, all are alike."""
        if self.curves is not None and self.beside is not None:
            shown = {run: run.name for run in self.beside.runs}
            if shown and self._trainer.run is not None:
                shown[self._trainer.run] = ""
            self.curves.highlight([shown[run] for run in runs if run in shown])

    def _shown_curves(self) -> Curves:
        if self.curves is None:
            from designer.training.beside import BesideRuns

            self.curves = curves = self.maker.curves()
            self.beside = beside = BesideRuns(curves)
            beside.changed.connect(lambda: curves.show_beside(beside.others))
            curves.run_pointed.connect(self.run_pointed)
            curves.run_chosen.connect(self.run_chosen)
            self._stack.addWidget(curves)
        self._stack.setCurrentWidget(self.curves)
        return self.curves

    def _start_afresh(self) -> None:
        self.standing = Standing()
        self.failure.hide()
        self.result.hide()
        self._show_told()
        self.written.clear()
        self._shown_curves().clear()
        if self.beside is not None:
            self.show_beside(self.beside.runs)  # without the one that is watched now

    def _take(self, entries: list[Entry]) -> None:
        self.standing.take(entries)
        if self.curves is not None:
            self.curves.take(entries, is_behind=self._trainer.is_behind)
        self.written.take(entries)
        if self._trainer.is_behind:  # a long journal is told when it is read
            return
        self._show_cards(not self.cards.isHidden())
        self.header.show_standing(self.standing)
        self._show_told()

    def _show_findings(self) -> None:
        """Cards come up by themselves for what is severe; the word in the header shows and hides them."""
        found = self.ward.findings
        self.header.show_diagnosis(found)
        self.cards.show_findings(found)
        if any(finding.severity == "severe" for finding in found):
            self._show_cards(True)
        elif not found:
            self._show_cards(False)

    def _show_cards(self, shown: bool) -> None:
        """In the place of the samples of text: there is room for one of them beside the curves."""
        self.cards.setVisible(shown)
        self.written.setVisible(not shown and bool(self.written.samples))

    def _show_told(self) -> None:
        times = self.standing.step_words() if self._trainer.is_live else ""
        said = " · ".join(filter(None, (self.standing.told(), times)))
        self.told.setText(said)
        self.told.setToolTip(said)
        self.told.setVisible(bool(said))

    def _show_state(self) -> None:
        trainer = self._trainer
        self.header.show_standing(self.standing)
        if trainer.state != "failed":
            self.failure.hide()
        if trainer.state in ("finished", "stopped") and trainer.run is not None:
            self.result.say(self.standing.result(), trainer.run)
        else:
            self.result.hide()

    def _show_failure(self, fact: str, remedy: str) -> None:
        self.failure.say(fact, remedy, "Resume" if self._trainer.can_resume else "Retry")

    def _retry(self) -> None:
        if self._trainer.can_resume:
            self._trainer.resume()
        else:
            self._trainer.start()

    def _on_document_changed(self, changes: Changes) -> None:
        is_other = changes.added or changes.removed or changes.opened or changes.problems or self._document.scope
        if changes.opened:
            self.header.show_network()
        if self.curves is None and is_other:
            self._show_empty()

    def _show_empty(self) -> None:
        errors = sum(problem.severity == "error" for problem in self._document.root_problems)
        if not self._document.root_graph.nodes:
            words = "Drag layers onto the canvas first. Loss and accuracy are drawn here while the network trains."
        elif errors:
            count = "one problem" if errors == 1 else f"{errors} problems"
            words = f"Mend {count} under Problems first. Then press Train to see loss and accuracy here."
        else:
            words = "Press Train to see loss and accuracy here as they change."
        self.empty.say(words)
