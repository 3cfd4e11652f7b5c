"""The companion that keeps small snapshots at validations, so that every panel can be moved through the run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nodes.graph.files import load
from runtime.companions import Accompanied, Companion
from runtime.evaluate import Score
from runtime.job import Job
from runtime.runs import NETWORK, Entry, Snapshot, Started, TrainingError
from runtime.watching.snapshot_files import SnapshotContents, as_bytes, forget_after, write_snapshot
from runtime.watching.watched_layers import WatchedLayer, watched_layers

MOST_SAMPLES = 4
MOST_LAYERS = 24
MOST_MAPS, MOST_UNITS, MOST_SIDE = 12, 256, 32  # of each activation
MOST_FILTERS = 64
BINS = 30
FIRST = 8  # that are kept whatever they cost
SHARE = 0.01  # of the training that later ones may take, where validations follow each other closely


class Snapshots(Companion):
    """One at the beginning and one after each validation, as long as they take little of the training's time."""

    name = "snapshots"
    only_watches = True

    def __init__(self, training: Accompanied) -> None:
        super().__init__(training)
        job = training.job
        graph = load(training.run / NETWORK).network.graph
        self._layers = some_of([layer for layer in watched_layers(graph, job.module) if not layer.is_block])
        part = job.data.validation if len(job.data.validation) else job.data.train
        self._rows = part[pinned(job.recipe.pinned_samples, len(part))]
        self._began = time.perf_counter()
        self._spent, self._kept = 0.0, 0

    def begin(self) -> None:
        if self.training.at.step == 0:
            self._keep(None)

    def hear(self, entry: Entry) -> None:
        if isinstance(entry, Started):  # it begins, or has gone back
            forget_after(self.training.run, entry.resumed_at)

    def after_validation(self, score: Score) -> None:
        elapsed = time.perf_counter() - self._began
        if self._kept < FIRST or self._spent <= SHARE * elapsed:
            self._keep(score)

    def _keep(self, score: Score | None) -> None:
        began = time.perf_counter()
        self._write(score)
        self._kept += 1
        self._spent += time.perf_counter() - began

    def _write(self, score: Score | None) -> None:
        training = self.training
        step = training.at.step
        tensors = self._activations(training.job)
        for name, values in _filters(training.job.module).items():
            tensors |= _named(name, values)
        tensors |= _histograms(training.job.module)
        if score and score.detail:
            tensors["confusion"] = torch.tensor(score.detail.confusion, dtype=torch.int32)
        facts = {
            "step": step,
            "samples": self._rows.tolist(),
            "filters_of": _first_convolution(training.job.module)[0],
        }
        file = write_snapshot(training.run, step, SnapshotContents(tensors, facts))
        training.write(Snapshot(step, step / training.job.epoch_steps, file))

    @torch.no_grad()
    def _activations(self, job: Job) -> dict[str, Tensor]:
        """What the layers make of the pinned samples, in evaluation; no random number is drawn."""
        found: dict[str, Tensor] = {}
        handles = [layer.module.register_forward_hook(_catcher(layer, found)) for layer in self._layers]
        was_training = job.module.training
        job.module.eval()
        try:
            job.module.losses(*job.batch(job.loader.rows(self._rows)))
        finally:
            job.module.train(was_training)
            for handle in handles:
                handle.remove()
        return {
            key: part for path, values in found.items() for key, part in _named(f"activation/{path}", values).items()
        }


def make_snapshots(training: Accompanied) -> Companion | None:
    """The snapshots, unless the recipe wants none."""
    return Snapshots(training) if training.job.recipe.snapshots else None


def some_of(layers: Sequence[WatchedLayer]) -> list[WatchedLayer]:
    """All layers, or as many as are kept, evenly from the first to the last: that one tells the prediction."""
    last = len(layers) - 1
    if last < MOST_LAYERS:
        return list(layers)
    return [layers[round(place * last / (MOST_LAYERS - 1))] for place in range(MOST_LAYERS)]


def pinned(written: str, count: int) -> list[int]:
    """The places of the pinned samples, of ``count``. Raises TrainingError."""
    parts = [part.strip() for part in written.split(",") if part.strip()]
    if not parts:
        return list(range(min(MOST_SAMPLES, count)))
    if len(parts) > MOST_SAMPLES or not all(part.isdecimal() and int(part) < count for part in parts):
        raise TrainingError(
            f"pinned_samples is “{written}”, which does not name up to {MOST_SAMPLES} of {count:,} samples.",
            f"Write numbers from 0 to {count - 1:,} with commas, such as 0, 1.",
        )
    return [int(part) for part in parts]


def _catcher(layer: WatchedLayer, found: dict[str, Tensor]) -> Any:
    def catch(module: Any, inputs: Any, output: Any) -> None:
        value = output[0] if isinstance(output, tuple) else output
        if isinstance(value, Tensor) and value.is_floating_point() and value.dim() in (2, 4):
            found.setdefault(layer.path, _small(value.detach()))

    return catch


def _small(values: Tensor) -> Tensor:
    """Some maps, each small, or some units. What comes of it is a copy."""
    if values.dim() == 2:
        return values[:, :MOST_UNITS].float().clone()
    values = values[:, :MOST_MAPS].float()
    height, width = (min(MOST_SIDE, side) for side in values.shape[2:])
    return nn.functional.adaptive_avg_pool2d(values, (height, width)).clone()


def _named(name: str, values: Tensor) -> dict[str, Tensor]:
    numbers, low, high = as_bytes(values)
    return {name: numbers, f"low/{name}": low, f"high/{name}": high}


def _first_convolution(module: nn.Module) -> tuple[str, nn.Conv2d | None]:
    return next(((n, m) for n, m in module.named_modules() if isinstance(m, nn.Conv2d)), ("", None))


def _filters(module: nn.Module) -> dict[str, Tensor]:
    """Of the first convolution, filter × H × W × colours; of more than three channels the mean is shown."""
    _, first = _first_convolution(module)
    if first is None:
        return {}
    weight = first.weight.detach()[:MOST_FILTERS]
    if weight.shape[1] not in (1, 3):
        weight = weight.mean(1, keepdim=True)
    return {"filters": weight.permute(0, 2, 3, 1)}


def _histograms(module: nn.Module) -> dict[str, Tensor]:
    """Counts of each weight's numbers in equal bins, and the ends of these."""
    found: dict[str, Tensor] = {}
    for name, weight in module.named_parameters():
        values = weight.detach().float().flatten().cpu()
        values = values[torch.isfinite(values)]
        if not len(values):
            continue
        low, high = torch.aminmax(values)
        counts = torch.histc(values, BINS, low.item(), high.item())
        found |= {f"histogram/{name}": counts.int(), f"low/histogram/{name}": low.reshape(1)}
        found[f"high/histogram/{name}"] = high.reshape(1)
    return found
