"""What the size of a batch decides: whether normalisation can work on it, and whether it fits into memory."""

from __future__ import annotations

import torch

from nodes.graph.analysis import layers
from nodes.graph.figures import memory as bytes_of
from nodes.graph.layer_kinds import BATCH_NORMS
from nodes.graph.memory import step_memory
from nodes.graph.program import UnknownSizeError
from nodes.spec.sizes import grouped
from runtime.machine import free_memory
from runtime.questions.stepwise import Chart, CheckResult
from runtime.stepwise.subject import Subject

SMALL = 8  # samples: with fewer, mean and variance of a batch say little
MEGABYTE = 1024 * 1024
TITLE_NORM, TITLE_MEMORY = "Batch normalization", "Memory"


def batch_norm(subject: Subject) -> CheckResult:
    """Are the batches large enough for batch normalization, the last of an epoch too?"""
    rows = [row for row in layers(subject.inference, expanded=True) if row.settings.type_id in BATCH_NORMS]
    size, count = subject.job.recipe.batch_size, len(subject.job.data.train)
    if not rows:
        return CheckResult("batch_norm", TITLE_NORM, "green", "There is none, so that a batch may have any size.")
    last = count % size
    smallest = min(size, count)
    positions = {row.path: _positions(row.outputs) for row in rows}
    if smallest < SMALL:
        worst = min(rows, key=lambda row: positions[row.path])
        verdict = "red" if smallest * positions[worst.path] < 2 else "amber"
        return CheckResult(
            "batch_norm",
            TITLE_NORM,
            verdict,  # type: ignore[arg-type]
            f"{worst.path} measures mean and variance over {smallest} sample{'s' * (smallest > 1)}.",
            "Set batch_size to 16 or more, or use GroupNorm instead.",
            worst.node,
        )
    if 1 < last < SMALL and count > size:
        return CheckResult(
            "batch_norm",
            TITLE_NORM,
            "amber",
            f"The last batch of an epoch has {last} samples only, over which {rows[0].path} measures its variance.",
            f"Set batch_size to {_fitting(count, size)}.",
            rows[0].node,
        )
    return CheckResult(
        "batch_norm", TITLE_NORM, "green", f"{len(rows)} of them measure over {smallest} samples and more."
    )


def _positions(outputs: object) -> int:
    """How many numbers of each channel a sample gives."""
    shape = next(iter(outputs.values()), None) if isinstance(outputs, dict) else None
    count = 1
    for size, axis in zip(shape or (), shape.axes if shape is not None else "", strict=True):
        count *= size if axis != "C" and isinstance(size, int) else 1
    return count


def _fitting(count: int, size: int) -> int:
    """The nearest batch size whose last batch is not small."""
    return next((other for other in range(size, size + 200) if count % other == 0 or count % other >= SMALL), size)


def memory(subject: Subject) -> CheckResult:
    """Does a step fit into the memory of the device, and what is the largest batch that does?"""
    job = subject.job
    try:
        needs = step_memory(subject.inference, job.recipe.written())
    except UnknownSizeError as error:
        return CheckResult("memory", TITLE_MEMORY, "amber", f"It cannot be worked out: {error}")
    free = _free(job.device)
    size = job.recipe.batch_size
    taken = needs.at(size)
    parts = {
        "weights": taken.weights,
        "gradients": taken.gradients,
        "optimizer": taken.optimizer_state,
        "kept values": taken.kept,
        "passing values": taken.passing + taken.workspace,
        "batch": taken.inputs,
    }
    chart = Chart(
        "Memory of a step", "bars", {"MiB": [size / MEGABYTE for size in parts.values()]}, labels=list(parts)
    )
    told = f"A step of {size} samples takes {bytes_of(taken.total)}"
    if free is None:
        return CheckResult("memory", TITLE_MEMORY, "amber", f"{told}; how much is free is not known.", charts=[chart])
    largest = needs.largest_batch(free)
    sentence = (
        f"{told} of {bytes_of(free)} that are free; the largest batch that fits has {grouped(largest)} samples."
    )
    if taken.total > free:
        remedy = f"Set batch_size to {grouped(largest)} or less." if largest else "Make the network smaller."
        return CheckResult("memory", TITLE_MEMORY, "red", sentence, remedy, charts=[chart])
    verdict = "amber" if taken.total > 0.8 * free else "green"
    remedy = (
        "" if verdict == "green" else f"Set batch_size to {grouped(largest // 2)}, to leave room for other programs."
    )
    return CheckResult("memory", TITLE_MEMORY, verdict, sentence, remedy, charts=[chart])  # type: ignore[arg-type]


def _free(device: torch.device) -> int | None:
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    return free_memory()
