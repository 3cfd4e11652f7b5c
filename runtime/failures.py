"""What can end a training, each with its sentence."""

from __future__ import annotations

import math
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch

from nodes.graph.files import NetworkFileError
from nodes.spec.settings import SettingError
from runtime.checkpoint import LAST, load_weights
from runtime.compile import build
from runtime.data.choice import DataError
from runtime.devices import is_out_of_memory, out_of_memory
from runtime.job import Job
from runtime.recipe import Recipe
from runtime.runs import TrainingError, unwritable
from runtime.source import SourceError
from runtime.team import team
from runtime.trust import TrustError
from runtime.unsound import origin_of

ERROR_FILE = "error.txt"
LOST = ("Connection closed by peer", "Connection reset by peer", "Broken pipe", "NCCL error", "Timed out waiting")
"""What torch.distributed says where a process has gone that another was waiting for."""


def as_training_error(
    error: Exception, run: Path, recipe: Recipe, device: torch.device, job: Job | None = None
) -> TrainingError:
    """The sentence for whatever ended a training; with its ``job`` it is looked into, unless others train with it."""
    job = None if team().is_several else job  # a pass of one process alone would wait for the others for ever
    if isinstance(error, ExplodedError) and job is not None:
        return _traced(error, run, job)
    if isinstance(error, TrainingError):
        return error
    if isinstance(error, DataError | SourceError | TrustError):
        return TrainingError(error.fact, error.remedy, error.node)
    if isinstance(error, SettingError | NetworkFileError):
        return TrainingError(str(error))
    if is_out_of_memory(error):
        return out_of_memory(recipe, device, _fitting_batch(error, job) if job is not None else None)
    if isinstance(error, OSError):
        return unwritable(run, error)
    if any(word in str(error) for word in LOST):
        return TrainingError(
            "Another process of this training has ended, or cannot be reached.",
            "Look at what it said, and resume the run; torchrun --max-restarts 3 does that by itself.",
        )
    if "more than 1 value per channel" in str(error):
        return TrainingError(
            "Batch normalisation cannot work on one value for each channel.", "Set batch size to 2 or more."
        )
    if "unsafe to autocast" in str(error):
        return TrainingError(
            "BCELoss cannot be calculated in half precision.",
            "Use BCEWithLogitsLoss without a Sigmoid, or set precision to fp32.",
        )
    if "does not have a deterministic implementation" in str(error):
        operation = str(error).split(" does not", 1)[0]
        return TrainingError(
            f"{operation} gives other sums from run to run.", "Set deterministic off, or use the CPU."
        )
    with suppress(OSError):
        (run / ERROR_FILE).write_text("".join(traceback.format_exception(error)))
    sentence = next(iter(str(error).splitlines()), "").rstrip(".")
    return TrainingError(
        f"Training stopped at a fault of ours: {type(error).__name__}: {sentence}.",
        f"Resume the run to go on from its last checkpoint; {ERROR_FILE} in its folder has the details.",
    )


def _traced(error: ExplodedError, run: Path, job: Job) -> TrainingError:
    """With the layer or the data that a loss which is no number came from, where they can be found."""
    with suppress(Exception):  # what was said already stands
        torch.manual_seed(job.recipe.seed)
        weights = load_weights(run, "last") if (run / LAST).is_file() else build(job.network.graph).state_dict()
        origin = None if error.is_finite else origin_of(job, weights)
        if origin is not None:
            node = origin.node
            remedy = f"Look at what {node} is given and does." if node else "Mend or leave out that sample."
            return TrainingError(f"{error.fact} {origin.sentence}", remedy, node)
    return error


def _fitting_batch(error: Exception, job: Job) -> int | None:
    """The largest half, quarter, … of the batch that passes forward and back; 0 where none does; None: unknown."""
    traceback.clear_frames(error.__traceback__)  # they hold what did not fit
    size = job.recipe.batch_size // 2
    job.optimizer.zero_grad(set_to_none=True)
    job.module.train()
    while size:
        try:
            loss, _ = job.module.losses(*job.batch(job.order(0)[:size]))
            torch.autograd.backward(loss)
        except Exception as failed:
            if not is_out_of_memory(failed):
                return None
            traceback.clear_frames(failed.__traceback__)
            size //= 2
        else:
            return size
        finally:
            job.optimizer.zero_grad(set_to_none=True)
    return 0


def sound_steps(losses: Sequence[float], first: float | None, factor: float | None) -> int:
    """How many losses there are before one that is no number, infinite, or more than ``factor`` times the first."""
    most = math.inf if first is None or factor is None or first <= 0 else factor * first
    return next((n for n, loss in enumerate(losses) if not math.isfinite(loss) or loss > most), len(losses))


class ExplodedError(TrainingError):
    """A loss that has left the numbers, or grown many times its first."""

    def __init__(self, what: str, loss: float, step: int, learning_rate: float, first: float | None = None) -> None:
        self.is_finite = math.isfinite(loss)
        became = "is not a number" if math.isnan(loss) else "is infinite"
        if math.isfinite(loss) and first is not None:
            became = f"is {loss:.4g}, {loss / first:.1f} times its first ({first:.4g}),"
        super().__init__(
            f"{what} {became} at step {step}, with learning rate {learning_rate:g}.",
            f"Set the learning rate to {learning_rate / 10:.1g} or less, and look for a missing normalisation.",
        )
