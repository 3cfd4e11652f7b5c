"""MarkDialog: what a search may set one setting to: numbers from here to there, or one of a few."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from designer.setting_row import value_words
from designer.spins import as_real
from designer.widgets import button, label
from nodes.spec.search import Mark, usual_mark
from nodes.spec.settings import Choice, Dims, Flag, Integer, Kind, Numbers, Real, SettingError, Sizes, Value


class MarkDialog(QDialog):
    """Ranges are proposed around the value that the setting has."""

    taken = Signal(object)  # Mark, or None where it is not to be searched over

    def __init__(self, name: str, kind: Kind, value: Value, known: Mark | None, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._name, self._kind = name, kind
        self.setWindowTitle("Search over a setting")
        self.setMinimumWidth(420)
        mark = known or usual_mark(kind, value)
        self.range = RangeFields(mark) if isinstance(kind, Integer | Real) else None
        self.choices: ChoiceFields | ListField
        options = _options(kind)
        self.choices = ChoiceFields(options, mark, kind.optional) if options else ListField(kind, mark, value)
        self.as_range, self.as_choices = QRadioButton("A range"), QRadioButton("Some values")
        self.fault = label(role="fault", wrap=True)
        self.fault.hide()
        self._lay_out(label(f"Search over {name}", "title"), self._now(value), is_known=known is not None)
        self.as_range.setChecked(self.range is not None and mark.is_range)
        self.as_choices.setChecked(not self.as_range.isChecked())
        self._show_kind()

    def mark(self) -> Mark:
        """What the fields say. Raises SettingError."""
        if self.range is not None and self.as_range.isChecked():
            return self.range.mark().checked(self._name, self._kind)
        found = self.choices.values()
        if len(found) < 2:
            raise SettingError(f"{self._name} needs two values or more to be searched over.")
        return Mark(choices=found).checked(self._name, self._kind)

    def accept(self) -> None:
        try:
            mark = self.mark()
        except SettingError as error:
            self.fault.setText(str(error))
            self.fault.show()
            return
        self.taken.emit(mark)
        super().accept()

    def _drop(self) -> None:
        self.taken.emit(None)
        super().accept()

    def _now(self, value: Value) -> str:
        unit = f" {self._kind.unit}" if self._kind.unit else ""
        low, high = getattr(self._kind, "low", None), getattr(self._kind, "high", None)
        takes = "" if low is None or high is None else f" It takes {low:g} to {high:.10g}."
        return f"{self._kind.doc} Now {value_words(value, self._kind.optional)}{unit}.{takes}"

    def _lay_out(self, title: QWidget, now: str, *, is_known: bool) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(title)
        layout.addWidget(label(now, "secondary", wrap=True))
        group = QButtonGroup(self)
        for one in (self.as_range, self.as_choices):
            group.addButton(one)
            one.toggled.connect(self._show_kind)
        if self.range is not None:
            layout.addWidget(self.as_range)
            layout.addWidget(self.range)
            layout.addWidget(self.as_choices)
        layout.addWidget(self.choices)
        layout.addWidget(self.fault)
        layout.addStretch()
        below = QHBoxLayout()
        if is_known:
            below.addWidget(button("Do Not Search", self._drop))
        below.addStretch()
        below.addWidget(button("Cancel", self.reject))
        mark = button("Search Over It", self.accept, "primary")
        mark.setDefault(True)
        below.addWidget(mark)
        layout.addLayout(below)

    def _show_kind(self) -> None:
        if self.range is not None:
            self.range.setEnabled(self.as_range.isChecked())
            self.choices.setEnabled(self.as_choices.isChecked())
        self.fault.hide()


class RangeFields(QWidget):
    """Low and high, whether steps go by factors, and how long they are."""

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.low, self.high, self.step = QLineEdit(), QLineEdit(), QLineEdit()
        self.by_factors = QCheckBox("By factors: as many tries from 0.001 to 0.01 as from 0.1 to 1")
        self.by_factors.setChecked(mark.log)
        self.step.setPlaceholderText("any")
        grid = QGridLayout(self)
        grid.setContentsMargins(26, 0, 0, 0)
        grid.setSpacing(8)
        fields = (("Low", self.low, mark.low), ("High", self.high, mark.high), ("Step", self.step, mark.step))
        for column, (words, field, value) in enumerate(fields):
            field.setAccessibleName(words)
            field.setText("" if value is None else f"{value:g}")
            name = label(words, "secondary")
            name.setBuddy(field)
            grid.addWidget(name, 0, column)
            grid.addWidget(field, 1, column)
        grid.addWidget(self.by_factors, 2, 0, 1, 3)

    def mark(self) -> Mark:
        """Raises SettingError."""
        step = None if not self.step.text().strip() else _number(self.step, "Step")
        return Mark(_number(self.low, "Low"), _number(self.high, "High"), self.by_factors.isChecked(), step)


class ChoiceFields(QWidget):
    """A box for each thing that the setting can be."""

    def __init__(self, options: tuple[Value, ...], mark: Mark, optional: str) -> None:
        super().__init__()
        self._options = options
        self.boxes = [QCheckBox(value_words(option, optional)) for option in options]
        chosen = mark.choices or options
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        for number, (box, option) in enumerate(zip(self.boxes, options, strict=True)):
            box.setChecked(option in chosen)
            grid.addWidget(box, number // 2, number % 2)

    def values(self) -> tuple[Value, ...]:
        return tuple(option for box, option in zip(self.boxes, self._options, strict=True) if box.isChecked())


class ListField(QWidget):
    """Values in a line: ``16, 32, 64``; of sizes ``3 × 3; 5 × 5``."""

    def __init__(self, kind: Kind, mark: Mark, value: Value) -> None:
        super().__init__()
        self._kind = kind
        self._between = "; " if isinstance(kind, Sizes | Dims | Numbers) else ", "
        self.field = QLineEdit()
        self.field.setAccessibleName("Values")
        self.field.setPlaceholderText("3 × 3; 5 × 5" if self._between == "; " else "16, 32, 64")
        shown = mark.choices or (() if value is None else (value,))
        self.field.setText(self._between.join(_typed(choice) for choice in shown))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(26 if isinstance(kind, Integer | Real) else 0, 0, 0, 0)
        layout.addWidget(self.field)

    def values(self) -> tuple[Value, ...]:
        parts = [part.strip() for part in re.split(r";" if self._between == "; " else r"[,;]", self.field.text())]
        return tuple(self._read(part) for part in parts if part)

    def _read(self, part: str) -> Value:
        if isinstance(self._kind, Integer | Real):
            number = as_real(part)
            if number is None:
                raise SettingError(f"“{part}” is no number. Write such as 16, 32, 64.")
            return int(number) if isinstance(self._kind, Integer) and number == int(number) else number
        if isinstance(self._kind, Sizes) and part in self._kind.words:
            return part
        numbers: list[Any] = [as_real(one) for one in re.split(r"[×x*,\s]+", part) if one]
        if not numbers or None in numbers:
            raise SettingError(f"“{part}” is no size. Write such as 3 × 3; 5 × 5.")
        if isinstance(self._kind, Numbers):
            return tuple(numbers)
        whole = tuple(int(number) for number in numbers)
        return whole[0] if len(whole) == 1 and isinstance(self._kind, Sizes) else whole


def _options(kind: Kind) -> tuple[Value, ...]:
    """All that a setting can be, where it can be only a few things."""
    if isinstance(kind, Flag):
        return (False, True)
    if isinstance(kind, Choice):
        return ((None,) if kind.optional else ()) + tuple(dict.fromkeys(kind.options))
    return ()


def _number(field: QLineEdit, words: str) -> float:
    number = as_real(field.text())
    if number is None:
        raise SettingError(f"{words} is “{field.text()}”, which is no number. Write such as 0.001 or 1e-3.")
    return int(number) if number == int(number) and abs(number) < 1e15 else number


def _typed(value: Value) -> str:
    return (
        " × ".join(map(str, value))
        if isinstance(value, tuple)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
