"""Fields for one number: what is typed, stepped and dragged in them, and how they stand for several that differ."""

from __future__ import annotations

import math
import re
from typing import Any, Literal

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox

from nodes.spec.settings import Real

SEVERAL = "several"  # what stands in a field for values that differ
WIDE = 1024  # a whole number that goes so far is doubled and halved by Page Up and Page Down
PAGE, NARROW_PAGE = 10, 5  # what Qt calls a page, and how far one goes where there is little room
Pace = Literal["fine", "usual", "coarse"]


class _Several:
    """Lets a spin box stand for several numbers that differ; its first step then leads to one of them."""

    _usual: tuple[Any, str] | None = None  # least value and the words for it, while it stands for several
    _one: Any = 0

    def show_several(self: Any, one: float) -> None:
        if self._usual is None:
            self._usual = self.minimum(), self.specialValueText()
        self._one = one
        self.setMinimum(self._usual[0] - 1)
        self.setSpecialValueText(SEVERAL)
        self.setValue(self.minimum())

    def show_alone(self: Any) -> None:
        """Stands for one number again."""
        if self._usual is not None:
            least, words = self._usual
            self._usual = None
            self.setMinimum(least)
            self.setSpecialValueText(words)

    @property
    def is_several(self: Any) -> bool:
        return self._usual is not None and self.value() == self.minimum()

    @property
    def beginning(self: Any) -> Any:
        """Where a step or a drag begins."""
        return self._one if self.is_several else self.value()


class WholeSpin(_Several, QSpinBox):
    """A number beyond its range can be typed, and is answered with a sentence; left so, the one before comes back."""

    outside = Signal(str)  # what it takes; empty once that is kept to

    def __init__(self, low: int, high: int, *, is_optional: bool = False) -> None:
        super().__init__()
        self._least = low
        self.setRange(low - is_optional, high)
        self.lineEdit().textEdited.connect(self._judge)

    @property
    def is_wide(self) -> bool:
        return self.maximum() >= WIDE

    def stepBy(self, steps: int) -> None:
        if self.is_several:
            self.setValue(self._one)
        elif abs(steps) < PAGE:
            super().stepBy(steps)
        elif self.is_wide:
            self.setValue(min(max(doubled(self.value(), steps // PAGE), self.minimum()), self.maximum()))
        else:
            super().stepBy(steps // PAGE * NARROW_PAGE)

    def dragged(self, start: int, pixels: int, pace: Pace) -> int:
        """The number after a drag from ``start``: one by one, by larger steps where it is large, or doubled."""
        if pixels == 0:
            return start
        start = max(start, self._least)
        if pace == "coarse" and self.is_wide:
            found = doubled(start, int(pixels / 24))
        elif pace == "fine":
            found = start + int(pixels / 16)
        elif self.is_wide:
            found = start + 2 ** int(math.log2(max(start, 64) / 64)) * int(pixels / 4)
        else:
            found = start + (NARROW_PAGE if pace == "coarse" else 1) * int(pixels / 10)
        return min(max(found, self._least), self.maximum())

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


class RealSpin(_Several, QDoubleSpinBox):
    """Any real number, written short; steps by 1, 2, 5, 10 … where the range spans magnitudes."""

    def __init__(self, kind: Real) -> None:
        super().__init__()
        self._logarithmic = kind.logarithmic
        self._step = 0.05 if kind.high <= 1 else 1.0
        self._low, self._none = kind.low, -math.inf
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a press may begin a drag; a click gives the focus
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
        self.show_alone()
        shown = self._none if number is None else number
        if self.value() != shown:
            self.setValue(shown)

    def show_several_numbers(self, one: float | None) -> None:
        self.show_several(self._none if one is None else one)

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
        if self.is_several:
            self.setValue(self._one)
            return
        value, up = self.value(), steps > 0
        if self._logarithmic:
            for _ in range(3 if abs(steps) >= PAGE else abs(steps)):  # a page is a power of ten
                value = ladder_step(value, up)
        else:
            value += math.copysign(self._step * min(abs(steps), NARROW_PAGE), steps)
        self.setValue(float(f"{value:.10g}"))

    def dragged(self, start: float, pixels: int, pace: Pace) -> float:
        """The number after a drag from ``start``: by 1, 2, 5, 10 … where the range spans magnitudes."""
        if pixels == 0:
            return start
        start = max(start, self._low)
        if not self._logarithmic:
            step = self._step / 5 * {"fine": 0.1, "usual": 1, "coarse": 10}[pace]
            found = start + step * int(pixels / (12 if pace == "coarse" else 4))
        elif pace == "fine" and start > 0:
            found = float(f"{start * 10 ** (int(pixels / 6) / 20):.2g}")
        else:
            found = start
            for _ in range(abs(int(pixels / 16)) * (3 if pace == "coarse" else 1)):
                found = ladder_step(found, pixels > 0)
        return float(f"{min(max(found, self._low), self.maximum()):.10g}")

    def _bare(self, text: str) -> str:
        return text.removesuffix(self.suffix()).strip()


NumberSpin = WholeSpin | RealSpin


def spin_box(low: int, high: int, unit: str = "", special: str = "") -> WholeSpin:
    """``special`` is what stands for no number; it comes below the lowest."""
    field = WholeSpin(low, high, is_optional=bool(special))
    field.setLocale(QLocale.c())
    field.setGroupSeparatorShown(False)
    field.setAccelerated(True)
    field.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a press may begin a drag; a click gives the focus
    if unit:
        field.setSuffix(f" {unit}")
    if special:
        field.setSpecialValueText(special)
    return field


def as_real(text: str) -> float | None:
    """The number a text means; a comma may stand for the point."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def doubled(value: int, times: int) -> int:
    """The power of two so many steps above a number, or below it for a negative count."""
    if times == 0:
        return value
    exponent = math.log2(max(value, 1))
    if times > 0:
        return 2 ** min(math.floor(exponent + 1e-9) + times, 40)
    return 2 ** max(math.ceil(exponent - 1e-9) + times, 0)


def ladder_step(value: float, up: bool) -> float:
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
