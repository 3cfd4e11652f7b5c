"""MemoryBar: the memory of a device as a bar: what is taken, what a training step would take, what is left."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.figures import memory
from designer.theme import current, themes

WIDTH, HEIGHT = 72, 8  # px


class MemoryBar(QWidget):
    """Red, and full, where the step does not fit."""

    def __init__(self) -> None:
        super().__init__()
        self.total = self.free = self.needed = 0  # bytes
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Memory of the device")
        themes.changed.connect(self.update)
        self.hide()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, HEIGHT)

    @property
    def fits(self) -> bool:
        return self.needed <= self.free

    @property
    def shares(self) -> tuple[float, float]:
        """Of the whole: what is taken by others, and what the step takes, as far as there is room."""
        taken = (self.total - self.free) / self.total
        return taken, min(self.needed / self.total, 1 - taken)

    def show_memory(self, total: int, free: int, needed: int) -> None:
        self.total, self.free, self.needed = total, min(free, total), needed
        self.setAccessibleDescription(
            f"{memory(total - free)} of {memory(total)} are taken, a step takes {memory(needed)}"
        )
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect())
        outline = QPainterPath()
        outline.addRoundedRect(whole, 3, 3)
        painter.setClipPath(outline)
        painter.fillRect(whole, QColor(theme.line))
        taken, needed = self.shares
        left = taken * whole.width()
        painter.fillRect(QRectF(0, 0, left, whole.height()), QColor(theme.secondary))
        width = max(2.0, needed * whole.width())
        painter.fillRect(
            QRectF(min(left, whole.width() - width), 0, width, whole.height()),
            QColor(theme.accent if self.fits else theme.fault),
        )
