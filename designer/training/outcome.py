"""How a training ended: a card for one that failed, a line for one that finished."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QDesktopServices, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from designer.theme import current, themes
from designer.widgets import button, label


class FailureCard(QWidget):
    """The fact, the remedy and a button that tries again."""

    retry_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fact, self.remedy = label(wrap=True), label("", "secondary", wrap=True)
        font = self.fact.font()
        font.setBold(True)
        self.fact.setFont(font)
        self.retry = button("Retry", self.retry_requested.emit)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.fact)
        words.addWidget(self.remedy)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(16)
        row.addLayout(words, 1)
        row.addWidget(self.retry, 0, Qt.AlignmentFlag.AlignVCenter)
        themes.changed.connect(self.update)
        self.hide()

    def say(self, fact: str, remedy: str, action: str) -> None:
        self.fact.setText(fact)
        self.remedy.setText(remedy)
        self.remedy.setVisible(bool(remedy))
        self.retry.setText(action)
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.fault), 1))
        painter.setBrush(QColor(theme.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.end()


class Result(QWidget):
    """The test result in words, where the run lies, and what to do with it."""

    export_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Path | None = None
        self.words = label("")
        self.place = button("", self._open_folder, "link")
        self.export = button("Export ONNX…", self.export_requested.emit, "", "Write the trained network as ONNX")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.words)
        row.addWidget(self.place)
        row.addStretch()
        row.addWidget(self.export)
        self.hide()

    def say(self, words: str, run: Path) -> None:
        self._run = run
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.place.setText(f"{run.parent.name}/{run.name}")
        self.place.setToolTip(f"Open the folder of this run: {run}")
        self.show()

    def _open_folder(self) -> None:
        if self._run is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._run)))
