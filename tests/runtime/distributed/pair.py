"""``python -m tests.runtime.distributed.pair FOLDER``: one of two processes that train the runs of a plan in turn.

It leaves a note beside each run: what its weights came to, and the rows of each training batch.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from runtime.distributed.launch import in_a_team, leave
from runtime.job import Job
from runtime.runs import Entry, Progress, Stop, send
from runtime.team import team
from runtime.train import train

PLAN = "plan.json"


class Note(NamedTuple):
    """What one of the two found in one run."""

    weights: str
    rows: list[list[int]]


def train_by_two(folder: Path, runs: Sequence[tuple[Path, dict[str, Any]]]) -> None:
    """Trains runs in two processes; each with ``resume`` and the step to ``stop`` after."""
    (folder / PLAN).write_text(json.dumps([{"run": str(run)} | options for run, options in runs]))
    shared = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": f"{free_port()}"}
    command = [sys.executable, "-W", "error::FutureWarning", "-m", "tests.runtime.distributed.pair", str(folder)]
    both = [
        subprocess.Popen(
            command, env=os.environ | shared | {"RANK": str(rank), "LOCAL_RANK": str(rank), "OMP_NUM_THREADS": "1"}
        )
        for rank in range(2)
    ]
    assert [process.wait(timeout=100) for process in both] == [0, 0]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def note(run: Path, rank: int) -> Note:
    return Note(*json.loads(_place(run, rank).read_text()))


def _place(run: Path, rank: int) -> Path:
    return run / f"note-{rank}.json"


def _train(run: Path, *, resume: bool = False, stop: int | None = None) -> None:
    rows: list[list[int]] = []
    last: list[Job] = []
    plain = Job.batch

    def batch(self: Job, wanted: Tensor, *rest: Any, **options: Any) -> list[Tensor]:
        last[:] = [self]
        if self.module.training:
            rows.append(wanted.tolist())
        return plain(self, wanted, *rest, **options)

    def stop_in_time(entry: Entry) -> None:
        if stop is not None and team().is_leader and isinstance(entry, Progress) and entry.first_step >= stop:
            send(run, Stop())

    Job.batch = batch  # type: ignore[method-assign]
    try:
        train(run, resume=resume, on_entry=stop_in_time)
    finally:
        Job.batch = plain  # type: ignore[method-assign]
    digest = hashlib.sha256()
    for value in last[0].module.state_dict().values():
        whole = value.full_tensor() if hasattr(value, "full_tensor") else value
        digest.update(whole.numpy().tobytes())
    _place(run, team().rank).write_text(json.dumps([digest.hexdigest(), rows]))


if __name__ == "__main__":
    with in_a_team():
        for entry in json.loads((Path(sys.argv[1]) / PLAN).read_text()):
            _train(Path(entry.pop("run")), **entry)
    leave(0)
