"""Mark: what a search may set one setting to, as the file says it beside the setting's own value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nodes.spec.settings import Choice, Dims, Flag, Integer, Kind, Numbers, Real, SettingError, Sizes, Value, shown

FIELDS = ("low", "high", "log", "step", "choices")
SHAPE = 'Write {"low": 0.001, "high": 1, "log": true} or {"choices": [16, 32]}.'
MOST_CHOICES = 1000


@dataclass(frozen=True)
class Mark:
    """Numbers from ``low`` to ``high``, evenly or by factors (``log``), or one of ``choices``.

    With ``step`` only every so manieth number counts.
    """

    low: float | None = None
    high: float | None = None
    log: bool = False
    step: float | None = None
    choices: tuple[Value, ...] = ()

    @property
    def is_range(self) -> bool:
        return not self.choices

    def checked(self, name: str, kind: Kind) -> Mark:
        """The mark as it is kept for a setting of this kind. Raises SettingError."""
        if not is_searchable(kind):
            raise SettingError(f"{name} cannot be searched over: it takes text or a drawing. Search over another.")
        return self._checked_range(name, kind) if self.is_range else self._checked_choices(name, kind)

    def entry(self) -> dict[str, Any]:
        """As a file says it."""
        if not self.is_range:
            return {"choices": [list(c) if isinstance(c, tuple) else c for c in self.choices]}
        said: dict[str, Any] = {"low": self.low, "high": self.high}
        if self.log:
            said["log"] = True
        return said | ({} if self.step is None else {"step": self.step})

    def words(self) -> str:
        """``0.001 … 1, by factors`` or ``16, 32, 64``."""
        if not self.is_range:
            return ", ".join(_spelled(choice) for choice in self.choices)
        rest = ", by factors" if self.log else "" if self.step is None else f", every {self.step:g}"
        return f"{self.low:g} … {self.high:g}{rest}"

    def _checked_range(self, name: str, kind: Kind) -> Mark:
        if not isinstance(kind, Integer | Real):
            raise SettingError(f'{name} takes no range. List what it may be as "choices".')
        if self.low is None or self.high is None:
            raise SettingError(f"The range of {name} lacks an end. {SHAPE}")
        low, high = kind.checked(name, self.low), kind.checked(name, self.high)
        if low >= high:
            raise SettingError(f"{name} is searched from {low:g} to {high:g}. Set low below high.")
        if self.log and low <= 0:
            raise SettingError(
                f"{name} is searched by factors from {low:g}, which no factor leads away from. "
                "Set low above 0, or log off."
            )
        step = self.step
        if step is not None:
            step = kind_of_step(kind, step)
            if self.log or step is None or step > high - low:
                raise SettingError(
                    f"The step of {name} is {shown(self.step)}. Set it from 0 to {high - low:g}, without log."
                )
        return Mark(low, high, bool(self.log), step)

    def _checked_choices(self, name: str, kind: Kind) -> Mark:
        kept = tuple(dict.fromkeys(kind.checked(name, choice) for choice in self.choices))
        if not 2 <= len(kept) <= MOST_CHOICES:
            raise SettingError(f"{name} has {len(kept)} choice{'s' * (len(kept) != 1)}. List 2 to {MOST_CHOICES}.")
        return Mark(choices=kept)


def kind_of_step(kind: Kind, step: float) -> float | None:
    """The step as the kind counts; None where it is none."""
    if isinstance(step, bool) or not isinstance(step, int | float) or not math.isfinite(step) or step <= 0:
        return None
    if isinstance(kind, Integer):
        return int(step) if step == int(step) else None
    return float(step)


def is_searchable(kind: Kind) -> bool:
    """Whether a search can choose its values: numbers, sizes, words and switches, but no text and no drawing."""
    return isinstance(kind, Integer | Real | Choice | Flag | Sizes | Dims | Numbers) and not kind.is_found


def usual_mark(kind: Kind, value: Value) -> Mark:
    """What is proposed for a setting that stands at ``value``: a range around it, or all that it can be."""
    if isinstance(kind, Flag):
        return Mark(choices=(False, True))
    if isinstance(kind, Choice):
        return Mark(choices=((None,) if kind.optional else ()) + tuple(dict.fromkeys(kind.options)))
    if isinstance(kind, Integer | Real) and isinstance(value, int | float):
        return _around(kind, value)
    return Mark(choices=(value,))


def _around(kind: Integer | Real, value: float) -> Mark:
    """A tenth to ten times for what goes by factors, half to twice for counts, else what the kind takes."""
    if isinstance(kind, Real) and kind.logarithmic:
        middle = value or max(kind.low, 1e-4)
        return Mark(max(kind.low, float(f"{middle / 10:.2g}")), min(kind.high, float(f"{middle * 10:.2g}")), log=True)
    if isinstance(kind, Integer):
        low, high = max(kind.low, value // 2), min(kind.high, max(value * 2, value + 1))
        return Mark(int(low), int(high), log=low > 0 and value >= 8)
    return Mark(kind.low, min(kind.high, max(2 * value, kind.low + 1)))


def read_mark(name: str, entry: Any) -> Mark:
    """A mark as a file says it, not yet held against its setting. Raises SettingError."""
    if not isinstance(entry, Mapping) or not entry:
        raise SettingError(f"The search over {name} is {shown(entry)}. {SHAPE}")
    unknown = [key for key in entry if key not in FIELDS]
    if unknown:
        raise SettingError(f"The search over {name} has no {shown(unknown[0])}: it takes {', '.join(FIELDS)}.")
    choices = entry.get("choices")
    if choices is None:
        numbers = [entry.get(key) for key in ("low", "high", "step")]
        if any(isinstance(v, bool) or not isinstance(v, int | float | None) for v in numbers):
            raise SettingError(f"The range of {name} is not in numbers. {SHAPE}")
        if not isinstance(entry.get("log", False), bool):
            raise SettingError(f"log of {name} is true or false, not {shown(entry['log'])}.")
        return Mark(entry.get("low"), entry.get("high"), entry.get("log", False), entry.get("step"))
    if len(entry) > 1:
        raise SettingError(f"The search over {name} has choices and a range. Leave one of them out.")
    if not isinstance(choices, list | tuple) or not choices:
        raise SettingError(f"The choices of {name} are {shown(choices)}. {SHAPE}")
    return Mark(choices=tuple(tuple(c) if isinstance(c, list) else c for c in choices))


def _spelled(value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return " × ".join(map(str, value))
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
