"""Views of results: confusion with its samples, the table of classes with ROC and calibration, residuals."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer.charts.chart import Chart
from designer.charts.line import line_through
from designer.figures import counted, figure, grouped, share
from designer.inspect.asker import Asker
from designer.inspect.matrix import Matrix
from designer.inspect.part_view import PartView
from designer.inspect.sheet_view import SheetView
from designer.theme import CURVE_COLORS, current
from designer.widgets import label, scrolled
from runtime.questions import insight

COLUMNS = ("Class", "Samples", "Precision", "Recall", "F1", "Loss", "AUROC")
TABLE_WIDTH, BAR = 380, 16  # px, and for a scroll bar
ROC, PRECISION, CALIBRATION = "roc", "pr", "calibration"
CURVES = {ROC: "ROC", PRECISION: "Precision and recall", CALIBRATION: "Calibration"}
AXES = {ROC: ("false alarms", "found"), PRECISION: ("recall", "precision")}


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
        self.controls.add(self.part, self.told)
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
            f"loss {figure(s['loss'])}. Click to see why."
            for s in self._samples
        ]
        self.sheet.faulty = frozenset(n for n, s in enumerate(self._samples) if s["right"] != s["given"])
        self.sheet.update()

    def _open_sample(self, number: int) -> None:
        if number < len(self._samples):
            self.sample_wanted.emit(self._samples[number]["row"])


class ClassesView(JudgedView):
    """A row a class, with its ROC or precision–recall curve, or the calibration of all, beside it."""

    title = "Classes"
    tip = "Precision, recall and curves of each class; calibration"

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.kind = QComboBox()
        self.kind.setAccessibleName("Curve")
        for key, words in CURVES.items():
            self.kind.addItem(words, key)
        self.kind.currentIndexChanged.connect(self._draw_curves)
        self.controls.add(self.part, self.kind, self.told)
        self._told: dict[str, Any] = {}
        self.table = _table()
        self.table.currentCellChanged.connect(lambda *_: self._draw_curves())
        self.curve = Chart("Curve")
        self.curve.fixed, self.curve.extent = (0.0, 1.0), (0.0, 1.0)
        self.curve.value_words = self.curve.place_words = "{:.3f}".format
        self.heading = label("", "secondary", wrap=True)
        row = QHBoxLayout(self.content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.table, 3)
        row.addWidget(_titled(self.curve, self.heading), 2)

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return bool(about["classes"])

    def show_judged(self, told: dict[str, Any]) -> None:
        self._told = told
        self.told.setText(f"calibration error {share(told['calibration']['error'])}")
        self.table.setRowCount(len(told["by_class"]))
        for number, (row, curve) in enumerate(zip(told["by_class"], told["curves"], strict=True)):
            area = f"{curve['auroc']:.3f}" if curve["auroc"] is not None else "–"
            texts = (row["name"], grouped(row["samples"]), *(share(row[k]) for k in ("precision", "recall", "f1")))
            for column, text in enumerate((*texts, figure(row["loss"]), area)):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(number, column, item)
        self.table.setMaximumWidth(self.table.horizontalHeader().length() + BAR)
        if self.table.currentRow() < 0:
            self.table.setCurrentCell(0, 0)
        self._draw_curves()

    def _draw_curves(self) -> None:
        number = self.table.currentRow()
        if not self._told or not 0 <= number < len(self._told["curves"]):
            return
        if self.kind.currentData() == CALIBRATION:
            self._draw_calibration()
        else:
            self._draw_curve_of(self._told["curves"][number])
        self.curve.setAccessibleName(self.heading.text())
        self.curve.refresh()

    def _draw_curve_of(self, curve: dict[str, Any]) -> None:
        key = self.kind.currentData()
        across, up = AXES[key]
        even = line_through("chance", current().secondary, [(0, 0), (1, 1)], "dashes")
        line = line_through(up, CURVE_COLORS["training"], sorted(curve[key]))
        self.curve.lines = [even, line] if key == ROC else [line]
        self.heading.setText(f"{CURVES[key]} of {curve['name']}: {up} against {across}")

    def _draw_calibration(self) -> None:
        found = self._told["calibration"]
        pairs = zip(found["surety"], found["right"], found["counts"], strict=True)
        points = [(sure, right) for sure, right, count in pairs if count]
        even = line_through("perfect", current().secondary, [(0, 0), (1, 1)], "dashes")
        self.curve.lines = [even, line_through("right", CURVE_COLORS["validation"], points, "marked")]
        self.heading.setText("Calibration: how often it is right where it is so sure")


class ResidualsView(JudgedView):
    """Told against wanted, for networks that tell numbers."""

    title = "Residuals"
    tip = "What it tells against what was wanted"

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.controls.add(self.part, self.told)
        self.against, self.residuals = Chart("Told against wanted"), Chart("Told less wanted")
        row = QHBoxLayout(self.content)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(_titled(self.against, label("Told against wanted", "secondary")))
        row.addWidget(_titled(self.residuals, label("Told less wanted, against wanted", "secondary")))

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return bool(about["task"] == "numbers")

    def show_judged(self, told: dict[str, Any]) -> None:
        error, samples = figure(told["mae"], 4), counted(told["samples"], "sample")
        self.told.setText(f"mean error {error}, R² {told['r2']:.3f}, {samples}")
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
    for column in range(len(COLUMNS)):
        side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
        table.horizontalHeaderItem(column).setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)  # Tab leads on to the curve
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.setMinimumWidth(TABLE_WIDTH)
    table.setAccessibleName("Classes")
    return table


def _titled(chart: Chart, title: QLabel) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    column.addWidget(title)
    column.addWidget(chart, 1)
    return holder
