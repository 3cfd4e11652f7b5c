"""StatusLine: the network's totals on the left, passing sentences and the zoom on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStatusBar, QVBoxLayout, QWidget

from designer.document import Changes, Document
from designer.figures import by_kind, counted, grouped, memory, rounded
from designer.foresight import Foresight
from designer.memory_bar import MemoryBar
from designer.widgets import label, line
from nodes.graph.analysis import costs
from nodes.graph.memory import StepMemory, batch_of, step_memory, step_words
from nodes.graph.program import UnknownSizeError
from runtime.machine import free_memory, total_memory

if TYPE_CHECKING:
    from designer.engine_client import EngineClient
    from runtime.protocol import Answer

LOOK_AGAIN = 3000  # ms between two looks at what is free
PASSING = 6000  # ms a sentence stays
SETTLED = 150  # ms after an edit the training memory is worked out


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
        self.bar = MemoryBar()
        self.memory = label(role="secondary")
        self.sentence = label(role="secondary")
        self.zoom = label("100 %", "secondary")
        self.zoom.setToolTip("Ctrl and the wheel, or Ctrl++ and Ctrl+−")
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(16)
        row.addWidget(self.totals)
        row.addWidget(self.change)
        row.addWidget(self.bar)
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
        self._step: StepMemory | None = None  # of the network shown, while it is known
        self._engine: EngineClient | None = None
        self._asked_for = ""  # the device that was asked about last
        self._gpu: dict[str, Any] = {}  # its memory, where the recipe's device is one
        self._looking = QTimer(self, interval=LOOK_AGAIN)
        self._looking.timeout.connect(self._look_again)
        document.changed.connect(self.follow)
        document.foreseen.connect(self._show_change)
        self.follow()

    def say(self, sentence: str) -> None:
        """Shows a sentence for a while, and has a screen reader say it."""
        self.sentence.setText(sentence)
        if sentence and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, sentence))
        self._passing.start()

    def ask_of_device(self, engine: EngineClient) -> None:
        """From now on the memory of a GPU is known too, where the recipe chooses one."""
        self._engine = engine
        engine.ready.connect(self._look_again)
        self._looking.start()

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
            self._forget_memory()
            return
        sums = costs(self._document.root_inference)
        self.totals.setText(
            f"{counted(len(graph.nodes), 'node')} · {grouped(sums.weight_count)} weights · "
            f"{rounded(sums.multiply_adds)} multiply-adds"
        )
        self.totals.setToolTip(
            f"{grouped(sums.multiply_adds)} multiply-adds and {grouped(sums.flops)} FLOPs for one sample\n"
            f"{by_kind(sums.flops_by_kind) or 'no operations'}\n"
            f"{memory(sums.activation_bytes)} of values for one sample\n"
            f"{memory(sums.weight_count * 4)} of weights, {grouped(sums.frozen)} of them frozen"
        )
        self._settling.start()

    def show_memory(self) -> None:
        """What a training step takes at the batch size of the recipe, and the largest batch that fits."""
        if not self._document.root_graph.nodes:
            return
        self._forget_memory()
        if any(facts.error for facts in self._document.root_inference.facts.values()):
            return  # what lies behind an error would not be in it
        try:
            step = step_memory(self._document.root_inference, self._document.network.recipe)
        except UnknownSizeError as error:
            self.memory.setText(f"training memory depends on {' and '.join(error.names)}")
            self.memory.setToolTip("It is known once the sizes of the Input are numbers.")
            return
        if any(moment.per_sample for moment in step.moments):  # else nothing is worked out yet
            self._step = step
            self._look_at_device()
            self._tell(step)

    def _forget_memory(self) -> None:
        self._step = None
        self.memory.clear()
        self.bar.hide()

    def _look_again(self) -> None:
        """What is free changes while nothing is drawn."""
        if self._step is not None and self.isVisible():
            self._look_at_device()
            self._tell(self._step)

    def _look_at_device(self) -> None:
        """Asks for the memory of a GPU, unless the recipe's device is known to be the CPU."""
        wanted = str(self._document.network.recipe.get("device", "auto"))
        if wanted == "cpu":
            self._asked_for, self._gpu = wanted, {}
        elif self._engine is not None and self._engine.is_ready and (wanted != self._asked_for or self._gpu):
            from runtime.questions.device_memory import DeviceMemory  # not before the first paint

            self._asked_for = wanted
            self._engine.ask(self, DeviceMemory(0, wanted), self._take_device, lambda refused: self._gpu.clear())

    def _take_device(self, answer: Answer) -> None:
        self._gpu = answer.result if answer.result["kind"] != "cpu" else {}
        if self._gpu and self._step is not None:
            self._tell(self._step)

    def _tell(self, step: StepMemory) -> None:
        recipe = self._document.network.recipe
        needed = step.at(batch_of(recipe))
        total, available = total_memory(), free_memory()
        if self._gpu:
            total, available = self._gpu["total"], self._gpu["free"]
        where = f"on {self._gpu['title']}" if self._gpu else "on this machine"
        text = f"{memory(needed.total)} to train at {step_words(recipe)}"
        tip = (
            f"Weights {memory(needed.weights)}, gradients {memory(needed.gradients)}, "
            f"optimizer {memory(needed.optimizer_state)}, buffers {memory(needed.buffers)}\n"
            f"Batch {memory(needed.inputs)}, values kept for the way back {memory(needed.kept)}, "
            f"values and gradients passing by {memory(needed.passing)}, room to work in {memory(needed.workspace)}"
        )
        if available is not None:
            text += f" · at most batch {grouped(step.largest_batch(available))} fits"
            tip += f"\n{memory(available)} are free {where}."
        if available is not None and total:
            self.bar.show_memory(total, available, needed.total)
        self.memory.setText(text)
        self.memory.setToolTip(tip)
        self.bar.setToolTip(tip)
