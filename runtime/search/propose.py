"""What the next trial tries: all of a grid, at random, or where good ones lie closer (TPE), none of them twice."""

from __future__ import annotations

import itertools
import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState, create_trial

from nodes.graph.searched import Parameter
from nodes.spec.settings import Integer, Value
from runtime.search.folder import Plan
from runtime.search.space import combinations, grid, narrowed

Values = dict[str, Value]
Coded = dict[str, Any]
TRIES = 20  # to draw what was not tried yet
LISTABLE = 10_000  # combinations: of so many the one that is left is looked for
LEARNT_FROM = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.RUNNING)
STARTUP = 10  # trials at random before TPE has something to learn from


def coded(value: Value) -> Any:
    """As the study keeps it: sizes as text."""
    return json.dumps(value) if isinstance(value, tuple) else value


def decoded(parameter: Parameter, value: Any) -> Value:
    if parameter.mark.is_range:
        return int(value) if isinstance(parameter.kind, Integer) else float(value)
    return next((c for c in parameter.mark.choices if coded(c) == value and type(coded(c)) is type(value)), value)


def distribution(parameter: Parameter) -> BaseDistribution:
    """The values of a setting, as optuna has them."""
    mark = parameter.mark
    if not mark.is_range:
        return CategoricalDistribution([coded(choice) for choice in mark.choices])
    assert mark.low is not None
    assert mark.high is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a range that is no multiple of its step ends below its end
        if isinstance(parameter.kind, Integer):
            return IntDistribution(int(mark.low), int(mark.high), log=mark.log, step=int(mark.step or 1))
        return FloatDistribution(mark.low, mark.high, log=mark.log, step=mark.step)


class Proposer:
    """Proposes for one study; the caller sees to it that only one process asks at a time."""

    def __init__(self, plan: Plan, space: Sequence[Parameter]) -> None:
        self._plan, self._space = plan, tuple(space)

    def propose(self, study: optuna.Study, trials: Sequence[FrozenTrial]) -> tuple[Values, int] | None:
        """Values that no trial has yet, and their stage; None where all have been tried."""
        tried = {_signature(trial.params) for trial in trials if trial.state != TrialState.FAIL}
        if self._plan.sampler == "grid":
            return self._from_grid(study, trials, tried)
        stage = self._stage(study, trials)
        space = self._space if stage == 0 else narrowed(self._space, self._centre(study, trials, stage), stage)
        draw = self._tpe if self._plan.sampler == "tpe" else self._random
        for attempt in range(TRIES):
            values = draw(study, space, self._seed(len(trials), attempt))
            if _signature(_coded_all(values)) not in tried:
                return values, stage
        return self._left_over(space, tried, stage)

    def _seed(self, number: int, attempt: int) -> int:
        """By trial, not by process: a search draws the same however many share it."""
        return (self._plan.seed * 1_000_003 + number * 1009 + attempt * 7) % 2**32

    def _random(self, study: optuna.Study, space: Sequence[Parameter], seed: int) -> Values:
        sampler, trial = optuna.samplers.RandomSampler(seed=seed), create_trial(state=TrialState.RUNNING)
        return {p.key: decoded(p, sampler.sample_independent(study, trial, p.key, distribution(p))) for p in space}

    def _tpe(self, study: optuna.Study, space: Sequence[Parameter], seed: int) -> Values:
        """Drawn in a copy of the study, which keeps nothing of it."""
        startup = max(4, min(STARTUP, self._plan.trials // 3))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that multivariate may change
            sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, n_startup_trials=startup)
            copy = optuna.create_study(direction=study.direction, sampler=sampler)
            copy.add_trials(study.get_trials(deepcopy=False, states=LEARNT_FROM))
            found = copy.ask({p.key: distribution(p) for p in space}).params
        return {p.key: decoded(p, found[p.key]) for p in space}

    # --- coarse to fine

    def _stage(self, study: optuna.Study, trials: Sequence[FrozenTrial]) -> int:
        each = -(-self._plan.trials // self._plan.stages)
        counted = [trial for trial in trials if trial.state != TrialState.FAIL]
        stage = min(self._plan.stages - 1, len(counted) // each)
        return stage if stage == 0 or _best(study, trials) else 0

    def _centre(self, study: optuna.Study, trials: Sequence[FrozenTrial], stage: int) -> Values:
        """The best values when the stage began: the same for all processes."""
        name = f"centre_{stage}"
        if name not in study.user_attrs:
            best = _best(study, trials)
            assert best is not None
            study.set_user_attr(name, best.params)
        kept = study.user_attrs[name]
        return {p.key: decoded(p, kept[p.key]) for p in self._space}

    def _from_grid(
        self, study: optuna.Study, trials: Sequence[FrozenTrial], tried: set[str]
    ) -> tuple[Values, int] | None:
        space: Sequence[Parameter] = self._space
        for stage in range(self._plan.stages):
            if stage:
                if f"centre_{stage}" not in study.user_attrs and not _best(study, trials):
                    return None
                space = narrowed(self._space, self._centre(study, trials, stage), stage)
            values = _first_new(grid(space, self._plan.points), tried)
            if values is not None:
                return values, stage
        return None

    def _left_over(self, space: Sequence[Parameter], tried: set[str], stage: int) -> tuple[Values, int] | None:
        """Where draws only met what was tried: what is left of a small space."""
        if combinations(space) > LISTABLE:
            return None
        values = _first_new(grid(space, LISTABLE), tried)
        return None if values is None else (values, stage)


def _first_new(candidates: Iterable[Values], tried: set[str]) -> Values | None:
    new: Iterator[Values] = (values for values in candidates if _signature(_coded_all(values)) not in tried)
    return next(itertools.islice(new, 1), None)


def _coded_all(values: Mapping[str, Value]) -> Coded:
    return {key: coded(value) for key, value in values.items()}


def _signature(params: Mapping[str, Any]) -> str:
    return json.dumps(params, sort_keys=True)


def _best(study: optuna.Study, trials: Sequence[FrozenTrial]) -> FrozenTrial | None:
    done = [trial for trial in trials if trial.state == TrialState.COMPLETE and trial.value is not None]
    pick: Callable[..., FrozenTrial] = max if study.direction == optuna.study.StudyDirection.MAXIMIZE else min
    return pick(done, key=lambda trial: trial.value) if done else None


def fixed(values: Mapping[str, Value], space: Sequence[Parameter]) -> tuple[Coded, dict[str, BaseDistribution]]:
    """What a study is asked with, so that its next trial takes just these values."""
    return _coded_all(values), {parameter.key: distribution(parameter) for parameter in space}
