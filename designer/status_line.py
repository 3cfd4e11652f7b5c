"""StatusLine: the network's totals on the left, passing sentences and the zoom on the right."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStatusBar, QVBoxLayout, QWidget

from designer.document import Changes, Document
from designer.figures import counted, grouped, memory, rounded
from designer.widgets import label, line

PASSING = 6000  # ms a sentence stays


class StatusBar(QStatusBar):
    """A status bar without the frame and the gaps of its own."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._content = content
        content.setParent(self)
        self.setSizeGripEnabled(False)
        self.setFixedHeight(content.maximumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._content.setGeometry(self.rect())


class StatusLine(QWidget):
    """What is always said."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.setProperty("role", "panel")
        self.totals = label(role="secondary")
        self.sentence = label(role="secondary")
        self.zoom = label("100 %", "secondary")
        self.zoom.setToolTip("Ctrl and the wheel, or Ctrl++ and Ctrl+−")
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(16)
        row.addWidget(self.totals)
        row.addStretch(1)
        row.addWidget(self.sentence)
        row.addWidget(self.zoom)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line())
        column.addLayout(row, 1)
        self.setFixedHeight(27)
        self._passing = QTimer(self)
        self._passing.setSingleShot(True)
        self._passing.setInterval(PASSING)
        self._passing.timeout.connect(self.sentence.clear)
        document.changed.connect(self.follow)
        self.follow()

    def say(self, sentence: str) -> None:
        """Shows a sentence for a while."""
        self.sentence.setText(sentence)
        self._passing.start()

    def show_zoom(self, zoom: float) -> None:
        self.zoom.setText(f"{zoom:.0%}".replace("%", " %"))

    def follow(self, _changes: Changes | None = None) -> None:
        graph = self._document.root_graph
        if not graph.nodes:
            self.totals.setText("No nodes yet")
            return
        totals = self._document.root_inference.totals
        batch = self._document.network.recipe.get("batch_size", 64)
        at_batch = totals.activation_bytes * batch if isinstance(batch, int) else totals.activation_bytes
        self.totals.setText(
            f"{counted(len(graph.nodes), 'node')} · {grouped(totals.weights)} weights · "
            f"{rounded(totals.multiply_adds)} multiply-adds · {memory(at_batch)} at batch {batch}"
        )
        self.totals.setToolTip(
            f"{grouped(totals.multiply_adds)} multiply-adds for one sample; "
            f"{memory(totals.activation_bytes)} of outputs for one sample; {memory(totals.weights * 4)} of weights"
        )
