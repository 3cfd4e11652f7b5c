"""Where a network runs, and what to say when there is no room."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import torch

from nodes.spec.sizes import Size
from runtime.machine import process_memory
from runtime.recipe import Recipe
from runtime.runs import TrainingError
from runtime.version import installed, version

SMALL_STEP = 20_000_000  # multiply-adds of the forward pass of one batch


def find_device(wanted: str) -> torch.device:
    """The device a recipe means. Raises TrainingError where there is no such device."""
    has_gpu = torch.cuda.is_available()
    if wanted == "cuda" and not has_gpu:
        raise TrainingError("There is no GPU here that PyTorch can use.", "Set device to auto or cpu.")
    return torch.device("cuda", torch.cuda.current_device()) if has_gpu and wanted != "cpu" else torch.device("cpu")


def thread_count(multiply_adds: Size, batch_size: int) -> int:
    """How many threads a step runs on; it follows from the network, so that a seed gives the same sums again.

    A small step runs on one: its threads would meet so often that any other busy program slows it tenfold
    (measured: 12 ms against 237 ms a step with both cores in use elsewhere), and alone it would gain little.
    """
    most = torch.get_num_threads()
    is_small = isinstance(multiply_adds, int) and multiply_adds * batch_size < SMALL_STEP
    return 1 if is_small else most


@contextmanager
def on_threads(count: int) -> Iterator[None]:
    """Calculates on so many threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


HALVES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def autocast_of(recipe: Recipe, device: torch.device) -> Callable[[], AbstractContextManager[None]] | None:
    """What a forward pass runs in where the recipe wants fewer bits; None where it does not."""
    half = HALVES.get(recipe.precision)
    return None if half is None else partial(torch.autocast, device.type, half)


def precision_notes(recipe: Recipe, device: torch.device) -> list[str]:
    """What a person should know of the precision here, as sentences."""
    if device.type == "cpu" and recipe.precision == "tf32":
        return ["tf32 is a GPU's: the CPU calculates in fp32."]
    if device.type == "cpu" and recipe.precision == "fp16":
        return ["Most CPUs calculate fp16 slowly; bf16 or fp32 is likely faster here."]
    return []


@contextmanager
def calculating(recipe: Recipe, threads: int) -> Iterator[None]:
    """Sets for a while what PyTorch sets for a whole process: threads, tf32, determinism."""
    tf32, was_strict = torch.backends.cuda.matmul.allow_tf32, torch.are_deterministic_algorithms_enabled()
    conv_tf32, benchmark = torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark
    if recipe.precision == "tf32":  # else as PyTorch has it
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    if recipe.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it cuBLAS refuses
        torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.benchmark = False
    try:
        with on_threads(threads):
            yield
    finally:
        torch.use_deterministic_algorithms(was_strict)
        torch.backends.cudnn.benchmark = benchmark
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = tf32, conv_tf32


def leave_a_core() -> None:
    """For a process beside a window: one core stays free for it, so that it answers while a network trains."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    torch.set_num_threads(max(1, min(torch.get_num_threads(), cores - 1)))


def memory_taken(device: torch.device) -> int:
    """Bytes that this process has taken on a GPU, or as a whole; 0 where the system does not tell."""
    if device.type == "cuda":
        return torch.cuda.memory_reserved(device)
    if device.type == "mps":
        return torch.mps.driver_allocated_memory()
    return process_memory() or 0


def device_title(device: torch.device) -> str:
    """``cpu``, or the name of the GPU."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def environment(device: torch.device) -> dict[str, object]:
    """What a run was made with, for those who want to repeat it."""
    return {
        "netwright": version(),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "torchvision": installed("torchvision"),
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


def out_of_memory(recipe: Recipe, device: torch.device, fitting: int | None = None) -> TrainingError:
    """The sentence for a batch that does not fit; ``fitting`` is one that was tried and does, 0 where none did."""
    where = "The GPU" if device.type == "cuda" else "The computer"
    size = recipe.batch_size // 2 if fitting is None else fitting
    remedy = f"Set batch size to {size} or less" if size else "Make the network smaller"
    if device.type == "cuda":
        remedy += ", or train on the CPU"
    return TrainingError(f"{where} ran out of memory at batch size {recipe.batch_size}.", f"{remedy}.")
