"""Curves: the loss and a metric side by side, redrawn as the journal grows, and not while nobody looks."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from designer.training.plot import Plot
from designer.training.series import CurveData
from runtime.runs import Entry, Progress

LEAST_PAUSE_MS = 66
SHARE = 10
"""Drawing takes at most one part in so many of the time, however long the curves have grown."""


class Curves(QWidget):
    """Takes journal entries; draws at most fifteen times a second."""

    def __init__(self, loss: Plot, accuracy: Plot, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data = CurveData()
        self.loss, self.accuracy = loss, accuracy
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(24)
        row.addWidget(self.loss, 1)
        row.addWidget(self.accuracy, 1)
        self._is_stale = False
        self._pause_ms = LEAST_PAUSE_MS
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.redraw)

    def clear(self) -> None:
        """Makes ready for another run."""
        self.data = CurveData()
        self.loss.fit()
        self.accuracy.fit()
        self._is_stale = True
        self.redraw()

    def take(self, entries: list[Entry]) -> None:
        is_first = self.data.steps == 0
        self.data.take(entries)
        self._is_stale = True
        if not self.isVisible():
            return
        if is_first and any(isinstance(entry, Progress) for entry in entries):
            self.redraw()
        elif not self._timer.isActive():
            self._timer.start(self._pause_ms)

    def redraw(self) -> None:
        if not self._is_stale or not self.isVisible():
            return
        began = time.perf_counter()
        self._is_stale = False
        has_metric = bool(self.data.metric_names() or not self.data.steps)
        self.accuracy.setVisible(has_metric)
        for plot in (self.loss, self.accuracy) if has_metric else (self.loss,):
            plot.show_data(self.data)
        taken_ms = (time.perf_counter() - began) * 1_000
        self._pause_ms = max(LEAST_PAUSE_MS, round(SHARE * taken_ms))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.redraw()
