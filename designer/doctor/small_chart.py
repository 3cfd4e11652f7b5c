"""Small charts beside a sentence: lines over steps, bars by name, histograms."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.charts.chart import Chart
from designer.charts.line import line_through
from designer.inspect.bars import Bars
from designer.theme import CURVE_COLORS, current
from designer.widgets import label
from runtime.doctor.findings import Evidence
from runtime.questions import stepwise

COLORS = (*CURVE_COLORS.values(), "#cc79a7", "#d9c53b", "#e0662e")
HEIGHT = 120


def evidence_chart(evidence: Evidence) -> QWidget:
    """What convinced the doctor, with the line that was crossed."""
    chart = Chart(evidence.title)
    lines = [
        line_through(series.name, COLORS[number % len(COLORS)], zip(series.steps, series.values, strict=True))
        for number, series in enumerate(evidence.series)
    ]
    chart.lines = lines
    if evidence.level is not None and lines:
        low, high = chart.whole()
        chart.lines = [
            *lines,
            line_through("limit", current().fault, [(low, evidence.level), (high, evidence.level)], "dashes"),
        ]
    chart.is_log = evidence.is_logarithmic
    chart.place_words = lambda place: f"{evidence.x_title} {place:g}"
    return _titled(evidence.title, chart)


def check_chart(shown: stepwise.Chart) -> QWidget:
    """The small chart of a check."""
    if shown.kind == "lines":
        chart = Chart(shown.title)
        chart.lines = [
            line_through(name, COLORS[n % len(COLORS)], zip(shown.x or range(len(values)), values, strict=True))
            for n, (name, values) in enumerate(shown.series.items())
        ]
        chart.is_log = shown.is_logarithmic
        return _titled(shown.title, chart)
    bars = Bars(shown.title)
    values = next(iter(shown.series.values()), [])
    ends = (shown.x[0], shown.x[-1]) if shown.kind == "histogram" and shown.x else None
    bars.show_values(values, ends, shown.labels)
    return _titled(shown.title, bars)


def _titled(title: str, chart: QWidget) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    column.addWidget(label(title, "secondary"))
    chart.setFixedHeight(HEIGHT)
    column.addWidget(chart)
    return holder
