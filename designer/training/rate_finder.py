"""RateFinder: a short training whose rate rises, drawn as it goes; the rate it finds is taken with one click."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTemporaryDir
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from designer.charts.chart import Chart
from designer.charts.line import line_through
from designer.document import Document
from designer.engine_client import EngineClient
from designer.theme import CURVE_COLORS, current
from designer.widgets import button, label
from nodes.graph.files import write
from runtime.protocol import Answer, Partly, Refused
from runtime.questions.range_test import FindRate

SIZE = (560, 420)
ABOVE = 1.5  # times the first loss: what is higher is cut off


class RateFinder(QDialog):
    """Asks when it is opened; closing gives up what is under way."""

    def __init__(self, document: Document, engine: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._engine = document, engine
        self._folder = QTemporaryDir()
        self._asked = self._rounds = 0
        self.suggestion: float | None = None
        self.setWindowTitle("Find a Learning Rate")
        self.resize(*SIZE)
        self.sum = label("", wrap=True)
        self.chart = Chart("Loss by learning rate")
        self.chart.place_words = lambda place: f"rate {10**place:.2g}"
        self.again = button("Find again", self.find)
        self.again.setAutoDefault(False)
        self.use = button("Use it", self._use, "primary")
        below = QHBoxLayout()
        below.addStretch()
        below.addWidget(self.again)
        below.addWidget(self.use)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(self.sum)
        column.addWidget(label("Loss against the power of ten of the learning rate", "secondary"))
        column.addWidget(self.chart, 1)
        column.addLayout(below)

    def find(self) -> None:
        """Tries the network as it is drawn now."""
        self._give_up()
        self._rounds += 1
        self.suggestion = None
        self.use.setEnabled(False)
        self.use.setText("Use it")
        self.sum.setText("The rate rises step by step until the loss is out of hand…")
        path = self._document.path
        request = FindRate(
            0,
            write(self._document.network).decode(),
            str(path.parent if path else Path.cwd()),
            stop_file=str(self._stop_file),
        )
        self._asked = self._engine.ask(request, self._take, self._refuse, self._hear)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._give_up()
        super().closeEvent(event)

    def reject(self) -> None:
        self._give_up()
        super().reject()

    @property
    def _stop_file(self) -> Path:
        return Path(self._folder.path()) / f"stop-{self._rounds}"

    def _give_up(self) -> None:
        if self._asked:
            self._stop_file.touch()
            self._engine.forget(self._asked)
            self._asked = 0

    def _hear(self, part: Partly) -> None:
        self._draw(part.result["rates"], part.result["losses"], [])

    def _take(self, answer: Answer) -> None:
        found = answer.result
        self._asked = 0
        self.suggestion = found["suggestion"]
        self.sum.setText(found["sentence"])
        self._draw(found["rates"], found["losses"], found["smoothed"])
        if self.suggestion is not None:
            self.use.setText(f"Use {self.suggestion:g}")
            self.use.setEnabled(True)
            self.use.setFocus()

    def _refuse(self, refused: Refused) -> None:
        self._asked = 0
        self.sum.setText(f"{refused.fact} {refused.remedy}".strip())

    def _draw(self, rates: list[float], losses: list[float], smoothed: list[float]) -> None:
        if not rates:
            return
        places = [math.log10(rate) for rate in rates]
        top = ABOVE * abs(losses[0])
        lines = [line_through("loss", CURVE_COLORS["training"], _points(places, losses, top), "cloud")]
        if smoothed:
            lines.append(line_through("mean", CURVE_COLORS["validation"], _points(places, smoothed, top)))
        if self.suggestion is not None:
            at = math.log10(self.suggestion)
            ends = [(at, min(losses)), (at, min(top, max(losses)))]
            lines.append(line_through("suggested", current().secondary, ends, "dashes"))
        self.chart.lines = lines
        self.chart.setAccessibleDescription(self.sum.text())
        self.chart.refresh()

    def _use(self) -> None:
        """As a change of the recipe that can be undone."""
        network = self._document.network
        recipe: dict[str, Any] = {**network.recipe, "learning_rate": self.suggestion}
        self._document.edit_network(dataclasses.replace(network, recipe=recipe), "Take the learning rate found")
        self.accept()


def _points(places: list[float], losses: list[float], top: float) -> list[tuple[float, float]]:
    return [(place, min(loss, top)) for place, loss in zip(places, losses, strict=True)]
