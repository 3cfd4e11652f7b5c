"""The proof of an export: onnxruntime gives what PyTorch gives, on real samples where there are any."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import onnxruntime
import torch
from torch import Tensor, nn

from runtime.exchange import ExportError

BATCHES = (1, 7, 64)
ALLOWED = 1e-4  # absolute, plus as much of the value itself: beyond it, an export is refused
NOTHING_WRITTEN = "Nothing was written. Export as Python instead."
WORK = 5e10  # multiply-adds one batch of a proof may take, so that it lasts seconds and not minutes


@dataclass(frozen=True)
class Proof:
    """The largest absolute difference, for each output by name, over ``samples`` samples."""

    outputs: Mapping[str, float]
    samples: int
    real: bool  # samples of the data set; otherwise random numbers

    @property
    def max_abs_diff(self) -> float:
        return max(self.outputs.values(), default=0.0)


def prove(
    model: bytes, module: nn.Module, outputs: Sequence[str], batches: Iterable[Mapping[str, Tensor]], *, real: bool
) -> Proof:
    """Runs every batch through both. Raises ExportError where they differ by more than ALLOWED."""
    run = _session(model, outputs)
    largest = dict.fromkeys(outputs, 0.0)
    samples = 0
    for batch in batches:
        for name, ours, theirs in zip(outputs, _of_torch(module, batch), run(batch), strict=True):
            largest[name] = max(largest[name], _difference(name, ours, theirs))
        samples += max(map(len, batch.values()), default=1)  # what takes nothing gives one result
    return Proof(largest, samples, real)


def _session(model: bytes, outputs: Sequence[str]) -> Callable[[Mapping[str, Tensor]], list[Tensor]]:
    """Runs a batch through onnxruntime on the CPU."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3

    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own have no common class
        raise _unusable(error) from error

    def run(batch: Mapping[str, Tensor]) -> list[Tensor]:
        try:
            found = session.run(list(outputs), {name: value.numpy() for name, value in batch.items()})
        except Exception as error:
            raise _unusable(error) from error
        return [torch.from_numpy(value) for value in found]

    return run


def _unusable(error: Exception) -> ExportError:
    reason = str(error).strip().splitlines() or [type(error).__name__]
    return ExportError(f"onnxruntime cannot run the exported network: {reason[0]}", NOTHING_WRITTEN)


def _of_torch(module: nn.Module, batch: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
    with torch.inference_mode():
        result = module(*batch.values())
    return (result,) if isinstance(result, Tensor) else tuple(result)


def _difference(name: str, ours: Tensor, theirs: Tensor) -> float:
    if ours.shape != theirs.shape:
        raise ExportError(
            f"The proof failed: output {name} is {tuple(theirs.shape)} in ONNX and {tuple(ours.shape)} in PyTorch.",
            NOTHING_WRITTEN,
        )
    difference = (ours.double() - theirs.double()).abs()
    # A value that is not a number in both is equal; in one alone it is a difference.
    difference[ours.isnan() & theirs.isnan() | (ours == theirs)] = 0.0
    if not (difference <= ALLOWED * (1 + ours.double().abs().nan_to_num(0.0))).all():
        raise ExportError(
            f"The proof failed: output {name} differs by {difference.max():.1e} between ONNX and PyTorch.",
            NOTHING_WRITTEN,
        )
    return float(difference.max()) if difference.numel() else 0.0
