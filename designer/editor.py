"""Editor: what every widget for a setting has in common, and the parts they are made of."""

from __future__ import annotations

from functools import cache
from typing import Any

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QHBoxLayout, QWidget

from designer.spins import NumberSpin, WholeSpin
from designer.widgets import restyle
from nodes.spec.settings import Kind

HEIGHT = 28  # px of every control


class Editor(QWidget):
    """Shows one value and tells of each change the user makes; ``left`` when the user is done with it.

    While a number is dragged its values are only ``tried``; the last of them is told once it is let go.
    """

    changed = Signal(object)
    left = Signal()
    refused = Signal(str)  # why what is typed is not taken; empty once it is
    tried = Signal(object)
    untried = Signal(bool)  # nothing is tried any longer: it is kept, or given up

    def __init__(self, name: str, kind: Kind) -> None:
        super().__init__()
        self.name = name
        self._is_dragged = False
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)

    def show_value(self, value: Any) -> None:
        """Shows a value without telling of it; what the user is typing stays if it means the same."""
        raise NotImplementedError

    def show_several(self, one: Any) -> None:
        """Shows that there are several values; ``one`` of them is where steps begin."""
        raise NotImplementedError

    def fields(self) -> tuple[QWidget, ...]:
        """The widgets that can be refused, named and reached by the keyboard."""
        raise NotImplementedError

    def numbers(self) -> tuple[NumberSpin, ...]:
        """The fields that dragging changes, as shown now."""
        return ()

    def value(self) -> Any:
        """What an editor with numbers shows now."""
        raise NotImplementedError

    def tell(self, value: Any) -> None:
        (self.tried if self._is_dragged else self.changed).emit(value)

    def begin_drag(self) -> None:
        """From now on values are only tried."""
        self._is_dragged = True

    def end_drag(self, *, is_kept: bool) -> None:
        self._is_dragged = False
        self.untried.emit(is_kept)
        if is_kept:
            self.changed.emit(self.value())
            self.left.emit()

    def set_refused(self, refused: bool) -> None:
        for field in self.fields():
            restyle(field, refused=refused)

    def _tell_why(self, why: str) -> None:
        self.refused.emit(f"{self.name} {why}" if why else "")

    def _hold(self, field: QWidget, kind: Kind, stretch: int = 1, part: str = "") -> None:
        field.setAccessibleName(f"{self.name} {part}".strip())
        field.setAccessibleDescription(tip(kind).replace("\n", " "))
        field.setToolTip(tip(kind))
        field.setMinimumWidth(28)
        field.setFixedHeight(HEIGHT)
        if isinstance(field, QAbstractSpinBox):
            field.lineEdit().setTextMargins(6, 0, 0, 0)
        if isinstance(field, WholeSpin):
            field.outside.connect(self._tell_why)
        field.installEventFilter(_field_manners())
        self._row.addWidget(field, stretch)
        if self.focusProxy() is None:
            self.setFocusProxy(field)


def tip(kind: Kind) -> str:
    """What a setting is, with its range."""
    low, high = getattr(kind, "low", None), getattr(kind, "high", None)
    reach = (
        "" if low is None or high is None else f"From {low:g} to {high:.10g}{f' {kind.unit}' if kind.unit else ''}."
    )
    return "\n".join(filter(None, (kind.doc, reach)))


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
