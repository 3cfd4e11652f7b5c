"""The page of the preferences on which mouse gestures are given other buttons, and keys held with them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from designer.binding_page import BindingPage
from designer.canvas.mouse import BUTTONS, HELD, WHEEL, combination, mouse
from designer.widgets import label

NONE = "–"
PAD = "Or press here"


class MousePage(BindingPage):
    """All gestures with their buttons; the one chosen takes the button and keys that are chosen or pressed."""

    def __init__(self) -> None:
        super().__init__(mouse, "gesture", "buttons")

    def _make_field(self) -> QWidget:
        self.held, self.buttons = QComboBox(), QComboBox()
        self.held.setAccessibleName("Keys held with the button")
        self.buttons.setAccessibleName("Button of the gesture")
        for keys in HELD:
            self.held.addItem(keys.replace("+", " + ") or "No key", keys)
        for field in (self.held, self.buttons):
            field.activated.connect(lambda _number: self._judge())
        self.pad = _pad(self)
        row = QWidget()
        across = QHBoxLayout(row)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(8)
        for one in (self.held, self.buttons, self.pad):
            across.addWidget(one)
        across.addStretch()
        return row

    def _wanted(self) -> str:
        button = str(self.buttons.currentData() or "")
        return "+".join(filter(None, (str(self.held.currentData()), button))) if button else ""

    def _put(self, key: str) -> None:
        how = next((one.how for one in mouse.commands() if one.name == self.chosen), "")
        names = (WHEEL,) if how == "wheel" else tuple(BUTTONS.values())
        self.buttons.clear()
        for name in ("", *names):
            self.buttons.addItem(name or NONE, name)
        for one in (self.held, self.buttons, self.pad):
            one.setEnabled(bool(self.chosen))
        self.pad.setVisible(how != "wheel")
        self._choose(key)

    def _choose(self, key: str) -> None:
        held, _, button = key.rpartition("+")
        self.held.setCurrentIndex(max(0, self.held.findData(held)))
        self.buttons.setCurrentIndex(max(0, self.buttons.findData(button)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A press on the pad, with the keys that are held."""
        if watched is self.pad and isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            button = BUTTONS.get(event.button())
            if button is not None and self.pad.isEnabled():
                self._choose(combination(button, event.modifiers()))
                self._judge()
            return True
        return watched is self.pad and event.type() == QEvent.Type.ContextMenu


def _pad(page: QWidget) -> QLabel:
    made = label(PAD, "pad")
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    made.setMinimumSize(120, 28)
    made.setToolTip("Press the button here, with the keys held, as the gesture is to begin")
    made.installEventFilter(page)
    return made
