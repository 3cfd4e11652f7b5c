"""The numbers behind the curves of a run, gathered from its journal; they grow without being copied."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from operator import attrgetter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from designer.charts.line import Even, Places, Uneven
from designer.charts.pyramid import Buffer, Floats, Pyramid
from runtime.runs import Checkpointed, Entry, Noted, Progress, Started, Validated
from runtime.stretches import heard

Scale = Literal["epoch", "step", "time"]
SCALES: tuple[Scale, ...] = ("epoch", "step", "time")
LAST = "last.safetensors"  # written every few seconds

BLOCK = 128  # values smoothed at once: so few that β⁻ⁿ stays a number
SPANS = {"None": 1.0, "Little": 10.0, "Medium": 50.0, "Strong": 300.0}  # steps
UNBIASED = 1e-17  # weight of the start, below which a mean shows nothing of it
SPAN_SHARE = 60  # smoothing spans one part in so many of a run, unless it is chosen
LEAST_SPAN, MOST_SPAN = 3.0, 100.0

_LOSS, _ACCURACY = attrgetter("loss"), attrgetter("accuracy")


class Smoothed:
    """Values one a step, and their exponential mean without its bias towards the start.

    s_n = β s_{n−1} + (1 − β) y_n, shown as s_n / (1 − βⁿ), after Kingma & Ba 2015, arXiv:1412.6980, section 3.
    """

    def __init__(self, span: float) -> None:
        self.raw, self.smooth = Pyramid(), Pyramid()
        self._set_span(span)

    def __len__(self) -> int:
        return len(self.raw)

    def extend(self, values: Floats) -> None:
        self.raw.extend(values)
        self._smooth_on()

    def cut(self, length: int) -> None:
        self.raw.cut(length)
        self.smooth.cut(length)

    def smooth_by(self, span: float) -> None:
        """All anew, over ``span`` steps."""
        self._set_span(span)
        self.smooth = Pyramid()
        self._smooth_on()

    def _set_span(self, span: float) -> None:
        self._beta = 1 - 1 / max(1.0, span)
        self._fading = self._beta ** np.arange(1, BLOCK + 1)

    def _smooth_on(self) -> None:
        """Blocks that start at 0, s_n = βⁿ Σ (1 − β) β⁻ᵏ y_k; then each takes on what was left of those before it."""
        done = len(self.smooth)
        values = self.raw.values[done:]
        count = len(values)
        if not self._beta or not count:
            self.smooth.extend(values)
            return
        blocks = np.zeros((-(-count // BLOCK), BLOCK))
        blocks.reshape(-1)[:count] = values
        sums = np.cumsum(blocks * ((1 - self._beta) / self._fading), axis=1) * self._fading
        left = float(self.smooth.values[-1]) * (1 - self._beta**done) if done else 0.0
        carried = []
        for last in sums[:, -1].tolist():
            carried.append(left)
            left = last + float(self._fading[-1]) * left
        sums += np.array(carried)[:, None] * self._fading
        smooth = sums.reshape(-1)[:count]
        if self._beta**done > UNBIASED:
            smooth /= 1 - self._beta ** np.arange(done + 1, done + count + 1)
        self.smooth.extend(smooth)


class Points:
    """A value now and then, with the step, the epoch and the time at which it was measured."""

    def __init__(self) -> None:
        self.values = Pyramid()
        self.places: dict[Scale, Buffer] = {scale: Buffer() for scale in SCALES}

    def __len__(self) -> int:
        return len(self.values)

    def extend(self, values: Floats | Sequence[float], **places: Floats | Sequence[float]) -> None:
        """``places`` are the step, epoch and time of each."""
        self.values.extend(np.asarray(values, dtype=np.float64))
        for scale, buffer in self.places.items():
            buffer.extend(np.asarray(places[scale], dtype=np.float64))

    def cut(self, step: int) -> None:
        """Forgets what comes after a step."""
        kept = int(np.searchsorted(self.places["step"].values, step, side="right"))
        self.values.cut(kept)
        for buffer in self.places.values():
            buffer.cut(kept)

    def standing(self, scale: Scale) -> Places:
        return Uneven(self.places[scale])


class Quantity:
    """Loss or accuracy: of every training step, and of the other parts now and then."""

    def __init__(self, span: float = 1.0) -> None:
        self.training = Smoothed(span)
        self.validation, self.test = Points(), Points()

    def last(self) -> dict[str, float]:
        """The value shown last, by part."""
        found = {"training": self.training.smooth, "validation": self.validation.values, "test": self.test.values}
        return {part: float(pyramid.values[-1]) for part, pyramid in found.items() if len(pyramid)}

    def cut(self, steps: int) -> None:
        self.training.cut(steps)
        self.validation.cut(steps)
        self.test.cut(steps)


class CurveData:
    """What the journal of a run says of its loss, its metrics and its rate."""

    def __init__(self, span: float | None = None) -> None:
        self._span = span
        self._clear(1, 1)

    @property
    def steps(self) -> int:
        return len(self.loss.training)

    @property
    def best_epoch(self) -> float | None:
        return None if self.best_step is None else self.best_step / self.steps_per_epoch

    def quantity(self, name: str) -> Quantity | None:
        return {"loss": self.loss, "accuracy": self.accuracy}.get(name) or self.metrics.get(name)

    def metric_names(self) -> list[str]:
        """What there is beside the loss."""
        has_accuracy = len(self.accuracy.training) or len(self.accuracy.validation)
        return [*(["accuracy"] if has_accuracy else []), *self.metrics]

    def standing(self, scale: Scale) -> Places:
        """Where the values of the training steps stand."""
        if scale == "time":
            return Uneven(self._seconds)
        step = 1 / self.steps_per_epoch if scale == "epoch" else 1.0
        return Even(step, step)

    def extent(self, scale: Scale) -> tuple[float, float]:
        """From the start to the end, as far as it is known."""
        if scale == "time":
            return (0.0, float(self._seconds.values[-1]) if len(self._seconds) else 1.0)
        return (0.0, float(self.epochs) if scale == "epoch" else float(self.epochs * self.steps_per_epoch))

    def places_of(self, steps: Sequence[int], scale: Scale) -> Floats:
        """Where steps stand."""
        found = np.asarray(steps, dtype=np.float64)
        if scale != "time":
            return found / self.steps_per_epoch if scale == "epoch" else found
        count = len(self._seconds)
        if not count:
            return np.zeros(len(found))
        return self._seconds.values[np.clip(found.astype(np.int64), 1, count) - 1]

    def smooth_by(self, span: float | None) -> None:
        """How many steps a smooth curve spans; None: as suits the length of the run."""
        self._span = span
        for quantity in (self.loss, self.accuracy):
            quantity.training.smooth_by(self._chosen_span)

    def take(self, entries: Sequence[Entry]) -> None:
        """Many lines at once: a run of last year is read in few goes."""
        for lines, others in heard(entries).stretches:
            if others and isinstance(first := others[0][1], Started):
                self._start(first)
            before = self._row[2]
            ends = self._progress(lines) if lines else np.empty(0)
            for done, entry in others:  # the lines before it tell its time
                if type(entry) is Validated:
                    self._validated(entry, float(ends[done - 1]) if done else before)
                elif type(entry) is Checkpointed:
                    self._checkpointed(entry)
                elif type(entry) is Noted and entry.rate is not None:
                    self.rates_set.append(entry.step)

    @property
    def _chosen_span(self) -> float:
        usual = min(MOST_SPAN, max(LEAST_SPAN, self.epochs * self.steps_per_epoch / SPAN_SHARE))
        return usual if self._span is None else self._span

    def _clear(self, epochs: int, steps_per_epoch: int) -> None:
        self.epochs, self.steps_per_epoch = epochs, steps_per_epoch
        self.batch_size = 1
        self.loss, self.accuracy = Quantity(self._chosen_span), Quantity(self._chosen_span)
        self.metrics: dict[str, Quantity] = {}  # measured on whole parts only
        self.rate = Points()
        self.best_step: int | None = None
        self.kept: list[int] = []  # steps whose weights are kept
        self.resumed: list[int] = []
        self.saved: list[int] = []  # steps of checkpoints that were replaced since
        self.rates_set: list[int] = []  # steps after which the rate was another one, not by its schedule
        self._seconds = Buffer()  # when each step was done
        self._row = (0, 0.0, 0.0)  # the step, epoch and time of the last line

    def _start(self, entry: Started) -> None:
        if not entry.resumed_at:
            self._clear(entry.epochs, max(1, entry.steps_per_epoch))
            self.batch_size = entry.batch_size
            return
        kept = entry.resumed_at
        for quantity in (self.loss, self.accuracy, *self.metrics.values()):
            quantity.cut(kept)
        self.rate.cut(kept)
        self._seconds.cut(kept)
        for steps in (self.kept, self.resumed, self.saved, self.rates_set):
            steps[:] = [step for step in steps if step <= kept]
        self.resumed.append(kept)

    def _progress(self, entries: Sequence[Progress]) -> Floats:
        """Gives the time at the end of each."""
        counts = np.fromiter(map(len, map(_LOSS, entries)), dtype=np.int64, count=len(entries))
        self.loss.training.extend(np.fromiter(chain.from_iterable(map(_LOSS, entries)), dtype=np.float64))
        self.accuracy.training.extend(np.fromiter(chain.from_iterable(map(_ACCURACY, entries)), dtype=np.float64))
        ends = self._ends(entries, counts)
        starts = np.concatenate(([self._row[2]], ends[:-1]))
        number = np.arange(1, counts.sum() + 1) - np.repeat(np.cumsum(counts) - counts, counts)  # within its line
        of_one = np.divide(ends - starts, counts, out=np.zeros(len(ends)), where=counts > 0)
        self._seconds.extend(np.repeat(starts, counts) + number * np.repeat(of_one, counts))
        steps, epochs = _column(entries, "first_step") + counts, _column(entries, "epoch")
        self.rate.extend(_column(entries, "learning_rate"), step=steps, epoch=epochs, time=ends)
        self._row = (int(steps[-1]), float(epochs[-1]), float(ends[-1]))
        return ends

    def _ends(self, entries: Sequence[Progress], counts: NDArray[np.int64]) -> Floats:
        """When the steps of each line were done: as it says, or as long as its samples took."""
        if entries[-1].seconds:
            return _column(entries, "seconds")
        speeds = _column(entries, "samples_per_second")
        taken = np.divide(counts * self.batch_size, speeds, out=np.zeros(len(speeds)), where=speeds > 0)
        return self._row[2] + np.cumsum(taken)

    def _validated(self, entry: Validated, time: float) -> None:
        metrics = dict(entry.metrics)
        values = [(self.loss, entry.loss), (self.accuracy, metrics.pop("accuracy", entry.accuracy))]
        values += [(self.metrics.setdefault(name, Quantity()), value) for name, value in metrics.items()]
        for quantity, value in values:
            if value is not None:
                part = quantity.test if entry.part == "test" else quantity.validation
                part.extend([value], step=[entry.step], epoch=[entry.epoch], time=[time])

    def _checkpointed(self, entry: Checkpointed) -> None:
        if entry.best:
            self.best_step = entry.step
        else:
            (self.saved if entry.file.endswith(LAST) else self.kept).append(entry.step)


def _column(entries: Sequence[Progress], name: str) -> Floats:
    """One number of each line."""
    return np.fromiter(map(attrgetter(name), entries), dtype=np.float64, count=len(entries))
