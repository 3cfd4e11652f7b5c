"""Does anybody still train in a run folder? Told by the lock that a training holds."""

from __future__ import annotations

from pathlib import Path

from runtime import runs
from runtime.lock import LOCK, is_trained

LATEST = 20
"""Runs looked at, newest first, when a window looks for one that is still trained."""


def has_checkpoint(run: Path) -> bool:
    return (run / runs.CHECKPOINTS / "last.safetensors").exists()


def live_run(root: Path) -> Path | None:
    """The newest run under ``root`` that is still trained, paused ones included."""
    try:
        folders = sorted((folder for folder in root.iterdir() if (folder / LOCK).exists()), reverse=True)
    except OSError:
        return None
    return next((run for run in folders[:LATEST] if is_trained(run)), None)
