"""Kinds of setting. Each makes a dataclass field whose metadata the form, the file and the checks read."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Value = Any  # what a setting holds: bool, int, float, str, None or a tuple of these
When = tuple[tuple[str, tuple[Value, ...]], ...]


LONGEST_LIST = 10_000  # characters of a list that somebody writes
WHOLE = re.compile(r"[+-]?\d{1,12}")
REAL = re.compile(r"[+-]?(\d{1,40}\.?\d{0,40}|\.\d{1,40})(e[+-]?\d{1,3})?", re.IGNORECASE)
BETWEEN = re.compile(r"\s*[×*,;]\s*|(?<=\d)\s*[xX]\s*(?=[\w-])|\s+x\s+|\s+")


def parted(text: str) -> Value:
    """Sizes or numbers as people write them: 24 × 24, 24x24, 24, 24 or [24, 24]. What is no number stays a word."""
    inner = text.strip()
    inner = inner[1:-1] if inner[:1] + inner[-1:] in ("[]", "()") else inner
    return tuple(_number(part) for part in BETWEEN.split(inner.strip()) if part)


def _number(part: str) -> int | float | str:
    if WHOLE.fullmatch(part):
        return int(part)
    return float(part) if REAL.fullmatch(part) else part


class SettingError(Exception):
    """A value that a setting does not take; the sentence says what it takes."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What one setting takes. ``advanced`` settings stand below the fold of a form, a ``group`` below its own.

    Those that ``is_found`` the program notes for itself: forms and pages leave them out.
    """

    doc: str = ""
    unit: str = ""
    optional: str = ""  # what None stands for, in words ("as kernel_size"); empty: None is refused
    advanced: bool = False
    is_found: bool = False
    group: str = ""
    when: When = ()  # other settings, each with the values at which this one means something; no values: any but off

    def checked(self, name: str, value: Value) -> Value:
        """The value as it is kept. Raises SettingError."""
        if value is None and self.optional:
            return None
        return self._checked(name, value)

    def applies_to(self, declared: Any) -> bool:
        """Does it mean something beside the other settings of ``declared``?"""
        values = ((getattr(declared, name), allowed) for name, allowed in self.when)
        return all(value in allowed if allowed else bool(value) for value, allowed in values)

    def _checked(self, name: str, value: Value) -> Value:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Integer(Kind):
    low: int = 0
    high: int = 1_000_000

    def _checked(self, name: str, value: Value) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            raise SettingError(f"{name} takes a whole number from {self.low} to {self.high}, not {shown(value)}.")
        return value


@dataclass(frozen=True, kw_only=True)
class Real(Kind):
    low: float = 0.0
    high: float = 1.0
    logarithmic: bool = False  # a form steps by factors

    def _checked(self, name: str, value: Value) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.low <= value <= self.high:
            raise SettingError(f"{name} takes a number from {self.low:g} to {self.high:g}, not {shown(value)}.")
        return float(value)


@dataclass(frozen=True, kw_only=True)
class Choice(Kind):
    options: tuple[str, ...] = ()

    def _checked(self, name: str, value: Value) -> str:
        if value not in self.options:
            raise SettingError(f"{name} is one of {', '.join(self.options)}, not {shown(value)}.")
        return str(value)


@dataclass(frozen=True, kw_only=True)
class Flag(Kind):
    def _checked(self, name: str, value: Value) -> bool:
        if not isinstance(value, bool):
            raise SettingError(f"{name} is on or off (true or false), not {shown(value)}.")
        return value


@dataclass(frozen=True, kw_only=True)
class Text(Kind):
    longest: int = 200
    is_code: bool = False  # several lines of Python
    is_name: bool = False  # its user gave it: there is no default to go back to

    def _checked(self, name: str, value: Value) -> str:
        if not isinstance(value, str) or len(value) > self.longest:
            raise SettingError(f"{name} takes text of at most {self.longest} characters.")
        return value


@dataclass(frozen=True, kw_only=True)
class Sizes(Kind):
    """One whole number for each axis, such as 3 × 3; or one of ``words``, such as ``same``.

    With ``sides`` two for each axis are taken too, before and after: top, bottom, left, right.
    """

    axes: str = "HW"
    low: int = 1
    high: int = 1024
    words: tuple[str, ...] = ()
    part_optional: str = ""  # what None for one axis stands for; empty: refused
    sides: bool = False

    def _checked(self, name: str, value: Value) -> tuple[int | None, ...] | str:
        if isinstance(value, str) and value in self.words:
            return value
        if isinstance(value, str):
            value = parted(value)
            value = value[0] if len(value) == 1 else value
        if isinstance(value, int):
            value = (value,) * len(self.axes)
        if not isinstance(value, Sequence) or isinstance(value, str) or not all(map(self._fits, value)):
            value = ()
        if len(value) != len(self.axes) and not (self.sides and len(value) == 2 * len(self.axes)):
            words = "".join(f', or "{word}"' for word in self.words)
            raise SettingError(
                f"{name} takes {len(self.axes)} whole numbers ({' × '.join(self.axes)}) "
                f"from {self.low} to {self.high}{words}."
            )
        return tuple(value)

    def _fits(self, part: Value) -> bool:
        if part is None:
            return bool(self.part_optional)
        return isinstance(part, int) and not isinstance(part, bool) and self.low <= part <= self.high


@dataclass(frozen=True, kw_only=True)
class Dims(Kind):
    """The sizes of a whole value: numbers, or names such as ``L`` for sizes that are not fixed.

    Without ``names`` they are numbers; with ``rest`` one of them may be −1, which stands for what is left.
    """

    longest: int = 5
    names: bool = True
    rest: bool = False

    def _checked(self, name: str, value: Value) -> tuple[int | str, ...]:
        if isinstance(value, str) and len(value) <= LONGEST_LIST:
            value = parted(value)
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > self.longest:
            raise SettingError(f"{name} takes up to {self.longest} sizes, such as 3 × 32 × 32.")
        for part in value:
            is_size = isinstance(part, int) and not isinstance(part, bool) and 1 <= part <= 1_000_000
            is_name = self.names and isinstance(part, str) and part.isidentifier() and len(part) <= 20
            is_rest = self.rest and part == -1
            if not (is_size or is_name or is_rest):
                other = " or a name such as H" if self.names else " or −1 for what is left" if self.rest else ""
                raise SettingError(f"{name}: a size is a whole number from 1 to 1000000{other}, not {shown(part)}.")
        if list(value).count(-1) > 1:
            raise SettingError(f"{name}: only one size can be −1, which stands for what is left.")
        return tuple(value)


@dataclass(frozen=True, kw_only=True)
class Numbers(Kind):
    """Several real numbers, such as one weight for each class; from ``fewest`` to ``most`` of them."""

    low: float = 0.0
    high: float = 1e6
    fewest: int = 0
    most: int | None = None

    def _checked(self, name: str, value: Value) -> tuple[float, ...]:
        part = Real(low=self.low, high=self.high)
        if isinstance(value, str):
            value = parted(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            value = (value,)
        if not isinstance(value, Sequence) or any(isinstance(number, str) for number in value):
            raise SettingError(f"{name} takes a list of numbers, such as 1, 2.5, 1.")
        if len(value) < self.fewest or (self.most is not None and len(value) > self.most):
            raise SettingError(f"{name} takes {self.fewest} to {self.most} numbers, not {len(value)}.")
        return tuple(part.checked(name, number) for number in value)


def setting(kind: Kind, default: Value) -> Value:
    """A dataclass field of the given kind."""
    return field(default=default, metadata={"kind": kind})


WIDEST = 16_777_216  # numbers of a layer's output, at most: vocabularies and catalogues of goods are that large


def integer(default: int | None, **limits: Any) -> Any:
    """A whole number: ``low``, ``high``, ``unit``, ``doc``."""
    return setting(Integer(**limits), default)


def real(default: float | None, **limits: Any) -> Any:
    """A real number: ``low``, ``high``, ``unit``, ``doc``."""
    return setting(Real(**limits), default)


def choice(default: str | None, *options: str, **rest: Any) -> Any:
    """One of a few words."""
    return setting(Choice(options=options, **rest), default)


def flag(default: bool, **rest: Any) -> Any:
    """On or off."""
    return setting(Flag(**rest), default)


def text(default: str = "", **rest: Any) -> Any:
    """A short text."""
    return setting(Text(**rest), default)


def size(default: Sequence[int | None] | str | None, axes: str = "HW", **limits: Any) -> Any:
    """One whole number for each of ``axes``."""
    value = default if default is None or isinstance(default, str) else tuple(default)
    return setting(Sizes(axes=axes, **limits), value)


def dims(*default: int | str, **rest: Any) -> Any:
    """The sizes of a whole value, names allowed."""
    return setting(Dims(**rest), tuple(default))


def numbers(*default: float, **rest: Any) -> Any:
    """Several real numbers; none as they come."""
    return setting(Numbers(**rest), tuple(default))


def kinds(declaration: Any) -> dict[str, Kind]:
    """Name and kind of every setting of a declaration (a dataclass or one of its values)."""
    return {f.name: f.metadata["kind"] for f in dataclasses.fields(declaration) if "kind" in f.metadata}


def check_settings(declared: Any) -> None:
    """Called from ``__post_init__``: every value checked and brought to the form in which it is kept."""
    for name, kind in kinds(declared).items():
        value = getattr(declared, name)
        kept = kind.checked(name, value)
        if kept is not value:
            object.__setattr__(declared, name, kept)


def shown(value: Value) -> str:
    """A value as a sentence shows it, cut where it is long."""
    words = repr(value)
    return words if len(words) <= 40 else words[:37] + "…"
