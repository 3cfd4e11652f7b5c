"""The numbers behind the curves, in numpy buffers that grow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runtime.runs import Checkpointed, Entry, Progress, Started, Validated

Floats = NDArray[np.float64]

BLOCK = 256  # values smoothed by one product with a matrix
FIRST_ROOM = 1_024


class Buffer:
    """Numbers in a row; room doubles when it is full."""

    def __init__(self) -> None:
        self._room = np.empty(FIRST_ROOM)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def values(self) -> Floats:
        """A view, without a copy."""
        return self._room[: self._length]

    def extend(self, values: Floats) -> None:
        needed = self._length + len(values)
        if needed > len(self._room):
            grown = np.empty(max(needed, 2 * len(self._room)))
            grown[: self._length] = self.values
            self._room = grown
        self._room[self._length : needed] = values
        self._length = needed

    def cut(self, length: int) -> None:
        self._length = min(self._length, length)


class Smoothed:
    """Values one a step, and their exponential mean without its bias towards the start.

    s_n = β s_{n−1} + (1 − β) y_n, shown as s_n / (1 − βⁿ), after Kingma & Ba 2015, arXiv:1412.6980, section 3.
    """

    def __init__(self, span: float) -> None:
        self.raw, self.smooth = Buffer(), Buffer()
        self._beta = 1 - 1 / max(1.0, span)
        steps = np.arange(BLOCK)
        lags = steps[:, None] - steps[None, :]
        self._matrix = np.where(lags >= 0, (1 - self._beta) * self._beta ** np.maximum(lags, 0), 0.0)

    def __len__(self) -> int:
        return len(self.raw)

    def extend(self, values: Floats) -> None:
        for start in range(0, len(values), BLOCK):
            self._extend_block(values[start : start + BLOCK])

    def cut(self, length: int) -> None:
        self.raw.cut(length)
        self.smooth.cut(length)

    def _extend_block(self, values: Floats) -> None:
        done, count = len(self.raw), len(values)
        before = self.smooth.values[-1] * (1 - self._beta**done) if done else 0.0
        steps = np.arange(1, count + 1)
        sums = self._matrix[:count, :count] @ values + before * self._beta**steps
        self.raw.extend(values)
        self.smooth.extend(sums / (1 - self._beta ** (done + steps)))


class Points:
    """A value now and then, by epoch."""

    def __init__(self) -> None:
        self.epochs, self.values = Buffer(), Buffer()

    def __len__(self) -> int:
        return len(self.epochs)

    def add(self, epoch: float, value: float) -> None:
        self.epochs.extend(np.array([epoch]))
        self.values.extend(np.array([value]))

    def cut(self, epoch: float) -> None:
        """Forgets what comes after an epoch."""
        kept = int(np.searchsorted(self.epochs.values, epoch, side="right"))
        self.epochs.cut(kept)
        self.values.cut(kept)


class Quantity:
    """Loss or accuracy: of every training step, and of the other parts now and then."""

    def __init__(self, span: float = 1.0) -> None:
        self.training = Smoothed(span)
        self.validation, self.test = Points(), Points()

    def last(self) -> dict[str, float]:
        """The value shown last, by part."""
        found = {"training": self.training.smooth.values}
        found |= {"validation": self.validation.values.values, "test": self.test.values.values}
        return {part: float(values[-1]) for part, values in found.items() if len(values)}

    def cut(self, steps: int, epoch: float) -> None:
        self.training.cut(steps)
        self.validation.cut(epoch)
        self.test.cut(epoch)


class CurveData:
    """What the journal says of loss and accuracy, by epoch."""

    def __init__(self) -> None:
        self.best_epoch: float | None = None
        self._clear(1, 1)

    @property
    def steps(self) -> int:
        return len(self.loss.training)

    def epochs_of_steps(self) -> Floats:
        """Where each training value stands: the epochs done after its step."""
        return self._steps.values[: self.steps] / self.steps_per_epoch

    def quantity(self, name: str) -> Quantity:
        return {"loss": self.loss, "accuracy": self.accuracy}.get(name) or self.metrics[name]

    def metric_names(self) -> list[str]:
        """What there is beside the loss."""
        has_accuracy = len(self.accuracy.training) or len(self.accuracy.validation)
        return [*(["accuracy"] if has_accuracy else []), *self.metrics]

    def take(self, entries: list[Entry]) -> None:
        for entry in entries:
            if isinstance(entry, Started):
                self._start(entry)
            elif isinstance(entry, Progress):
                self._progress(entry)
            elif isinstance(entry, Validated):
                self._validated(entry)
            elif isinstance(entry, Checkpointed) and entry.best:
                self.best_epoch = entry.step / self.steps_per_epoch

    def _clear(self, epochs: int, steps_per_epoch: int) -> None:
        self.epochs, self.steps_per_epoch = epochs, steps_per_epoch
        span = min(100.0, max(3.0, epochs * steps_per_epoch / 60))
        self.loss, self.accuracy = Quantity(span), Quantity(span)
        self.metrics: dict[str, Quantity] = {}  # measured on whole parts only
        self._steps = Buffer()
        self.best_epoch = None

    def _start(self, entry: Started) -> None:
        if not entry.resumed_at:
            self._clear(entry.epochs, max(1, entry.steps_per_epoch))
            return
        kept = entry.resumed_at
        for quantity in (self.loss, self.accuracy, *self.metrics.values()):
            quantity.cut(kept, kept / self.steps_per_epoch)

    def _progress(self, entry: Progress) -> None:
        new = np.asarray(entry.loss, dtype=np.float64)
        self.loss.training.extend(new)
        self.accuracy.training.extend(np.asarray(entry.accuracy, dtype=np.float64))
        have = len(self._steps)
        self._steps.extend(np.arange(have + 1, max(have, self.steps) + 1, dtype=np.float64))

    def _validated(self, entry: Validated) -> None:
        metrics = dict(entry.metrics)
        values = [(self.loss, entry.loss), (self.accuracy, metrics.pop("accuracy", entry.accuracy))]
        values += [(self.metrics.setdefault(name, Quantity()), value) for name, value in metrics.items()]
        for quantity, value in values:
            if value is not None:
                part = quantity.test if entry.part == "test" else quantity.validation
                part.add(entry.epoch, value)
