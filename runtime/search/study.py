"""The study of a search: which trial is whose, what came of it, and what is begun again after a process has died.

Trials are claimed one process at a time, under a lock. Every process holds a file of its own as long as it lives, so
that one that was killed is known at once.
"""

from __future__ import annotations

import os
import time
import uuid
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState

from nodes.graph.files import save
from nodes.graph.model import Network
from nodes.graph.searched import Parameter
from nodes.spec.settings import Value
from runtime import lock
from runtime.runs import unwritable
from runtime.search import folder as files
from runtime.search.folder import Plan, Row, State, Table
from runtime.search.propose import Proposer, decoded, fixed
from runtime.search.space import drawn

NAME = "search"
LOCK_SECONDS = 0.01  # between two tries to get the lock
TABLE_SECONDS = 0.5  # between two tables, while trials are under way
FIRST_PRUNED = 2  # the first validation that a trial may be ended by: the very first says little
MOST_DEATHS = 3  # of processes on one trial: it is the trial that kills them
COUNTED = (TrialState.WAITING, TrialState.RUNNING, TrialState.COMPLETE, TrialState.PRUNED)
STATES: dict[TrialState, State] = {
    TrialState.WAITING: "waiting",
    TrialState.RUNNING: "running",
    TrialState.COMPLETE: "done",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}


@dataclass(frozen=True)
class Claim:
    """One trial of this process. ``run`` is the folder that an earlier process began for it."""

    trial: Trial
    values: dict[str, Value]
    run: str = ""

    @property
    def number(self) -> int:
        return self.trial.number


class Study:
    """The study in one folder, as one process sees it."""

    def __init__(self, folder: Path, network: Network, plan: Plan, space: Sequence[Parameter]) -> None:
        self.folder, self._network, self.plan, self._space = folder, network, plan, tuple(space)
        self._proposer = Proposer(plan, space)
        self._name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._table_due = 0.0
        self._kept: int | None = None  # the trial whose network file is there
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        (folder / files.WORKERS).mkdir(exist_ok=True)
        with self._locked():
            is_there = (folder / files.STUDY).is_file()
            self._storage = optuna.storages.RDBStorage(
                f"sqlite:///{folder / files.STUDY}",
                engine_kwargs={"connect_args": {"timeout": 60}},
                skip_table_creation=is_there,
            )
            self.study = optuna.create_study(
                storage=self._storage,
                study_name=NAME,
                direction="maximize" if plan.is_higher_better else "minimize",
                sampler=optuna.samplers.RandomSampler(),
                pruner=_pruner(plan),
                load_if_exists=True,
            )

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Holds this process's file: while it does, its trials are its own."""
        path = self.folder / files.WORKERS / f"{self._name}.lock"
        descriptor = lock.take(path)
        try:
            yield
        finally:
            if descriptor is not None:
                lock.release(descriptor)
                path.unlink(missing_ok=True)
            self._storage.remove_session()
            self._storage.engine.dispose()

    # --- claiming

    def claim(self) -> Claim | None:
        """The next trial of this process: one to begin again, or one with new values; None where nothing is left."""
        with self._locked():
            self._bury()
            trials = self.study.get_trials(deepcopy=False)
            stage = 0
            if not any(trial.state == TrialState.WAITING for trial in trials):
                if sum(trial.state in COUNTED for trial in trials) >= self.plan.trials:
                    return None
                found = self._proposer.propose(self.study, trials)
                if found is None:
                    return None
                values, stage = found
                self.study.enqueue_trial(fixed(values, self._space)[0], user_attrs={"stage": stage} | self._own())
            claim = self._taken()
            self._show()
            return claim

    def _own(self) -> dict[str, Any]:
        """What marks a trial as this process's."""
        return {"worker": self._name, "began": time.time()}

    def _taken(self) -> Claim:
        distributions = fixed({}, self._space)[1]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trial = self.study.ask(distributions)
        if trial.user_attrs.get("worker") != self._name:
            for name, value in self._own().items():
                trial.set_user_attr(name, value)
        values = {p.key: decoded(p, trial.params[p.key]) for p in self._space}
        return Claim(trial, values, str(trial.user_attrs.get("run", "")))

    def _bury(self) -> None:
        """Trials whose process is gone are failed, and begun again where their runs stand."""
        for trial in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            worker = str(trial.user_attrs.get("worker", ""))
            if worker != self._name and not files.is_alive(self.folder / files.WORKERS / f"{worker}.lock"):
                self._fail(trial, "Its process was ended.", deaths=int(trial.user_attrs.get("deaths", 0)) + 1)
                (self.folder / files.WORKERS / f"{worker}.lock").unlink(missing_ok=True)

    def _fail(self, trial: FrozenTrial, reason: str, *, deaths: int) -> None:
        is_retried = deaths <= MOST_DEATHS
        said = f"{reason} It is begun again." if is_retried else f"{reason} It has ended {deaths} processes."
        study = self._storage.get_study_id_from_name(NAME)
        number = self._storage.get_trial_id_from_study_id_trial_number(study, trial.number)
        self._storage.set_trial_user_attr(number, "reason", said)
        self.study.tell(trial.number, state=TrialState.FAIL)
        if is_retried:
            attributes = {
                "run": trial.user_attrs.get("run", ""),
                "deaths": deaths,
                "stage": trial.user_attrs.get("stage", 0),
                "retry_of": trial.number,
            }
            self.study.enqueue_trial(trial.params, user_attrs=attributes)

    # --- what comes of a trial

    def tell_run(self, claim: Claim, run: str) -> None:
        """Names the run folder of a trial, so that whoever begins it again goes on there."""
        claim.trial.set_user_attr("run", run)
        self.show()

    def report(self, claim: Claim, value: float, number: int) -> bool:
        """One validation, counted from 1. Gives whether the trial is not worth going on with."""
        claim.trial.report(value, number)
        self.show()
        return bool(claim.trial.should_prune())

    def finish(self, claim: Claim, value: float, seconds: float) -> None:
        self._close(claim, TrialState.COMPLETE, value, seconds)

    def prune(self, claim: Claim, reason: str, seconds: float) -> None:
        self._close(claim, TrialState.PRUNED, None, seconds, reason)

    def hand_back(self, claim: Claim, reason: str) -> None:
        """The trial is not done: whoever comes next goes on with it."""
        with self._locked():
            frozen = next(t for t in self.study.get_trials(deepcopy=False) if t.number == claim.number)
            self._fail(frozen, reason, deaths=int(frozen.user_attrs.get("deaths", 0)))

    def _close(self, claim: Claim, state: TrialState, value: float | None, seconds: float, reason: str = "") -> None:
        claim.trial.set_user_attr("end", {"seconds": seconds, "reason": reason})
        with self._locked():
            self.study.tell(claim.trial, value, state=state)
            self._keep_best()
            self._show()

    # --- what is shown

    def show(self) -> None:
        """Writes the table, now and then."""
        if time.monotonic() >= self._table_due:
            with self._locked():
                self._write_table()

    def _show(self) -> None:
        if time.monotonic() >= self._table_due:
            self._write_table()

    def conclude(self) -> Table:
        """The table with how much each setting matters, once nothing is left to do."""
        importance = self._importance()
        with self._locked():
            return self._write_table(importance)

    def _write_table(self, importance: dict[str, float] | None = None) -> Table:
        self._table_due = time.monotonic() + TABLE_SECONDS
        if importance is None:
            known = files.read_table(self.folder)
            importance = known.importance if known else {}
        rows = [self._row(trial) for trial in self.study.get_trials(deepcopy=False)]
        table = Table(
            metric=self.plan.metric,
            is_higher_better=self.plan.is_higher_better,
            sampler=self.plan.sampler,
            wanted=self.plan.trials,
            keys=[parameter.key for parameter in self._space],
            rows=sorted(rows, key=self._rank),
            importance=importance,
        )
        files.write_table(self.folder, table)
        return table

    def _rank(self, row: Row) -> tuple[int, float, int]:
        order = ("done", "running", "pruned", "waiting", "failed").index(row.state)
        value = 0.0 if row.value is None else -row.value if self.plan.is_higher_better else row.value
        return order, value, row.number

    def _row(self, trial: FrozenTrial) -> Row:
        attributes, reported = trial.user_attrs, list(trial.intermediate_values.values())
        best = max(reported, default=None) if self.plan.is_higher_better else min(reported, default=None)
        end = attributes.get("end", {})
        params = trial.params or trial.system_attrs.get("fixed_params", {})
        began = attributes.get("began")
        running = time.time() - began if began and trial.state == TrialState.RUNNING else 0.0
        return Row(
            number=trial.number,
            state=STATES[trial.state],
            value=trial.value if trial.state == TrialState.COMPLETE else best,
            values={p.key: decoded(p, params[p.key]) for p in self._space if p.key in params},
            validations=len(reported),
            seconds=float(end.get("seconds", running)),
            run=str(attributes.get("run", "")),
            reason=str(attributes.get("reason") or end.get("reason", "")),
            stage=int(attributes.get("stage", 0)),
        )

    def _keep_best(self) -> None:
        """The network file of the best trial so far."""
        done = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        is_maximal = self.study.direction == StudyDirection.MAXIMIZE
        best = (max if is_maximal else min)(done, key=lambda trial: trial.value or 0.0, default=None)
        if best is not None and best.number != self._kept:
            values = {p.key: decoded(p, best.params[p.key]) for p in self._space}
            save(drawn(self._network, values), self.folder / files.BEST)
            self._kept = best.number

    def _importance(self) -> dict[str, float]:
        """Share of the spread of results that each setting explains (fANOVA); empty while there are too few."""
        done = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if len(done) < 4 or len({trial.value for trial in done}) < 2:
            return {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            evaluator = optuna.importance.FanovaImportanceEvaluator(seed=self.plan.seed)
            found: dict[str, Any] = optuna.importance.get_param_importances(self.study, evaluator=evaluator)
        return {key: float(share) for key, share in found.items()}

    @contextmanager
    def _locked(self) -> Iterator[None]:
        path = self.folder / files.CLAIM
        try:
            while (descriptor := lock.take(path)) is None:
                time.sleep(LOCK_SECONDS)
        except OSError as error:
            raise unwritable(path, error) from None
        try:
            yield
        finally:
            lock.release(descriptor)


def _pruner(plan: Plan) -> optuna.pruners.BasePruner:
    match plan.pruner:
        case "median":
            return optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=FIRST_PRUNED)
        case "hyperband":
            return optuna.pruners.HyperbandPruner(min_resource=1, reduction_factor=3)
        case _:
            return optuna.pruners.NopPruner()
