"""Small widgets that several panels share."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from designer import theme
from designer.figures import percent


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """A label in one of the roles of the stylesheet: title, heading, secondary, fault, warning, good."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    return made


class CutLabel(QLabel):
    """One line that is cut short with … where there is no room for it; the whole is in its tip."""

    def __init__(self, role: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        if role:
            self.setProperty("role", role)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        sides = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        role, is_on = self.foregroundRole(), self.isEnabled()
        self.style().drawItemText(painter, self.rect(), sides, self.palette(), is_on, shown, role)
        painter.end()


def button(text: str, on_click: Callable[[], object], role: str = "", tip: str = "") -> QPushButton:
    made = QPushButton(text)
    made.clicked.connect(lambda: on_click())
    made.setToolTip(tip)
    if role:
        made.setProperty("role", role)
    return made


class TryAgain(QPushButton):
    """Stands beside a sentence that says why something could not be shown, and asks for it once more."""

    def __init__(self, ask: Callable[[], object]) -> None:
        super().__init__("Try again")
        self.setToolTip("Asks once more; a process that ended is started anew")
        self.setAutoDefault(False)
        self.clicked.connect(lambda: ask())
        self.hide()


def restyle(widget: QWidget, **properties: object) -> None:
    """Sets properties that the stylesheet asks for, and dresses the widget again where one differs."""
    if all(widget.property(name) == value for name, value in properties.items()):
        return
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def line(*, vertical: bool = False) -> QFrame:
    """A hairline."""
    made = QFrame()
    made.setProperty("role", "line")
    if vertical:
        made.setFixedWidth(1)
    else:
        made.setFixedHeight(1)
    return made


def empty(layout: QLayout) -> None:
    """Takes every widget out of a layout, for good."""
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def scrolled(content: QWidget) -> QScrollArea:
    """The widget in a scroll area that only scrolls up and down."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.viewport().setAutoFillBackground(False)
    content.setAutoFillBackground(False)
    area.setWidget(content)
    return area


class EmptyState(QWidget):
    """What an empty place says: what goes there, and the one next action."""

    def __init__(self, text: str, action: QPushButton | None = None) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addStretch()
        self._text = label(text, "secondary", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self._text)
        if action is not None:
            layout.addWidget(action, alignment=Qt.AlignmentFlag.AlignCenter)
        layout.addStretch()

    def say(self, text: str) -> None:
        self._text.setText(text)

    @property
    def text(self) -> str:
        return self._text.text()


class Fold(QWidget):
    """A heading that shows and hides what stands below it."""

    def __init__(self, title: str, content: QWidget, *, is_open: bool = False) -> None:
        super().__init__()
        self._title, self.content = title, content
        self.head = button("", self._toggle, "link")
        self.head.setCheckable(True)
        self.head.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.head)
        layout.addWidget(content)
        self.set_open(is_open)

    @property
    def is_open(self) -> bool:
        return self.head.isChecked()

    def set_open(self, is_open: bool) -> None:
        self.head.setChecked(is_open)
        self.head.setText(f"{'▾' if is_open else '▸'}  {self._title}")
        self.head.setAccessibleName(f"{self._title}, {'shown' if is_open else 'hidden'}")
        self.content.setVisible(is_open)

    def set_title(self, title: str) -> None:
        self._title = title
        self.set_open(self.is_open)

    def _toggle(self) -> None:
        self.set_open(self.head.isChecked())


class FamilyBar(QWidget):
    """The four pixels of colour that say a node's family."""

    def __init__(self, family: str = "", height: int = 0) -> None:
        super().__init__()
        self._family = family
        self.setFixedWidth(4)
        if height:
            self.setFixedHeight(height)

    def show_family(self, family: str) -> None:
        self._family = family
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.family_color(self._family)))
        painter.drawRoundedRect(self.rect(), 2, 2)
        painter.end()


class ShareBar(QWidget):
    """How much of a whole one part is."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(6)
        self.share = 0.0

    def show_share(self, share: float) -> None:
        self.share = min(max(share, 0.0), 1.0)
        self.setToolTip(f"{percent(self.share)} of the network's weights")
        self.setAccessibleName(self.toolTip())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.line))
        painter.drawRoundedRect(self.rect(), 3, 3)
        if self.share > 0:
            filled = self.rect()
            filled.setWidth(max(6, round(self.share * self.width())))
            painter.setBrush(QColor(theme.FAMILY_COLORS["conv"]))
            painter.drawRoundedRect(filled, 3, 3)
        painter.end()


class Switch(QAbstractButton):
    """On or off, said by the place of the knob and by the word beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_several = False  # it stands for some that are on and some that are off
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_several(self, is_several: bool) -> None:
        self.is_several = is_several
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(96, 28)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_on, top = self.isChecked(), (self.height() - 16) // 2
        painter.setPen(QColor(colours.text if self.hasFocus() else (colours.accent if is_on else colours.wire)))
        painter.setBrush(QColor(colours.accent if is_on else colours.raised))
        painter.drawRoundedRect(1, top, 30, 16, 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.on_accent if is_on else colours.secondary))
        painter.drawEllipse(11 if self.is_several else 18 if is_on else 4, top + 3, 10, 10)
        painter.setPen(QColor(colours.text if self.isEnabled() else colours.secondary))
        words = "several" if self.is_several else "on" if is_on else "off"
        painter.drawText(self.rect().adjusted(40, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()
