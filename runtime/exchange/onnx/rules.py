"""What the rules for node types share: the place that a rule writes at, and the register of all rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn

from nodes.spec.shapes import Shape
from nodes.spec.sizes import Size
from runtime.exchange.onnx.writer import Writer

Results = str | Sequence[str]  # the values of the outputs, in the order of the node's ports


class NoRuleError(Exception):
    """These settings have no direct rule, so that PyTorch's exporter writes the node."""


@dataclass
class Place:
    """One node that is being written: its settings, what reaches it, and the layer with its weights.

    ``values`` and ``shapes`` have None for an optional input without a link. Shapes leave the batch out, which is
    axis 0 of every value. ``path`` is the node's name, with those of the blocks around it before.
    """

    writer: Writer
    settings: Any
    path: str
    values: tuple[str | None, ...]
    shapes: tuple[Shape | None, ...]
    layer: nn.Module | None
    used: tuple[str, ...]  # output ports that something reads

    @property
    def x(self) -> str:
        value = self.values[0]
        assert value is not None
        return value

    @property
    def shape(self) -> Shape:
        shape = self.shapes[0]
        assert shape is not None
        return shape

    @property
    def opset(self) -> int:
        return self.writer.opset

    @property
    def given(self) -> list[str]:
        """The values of the inputs that are wired."""
        return [value for value in self.values if value is not None]

    def at(self, letter: str) -> int:
        """The number of an axis, the batch counted."""
        return self.shape.axes.index(letter) + 1

    def named(self, part: str) -> str:
        return self.writer.fresh(f"{self.path}.{part}" if part else self.path)

    def weight(self, name: str, value: Tensor | None = None, as_name: str = "") -> str:
        """An initialiser: the layer's weight of that name, or a value made of it."""
        if value is None:
            assert self.layer is not None
            value = self.layer.get_parameter(name)
        return self.writer.weight(value, f"{self.path}.{as_name or name}")

    def ints(self, values: Sequence[int] | int, name: str) -> str:
        return self.writer.constant(values, f"{self.path}.{name}")

    def real(self, value: float | Sequence[float], name: str) -> str:
        return self.writer.constant(value, f"{self.path}.{name}", np.float32)

    def op(self, operator: str, *inputs: str | None, part: str = "", **attributes: Any) -> str:
        """One operator with one result; ``part`` names it within the node, the last one bears the node's own name."""
        result = self.named(part)
        self.writer.node(operator, inputs, [result], result, **attributes)
        return result

    def ops(
        self, operator: str, inputs: Sequence[str | None], parts: Sequence[str], named: str = "", **attributes: Any
    ) -> list[str]:
        """One operator with several results; a part of "" is not wanted."""
        results = [self.named(part) if part else "" for part in parts]
        self.writer.node(operator, inputs, results, named or next(filter(None, results)), **attributes)
        return results

    def reshaped(self, value: str, sizes: Sequence[Size], before: Sequence[Size], part: str = "") -> str:
        """A value of sizes ``before`` laid out in others, both without the batch. At most one size may be open
        that does not stand where it stood."""
        return self.op("Reshape", value, self.ints([0, *_written(sizes, before)], "sizes"), part=part)


def _written(sizes: Sequence[Size], before: Sequence[Size]) -> list[int]:
    """Sizes as Reshape takes them: 0 copies the one that stood there, −1 is what is left."""
    found: list[int] = []
    for place, size in enumerate(sizes):
        if isinstance(size, int):
            found.append(size)
        elif place < len(before) and before[place] == size:
            found.append(0)
        elif -1 not in found:
            found.append(-1)
        else:
            raise NoRuleError(f"more than one open size in {sizes}")
    return found


Rule = Callable[[Place], Results]
RULES: dict[str, Rule] = {}


def rule(*types: str) -> Callable[[Rule], Rule]:
    """Registers a rule for node types."""

    def register(function: Rule) -> Rule:
        for type_id in types:
            RULES[type_id] = function
        return function

    return register
