"""Numeric against analytic gradients, in double precision: central differences, with kinks told apart.

Source: the course's (f(w + h) − f(w − h)) / 2h with h = 1e-4. Across a kink of ReLU or a maximum this is no slope at
all, so a number that differs is looked at again with a smaller h.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from runtime.stepwise.subject import Patience

STEP = 1e-4
SMALL_STEP = 1e-7
ALIKE = 1e-5  # relative
ALIKE_SMALL = 1e-3  # relative, with the small step, where rounding is seen
NOTHING = 1e-9  # slopes below it are compared as they are
EACH = 6  # numbers of each tensor


class Compared(NamedTuple):
    """One number: where it is, and its slope both ways."""

    name: str
    place: int
    analytic: float
    numeric: float
    error: float  # relative
    is_kink: bool


@dataclass
class Comparison:
    """All that were compared; ``left_out`` counts those that there was no time for."""

    compared: list[Compared] = field(default_factory=list)
    left_out: int = 0

    @property
    def kinks(self) -> list[Compared]:
        return [one for one in self.compared if one.is_kink]

    @property
    def worst(self) -> Compared | None:
        """The largest difference that no kink explains."""
        return max((one for one in self.compared if not one.is_kink), key=lambda one: one.error, default=None)


def compare(
    value: Callable[[], Tensor], tensors: Sequence[tuple[str, Tensor]], patience: Patience, each: int = EACH
) -> Comparison:
    """Compares the gradient of ``value()`` with its slopes, at some numbers of each of the named leaf tensors."""
    wanted = [tensor for _, tensor in tensors]
    analytic = torch.autograd.grad(value(), wanted, allow_unused=True)
    result = Comparison()
    for (name, tensor), gradient in zip(tensors, analytic, strict=True):
        for place in _places(tensor, gradient, each):
            if patience.is_over:
                result.left_out += 1
                continue
            slope = 0.0 if gradient is None else float(gradient.flatten()[place])
            result.compared.append(_compared(value, name, tensor, place, slope))
    return result


def _places(tensor: Tensor, gradient: Tensor | None, each: int) -> Iterator[int]:
    """Some places of a tensor: the steepest, and others by chance."""
    generator = torch.Generator().manual_seed(tensor.numel())
    chosen = torch.randperm(tensor.numel(), generator=generator)[:each].tolist()
    if gradient is not None and tensor.numel():
        chosen[:1] = [int(gradient.abs().argmax())]
    yield from dict.fromkeys(chosen)


def _compared(value: Callable[[], Tensor], name: str, tensor: Tensor, place: int, slope: float) -> Compared:
    numeric = _slope(value, tensor, place, STEP)
    error = relative(slope, numeric)
    if error <= ALIKE:
        return Compared(name, place, slope, numeric, error, False)
    finer = _slope(value, tensor, place, SMALL_STEP)
    if relative(slope, finer) <= ALIKE_SMALL:
        return Compared(name, place, slope, finer, relative(slope, finer), True)
    left, right = _one_sided(value, tensor, place)
    return Compared(name, place, slope, numeric, error, is_kink=relative(left, right) > ALIKE_SMALL)


def relative(one: float, other: float) -> float:
    """How far two slopes are apart, beside the larger."""
    return abs(one - other) / max(abs(one), abs(other), NOTHING)


@torch.no_grad()
def _at(value: Callable[[], Tensor], tensor: Tensor, place: int, shift: float) -> float:
    numbers = tensor.detach().reshape(-1)  # a view: leaf tensors are contiguous here
    kept = numbers[place].item()
    numbers[place] = kept + shift
    found = float(value())
    numbers[place] = kept
    return found


def _slope(value: Callable[[], Tensor], tensor: Tensor, place: int, step: float) -> float:
    return (_at(value, tensor, place, step) - _at(value, tensor, place, -step)) / (2 * step)


def _one_sided(value: Callable[[], Tensor], tensor: Tensor, place: int) -> tuple[float, float]:
    middle = _at(value, tensor, place, 0.0)
    right = (_at(value, tensor, place, SMALL_STEP) - middle) / SMALL_STEP
    return (middle - _at(value, tensor, place, -SMALL_STEP)) / SMALL_STEP, right
