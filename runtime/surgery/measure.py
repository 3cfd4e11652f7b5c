"""What an operation costs, measured at once on samples that were not trained on."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nodes.graph.model import Network
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet
from runtime.data.loader import Loader
from runtime.data.open import open_data
from runtime.evaluate import evaluate
from runtime.job import Job, make_job
from runtime.recipe import Recipe

MOST_MEASURED, MOST_COMPARED, MOST_CALIBRATED = 2_000, 256, 1_024
PARTS = ("validation", "test", "train")


def data_of(network: Network, base: Path) -> DataSet:
    """Raises DataError, SettingError."""
    return open_data(DataChoice.read(network.data), base)


def job_of(network: Network, module: nn.Module, data: DataSet, base: Path) -> Job:
    """A module with its weights, to be evaluated on data. Raises what make_job does."""
    recipe = dataclasses.replace(Recipe.read(network.recipe), start_from="", fresh="").resolved(base)
    return dataclasses.replace(make_job(base, network, recipe, torch.device("cpu"), data), module=module)


def measured(before: Job, after: Job) -> dict[str, Any]:
    """``part``, ``samples``, what each scores (``loss``, ``accuracy`` where classes are told), and
    ``largest_difference`` of their outputs: None where those have other shapes."""
    part = next(name for name in PARTS if len(before.data.part(name)))
    rows = before.data.part(part)[:MOST_MEASURED]
    return {
        "part": part,
        "samples": len(rows),
        "before": _told(before, rows),
        "after": _told(after, rows),
        "largest_difference": _difference(before, after, rows[:MOST_COMPARED]),
    }


@torch.inference_mode()
def calibrate(job: Job, names: Collection[str]) -> None:
    """Gives batch normalisations the mean and variance of what reaches them, and lets them give both back: identity
    in evaluation, and nearly so in training. The network is run on training samples."""
    if not names:
        return
    layers = {name: job.module.get_submodule(name) for name in names}
    reached: dict[str, list[Tensor]] = {name: [] for name in names}
    hooks = [layer.register_forward_pre_hook(partial(_keep, reached[name])) for name, layer in layers.items()]
    try:
        job.module.eval()
        job.module(*_inputs(job, job.data.train[:MOST_CALIBRATED]))
    finally:
        for hook in hooks:
            hook.remove()
    for name, layer in layers.items():
        values = torch.cat(reached[name]).transpose(0, 1).flatten(1).double()
        mean, variance = values.mean(1), values.var(1, correction=0)
        layer.running_mean.copy_(mean)
        layer.running_var.copy_(variance)
        layer.weight.copy_(torch.sqrt(layer.running_var.double() + layer.eps))
        layer.bias.copy_(layer.running_mean)


def _keep(kept: list[Tensor], _layer: nn.Module, given: tuple[Tensor, ...]) -> None:
    kept.append(given[0])


def _told(job: Job, rows: Tensor) -> dict[str, float]:
    score = evaluate(job, rows)
    return {"loss": score.loss} | ({} if score.accuracy is None else {"accuracy": score.accuracy})


@torch.inference_mode()
def _difference(before: Job, after: Job, rows: Tensor) -> float | None:
    told = []
    for job in (before, after):
        job.module.eval()
        given = job.module(*_inputs(job, rows))
        told.append((given,) if isinstance(given, Tensor) else tuple(given))
    if [one.shape for one in told[0]] != [one.shape for one in told[1]]:
        return None
    return max(float((one - other).abs().max()) for one, other in zip(*told, strict=True))


def _inputs(job: Job, rows: Tensor) -> list[Tensor]:
    return Loader(job.data, job.binding.forward, job.device).batch(rows)
