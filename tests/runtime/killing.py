"""Trainings in a process of their own, which tests kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from runtime.runs import Checkpointed, read_entries

DRIVER = """
import sys
from pathlib import Path
from typing import Any
import runtime.train
if __name__ == "__main__":
    runtime.train.CHECKPOINT_SECONDS = 0.15
    runtime.train.CHECKPOINT_SHARE = 1.0
    runtime.train.train(Path(sys.argv[1]), resume=sys.argv[2] == "resume")
"""


def begin(run: Path, *, resume: bool = False) -> subprocess.Popen[bytes]:
    """Trains with frequent checkpoints."""
    threads = {"OMP_NUM_THREADS": "1"}
    how = "resume" if resume else "fresh"
    return subprocess.Popen([sys.executable, "-c", DRIVER, str(run), how], env=os.environ | threads)


def wait_for_checkpoints(run: Path, count: int) -> None:
    while sum(isinstance(e, Checkpointed) for e in read_entries(run)[0]) < count:
        time.sleep(0.005)


def kill(process: subprocess.Popen[bytes]) -> None:
    """By SIGKILL, which nothing can catch."""
    process.send_signal(signal.SIGKILL)
    process.wait()
