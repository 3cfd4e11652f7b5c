"""BaselinesDialog: what simple methods reach on the data and parts of the network shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from designer.document import Document
from designer.engine_client import EngineClient
from designer.figures import grouped, share
from designer.search.tables import PlainTable
from designer.widgets import button, label, restyle
from runtime.protocol import Answer, Partly, Refused
from runtime.questions.baselines import Baselines

ABOUT = (
    "A network has to beat these to be worth its cost. k and C are chosen by cross-validation on the training part."
)
TITLES = ("Method", "Accuracy", "Chosen", "Mean of folds", "Time")
METHODS = 4


class BaselinesDialog(QDialog):
    """Asks the engine as it opens; each method is shown as it finishes."""

    def __init__(self, document: Document, engine: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._engine = document, engine
        self._asked = 0
        self._found: list[dict[str, Any]] = []
        self.setWindowTitle("Baselines")
        self.setMinimumSize(620, 340)
        self.table = PlainTable("Methods, the best first")
        self.bar = QProgressBar()
        self.bar.setRange(0, METHODS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Methods that are done")
        self.state = label(role="secondary", wrap=True)
        self.again = button("Measure Again", self.measure)
        self.again.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(label("Simple methods on the same data", "title"))
        layout.addWidget(label(ABOUT, "secondary", wrap=True))
        layout.addWidget(self.table, 1)
        layout.addWidget(self.bar)
        layout.addWidget(self.state)
        below = QHBoxLayout()
        below.addWidget(self.again)
        below.addStretch()
        below.addWidget(button("Close", self.reject))
        layout.addLayout(below)

    def measure(self) -> None:
        """Asks for all methods, on the data as they are chosen now."""
        network, path = self._document.network, self._document.path
        self._engine.forget(self._asked)
        self._found = []
        self._show()
        self.bar.show()
        self.again.setEnabled(False)
        self._say("Reading the data …")
        request = Baselines(id=0, data=dict(network.data), base=str(path.parent if path else Path.cwd()))
        self._asked = self._engine.ask(self, request, self._settle, self._refuse, self._take)

    def done(self, result: int) -> None:
        self._engine.forget(self._asked)
        super().done(result)

    def _take(self, part: Partly) -> None:
        self._found.append(part.result)
        self._say(f"{len(self._found)} of {METHODS} methods are measured …")
        self._show()

    def _settle(self, answer: Answer) -> None:
        self._found = list(answer.result["baselines"])
        self._show()
        said = answer.result
        counts = f"Learned from {grouped(said['train'])} samples, tested on {grouped(said['tested'])}"
        self._end(" ".join([f"{counts} of the {said['part']} part.", *said["notes"]]))

    def _refuse(self, refused: Refused) -> None:
        self._end(f"{refused.fact} {refused.remedy}".strip(), "fault")

    def _end(self, sentence: str, role: str = "secondary") -> None:
        self.bar.hide()
        self.again.setEnabled(True)
        self._say(sentence, role)

    def _say(self, sentence: str, role: str = "secondary") -> None:
        restyle(self.state, role=role)
        self.state.setText(sentence)

    def _show(self) -> None:
        self.bar.setValue(len(self._found))
        best_first = sorted(self._found, key=lambda one: -one["accuracy"])
        self.table.show_rows(TITLES, [_cells(one) for one in best_first])


def _cells(one: dict[str, Any]) -> tuple[str, ...]:
    value = f"{one['value']:g}"
    mean = one["tried"].get(value)
    folds = "–" if mean is None else share(mean)
    return one["name"], share(one["accuracy"]), f"{one['chosen']} = {value}", folds, f"{one['seconds']:.1f} s"
