"""Editors for one whole or one real number."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QLocale, QSignalBlocker
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QWidget

from designer.editor import Editor, as_real, spin_box
from nodes.spec.settings import Integer, Real


class IntegerEditor(Editor):
    def __init__(self, name: str, kind: Integer) -> None:
        super().__init__(name, kind)
        self._none = kind.low - 1 if kind.optional else None
        self.field = spin_box(kind.low, kind.high, kind.unit, kind.optional)
        self._hold(self.field, kind)
        self.field.valueChanged.connect(lambda value: self.changed.emit(None if value == self._none else value))
        self.field.editingFinished.connect(self.left)

    def show_value(self, value: int | None) -> None:
        with QSignalBlocker(self.field):
            shown = self._none if value is None else value
            if shown is not None and self.field.value() != shown:
                self.field.setValue(shown)

    def fields(self) -> tuple[QWidget, ...]:
        return (self.field,)


class RealSpin(QDoubleSpinBox):
    """Any real number, written short; steps by 1, 2, 5, 10 … where the range spans magnitudes."""

    def __init__(self, kind: Real) -> None:
        super().__init__()
        self._logarithmic = kind.logarithmic
        self._step = 0.05 if kind.high <= 1 else 1.0
        self._none = -math.inf
        self.setLocale(QLocale.c())
        self.setDecimals(20)
        low = kind.low
        if kind.optional:
            low = self._none = kind.low - 1
            self.setSpecialValueText(kind.optional)
        self.setRange(low, kind.high)
        if kind.unit:
            self.setSuffix(f" {kind.unit}")

    @property
    def number(self) -> float | None:
        value = self.value()
        return None if value == self._none else value

    def show_number(self, number: float | None) -> None:
        shown = self._none if number is None else number
        if self.value() != shown:
            self.setValue(shown)

    def textFromValue(self, value: float) -> str:
        return f"{value:.6g}"

    def valueFromText(self, text: str) -> float:
        return as_real(self._bare(text)) or 0.0

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        bare = self._bare(text)
        number = as_real(bare)
        if number is not None and self.minimum() <= number <= self.maximum():
            state = QValidator.State.Acceptable
        elif re.fullmatch(r"[-+0-9.,eE]*", bare):
            state = QValidator.State.Intermediate
        else:
            state = QValidator.State.Invalid
        return state, text, position

    def stepBy(self, steps: int) -> None:
        value = self.value()
        for _ in range(abs(steps)):
            value = (
                _magnitude_step(value, steps > 0) if self._logarithmic else value + math.copysign(self._step, steps)
            )
        self.setValue(float(f"{value:.10g}"))

    def _bare(self, text: str) -> str:
        return text.removesuffix(self.suffix()).strip()


class RealEditor(Editor):
    def __init__(self, name: str, kind: Real) -> None:
        super().__init__(name, kind)
        self.field = RealSpin(kind)
        self._hold(self.field, kind)
        self.field.valueChanged.connect(lambda _: self.changed.emit(self.field.number))
        self.field.editingFinished.connect(self.left)

    def show_value(self, value: float | None) -> None:
        with QSignalBlocker(self.field):
            self.field.show_number(value)

    def fields(self) -> tuple[QWidget, ...]:
        return (self.field,)


def _magnitude_step(value: float, up: bool) -> float:
    """The next of 1, 2, 5, 10, 20 …; from 0 to a small number, and back to 0 below it."""
    if value <= 0:
        return 1e-6 if up else 0.0
    if not up and value <= 1e-6:
        return 0.0 if value > 1e-9 else value
    exponent = math.floor(math.log10(value) + 1e-9)
    steps = [m * 10.0**e for e in (exponent - 1, exponent, exponent + 1) for m in (1, 2, 5)]
    if up:
        return next(s for s in steps if s > value * (1 + 1e-9))
    return next(s for s in reversed(steps) if s < value * (1 - 1e-9))
