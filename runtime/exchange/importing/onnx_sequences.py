"""Recurrent layers of ONNX, which have the steps before the batch, and what is put around them to turn that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nodes.merge import Concat
from nodes.recurrent import GRU, LSTM, RNN
from nodes.reshape_parts import Select
from nodes.spec.sizes import Size, Unknown
from runtime.exchange.importing.drawing import UnsayableError, Value
from runtime.exchange.importing.onnx_folding import Filled, axes_of
from runtime.exchange.importing.onnx_step import OnnxStep, tensor_of

ORDER = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}
"""Where PyTorch's gates lie in ONNX's: i f g o in i o f c, and r z n in z r h."""


@dataclass(frozen=True)
class Turned:
    """A sequence L × C as ONNX holds it at this place: with the batch as second axis."""

    value: Value

    def sizes(self, batch: Size) -> list[Size]:
        length, *rest = self.value.shape
        return [length, batch, *rest]


@dataclass(frozen=True)
class Cell:
    """What a recurrent layer gives: all steps as L × directions × N × H, or the last state as directions × N × H.

    ``order`` are the axes as they are now: L steps, D directions, N the batch, C numbers.
    """

    value: Value
    order: str
    directions: int

    def sizes(self, batch: Size) -> list[Size]:
        first, *_, last = self.value.shape
        width = last // self.directions if "L" in self.order else last
        return [{"L": first, "D": self.directions, "N": batch, "C": width}[letter] for letter in self.order]


def _recurrent(step: OnnxStep) -> list[Any]:
    if step.attributes.get("layout", 0):
        raise UnsayableError("A recurrent layer with the batch first is rare in ONNX")
    found = step.given[0]
    if not isinstance(found, Turned):
        raise UnsayableError(f"{step.operator} of a value whose steps are not its first axis has no node")
    weights, recurrent, bias = step.required(1), step.required(2), step.constant(3)
    if len(step.given) > 4 and step.given[4] is not None:
        raise UnsayableError("Lengths for each sequence have no node")
    for place in (5, 6):
        _require_zeros(step, place)
    if len(step.given) > 7 and step.given[7] is not None:
        raise UnsayableError("Peepholes have no node")
    settings = _settings(step, weights.shape[0], int(step.attributes["hidden_size"]), bias is not None)
    named: dict[str, Any] = {}
    for way, ending in enumerate(("", "_reverse")[: weights.shape[0]]):
        named[f"weight_ih_l0{ending}"] = _ordered(weights[way], step.operator)
        named[f"weight_hh_l0{ending}"] = _ordered(recurrent[way], step.operator)
        if bias is not None:
            half = bias.shape[1] // 2
            named[f"bias_ih_l0{ending}"] = _ordered(bias[way][:half], step.operator)
            named[f"bias_hh_l0{ending}"] = _ordered(bias[way][half:], step.operator)
    outputs = step.all(settings, found.value, weights={name: tensor_of(value) for name, value in named.items()})
    cells = [Cell(outputs[0], "LDNC", weights.shape[0])]
    return [*cells, *(Cell(value, "DNC", weights.shape[0]) for value in outputs[1:])]


def _settings(step: OnnxStep, directions: int, hidden: int, bias: bool) -> Any:
    a = step.attributes
    if a.get("direction", "forward") == "reverse" or a.get("clip") or a.get("input_forget"):
        raise UnsayableError(f"This form of {step.operator} has no node")
    usual = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}[step.operator]
    names = list(a.get("activations", usual * directions))
    more: dict[str, Any] = {"hidden_size": hidden, "bias": bias, "bidirectional": directions == 2}
    if step.operator == "RNN" and set(names) == {"Relu"}:
        return RNN(**more, nonlinearity="relu")
    if names != usual * directions:
        raise UnsayableError(f"{step.operator} with {', '.join(names[:4])} has no node")
    if step.operator == "GRU" and not a.get("linear_before_reset", 0):
        raise UnsayableError("A GRU that resets before the matrix product is another one than PyTorch's")
    return {"LSTM": LSTM, "GRU": GRU, "RNN": RNN}[step.operator](**more)


def _require_zeros(step: OnnxStep, place: int) -> None:
    found = step.given[place] if place < len(step.given) else None
    if found is None or (isinstance(found, Filled) and found.value == 0):
        return
    if not isinstance(found, np.ndarray) or found.dtype == object or np.any(found):
        raise UnsayableError("A first state other than zeros has no node here")


def _ordered(value: Any, operator: str) -> Any:
    parts = np.split(value, len(ORDER[operator]))
    return np.concatenate([parts[n] for n in ORDER[operator]])


def rearranged(step: OnnxStep) -> Any:
    """Steps that turn what a recurrent layer gives. Raises UnsayableError for others."""
    found = step.given[0]
    if isinstance(found, Turned):
        if step.operator == "Transpose" and list(step.attributes.get("perm", ())) == [1, 0, 2]:
            return found.value
        if step.operator == "Gather" and int(step.attributes.get("axis", 0)) == 0:
            return step.add(Select("L", int(step.required(1).reshape(-1)[0])), found.value)
        raise UnsayableError(f"{step.operator} of a sequence whose batch is second has no node")
    return _RULES[step.operator](step, found)


def joined(step: OnnxStep) -> Cell:
    """The last states of several layers behind each other."""
    cells: list[Cell] = list(step.given)
    if int(step.attributes["axis"]) or any(cell.order != "DNC" for cell in cells):
        raise UnsayableError("This concat has no node")
    value = step.add(Concat("L"), *(cell.value for cell in cells))
    return Cell(value, "DNC", sum(cell.directions for cell in cells))


def _transposed(step: OnnxStep, cell: Cell) -> Any:
    order = "".join(cell.order[n] for n in step.attributes["perm"])
    if order == "NDC":
        return cell.value  # the last states of each sample
    if order == "NLC":
        return cell.value
    return Cell(cell.value, order, cell.directions)


def _squeezed(step: OnnxStep, cell: Cell) -> Any:
    axes = axes_of(list(step.given), step.attributes)
    order = cell.order
    if axes is None or cell.directions != 1 or {order[axis % len(order)] for axis in axes} != {"D"}:
        raise UnsayableError("This squeeze has no node")
    rest = order.replace("D", "")
    if rest == "LNC":
        return Turned(cell.value)
    return cell.value if rest == "NLC" else step.add(Select("L", 0), cell.value)


def _reshaped(step: OnnxStep, cell: Cell) -> Any:
    """Both directions laid behind each other, as PyTorch has them."""
    wanted = [size if not isinstance(size, np.integer) else int(size) for size in step.required(1).tolist()]
    kept = all(isinstance(size, int | Unknown) for size in wanted)
    if cell.order == "LNDC" and len(wanted) == 3 and kept:
        return Turned(cell.value)
    if cell.order == "NLDC" and len(wanted) == 3 and kept:
        return cell.value
    raise UnsayableError("This reshape has no node")


def _selected(step: OnnxStep, cell: Cell) -> Any:
    indices, axis = step.required(1), int(step.attributes.get("axis", 0))
    letter = cell.order[axis]
    if cell.order == "DNC" and letter == "D" and indices.size == 1:
        return step.add(Select("L", int(indices.reshape(-1)[0])), cell.value)
    raise UnsayableError("This gather has no node")


_RULES: Mapping[str, Callable[[OnnxStep, Cell], Any]] = {
    "Transpose": _transposed,
    "Squeeze": _squeezed,
    "Reshape": _reshaped,
    "Gather": _selected,
}
RULES: Mapping[str, Callable[[OnnxStep], Any]] = {"LSTM": _recurrent, "GRU": _recurrent, "RNN": _recurrent}
