"""Names of a run's snapshots: which steps there are. Torch is not imported for it."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = "snapshots"
NAME = re.compile(r"step-(\d{9,})\.safetensors")


def file_of(step: int) -> str:
    """The name within the run folder."""
    return f"{FOLDER}/step-{step:09d}.safetensors"


def steps_kept(run: Path) -> list[int]:
    """The steps that there are snapshots of, in order."""
    try:
        names = [path.name for path in (run / FOLDER).iterdir()]
    except OSError:
        return []
    return sorted(int(found[1]) for name in names if (found := NAME.fullmatch(name)))


def nearest(run: Path, step: int) -> int | None:
    """The last step with a snapshot that is not after ``step``; else the first there is."""
    steps = steps_kept(run)
    before = [one for one in steps if one <= step]
    return before[-1] if before else next(iter(steps), None)
