"""torch.compile for the steps of a training: tried before the first one, and kept only where it pays."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor

from nodes.graph.figures import moment
from runtime.companions import Accompanied, Companion
from runtime.job import Job
from runtime.remembering import Memory
from runtime.runs import Noted

BACKEND: str | Callable[..., Any] = "inductor"
LEAST_SECONDS = 120.0  # that auto must expect of a run: compiling alone takes about a minute
GAIN = 0.95  # auto keeps what takes less than this share of a plain step
TRIALS = 7
CARRIED = "Steps that carry a state are not compiled: torch.compile is left out."

Losses = Callable[..., tuple[Tensor, dict[str, tuple[Tensor, Tensor]]]]


class CompiledLosses:
    """The method ``losses`` of a module, compiled for whole training batches; all else runs as it is written.

    Evaluation, last batches of other sizes and steps that a hook watches are plain, so that nothing is compiled twice
    and a resumed run does the same sums.
    """

    def __init__(self, module: Any, size: int) -> None:
        self._module, self._size, self.plain = module, size, module.losses
        draws_alike: dict[str, Any] = {"fallback_random": True}  # dropout as in plain steps
        options = draws_alike if BACKEND == "inductor" else None
        self.compiled: Losses = torch.compile(module.losses, dynamic=False, backend=BACKEND, options=options)
        self._parts = [*module.modules()]

    def __call__(self, *batch: Tensor) -> tuple[Tensor, dict[str, tuple[Tensor, Tensor]]]:
        is_step = self._module.training and torch.is_grad_enabled() and len(batch[0]) == self._size
        losses = self.compiled if is_step and not self._is_watched else self.plain
        return losses(*batch)

    @property
    def _is_watched(self) -> bool:
        return any(part._forward_hooks or part._forward_pre_hooks for part in self._parts)


class Compiling(Companion):
    """Puts compiled steps in the place of plain ones, or says why not."""

    name = "compiling"

    def __init__(self, training: Accompanied) -> None:
        super().__init__(training)
        self._kept: bool | None = None  # what was decided

    def begin(self) -> None:
        if self._kept is False:
            return
        job = self.training.job
        if job.recipe.carry_state:
            self._kept = False
            self.training.write(Noted(self.training.at.step, CARRIED))
            return
        is_measured = job.recipe.compile == "auto" and self._kept is None
        with as_before(job), job.autocast() if job.autocast else nullcontext():
            self._kept, sentence = self._tried(job, is_measured)
        if sentence:
            self.training.write(Noted(self.training.at.step, sentence))

    def memory(self) -> Memory:
        return {}, {} if self._kept is None else {"kept": self._kept}

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
        self._kept = numbers.get("kept")

    def _tried(self, job: Job, is_measured: bool) -> tuple[bool, str]:
        """Whether steps are compiled now, and what to say of it."""
        batch = _first_batch(job)
        plain = job.module.losses
        usual = math.inf
        if is_measured:
            usual = seconds_a_step(job, plain, batch)
            left = usual * (job.recipe.total_steps(job.epoch_steps) - self.training.at.step)
            if left < LEAST_SECONDS:
                return (
                    False,
                    f"torch.compile was not tried: the steps of this run take about {left:.0f} s without it.",
                )
        losses, began = CompiledLosses(job.module, len(batch[0])), time.perf_counter()
        try:
            _step(job, losses.compiled, batch)
            took = time.perf_counter() - began
            compiled = seconds_a_step(job, losses.compiled, batch) if is_measured else 0.0
        except Exception as error:  # whatever a compiler raises
            reason = " ".join(str(error).splitlines()[:2]).rstrip(". ")[:200]
            return (
                False,
                f"torch.compile does not work here ({type(error).__name__}: {reason}): the run does without.",
            )
        told = f"{moment(compiled)} a step instead of {moment(usual)}, compiled in {took:.0f} s"
        if compiled > GAIN * usual:
            return False, f"torch.compile does not pay and is left out: {told}."
        job.module.losses = losses
        return True, f"torch.compile pays: {told}." if is_measured else f"Steps are compiled; that took {took:.0f} s."


def make_compiling(training: Accompanied) -> Companion | None:
    return Compiling(training) if training.job.recipe.compile != "off" else None


@contextmanager
def as_before(job: Job) -> Iterator[None]:
    """Leaves random states, running averages and the mode of the module as they were."""
    module, was_training = job.module, job.module.training
    on_cpu, on_gpu = torch.get_rng_state(), torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    buffers = [(buffer, buffer.clone()) for buffer in module.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, value in buffers:
                buffer.copy_(value)
        module.train(was_training)
        torch.set_rng_state(on_cpu)
        if on_gpu:
            torch.cuda.set_rng_state_all(on_gpu)


def seconds_a_step(job: Job, losses: Losses, batch: Sequence[Tensor]) -> float:
    """The least of some passes forward and back."""
    _step(job, losses, batch)
    seconds = []
    for _ in range(TRIALS):
        began = time.perf_counter()
        _step(job, losses, batch)
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def _first_batch(job: Job) -> list[Tensor]:
    """Samples as they are: those that training varies take random numbers of their own."""
    job.module.eval()
    batch = job.batch(job.order(0)[: job.recipe.batch_size])
    job.module.train()
    return batch


def _step(job: Job, losses: Losses, batch: Sequence[Tensor]) -> None:
    """Forward and back, without a gradient left behind."""
    weights = [weight for weight in job.module.parameters() if weight.requires_grad]
    loss, _ = losses(*batch)
    torch.autograd.grad(loss, weights, allow_unused=True)
    if loss.is_cuda:
        torch.cuda.synchronize()
