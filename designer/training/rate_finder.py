"""RateFinder: a short training whose rate rises, drawn as it goes; the rate it finds is taken with one click."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from designer.asking_dialog import AskingDialog
from designer.charts.chart import Chart
from designer.charts.line import line_through
from designer.document import Document
from designer.engine_client import EngineClient
from designer.figures import figure
from designer.theme import CURVE_COLORS, current
from designer.widgets import button, label
from runtime.protocol import Answer, Partly
from runtime.questions.range_test import FindRate

SIZE = (560, 420)
ABOVE = 1.5  # times the first loss: what is higher is cut off


class RateFinder(AskingDialog):
    """The loss by rate, drawn as it comes."""

    def __init__(self, document: Document, engine: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(document, engine, parent)
        self.suggestion: float | None = None
        self.setWindowTitle("Find a Learning Rate")
        self.resize(*SIZE)
        self.sum = label("", wrap=True)
        self.chart = Chart("Loss by learning rate")
        self.chart.place_words = lambda place: f"rate {figure(10**place, 2)}"
        self.chart.tick_words = lambda place: figure(10**place, 1)
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
        column.addWidget(label("Loss against the learning rate", "secondary"))
        column.addWidget(self.chart, 1)
        column.addLayout(below)

    def find(self) -> None:
        """Tries the network as it is drawn now."""
        self.suggestion = None
        self.use.setEnabled(False)
        self.use.setText("Use it")
        self.sum.setText("The rate rises step by step until the loss is out of hand…")
        self.ask(lambda network, base, stop_file: FindRate(0, network, base, stop_file=stop_file))

    def hear(self, part: Partly) -> None:
        self._draw(part.result["rates"], part.result["losses"], [])

    def take(self, answer: Answer) -> None:
        found = answer.result
        self.suggestion = found["suggestion"]
        self.sum.setText(found["sentence"])
        self._draw(found["rates"], found["losses"], found["smoothed"])
        if self.suggestion is not None:
            self.use.setText(f"Use {figure(self.suggestion)}")
            self.use.setEnabled(True)
            self.use.setFocus()

    def say(self, sentence: str) -> None:
        self.sum.setText(sentence)

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
