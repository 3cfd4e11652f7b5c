"""Weights after an operation, from those before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from nodes.graph.surgery_weights import (
    BEGUN,
    Constant,
    FoldedBias,
    FoldedWeight,
    IdentityKernel,
    Made,
    Parted,
    Picked,
    Reshaped,
)
from runtime.transfer.match import COUNTERS

LEAST_SHARE = 0.25  # of a number that is parted in two, what the smaller part is at least in proportion to the larger


class Carried:
    """Weights by name, step by step; ``begun`` are those that nothing was trained of."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        self.weights = {name: value.detach().cpu() for name, value in weights.items()}
        self.begun: set[str] = set()
        self._random = torch.Generator().manual_seed(0)

    def step(self, made: Mapping[str, Made]) -> None:
        new = {name: self._made(how) for name, how in made.items()}
        self.weights |= new
        self.begun |= {name for name, how in made.items() if isinstance(how, BEGUN)}

    def into(self, module: nn.Module) -> tuple[int, int]:
        """Gives a module what fits it by name and shape: how many weights are learned ones, and how many there are.

        Counters of batches are left out of both.
        """
        places = module.state_dict()
        fitting = {
            name: value
            for name, value in self.weights.items()
            if name in places and places[name].shape == value.shape
        }
        module.load_state_dict(fitting, strict=False)
        names = [name for name in places if name.rpartition(".")[2] not in COUNTERS]
        return sum(name in fitting and name not in self.begun for name in names), len(names)

    def _made(self, how: Made) -> Tensor:
        match how:
            case Picked(source, axis, index):
                return self.weights[source].index_select(axis, torch.tensor(index))
            case Parted(source, axis, index):
                return parted(self.weights[source], axis, index, self._random)
            case Reshaped(source, shape):
                return self.weights[source].reshape(shape)
            case IdentityKernel(shape):
                kernel = torch.empty(shape)
                return nn.init.dirac_(kernel) if len(shape) > 2 else nn.init.eye_(kernel)
            case Constant(shape, value):
                return torch.full(shape, value)
            case FoldedWeight(layer, norm, axis, eps):
                weight = self.weights[f"{layer}.weight"]
                ones = [1] * weight.dim()
                ones[axis] = -1
                return (weight.double() * self._factor(norm, eps).view(ones)).to(weight.dtype)
            case FoldedBias(layer, norm, eps):
                mean, shift = self.weights[f"{norm}.running_mean"], self.weights.get(f"{norm}.bias")
                bias = self.weights.get(f"{layer}.bias", torch.zeros_like(mean)).double()
                moved = (bias - mean) * self._factor(norm, eps)
                return (moved if shift is None else moved + shift).to(mean.dtype)

    def _factor(self, norm: str, eps: float) -> Tensor:
        scale = self.weights.get(f"{norm}.weight", torch.ones(()))
        return scale.double() / torch.sqrt(self.weights[f"{norm}.running_var"].double() + eps)


def parted(weight: Tensor, axis: int, index: Sequence[int], random: torch.Generator) -> Tensor:
    """Each slice along an axis shared out among its copies, with other shares for each slice along the other one.

    Shape:   the size along ``axis`` becomes the length of ``index``.
    Source:  Chen, Goodfellow & Shlens 2016, arXiv:1511.05641, equation 3, with drawn shares for equal ones.
    """
    other = 1 - axis
    places = torch.tensor(index)
    shares = torch.rand((weight.shape[other], len(index)), generator=random, dtype=torch.float64)
    shares = LEAST_SHARE + (1 - LEAST_SHARE) * shares
    sums = torch.zeros((weight.shape[other], weight.shape[axis]), dtype=torch.float64)
    sums.index_add_(1, places, shares)
    shares = shares / sums[:, places]
    shares = shares if axis == 1 else shares.T
    shares = shares.reshape(*shares.shape, *([1] * (weight.dim() - 2)))
    return (weight.index_select(axis, places).double() * shares).to(weight.dtype)
