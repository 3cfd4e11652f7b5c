"""Questions before a training: is the network sound, step by step? And what its layers take on the device."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from runtime.questions.asked import Asked

Verdict = Literal["green", "amber", "red"]

CHECKS = (
    "shapes",
    "data_range",
    "labels",
    "batch_norm",
    "memory",
    "first_loss",
    "regularisation",
    "beginnings",
    "gradient",
    "overfit",
)
"""The checks of a pre-flight by name, in their order."""


class Chart(msgspec.Struct, frozen=True):
    """A small chart: lines over ``x``, bars by ``labels``, or a histogram whose bins begin at ``x``."""

    title: str
    kind: Literal["lines", "bars", "histogram"]
    series: dict[str, list[float]]
    x: list[float] = []
    labels: list[str] = []
    x_title: str = ""
    y_title: str = ""
    is_logarithmic: bool = False  # the axis of the values


class LayerBeginning(msgspec.Struct, frozen=True):
    """What a layer gives before the first step; None where a number means nothing there."""

    path: str
    node: str
    mean: float | None
    std: float | None
    zeros: float | None  # share
    saturated: float | None  # share
    gradient_norm: float | None
    weight_norm: float | None
    low: float  # where the first bin begins
    high: float
    counts: list[int]  # of its results, in equal bins


class CheckResult(msgspec.Struct, frozen=True):
    """What a check found: a sentence with its numbers, and what to change. ``node`` is where, if known."""

    name: str
    title: str
    verdict: Verdict
    sentence: str
    remedy: str = ""
    node: str = ""
    charts: list[Chart] = []
    layers: list[LayerBeginning] = []
    seconds: float = 0.0


class Preflight(Asked, frozen=True):
    """The stepwise questions, one after the other.

    Result:  ``checks`` (list of CheckResult). Each comes before as a part ``check`` when it has ended.
    """

    handler: ClassVar[str] = "runtime.answers.stepwise:preflight"

    network: str  # the JSON text of a network file
    base: str  # the folder that relative paths start from
    only: tuple[str, ...] = ()  # names of CHECKS; empty: all
    stop_file: str = ""  # once there is such a file, what is under way is given up


class CheckGradient(Asked, frozen=True):
    """Is the gradient that of the slopes, in double precision? Of the whole network, or of one node by itself.

    Result:  a CheckResult.
    """

    handler: ClassVar[str] = "runtime.answers.stepwise:check_gradient"

    network: str
    base: str
    node: str = ""  # ``conv1``, within a block ``stage1.conv1``; empty: the network
    stop_file: str = ""


class LayerTime(msgspec.Struct, frozen=True):
    """One layer on the device, for a batch."""

    path: str
    node: str
    forward_ms: float
    backward_ms: float
    output_bytes: int
    weight_bytes: int


class LayerTiming(Asked, frozen=True):
    """What does each layer take on the device of the recipe?

    Result:  ``layers`` (list of LayerTime), ``batch_size``, ``device``, ``step_ms`` and ``peak_bytes`` (0 where the
             device does not tell).
    """

    handler: ClassVar[str] = "runtime.answers.stepwise:layer_timing"

    network: str
    base: str
    batch_size: int = 0  # 0: the recipe's


class ReadSnapshot(Asked, frozen=True):
    """What did a training keep at a step, or the nearest before it?

    Result:  ``step``, ``steps`` (all that are kept), ``facts``, ``names`` (of all tensors, the ends of their ranges
             aside) and ``tensors`` (name -> ``shape``, ``dtype`` and ``data``, the bytes in base64), as
             ``runtime.watching.snapshot_files.SnapshotContents`` names them.
    """

    handler: ClassVar[str] = "runtime.answers.stepwise:read_snapshot"

    run: str
    step: int
    only: tuple[str, ...] = ()  # beginnings of the names that are wanted, ``low/`` and ``high/`` aside; empty: all
