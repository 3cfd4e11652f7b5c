"""Snapshots of a cyclic run: the weights at the end of each cycle, where the rate is lowest."""

from __future__ import annotations

from collections.abc import Iterator

from runtime.checkpoint import save_weights
from runtime.companions import Accompanied, Companion
from runtime.recipe import Recipe
from runtime.runs import CHECKPOINTS, Checkpointed, Entry, Started
from runtime.schedules import warmup_steps

CYCLES = "cycle-{}.safetensors"
CYCLIC = ("warm_restarts", "cyclic")  # schedules that come back to their beginning


def cycle_ends(recipe: Recipe, steps_per_epoch: int) -> Iterator[int]:
    """How many steps are done at the end of each cycle, without end."""
    done = warmup_steps(recipe, steps_per_epoch)
    period = recipe.T_0 * steps_per_epoch
    if recipe.schedule == "cyclic":
        down = recipe.step_size_up if recipe.step_size_down is None else recipe.step_size_down
        period = sum(max(1, round(size * steps_per_epoch)) for size in (recipe.step_size_up, down))
    while True:
        done += period
        yield done
        if recipe.schedule == "warm_restarts":
            period *= recipe.T_mult


class Snapshots(Companion):
    """Keeps the weights, not averaged, of the first step at or after each cycle's end.

    Source: Huang and others 2017, arXiv:1704.00109.
    """

    name = "cycles"

    def hear(self, entry: Entry) -> None:
        if not isinstance(entry, Started):
            return
        job = self.training.job  # it begins, or has gone back
        self._ends = enumerate(cycle_ends(job.recipe, job.epoch_steps), 1)
        self._number, self._due = next(self._ends)
        while self._due < entry.resumed_at:
            self._number, self._due = next(self._ends)

    def before_step(self, step: int) -> None:
        if step < self._due:
            return
        file = f"{CHECKPOINTS}/{CYCLES.format(f'{self._number:03d}')}"
        save_weights(self.training.run, self.training.job.module.state_dict(), file)
        self.training.write(Checkpointed(step, file, best=False))
        while self._due <= step:
            self._number, self._due = next(self._ends)

    def end(self) -> None:
        self.before_step(self.training.at.step)


def make_snapshots(training: Accompanied) -> Companion | None:
    recipe = training.job.recipe
    return Snapshots(training) if recipe.keep_cycles and recipe.schedule in CYCLIC else None
