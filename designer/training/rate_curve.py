"""RateCurve: the learning rate over a run that has not begun, drawn small, with its value under the mouse."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer import theme
from designer.figures import figure, grouped
from runtime.recipe import Recipe

STEPS = 100  # an epoch, as long as the data are not known
POINTS = 480
HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 92, 56, 8, 8, 20  # px
TRAINING = "#56b4e9"


class RateCurve(QWidget):
    """Not there while the rate is constant."""

    def __init__(self) -> None:
        super().__init__()
        self._recipe = Recipe()
        self._samples: int | None = None  # in an epoch
        self._is_wanted = True
        self._steps: list[int] = []
        self.rates: list[float] = []
        self._hovered: float | None = None  # 0 to 1 along the run
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Learning rate over the run")
        theme.themes.changed.connect(self.update)
        self.hide()

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT)

    @property
    def epoch_steps(self) -> int:
        """Steps in an epoch: those of the data, where their number is known."""
        return STEPS if self._samples is None else self._recipe.epoch_steps(self._samples)

    def show_recipe(self, recipe: Recipe) -> None:
        if recipe != self._recipe or not self._steps:
            self._recipe = recipe
            self._draw()

    def know_samples(self, count: int | None) -> None:
        """How many samples are trained on; None while that is not known."""
        if count != self._samples:
            self._samples = count
            self._draw()

    def set_wanted(self, is_wanted: bool) -> None:
        """Hidden while other settings are looked for."""
        self._is_wanted = is_wanted
        self._show_or_hide()

    def _draw(self) -> None:
        recipe, per = self._recipe, self.epoch_steps
        total = recipe.total_steps(per)
        count = min(POINTS, total)
        self._steps = sorted({round(n * (total - 1) / max(count - 1, 1)) for n in range(count)})
        self.rates = [recipe.learning_rate_at(step, per) for step in self._steps]
        self._show_or_hide()
        self.setAccessibleDescription(self._in_words())
        self.update()

    def _show_or_hide(self) -> None:
        moves = self._recipe.schedule != "constant" or self._recipe.warmup_epochs > 0
        self.setVisible(moves and self._is_wanted)

    def said_at(self, part: float) -> str:
        """Epoch and rate at a place along the run, 0 to 1."""
        place = round(part * (len(self._steps) - 1))
        return f"epoch {self._steps[place] / self.epoch_steps:.3g}: {figure(self.rates[place])}"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self._place()
        self._hovered = min(max((event.position().x() - place.left()) / max(place.width(), 1), 0.0), 1.0)
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._hovered = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.rates:
            return
        colours, place = theme.current(), self._place()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.drawLine(place.bottomLeft(), place.bottomRight())
        painter.drawLine(place.topLeft(), place.topRight())
        self._write_ends(painter, place)
        painter.setPen(QPen(QColor(TRAINING), 1.5))
        painter.drawPolyline(QPolygonF([self._point(place, n) for n in range(len(self.rates))]))
        if self._hovered is not None:
            self._draw_hovered(painter, place)
        painter.end()

    def _place(self) -> QRectF:
        return QRectF(LEFT, TOP, max(self.width() - LEFT - RIGHT, 1), HEIGHT - TOP - BOTTOM)

    def _point(self, place: QRectF, number: int) -> QPointF:
        along = self._steps[number] / max(self._steps[-1], 1)
        return QPointF(
            place.left() + along * place.width(), place.bottom() - self.rates[number] / self._top() * place.height()
        )

    def _top(self) -> float:
        return max(*self.rates, 1e-12) if len(self.rates) > 1 else max(self.rates[0], 1e-12)

    def _write_ends(self, painter: QPainter, place: QRectF) -> None:
        painter.setFont(theme.mono_font())
        painter.setPen(QColor(theme.current().secondary))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value, y in ((figure(self._top()), place.top()), ("0", place.bottom())):
            painter.drawText(QRectF(0, y - 8, LEFT - 6, 16), right, value)
        below = QRectF(place.left(), place.bottom() + 2, place.width(), BOTTOM - 2)
        painter.drawText(below, right, self._end_in_words())
        if self._recipe.schedule == "plateau":
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "falls on plateaus")

    def _end_in_words(self) -> str:
        """Where the run ends; in steps too, where the data say how many there are."""
        total = self._recipe.total_steps(self.epoch_steps)
        epoch = f"epoch {total / self.epoch_steps:.4g}"
        return epoch if self._samples is None else f"{epoch} · {grouped(total)} steps"

    def _draw_hovered(self, painter: QPainter, place: QRectF) -> None:
        assert self._hovered is not None
        number = round(self._hovered * (len(self._steps) - 1))
        point = self._point(place, number)
        painter.setPen(QPen(QColor(theme.current().secondary), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(point.x(), place.top()), QPointF(point.x(), place.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(TRAINING))
        painter.drawEllipse(point, 3, 3)
        said = self.said_at(self._hovered)
        width = painter.fontMetrics().horizontalAdvance(said) + 12
        left = min(max(point.x() - width / 2, place.left()), place.right() - width)
        over = place.top() if point.y() > place.center().y() else place.bottom() - 18
        box = QRectF(left, over, width, 18)
        painter.setBrush(QColor(theme.current().raised))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(theme.current().text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, said)

    def _in_words(self) -> str:
        highest = max(range(len(self.rates)), key=self.rates.__getitem__)
        return (
            f"Begins at {figure(self.rates[0])}, is highest with {figure(self.rates[highest])} at epoch "
            f"{self._steps[highest] / self.epoch_steps:.3g}, ends at {figure(self.rates[-1])}."
        )
