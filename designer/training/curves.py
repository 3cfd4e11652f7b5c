"""Curves: panels of loss and metrics side by side, redrawn as the journal grows, and not while nobody looks."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from designer.training.curves_menu import CurvesMenu
from designer.training.look import keep_look, kept_look
from designer.training.plot import Beside, Plot
from designer.training.series import SPANS, CurveData
from designer.widgets import button
from runtime.runs import Entry, Progress

LEAST_PAUSE_MS, BEHIND_PAUSE_MS = 100, 400
SHARE = 10
"""Drawing takes at most one part in so many of the time, however long the curves have grown."""
LEAST_WIDTH = 320  # px of a panel; what does not fit beside goes below


class Curves(QWidget):
    """Takes journal entries; draws at most ten times a second."""

    run_pointed = Signal(str)  # the title of another run, of which the mouse is on the legend; empty: of none
    run_chosen = Signal(str)

    def __init__(self, loss: Plot, accuracy: Plot, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = kept_look()
        self.data = CurveData(SPANS.get(self.look.smoothing))
        self.loss, self.accuracy = loss, accuracy
        self.extra: list[Plot] = []
        self.others: Sequence[Beside] = ()
        self._grid = QGridLayout()
        self._grid.setSpacing(16)
        self.menu = CurvesMenu(self)
        self.view_button = button("View  ▾", self.menu.open, "link", "Axis, smoothing, rate, panels, saving")
        loss.head.insertWidget(1, self.view_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._grid, 1)
        self._is_stale = False
        self._pause_ms = LEAST_PAUSE_MS
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.redraw)
        for plot in (loss, accuracy):
            plot.look = self.look
            self._listen(plot)
            plot.changed.connect(self.keep)
        accuracy.heading.want(self.look.metric)
        self.extra = [self._new_panel(name) for name in self.look.panels]
        self._arrange()

    @property
    def plots(self) -> list[Plot]:
        return [self.loss, self.accuracy, *self.extra]

    def clear(self) -> None:
        """Makes ready for another run."""
        self.data = CurveData(SPANS.get(self.look.smoothing))
        for plot in self.plots:
            plot.fit()
        self.refresh()

    def take(self, entries: list[Entry], *, is_behind: bool = False) -> None:
        """``is_behind``: more comes at once, of a long journal; it is drawn now and then."""
        is_first = self.data.steps == 0
        self.data.take(entries)
        if is_first and any(isinstance(entry, Progress) for entry in entries):
            self.refresh()
        else:
            self._refresh_soon(BEHIND_PAUSE_MS if is_behind else 0)

    def show_beside(self, others: Sequence[Beside]) -> None:
        """Other runs, in the same panels, as far as they are known now."""
        is_other = [other.title for other in others] != [other.title for other in self.others]
        for other in others:
            if all(other is not known for known in self.others):
                other.data.smooth_by(SPANS.get(self.look.smoothing))
        self.others = others
        if is_other:
            self.refresh()
        else:
            self._refresh_soon()

    def highlight(self, titles: Collection[str]) -> None:
        """Some runs stand out, the others are pale; the empty title is that of the watched run. None: all alike."""
        if self.look.highlighted != frozenset(titles):
            self.look.highlighted = frozenset(titles)
            self._refresh_soon()

    def refresh(self) -> None:
        """Draws anew, with another look or other runs."""
        self._is_stale = True
        self.redraw()

    def add_panel(self, name: str) -> Plot:
        """One more panel, with a metric of its own."""
        plot = self._new_panel(name)
        self.extra.append(plot)
        self._arrange()
        self.refresh()
        self.keep()
        return plot

    def _new_panel(self, name: str) -> Plot:
        plot = Plot(name, self.look, shows_any=True)
        plot.closed.connect(lambda: self.remove_panel(plot))
        self._listen(plot)
        plot.changed.connect(self.keep)
        return plot

    def remove_panel(self, plot: Plot) -> None:
        self.extra.remove(plot)
        plot.hide()
        plot.deleteLater()
        self._arrange()
        self.keep()

    def smooth_by(self, word: str) -> None:
        """By one of ``SPANS``, or as suits the length of the run."""
        self.look.smoothing = word
        for data in (self.data, *(other.data for other in self.others)):
            data.smooth_by(SPANS.get(word))
        self.refresh()
        self.keep()

    def keep(self) -> None:
        """Remembers how the curves are shown, for the next session."""
        self.look.metric = self.accuracy.heading.wanted
        self.look.panels = [plot.heading.wanted for plot in self.extra]
        keep_look(self.look)

    def redraw(self) -> None:
        if not self._is_stale or not self.isVisible():
            return
        began = time.perf_counter()
        self._is_stale = False
        known = [self.data, *(other.data for other in self.others)]
        has_metric = any(data.metric_names() for data in known) or not any(data.steps for data in known)
        self.accuracy.setVisible(has_metric)
        for plot in self.plots:
            if plot is not self.accuracy or has_metric:
                plot.show_data(self.data, self.others)
        taken_ms = (time.perf_counter() - began) * 1_000
        self._pause_ms = max(LEAST_PAUSE_MS, round(SHARE * taken_ms))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.redraw()

    def _listen(self, plot: Plot) -> None:
        plot.legend.pointed.connect(self.run_pointed)
        plot.legend.chosen.connect(self.run_chosen)

    def _refresh_soon(self, least_ms: int = 0) -> None:
        self._is_stale = True
        if self.isVisible() and not self._timer.isActive():
            self._timer.start(max(self._pause_ms, least_ms))

    def _arrange(self) -> None:
        for plot in self.plots:
            self._grid.removeWidget(plot)
        columns = max(1, min(len(self.plots), max(2, self.width() // LEAST_WIDTH)))
        for number, plot in enumerate(self.plots):
            self._grid.addWidget(plot, number // columns, number % columns)
