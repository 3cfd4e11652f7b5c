"""Editors for one whole or one real number."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QWidget

from designer.editor import Editor
from designer.spins import NumberSpin, RealSpin, spin_box
from nodes.spec.settings import Integer, Real


class IntegerEditor(Editor):
    def __init__(self, name: str, kind: Integer) -> None:
        super().__init__(name, kind)
        self._none = kind.low - 1 if kind.optional else None
        self.field = spin_box(kind.low, kind.high, kind.unit, kind.optional)
        self._hold(self.field, kind)
        self.field.valueChanged.connect(lambda _: self.tell(self.value()))
        self.field.editingFinished.connect(self.left)

    def show_value(self, value: int | None) -> None:
        with QSignalBlocker(self.field):
            self.field.show_alone()
            shown = self._none if value is None else value
            if shown is not None and self.field.value() != shown:
                self.field.setValue(shown)

    def show_several(self, one: int | None) -> None:
        with QSignalBlocker(self.field):
            self.field.show_several(self._none if self._none is not None and one is None else one or 0)

    def value(self) -> int | None:
        return None if self.field.value() == self._none else self.field.value()

    def fields(self) -> tuple[QWidget, ...]:
        return (self.field,)

    def numbers(self) -> tuple[NumberSpin, ...]:
        return (self.field,)


class RealEditor(Editor):
    def __init__(self, name: str, kind: Real) -> None:
        super().__init__(name, kind)
        self.field = RealSpin(kind)
        self._hold(self.field, kind)
        self.field.valueChanged.connect(lambda _: self.tell(self.value()))
        self.field.editingFinished.connect(self.left)

    def show_value(self, value: float | None) -> None:
        with QSignalBlocker(self.field):
            self.field.show_number(value)

    def show_several(self, one: float | None) -> None:
        with QSignalBlocker(self.field):
            self.field.show_several_numbers(one)

    def value(self) -> float | None:
        return self.field.number

    def fields(self) -> tuple[QWidget, ...]:
        return (self.field,)

    def numbers(self) -> tuple[NumberSpin, ...]:
        return (self.field,)
