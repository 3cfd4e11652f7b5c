"""Steps of two networks that learn against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor

from runtime.adversarial import adversaries_of
from runtime.job import Job
from runtime.remembering import Memory
from runtime.runs import TrainingError
from runtime.step import Measured, Stepper
from runtime.team import team


class AdversarialStepper(Stepper):
    """Moves the discriminator at each step, and the generator at every ``discriminator_steps``-th.

    The discriminator's loss is the mean of those for real and for made samples: ln 2 where it cannot tell them apart.
    The generator lowers the loss of what it made being called real, which has a slope even where the discriminator is
    sure of itself.
    Source: Goodfellow et al. 2014, arXiv:1406.2661, algorithm 1.  Errors: TrainingError without two networks.
    """

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        if team().is_several:
            raise TrainingError(f"Adversaries learn in one process, not in {team().size}.", "Train in one.")
        self._both = adversaries_of(job)
        self._judging = [w for w in self._both.weights(job.module, self._both.discriminator) if w.requires_grad]
        self._rows: Sequence[Tensor] = ()
        self._done = 0  # steps of the discriminator
        self.generator_losses: list[Tensor] = []  # on the device, since they were last read

    def memory(self) -> Memory:
        losses = {"losses": torch.stack(self.generator_losses)} if self.generator_losses else {}
        return losses, {"done": self._done}

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
        self._done = numbers.get("done", 0)
        self.generator_losses = list(tensors["losses"]) if "losses" in tensors else []

    @property
    def generator_steps(self) -> int:
        """Steps of the generator so far."""
        return self._done // self.recipe.discriminator_steps

    def _backward(self, rows: Sequence[Tensor]) -> list[Measured]:
        measured, self._rows = [], rows
        for part in rows:
            batch = self._job.batch(part)
            self.mark("data")
            with self._fewer_bits():
                with torch.no_grad():
                    made = self._both.generated(self.module, batch)
                real = batch[self._both.judged]
                loss = (self._loss(batch, real, is_real=True) + self._loss(batch, made, is_real=False)) / 2
            self.mark("forward")
            self._go_back(loss, len(part))
            self.mark("backward")
            measured.append(Measured(loss.detach(), None, len(part)))
        return measured

    def _move(self) -> None:
        super()._move()
        self._done += 1
        if self._done % self.recipe.discriminator_steps == 0:
            self.optimizer.zero_grad(set_to_none=True)
            self._lead_the_generator()
            self.mark("gradients")
            super()._move()

    def _lead_the_generator(self) -> None:
        """Gradients of the generator alone, through the discriminator as it now is."""
        told = []
        for weight in self._judging:
            weight.requires_grad_(False)
        for part in self._rows:
            batch = self._job.batch(part)
            with self._fewer_bits():
                loss = self._loss(batch, self._both.generated(self.module, batch), is_real=True)
            self._go_back(loss, len(part))
            told.append(loss.detach())
        for weight in self._judging:
            weight.requires_grad_(True)
        self.generator_losses.append(torch.stack(told).mean())

    def _loss(self, batch: list[Tensor], judged: Tensor, *, is_real: bool) -> Tensor:
        return self._both.loss(self.module, batch, judged, is_real)

    def _go_back(self, loss: Tensor, count: int) -> None:
        share = loss if self._job.is_summed else loss * (count / sum(map(len, self._rows)))
        if self.scaler:
            share = self.scaler.scale(share)
        torch.autograd.backward(share)

    def _fewer_bits(self) -> Any:
        return self._job.autocast() if self._job.autocast else nullcontext()
