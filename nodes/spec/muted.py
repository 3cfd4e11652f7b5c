"""Muted: a node that was switched off lets its first input through, under the name and the settings it has."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nodes.spec.node_type import NodeType, Port
from nodes.spec.shapes import Shape, ShapeError


@dataclass(frozen=True)
class Muted(NodeType):
    """Lets its first input through unchanged, as if the node were not there.

    Shape:   every output is as the first input.
    Source:  left out; what follows reads what the node would have read.
    """

    original: NodeType

    type_id = "muted"
    is_view = True
    keeps_input = False

    def __post_init__(self) -> None:
        for word in ("title", "family", "stem", "also", "example"):
            object.__setattr__(self, word, getattr(self.original, word))  # it is still shown as what it is
        object.__setattr__(self, "torch_name", f"{self.original.torch_name} (muted)")

    def inputs(self) -> tuple[Port, ...]:
        first, *others = self.original.inputs()
        return (first, *(dataclasses.replace(port, optional=True) for port in others))

    def outputs(self) -> tuple[str, ...]:
        return self.original.outputs()

    def shape(self, *inputs: Shape | None) -> Mapping[str, Shape]:
        if not inputs or inputs[0] is None:
            raise ShapeError("Nothing reaches its first input.", "Connect it, or unmute the node.", kind="port")
        return dict.fromkeys(self.outputs(), inputs[0])

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return str(values[0])

    def picked(self, output: str, result: str) -> str:
        return result

    def summary(self) -> str:
        return f"muted · {self.original.summary()}"

    def replaced(self, **changes: Any) -> NodeType:
        """The same node with other settings, still muted."""
        return Muted(self.original.replaced(**changes))

    @property
    def structure(self) -> object:
        return (Muted, self.original.structure)


def original(settings: NodeType) -> NodeType:
    """What a node is when it is not muted."""
    return settings.original if isinstance(settings, Muted) else settings
