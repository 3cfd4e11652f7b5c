"""Where a network runs, and what to say when there is no room."""

from __future__ import annotations

import platform

import torch

from runtime.recipe import Recipe
from runtime.runs import TrainingError


def find_device(wanted: str) -> torch.device:
    """The device a recipe means. Raises TrainingError where there is no such device."""
    has_gpu = torch.cuda.is_available()
    if wanted == "cuda" and not has_gpu:
        raise TrainingError("There is no GPU here that PyTorch can use.", "Set device to auto or cpu.")
    return torch.device("cuda" if has_gpu and wanted != "cpu" else "cpu")


def device_title(device: torch.device) -> str:
    """``cpu``, or the name of the GPU."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def environment(device: torch.device) -> dict[str, object]:
    """What a run was made with, for those who want to repeat it."""
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "platform": platform.platform(),
        "device": device_title(device),
        "threads": torch.get_num_threads(),
    }


def is_out_of_memory(error: BaseException) -> bool:
    return (
        isinstance(error, MemoryError | torch.OutOfMemoryError)
        or "can't allocate memory" in str(error)
        or "not enough memory" in str(error)
    )


def out_of_memory(recipe: Recipe, device: torch.device) -> TrainingError:
    """The sentence for a batch that does not fit."""
    where = "The GPU" if device.type == "cuda" else "The computer"
    remedy = (
        f"Set batch size to {recipe.batch_size // 2} or less" if recipe.batch_size > 1 else "Make the network smaller"
    )
    if device.type == "cuda":
        remedy += ", or train on the CPU"
    return TrainingError(f"{where} ran out of memory at batch size {recipe.batch_size}.", f"{remedy}.")
