"""StatusLine: the network's totals on the left, passing sentences and the zoom on the right."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStatusBar, QVBoxLayout, QWidget

from designer.document import Changes, Document
from designer.figures import counted, grouped, memory, rounded
from designer.foresight import Foresight
from designer.widgets import label, line
from nodes.graph.analysis import costs
from nodes.graph.memory import StepMemory, step_memory
from nodes.graph.program import UnknownSizeError
from runtime.machine import free_memory

PASSING = 6000  # ms a sentence stays
SETTLED = 150  # ms after an edit the training memory is worked out
USUAL_BATCH = 64


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
        self.change = label(role="foreseen")
        self.change.setAccessibleName("What the change under way adds")
        self.change.hide()
        self.memory = label(role="secondary")
        self.sentence = label(role="secondary")
        self.zoom = label("100 %", "secondary")
        self.zoom.setToolTip("Ctrl and the wheel, or Ctrl++ and Ctrl+−")
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(16)
        row.addWidget(self.totals)
        row.addWidget(self.change)
        row.addWidget(self.memory)
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
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLED)
        self._settling.timeout.connect(self.show_memory)
        document.changed.connect(self.follow)
        document.foreseen.connect(self._show_change)
        self.follow()

    def say(self, sentence: str) -> None:
        """Shows a sentence for a while, and has a screen reader say it."""
        self.sentence.setText(sentence)
        if sentence and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, sentence))
        self._passing.start()

    def _show_change(self, foresight: Foresight | None) -> None:
        """What an edit under way adds to the totals and takes from them."""
        words = foresight.in_words() if foresight else ""
        self.change.setText(words)
        self.change.setVisible(bool(words))

    def show_zoom(self, zoom: float) -> None:
        self.zoom.setText(f"{zoom:.0%}".replace("%", " %"))

    def follow(self, _changes: Changes | None = None) -> None:
        graph = self._document.root_graph
        if not graph.nodes:
            self.totals.setText("No nodes yet")
            self.memory.clear()
            return
        sums = costs(self._document.root_inference)
        self.totals.setText(
            f"{counted(len(graph.nodes), 'node')} · {grouped(sums.weight_count)} weights · "
            f"{rounded(sums.multiply_adds)} multiply-adds"
        )
        self.totals.setToolTip(
            f"{grouped(sums.multiply_adds)} multiply-adds and {grouped(sums.flops)} FLOPs for one sample\n"
            f"{memory(sums.activation_bytes)} of values for one sample\n"
            f"{memory(sums.weight_count * 4)} of weights, {grouped(sums.frozen)} of them frozen"
        )
        self._settling.start()

    def show_memory(self) -> None:
        """What a training step takes at the batch size of the recipe, and the largest batch that fits."""
        recipe = self._document.network.recipe
        batch = recipe.get("batch_size", USUAL_BATCH)
        if not self._document.root_graph.nodes:
            return
        if any(facts.error for facts in self._document.root_inference.facts.values()):
            self.memory.clear()  # what lies behind an error would not be in it
            return
        try:
            step = step_memory(self._document.root_inference, recipe)
        except UnknownSizeError as error:
            self.memory.setText(f"training memory depends on {' and '.join(error.names)}")
            self.memory.setToolTip("It is known once the sizes of the Input are numbers.")
            return
        self._tell(step, batch if isinstance(batch, int) and batch > 0 else USUAL_BATCH)

    def _tell(self, step: StepMemory, batch: int) -> None:
        if not any(moment.per_sample for moment in step.moments):  # nothing is worked out yet
            self.memory.clear()
            return
        needed, available = step.at(batch), free_memory()
        text = f"{memory(needed.total)} to train at batch {grouped(batch)}"
        tip = (
            f"Weights {memory(needed.weights)}, gradients {memory(needed.gradients)}, "
            f"optimizer {memory(needed.optimizer_state)}, buffers {memory(needed.buffers)}\n"
            f"Batch {memory(needed.inputs)}, values kept for the way back {memory(needed.kept)}, "
            f"values and gradients passing by {memory(needed.passing)}, room to work in {memory(needed.workspace)}"
        )
        if available is not None:
            text += f" · at most batch {grouped(step.largest_batch(available))} fits"
            tip += f"\n{memory(available)} are free on this machine."
        self.memory.setText(text)
        self.memory.setToolTip(tip)
