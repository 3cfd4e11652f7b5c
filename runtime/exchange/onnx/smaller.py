"""Half precision and whole numbers of 8 bits: smaller files, and what they cost on real samples."""

from __future__ import annotations

import logging
import tempfile
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quant_pre_process, quantize_static
from torch import Tensor

from runtime.exchange import ExportError
from runtime.exchange.onnx.half import as_float16
from runtime.exchange.proof import Run

CALIBRATED = 128  # samples at most that int8 measures the reach of values on
AT_ONCE = 16
SECONDS = 30.0  # that the cost of a smaller precision may be measured for


@dataclass(frozen=True)
class Cost:
    """What a smaller precision changes, on samples that the network was not trained on.

    ``accuracy`` are shares of right answers, before and after; None where there is nothing to be right about.
    """

    samples: int  # that it was measured on
    available: int  # that there were; fewer are measured where they take longer than SECONDS
    agreement: float  # share of samples with the same most likely class; 1 where there are no classes
    largest_difference: float
    accuracy: tuple[float, float] | None


def made_smaller(model: onnx.ModelProto, precision: str, samples: Mapping[str, Tensor]) -> onnx.ModelProto:
    """The model in ``float16`` or ``int8``. Raises ExportError."""
    return as_float16(model) if precision == "float16" else as_int8(model, samples)


class _Samples(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, samples: Mapping[str, Tensor]) -> None:
        count = min(CALIBRATED, max(map(len, samples.values())))
        self._batches = iter(
            {name: value[start : start + AT_ONCE].numpy() for name, value in samples.items()}
            for start in range(0, count, AT_ONCE)
        )

    def get_next(self) -> dict[str, NDArray[np.generic]] | None:
        return next(self._batches, None)


def as_int8(model: onnx.ModelProto, samples: Mapping[str, Tensor]) -> onnx.ModelProto:
    """Static quantisation by onnxruntime, with the reach of every value measured on samples.

    Raises ExportError without samples, or where onnxruntime cannot.
    """
    if not samples:
        raise ExportError(
            "int8 needs samples to measure how far the values reach.", "Choose data for the network, or float16."
        )
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.ERROR)  # onnxruntime's advice
    try:
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ready, out = Path(folder) / "ready.onnx", Path(folder) / "int8.onnx"
            quant_pre_process(model, str(ready), skip_symbolic_shape=True)
            quantize_static(
                str(ready), str(out), _Samples(samples), quant_format=QuantFormat.QDQ, per_channel=True,
                activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
            )  # fmt: skip
            found = onnx.load(str(out))
    except Exception as error:  # onnxruntime's own have no common class
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ExportError(f"onnxruntime cannot bring this network to int8: {reason}", "Choose float16.") from error
    finally:
        logging.getLogger().setLevel(level)
    return found


def cost_of(before: Run, after: Run, samples: Mapping[str, Tensor], labels: Tensor | None) -> Cost:
    """Compares the first outputs of both on samples, as long as there is time; ``labels`` are their right classes,
    where there are any."""
    pairs, ends = [], time.monotonic() + SECONDS
    for batch in _batches(samples):
        pairs.append((before(batch)[0], after(batch)[0]))
        if time.monotonic() > ends:
            break
    ours, theirs = (torch.cat(values) for values in zip(*pairs, strict=True))
    available = max(map(len, samples.values()))
    labels = labels[: len(ours)] if labels is not None else None
    difference = float((ours.double() - theirs.double()).abs().max())
    if ours.dim() != 2:
        return Cost(len(ours), available, 1.0, difference, None)
    chosen, other = ours.argmax(1), theirs.argmax(1)
    accuracy = None
    if labels is not None and labels.shape == chosen.shape:
        accuracy = (float((chosen == labels).float().mean()), float((other == labels).float().mean()))
    return Cost(len(ours), available, float((chosen == other).float().mean()), difference, accuracy)


def _batches(samples: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    count = max(map(len, samples.values()))
    return [{name: value[start : start + 64] for name, value in samples.items()} for start in range(0, count, 64)]
