"""What to say of a folder that should be a run and is none."""

from __future__ import annotations

from pathlib import Path

from runtime.runs import NETWORK


def runs_within(folder: Path) -> str:
    """How to mend it where the folder is one that runs are made in; nothing where it is not."""
    newest = max(folder.glob(f"*/{NETWORK}"), key=lambda file: file.parent.name, default=None)
    return f"Name one of the runs in it, such as {newest.parent}." if newest else ""
