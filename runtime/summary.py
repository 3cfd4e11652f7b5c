"""What a run came to, as its folder keeps it."""

from __future__ import annotations

import msgspec

from runtime.checkpoint import Best
from runtime.metrics import Detail


class Summary(msgspec.Struct, frozen=True):
    """What a run came to; also in its folder as ``summary.json``."""

    reason: str  # "done", "stopped", or what ended it before its last step: "early", "target", "time"
    epochs: float
    steps: int
    seconds: float
    samples_per_second: float
    weights: int
    test_loss: float | None
    test_accuracy: float | None
    best: Best | None
    sentence: str = ""  # that says what ended it
    test_metrics: dict[str, float] = {}
    test_detail: Detail | None = None
    multiply_adds: int | None = None  # of one sample forward; None where sizes are unknown
