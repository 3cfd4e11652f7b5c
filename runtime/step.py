"""One step of an optimizer: forward, backward, clipping, penalties, and the move itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from runtime.job import Job
from runtime.meter import Guesses
from runtime.optimizers import set_learning_rate, set_momentum, trained_weights
from runtime.regularisation import add_l1, max_norm, pulls
from runtime.remembering import Memory
from runtime.team import team
from runtime.weight_averages import make_averages


class Measured(NamedTuple):
    """One batch: its loss, what its ``size`` samples were taken for (where that is counted), on the device.

    Where several processes train, loss and guesses are this one's parts of them, which add up.
    """

    loss: Tensor
    guesses: Guesses | None
    size: int


class Stepper:
    """Moves the weights of a job as its recipe says."""

    name = "stepper"

    def __init__(self, job: Job) -> None:
        recipe = self.recipe = job.recipe
        self._job, self._team = job, team()
        self.has_forgotten = False  # the optimizer is another than the checkpoint's
        self.mark: Callable[[str], None] = passed_over  # hears which part of a step is done
        self.module: nn.Module = job.module
        self.optimizer = job.optimizer
        self._weights = trained_weights(job.optimizer)
        self._pulls = pulls(job.optimizer, recipe)
        self._has_l1 = any(pull.l1 for pull in self._pulls)
        self._max_norm = max_norm(job.module, job.optimizer, recipe)
        self._has_closure = recipe.optimizer == "LBFGS"
        self._places: int | None = None  # in a batch, where what lies at each goes on from batch to batch
        self.averages = make_averages(recipe, job.module)
        self.scaler = torch.amp.GradScaler(job.device.type) if recipe.precision == "fp16" else None

    def step(self, rows: Sequence[Tensor], rate: float, momentum: float | None) -> list[Measured]:
        """One step over some batches, which count as one batch of all their samples."""
        job = self._job
        set_learning_rate(job.optimizer, rate)
        if momentum is not None:
            set_momentum(job.optimizer, momentum)
        if self._has_closure:
            measured = self._search(rows)
        else:
            measured = self._backward(rows)
            self.mark("gradients")
            self._move()
            job.optimizer.zero_grad(set_to_none=True)
        if self._max_norm:
            self._max_norm.apply()
        if self.averages:
            self.averages.after_step()
        return measured

    def memory(self) -> Memory:
        """What it remembers from step to step beside weights, optimizer, scaler and averages."""
        return {}, {}

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
        """Back to what ``memory`` gave."""

    def _backward(self, rows: Sequence[Tensor]) -> list[Measured]:
        job, measured = self._job, []
        count = sum(part.shape[0] for part in rows)
        for number, part in enumerate(rows):
            mine, of_mean, of_sum = self._team.share(part, self._places)
            batch = job.batch(mine)
            self.mark("data")
            with job.autocast() if job.autocast else nullcontext():
                loss, parts = job.module.losses(*batch)
            self.mark("forward")
            weight = of_sum if job.is_summed else of_mean
            factor = weight * self._team.loss_scale
            if not job.is_summed and part.shape[0] != count:
                factor *= part.shape[0] / count
            share = loss if factor == 1 else loss * factor
            if self.scaler:
                share = self.scaler.scale(share)
            with self._team.summing(self._weights) if number == len(rows) - 1 else nullcontext():
                share.backward()
            self.mark("backward")
            told = loss.detach()
            guesses = job.guesses(parts, batch, of_sum)
            measured.append(Measured(told if weight == 1 else told * weight, guesses, part.shape[0]))
        return measured

    def _move(self) -> None:
        recipe, optimizer = self.recipe, self._job.optimizer
        changes_gradients = recipe.clip_grad_norm or recipe.clip_grad_value or self._has_l1
        if self.scaler and changes_gradients:
            self.scaler.unscale_(optimizer)
        if recipe.clip_grad_value:
            clip_grad_value_(self._weights, recipe.clip_grad_value)
        if recipe.clip_grad_norm:
            clip_grad_norm_(self._weights, recipe.clip_grad_norm)
        for pull in self._pulls:
            if pull.l1:
                add_l1(pull.weights, pull.l1)
        if self.scaler:
            self.scaler.step(optimizer)
            self.scaler.update()
        else:
            optimizer.step()

    def _search(self, rows: Sequence[Tensor]) -> list[Measured]:
        """LBFGS: the loss of the same samples as often as its search asks for it; the first is what counts."""
        optimizer = self._job.optimizer
        first: list[Measured] = []

        def closure() -> Any:
            optimizer.zero_grad(set_to_none=True)
            measured = self._backward(rows)
            if not first:
                first.extend(measured)
                self.mark("gradients")
            count = 1 if self._job.is_summed else sum(m.size for m in measured)
            loss = sum((m.loss * (1 if self._job.is_summed else m.size) for m in measured), torch.tensor(0.0)) / count
            loss = self._team.total(loss)
            for pull in self._pulls:
                if pull.l1 or pull.l2:
                    added = pull.penalty
                    torch.autograd.backward(added)
                    loss = loss + added.detach()
            return loss

        optimizer.step(closure)
        optimizer.zero_grad(set_to_none=True)
        return first


def passed_over(part: str) -> None:
    """Hears that a part of a step is done: ``data``, ``forward``, ``backward`` (each once a batch), ``gradients``."""


def make_stepper(job: Job) -> Stepper:
    """The one that suits the recipe."""
    if job.recipe.adversarial:
        from runtime.adversarial_step import AdversarialStepper

        return AdversarialStepper(job)
    if job.recipe.carry_state:
        from runtime.sequences.carrying_step import CarryingStepper

        return CarryingStepper(job)
    return Stepper(job)
