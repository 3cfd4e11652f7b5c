"""Plot: the curves of one quantity of a run, and of other runs beside it. Imported when curves are first shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from designer.charts.axis import seconds_written
from designer.charts.chart import LEFT, Chart
from designer.charts.events import Mark
from designer.charts.line import Line
from designer.figures import grouped
from designer.theme import CURVE_COLORS, current
from designer.training.heading import Heading
from designer.training.legend import Legend
from designer.training.look import Look
from designer.training.series import CurveData, Points, Quantity
from designer.training.standing import number
from designer.widgets import button
from runtime.recipe_parts.words import SHARES

RATE = "learning_rate"
PALE = 0.25  # opacity of runs beside those that stand out


@dataclass
class Beside:
    """Another run, shown in a colour of its own."""

    title: str
    color: str
    data: CurveData


class Plot(QWidget):
    """Title, curves and legend of the loss, or of accuracy and the metrics beside it."""

    closed = Signal()
    changed = Signal()  # another metric or axis, by hand

    def __init__(self, name: str, look: Look | None = None, *, shows_any: bool = False) -> None:
        super().__init__()
        self.look = look or Look()
        self._shows_any = shows_any
        self.heading = Heading(name)
        self.heading.chosen.connect(self._choose)
        self.chart = Chart(name)
        self.chart.place_words = self._place_words
        self.legend = Legend(percent=self._is_share)
        self.drawn = 0  # training values in the picture
        self._data: CurveData | None = None
        self._others: Sequence[Beside] = ()
        self.logarithm = button("log", self._turn, "link", "Logarithmic axis, for what falls by powers of ten")
        self.logarithm.setCheckable(True)
        self.fit_button = button("Show all", self.fit, "link", "Zoom out again (Home)")
        self.fit_button.hide()
        self.follow_button = button("Follow", self._follow, "link", "Let the part that is shown move on with the end")
        self.follow_button.setCheckable(True)
        self.follow_button.hide()
        self.chart.zoomed.connect(self._on_zoom)
        self.chart.moved.connect(lambda: self._follow(False))
        self.close_button = QPushButton("×")
        self.close_button.setProperty("role", "link")
        self.close_button.setToolTip("Take this panel away")
        self.close_button.setAccessibleName("Take this panel away")
        self.close_button.clicked.connect(self.closed)
        self.close_button.setVisible(shows_any)
        self._lay_out()

    def show_data(self, data: CurveData, others: Sequence[Beside] = ()) -> None:
        """Draws what is known now."""
        self._data, self._others = data, others
        rate = [RATE] if len(data.rate) else []
        metrics = list(dict.fromkeys(name for d in (data, *(o.data for o in others)) for name in d.metric_names()))
        if self._shows_any:
            self.heading.offer(["loss", *metrics, *rate])
        elif self.heading.name != "loss" and metrics:
            self.heading.offer([*metrics, *rate])
        self._draw(data)

    def fit(self) -> None:
        """Shows the whole training again after a look at a part of it."""
        self.chart.fit()

    def csv(self) -> str:
        """Every value that is drawn: run, part, step, epoch, seconds and value."""
        rows = ["run,part,step,epoch,seconds,value"]
        for title, data in [("", self._data), *((other.title, other.data) for other in self._others)]:
            if data is not None:
                rows += _rows(title, self.heading.name, data)
        return "\n".join(rows) + "\n"

    @property
    def _is_share(self) -> bool:
        return self.heading.name in SHARES

    def _lay_out(self) -> None:
        row = self.head = QHBoxLayout()
        row.setContentsMargins(round(LEFT), 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.heading)
        row.addStretch()
        for one in (self.follow_button, self.fit_button, self.logarithm, self.close_button):
            row.addWidget(one)
        below = QHBoxLayout()
        below.setContentsMargins(round(LEFT), 0, 0, 0)
        below.addWidget(self.legend)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.chart, 1)
        column.addLayout(below)

    def _show_chosen(self) -> None:
        if self._data is not None:
            self._draw(self._data)

    def _choose(self) -> None:
        self._show_chosen()
        self.changed.emit()

    def _turn(self) -> None:
        self.look.logarithmic ^= {self.heading.name}
        self._choose()

    def _follow(self, follows: bool | None = None) -> None:
        """As the button says, unless it is told otherwise."""
        if follows is not None:
            self.follow_button.setChecked(follows)
        self.chart.follow(self.follow_button.isChecked())

    def _on_zoom(self, is_zoomed: bool) -> None:
        self.fit_button.setVisible(is_zoomed)
        self.follow_button.setVisible(is_zoomed)
        if not is_zoomed and self.follow_button.isChecked():
            self._follow(False)

    def _draw(self, data: CurveData) -> None:
        name, chart, scale = self.heading.name, self.chart, self.look.scale
        self.legend.show_percent(self._is_share)
        self.logarithm.setVisible(not self._is_share)
        self.logarithm.setChecked(name in self.look.logarithmic)
        quantity = data.quantity(name)
        lines = _paled(self._lines(data, quantity)) if self.look.is_pale("") else self._lines(data, quantity)
        for other in sorted(self._others, key=lambda each: not self.look.is_pale(each.title)):
            beside = self._lines_beside(other)
            lines += _paled(beside) if self.look.is_pale(other.title) else beside
        self.drawn = len(quantity.training) if quantity else len(data.rate)
        chart.name = self.heading.text()
        chart.lines, chart.marks = lines, self._marks(data)
        chart.strokes = data.places_of(data.saved if self.look.shows_events else [], scale)
        chart.extent = data.extent(scale)
        chart.fixed = (0.0, 1.0) if self._is_share else None
        chart.is_log_across = self.look.is_log_across
        chart.is_log = name in self.look.logarithmic and not self._is_share
        chart.value_words = self._written
        chart.tick_words = seconds_written if scale == "time" else None
        pale = frozenset(o.title for o in self._others if self.look.is_pale(o.title))
        others = [(o.title, o.color) for o in self._others]
        self.legend.show_values(quantity.last() if quantity else {}, others, pale)
        chart.setAccessibleDescription(self.legend.accessibleName())
        chart.refresh()

    def _lines(self, data: CurveData, quantity: Quantity | None) -> list[Line]:
        scale, places = self.look.scale, data.standing(self.look.scale)
        if quantity is None:
            return [self._of_rate(data, on_right=False)]
        training = quantity.training
        lines = [Line("training", CURVE_COLORS["training"], training.smooth, places)]
        if self.look.shows_raw:
            lines.append(Line("raw", CURVE_COLORS["training"], training.raw, places, "band"))
        for part, style in (("validation", "marked"), ("test", "points")):
            points: Points = getattr(quantity, part)
            lines.append(Line(part, CURVE_COLORS[part], points.values, points.standing(scale), style))  # type: ignore[arg-type]
        if self.look.shows_rate and len(data.rate):
            lines.append(self._of_rate(data, on_right=True))
        return lines

    def _of_rate(self, data: CurveData, *, on_right: bool) -> Line:
        places = data.rate.standing(self.look.scale)
        color, style = (current().secondary, "dashes") if on_right else (CURVE_COLORS["training"], "line")
        return Line(RATE, color, data.rate.values, places, style, on_right, words="rate")  # type: ignore[arg-type]

    def _lines_beside(self, other: Beside) -> list[Line]:
        quantity, scale = other.data.quantity(self.heading.name), self.look.scale
        if quantity is None:
            return []
        pale = QColor(other.color)
        pale.setAlphaF(1.0 if other.title in self.look.highlighted else 0.55)
        smooth, points = quantity.training.smooth, quantity.validation
        return [
            Line(f"{other.title} training", pale.name(QColor.NameFormat.HexArgb), smooth, other.data.standing(scale)),
            Line(f"{other.title} validation", other.color, points.values, points.standing(scale), "marked"),
        ]

    def _marks(self, data: CurveData) -> list[Mark]:
        if not self.look.shows_events:
            return []
        words = {"resumed": data.resumed, "rate": data.rates_set, "kept": data.kept}
        events = [(step, word) for word, steps in words.items() for step in steps]
        if data.best_step is not None:
            events.append((data.best_step, "best"))
        places = data.places_of([step for step, _ in events], self.look.scale).tolist()
        return [Mark(place, word) for place, (_, word) in zip(places, events, strict=True)]

    def _place_words(self, place: float) -> str:
        if self.look.scale == "time":
            return seconds_written(place)
        return f"epoch {place:.2f}" if self.look.scale == "epoch" else f"step {grouped(round(place))}"

    def _written(self, value: float) -> str:
        return f"{value * 100:.1f} %" if self._is_share else number(value)


def _paled(lines: Sequence[Line]) -> list[Line]:
    """Behind those that stand out; raw values would still be too much."""
    pale = []
    for line in lines:
        color = QColor(line.color)
        color.setAlphaF(PALE * color.alphaF())
        if line.style != "band":
            pale.append(replace(line, color=color.name(QColor.NameFormat.HexArgb)))
    return pale


def _rows(title: str, name: str, data: CurveData) -> list[str]:
    quantity = data.quantity(name)
    steps, epochs, seconds = (data.standing(scale) for scale in ("step", "epoch", "time"))
    rows = []
    if quantity is not None:
        values = quantity.training.raw.values.tolist()
        count = len(values)
        places = (steps.places(0, count), epochs.places(0, count), seconds.places(0, count))
        rows += [_row(title, "training", *each) for each in zip(*(p.tolist() for p in places), values, strict=True)]
    series = (
        [(RATE, data.rate)] if quantity is None else [("validation", quantity.validation), ("test", quantity.test)]
    )
    for part, points in series:
        columns = [points.places[scale].values.tolist() for scale in ("step", "epoch", "time")]
        rows += [_row(title, part, *each) for each in zip(*columns, points.values.values.tolist(), strict=True)]
    return rows


def _row(title: str, part: str, step: float, epoch: float, seconds: float, value: float) -> str:
    quoted = title.replace('"', '""')
    return f'"{quoted}",{part},{round(step)},{epoch:.6g},{seconds:.3f},{value:.9g}'
