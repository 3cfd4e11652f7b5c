"""Ways: the runs as a table, as a table beside their curves, as points or as lines."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedLayout, QWidget

from designer.runs.beside_table import MOST, CurvesBesideTable
from designer.runs.parallel import ParallelPlot
from designer.runs.plots import RunPlot
from designer.runs.scatter import ScatterPage
from designer.runs.table import RunTable
from designer.runs.view import RunView

TABLE, CURVES, SCATTER, PARALLEL = WAYS = ("Table", "Table and curves", "Points", "Lines")


class Ways(QWidget):
    """Pages are made when they are first shown."""

    chosen = Signal(str, bool)  # a run, and whether others stay selected
    pointed = Signal(str)  # the run under the mouse

    def __init__(self, table: RunTable, view: RunView) -> None:
        super().__init__()
        self._table, self._view = table, view
        self._way = TABLE
        self._selected: list[str] = []
        self.pages: dict[str, ScatterPage | ParallelPlot] = {}
        self.curves: CurvesBesideTable | None = None
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(view)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._split)

    def show_way(self, way: str) -> None:
        self._way = way
        if way in (SCATTER, PARALLEL) and way not in self.pages:
            page = self.pages[way] = ScatterPage() if way == SCATTER else ParallelPlot()
            plot_of(page).chosen.connect(self.chosen)
            plot_of(page).pointed.connect(self.pointed)
            self._stack.addWidget(page)
        if way == CURVES and self.curves is None:
            self.curves = CurvesBesideTable()
            self.curves.pointed.connect(self.pointed)
            self.curves.chosen.connect(lambda path: self.chosen.emit(path, False))
            self._split.addWidget(self.curves)
            self._split.setSizes([self.width() // 2, self.width() // 2])
        if self.curves is not None:
            self.curves.setVisible(way == CURVES)
        self._stack.setCurrentWidget(self.pages.get(way, self._split))
        self.draw()

    def draw(self) -> None:
        """The plot that is shown, of the runs that pass the filter; curves of the first of them."""
        page, table = self.pages.get(self._way), self._table
        if isinstance(page, ScatterPage):
            page.show_runs(table.rows, table.known, table.values)
        elif page is not None:
            page.show_runs(table.rows, [c for c in table.known if "." in c.name or c.is_number], table.values)
        self.show_selection(self._selected)

    def show_selection(self, paths: Sequence[str]) -> None:
        self._selected = list(paths)
        if self.curves is not None:
            is_shown = self._way == CURVES
            self.curves.show_runs([*paths, *(row.path for row in self._table.rows[:MOST])] if is_shown else [])
            self._table.show_colors(self.curves.colors())
        page = self.pages.get(self._way)
        if page is not None:
            plot_of(page).show_selection(paths)

    def highlight(self, paths: Sequence[str]) -> None:
        """These stand out among the curves."""
        if self.curves is not None:
            self.curves.highlight(paths)


def plot_of(page: ScatterPage | ParallelPlot) -> RunPlot:
    return page.plot if isinstance(page, ScatterPage) else page
