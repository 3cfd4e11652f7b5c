"""Runs and snapshots measured on the same data, each by itself and all as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from nodes.graph.files import load
from nodes.graph.model import Network
from runtime.checkpoint import REMEDY, load_weights
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet
from runtime.data.open import open_data
from runtime.devices import find_device
from runtime.evaluate import LARGEST_BATCH, Score, evaluate, judged
from runtime.faults import RefusalError
from runtime.job import Job, make_job
from runtime.metrics import Task
from runtime.recipe import Recipe, override
from runtime.run_folder import runs_within
from runtime.runs import CHECKPOINTS, NETWORK, TrainingError
from runtime.sequences.carried import CarriedStates, consecutive
from runtime.snapshots import CYCLES
from runtime.transfer.start import start_of, take

PROBABILITIES, LOGITS, VOTES = "probabilities", "logits", "votes"
COMBINATIONS = (PROBABILITIES, LOGITS, VOTES)


class Member(NamedTuple):
    """A network with trained weights on its data."""

    title: str
    job: Job


class Members:
    """Opens runs, snapshots and network files; data that several share are read once."""

    def __init__(self, assigned: Sequence[str] = ()) -> None:
        self._assigned = assigned
        self._read: list[DataSet] = []

    def opened(self, path: Path, *, snapshots: bool = False) -> list[Member]:
        """The best weights of a run, or with ``snapshots`` those that its cycles left; a file of a run's weights;
        or a network file with the weights that its recipe starts from.

        Raises RefusalError, TrainingError, DataError, NetworkFileError, SettingError, SourceError, TrustError.
        """
        if path.is_dir():
            return [self._of_run(path, which) for which in _snapshots(path)] if snapshots else [self._of_run(path)]
        if path.suffix == ".safetensors" and (path.parent.parent / NETWORK).is_file():
            return [self._of_run(path.parent.parent, f"{CHECKPOINTS}/{path.name}")]
        if not path.is_file():
            raise RefusalError(f"There is no {path}.", "Name the folder of a run, or a file of weights in it.")
        return [self._of_file(path)]

    def _of_run(self, run: Path, which: str = "best") -> Member:
        if not (run / NETWORK).is_file():
            raise RefusalError(
                f"{run} is no run: there is no {NETWORK} in it.", runs_within(run) or "Name the folder of a run."
            )
        job = self._job(load(run / NETWORK).network, run)
        try:
            job.module.load_state_dict(load_weights(run, which))
        except RuntimeError as error:
            raise TrainingError(f"The weights of {run} do not fit its network.", REMEDY) from error
        return Member(run.name if which == "best" else f"{run.name}/{Path(which).stem}", job)

    def _of_file(self, path: Path) -> Member:
        job = self._job(load(path).network, path.parent)
        if not job.recipe.start_from:
            raise RefusalError(
                f"{path.name} has no trained weights.",
                "Name a run, or add --set recipe.start_from= and where its weights are.",
            )
        take(job.module, start_of(job.module, job.network.graph, job.recipe))
        return Member(path.stem, job)

    def _job(self, network: Network, base: Path) -> Job:
        for assignment in self._assigned:
            network = override(network, assignment, Path.cwd())
        recipe = Recipe.read(network.recipe).resolved(base)
        choice = DataChoice.read(network.data).resolved(base)
        known = next((data for data in self._read if data.choice == choice), None)
        if known is None:
            known = open_data(choice)
            self._read.append(known)
        return make_job(base, network, recipe, find_device(recipe.device), known)


def evaluated(members: Sequence[Member], combine: str = PROBABILITIES, part: str = "test") -> dict[str, Any]:
    """What each member scores, and all as one where there are several, ready for a program.

    ``members`` are its rows; ``loss`` and the metrics beside them are of all as one. Raises RefusalError.
    """
    rows = members[0].job.data.part(part)
    if not len(rows):
        raise RefusalError(f"The data have no {part} part.", f"Choose another, or set {part} of the data to 0.1.")
    _require_alike(members, rows, part)
    scores = [evaluate(job, rows, crops=job.crops) for _, job in members]
    whole = scores[0] if len(members) == 1 else together([job for _, job in members], rows, combine)
    told = [{"name": title} | _as_report(score) for (title, _), score in zip(members, scores, strict=True)]
    combined = {"combine": combine} if len(members) > 1 else {}
    return {"part": part, "samples": len(rows)} | combined | _as_report(whole) | {"members": told}


@torch.inference_mode()
def together(jobs: Sequence[Job], rows: Tensor, combine: str) -> Score:
    """The score of what the members say together of some rows; the loss is the cross-entropy of that.

    probabilities: their mean; logits: the mean of the scores before softmax; votes: each member names a class, and
    where votes are even the mean probability decides. Numbers that are told are averaged in any case.

    Source: Huang and others 2017, arXiv:1704.00109 (ensembles of snapshots).
    """
    task = jobs[0].task
    assert task is not None
    size = min([LARGEST_BATCH, *(job.recipe.batch_size for job in jobs if job.recipe.carry_state)])
    if jobs[0].recipe.carry_state:
        rows = consecutive(rows, size)
    tally, loss_sum, count = task.tally(jobs[0].device), 0.0, 0
    with ExitStack() as stack:
        for job in jobs:
            job.module.eval()
            if job.recipe.carry_state:
                stack.enter_context(CarriedStates(job.module).carried())
        for start in range(0, len(rows), size):
            part, told, target = rows[start : start + size], [], torch.empty(0)
            for job in jobs:
                _, prediction, batch = judged(job, job.loader.rows(part), job.crops)
                if prediction is not None:
                    told.append(prediction)
                target = batch[-1]
            common = combined(told, combine, task)
            tally.add(common, target)
            loss_sum += _loss(common, target, task) * len(part)
            count += len(part)
    metrics = tally.values()
    loss = float("nan") if combine == VOTES and task.kind != "numbers" else loss_sum / count
    return Score(loss, metrics.get("accuracy") if task.kind == "classes" else None, metrics, tally.detail())


def combined(told: Sequence[Tensor], combine: str, task: Task) -> Tensor:
    """One prediction from several, as logits where classes are told apart."""
    values = torch.stack([one.float() for one in told])
    if task.kind == "numbers" or combine == LOGITS:
        return values.mean(0)
    if task.kind == "labels":
        return _combined_labels(values, combine, task)
    shares = values.softmax(task.axis + 1)
    mean = shares.mean(0)
    if combine == PROBABILITIES:
        return mean.log()
    votes = sum((functional.one_hot(one.argmax(task.axis), mean.shape[task.axis]) for one in shares), torch.tensor(0))
    return votes.movedim(-1, task.axis) + mean / 2


def _combined_labels(values: Tensor, combine: str, task: Task) -> Tensor:
    """Of yes and no, as scores or as probabilities, whichever the members tell."""
    shares = values.sigmoid() if task.yes == 0 else values
    mean = shares.mean(0)
    if combine == VOTES:
        mean = ((shares > 0.5).float().mean(0) + mean / 1000) / 1.001  # where votes are even, the mean decides
    return torch.logit(mean) if task.yes == 0 else mean


def _loss(told: Tensor, target: Tensor, task: Task) -> float:
    if task.kind == "labels":
        judge = functional.binary_cross_entropy_with_logits if task.yes == 0 else functional.binary_cross_entropy
        return float(judge(told, target.view_as(told).float()))
    if task.kind == "numbers":
        return float(functional.mse_loss(told, target.view_as(told).float()))
    scores = told.movedim(task.axis, -1).reshape(-1, told.shape[task.axis])
    wanted = target.reshape(-1).long()
    wanted = torch.where((wanted >= 0) & (wanted < scores.shape[1]), wanted, -100)
    return float(functional.cross_entropy(scores, wanted))


def _require_alike(members: Sequence[Member], rows: Tensor, part: str) -> None:
    """Raises RefusalError unless all were asked the same of the same samples."""
    first = members[0]
    if len(members) > 1 and first.job.task is None:
        raise RefusalError(
            f"What {first.title} tells is compared with no target of the data, so it cannot be combined.",
            "Name one run.",
        )
    for title, job in members[1:]:
        theirs = job.data.part(part)
        is_same = job.data is first.job.data or job.data.fingerprint == first.job.data.fingerprint
        if not is_same or not theirs.equal(rows):
            raise RefusalError(
                f"{title} was made with other data than {first.title}, or parts them otherwise.",
                "Set data.source, data.seed and the shares of its parts alike with --set.",
            )
        mine = first.job.task
        if job.task is None or mine is None or (job.task.kind, job.task.classes) != (mine.kind, mine.classes):
            raise RefusalError(f"{title} tells something else than {first.title}.", "Combine runs of one task.")


def _snapshots(run: Path) -> Iterable[str]:
    found = sorted(path.name for path in (run / CHECKPOINTS).glob(CYCLES.format("*")))
    if not found:
        raise RefusalError(
            f"{run} has no snapshots.", "Train with the schedule warm_restarts or cyclic, and keep_cycles on."
        )
    return [f"{CHECKPOINTS}/{name}" for name in found]


def _as_report(score: Score) -> dict[str, Any]:
    return ({"loss": score.loss} if score.loss == score.loss else {}) | score.metrics
