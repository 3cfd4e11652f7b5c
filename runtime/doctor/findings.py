"""What a rule of the doctor says: a sentence with its evidence, and what can be done."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Severity = Literal["severe", "warning", "remark"]


class Series(msgspec.Struct, frozen=True):
    """Values to chart, each at its step."""

    name: str
    steps: list[float]
    values: list[float]


class Evidence(msgspec.Struct, frozen=True):
    """The chart that convinced the doctor. ``level`` is the line that was crossed; ``x_title`` is what steps are."""

    title: str
    series: list[Series]
    level: float | None = None
    is_logarithmic: bool = False
    x_title: str = "step"


class SetRecipe(msgspec.Struct, tag=True, frozen=True):
    """Other settings of the recipe, for the next training, or for this one when it is resumed."""

    title: str
    changes: dict[str, Any]


class GoBack(msgspec.Struct, tag=True, frozen=True):
    """Back to the last checkpoint before a step, to the start where it is 0, and on at ``factor`` of the rate."""

    title: str
    step: int
    factor: float


class SetTraining(msgspec.Struct, tag=True, frozen=True):
    """How the weights of some nodes begin and are trained."""

    title: str
    nodes: list[str]
    changes: dict[str, Any]


class InsertBehind(msgspec.Struct, tag=True, frozen=True):
    """A new node behind each of some nodes: node -> type."""

    title: str
    types: dict[str, str]


class ReplaceNodes(msgspec.Struct, tag=True, frozen=True):
    """Other node types under the same names: node -> type."""

    title: str
    types: dict[str, str]


class LookAtData(msgspec.Struct, tag=True, frozen=True):
    """Nothing to set: open the samples and look."""

    title: str


Action = SetRecipe | GoBack | SetTraining | InsertBehind | ReplaceNodes | LookAtData


class Finding(msgspec.Struct, frozen=True):
    """What is wrong since about ``step``, at ``node`` if at one. The first action is the doctor's advice."""

    rule: str
    title: str
    severity: Severity
    sentence: str
    evidence: Evidence
    actions: list[Action]
    node: str = ""
    step: int = 0
