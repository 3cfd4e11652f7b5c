"""Header of the training panel: how it stands, how far it is, and the buttons that steer it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QProgressBar, QPushButton, QVBoxLayout, QWidget

from designer.theme import current, themes
from designer.training.going_back import fill_going_back
from designer.training.marks import mark
from designer.training.standing import Standing
from designer.training.trainer import LIVE, Trainer
from designer.widgets import CutLabel, button, label, restyle
from runtime.doctor.findings import Finding

WORDS = {
    "idle": "",
    "starting": "Starting…",
    "running": "Training",
    "paused": "Paused",
    "stopping": "Stopping…",
    "finished": "Finished",
    "stopped": "Stopped",
    "failed": "Failed",
}
ROLES = {"finished": "good", "paused": "warning", "failed": "fault"}
STOP = "End after the current step; a checkpoint is kept"
END_NOW = "End at once; what came after the last checkpoint is lost"
PARTS = 1_000  # of the progress bar
SHARE, LEAST_ROOM = 0.3, 120  # of the width for the sentence of the doctor, and px


class Header(QWidget):
    """One line, and a bar below it."""

    doctor_wanted = Signal()
    rate_wanted = Signal()

    def __init__(self, trainer: Trainer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._trainer = trainer
        self.network, self.state, self.line = label(), label(), CutLabel("secondary")
        self.doctor = button("", self.doctor_wanted.emit, "link", "What the training doctor sees")
        self.doctor.hide()
        self._said = self._more = ""  # by the doctor, and how much more
        self.train = button("Train", trainer.start, "", "Train the network as it is drawn now")
        self.pause = button("Pause", trainer.pause, "", "Wait after the current step")
        self.resume = button("Resume", trainer.resume, "", "Go on where it stands")
        self.step = button("Step", trainer.step_once, "", "One step, then wait again")
        self.more = button("More  ▾", self._open_more, "", "Validate, save, change the rate, go back")
        self.stop = button("Stop", trainer.stop, "", STOP)
        font = self.state.font()
        font.setBold(True)
        self.state.setFont(font)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.network)
        row.addWidget(self.state)
        row.addWidget(self.line, 1)
        row.addWidget(self.doctor)
        for one in self._buttons():
            row.addWidget(one)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.bar)
        themes.changed.connect(self._draw_marks)
        self._draw_marks()

    def show_network(self) -> None:
        """Names the network that is trained where another is shown."""
        is_other = self._trainer.run is not None and not self._trainer.is_shown
        self.network.setText(f"{self._trainer.network_title}:" if is_other else "")
        self.network.setVisible(is_other)

    def show_standing(self, standing: Standing) -> None:
        state = self._trainer.state
        self.state.setText(WORDS[state])
        self.state.setVisible(bool(WORDS[state]))
        restyle(self.state, role=ROLES.get(state, ""))
        self.line.setText(standing.line(state))
        self._show_bar(state, standing)
        is_live = state in LIVE
        self.train.setVisible(not is_live)
        self.train.setText("Train" if state == "idle" else "Train again")
        self.pause.setVisible(state in ("starting", "running"))
        self.resume.setVisible(self._trainer.can_resume and state != "failed")  # there the card offers it
        self.step.setVisible(state == "paused")
        self.more.setVisible(state in ("running", "paused"))
        self.stop.setVisible(is_live)
        self.stop.setText("End now" if state == "stopping" else "Stop")
        self.stop.setToolTip(END_NOW if state == "stopping" else STOP)
        self.stop.setEnabled(state != "stopping" or self._trainer.can_end_now)

    def show_diagnosis(self, findings: Sequence[Finding]) -> None:
        """What the doctor says of the worst, as far as there is room; the whole is in the tip."""
        self.doctor.setVisible(bool(findings) or self._trainer.is_live)
        self._said = f"Doctor: {findings[0].sentence if findings else 'all well'}"
        told = [f"{finding.title}. {finding.sentence}" for finding in findings]
        self.doctor.setToolTip("\n".join(told) or "What the training doctor sees")
        self.doctor.setAccessibleName(" ".join([self._said, *(finding.title for finding in findings[1:])]))
        self._more = f"  (+{len(findings) - 1})" if len(findings) > 1 else ""
        self._say_diagnosis()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._say_diagnosis()

    def _say_diagnosis(self) -> None:
        room = max(LEAST_ROOM, round(SHARE * self.width()))
        cut = self.doctor.fontMetrics().elidedText(self._said, Qt.TextElideMode.ElideRight, room)
        self.doctor.setText(cut + self._more)

    def _open_more(self) -> None:
        self.more_menu().popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def more_menu(self) -> QMenu:
        """What else can be done with a training under way."""
        trainer, menu = self._trainer, QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addAction("&Validate Now").triggered.connect(lambda _checked=False: trainer.validate_now())
        menu.addAction("&Save a Checkpoint Now").triggered.connect(lambda _checked=False: trainer.save_now())
        menu.addAction("Learning &Rate…").triggered.connect(lambda _checked=False: self.rate_wanted.emit())
        fill_going_back(menu.addMenu("&Go Back"), trainer)
        return menu

    def _show_bar(self, state: str, standing: Standing) -> None:
        is_waiting = state == "starting" and standing.progress is None
        self.bar.setVisible(state not in ("idle", "finished"))
        self.bar.setRange(0, 0 if is_waiting else PARTS)
        if not is_waiting:
            self.bar.setValue(round(standing.fraction * PARTS))

    def _buttons(self) -> tuple[QPushButton, ...]:
        return (self.resume, self.step, self.pause, self.more, self.stop, self.train)

    def _draw_marks(self) -> None:
        theme = current()
        self.train.setIcon(mark("play", theme.text))
        self.resume.setIcon(mark("play", theme.text))
        self.pause.setIcon(mark("pause", theme.text))
        self.stop.setIcon(mark("stop", theme.text))
