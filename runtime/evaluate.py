"""Loss, accuracy and metrics over a whole part of the data."""

from __future__ import annotations

import traceback
from contextlib import nullcontext
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from runtime.adversarial import measured_distance
from runtime.augmentation.crops import Crops
from runtime.devices import is_out_of_memory
from runtime.job import Job
from runtime.metrics import Detail
from runtime.sequences.bleu import bleu
from runtime.sequences.carried import CarriedStates, consecutive
from runtime.sequences.sentences import written_and_right
from runtime.team import ALONE, team

LARGEST_BATCH = 512
MOST_WRITTEN = 500  # sentences that BLEU is measured on


class Score(NamedTuple):
    """Means over all samples; no accuracy where nothing is classified."""

    loss: float
    accuracy: float | None
    metrics: dict[str, float]
    detail: Detail | None

    def value(self, metric: str) -> float:
        return self.loss if metric == "loss" else self.metrics[metric]


@torch.inference_mode()
def evaluate(job: Job, rows: Tensor, *, crops: Crops | None = None) -> Score:
    """Runs some rows through the module in evaluation mode; its mode stays as it was.

    With ``crops`` the probabilities of all views of a picture are averaged, and so are their losses.
    """
    if job.recipe.adversarial:
        return Score(measured_distance(job, rows), None, {}, None)
    size = most = job.recipe.batch_size
    if not job.is_summed:  # no gradients: there is room
        most = max(size, min(4 * size, LARGEST_BATCH))
    if most > size and not team().is_several:
        was_training = job.module.training
        try:
            return _evaluated(job, rows, crops, most)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            traceback.clear_frames(error.__traceback__)  # there was none: the batches of training fit
            job.module.train(was_training)
    return _evaluated(job, rows, crops, most if team().is_several else size)


def _evaluated(job: Job, rows: Tensor, crops: Crops | None, size: int) -> Score:
    was_training = job.module.training
    job.module.eval()
    if job.recipe.carry_state:
        rows = consecutive(rows, size)
    rows = job.loader.rows(rows)
    loss_sum = torch.zeros((), dtype=torch.float64, device=job.device)
    tally = job.task.tally(job.device) if job.task else None
    parts_of = ALONE if job.recipe.carry_state else team()  # batches that follow each other stay together
    with CarriedStates(job.module).carried() if job.recipe.carry_state else nullcontext():
        for number, counts in parts_of.turns(-(-len(rows) // size)):
            loss, prediction, batch = judged(job, rows[number * size : (number + 1) * size], crops)
            if counts:
                loss_sum += loss * len(batch[0])
            if tally and prediction is not None:
                counted = slice(None) if counts else slice(0)
                tally.add(prediction[counted], batch[-1][counted])
    told = _bleu(job, rows) if job.writing else {}
    job.module.train(was_training)
    parts_of.total(loss_sum)
    if tally:
        tally.join(parts_of.total)
    metrics = (tally.values() if tally else {}) | told
    accuracy = metrics.get("accuracy") if job.binding.classifier else None
    return Score(loss_sum.item() / len(rows), accuracy, metrics, tally.detail() if tally else None)


def _bleu(job: Job, rows: Tensor) -> dict[str, float]:
    """Of what the network writes by itself for the first rows, each word following from those it wrote before."""
    assert job.writing is not None
    return {"bleu": bleu(*written_and_right(job.writing, job.module, job.data, rows[:MOST_WRITTEN], job.device))}


def judged(job: Job, rows: Tensor, crops: Crops | None) -> tuple[Tensor, Tensor | None, list[Tensor]]:
    """The loss of some samples, what the task's loss judges, and the batch."""
    if crops is None or job.task is None:
        batch = job.batch(rows)
        loss, parts = _forward(job, batch)
        return loss, parts[job.task.loss][1] if job.task else None, batch
    losses, shares = torch.zeros((), device=job.device), torch.zeros((), device=job.device)
    for view in crops.views:
        batch = job.batch(rows, partial(crops.changed, view))
        loss, parts = _forward(job, batch)
        losses = losses + view.weight * loss
        shares = shares + view.weight * parts[job.task.loss][1].float().softmax(1)
    return losses, shares.log(), batch  # softmax brings back the mean of the probabilities


def _forward(job: Job, batch: list[Tensor]) -> tuple[Tensor, dict[str, tuple[Tensor, Tensor]]]:
    with job.autocast() if job.autocast else nullcontext():
        loss, parts = job.module.losses(*batch)
    return loss, parts


@torch.no_grad()
def measure_normalisation_anew(job: Job) -> None:
    """Lets every batch normalisation take its averages from one pass over the training part.

    Source: torch.optim.swa_utils.update_bn. Nothing else is in training mode, so that no random number is drawn.
    """
    was_training = job.module.training
    job.module.train()
    layers: list[nn.Module] = [  # frozen ones stay in evaluation, and as they are
        m for m in job.module.modules() if isinstance(m, _BatchNorm) and m.track_running_stats and m.training
    ]
    job.module.train(was_training)
    if not layers:
        return
    job.module.eval()
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()  # type: ignore[operator]
        layer.momentum = None  # type: ignore[assignment]  # the mean of all batches
        layer.train()
    rows, size = job.loader.rows(job.data.train), job.recipe.batch_size
    for number in range(job.epoch_steps):
        job.module.losses(*job.batch(rows[number * size : (number + 1) * size]))
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    job.module.train(was_training)
