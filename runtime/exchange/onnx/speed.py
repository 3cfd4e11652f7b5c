"""How long an exported network takes on this machine, beside PyTorch."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from runtime.devices import on_threads
from runtime.exchange.proof import Run, of_torch

SECONDS = 0.4  # for each figure
LEAST = 3  # calls, however long they take


@dataclass(frozen=True)
class Speed:
    """Units: milliseconds of one sample alone; samples a second in batches of ``batch``."""

    threads: int
    onnx_ms: float
    torch_ms: float
    onnx_samples_per_second: float
    batch: int


def measure(
    run: Run, module: nn.Module, inputs: Mapping[str, Tensor], threads: int,
    torch_inputs: Mapping[str, Tensor] | None = None,
) -> Speed:  # fmt: skip
    """The median of calls within a moment, of ``run`` on so many ``threads``. ``inputs`` is a batch; its first sample
    serves for the latency."""
    first = {name: value[:1] for name, value in inputs.items()}
    theirs = {name: value[:1] for name, value in (torch_inputs or inputs).items()}
    batch = max(map(len, inputs.values()), default=1)
    with on_threads(threads):
        torch_ms = _median_ms(lambda: of_torch(module, theirs))
    onnx_ms = _median_ms(lambda: run(first))
    return Speed(threads, onnx_ms, torch_ms, batch / _median_ms(lambda: run(inputs)) * 1000, batch)


def _median_ms(call: Callable[[], object]) -> float:
    call()
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < LEAST or time.perf_counter() - began < SECONDS:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000
