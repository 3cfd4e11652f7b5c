"""Numbers as people read them: thin thousands separators, units, and words for what a node sees."""

from __future__ import annotations

import math
from collections.abc import Mapping

from nodes.graph.infer import Receptive, Sight
from nodes.spec.node_type import EVERYTHING
from nodes.spec.sizes import Size, grouped

LEAST, MOST = 1e-4, 1e7  # what is smaller or larger is written with a power of ten
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def rounded(count: Size) -> str:
    """``240 k``, ``0.42 M``: three figures at most, for where the exact number does not matter."""
    if not isinstance(count, int):
        return str(count)
    for factor, unit in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= factor or (factor == 10**6 and count >= 400_000):
            return f"{_three(count / factor)} {unit}"
    return str(count)


def by_kind(counts: Mapping[str, Size]) -> str:
    """``3.1 M multiply, 3.1 M add, 14 k compare``."""
    return ", ".join(f"{rounded(count)} {kind}" for kind, count in counts.items())


def moment(seconds: float) -> str:
    """A short time: 1.24 ms, 310 ms, 1.48 s."""
    return f"{seconds:.3g} s" if seconds >= 0.9995 else f"{1_000 * seconds:.3g} ms"


def memory(size: Size) -> str:
    """``6.3 KiB``."""
    if not isinstance(size, int):
        return f"{size} B"
    if size < 1024:
        return f"{size} B"
    amount = float(size)
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        amount /= 1024
        if amount < 1000 or unit == "TiB":
            break
    return f"{_three(amount)} {unit}"


def percent(part: float) -> str:
    """``12 %``, ``0.4 %``; what is there but hardly so is ``< 0.1 %``."""
    if 0 < part < 0.001:
        return "< 0.1 %"
    return f"{part * 100:.0f} %" if part >= 0.0995 or part == 0 else f"{part * 100:.1f} %"


def share(part: float, digits: int = 1) -> str:
    """A part of a whole with as many digits behind the point: ``97.5 %``."""
    return f"{part * 100:.{digits}f} %"


def figure(value: float, digits: int = 3) -> str:
    """As many digits as count: ``0.0118``, ``−0.42``, ``1 480``, ``3.8 · 10⁻⁶``."""
    if not value or not math.isfinite(value):
        return "0" if not value else "∞" if value > 0 else "−∞" if value < 0 else "not a number"
    sign, shown = "−" if value < 0 else "", f"{abs(value):.{digits - 1}e}"
    size, power = float(shown), int(shown.partition("e")[2])
    if not LEAST <= size < MOST:
        factor, of_ten = f"{float(shown.partition('e')[0]):g}", f"10{str(power).translate(RAISED)}"
        return f"{sign}{of_ten}" if factor == "1" else f"{sign}{factor} · {of_ten}"
    return sign + (grouped(round(abs(value))) if power >= max(3, digits - 1) else f"{size:.{digits}g}")


def seen(sight: Sight) -> str:
    """``14 × 14 px``, ``everything``; empty where it is not known."""
    if isinstance(sight, Receptive):
        return " × ".join(map(str, sight.size)) + (" px" if len(sight.size) > 1 else "")
    return "everything" if sight == EVERYTHING else ""


def field(sight: Sight) -> str:
    """``99 px · step 8 · start −45``: how much is seen, how far apart neighbours look, where the first one begins."""
    if not isinstance(sight, Receptive):
        return seen(sight)
    unit = " px" if len(sight.size) > 1 else ""
    return f"{_once(sight.size)}{unit} · step {_once(sight.jump)} · start {_once(sight.start)}"


def counted(count: int, noun: str) -> str:
    """``1 node``, ``13 nodes``."""
    return f"{grouped(count)} {noun}" + ("" if count == 1 else "s")


def _once(numbers: tuple[float, ...]) -> str:
    """``3`` for 3 × 3, else ``3×5``."""
    shown = [f"{number:g}".replace("-", "−") for number in numbers]
    return shown[0] if len(set(shown)) == 1 else "×".join(shown)


def _three(amount: float) -> str:
    if amount >= 100:
        return f"{amount:.0f}"
    return f"{amount:.2f}" if amount < 1 else f"{amount:.1f}".removesuffix(".0")
