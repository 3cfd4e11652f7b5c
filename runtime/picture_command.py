"""Pictures of a network for the command line: drawn by a process of its own, since nothing here knows Qt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runtime.faults import RefusalError
from runtime.runs import NETWORK

PROGRAM = "designer.picture_export"
MINUTES = 10  # more than the largest picture takes


def write_pictures(
    subject: Path,
    outs: Sequence[Path],
    *,
    scale: float = 1.0,
    theme: str = "light",
    is_transparent: bool = False,
    with_table: bool = False,
) -> dict[str, Any]:
    """Draws a network file, or that of a run, and reports as programs read it. Raises RefusalError."""
    file = subject / NETWORK if subject.is_dir() else subject
    wishes = ["--scale", str(scale), "--theme", theme]
    wishes += ["--transparent"] * is_transparent + ["--table"] * with_table
    done = subprocess.run(
        [sys.executable, "-m", PROGRAM, str(file), *map(str, outs), *wishes],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=MINUTES * 60,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONIOENCODING": "utf-8"},
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["The picture could not be drawn."]
        raise RefusalError(said[-1])
    report: dict[str, Any] = {}
    for line in done.stdout.splitlines():
        picture = json.loads(line)
        kind = Path(picture["path"]).suffix.lower().lstrip(".")
        report |= {
            f"{kind}_path": picture["path"],
            f"{kind}_width_px": picture["width"],
            f"{kind}_height_px": picture["height"],
        }
    return report
