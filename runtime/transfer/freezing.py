"""Layers that are frozen until an epoch: the trunk while a new head settles, then stage by stage."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD, Optimizer

from nodes.graph.heads import head_nodes
from nodes.graph.model import Graph
from runtime.companions import Accompanied, Companion
from runtime.counted import counted
from runtime.recipe import Recipe
from runtime.recipe_parts.transfer import ALL
from runtime.remembering import Memory
from runtime.runs import Noted, TrainingError
from runtime.transfer.names import is_within, require_nodes


def head_of(recipe: Recipe, graph: Graph) -> tuple[str, ...]:
    """The nodes that are the head: those that the recipe names, else the last ones with weights."""
    return recipe.head_names or head_nodes(graph)


class Plan:
    """From which epoch on each weight is trained."""

    def __init__(self, recipe: Recipe, graph: Graph) -> None:
        self._head, self._head_epochs, self._freed_at = head_of(recipe, graph), recipe.head_epochs, recipe.freed_at

    def epoch_of(self, path: str) -> int:
        """How many epochs are done when a weight or layer is trained for the first time; ``path`` is its name.

        What ``unfreeze`` says of the innermost part that it names counts; else the trunk waits for the head.
        """
        named = [name for name in self._freed_at if is_within(path, name)]
        if named:
            return self._freed_at[max(named, key=len)]
        if ALL in self._freed_at:
            return self._freed_at[ALL]
        return 0 if any(is_within(path, name) for name in self._head) else self._head_epochs


class Freezing(Companion):
    """Takes gradients from what waits, and keeps its running averages as they are."""

    name = "freezing"

    def __init__(self, training: Accompanied) -> None:
        super().__init__(training)
        job = training.job
        module: nn.Module = job.module
        require_nodes(module, (*job.recipe.head_names, *(n for n in job.recipe.freed_at if n != ALL)))
        plan = Plan(job.recipe, job.network.graph)
        self._epochs = 0  # that are done
        self._weights = {
            name: (weight, plan.epoch_of(name)) for name, weight in module.named_parameters() if weight.requires_grad
        }
        self._averaging = {
            name: (layer, plan.epoch_of(name)) for name, layer in module.named_modules() if _has_averages(layer)
        }
        if not any(epoch == 0 for _, epoch in self._weights.values()):
            raise TrainingError(
                "All weights of the network are frozen in the first epoch.",
                "Let unfreeze name less, or set head_epochs to 1 so that the head is trained first.",
            )

    def begin(self) -> None:
        self._freeze(self.training.at.epochs_done)

    def after_epoch(self, epochs: int) -> None:
        before = self._waiting()
        self._freeze(epochs)
        freed = {name: count for name, count in before.items() if name not in self._waiting()}
        if freed:
            parts = list(dict.fromkeys(name.split(".")[0] for name in freed))
            told = f"{', '.join(parts[:6])}{' and more' if len(parts) > 6 else ''}"
            count, verb = sum(freed.values()), "is" if len(parts) == 1 else "are"
            sentence = f"After {counted(epochs, 'epoch')} {told} {verb} no longer frozen: {count:,} weights more."
            self.training.write(Noted(self.training.at.step, sentence))

    def memory(self) -> Memory:
        return {}, {"epochs": self._epochs}

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
        self._freeze(int(numbers.get("epochs", 0)))

    def _freeze(self, epochs: int) -> None:
        self._epochs = epochs
        for weight, epoch in self._weights.values():
            weight.requires_grad_(epochs >= epoch)
        for layer, epoch in self._averaging.values():
            if epochs >= epoch:
                layer.__dict__.pop("train", None)
            else:
                layer.eval()
                layer.train = partial(_as_it_is, layer)
        begin_momentum(self.training.job.optimizer)

    def _waiting(self) -> dict[str, int]:
        return {name: weight.numel() for name, (weight, epoch) in self._weights.items() if epoch > self._epochs}


def freezing(training: Accompanied) -> Companion | None:
    recipe = training.job.recipe
    return Freezing(training) if recipe.head_epochs or recipe.freed_at else None


def begin_momentum(optimizer: Optimizer) -> None:
    """Lets weights that are freed among others begin with a momentum of 0: fused SGD wants it of all or of none."""
    for group in optimizer.param_groups:
        trained = [weight for weight in group["params"] if weight.requires_grad]
        fresh = [weight for weight in trained if "momentum_buffer" not in optimizer.state.get(weight, {})]
        if isinstance(optimizer, SGD) and 0 < len(fresh) < len(trained):
            for weight in fresh:
                optimizer.state[weight]["momentum_buffer"] = torch.zeros_like(weight)


def _as_it_is(layer: nn.Module, mode: bool = True) -> nn.Module:
    """In place of ``layer.train``: it stays in evaluation when the network is put into training."""
    return layer


def _has_averages(layer: nn.Module) -> bool:
    return bool(getattr(layer, "track_running_stats", False))
