"""Chooser: type a few words, choose with the arrows, press Enter. For commands, layers to add, and nodes to find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from designer import theme

OPTION = Qt.ItemDataRole.UserRole
ROW, MOST_ROWS, WIDTH, EDGE = 30, 11, 460, 8
STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: MOST_ROWS, Qt.Key.Key_PageUp: -MOST_ROWS}


@dataclass(frozen=True)
class Option:
    """One thing to choose. ``note`` stands at the right: a key, a family, a shape."""

    words: str
    act: Callable[[], object]
    note: str = ""
    family: str = ""


class Chooser(QFrame):
    """A field and what is found for its words, over a window. It goes when something else takes the focus."""

    closed = Signal()

    def __init__(self, parent: QWidget, prompt: str, find: Callable[[str], Sequence[Option]]) -> None:
        super().__init__(parent)
        self._find = find
        self._is_closing = False
        self.setProperty("role", "chooser")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.field = QLineEdit()
        self.field.setPlaceholderText(prompt)
        self.field.setAccessibleName(prompt)
        self.list = QListWidget()
        self.list.setAccessibleName("What was found")
        self.list.setItemDelegate(_OptionDelegate(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        layout.setSpacing(6)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        self.field.installEventFilter(self)
        self.field.textEdited.connect(self._search)
        self.list.itemClicked.connect(lambda item: self._choose(item))
        self._search("")

    def open_at(self, place: QPoint) -> None:
        """Shows it with its top left corner at a place of the parent, moved inside where it would stick out."""
        room = self.parentWidget().rect()
        self.setFixedWidth(min(WIDTH, room.width() - 2 * EDGE))
        self._fit()
        self.move(
            max(EDGE, min(place.x(), room.width() - self.width() - EDGE)),
            max(EDGE, min(place.y(), room.height() - self.height() - EDGE)),
        )
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)
        QApplication.instance().focusChanged.connect(self._follow_focus)  # type: ignore[union-attr]

    def open_above(self) -> None:
        """Shows it in the upper middle of the parent."""
        room = self.parentWidget().rect()
        self.open_at(QPoint((room.width() - min(WIDTH, room.width())) // 2, room.height() // 8))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = Qt.Key(event.key())
            if key in STEPS:
                self._go(STEPS[key])
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self.list.currentItem())
                return True
            if key in (Qt.Key.Key_Escape, Qt.Key.Key_Tab):
                self.dismiss()
                return True
        return super().eventFilter(watched, event)

    def dismiss(self) -> None:
        """Closes it without a choice."""
        if not self._is_closing:
            self._is_closing = True
            self.close()
            self.closed.emit()

    def options(self) -> list[Option]:
        """What is listed now."""
        items = (self.list.item(row).data(OPTION) for row in range(self.list.count()))
        return [option for option in items if option is not None]

    def _search(self, text: str) -> None:
        self.list.clear()
        for option in self._find(text.strip()):
            item = QListWidgetItem(f"{option.words}, {option.note}" if option.note else option.words)
            item.setData(OPTION, option)
            self.list.addItem(item)
        if not self.list.count():
            item = QListWidgetItem("Nothing has these words.")
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self._fit()

    def _fit(self) -> None:
        self.list.setFixedHeight(ROW * min(self.list.count(), MOST_ROWS) + 2)
        self.adjustSize()

    def _go(self, step: int) -> None:
        last = self.list.count() - 1
        row = self.list.currentRow() + step
        self.list.setCurrentRow((row % (last + 1)) if abs(step) == 1 else max(0, min(row, last)))

    def _choose(self, item: QListWidgetItem | None) -> None:
        option: Option | None = item.data(OPTION) if item is not None else None
        if option is not None:
            self.dismiss()
            option.act()

    def _follow_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is not None and new is not self and not self.isAncestorOf(new):
            self.dismiss()


class _OptionDelegate(QStyledItemDelegate):
    """A bar of the family's colour, the words, and the note at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # type: ignore[override]
        return QSize(0, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # type: ignore[override]
        colours, rect = theme.current(), QRectF(option.rect)
        shown: Option | None = index.data(OPTION)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver) and shown:
            is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.setBrush(QColor(colours.hover if is_chosen else colours.raised))
            painter.drawRoundedRect(rect, 6, 6)
        if shown is None:
            painter.setPen(QColor(colours.secondary))
            painter.drawText(rect.adjusted(12, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, index.data())
            painter.restore()
            return
        if shown.family:
            painter.setBrush(QColor(theme.family_color(shown.family)))
            painter.drawRoundedRect(QRectF(rect.left() + 8, rect.top() + 7, 4, ROW - 14), 2, 2)
        self._write(painter, option.font, rect.adjusted(20 if shown.family else 12, 0, -12, 0), shown)
        painter.restore()

    def _write(self, painter: QPainter, font: QFont, rect: QRectF, shown: Option) -> None:
        colours, metrics = theme.current(), QFontMetrics(font)
        room = rect.width()
        if shown.note:
            note = metrics.elidedText(shown.note, Qt.TextElideMode.ElideRight, int(room / 2))
            painter.setPen(QColor(colours.secondary))
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, note)
            room -= metrics.horizontalAdvance(note) + 16
        painter.setPen(QColor(colours.text))
        words = metrics.elidedText(shown.words, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, words)
