"""Plot: the curves of one quantity over the epochs, drawn by pyqtgraph. Imported when curves are first shown."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from designer.theme import CURVE_COLORS, current, themes
from designer.training import scale
from designer.training.heading import Heading
from designer.training.legend import Legend
from designer.training.series import CurveData, Floats, Quantity
from designer.training.standing import number

SHARES = ("accuracy", "top5_accuracy", "precision", "recall", "f1", "iou", "dice")  # between 0 and 1
RAW_ALPHA = round(0.28 * 255)
AXIS_WIDTH, AXIS_HEIGHT = 38, 20
EDGE = 0.03  # of the height, so that a line along an end is drawn whole


class Plot(QWidget):
    """Title, curves and legend of the loss, or of accuracy and the metrics beside it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._has_choice = name != "loss"
        self.heading = Heading(name)
        self.heading.chosen.connect(self._show_chosen)
        self._all: CurveData | None = None
        self._is_zoomed = False
        self._data: tuple[Quantity, Floats] | None = None
        low, high, ticks = scale.vertical(0.0, 1.0)
        self._view = ((0.0, 1.0), (low, high))
        self._ticks = (ticks, scale.epochs(1, 2 * AXIS_WIDTH))
        self.legend = Legend(percent=self._is_share)
        self.drawn = 0  # training values in the picture
        self._fit_button = QPushButton("Show all", self)
        self._fit_button.setProperty("role", "link")
        self._fit_button.clicked.connect(self.fit)
        self._fit_button.hide()
        self._make_plot()
        row = QHBoxLayout()
        row.setContentsMargins(AXIS_WIDTH, 0, 0, 0)
        row.addWidget(self.heading)
        row.addStretch()
        row.addWidget(self._fit_button)
        below = QHBoxLayout()
        below.setContentsMargins(AXIS_WIDTH, 0, 0, 0)
        below.addWidget(self.legend)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.graph, 1)
        column.addLayout(below)
        themes.changed.connect(self._restyle)
        self._restyle()

    def show_data(self, data: CurveData) -> None:
        """Draws what is known now."""
        self._all = data
        if self._has_choice:
            self.heading.offer(data.metric_names())
        self._draw(data)

    @property
    def _is_share(self) -> bool:
        return self.heading.name in SHARES

    def _show_chosen(self) -> None:
        self.legend.show_percent(self._is_share)
        if self._all is not None:
            self._draw(self._all)

    def _draw(self, data: CurveData) -> None:
        quantity = data.quantity(self.heading.name)
        training = quantity.training
        epochs = data.epochs_of_steps()[: len(training)]
        self._data = (quantity, epochs)
        self.drawn = len(training)
        self._raw.setData(epochs, training.raw.values)
        self._smooth.setData(epochs, training.smooth.values)
        self._smooth.setSymbol("o" if len(training) == 1 else None)  # one value makes no line
        for curve, points in ((self._validation, quantity.validation), (self._test, quantity.test)):
            curve.setData(points.epochs.values, points.values.values)
        self._best.setVisible(data.best_epoch is not None)
        if data.best_epoch is not None:
            self._best.setValue(data.best_epoch)
        self.legend.show_values(quantity.last())
        self._show_axes(data, quantity)

    def fit(self) -> None:
        """Shows the whole training again after a look at a part of it."""
        self._is_zoomed = False
        self._fit_button.hide()
        self.graph.getPlotItem().getAxis("left").setGrid(False)
        self._set_range()

    def leaveEvent(self, event: QEvent) -> None:
        self._hide_reading()
        super().leaveEvent(event)

    def _make_plot(self) -> None:
        self.graph = graph = pg.PlotWidget()
        graph.setMenuEnabled(False)
        graph.hideButtons()
        graph.setFrameShape(pg.QtWidgets.QFrame.Shape.NoFrame)
        graph.setMinimumHeight(80)
        item = graph.getPlotItem()
        item.setContentsMargins(0, 6, 12, 0)
        item.setDownsampling(auto=True, mode="peak")
        item.setClipToView(True)
        item.getAxis("left").setWidth(AXIS_WIDTH)
        item.getAxis("bottom").setHeight(AXIS_HEIGHT)
        item.getAxis("left").setStyle(tickLength=0, tickTextOffset=8, hideOverlappingLabels=False)
        item.getAxis("bottom").setStyle(tickLength=0, tickTextOffset=4, hideOverlappingLabels=False)
        view = item.getViewBox()
        view.setDefaultPadding(0)
        view.sigRangeChangedManually.connect(self._on_zoomed)
        # The grid of an axis would hide the numbers at its ends.
        self._lines = [item.addLine(y=0) for _ in range(scale.PARTS + 1)]
        self._raw, self._smooth = item.plot(), item.plot(antialias=True, symbolSize=5, symbolPen=None)
        self._validation = item.plot(antialias=True, symbol="o", symbolSize=5)
        self._test = item.plot(pen=None, symbol="o", symbolSize=9)
        place = 0.1 if self._has_choice else 0.92  # where the curves are not, late in a training
        self._best = pg.InfiniteLine(
            angle=90, label="best", labelOpts={"position": place, "anchors": [(0, 0.5), (0, 0.5)]}
        )
        self._best.hide()
        self._cursor = pg.InfiniteLine(angle=90)
        self._reading = pg.TextItem(anchor=(0, 0))
        for extra in (self._best, self._cursor, self._reading):
            item.addItem(extra, ignoreBounds=True)
        self._hide_reading()
        graph.scene().sigMouseMoved.connect(self._read_at)

    def _restyle(self) -> None:
        theme = current()
        self.graph.setBackground(theme.panel)
        font = QFont(self.font())
        font.setPixelSize(11)
        for side in ("left", "bottom"):
            axis = self.graph.getPlotItem().getAxis(side)
            axis.setTickFont(font)
            axis.setTextPen(theme.secondary)
            axis.setPen(pg.mkPen(None))
            axis.setTickPen(pg.mkPen(theme.line))
        for line in self._lines:
            line.setPen(pg.mkPen(theme.line, width=1))
        training, validation = CURVE_COLORS["training"], CURVE_COLORS["validation"]
        raw = QColor(training)
        raw.setAlpha(RAW_ALPHA)
        self._raw.setPen(pg.mkPen(raw, width=1))
        self._smooth.setPen(pg.mkPen(training, width=2))
        self._smooth.setSymbolBrush(training)
        self._validation.setPen(pg.mkPen(validation, width=2))
        self._validation.setSymbolBrush(validation)
        self._validation.setSymbolPen(None)
        self._test.setSymbolBrush(CURVE_COLORS["test"])
        self._test.setSymbolPen(pg.mkPen(theme.panel, width=1.5))
        self._best.setPen(pg.mkPen(theme.secondary, width=1, style=Qt.PenStyle.DashLine))
        self._best.label.setColor(theme.secondary)
        self._best.label.setFont(font)
        self._cursor.setPen(pg.mkPen(theme.wire, width=1))
        self._reading.setColor(theme.text)
        self._reading.setFont(font)
        self._reading.fill = pg.mkBrush(theme.raised)
        self._reading.border = pg.mkPen(theme.line)

    def _show_axes(self, data: CurveData, quantity: Quantity) -> None:
        if self._is_share:
            low, high, ticks = 0.0, 1.0, [(t / 4, f"{t / 4:g}") for t in range(5)]
        else:
            low, high, ticks = scale.vertical(*_extent(quantity))
        self._view = ((0.0, float(data.epochs)), (low, high))
        self._ticks = (ticks, scale.epochs(data.epochs, self.graph.width() - AXIS_WIDTH))
        self._set_range()

    def _set_range(self) -> None:
        if self._is_zoomed:
            return
        horizontal, (low, high) = self._view
        vertical_ticks, epoch_ticks = self._ticks
        item, edge = self.graph.getPlotItem(), EDGE * (high - low)
        item.getAxis("left").setTicks([vertical_ticks])
        item.getAxis("bottom").setTicks([epoch_ticks])
        for line, (value, _) in zip(self._lines, vertical_ticks, strict=True):
            line.setValue(value)
            line.show()
        self.graph.setRange(xRange=horizontal, yRange=(low - edge, high + edge), padding=0)

    def _on_zoomed(self) -> None:
        self._is_zoomed = True
        self._fit_button.show()
        for side in ("left", "bottom"):
            self.graph.getPlotItem().getAxis(side).setTicks(None)
        for line in self._lines:
            line.hide()
        self.graph.getPlotItem().getAxis("left").setGrid(255)

    def _read_at(self, place: QPointF) -> None:
        view = self.graph.getPlotItem().getViewBox()
        if (
            self._data is None
            or not (len(self._data[1]) or len(self._data[0].validation))
            or not view.sceneBoundingRect().contains(place)
        ):
            self._hide_reading()
            return
        quantity, epochs = self._data
        has_training = len(epochs) > 0
        places = epochs if has_training else quantity.validation.epochs.values
        at = view.mapSceneToView(place)
        index = int(np.clip(np.searchsorted(places, at.x()), 0, len(places) - 1))
        epoch = float(places[index])
        words = [f"epoch {epoch:.2f}"]
        if has_training:
            words.append(f"training {self._written(quantity.training.smooth.values[index])}")
        if len(quantity.validation):
            nearest = int(np.argmin(np.abs(quantity.validation.epochs.values - epoch)))
            words.append(f"validation {self._written(quantity.validation.values.values[nearest])}")
        self._cursor.setValue(epoch)
        self._reading.setText("\n".join(words))
        (left, right), (_, top) = view.viewRange()
        self._reading.setAnchor((1, 0) if epoch > (left + right) / 2 else (0, 0))
        self._reading.setPos(epoch, top)
        self._cursor.show()
        self._reading.show()

    def _hide_reading(self) -> None:
        self._cursor.hide()
        self._reading.hide()

    def _written(self, value: float) -> str:
        return f"{value * 100:.1f} %" if self._is_share else number(float(value))


def _extent(quantity: Quantity) -> tuple[float, float]:
    """Least and greatest of what is drawn in full colour; a single wild step does not press the rest flat."""
    shown = [quantity.training.smooth.values, quantity.validation.values.values, quantity.test.values.values]
    finite = [values[np.isfinite(values)] for values in shown]
    if not any(len(values) for values in finite):
        return 0.0, 1.0
    values = np.concatenate(finite)
    return float(values.min()), float(values.max())
