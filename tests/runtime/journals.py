"""What tests read in journals."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from runtime.runs import Entry, Progress, read_entries


def losses(entries: Iterable[Entry]) -> list[float]:
    """Of all steps, as they were told."""
    return [loss for entry in entries if isinstance(entry, Progress) for loss in entry.loss]


def losses_of(run: Path) -> list[float]:
    """The same of a whole run."""
    return losses(read_entries(run)[0])


def loss_by_step(entries: Iterable[Entry]) -> dict[int, float]:
    """Loss by step; a step that occurs twice fails."""
    found: dict[int, float] = {}
    for entry in entries:
        if isinstance(entry, Progress):
            for step, loss in enumerate(entry.loss, entry.first_step):
                assert step not in found
                found[step] = loss
    return found
