"""Which learning rate? A short training whose rate rises from tiny to far too large tells where its loss falls most.

Source:  Smith 2017, Cyclical Learning Rates for Training Neural Networks, arXiv:1506.01186, section 3.3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import count

import msgspec
import torch
from torch import Tensor

from runtime.devices import on_threads
from runtime.faults import RefusalError
from runtime.job import Job
from runtime.step import make_stepper
from runtime.stepwise.subject import Subject

LOWEST, HIGHEST = 1e-6, 10.0
STEPS = 100
ASIDE = 3  # steps on either side that a loss is averaged with
TOO_MUCH = 4.0  # times the lowest loss: from there on it only gets worse
LEAST_FALL = 0.05  # share of the first loss
BELOW = 3.0  # how far below the lowest loss a rate has to stay: the loss rises soon after it
NO_NUMBER = "No loss was a number."


class RangeTest(msgspec.Struct, frozen=True):
    """Loss by rate. ``suggestion`` is None where no rate made the loss fall."""

    rates: list[float]
    losses: list[float]
    smoothed: list[float]
    steepest: float | None
    suggestion: float | None
    sentence: str


def measured(subject: Subject, steps: int = STEPS) -> Iterator[tuple[float, float]]:
    """Rate and loss of each step, until the loss is out of hand. The subject's module is trained by it.

    Raises RefusalError where there are fewer than ten steps.
    """
    if steps < 10:
        raise RefusalError(f"{steps} steps tell nothing of a rate.", "Ask for 10 or more.")
    job = subject.job
    stepper, batches = make_stepper(job), _batches(job)
    job.module.train()
    lowest = math.inf
    with on_threads(job.threads):
        for step in range(steps):
            if subject.patience.is_over:
                return
            rate = rate_of(step, steps)
            parts = stepper.step([next(batches)], rate, None)
            loss = sum(part.loss.item() * part.size for part in parts) / sum(part.size for part in parts)
            yield rate, loss
            lowest = min(lowest, loss)
            if not math.isfinite(loss) or (step >= 2 * ASIDE and loss > TOO_MUCH * lowest + 1e-6):
                return


def rate_of(step: int, steps: int) -> float:
    """Each is the same number of times the one before."""
    return float(LOWEST * (HIGHEST / LOWEST) ** (step / (steps - 1)))


def judged(pairs: Sequence[tuple[float, float]]) -> RangeTest:
    """Where the loss falls fastest along the logarithm of the rate, and what follows."""
    finite = [(rate, loss) for rate, loss in pairs if math.isfinite(loss)]
    rates, losses = [rate for rate, _ in finite], [loss for _, loss in finite]
    smooth = _smoothed(losses)
    bottom = smooth.index(min(smooth)) if smooth else 0
    if bottom < 2 or smooth[0] - smooth[bottom] < LEAST_FALL * abs(smooth[0]):
        fact = f"The loss did not fall at any rate from {rates[0]:g} to {rates[-1]:.2g}." if rates else NO_NUMBER
        sentence = f"{fact} Run the pre-flight: something else than the rate is wrong."
        return RangeTest(rates, losses, smooth, None, None, sentence)
    falls = [(smooth[n - 1] - smooth[n + 1]) for n in range(1, bottom)]
    steepest = rates[1 + falls.index(max(falls))]
    suggestion = two_figures(min(steepest, rates[bottom] / BELOW))
    sentence = (
        f"The loss falls fastest at {steepest:.2g} and is lowest at {rates[bottom]:.2g}; beyond that it rises. "
        f"Begin with {suggestion:g}."
    )
    return RangeTest(rates, losses, smooth, steepest, suggestion, sentence)


def two_figures(value: float) -> float:
    return float(f"{value:.1e}")


def _smoothed(values: Sequence[float]) -> list[float]:
    """Means over neighbours on both sides, as many on one as on the other: places do not shift."""
    found = []
    for place in range(len(values)):
        reach = min(ASIDE, place, len(values) - 1 - place)
        part = values[place - reach : place + reach + 1]
        found.append(sum(part) / len(part))
    return found


def _batches(job: Job) -> Iterator[Tensor]:
    """Batches of one epoch after the other; what is left over at an epoch's end is passed over."""
    for epoch in count():
        parts = torch.split(job.order(epoch), job.recipe.batch_size)
        yield from parts[:-1] if len(parts) > 1 and len(parts[-1]) < job.recipe.batch_size else parts
