"""Training: the loop, and the run folder that it writes.

``train(run)`` trains the network of a run folder; ``python -m runtime.train FILE --out DIR`` makes one first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import torch
from torch import Tensor

from nodes.graph.files import load
from runtime.checkpoint import BEST, LAST, Best, Position, load_weights, restore_last, save_last, save_weights
from runtime.control import Control
from runtime.data.dataset import DataSet
from runtime.data.loader import epoch_order
from runtime.devices import device_title, environment, find_device, on_threads
from runtime.evaluate import Score, evaluate
from runtime.failures import as_training_error, finite_steps, not_finite
from runtime.job import Job, make_job
from runtime.lock import locked
from runtime.meter import Meter
from runtime.optimizers import set_learning_rate
from runtime.recipe import Recipe
from runtime.runs import (
    ENVIRONMENT,
    NETWORK,
    SUMMARY,
    Checkpointed,
    Command,
    Entry,
    Failed,
    Finished,
    Journal,
    Pause,
    Progress,
    Resume,
    Samples,
    SetLearningRate,
    Started,
    StateChanged,
    Stop,
    TrainingError,
    Validated,
    ValidateNow,
    write_json,
)

LINE_SECONDS = 0.1  # between two journal lines, and between two looks at the control file
PAUSE_SECONDS = 0.03  # between two looks at the control file while paused
CHECKPOINT_SECONDS = 5.0
CHECKPOINT_SHARE = 0.05  # of the time may go into checkpoints: large ones are written less often

Listener = Callable[[Entry], None]


class Summary(msgspec.Struct, frozen=True):
    """What a run came to; also in its folder as ``summary.json``."""

    reason: str  # "done" or "stopped"
    epochs: float
    steps: int
    seconds: float
    samples_per_second: float
    weights: int
    test_loss: float | None
    test_accuracy: float | None
    best: Best | None


def train(
    run: Path, *, resume: bool = False, on_entry: Listener | None = None, prepared: DataSet | None = None
) -> Summary:
    """Trains the network of a run folder to its end, or until it is told to stop.

    ``prepared`` is the data set if it has been read already. Raises TrainingError, after writing it to the journal.
    """
    if not (run / NETWORK).is_file():
        raise TrainingError(f"{run} is no run: it has no {NETWORK}.", "Name a folder that a training has made.")
    with locked(run):
        if not resume and (run / LAST).exists():
            raise TrainingError(f"{run} has been trained already.", "Resume it, or start a new run.")
        recipe, device = Recipe(), torch.device("cpu")
        try:
            network = load(run / NETWORK).network
            recipe = Recipe.read(network.recipe)
            device = find_device(recipe.device)
            job = make_job(run, network, recipe, device, prepared)
            return Training(run, job, resume, on_entry).go()
        except Exception as error:
            failure = as_training_error(error, run, recipe, device)
            entry = Failed(failure.fact, failure.remedy, failure.node)
            with suppress(TrainingError), Journal(run) as journal:
                journal.append(entry)
            if on_entry:
                on_entry(entry)
            raise failure from error


class Training:
    """One training under way."""

    def __init__(self, run: Path, job: Job, resume: bool, on_entry: Listener | None) -> None:
        self._run, self._job, self._recipe, self._on_entry = run, job, job.recipe, on_entry
        self._control = Control(run, from_now=resume)
        self._at = (restore_last(run, job.module, job.optimizer) if resume else None) or Position(threads=job.threads)
        self._journal = Journal(run, keep=self._at.journal_bytes)
        self._meter = Meter(self._at.step)
        self._rate = 0.0  # of the last step
        self._is_paused = self._is_stopping = False
        now = time.perf_counter()
        self._began = now - self._at.seconds
        self._poll_due = now  # so that the first step is shown at once
        self._checkpoint_due = now + CHECKPOINT_SECONDS

    def go(self) -> Summary:
        """From wherever it stands to the end."""
        with self._journal, on_threads(self._at.threads):
            self._begin()
            while self._at.epochs_done < self._recipe.epochs and not self._is_stopping:
                self._train_epoch()
                if not self._is_stopping:
                    self._end_epoch()
            return self._end()

    def _train_epoch(self) -> None:
        module, optimizer, loader = self._job.module, self._job.optimizer, self._job.loader
        module.train()
        for rows in self._batches():
            self._rate = self._at.rate_factor * self._scheduled_rate
            set_learning_rate(optimizer, self._rate)
            batch = loader.batch(rows)
            loss, parts = module.losses(*batch)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

            self._meter.add(loss.detach(), self._job.hits(parts, batch), len(rows))
            self._at.step += 1
            if time.perf_counter() >= self._poll_due:
                self._poll()
                if self._is_stopping:
                    return

    def _batches(self) -> Iterator[Tensor]:
        """The rows of each batch that this epoch still has."""
        epoch, size, steps = self._at.epochs_done, self._recipe.batch_size, self._job.epoch_steps
        order = self._job.loader.rows(epoch_order(self._job.data.train, self._recipe.seed, epoch))
        for number in range(self._at.step - epoch * steps, steps):
            yield order[number * size : (number + 1) * size]

    @property
    def _scheduled_rate(self) -> float:
        return self._recipe.learning_rate_at(self._at.step, self._job.epoch_steps)

    @property
    def _epoch(self) -> float:
        return self._at.step / self._job.epoch_steps

    def _begin(self) -> None:
        data, recipe = self._job.data, self._recipe
        self._write(
            Started(
                time=time.time(),
                epochs=recipe.epochs,
                steps_per_epoch=self._job.epoch_steps,
                samples=Samples(len(data.train), len(data.validation), len(data.test)),
                batch_size=recipe.batch_size,
                device=device_title(self._job.device),
                weights=self._job.weight_count,
                resumed_at=self._at.step,
                notes=list(data.notes),
            )
        )

    def _poll(self) -> None:
        """What is done between steps, ten times a second: a journal line, commands, now and then a checkpoint."""
        self._write_progress()
        self._obey()
        if time.perf_counter() >= self._checkpoint_due:
            self._save()
        self._poll_due = time.perf_counter() + LINE_SECONDS

    def _write(self, entry: Entry) -> None:
        self._journal.append(entry)
        if self._on_entry:
            self._on_entry(entry)

    def _write_progress(self) -> None:
        steps = self._meter.take()
        count = finite_steps(steps.loss)
        if count:
            speed = self._meter.samples_per_second
            left = (self._recipe.epochs - self._epoch) * len(self._job.data.train) / speed
            loss, accuracy = steps.loss[:count], steps.accuracy[:count]
            self._write(Progress(steps.first, self._epoch, loss, accuracy, self._rate, speed, left))
        if count < len(steps.loss):
            raise not_finite("The loss", steps.loss[count], steps.first + count + 1, self._rate)

    def _obey(self) -> None:
        """Follows new commands; while paused, waits for more."""
        while True:
            commands = self._control.new()
            for command in commands:
                self._follow(command)
            if commands:
                self._meter.restart_clock()
            if self._is_stopping or not self._is_paused:
                return
            time.sleep(PAUSE_SECONDS)
            self._began += PAUSE_SECONDS

    def _follow(self, command: Command) -> None:
        match command:
            case Stop():
                self._is_stopping = True
            case Pause() | Resume():
                self._is_paused = isinstance(command, Pause)
                if self._is_paused:
                    self._save()  # people pause to close the lid
                self._write(StateChanged("paused" if self._is_paused else "running"))
            case ValidateNow():
                self._validate()
            case SetLearningRate(value):
                scheduled = self._scheduled_rate
                if scheduled:  # a schedule that has ended at 0 leaves nothing to change
                    self._at.rate_factor = value / scheduled
                self._save()

    def _end_epoch(self) -> None:
        score = self._validate()
        if score:
            best = Best(self._epoch, self._at.step, score.loss, score.accuracy)
            if best.is_better_than(self._at.best):
                self._at.best = best
                save_weights(self._run, self._job.module.state_dict())
                self._write(Checkpointed(self._at.step, BEST, best=True))
        self._at.epochs_done += 1
        self._save()

    def _validate(self) -> Score | None:
        self._write_progress()
        score = self._measured("validation", self._job.data.validation)
        self._meter.restart_clock()
        return score

    def _measured(self, part: str, rows: Tensor) -> Score | None:
        """Loss and accuracy of a part, also as a journal line; None where it has no samples."""
        if not len(rows):
            return None
        score = evaluate(self._job, rows)
        if finite_steps([score.loss]) == 0:
            raise not_finite(f"The {part} loss", score.loss, self._at.step, self._rate)
        self._write(Validated(self._at.step, self._epoch, part, score.loss, score.accuracy))
        return score

    def _save(self) -> None:
        """Writes a checkpoint that remembers how long the journal was: what comes after it is not doubled."""
        began = time.perf_counter()
        self._write_progress()
        self._journal.sync()
        self._at.journal_bytes = self._journal.offset
        self._at.seconds = began - self._began
        save_last(self._run, self._job.module.state_dict(), self._job.optimizer, self._at)
        self._write(Checkpointed(self._at.step, LAST, best=False))
        now = time.perf_counter()
        self._checkpoint_due = now + max(CHECKPOINT_SECONDS, (now - began) / CHECKPOINT_SHARE)
        self._meter.restart_clock()

    def _end(self) -> Summary:
        """Tests the best weights and says what the run came to."""
        if self._is_stopping:
            self._save()
        self._job.module.load_state_dict(load_weights(self._run, "best"))
        score = self._measured("test", self._job.data.test)
        summary = Summary(
            reason="stopped" if self._is_stopping else "done",
            epochs=self._epoch,
            steps=self._at.step,
            seconds=time.perf_counter() - self._began,
            samples_per_second=self._meter.mean_speed,
            weights=self._job.weight_count,
            test_loss=score.loss if score else None,
            test_accuracy=score.accuracy if score else None,
            best=self._at.best,
        )
        write_json(self._run / ENVIRONMENT, environment(self._job.device))
        write_json(self._run / SUMMARY, summary)
        self._write(Finished(self._at.step, summary.seconds, summary.reason))
        return summary


if __name__ == "__main__":
    from runtime.train_command import main

    main()
