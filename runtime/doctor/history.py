"""What the doctor remembers of a journal: as much as its rules need, however long the run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from runtime.doctor.findings import Series
from runtime.runs import (
    ClassCounts,
    Failed,
    Finished,
    LayerStatistics,
    Noted,
    Progress,
    Started,
    StepTime,
    Validated,
)

MOST_BLOCKS = 512
MOST_WATCHES = 256


class Blocks:
    """Means over blocks of steps. Blocks double in length when they become too many."""

    def __init__(self) -> None:
        self.length = 1
        self._sums: list[float] = []
        self._counts: list[int] = []

    def add(self, value: float) -> None:
        """The value of the next step."""
        if not self._counts or self._counts[-1] == self.length:
            if len(self._counts) == MOST_BLOCKS:
                self._double()
            self._sums.append(0.0)
            self._counts.append(0)
        self._sums[-1] += value
        self._counts[-1] += 1

    def _double(self) -> None:
        self.length *= 2
        self._sums = [a + b for a, b in zip(self._sums[::2], self._sums[1::2], strict=True)]
        self._counts = [a + b for a, b in zip(self._counts[::2], self._counts[1::2], strict=True)]

    def cut(self, steps: int) -> None:
        """Forgets all from a step on, to the block."""
        whole = steps // self.length
        del self._sums[whole:], self._counts[whole:]

    @property
    def steps(self) -> int:
        return sum(self._counts)

    def means(self, count: int) -> list[float]:
        """The means of ``count`` equal parts of the run; fewer where there are not as many blocks."""
        blocks = len(self._sums)
        count = min(count, blocks)
        found = []
        for part in range(count):
            first, last = part * blocks // count, (part + 1) * blocks // count
            found.append(sum(self._sums[first:last]) / sum(self._counts[first:last]))
        return found

    def series(self, name: str, count: int = 60) -> Series:
        """The same to chart, each mean at the middle of its part."""
        means = self.means(count)
        width = self.steps / max(1, len(means))
        return Series(name, [round((n + 0.5) * width, 1) for n in range(len(means))], means)


class History:
    """Hears the entries of a journal one after the other."""

    def __init__(self, entries: Iterable[Any] = ()) -> None:
        self.started: Started | None = None
        self.loss, self.accuracy = Blocks(), Blocks()
        self.rates: list[tuple[int, float]] = []
        self.validations: list[Validated] = []
        self.watches: list[LayerStatistics] = []
        self.times: list[StepTime] = []
        self.classes: ClassCounts | None = None
        self.failed: Failed | None = None
        self.finished: Finished | None = None
        self.notes: list[Noted] = []
        self.first_loss: float | None = None
        for entry in entries:
            self.add(entry)

    @property
    def step(self) -> int:
        """Steps that are done."""
        return self.loss.steps

    def add(self, entry: Any) -> None:
        """One entry; those that no rule asks for are passed over."""
        match entry:
            case Started():
                self._begin(entry)
            case Progress():
                self._go_on(entry)
            case Validated(part="validation"):
                self.validations.append(entry)
            case LayerStatistics():
                self.watches.append(entry)
                if len(self.watches) > MOST_WATCHES:  # the later ones are kept closer together
                    del self.watches[1 : MOST_WATCHES // 2 : 2]
            case StepTime():
                self.times = [*self.times[-63:], entry]
            case ClassCounts():
                self.classes = entry
            case Noted():
                self.notes.append(entry)
            case Failed():
                self.failed = entry
            case Finished():
                self.finished = entry

    def _begin(self, entry: Started) -> None:
        """Also a resumption, or a return to an earlier step: what comes after it has not been."""
        self.started, self.failed, self.finished = entry, None, None
        kept = entry.resumed_at
        self.loss.cut(kept)
        self.accuracy.cut(kept)
        self.rates = [one for one in self.rates if one[0] < kept]
        self.validations = [one for one in self.validations if one.step <= kept]
        self.watches = [one for one in self.watches if one.step < kept]

    def _go_on(self, entry: Progress) -> None:
        if self.first_loss is None and entry.loss:
            self.first_loss = entry.loss[0]
        for value in entry.loss:
            self.loss.add(value)
        for value in entry.accuracy:
            self.accuracy.add(value)
        if not self.rates or self.rates[-1][1] != entry.learning_rate:
            self.rates.append((entry.first_step, entry.learning_rate))
            if len(self.rates) > 2 * MOST_BLOCKS:
                del self.rates[1:-1:2]
