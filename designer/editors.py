"""A widget for each kind of setting: ``EDITORS[type(kind)](name, kind)`` makes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from designer.code_editor import CodeEditor
from designer.editor import Editor
from designer.number_editors import IntegerEditor, RealEditor
from designer.sizes_editor import SizesEditor
from designer.spins import SEVERAL, as_real
from designer.widgets import Switch
from nodes.spec.settings import Choice, Dims, Flag, Integer, Kind, Numbers, Real, Sizes, Text, parted


class ChoiceEditor(Editor):
    def __init__(self, name: str, kind: Choice) -> None:
        super().__init__(name, kind)
        self.field = QComboBox()
        self.field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._values: tuple[str | None, ...] = ((None,) if kind.optional else ()) + kind.options
        self.field.addItems([kind.optional if value is None else value for value in self._values])
        self._hold(self.field, kind)
        self.field.currentIndexChanged.connect(lambda index: self.changed.emit(self._values[index]))
        self.field.activated.connect(lambda _: self.left.emit())

    def show_value(self, value: str | None) -> None:
        with QSignalBlocker(self.field):
            self.field.setCurrentIndex(self._values.index(value) if value in self._values else -1)

    def show_several(self, one: str | None) -> None:
        self.field.setPlaceholderText(SEVERAL)
        self.show_value("")  # none of them

    def fields(self) -> tuple[QWidget, ...]:
        return (self.field,)


class FlagEditor(Editor):
    def __init__(self, name: str, kind: Flag) -> None:
        super().__init__(name, kind)
        self.field = Switch()
        self._hold(self.field, kind, 0)
        self._row.addStretch(1)
        self.field.toggled.connect(lambda is_on: self.changed.emit(is_on))
        self.field.clicked.connect(lambda: self.left.emit())

    def show_value(self, value: bool) -> None:
        with QSignalBlocker(self.field):
            self.field.setChecked(bool(value))
        self.field.show_several(False)

    def show_several(self, one: bool) -> None:
        self.show_value(False)
        self.field.show_several(True)

    def fields(self) -> tuple[QWidget, ...]:
        return (self.field,)


class TextEditor(Editor):
    """A line of text, read by ``_read`` and written by ``_written``."""

    def __init__(self, name: str, kind: Kind) -> None:
        super().__init__(name, kind)
        self._optional, self._usual_hint = bool(kind.optional), kind.optional
        self.field = QLineEdit()
        self.field.setPlaceholderText(kind.optional)
        self._hold(self.field, kind)
        self.field.textEdited.connect(lambda text: self.changed.emit(self.read(text)))
        self.field.editingFinished.connect(self._tidy)
        self._shown: Any = ""

    def show_value(self, value: Any) -> None:
        self._shown = value
        self.field.setPlaceholderText(self._usual_hint)
        if self.read(self.field.text()) != value or not self.field.hasFocus():
            self.field.setText(self.written(value))

    def show_several(self, one: Any) -> None:
        self._shown = None
        self.field.setPlaceholderText(SEVERAL)
        if not self.field.hasFocus():
            self.field.clear()

    def fields(self) -> tuple[QWidget, ...]:
        return (self.field,)

    def read(self, text: str) -> Any:
        return None if self._optional and not text.strip() else text

    def written(self, value: Any) -> str:
        return "" if value is None else str(value)

    def _tidy(self) -> None:
        if self.read(self.field.text()) == self._shown:
            self.field.setText(self.written(self._shown))
        self.left.emit()


class DimsEditor(TextEditor):
    """``3 × 32 × 32``; x, * and commas are read as well."""

    def read(self, text: str) -> Any:
        if self._optional and not text.strip():
            return None
        return parted(text)

    def written(self, value: Any) -> str:
        return " × ".join(map(str, value or ()))


class NumbersEditor(TextEditor):
    """``1, 2.5, 1``; empty stands for none."""

    def read(self, text: str) -> Any:
        parts = [p for p in re.split(r"[,;\s]+", text.strip()) if p]
        numbers = tuple(as_real(p) for p in parts)
        return text if None in numbers else numbers  # the setting says what it takes

    def written(self, value: Any) -> str:
        return ", ".join(f"{number:g}" for number in value or ())


def text_editor(name: str, kind: Text) -> Editor:
    return CodeEditor(name, kind) if kind.is_code else TextEditor(name, kind)


EDITORS: dict[type[Kind], Callable[..., Editor]] = {
    Integer: IntegerEditor,
    Real: RealEditor,
    Choice: ChoiceEditor,
    Flag: FlagEditor,
    Text: text_editor,
    Dims: DimsEditor,
    Numbers: NumbersEditor,
    Sizes: SizesEditor,
}
