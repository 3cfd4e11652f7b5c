"""What the window shows in its first moment: panels and bars in their places, before there is anything in them."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSettings
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from designer import theme

BAR, STATUS, MARGIN = 44, 27, 16  # px
PANELS = "window/panels"  # widths of the left and the right panel, height of the lower one


def kept_panel_sizes(width: int, height: int) -> tuple[int, int, int] | None:
    """As the user left them; None where nobody did, or where they would crowd out the canvas of this window."""
    kept = QSettings().value(PANELS)
    if not (isinstance(kept, list) and len(kept) == 3 and all(str(size).isdigit() for size in kept)):
        return None
    left, right, below = map(int, kept)
    return (left, right, below) if 2 * (left + right) <= width + 160 and 2 * below <= height else None


def panel_sizes(width: int, height: int) -> tuple[int, int, int]:
    """Left, right and lower panel: as the user left them, or as suits the window."""
    usual = (240, 320, 290) if width >= 1500 else (208, 288, 232)
    return kept_panel_sizes(width, height) or usual


def paint_skeleton(window: QWidget, *, has_panels: bool = True) -> None:
    """``has_panels`` is off where the start page will take their room."""
    colours = theme.current()
    painter = QPainter(window)
    width, height = window.width(), window.height()
    left, right, below = panel_sizes(width, height) if has_panels else (0, 0, 0)
    foot = STATUS if has_panels else 0
    middle = QRect(left, BAR, width - left - right, height - BAR - foot)
    painter.fillRect(window.rect(), QColor(colours.panel))
    painter.fillRect(middle.adjusted(0, 0, 0, -below), QColor(colours.canvas))
    line = QColor(colours.line)
    painter.fillRect(QRect(0, BAR - 1, width, 1), line)
    for hairline in (
        QRect(0, height - STATUS, width, 1),
        QRect(left, BAR, 1, middle.height()),
        QRect(width - right - 1, BAR, 1, middle.height()),
        QRect(left, height - STATUS - below, middle.width(), 1),
    ):
        if has_panels:
            painter.fillRect(hairline, line)
    font = window.font()
    font.setPixelSize(14)
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor(colours.text))
    painter.drawText(MARGIN, BAR // 2 + 5, "Netwright")
    painter.end()
