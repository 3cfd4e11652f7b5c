"""Training: the loop, and the run folder that it writes.

``train(run)`` trains the network of a run folder; ``python -m runtime.train FILE --out DIR`` makes one first.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import torch
from torch import Tensor

from nodes.graph.files import load
from runtime import runs
from runtime.checkpoint import (
    BEST,
    GOOD,
    LAST,
    Best,
    Position,
    clear_torn,
    load_into,
    load_weights,
    restore_state,
    save_state,
    save_weights,
)
from runtime.companions import make_companions, overriding
from runtime.control import Control, WishToGoBackError
from runtime.data.dataset import DataSet
from runtime.data.record import remember_data
from runtime.devices import calculating, device_title, environment, find_device, precision_notes
from runtime.evaluate import Score, evaluate, measure_normalisation_anew
from runtime.failures import ExplodedError, as_training_error, sound_steps
from runtime.job import Job, make_job
from runtime.meter import Meter
from runtime.milestones import forget_milestones_after, keep_milestone, milestone_before
from runtime.recipe import Recipe
from runtime.recipe_parts.words import HIGHER_IS_BETTER
from runtime.runs import (
    CHECKPOINTS,
    ENVIRONMENT,
    NETWORK,
    SUMMARY,
    Checkpointed,
    Entry,
    Failed,
    Finished,
    Journal,
    Noted,
    Progress,
    Samples,
    Started,
    StateChanged,
    TrainingError,
    Validated,
    write_json,
)
from runtime.schedules import momentum_at
from runtime.step import make_stepper
from runtime.stopping import Ending, ending, lower_on_plateau, note_progress, words_of
from runtime.summary import Summary
from runtime.team import team

PAUSE_SECONDS = 0.03  # between two looks at the control file while paused
CHECKPOINT_SECONDS = 5.0  # from one to the next within an epoch
EPOCH_SECONDS = 0.5  # the same for the ends of epochs, which small data have many of in a second
CHECKPOINT_SHARE = 0.05  # of the time may go into checkpoints: large ones are written less often
MOST_RETREATS = 3
ASKED = "As was asked."

Listener = Callable[[Entry], None]


def train(
    run: Path,
    *,
    resume: bool = False,
    back: runs.RollBack | None = None,
    on_entry: Listener | None = None,
    prepared: DataSet | None = None,
) -> Summary:
    """Trains the network of a run folder to its end, or until it is told to stop.

    ``back`` is where a run that resumes goes on, if not at its last checkpoint; ``prepared`` is the data set if it
    has been read already. Raises TrainingError, after writing it to the journal.
    """
    if not (run / NETWORK).is_file():
        raise TrainingError(f"{run} is no run: it has no {NETWORK}.", "Name a folder that a training has made.")
    with team().hold(run):
        if not resume and (run / LAST).exists():
            raise TrainingError(f"{run} has been trained already.", "Resume it, or start a new run.")
        recipe, device, job = Recipe(), torch.device("cpu"), None
        if team().is_leader:
            clear_torn(run)
        try:
            network = load(run / NETWORK).network
            recipe = Recipe.read(network.recipe)
            device = find_device(recipe.device)
            job = make_job(run, network, recipe, device, prepared)
            return Training(run, job, resume, on_entry, back).go()
        except Exception as error:
            failure = as_training_error(error, run, recipe, device, job)
            entry = Failed(failure.fact, failure.remedy, failure.node)
            with suppress(TrainingError):
                if team().may_tell_of_failure(run, error):
                    with Journal(run) as journal:
                        journal.append(entry)
            if on_entry:
                on_entry(entry)
            raise failure from error


class Training:
    """One training under way."""

    def __init__(
        self, run: Path, job: Job, resume: bool, on_entry: Listener | None, back: runs.RollBack | None = None
    ) -> None:
        self.run, self.job, self._recipe, self._on_entry = run, job, job.recipe, on_entry
        self._team = team()
        self.stepper = make_stepper(job)
        self._control = Control(run, from_now=resume)
        self.at = Position(threads=job.threads)
        self._companions = make_companions(self)
        self._before_step = overriding(self._companions, "before_step")
        self._after_step = overriding(self._companions, "after_step")
        self._hear = overriding(self._companions, "hear")
        if resume:
            self.at = restore_state(run, self.stepper, others=self._companions) or self.at
        self._journal = self._team.journal(run, keep=self.at.journal_bytes)
        self._meter = Meter(self.at.step)
        self._is_back = resume and back is not None and self._restore_milestone(back)
        self._rate = 0.0  # of the last step
        self._is_paused = False
        self._steps_left = 0  # until it waits again
        self._ending: Ending | None = None
        self._total = self._recipe.total_steps(job.epoch_steps)
        now = time.perf_counter()
        self._began = now - self.at.seconds
        self._looks = self._team.looks()
        self._checkpoint_due = now + CHECKPOINT_SECONDS
        self._epoch_due = now  # the end of an epoch from here on makes a checkpoint

    def go(self) -> Summary:
        """From wherever it stands to the end."""
        with self._journal, calculating(self._recipe, self.at.threads):
            self._begin()
            self._look_for_the_end()
            try:
                for companion in self._companions:
                    companion.begin()
                if self._is_back:
                    self._say_return(ASKED)
                self._meter.restart_clock()
                if self._goes_back and not (self.run / GOOD).is_file():
                    self._save_good()
                while self._is_under_way:
                    try:
                        self._train_epoch()
                        if not self._ending:
                            self._end_epoch()
                    except ExplodedError as error:
                        self._go_back(error)
                    except WishToGoBackError as wish:
                        self._roll_back(wish.command)
            finally:
                for companion in self._companions:
                    companion.end()
            return self._end()

    @property
    def _is_under_way(self) -> bool:
        is_validated = self.at.step >= self._total and self.at.validated_at == self.at.step
        return not (self._ending or is_validated or self.at.epochs_done * self.job.epoch_steps >= self._total)

    def _train_epoch(self) -> None:
        recipe, steps = self._recipe, self.job.epoch_steps
        self.job.module.train()
        for rows in self._batches():
            self._rate = self.at.rate_factor * self._scheduled_rate
            for before in self._before_step:
                before(self.at.step)
            measured = self.stepper.step(rows, self._rate, momentum_at(recipe, self.at.step, steps))
            for after in self._after_step:
                after(self.at.step, measured)
            for loss, guesses, size in measured:
                self._meter.add(loss, guesses, size)
            self.at.step += len(rows)
            if self._steps_left:
                self._count_down()
            if recipe.validate_unit == "steps" and self.at.step % recipe.validate_every < len(rows):
                self._judge()
            if self._ending:
                return
            if self._looks.is_due(self.at.step):
                self._poll()
                if self._ending:
                    return

    def _batches(self) -> Iterator[list[Tensor]]:
        """The rows of each batch that this epoch still has, as many together as are one step of the optimizer."""
        epoch, size, together = self.at.epochs_done, self._recipe.batch_size, self._recipe.accumulation_steps
        order = self.job.order(epoch)
        first = epoch * self.job.epoch_steps
        last = min(self.job.epoch_steps, self._total - first)
        for number in range(self.at.step - first, last, together):
            yield [order[n * size : (n + 1) * size] for n in range(number, min(number + together, last))]

    @property
    def _scheduled_rate(self) -> float:
        return self.at.plateau.factor * self._recipe.learning_rate_at(self.at.step, self.job.epoch_steps)

    @property
    def _epoch(self) -> float:
        return self.at.step / self.job.epoch_steps

    @property
    def _goes_back(self) -> bool:
        return self._recipe.when_exploding == "go back"

    def _begin(self) -> None:
        data, recipe = self.job.data, self._recipe
        self.write(
            Started(
                time=time.time(),
                epochs=-(-self._total // self.job.epoch_steps),
                steps_per_epoch=self.job.epoch_steps,
                samples=Samples(len(data.train), len(data.validation), len(data.test)),
                batch_size=recipe.batch_size,
                device=device_title(self.job.device),
                weights=self.job.weight_count,
                resumed_at=self.at.step,
                notes=self._notes(),
                steps=self._total,
            )
        )

    def _notes(self) -> list[str]:
        data = self.job.data
        notes = [*data.notes, *self.job.notes, *precision_notes(self._recipe, self.job.device)]
        notes += self._team.notes(self._recipe, self.job.module)
        if self._team.is_leader:
            notes += remember_data(self.run, data)
        if self.stepper.has_forgotten:
            notes.append(f"{self._recipe.optimizer} begins without a memory: the checkpoint has another optimizer's.")
        return notes

    def _poll(self) -> None:
        """What is done between steps, ten times a second: a journal line, commands, now and then a checkpoint."""
        self._write_progress()
        for companion in self._companions:
            companion.poll()
        now = time.perf_counter()
        commands, self.at.seconds, is_save_due, steps = self._team.told(
            (self._commands(), now - self._began, now >= self._checkpoint_due, self._looks.wanted(self.at.step))
        )
        self._obey(commands)
        self._look_for_the_end()
        if is_save_due:
            self._save()
        self._looks.plan(self.at.step, steps)

    def write(self, entry: Entry) -> None:
        """Appends to the journal."""
        self._journal.append(entry)
        for hear in self._hear:
            hear(entry)
        if self._on_entry:
            self._on_entry(entry)

    def _write_progress(self) -> None:
        steps = self._meter.take()
        if self.at.first_loss is None and steps.loss:
            self.at.first_loss = steps.loss[0]
        first = self.at.first_loss
        count = sound_steps(steps.loss, first, self._recipe.explosion_factor)
        if count:
            speed = self._meter.samples_per_second
            left = self._seconds_left(speed)
            loss, accuracy = steps.loss[:count], steps.accuracy[:count]
            now = time.perf_counter() - self._began
            self.write(Progress(steps.first, self._epoch, loss, accuracy, self._rate, speed, left, now))
        if count < len(steps.loss):
            raise ExplodedError("The loss", steps.loss[count], steps.first + count + 1, self._rate, first)

    def _seconds_left(self, speed: float) -> float:
        left = (self._total - self.at.step) / self.job.epoch_steps * len(self.job.data.train) / speed
        if self._recipe.time_budget is None:
            return left
        return max(0.0, min(left, 60 * self._recipe.time_budget - (time.perf_counter() - self._began)))

    def _commands(self) -> list[runs.Command]:
        """New ones; the leader alone reads them."""
        return self._control.new() if self._team.is_leader else []

    def _obey(self, commands: list[runs.Command]) -> None:
        """Follows commands; while paused, waits for more."""
        while True:
            for command in commands:
                self._follow(command)
            if commands:
                self._meter.restart_clock()
            if self._ending or not self._is_paused:
                return
            time.sleep(PAUSE_SECONDS)
            self._began += PAUSE_SECONDS
            commands = self._team.told(self._commands())

    def _follow(self, command: runs.Command) -> None:
        match command:
            case runs.Stop():
                self._ending = Ending("stopped")
            case runs.Pause() | runs.Resume():
                self._is_paused = isinstance(command, runs.Pause)
                self._steps_left = 0
                if self._is_paused:
                    self._save()  # people pause to close the lid
                self.write(StateChanged("paused" if self._is_paused else "running"))
            case runs.StepOnce():
                self._is_paused, self._steps_left = False, 1
            case runs.ValidateNow():
                self._validate()
            case runs.SaveNow():
                self._save()
            case runs.RollBack():
                raise WishToGoBackError(command)
            case runs.SetLearningRate(value):
                self._set_rate(value)
                self._save()

    def _set_rate(self, value: float) -> None:
        """From here on; a schedule goes on from it in proportion."""
        self._write_progress()
        scheduled = self._scheduled_rate
        if scheduled:
            self.at.rate_factor = value / scheduled
            self.write(Noted(self.at.step, f"As was asked, the learning rate is {value:.3g} from here on.", value))
        else:
            self.write(Noted(self.at.step, "The schedule has brought the learning rate to 0: it stays there."))

    def _end_epoch(self) -> None:
        """Validates where it is time for it, and makes a checkpoint; the run may end within an epoch."""
        recipe, epochs = self._recipe, self.at.epochs_done + 1
        is_whole = self.at.step == epochs * self.job.epoch_steps
        if is_whole and self.stepper.averages:
            self.stepper.averages.after_epoch(epochs)
        is_due = recipe.validate_unit == "epochs" and epochs % recipe.validate_every == 0
        if (is_due or self.at.step >= self._total) and self.at.validated_at != self.at.step:
            self._judge()
        if is_whole:
            self.at.epochs_done = epochs
            if recipe.keep_every and epochs % recipe.keep_every == 0:
                self._keep(f"{CHECKPOINTS}/epoch-{epochs:04d}.safetensors")
            for companion in self._companions:
                companion.after_epoch(epochs)
        if not self._is_under_way or self._team.told(time.perf_counter() >= self._epoch_due):
            self._save()
        if self._goes_back:
            self._save_good()

    def _judge(self) -> None:
        """Validates, keeps the weights if they are the best, and draws what follows for the rate and the end."""
        at, recipe = self.at, self._recipe
        at.validated_at = at.step
        score = self._validate(keeps_best=True)
        if score is None:
            return
        value = at.validated = score.value(recipe.monitor)
        note_progress(recipe, at.progression, value, self._epoch)
        if recipe.schedule == "plateau" and lower_on_plateau(recipe, at.plateau, value):
            rate = self.at.rate_factor * self._scheduled_rate
            told = f"The validation {words_of(recipe.monitor)} is on a plateau: rate {rate:.3g}."
            self.write(Noted(at.step, told, rate))
        self._look_for_the_end()
        # What a listener concludes from a validation holds from the next step on.
        self._obey(self._team.told(self._commands()))

    def _look_for_the_end(self) -> None:
        at = self.at
        self._ending = self._ending or ending(self._recipe, at.progression, at.validated, at.seconds)

    def _validate(self, *, keeps_best: bool = False) -> Score | None:
        self._write_progress()
        with self._averaged():
            score = self._measured("validation", self.job.data.validation)
            if score and keeps_best:
                self._keep_if_best(score)
            if score:
                for companion in self._companions:
                    companion.after_validation(score)
        self._meter.restart_clock()
        return score

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """The averaged weights for a while, where the recipe wants them and there are some."""
        averages = self.stepper.averages
        with averages.applied() if averages else nullcontext():
            if averages and averages.count and averages.measures_anew:
                measure_normalisation_anew(self.job)
            yield

    def _keep_if_best(self, score: Score) -> None:
        metric = self._recipe.best_by
        merit = None if metric == "auto" else score.value(metric) * (1 if metric in HIGHER_IS_BETTER else -1)
        best = Best(self._epoch, self.at.step, score.loss, score.accuracy, merit)
        if best.is_better_than(self.at.best):
            self.at.best = best
            save_weights(self.run, self.job.module.state_dict())
            self.write(Checkpointed(self.at.step, BEST, best=True))

    def _keep(self, file: str) -> None:
        with self._averaged():
            save_weights(self.run, self.job.module.state_dict(), file)
        self.write(Checkpointed(self.at.step, file, best=False))

    def _measured(self, part: str, rows: Tensor) -> Score | None:
        """Loss and metrics of a part, also as a journal line; None where it has no samples."""
        if not len(rows):
            return None
        score = evaluate(self.job, rows, crops=self.job.crops if part == "test" else None)
        if not math.isfinite(score.loss):
            raise ExplodedError(f"The {part} loss", score.loss, self.at.step, self._rate)
        self.write(Validated(self.at.step, self._epoch, part, score.loss, score.accuracy, score.metrics))
        return score

    def _go_back(self, error: ExplodedError) -> None:
        """To the end of the last good epoch, with a lower rate; raises the error where that does not help."""
        if not self._goes_back or self.at.retreats >= MOST_RETREATS:
            raise error
        retreats = self.at.retreats + 1
        if not self._restore(GOOD, self._recipe.retreat_factor):
            raise error
        self.at.retreats = retreats
        self._tell_return(error.fact)

    def _roll_back(self, command: runs.RollBack) -> None:
        """As a command wants it; where nothing is kept yet, the training goes on."""
        if not self._restore_milestone(command):
            self.write(Noted(self.at.step, "There is no checkpoint to go back to yet."))
            return
        if self._is_paused:
            self._is_paused = False
            self.write(StateChanged("running"))
        self._tell_return(ASKED)

    def _restore_milestone(self, command: runs.RollBack) -> bool:
        """Everything as the checkpoint has it that a command means; False where none is kept."""
        file = milestone_before(self.run, command.step)
        if file is None or not self._restore(file, command.factor):
            return False
        forget_milestones_after(self.run, self.at.step)
        return True

    def _restore(self, file: str, factor: float) -> bool:
        """Everything as a checkpoint has it, but for the best weights so far and the lower rate."""
        before = self.at
        at = restore_state(self.run, self.stepper, file, self._companions)
        if at is None:
            return False
        at.best, at.rate_factor = before.best, before.rate_factor * factor
        self.at, self._meter = at, Meter(at.step)
        return True

    def _tell_return(self, why: str) -> None:
        self._begin()
        self._say_return(why)

    def _say_return(self, why: str) -> None:
        told = f"{why} Back to epoch {self._epoch:g}, at {self.at.rate_factor:g} of the rate."
        self.write(Noted(self.at.step, told))
        self._save()

    def _count_down(self) -> None:
        """Waits again after so many steps."""
        self._steps_left -= 1
        if not self._steps_left:
            self._is_paused = True
            self._poll()

    def _save(self) -> None:
        """Writes a checkpoint that remembers how long the journal was: what comes after it is not doubled."""
        began = time.perf_counter()
        self._write_progress()
        self._journal.sync()
        self.at.journal_bytes = self._journal.offset
        self.at.seconds = self._team.told(began - self._began)
        save_state(self.run, self.stepper, self.at, others=self._companions)
        if self._team.is_leader:
            keep_milestone(self.run, self.at.step)
        self.write(Checkpointed(self.at.step, LAST, best=False))
        now = time.perf_counter()
        enough = (now - began) / CHECKPOINT_SHARE
        self._checkpoint_due = now + max(CHECKPOINT_SECONDS, enough)
        self._epoch_due = now + min(EPOCH_SECONDS, enough)
        self._meter.restart_clock()

    def _save_good(self) -> None:
        """What a run that explodes goes back to."""
        save_state(self.run, self.stepper, self.at, GOOD, self._companions)

    def _end(self) -> Summary:
        """Tests the weights that are kept and says what the run came to."""
        if self._ending:
            self._save()
        if self._recipe.keep == "last" or self.at.best is None:
            self._keep(BEST)
        load_into(self.job.module, load_weights(self.run, "best"))
        score = self._measured("test", self.job.data.test)
        end = self._ending or Ending("done")
        summary = Summary(
            reason=end.reason,
            epochs=self._epoch,
            steps=self.at.step,
            seconds=time.perf_counter() - self._began,
            samples_per_second=self._meter.mean_speed,
            weights=self.job.weight_count,
            test_loss=score.loss if score else None,
            test_accuracy=score.accuracy if score else None,
            best=self.at.best,
            sentence=end.sentence,
            test_metrics=score.metrics if score else {},
            test_detail=score.detail if score else None,
            multiply_adds=self.job.multiply_adds,
        )
        if self._team.is_leader:
            write_json(self.run / ENVIRONMENT, environment(self.job.device))
            write_json(self.run / SUMMARY, summary)
        self.write(Finished(self.at.step, summary.seconds, summary.reason, summary.sentence))
        return summary


if __name__ == "__main__":
    from runtime.train_command import main

    main()
