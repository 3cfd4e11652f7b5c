"""Checkpoints of before that a training can go back to: a few, spread over the run, at no cost.

A checkpoint is replaced by renaming a new file over it; another name for the old one keeps it.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from runtime.runs import CHECKPOINTS, LAST

MOST = 6
MOST_BYTES = 1 << 30  # of all together
NAME = re.compile(r"state-(\d{9})\.safetensors")


def keep_milestone(run: Path, step: int) -> None:
    """Keeps the last checkpoint under a name of its own; where the disk has no second names, none is kept."""
    last, file = run / LAST, run / file_of(step)
    with suppress(OSError):
        size = last.stat().st_size
        if file.exists() or 2 * size > MOST_BYTES:
            return
        os.link(last, file)
        _thin(run, min(MOST, MOST_BYTES // max(1, size)))


def milestone_before(run: Path, step: int) -> str | None:
    """The newest kept at a step or before it, else the oldest; None where there is none."""
    steps = steps_kept(run)
    before = step_kept_before(run, step)
    return file_of(steps[0] if before is None else before) if steps else None


def step_kept_before(run: Path, step: int) -> int | None:
    """The newest step, at another or before it, whose checkpoint is kept."""
    return max((each for each in steps_kept(run) if each <= step), default=None)


def steps_kept(run: Path) -> list[int]:
    """The oldest first."""
    found = (NAME.fullmatch(file.name) for file in (run / CHECKPOINTS).glob("state-*.safetensors"))
    return sorted(int(match[1]) for match in found if match)


def forget_milestones_after(run: Path, step: int) -> None:
    """After going back, what came later is another future."""
    for each in steps_kept(run):
        if each > step:
            (run / file_of(each)).unlink(missing_ok=True)


def file_of(step: int) -> str:
    return f"{CHECKPOINTS}/state-{step:09d}.safetensors"


def _thin(run: Path, most: int) -> None:
    """Takes away the one whose neighbours are nearest; the first and the last stay."""
    steps = steps_kept(run)
    while len(steps) > max(2, most):
        gaps = [(steps[n + 1] - steps[n - 1], n) for n in range(1, len(steps) - 1)]
        _, nearest = min(gaps)
        (run / file_of(steps.pop(nearest))).unlink(missing_ok=True)
