"""What the doctor remembers of a journal: as much as its rules need, however long the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from operator import attrgetter
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
from runtime.stretches import heard

MOST_BLOCKS = 512
MOST_WATCHES = 256


class Blocks:
    """Means over blocks of steps. Blocks double in length when they become too many."""

    def __init__(self) -> None:
        self.length = 1
        self._sums: list[float] = []
        self._counts: list[int] = []

    def extend(self, values: Sequence[float]) -> None:
        """The values of the next steps."""
        done = 0
        while done < len(values):
            if not self._counts or self._counts[-1] == self.length:
                if len(self._counts) == MOST_BLOCKS:
                    self._double()
                self._sums.append(0.0)
                self._counts.append(0)
            part = values[done : done + self.length - self._counts[-1]]
            self._sums[-1] += sum(part)
            self._counts[-1] += len(part)
            done += len(part)

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
    """Hears the entries of a journal, some at a time."""

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
        self.take(list(entries))

    @property
    def step(self) -> int:
        """Steps that are done."""
        return self.loss.steps

    def take(self, entries: Sequence[Any]) -> None:
        """The next entries; those that no rule asks for are passed over."""
        for stretch in heard(entries).stretches:
            for _, entry in stretch.others:
                self._note(entry)
            self._go_on(stretch.progress)

    def _note(self, entry: Any) -> None:
        note = _NOTED.get(type(entry))
        if note:
            note(self, entry)

    def _judge(self, entry: Validated) -> None:
        if entry.part == "validation":
            self.validations.append(entry)

    def _watch(self, entry: LayerStatistics) -> None:
        self.watches.append(entry)
        if len(self.watches) > MOST_WATCHES:  # the later ones are kept closer together
            del self.watches[1 : MOST_WATCHES // 2 : 2]

    def _time(self, entry: StepTime) -> None:
        self.times = [*self.times[-63:], entry]

    def _begin(self, entry: Started) -> None:
        """Also a resumption, or a return to an earlier step: what comes after it has not been."""
        self.started, self.failed, self.finished = entry, None, None
        kept = entry.resumed_at
        self.loss.cut(kept)
        self.accuracy.cut(kept)
        self.rates = [one for one in self.rates if one[0] < kept]
        self.validations = [one for one in self.validations if one.step <= kept]
        self.watches = [one for one in self.watches if one.step < kept]

    def _go_on(self, lines: Sequence[Progress]) -> None:
        losses = list(chain.from_iterable(map(attrgetter("loss"), lines)))
        if self.first_loss is None and losses:
            self.first_loss = losses[0]
        self.loss.extend(losses)
        self.accuracy.extend(list(chain.from_iterable(map(attrgetter("accuracy"), lines))))
        rates = list(map(attrgetter("learning_rate"), lines))
        last = self.rates[-1][1] if self.rates else None
        if rates.count(last) == len(rates):
            return
        for line in lines:
            if line.learning_rate != last:
                last = line.learning_rate
                self.rates.append((line.first_step, last))
                if len(self.rates) > 2 * MOST_BLOCKS:
                    del self.rates[1:-1:2]


_NOTED: dict[type, Callable[[History, Any], None]] = {
    Started: History._begin,
    Validated: History._judge,
    LayerStatistics: History._watch,
    StepTime: History._time,
    ClassCounts: lambda history, entry: setattr(history, "classes", entry),
    Noted: lambda history, entry: history.notes.append(entry),
    Failed: lambda history, entry: setattr(history, "failed", entry),
    Finished: lambda history, entry: setattr(history, "finished", entry),
}
