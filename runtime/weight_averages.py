"""Averages of the weights along a run, which are validated and kept in their stead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from runtime.parted import is_parted, local, parted_as
from runtime.recipe import Recipe

Weights = dict[str, Tensor]


class Averages:
    """The mean of the weights; buffers (batch normalisation's averages) as they were last, or averaged too.

    EMA:     a ← decay · a + (1 − decay) · w after every step.
    Polyak:  the mean of the weights after every step of the epochs after ``swa_start``; Polyak & Juditsky 1992.
    SWA:     the mean of the weights at the end of each of these epochs; Izmailov and others 2018, arXiv:1803.05407.
    After both of these batch normalisation measures its averages anew (evaluate.py).
    """

    def __init__(self, recipe: Recipe, module: nn.Module) -> None:
        self._recipe = recipe
        by_identity = {id(value): name for name, value in reversed(module.state_dict(keep_vars=True).items())}
        self._live: Weights = {n: v for n, v in module.state_dict(keep_vars=True).items() if by_identity[id(v)] == n}
        self.kept: Weights = {name: value.detach().clone() for name, value in self._live.items()}
        self.count = 0  # how many went into the mean
        self._epochs = 0  # that are done

    @property
    def measures_anew(self) -> bool:
        """Do batch normalisations have to look at the data again?"""
        return self._recipe.averaging in ("SWA", "Polyak")

    def after_step(self) -> None:
        if self._recipe.averaging == "EMA":
            self._add(1 - self._recipe.ema_decay)
        elif self._recipe.averaging == "Polyak" and self._epochs >= self._recipe.swa_start:
            self._add(1 / (self.count + 1))

    def after_epoch(self, epochs: int) -> None:
        """``epochs`` are done now."""
        self._epochs = epochs
        if self._recipe.averaging == "SWA" and epochs > self._recipe.swa_start:
            self._add(1 / (self.count + 1))

    @torch.no_grad()
    def _add(self, share: float) -> None:
        is_first, self.count = self.count == 0, self.count + 1
        real = [n for n, value in self.kept.items() if value.is_floating_point() and not is_first]
        if real:
            torch._foreach_lerp_(
                [local(self.kept[n]) for n in real], [local(self._live[n].detach()) for n in real], share
            )
        for name in self.kept.keys() - set(real):
            self.kept[name].copy_(self._live[name])

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Puts the averages in the place of the weights for a while; what is not parted is not copied."""
        if not self.count:
            yield
            return
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def restore(self, kept: Mapping[str, Tensor], count: int, epochs: int) -> None:
        """Goes on from a mean of ``count`` weights when ``epochs`` are done; at 0 from none."""
        self.count, self._epochs = count, epochs
        for name, value in self.kept.items() if count else ():
            value.copy_(parted_as(value, kept[name]))

    def _swap(self) -> None:
        for name, live in self._live.items():
            kept = self.kept[name]
            if is_parted(live):  # the memory that FSDP gathers from stays the same
                before = local(live.detach()).clone()
                local(live.detach()).copy_(local(kept))
                local(kept).copy_(before)
            else:
                live.data, kept.data = kept.data, live.data


def make_averages(recipe: Recipe, module: nn.Module) -> Averages | None:
    return None if recipe.averaging == "none" else Averages(recipe, module)
