"""Editor: what every widget for a setting has in common, and the parts they are made of."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any

from PySide6.QtCore import QEvent, QLocale, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QHBoxLayout, QSpinBox, QWidget

from designer.widgets import restyle
from nodes.spec.settings import Kind

HEIGHT = 28  # px of every control


class Editor(QWidget):
    """Shows one value and tells of each change the user makes; ``left`` when the user is done with it."""

    changed = Signal(object)
    left = Signal()
    refused = Signal(str)  # why what is typed is not taken; empty once it is

    def __init__(self, name: str, kind: Kind) -> None:
        super().__init__()
        self.name = name
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)

    def show_value(self, value: Any) -> None:
        """Shows a value without telling of it; what the user is typing stays if it means the same."""
        raise NotImplementedError

    def fields(self) -> tuple[QWidget, ...]:
        """The widgets that can be refused, named and reached by the keyboard."""
        raise NotImplementedError

    def set_refused(self, refused: bool) -> None:
        for field in self.fields():
            restyle(field, refused=refused)

    def _tell(self, why: str) -> None:
        self.refused.emit(f"{self.name} {why}" if why else "")

    def _hold(self, field: QWidget, kind: Kind, stretch: int = 1, part: str = "") -> None:
        field.setAccessibleName(f"{self.name} {part}".strip())
        field.setAccessibleDescription(kind.doc)
        field.setToolTip(tip(kind))
        field.setMinimumWidth(28)
        field.setFixedHeight(HEIGHT)
        if isinstance(field, QAbstractSpinBox):
            field.lineEdit().setTextMargins(6, 0, 0, 0)
        if isinstance(field, WholeSpin):
            field.outside.connect(self._tell)
        field.installEventFilter(_field_manners())
        self._row.addWidget(field, stretch)
        if self.focusProxy() is None:
            self.setFocusProxy(field)


class WholeSpin(QSpinBox):
    """A number beyond its range can be typed, and is answered with a sentence; left so, the one before comes back."""

    outside = Signal(str)  # what it takes; empty once that is kept to

    def __init__(self, low: int, high: int, *, is_optional: bool = False) -> None:
        super().__init__()
        self._least = low
        self.setRange(low - is_optional, high)
        self.lineEdit().textEdited.connect(self._judge)

    def validate(self, text: str, position: int) -> object:
        return (
            (QValidator.State.Intermediate, text, position)
            if self._beyond(text)
            else super().validate(text, position)
        )

    def _beyond(self, text: str) -> str:
        """The number typed where it is none of those taken; empty for all other texts."""
        bare = text.removeprefix(self.prefix()).removesuffix(self.suffix()).strip()
        is_whole = re.fullmatch(r"-?\d{1,18}", bare) is not None
        return bare if is_whole and not self._least <= int(bare) <= self.maximum() else ""

    def _judge(self, text: str) -> None:
        beyond = self._beyond(text)
        words = f"takes a whole number from {self._least} to {self.maximum()}, not {beyond}." if beyond else ""
        self.outside.emit(words)


def spin_box(low: int, high: int, unit: str = "", special: str = "") -> WholeSpin:
    """``special`` is what stands for no number; it comes below the lowest."""
    field = WholeSpin(low, high, is_optional=bool(special))
    field.setLocale(QLocale.c())
    field.setGroupSeparatorShown(False)
    field.setAccelerated(True)
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if unit:
        field.setSuffix(f" {unit}")
    if special:
        field.setSpecialValueText(special)
    return field


def tip(kind: Kind) -> str:
    """What a setting is, with its range."""
    low, high = getattr(kind, "low", None), getattr(kind, "high", None)
    reach = "" if low is None or high is None else f"From {low:g} to {high:g}{f' {kind.unit}' if kind.unit else ''}."
    return "\n".join(filter(None, (kind.doc, reach)))


def as_real(text: str) -> float | None:
    """The number a text means; a comma may stand for the point."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


class _FieldManners(QObject):
    """Turning the wheel over a field scrolls the form; only a field that has the focus takes it.

    Undo and redo are those of the drawing, of which each number typed is a step, not those of the text.
    """

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_wheel = event.type() == QEvent.Type.Wheel
        if (is_wheel and isinstance(watched, QWidget) and not watched.hasFocus()) or _is_undo(watched, event):
            event.ignore()
            return True
        return False


def _is_undo(watched: QObject, event: QEvent) -> bool:
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(watched, QAbstractSpinBox):
        return False
    assert isinstance(event, QKeyEvent)
    return event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)


@cache
def _field_manners() -> _FieldManners:
    return _FieldManners()
