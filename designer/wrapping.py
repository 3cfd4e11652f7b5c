"""WrappingRow: widgets side by side, and in further lines below where a panel is too narrow for them."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLabel, QLayout, QLayoutItem, QWidget, QWidgetItem


class WrappingRow(QLayout):
    """Those that would like to be wider share what is left of their line; nothing is wider than the whole row."""

    def __init__(self, spacing: int = 8) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def add(self, *widgets: QWidget) -> None:
        for widget in widgets:
            self.addChildWidget(widget)
            self.addItem(QWidgetItem(widget))
        self.invalidate()

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]  # Qt asks beyond the last
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        lines = self._lines(width)
        return sum(_height(line) for line in lines) + self.spacing() * max(0, len(lines) - 1)

    def sizeHint(self) -> QSize:
        shown = self._shown()
        width = sum(item.sizeHint().width() for item in shown) + self.spacing() * max(0, len(shown) - 1)
        return QSize(width, _height(shown))

    def minimumSize(self) -> QSize:
        """One widget a line, at the least; how high that is follows from the width."""
        shown = self._shown()
        return QSize(max((item.minimumSize().width() for item in shown), default=0), _height(shown))

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        top = rect.top()
        for line in self._lines(rect.width()):
            height = _height(line)
            for item, (left, right) in zip(line, pairwise(self._edges(line, rect.width())), strict=True):
                size = QSize(right - left - self.spacing(), min(item.sizeHint().height(), height))
                at = QRect(rect.left() + left, top + (height - size.height()) // 2, size.width(), size.height())
                item.setGeometry(at)
            top += height + self.spacing()

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        lines: list[list[QLayoutItem]] = []
        left = 0
        for together in _with_their_names(self._shown()):
            needed = sum(item.sizeHint().width() + self.spacing() for item in together)
            if not lines or left < needed - self.spacing():
                lines.append([])
                left = width
            lines[-1].extend(together)
            left -= needed
        return lines

    def _edges(self, line: list[QLayoutItem], width: int) -> list[int]:
        """Where each begins, and at the end where one more would."""
        widths = [min(item.sizeHint().width(), width) for item in line]
        left = width - sum(widths) - self.spacing() * (len(line) - 1)
        wider = [n for n, item in enumerate(line) if item.expandingDirections() & Qt.Orientation.Horizontal]
        edges = [0]
        for number, wanted in enumerate(widths):
            more = max(0, left) // len(wider) if number in wider else 0
            edges.append(edges[-1] + wanted + more + self.spacing())
        return edges


def _with_their_names(items: list[QLayoutItem]) -> list[list[QLayoutItem]]:
    """A label and the field that it names are never parted."""
    found: list[list[QLayoutItem]] = []
    for item in items:
        before = found[-1][-1].widget() if found else None
        if isinstance(before, QLabel) and before.buddy() is item.widget():
            found[-1].append(item)
        else:
            found.append([item])
    return found


def _height(line: list[QLayoutItem]) -> int:
    return max((item.sizeHint().height() for item in line), default=0)
