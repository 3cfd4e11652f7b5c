"""Mirrors of the journal for other programs: CSV tables, and event files for TensorBoard.

They hear what is written to the journal. Where a run goes on from a checkpoint, what it will write again is taken
back first, so that no step stands in them twice.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nodes.graph.files import NetworkFileError, write_atomically
from runtime.companions import Accompanied, Companion
from runtime.runs import Entry, Noted, Progress, Started, TrainingError, Validated, unwritable
from runtime.team import team

STEPS, VALIDATION = "steps.csv", "validation.csv"
STEP_COLUMNS = ("step", "epoch", "loss", "accuracy", "learning_rate", "samples_per_second")
EVENTS = "tensorboard"  # folder within the run's
ABSENT = (
    "No event files for TensorBoard are written: the package tensorboard is not installed. "
    "Install it with pip install tensorboard, and resume."
)


def make_csv(training: Accompanied) -> Companion | None:
    """By the leader alone, where the recipe wants it."""
    return CsvMirror(training) if training.job.recipe.mirror_csv and team().is_leader else None


def make_tensorboard(training: Accompanied) -> Companion | None:
    """By the leader alone, where the recipe wants it; None with a word in the journal where the package is absent."""
    return TensorBoardMirror(training) if training.job.recipe.mirror_tensorboard and team().is_leader else None


class _Mirror(Companion):
    """Hears the journal; ``steps_per_epoch`` is known from its first line on."""

    steps_per_epoch = 1

    def hear(self, entry: Entry) -> None:
        match entry:
            case Started():
                self.steps_per_epoch = entry.steps_per_epoch
                self.take_back(entry.resumed_at)
            case Progress():
                self.add_steps(entry)
            case Validated():
                self.add_validation(entry)

    def take_back(self, first: int) -> None:
        """Forgets the step ``first``, counted from 0, and all after it."""

    def add_steps(self, entry: Progress) -> None:
        """Of each step since the last."""

    def add_validation(self, entry: Validated) -> None:
        """Of a whole part."""

    def rate(self, step: int) -> float:
        """The learning rate of a step."""
        at = self.training.at
        scheduled = self.training.job.recipe.learning_rate_at(step, self.steps_per_epoch)
        return at.rate_factor * at.plateau.factor * scheduled


class CsvMirror(_Mirror):
    """Two tables with a heading: one line a step, and one line for each time that a part is measured."""

    name = "csv"

    def take_back(self, first: int) -> None:
        _shorten(self.training.run / STEPS, first - 1)
        _shorten(self.training.run / VALIDATION, first)

    def add_steps(self, entry: Progress) -> None:
        rows = [
            (step, (step + 1) / self.steps_per_epoch, loss, accuracy, self.rate(step), entry.samples_per_second)
            for step, loss, accuracy in _by_step(entry)
        ]
        _append(self.training.run / STEPS, [dict(zip(STEP_COLUMNS, row, strict=True)) for row in rows])

    def add_validation(self, entry: Validated) -> None:
        row = {"step": entry.step, "epoch": entry.epoch, "part": entry.part, "loss": entry.loss}
        _append(self.training.run / VALIDATION, [row | {"accuracy": entry.accuracy} | entry.metrics])


class TensorBoardMirror(_Mirror):
    """Scalars ``train/…`` by step, ``validation/…`` and ``test/…`` by the steps done."""

    name = "tensorboard"

    def __init__(self, training: Accompanied) -> None:
        super().__init__(training)
        self._writer: Any = None
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            self._make: Any = None
        else:
            self._make = SummaryWriter

    def begin(self) -> None:
        if self._make is None:
            self.training.write(Noted(self.training.at.step, ABSENT))

    def take_back(self, first: int) -> None:
        if self._make is None:
            return
        self.end()
        try:
            self._writer = self._make(str(self.training.run / EVENTS), purge_step=first or None, flush_secs=10)
        except OSError as error:
            raise unwritable(self.training.run / EVENTS, error) from None

    def add_steps(self, entry: Progress) -> None:
        for step, loss, accuracy in _by_step(entry):
            values = {"loss": loss, "accuracy": accuracy, "learning_rate": self.rate(step)}
            self._add("train", values, step)
        self._add("train", {"samples_per_second": entry.samples_per_second}, entry.first_step + len(entry.loss) - 1)

    def add_validation(self, entry: Validated) -> None:
        self._add(entry.part, {"loss": entry.loss} | entry.metrics, entry.step)

    def end(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _add(self, part: str, values: Mapping[str, float | None], step: int) -> None:
        for name, value in values.items():
            if value is not None and self._writer is not None:
                self._writer.add_scalar(f"{part}/{name}", value, step)


def _by_step(entry: Progress) -> Iterator[tuple[int, float, float | None]]:
    """Step, counted from 0, loss, and accuracy where samples are classified."""
    for number, loss in enumerate(entry.loss):
        yield entry.first_step + number, loss, entry.accuracy[number] if entry.accuracy else None


def _append(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds lines, with a heading above the first. Raises TrainingError."""
    if not rows:
        return
    try:
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            if file.tell() == 0:
                writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        raise unwritable(path, error) from None


def _shorten(path: Path, last: int) -> None:
    """Keeps the heading and the whole lines up to the step ``last``. Raises TrainingError."""
    if not path.is_file():
        return
    kept = io.StringIO()
    try:
        with path.open(newline="", encoding="utf-8") as file:
            heading, *rows = [line for line in csv.reader(file) if line] or [[]]
        writer = csv.writer(kept)
        writer.writerow(heading)
        writer.writerows(row for row in rows if len(row) == len(heading) and int(row[0]) <= last)
        write_atomically(path, kept.getvalue().encode() if heading else b"")
    except (OSError, NetworkFileError, ValueError) as error:
        raise TrainingError(f"{path} cannot be gone on with ({error}).", "Move it elsewhere, and resume.") from None
