"""Header of the training panel: how it stands, how far it is, and the buttons that steer it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from designer.theme import current, themes
from designer.training.marks import mark
from designer.training.standing import Standing
from designer.training.trainer import LIVE, Trainer
from designer.widgets import button, label, restyle

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


class Header(QWidget):
    """One line, and a bar below it."""

    def __init__(self, trainer: Trainer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._trainer = trainer
        self.network, self.state, self.line = label(), label(), label("", "secondary")
        self.train = button("Train", trainer.start, "", "Train the network as it is drawn now")
        self.pause = button("Pause", trainer.pause, "", "Wait after the current step")
        self.resume = button("Resume", trainer.resume, "", "Go on where it stands")
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
        for one in self._buttons():
            row.addWidget(one)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.bar)
        themes.changed.connect(self._draw_marks)
        self._draw_marks()

    def show_network(self, shown: str) -> None:
        """Names the network that is trained where another is shown."""
        trained = self._trainer.network_title if self._trainer.run is not None else ""
        self.network.setText(f"{trained}:" if trained != shown else "")
        self.network.setVisible(bool(trained) and trained != shown)

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
        self.stop.setVisible(is_live)
        self.stop.setText("End now" if state == "stopping" else "Stop")
        self.stop.setToolTip(END_NOW if state == "stopping" else STOP)
        self.stop.setEnabled(state != "stopping" or self._trainer.can_end_now)

    def _show_bar(self, state: str, standing: Standing) -> None:
        is_waiting = state == "starting" and standing.progress is None
        self.bar.setVisible(state not in ("idle", "finished"))
        self.bar.setRange(0, 0 if is_waiting else PARTS)
        if not is_waiting:
            self.bar.setValue(round(standing.fraction * PARTS))

    def _buttons(self) -> tuple[QPushButton, ...]:
        return (self.resume, self.pause, self.stop, self.train)

    def _draw_marks(self) -> None:
        theme = current()
        self.train.setIcon(mark("play", theme.text))
        self.resume.setIcon(mark("play", theme.text))
        self.pause.setIcon(mark("pause", theme.text))
        self.stop.setIcon(mark("stop", theme.text))
