"""What a pass forward and back through a small graph shows, step by step. Knows no widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nodes.graph.model import Link

MOST_SHOWN = 4  # numbers of a value that stand on a link
LEAST = 0.005  # below it two decimals would say nothing


@dataclass(frozen=True)
class Passed:
    """What went along one link."""

    shape: tuple[int, ...]
    value: tuple[float, ...]
    gradient: tuple[float, ...]


@dataclass(frozen=True)
class Pass:
    """Node after node in ``order`` forward, then back. A place of 0 has calculated nothing, ``last`` everything."""

    order: tuple[str, ...] = ()
    links: dict[Link, Passed] = field(default_factory=dict)
    inputs: dict[str, Passed] = field(default_factory=dict)

    @classmethod
    def told(cls, answer: dict[str, Any]) -> Pass:
        """From the answer to FollowGraph."""
        links = {Link(e["source"], e["output"], e["target"], e["input"]): _passed(e) for e in answer["links"]}
        on_the_way = {name for link in links for name in (link.source, link.target)}
        order = tuple(name for name in answer["order"] if name in on_the_way)
        return cls(order, links, {name: _passed(entry) for name, entry in answer["inputs"].items()})

    @property
    def last(self) -> int:
        return 2 * len(self.order)

    def node_at(self, place: int) -> str:
        """The node whose turn it was; none at the start."""
        if not 0 < place <= self.last:
            return ""
        count = len(self.order)
        return self.order[place - 1] if place <= count else self.order[self.last - place]

    def shown(self, place: int) -> dict[Link, tuple[str, str]]:
        """Value and gradient of each link as far as they are known at a place; empty where they are not."""
        done = set(self.order[:place])
        back = set(self.order[max(0, self.last - place) :]) if place > len(self.order) else set()
        return {
            link: (
                numbers(passed.value, passed.shape) if link.source in done else "",
                numbers(passed.gradient, passed.shape) if link.target in back else "",
            )
            for link, passed in self.links.items()
        }

    def words(self, place: int) -> str:
        """What happened at a place, in a sentence."""
        name, count = self.node_at(place), len(self.order)
        if not name:
            return "Before the first node. Step forward with ▶."
        given = [p for link, p in self.links.items() if link.source == name]
        taken = [(link, p) for link, p in self.links.items() if link.target == name]
        if place <= count:
            is_end = not given
            passed = taken[0][1] if is_end else given[0]
            verb = "takes" if is_end else "gives"
            return f"Forward {place} of {count}: {name} {verb} {numbers(passed.value, passed.shape)}"
        head = f"Back {place - count} of {count}: "
        if not taken:
            return f"{head}{name} gets {numbers(_sum(given), given[0].shape)}" + _ways(len(given))
        parts = [f"{numbers(p.gradient, p.shape) or 'nothing'} to {link.source}" for link, p in taken]
        return f"{head}{name} passes {', '.join(parts)}"


def numbers(values: Sequence[float], shape: Sequence[int] = ()) -> str:
    """A few numbers as they stand on a link: two decimals, rows of a matrix parted by semicolons."""
    if not values:
        return ""
    if len(values) == 1:
        return number(values[0])
    across = shape[-1] if len(shape) > 1 else len(values)
    kept = [number(value) for value in values[:MOST_SHOWN]]
    rows = [", ".join(kept[start : start + across]) for start in range(0, len(kept), across)]
    more = ", …" if len(values) > MOST_SHOWN else ""
    return f"[{'; '.join(rows)}{more}]"


def number(value: float) -> str:
    """With two decimals, as the lectures write; smaller ones with a power of ten."""
    text = f"{value:.2f}" if value == 0 or abs(value) >= LEAST else f"{value:.0e}"
    return text.replace("-", "−")


def parsed(text: str) -> list[float] | None:
    """Numbers as a user writes them, with commas or spaces between; None where something else stands there."""
    try:
        return [float(word) for word in text.replace("−", "-").replace(",", " ").replace(";", " ").split()]
    except ValueError:
        return None


def _passed(entry: dict[str, Any]) -> Passed:
    return Passed(tuple(entry["shape"]), tuple(entry["value"]), tuple(entry["gradient"]))


def _sum(passed: Sequence[Passed]) -> list[float]:
    known = [p.gradient for p in passed if p.gradient]
    return [sum(column) for column in zip(*known, strict=True)] if known else []


def _ways(count: int) -> str:
    return f", the sum of {count} ways" if count > 1 else ""
