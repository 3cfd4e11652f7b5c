"""Standing: how far a training is, in the words and numbers that the panel shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from designer.figures import figure, grouped, memory, moment, share
from runtime.runs import Checkpointed, Entry, Finished, Noted, Progress, Started, StepTime, Validated
from runtime.stopping import words_of
from runtime.stretches import heard

NOTES = 3  # that are shown, the last ones
DEVICE_WORDS = {"cpu": "CPU", "cuda": "GPU"}


@dataclass
class Standing:
    """What the journal says so far, last values only."""

    started: Started | None = None
    progress: Progress | None = None
    finished: Finished | None = None
    validated: dict[str, Validated] = field(default_factory=dict)  # part -> the last of it
    best_epoch: float | None = None
    times: StepTime | None = None  # of a step, by its parts
    notes: list[str] = field(default_factory=list)  # what the training did by itself, such as lowering its rate

    def take(self, entries: Sequence[Entry]) -> None:
        for progress, others in heard(entries).stretches:
            for _, entry in others:
                if taker := _TAKERS.get(type(entry)):
                    taker(self, entry)
            if progress:
                self.progress = progress[-1]

    def _start(self, entry: Started) -> None:
        if not entry.resumed_at:
            self.__init__()  # type: ignore[misc]
        self.started, self.finished = entry, None

    def _validate(self, entry: Validated) -> None:
        self.validated[entry.part] = entry

    def _time(self, entry: StepTime) -> None:
        self.times = entry

    def _note(self, entry: Noted) -> None:
        self.notes.append(entry.sentence)

    def _finish(self, entry: Finished) -> None:
        self.finished = entry

    def _note_best(self, entry: Checkpointed) -> None:
        if entry.best and self.started is not None:
            self.best_epoch = entry.step / self.started.steps_per_epoch

    @property
    def fraction(self) -> float:
        """Of the whole training, 0 to 1."""
        if self.started is None or self.progress is None:
            return 0.0
        return min(1.0, self.progress.epoch / self.started.epochs)

    def line(self, state: str) -> str:
        """Such as: epoch 3 of 10 · 41 s left · 6 140 samples/s · CPU, 774 MiB."""
        started, progress = self.started, self.progress
        if started is None:
            return ""
        words = [self._epoch(started, progress)]
        if progress is not None:
            if state in ("running", "paused"):
                words.append(f"{duration(progress.seconds_left)} left")
            elif self.finished is not None:
                words.append(duration(self.finished.seconds))
            words.append(f"{grouped(round(progress.samples_per_second))} samples/s")
        words.append(_device(started.device))
        if self.times is not None and self.times.memory and state != "idle":
            words[-1] += f", {memory(self.times.memory)}"
        return " · ".join(words)

    def step_words(self) -> str:
        """How the time of a step is shared: 12.3 ms a step: data 3 %, forward 35 %, backward 50 %, update 12 %."""
        times = self.times
        if times is None:
            return ""
        parts = {"data": times.data, "forward": times.forward, "backward": times.backward, "update": times.update}
        total = sum(parts.values()) or 1.0
        shares = ", ".join(f"{name} {share(value / total, 0)}" for name, value in parts.items())
        return f"{moment(total)} a step: {shares}"

    def result(self) -> str:
        """The outcome in words: Test accuracy 97.8 %: 352 of 360 right, loss 0.083."""
        test, started = self.validated.get("test"), self.started
        if test is None or started is None:
            return ""
        if test.accuracy is None:
            return f"Test loss {number(test.loss)}"
        right = round(test.accuracy * started.samples.test)
        return (
            f"Test accuracy {test.accuracy * 100:.1f} %: {grouped(right)} of "
            f"{grouped(started.samples.test)} right, loss {number(test.loss)}"
        )

    def told(self) -> str:
        """What the training did by itself, why it ended, and the metrics beside loss and accuracy, each in a line."""
        lines = self.notes[-NOTES:]
        if self.finished is not None and self.finished.sentence:
            lines = [*lines, self.finished.sentence]
        last = self.validated.get("test" if self.finished else "validation")
        metrics = {name: value for name, value in last.metrics.items() if name != "accuracy"} if last else {}
        measured = " · ".join(f"{words_of(name)} {number(value)}" for name, value in metrics.items())
        return "\n".join([*lines, f"{last.part.capitalize()}: {measured}"] if last and measured else lines)

    def _epoch(self, started: Started, progress: Progress | None) -> str:
        """The epoch it is in; once it has ended, the last one it was in."""
        current = 1
        if progress is not None:
            done = math.ceil(progress.epoch) if self.finished else int(progress.epoch) + 1
            current = min(started.epochs, max(done, 1))
        return f"epoch {grouped(current)} of {grouped(started.epochs)}"


_TAKERS: dict[type, Callable[[Standing, Any], None]] = {
    Started: Standing._start,
    Validated: Standing._validate,
    Checkpointed: Standing._note_best,
    StepTime: Standing._time,
    Noted: Standing._note,
    Finished: Standing._finish,
}


def duration(seconds: float) -> str:
    """41 s, 3 min 20 s, 2 h 05 min."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3_600} h {whole % 3_600 // 60:02d} min"


def number(value: float) -> str:
    """A loss: three figures that count, and no more than can be read."""
    return f"{value:#.3g}".rstrip(".") if 0.001 <= abs(value) < 1_000 or value == 0 else figure(value)


def _device(name: str) -> str:
    kind, _, which = name.partition(":")
    word = DEVICE_WORDS.get(kind, kind)
    return f"{word} {which}" if which else word
