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
from runtime.data.choice import DataError
from runtime.devices import is_out_of_memory, out_of_memory
from runtime.recipe import Recipe
from runtime.runs import TrainingError, unwritable
from runtime.source import SourceError
from runtime.trust import TrustError

ERROR_FILE = "error.txt"


def as_training_error(error: Exception, run: Path, recipe: Recipe, device: torch.device) -> TrainingError:
    """The sentence for whatever ended a training."""
    if isinstance(error, TrainingError):
        return error
    if isinstance(error, DataError | SourceError | TrustError):
        return TrainingError(error.fact, error.remedy, error.node)
    if isinstance(error, SettingError | NetworkFileError):
        return TrainingError(str(error))
    if is_out_of_memory(error):
        return out_of_memory(recipe, device)
    if isinstance(error, OSError):
        return unwritable(run, error)
    if "more than 1 value per channel" in str(error):
        return TrainingError(
            "Batch normalisation cannot work on one value for each channel.", "Set batch size to 2 or more."
        )
    with suppress(OSError):
        (run / ERROR_FILE).write_text("".join(traceback.format_exception(error)))
    sentence = next(iter(str(error).splitlines()), "").rstrip(".")
    return TrainingError(
        f"Training stopped at a fault of ours: {type(error).__name__}: {sentence}.",
        f"Resume the run to go on from its last checkpoint; {ERROR_FILE} in its folder has the details.",
    )


def finite_steps(losses: Sequence[float]) -> int:
    """How many losses there are before the first that is not a number or infinite."""
    return next((n for n, loss in enumerate(losses) if not math.isfinite(loss)), len(losses))


def not_finite(what: str, loss: float, step: int, learning_rate: float) -> TrainingError:
    """The sentence for a loss that has left the numbers."""
    became = "is not a number" if math.isnan(loss) else "is infinite"
    return TrainingError(
        f"{what} {became} at step {step}, with learning rate {learning_rate:g}.",
        f"Set the learning rate to {learning_rate / 10:.1g} or less, and look for a missing normalisation.",
    )
