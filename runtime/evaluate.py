"""Loss and accuracy over a whole part of the data."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from runtime.job import Job

LARGEST_BATCH = 512


class Score(NamedTuple):
    """Means over all samples; no accuracy where nothing is classified."""

    loss: float
    accuracy: float | None


@torch.inference_mode()
def evaluate(job: Job, rows: Tensor) -> Score:
    """Runs some rows through the module in evaluation mode; its mode stays as it was."""
    was_training = job.module.training
    job.module.eval()
    rows = job.loader.rows(rows)
    size = job.recipe.batch_size
    if not job.is_summed:  # no gradients: there is room
        size = max(size, min(4 * size, LARGEST_BATCH))
    sums = torch.zeros(2, dtype=torch.float64, device=job.device)
    for start in range(0, len(rows), size):
        batch = job.loader.batch(rows[start : start + size])
        loss, parts = job.module.losses(*batch)
        sums[0] += loss * len(batch[0])
        hits = job.hits(parts, batch)
        if hits is not None:
            sums[1] += hits
    job.module.train(was_training)
    loss_sum, hit_sum = sums.tolist()
    return Score(loss_sum / len(rows), hit_sum / len(rows) if job.binding.classifier else None)
