"""Steps of truncated backpropagation through time: each begins with the state that the one before ended with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from runtime.job import Job
from runtime.remembering import Memory
from runtime.sequences.carried import CarriedStates, require_carrying
from runtime.step import Measured, Stepper


class CarryingStepper(Stepper):
    """Carries states through an epoch; the next one begins with zeros, as the text does.

    Source: Williams & Peng 1990, "An Efficient Gradient-Based Algorithm for On-Line Training of Recurrent Network
    Trajectories".  Errors: TrainingError where network or data cannot carry a state.
    """

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._states = CarriedStates(job.module)
        require_carrying(self._states, job.data)
        self._places = job.recipe.batch_size
        self._read = 0  # batches of this epoch

    def memory(self) -> Memory:
        """The states of the whole batch, whichever process has them."""
        parts = self._team.gathered(self._states.memory())
        if self._mine == slice(0, self._places):  # each has all
            parts = parts[:1]
        return {name: torch.cat([part[name] for part in parts], 1) for name in parts[0]}, {"read": self._read}

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
        self._states.restore({name: states[:, self._mine] for name, states in tensors.items()})
        self._read = numbers.get("read", 0)

    @property
    def _mine(self) -> slice:
        return self._team.places(self._job.recipe.batch_size)

    def _backward(self, rows: Sequence[Tensor]) -> list[Measured]:
        with self._states.carried():
            measured = super()._backward(rows)
        self._read += len(rows)
        if self._read >= self._job.epoch_steps:
            self._states.forget()
            self._read = 0
        return measured
