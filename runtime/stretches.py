"""Journal lines told apart once for all who hear of them: progress, of which a run has a million, and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, TypeVar

from runtime.runs import Entry, Progress, Started

_Other = TypeVar("_Other")


class Stretch(NamedTuple):
    """Lines from a Started to the next; within them those of one kind follow from each other."""

    progress: Sequence[Progress]
    others: Sequence[tuple[int, Entry]]  # each with the lines of progress before it in this stretch


class Heard(list[Entry]):
    """Entries that were read at once."""

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        kinds = list(map(type, self))
        places = [n for n, kind in enumerate(kinds) if kind is not Progress]
        starts = [n for n in places if kinds[n] is Started]
        edges = sorted({0, *starts, len(self)})
        return tuple(self._stretch(places, first, end) for first, end in pairwise(edges))

    def of(self, kind: type[_Other]) -> list[_Other]:
        """Those of a kind other than progress."""
        return [entry for stretch in self.stretches for _, entry in stretch.others if isinstance(entry, kind)]

    def _stretch(self, places: Sequence[int], first: int, end: int) -> Stretch:
        mine = [place for place in places if first <= place < end]
        others = [(place - first - before, self[place]) for before, place in enumerate(mine)]
        progress = [entry for entry in self[first:end] if type(entry) is Progress]
        return Stretch(progress, others)


def heard(entries: Sequence[Entry]) -> Heard:
    """The same, told apart if they were before."""
    return entries if isinstance(entries, Heard) else Heard(entries)
