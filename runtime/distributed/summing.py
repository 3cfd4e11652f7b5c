"""Gradients are summed over all processes while the backward pass still works on the layers before.

They go in buckets, from the last layer to the first, as in Li and others 2020, arXiv:2006.15704, section 3.2.3.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor

# Of a bucket: below it the way costs more than the load, and what sends takes from what computes.
LEAST_BYTES = 1 << 20
MOST_BUCKETS = 8
AWAKE_SECONDS = 0.02  # of waiting for the others, who do the same work; a loaded computer shall not suffer from more


class Sent(NamedTuple):
    """Values on their way: where the sums go, and what tells when they are there."""

    targets: Sequence[Tensor]
    flat: Tensor
    work: Any


class GradientSum:
    """The sums for some weights, all of which need a gradient."""

    def __init__(self, weights: Sequence[Tensor]) -> None:
        self.weights = list(weights)
        self._buckets = buckets(self.weights)
        self._place = {weight: n for n, bucket in enumerate(self._buckets) for weight in bucket}
        hooked: list[Any] = self.weights if len(self._buckets) > 1 else []  # one alone goes when all is done
        self._hooks = [weight.register_post_accumulate_grad_hook(self._note) for weight in hooked]
        self._missing: list[int] = []  # gradients of each bucket that are still to come
        self._sent: list[Sent] = []
        self._next = len(self._buckets)  # bucket to be sent: in one order in all processes

    def close(self) -> None:
        for hook in self._hooks:
            hook.remove()

    @contextmanager
    def during(self) -> Iterator[None]:
        """The backward pass in it is the last of its step; after it each gradient is that of the whole batch."""
        self._missing, self._sent, self._next = list(map(len, self._buckets)), [], 0
        try:
            yield
        except BaseException:
            self._next = len(self._buckets)
            raise
        while self._next < len(self._buckets):  # with weights that had no part in the loss
            self._send()
        for targets, flat, work in self._sent:
            wait_for(work, flat.device)
            for weight, part in zip(targets, parts_of(flat, targets), strict=True):
                weight.grad = part

    def _note(self, weight: Tensor) -> None:
        if self._next < len(self._buckets):
            self._missing[self._place[weight]] -= 1
            while self._next < len(self._buckets) and not self._missing[self._next]:
                self._send()

    def _send(self) -> None:
        found = [weight for weight in self._buckets[self._next] if weight.grad is not None]
        self._next += 1
        if found:
            flat = torch.cat([weight.grad.reshape(-1) for weight in found])  # type: ignore[union-attr]
            self._sent.append(Sent(found, flat, dist.all_reduce(flat, async_op=True)))


def wait_for(work: Any, device: torch.device) -> None:
    """Until sums are there. On a CPU it stays awake for a while: the others come within a fraction of a step, and a
    thread that sleeps may be woken milliseconds late. Raises RuntimeError where a process is lost."""
    if device.type == "cpu" and hasattr(os, "sched_yield"):
        end = time.perf_counter() + AWAKE_SECONDS
        while not work.is_completed() and time.perf_counter() < end:
            os.sched_yield()
    work.wait()


def buckets(weights: Sequence[Tensor]) -> list[list[Tensor]]:
    """Weights of one kind and place together, the last first; a few buckets, none of them tiny but the last."""
    enough = max(LEAST_BYTES, sum(weight.nbytes for weight in weights) // MOST_BUCKETS)
    found: list[list[Tensor]] = []
    for weight in reversed(weights):
        last = found[-1] if found else []
        is_alike = bool(last) and (last[0].dtype, last[0].device) == (weight.dtype, weight.device)
        if is_alike and sum(other.nbytes for other in last) < enough:
            last.append(weight)
        else:
            found.append([weight])
    return found


def parts_of(flat: Tensor, like: Sequence[Tensor]) -> Iterator[Tensor]:
    """Values in a row, in the shapes of others."""
    for part, other in zip(torch.split(flat, [other.numel() for other in like]), like, strict=True):
        yield part.view(other.shape)
