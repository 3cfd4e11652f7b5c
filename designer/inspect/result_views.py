"""Views of results: confusion with its samples, the table of classes with ROC and calibration, residuals."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer.charts.chart import Chart
from designer.charts.line import line_through
from designer.figures import grouped, share
from designer.inspect.asker import Asker
from designer.inspect.matrix import Matrix
from designer.inspect.part_view import PartView
from designer.inspect.sheet_view import SheetView
from designer.theme import CURVE_COLORS, current
from designer.widgets import label, scrolled
from runtime.questions import insight

COLUMNS = ("Class", "Samples", "Precision", "Recall", "F1", "Loss", "AUROC")
TABLE_WIDTH = 560
CURVES = {"ROC": ("roc", "false alarms", "found"), "Precision and recall": ("pr", "recall", "precision")}


class JudgedView(PartView):
    """A part of the data, as the network judges it."""

    def ask(self) -> None:
        self.question(insight.Judge, self.show_judged, part=self.part.currentText())

    def show_judged(self, told: dict[str, Any]) -> None:
        """The answer."""
        raise NotImplementedError


class ConfusionView(JudgedView):
    """What is taken for what; a cell shows its samples, and without one the hardest are shown."""

    title = "Confusion"
    tip = "What is taken for what, and the hardest samples"
    sample_wanted = Signal(int)  # a row of the data

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.controls.addWidget(self.part)
        self.controls.addWidget(self.told)
        self.controls.addStretch()
        self.matrix = Matrix()
        self.matrix.chosen.connect(self._choose)
        self.words = label("", "secondary", wrap=True)
        self.sheet = SheetView("Samples")
        self.sheet.clicked.connect(self._open_sample)
        self._samples: list[dict[str, Any]] = []
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.words)
        column.addWidget(scrolled(self.sheet), 1)
        row = QHBoxLayout(self.content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.matrix)
        row.addWidget(side, 1)

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return bool(about["classes"])

    def show_judged(self, told: dict[str, Any]) -> None:
        self._names = told["classes"]
        wrong = round(told["samples"] * (1 - told["accuracy"]))
        self.told.setText(
            f"accuracy {share(told['accuracy'], 2)}, {grouped(wrong)} of {grouped(told['samples'])} wrong"
        )
        self.matrix.show_counts(told["confusion"], told["classes"])
        self._find(-1, -1)

    def _choose(self, right: int, given: int) -> None:
        self._find(right, given)

    def _find(self, right: int, given: int) -> None:
        self.words.setText(self.matrix.words_of(right, given) if right >= 0 else "The hardest samples, worst first")
        self.asker.ask(
            self.sheet,
            insight.FindSamples,
            self._show_samples,
            self.complain,
            part=self.part.currentText(),
            right=right,
            given=given,
        )

    def _show_samples(self, told: dict[str, Any]) -> None:
        self._samples = told["samples"]
        names = self._names
        captions = [f"{names[s['right']]} → {names[s['given']]}" for s in self._samples]
        self.sheet.show_sheet(told.get("sheet"), captions)
        self.sheet.tips = [
            f"Sample {s['row']}: {names[s['right']]}, taken for {names[s['given']]} with {share(s['probability'])}; "
            f"loss {s['loss']:.3g}. Click to see why."
            for s in self._samples
        ]
        self.sheet.faulty = frozenset(n for n, s in enumerate(self._samples) if s["right"] != s["given"])
        self.sheet.update()

    def _open_sample(self, number: int) -> None:
        if number < len(self._samples):
            self.sample_wanted.emit(self._samples[number]["row"])


class ClassesView(JudgedView):
    """A row a class, with ROC or precision–recall curves and calibration beside it."""

    title = "Classes"
    tip = "Precision, recall and curves of each class; calibration"

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.kind = QComboBox()
        self.kind.setAccessibleName("Curve")
        self.kind.addItems(list(CURVES))
        self.kind.currentIndexChanged.connect(self._draw_curves)
        for one in (self.part, self.kind, self.told):
            self.controls.addWidget(one)
        self.controls.addStretch()
        self._told: dict[str, Any] = {}
        self.table = _table()
        self.table.currentCellChanged.connect(lambda *_: self._draw_curves())
        self.curve, self.calibration = Chart("ROC"), Chart("Calibration")
        for chart in (self.curve, self.calibration):
            chart.fixed, chart.extent = (0.0, 1.0), (0.0, 1.0)
            chart.value_words = "{:.3f}".format
            chart.place_words = "{:.3f}".format
        row = QHBoxLayout(self.content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.table, 3)
        row.addWidget(_titled(self.curve, self.kind.currentText), 2)
        row.addWidget(_titled(self.calibration, lambda: "How often it is right where it is so sure"), 2)

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return bool(about["classes"])

    def show_judged(self, told: dict[str, Any]) -> None:
        self._told = told
        calibration = told["calibration"]
        self.told.setText(f"calibration error {share(calibration['error'])}")
        self.table.setRowCount(len(told["by_class"]))
        for number, (row, curve) in enumerate(zip(told["by_class"], told["curves"], strict=True)):
            area = f"{curve['auroc']:.3f}" if curve["auroc"] is not None else "–"
            texts = (row["name"], grouped(row["samples"]), *(share(row[k]) for k in ("precision", "recall", "f1")))
            for column, text in enumerate((*texts, f"{row['loss']:.3g}", area)):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(number, column, item)
        if self.table.currentRow() < 0:
            self.table.setCurrentCell(0, 0)
        pairs = zip(calibration["surety"], calibration["right"], calibration["counts"], strict=True)
        points = [(sure, right) for sure, right, count in pairs if count]
        even = line_through("perfect", current().secondary, [(0, 0), (1, 1)], "dashes")
        self.calibration.lines = [even, line_through("right", CURVE_COLORS["validation"], points, "marked")]
        self.calibration.refresh()
        self._draw_curves()

    def _draw_curves(self) -> None:
        number = self.table.currentRow()
        if not self._told or not 0 <= number < len(self._told["curves"]):
            return
        key, across, up = CURVES[self.kind.currentText()]
        curve = self._told["curves"][number]
        even = line_through("chance", current().secondary, [(0, 0), (1, 1)], "dashes")
        line = line_through(up, CURVE_COLORS["training"], sorted(curve[key]))
        self.curve.lines = [even, line] if key == "roc" else [line]
        self.curve.setAccessibleName(f"{self.kind.currentText()} of {curve['name']}: {up} against {across}")
        self.curve.refresh()


class ResidualsView(JudgedView):
    """Told against wanted, for networks that tell numbers."""

    title = "Residuals"
    tip = "What it tells against what was wanted"

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        for one in (self.part, self.told):
            self.controls.addWidget(one)
        self.controls.addStretch()
        self.against, self.residuals = Chart("Told against wanted"), Chart("Told less wanted")
        row = QHBoxLayout(self.content)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(_titled(self.against, lambda: "Told against wanted"))
        row.addWidget(_titled(self.residuals, lambda: "Told less wanted, against wanted"))

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return bool(about["task"] == "numbers")

    def show_judged(self, told: dict[str, Any]) -> None:
        self.told.setText(f"mean error {told['mae']:.4g}, R² {told['r2']:.3f}, {grouped(told['samples'])} samples")
        pairs = sorted(zip(told["wanted"], told["given"], strict=True))
        ends = (pairs[0][0], pairs[-1][0])
        even = line_through("right", current().secondary, [(ends[0], ends[0]), (ends[1], ends[1])], "dashes")
        self.against.lines = [even, line_through("told", CURVE_COLORS["training"], pairs, "cloud")]
        none = line_through("none", current().secondary, [(ends[0], 0), (ends[1], 0)], "dashes")
        errors = [(wanted, given - wanted) for wanted, given in pairs]
        self.residuals.lines = [none, line_through("error", CURVE_COLORS["validation"], errors, "cloud")]
        self.against.refresh()
        self.residuals.refresh()


def _table() -> QTableWidget:
    table = QTableWidget(0, len(COLUMNS))
    table.setHorizontalHeaderLabels(COLUMNS)
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    table.setMinimumWidth(TABLE_WIDTH)
    table.setAccessibleName("Classes")
    return table


def _titled(chart: Chart, title: Any) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    column.addWidget(label(title(), "secondary"))
    column.addWidget(chart, 1)
    return holder
