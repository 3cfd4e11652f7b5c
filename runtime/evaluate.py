"""Loss, accuracy and metrics over a whole part of the data."""

from __future__ import annotations

from contextlib import nullcontext
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from runtime.job import Job
from runtime.metrics import Detail
from runtime.sequences.carried import CarriedStates, consecutive

LARGEST_BATCH = 512


class Score(NamedTuple):
    """Means over all samples; no accuracy where nothing is classified."""

    loss: float
    accuracy: float | None
    metrics: dict[str, float]
    detail: Detail | None

    def value(self, metric: str) -> float:
        return self.loss if metric == "loss" else self.metrics[metric]


@torch.inference_mode()
def evaluate(job: Job, rows: Tensor) -> Score:
    """Runs some rows through the module in evaluation mode; its mode stays as it was."""
    was_training = job.module.training
    job.module.eval()
    size = job.recipe.batch_size
    if not job.is_summed:  # no gradients: there is room
        size = max(size, min(4 * size, LARGEST_BATCH))
    if job.recipe.carry_state:
        rows = consecutive(rows, size)
    rows = job.loader.rows(rows)
    loss_sum = torch.zeros((), dtype=torch.float64, device=job.device)
    tally = job.task.tally(job.device) if job.task else None
    with CarriedStates(job.module).carried() if job.recipe.carry_state else nullcontext():
        for start in range(0, len(rows), size):
            batch = job.batch(rows[start : start + size])
            with job.autocast() if job.autocast else nullcontext():
                loss, parts = job.module.losses(*batch)
            loss_sum += loss * len(batch[0])
            if tally and job.task:
                tally.add(parts[job.task.loss][1], batch[-1])
    job.module.train(was_training)
    metrics = tally.values() if tally else {}
    accuracy = metrics.get("accuracy") if job.binding.classifier else None
    return Score(loss_sum.item() / len(rows), accuracy, metrics, tally.detail() if tally else None)


@torch.no_grad()
def measure_normalisation_anew(job: Job) -> None:
    """Lets every batch normalisation take its averages from one pass over the training part.

    Source: torch.optim.swa_utils.update_bn. Nothing else is in training mode, so that no random number is drawn.
    """
    layers: list[nn.Module] = [m for m in job.module.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
    if not layers:
        return
    was_training = job.module.training
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
