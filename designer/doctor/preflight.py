"""Pre-flight: the stepwise questions before a training, answered one after the other in a window of their own."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from designer.asking_dialog import AskingDialog
from designer.document import Document
from designer.engine_client import EngineClient
from designer.theme import current, themes
from designer.widgets import Fold, button, empty, label, scrolled
from runtime.protocol import Answer, Partly
from runtime.questions.stepwise import CHECKS, CheckResult, Preflight

SIZE = (640, 680)
ROLES = {"green": "good", "amber": "warning", "red": "fault"}
MARKS = {"green": "✓", "amber": "!", "red": "✕"}
WORDS = {"green": "fine", "amber": "look at this", "red": "mend this first"}
SUMS = {
    "red": "Mend what is marked ✕ before you train.",
    "amber": "It can train; look at what is marked ! first.",
    "green": "All is sound. Train it.",
}
SIDE = 20


class Verdict(QWidget):
    """A disc with a mark, in the colour of the verdict."""

    def __init__(self, verdict: str) -> None:
        super().__init__()
        self.verdict = verdict
        self.setFixedSize(SIDE, SIDE)
        self.setAccessibleName(WORDS[verdict])
        self.setToolTip(WORDS[verdict])
        themes.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(current(), ROLES[self.verdict])))
        painter.drawEllipse(1, 1, SIDE - 2, SIDE - 2)
        painter.setPen(QColor(current().panel))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, MARKS[self.verdict])


class PreflightDialog(AskingDialog):
    """A row for each check."""

    node_wanted = Signal(str)
    train_wanted = Signal()

    def __init__(self, document: Document, engine: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(document, engine, parent)
        self.results: list[CheckResult] = []
        self.setWindowTitle("Pre-flight")
        self.resize(*SIZE)
        self.sum = label("", "title", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Checks that are done")
        self.close_button = button("Close", self.reject, tip="Gives up what is still being checked")
        self.again = button("Check again", self.check, tip="Checks the network as it is drawn now")
        self.train = button("Train", self._train, "primary", "Trains without waiting for the rest")
        for one in (self.close_button, self.again):
            one.setAutoDefault(False)
        content = QWidget()
        self._rows = QVBoxLayout(content)
        self._rows.setContentsMargins(0, 0, 8, 0)
        self._rows.setSpacing(12)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.again)
        below.addStretch()
        below.addWidget(self.close_button)
        below.addWidget(self.train)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(self.sum)
        column.addWidget(self.bar)
        column.addWidget(scrolled(content), 1)
        column.addLayout(below)

    def check(self) -> None:
        """Asks everything about the network as it is drawn now."""
        self.results = []
        empty(self._rows)
        self._rows.addStretch()
        self.sum.setText(f"Checking {self._document.title}…")
        self.bar.setRange(0, 0)  # moves until the first answer: the engine may still be starting
        self.bar.show()
        self.again.setEnabled(False)
        self.ask(lambda network, base, stop_file: Preflight(0, network, base, stop_file=stop_file))

    @property
    def verdict(self) -> str:
        """The worst of all."""
        found = {result.verdict for result in self.results}
        return next((verdict for verdict in ("red", "amber") if verdict in found), "green")

    def hear(self, part: Partly) -> None:
        result = msgspec.convert(part.result["check"], CheckResult)
        self.results.append(result)
        self.bar.setRange(0, len(CHECKS))
        self.bar.setValue(len(self.results))
        self.sum.setText(f"Checking {self._document.title}… {len(self.results)} of {len(CHECKS)}")
        self._rows.insertWidget(self._rows.count() - 1, self._row(result))

    def take(self, _answer: Answer) -> None:
        self.say(SUMS[self.verdict])

    def say(self, sentence: str) -> None:
        self.bar.hide()
        self.again.setEnabled(True)
        self.sum.setText(sentence)

    def _row(self, result: CheckResult) -> QWidget:
        from designer.doctor.small_chart import check_chart

        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        line.addWidget(Verdict(result.verdict), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label(result.title))
        words.addWidget(label(f"{result.sentence} {result.remedy}".strip(), "secondary", wrap=True))
        if result.node:
            words.addWidget(
                button(f"Show {result.node}", lambda: self.node_wanted.emit(result.node), "link"),
                0,
                Qt.AlignmentFlag.AlignLeft,
            )
        if result.charts:
            charts = QWidget()
            beside = QHBoxLayout(charts)
            beside.setContentsMargins(0, 0, 0, 0)
            for one in result.charts[:2]:
                beside.addWidget(check_chart(one), 1)
            words.addWidget(Fold("Chart", charts, is_open=result.verdict != "green"))
        line.addLayout(words, 1)
        return row

    def _train(self) -> None:
        self.accept()
        self.train_wanted.emit()
