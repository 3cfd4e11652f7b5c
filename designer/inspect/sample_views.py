"""Views of many samples at once: points in the plane, and masks over their pictures."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from designer.charts.frame import draw_focus, font_of
from designer.figures import counted, share
from designer.inspect.asker import Asker
from designer.inspect.part_view import PagedView, PartView
from designer.inspect.sheet_view import SheetView
from designer.theme import current, themes
from designer.widgets import label, scrolled
from runtime.questions import insight

COLORS = (
    "#56b4e9", "#e69f00", "#2fb58b", "#cc79a7", "#d9c53b", "#e0662e", "#8e7cff", "#9a9a9a", "#ff6166", "#4c9dff",
)  # fmt: skip
DOT = 3.5
NEAR = 10.0  # px from a point to the mouse
MORE = 72  # px for the words that there are more names
METHODS = {"PCA": "pca", "t-SNE": "t-sne"}
SAMPLES = 1000


class Cloud(QWidget):
    """Points with a colour for each class. A click chooses the nearest."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.points: list[list[float]] = []
        self.labels: list[int] = []
        self.names: list[str] = []
        self._near = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Samples as points")
        themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(420, 260)

    def show_points(self, points: list[list[float]], labels: list[int], names: list[str]) -> None:
        self.points, self.labels, self.names = points, labels, names
        self._near = -1
        self.setAccessibleDescription(f"{len(points)} samples of {len(names)} classes")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        places = self._places()
        for number, place in enumerate(places):
            color = QColor(COLORS[self.labels[number] % len(COLORS)] if self.labels else COLORS[0])
            color.setAlphaF(0.85)
            painter.setBrush(color)
            painter.drawEllipse(place, DOT, DOT)
        self._draw_names(painter)
        if self._near >= 0:
            painter.setPen(QPen(QColor(current().text), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(places[self._near], DOT + 3, DOT + 3)
        if self.hasFocus():
            draw_focus(painter, QRectF(self.rect()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        near = self._nearest(event.position())
        if near != self._near:
            self._near = near
            self.setToolTip(self._name_of(near))
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        near = self._nearest(event.position())
        if near >= 0:
            self.chosen.emit(near)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right walk through the points as they lie, Enter chooses."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self.points:
            order = sorted(range(len(self.points)), key=lambda number: self.points[number])
            here = order.index(self._near) + step if self._near >= 0 else 0
            self._near = order[min(max(here, 0), len(order) - 1)]
            self.setAccessibleDescription(self._name_of(self._near))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._near >= 0:
            self.chosen.emit(self._near)
        else:
            super().keyPressEvent(event)

    def _name_of(self, number: int) -> str:
        return self.names[self.labels[number]] if number >= 0 and self.labels and self.names else ""

    def _places(self) -> list[QPointF]:
        if not self.points:
            return []
        xs, ys = [p[0] for p in self.points], [p[1] for p in self.points]
        room = QRectF(12, 12, self.width() - 24, self.height() - 44)
        across, up = (max(xs) - min(xs)) or 1.0, (max(ys) - min(ys)) or 1.0
        return [
            QPointF(
                room.left() + (x - min_x) / across * room.width(), room.bottom() - (y - min_y) / up * room.height()
            )
            for min_x, min_y in [(min(xs), min(ys))]
            for x, y in self.points
        ]

    def _nearest(self, place: QPointF) -> int:
        found = [((p - place).manhattanLength(), n) for n, p in enumerate(self._places())]
        distance, number = min(found, default=(NEAR + 1, -1))
        return number if distance <= NEAR else -1

    def _draw_names(self, painter: QPainter) -> None:
        painter.setFont(font_of(self.font()))
        x = 12.0
        for number, name in enumerate(self.names):
            wide = 24 + painter.fontMetrics().horizontalAdvance(name)
            left = len(self.names) - number
            if x + wide > self.width() - (MORE if left > 1 else 0):
                painter.setPen(QColor(current().secondary))
                painter.drawText(QPointF(x, self.height() - 10), f"and {left} more")
                return
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(COLORS[number % len(COLORS)]))
            painter.drawEllipse(QRectF(x, self.height() - 18, 8, 8))
            painter.setPen(QColor(current().secondary))
            painter.drawText(QPointF(x + 12, self.height() - 10), name)
            x += wide


class EmbeddingView(PartView):
    """What a layer makes of samples, brought to the plane."""

    title = "Embedding"
    tip = "Samples as points: those that a layer sees alike lie together"
    sample_wanted = Signal(int)

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.method = QComboBox()
        self.method.setAccessibleName("Projection")
        self.method.addItems(list(METHODS))
        self.method.currentIndexChanged.connect(self.ask)
        self.controls.add(self.method, self.part, self.told)
        self.cloud = Cloud()
        self.cloud.chosen.connect(self._open_sample)
        self._rows: list[int] = []
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.cloud)

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return bool(about["embeds"])

    def ask(self) -> None:
        settings = {"method": METHODS[self.method.currentText()], "part": self.part.currentText(), "count": SAMPLES}
        self.told.setText("")
        self.question(insight.Embed, self._show, **settings)

    def _show(self, told: dict[str, Any]) -> None:
        self._rows = told["rows"]
        self.told.setText(f"{counted(len(self._rows), 'sample')} as {told['layer']} sees them")
        self.cloud.show_points(told["points"], told["labels"], told["classes"])

    def _open_sample(self, number: int) -> None:
        self.sample_wanted.emit(self._rows[number])


class MasksView(PagedView):
    """Classes of pixels: the picture, the right mask, the given mask, and where they differ."""

    title = "Masks"
    tip = "What each pixel is taken for"

    kind = insight.Masks
    per_page = 6

    def __init__(self, asker: Asker) -> None:
        super().__init__(asker)
        self.sheet = SheetView("Picture, right mask, given mask, difference")
        self.sheet.across = 4
        self.names = label("", wrap=True)
        self.names.setTextFormat(Qt.TextFormat.RichText)
        row = QHBoxLayout(self.content)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(scrolled(self.sheet), 4)
        row.addWidget(scrolled(self.names), 1)

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        return bool(about["task"] == "pixels")

    def show_page(self, told: dict[str, Any]) -> None:
        words = ("picture", "right", "given", "wrong in red")
        self.sheet.show_sheet(told, [words[n % 4] for n in range(told["count"])])
        self.sheet.enlarge(2.0)
        known = [iou for iou in told["iou"] if iou is not None]
        self.told.setText(f"mean IoU of these {share(sum(known) / max(1, len(known)))}")
        lines = ["IoU by class"]
        for name, (red, green, blue), iou in zip(told["classes"], told["colours"], told["iou"], strict=True):
            part = "–" if iou is None else share(iou, 0)
            lines.append(f'<span style="color:rgb({red},{green},{blue})">■</span> {name} · {part}')
        self.names.setText("<br>".join(lines))
