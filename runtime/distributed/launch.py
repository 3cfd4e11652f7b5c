"""What torchrun gives each process that it starts, and the run folder that they share."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import msgspec
import torch
import torch.distributed as dist
from torch._C._distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from runtime.distributed.cores import on_own_cores
from runtime.distributed.ranks import PATIENCE, Ranks
from runtime.runs import NETWORK, TrainingError, write_json
from runtime.team import join, team

LAUNCHED = "launched.json"
NEEDED = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
NO_NAME = "none"  # torchrun's, for a launch without a name


class Launched(msgspec.Struct, frozen=True):
    """Which launch made a run; in its folder, so that a launch that starts again finds it."""

    name: str


def is_launched() -> bool:
    """Has torchrun, or something like it, started this process?"""
    return all(name in os.environ for name in NEEDED)


@contextmanager
def in_a_team() -> Iterator[None]:
    """Trains together with the other processes of a launch; alone where there is none. Raises TrainingError."""
    if not is_launched():
        yield
        return
    place = int(os.environ["LOCAL_RANK"]), int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    with on_own_cores(*place):
        yield from _in_a_team_on(*place)


def _in_a_team_on(local_rank: int, local_size: int) -> Iterator[None]:
    has_gpu = torch.cuda.is_available()
    if has_gpu:
        _take_gpu(local_rank, local_size)
    store, rank, size = next(rendezvous("env://", timeout=PATIENCE))
    dist.init_process_group(
        "cpu:gloo,cuda:nccl" if has_gpu else "gloo",
        # torchrun keeps its store when it starts again: what the processes before have written would mislead.
        store=PrefixStore(f"start {_restarts()}", store),
        rank=rank,
        world_size=size,
        timeout=PATIENCE,
    )
    leave = join(Ranks(_restarts_left()))
    try:
        yield
        team().wait()
        dist.destroy_process_group()  # after a failure the others may never come
    finally:
        leave()


def leave(status: int) -> NoReturn:
    """Ends a process of a launch at once, when all is written.

    Threads of torch.distributed can abort an interpreter that takes itself down in its own time, and torchrun would
    take that for the loss of a process.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _take_gpu(local_rank: int, local_size: int) -> None:
    count = torch.cuda.device_count()
    if local_size > count:
        raise TrainingError(
            f"{local_size} processes on this computer would share {count} GPU{'s' * (count > 1)}.",
            f"Start torchrun with --nproc-per-node {count}.",
        )
    torch.cuda.set_device(local_rank)


def _restarts_left() -> int:
    return int(os.environ.get("TORCHELASTIC_MAX_RESTARTS", "0")) - _restarts()


def _restarts() -> int:
    """How often this launch has started again, after a process was lost or its machines were taken away."""
    return sum(int(os.environ.get(name) or 0) for name in ("TORCHELASTIC_RESTART_COUNT", "SLURM_RESTART_COUNT"))


def launch_name() -> str:
    """The same for every start of one launch, and for no other."""
    if "SLURM_JOB_ID" in os.environ:
        return f"slurm-{os.environ['SLURM_JOB_ID']}"
    name = os.environ.get("TORCHELASTIC_RUN_ID", NO_NAME)
    return f"{socket.gethostname()}-{os.getppid()}" if name == NO_NAME else name


def run_before(out: Path) -> Path | None:
    """The run that this launch was training when it had to start again; None at its first start."""
    if not _restarts():
        return None
    name, found = launch_name(), []
    for path in out.glob(f"*/{LAUNCHED}"):
        try:
            launched = msgspec.json.decode(path.read_bytes(), type=Launched)
        except (OSError, msgspec.DecodeError):
            continue
        if launched.name == name and (path.parent / NETWORK).is_file():
            found.append(path.parent)
    return max(found, key=lambda run: run.name, default=None)


def mark(run: Path) -> None:
    """Says in a run's folder which launch made it. Raises TrainingError."""
    write_json(run / LAUNCHED, Launched(launch_name()))
