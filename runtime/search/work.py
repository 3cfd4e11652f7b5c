"""One process at work on a search: claims trials, trains each as a run, and tells the study what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from nodes.graph.check import problems
from nodes.graph.infer import infer
from nodes.graph.model import Network
from nodes.spec.settings import SettingError
from runtime import runs
from runtime.checkpoint import LAST
from runtime.data.binding import bind
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.open import open_data
from runtime.devices import is_out_of_memory
from runtime.recipe import Recipe, override
from runtime.runs import Finished, Stop, TrainingError, Validated, create_run, read_entries, send
from runtime.search import folder as files
from runtime.search.space import drawn
from runtime.search.study import Claim, Study
from runtime.train import train

STOP_SECONDS = 0.5  # between two looks for the file that stops all
Teller = Callable[[int, str, float | None, str], None]  # number, state, value, reason


class Work:
    """Trials one after another until none is left, or it is told to stop."""

    def __init__(self, study: Study, network: Network, tell: Teller, data: DataSet | None = None) -> None:
        self._study, self._tell = study, tell
        self._network = with_epochs(network, study.plan.epochs)
        self._folder = study.folder
        self._data = data
        self._run: Path | None = None  # of the trial under way
        self._is_stopped = False
        self._look_due = 0.0

    @property
    def is_stopped(self) -> bool:
        """Whether this process, or all of them, were told to stop."""
        if not self._is_stopped and time.monotonic() >= self._look_due:
            self._look_due = time.monotonic() + STOP_SECONDS
            self._is_stopped = (self._folder / files.STOP).exists()
        return self._is_stopped

    def stop(self) -> None:
        """After the step under way; the trial is handed back."""
        self._is_stopped = True
        if self._run is not None:
            send(self._run, Stop())

    def go(self) -> None:
        """Raises TrainingError where no trial could go on, such as with a full disk."""
        with self._study.at_work():
            while not self.is_stopped:
                claim = self._study.claim()
                if claim is None:
                    break
                self._try(claim)
            self._study.conclude()

    def _try(self, claim: Claim) -> None:
        began = time.perf_counter()
        try:
            network = drawn(self._network, claim.values)
            self._require_sound(network)
            data = self._data_of(network)
            bind(network.graph, data)
        except (SettingError, DataError) as error:
            self._study.prune(claim, str(error), time.perf_counter() - began)
            self._tell(claim.number, "pruned", None, str(error))
            return
        run = self._run_of(claim, network)
        hearing = Hearing(self, claim, run)
        self._run = run
        try:
            train(run, resume=(run / LAST).exists(), on_entry=hearing.hear, prepared=data)
        except TrainingError as error:
            self._end_failed(claim, error, time.perf_counter() - began)
        else:
            self._end(claim, hearing, time.perf_counter() - began)
        finally:
            self._run = None

    def _end(self, claim: Claim, hearing: Hearing, seconds: float) -> None:
        value = hearing.best
        if hearing.is_pruned:
            reason = f"After validation {len(hearing.values)} it was behind the others."
            self._study.prune(claim, reason, seconds)
            self._tell(claim.number, "pruned", value, reason)
        elif self._is_stopped and hearing.reason == "stopped":
            self._study.hand_back(claim, "The search was stopped.")
            self._tell(claim.number, "stopped", value, "")
        elif value is None:
            reason = "It was never validated. Set validate_every of the recipe lower."
            self._study.prune(claim, reason, seconds)
            self._tell(claim.number, "pruned", None, reason)
        else:
            self._study.finish(claim, value, seconds)
            self._tell(claim.number, "done", value, "")

    def _end_failed(self, claim: Claim, error: TrainingError, seconds: float) -> None:
        """What lies in the values ends the trial; what lies outside, such as a full disk, ends the search."""
        cause = error.__cause__
        if isinstance(cause, OSError) and not is_out_of_memory(cause):
            self._study.hand_back(claim, error.fact)
            raise error
        self._study.prune(claim, str(error), seconds)
        self._tell(claim.number, "pruned", None, str(error))

    def report(self, claim: Claim, value: float, number: int) -> bool:
        return self._study.report(claim, value, number)

    def value_of(self, entry: Validated) -> float | None:
        metric = self._study.plan.metric
        return entry.loss if metric == "loss" else entry.metrics.get(metric)

    @property
    def is_higher_better(self) -> bool:
        return self._study.plan.is_higher_better

    def _require_sound(self, network: Network) -> None:
        """Raises SettingError with what is wrong with the drawing."""
        batch = Recipe.read(network.recipe).batch_size
        found = problems(network.graph, infer(network.graph), None, batch)
        error = next((problem for problem in found if problem.severity == "error"), None)
        if error is not None:
            raise SettingError(str(error))

    def _data_of(self, network: Network) -> DataSet:
        """Read once for all trials that want the same."""
        choice = DataChoice.read(network.data).resolved(self._folder)
        if self._data is None or self._data.choice != choice:
            self._data = open_data(choice)
        return self._data

    def _run_of(self, claim: Claim, network: Network) -> Path:
        """The folder that the trial began in before, or a new one."""
        root = self._folder / files.RUNS
        if claim.run and (root / claim.run / runs.NETWORK).is_file():
            self._study.tell_run(claim, claim.run)
            return root / claim.run
        run = create_run(root, network, f"trial {claim.number}", self._folder)
        self._study.tell_run(claim, run.name)
        return run


def with_epochs(network: Network, epochs: int | None) -> Network:
    """What trials are made from: the network that is kept as the best has the epochs of its recipe."""
    return network if epochs is None else override(network, f"recipe.epochs={epochs}")


class Hearing:
    """Follows the journal of one trial: reports its validations, and ends it where it is not worth going on."""

    def __init__(self, work: Work, claim: Claim, run: Path) -> None:
        self._work, self._claim, self._run = work, claim, run
        self.values: dict[int, float] = {}  # step -> value
        self.is_pruned = False
        self.reason = ""
        self._is_told = False
        self._last = 0  # step of the whole run
        for entry in read_entries(run)[0] if (run / runs.JOURNAL).exists() else ():
            if isinstance(entry, Validated):
                self._take(entry)

    @property
    def best(self) -> float | None:
        pick = max if self._work.is_higher_better else min
        return pick(self.values.values(), default=None)

    def hear(self, entry: runs.Entry) -> None:
        if isinstance(entry, runs.Started):
            self._last = entry.steps
        elif isinstance(entry, Validated):
            if self._take(entry) and not self.is_pruned and entry.step < self._last:
                self.is_pruned = True
                send(self._run, Stop())
        elif isinstance(entry, Finished):
            self.reason = entry.reason
        elif isinstance(entry, runs.Progress) and self._work.is_stopped and not self._is_told:
            self._is_told = True
            send(self._run, Stop())

    def _take(self, entry: Validated) -> bool:
        value = self._work.value_of(entry) if entry.part == "validation" else None
        if value is None or entry.step in self.values:
            return False
        self.values[entry.step] = value
        return self._work.report(self._claim, value, len(self.values))
