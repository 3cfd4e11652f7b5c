"""The proof of an export: onnxruntime gives what PyTorch gives, on real samples where there are any.

A difference is told as it is, and judged beside the largest number of its output in the batch: float32 rounds to
6e-8 of a number, a network of hundreds of layers to some 1e-6 of its largest one. A small number beside large ones,
as a score near zero, is a difference of those and has their rounding: it is no measure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import onnxruntime
import torch
from torch import Tensor, nn

from runtime.exchange import ExportError

BATCHES = (1, 7, 64)  # of the last one fewer where the network is large, but as many as LEAST
LEAST = 8
ALLOWED = 1e-5  # of the largest number of an output: beyond it, an export is refused
ROUNDING = 2.0**-23  # of float32 at 1, from which every output is computed: a smaller difference tells nothing
NOTHING_WRITTEN = "Nothing was written. Export as Python instead."
WORK = 5e10  # multiply-adds the largest batch of a proof may take, so that it lasts seconds and not minutes

Run = Callable[[Mapping[str, Tensor]], list[Tensor]]


@dataclass(frozen=True)
class Proof:
    """The largest and the mean absolute difference, for each output by name, over ``samples`` samples.

    ``relatives`` are the largest differences as shares of the output's largest number in their batch.
    """

    outputs: Mapping[str, float]
    samples: int
    real: bool  # samples of the data set; otherwise random numbers
    means: Mapping[str, float] = field(default_factory=dict)
    relatives: Mapping[str, float] = field(default_factory=dict)
    inputs: tuple[Mapping[str, tuple[int, ...]], ...] = ()  # the sizes of each batch, by input

    @property
    def max_abs_diff(self) -> float:
        return max(self.outputs.values(), default=0.0)

    @property
    def max_relative_diff(self) -> float:
        return max(self.relatives.values(), default=0.0)


class DiffersError(ExportError):
    """A proof that failed, with the batch it failed on."""

    def __init__(self, fact: str, batch: Mapping[str, Tensor]) -> None:
        super().__init__(fact, NOTHING_WRITTEN)
        self.batch = batch


def prove(
    run: Run,
    module: nn.Module,
    outputs: Sequence[str],
    batches: Iterable[Mapping[str, Tensor]],
    *,
    real: bool,
    allowed: float = ALLOWED,
) -> Proof:
    """Runs every batch through both. Raises DiffersError where they differ by more than ``allowed``."""
    largest, totals = dict.fromkeys(outputs, 0.0), dict.fromkeys(outputs, 0.0)
    relatives, counts = dict.fromkeys(outputs, 0.0), dict.fromkeys(outputs, 0)
    inputs: list[Mapping[str, tuple[int, ...]]] = []
    for batch in batches:
        for name, ours, theirs in zip(outputs, of_torch(module, batch), run(batch), strict=True):
            difference, share = _difference(name, ours, theirs, batch, allowed)
            relatives[name] = max(relatives[name], share)
            if difference.numel():
                largest[name] = max(largest[name], float(difference.max()))
                totals[name] += float(difference.sum())
                counts[name] += difference.numel()
        inputs.append({name: tuple(value.shape) for name, value in batch.items()})
    samples = sum(max((sizes[0] for sizes in batch.values()), default=1) for batch in inputs)
    means = {name: totals[name] / max(1, counts[name]) for name in outputs}
    return Proof(largest, samples, real, means, relatives, tuple(inputs))


def session_of(model: bytes | Path, outputs: Sequence[str], threads: int = 0) -> Run:
    """Runs batches through onnxruntime on the CPU; with 0 threads it takes as many as it likes."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads

    try:
        given = model if isinstance(model, bytes) else str(model)
        session = onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])
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


def of_torch(module: nn.Module, batch: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
    """What the module gives for a batch, output by output."""
    with torch.inference_mode():
        result = module(*batch.values())
    return (result,) if isinstance(result, Tensor) else tuple(result)


def _difference(
    name: str, ours: Tensor, theirs: Tensor, batch: Mapping[str, Tensor], allowed: float
) -> tuple[Tensor, float]:
    """How far apart each two numbers are, and the largest of these as a share of the largest number."""
    if ours.shape != theirs.shape:
        raise DiffersError(
            f"The proof failed: output {name} is {tuple(theirs.shape)} in ONNX and {tuple(ours.shape)} in PyTorch.",
            batch,
        )
    difference, most = distance(ours, theirs), _largest(ours)
    share = _share(difference, most)
    if not _is_near(difference, most, allowed):
        raise DiffersError(
            f"The proof failed: output {name} differs by {difference.max():.1e} between ONNX and PyTorch, which is "
            f"{share:.1e} of its largest number.",
            batch,
        )
    return difference, share


def differs(ours: Tensor, theirs: Tensor, allowed: float) -> bool:
    """Whether two values of one shape are further apart than ``allowed`` of the largest number of the first."""
    return not _is_near(distance(ours, theirs), _largest(ours), allowed)


def relative(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference as a share of the largest number of the first; 0 where all of its numbers are 0."""
    return _share(distance(ours, theirs), _largest(ours))


def _is_near(difference: Tensor, most: float, allowed: float) -> bool:
    return bool((difference <= max(allowed * most, ROUNDING)).all())


def _share(difference: Tensor, most: float) -> float:
    return float(difference.max()) / most if most and difference.numel() else 0.0


def _largest(value: Tensor) -> float:
    """The largest finite number, without its sign."""
    finite = value.double().abs().nan_to_num(0.0, posinf=0.0)
    return float(finite.max()) if finite.numel() else 0.0


def distance(ours: Tensor, theirs: Tensor) -> Tensor:
    """How far apart each two numbers are. One that is not a number in both is equal; in one alone it is not."""
    difference = (ours.double() - theirs.double()).abs()
    difference[ours.isnan() & theirs.isnan() | (ours == theirs)] = 0.0
    return difference
