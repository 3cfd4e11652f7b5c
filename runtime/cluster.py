"""How a network is trained elsewhere: a Slurm script, and a torchrun command. Every value is quoted for the shell."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime.runs import TrainingError

PORT = 29_500
NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,63}")
TIME = re.compile(r"\d+|\d+:\d\d|\d+:\d\d:\d\d|\d+-\d+(:\d\d){0,2}")


@dataclass(frozen=True)
class Cluster:
    """What is asked of it. Errors: TrainingError for a value that Slurm would not read as it was meant."""

    nodes: int = 1
    gpus_per_node: int = 1  # a process each; 0 trains on CPUs, in one process a node
    cpus_per_task: int = 4
    time: str = "24:00:00"
    partition: str = ""
    account: str = ""
    host: str = "first-machine"  # where the machines of a torchrun command meet
    restarts: int = 3

    def __post_init__(self) -> None:
        for words, value, low in (("nodes", self.nodes, 1), ("gpus-per-node", self.gpus_per_node, 0)):
            if value < low:
                raise TrainingError(f"{words} is {value}.", f"Set it to {low} or more.")
        if not TIME.fullmatch(self.time):
            raise TrainingError(
                f"“{self.time}” is no time that Slurm reads.", "Write 24:00:00, or 2-12 for 2 days 12 h."
            )
        for words, name in (("partition", self.partition), ("account", self.account), ("host", self.host)):
            if name and not NAME.fullmatch(name):
                raise TrainingError(
                    f"{words} “{name}” is no name.", "Use letters, digits, and . _ + - after the first."
                )

    @property
    def per_node(self) -> int:
        return self.gpus_per_node or 1

    @property
    def processes(self) -> int:
        return self.nodes * self.per_node


def slurm_script(
    file: Path, cluster: Cluster, out: str = "runs", settings: Sequence[str] = (), base: Path | None = None
) -> str:
    """A job for ``sbatch``, from the folder ``base``; it starts again by itself from the last checkpoint.

    Errors: TrainingError where the file's name has a line break.
    """
    slug = re.sub(r"[^A-Za-z0-9]+", "-", file.stem).strip("-")[:40] or "network"
    asked = [
        f"--job-name={slug}",
        f"--nodes={cluster.nodes}",
        "--ntasks-per-node=1",
        *([f"--gpus-per-node={cluster.gpus_per_node}"] if cluster.gpus_per_node else []),
        f"--cpus-per-task={cluster.cpus_per_task * cluster.per_node}",
        f"--time={cluster.time}",
        *([f"--partition={cluster.partition}"] if cluster.partition else []),
        *([f"--account={cluster.account}"] if cluster.account else []),
        f"--output={slug}-%j.txt",
        "--open-mode=append",
        "--requeue",
    ]
    meeting = f'"$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1):$(({PORT} + SLURM_JOB_ID % 1000))"'
    launch = [
        "srun torchrun",
        f"--nnodes={cluster.nodes}",
        f"--nproc-per-node={cluster.per_node}",
        f"--max-restarts={cluster.restarts}",
        "--rdzv-backend=c10d",
        '--rdzv-id="$SLURM_JOB_ID"',
        f"--rdzv-endpoint={meeting}",
        *_training(file, out, settings, base),
    ]
    return "\n".join(
        [
            "#!/bin/bash",
            *(f"#SBATCH {option}" for option in asked),
            "",
            "# Submit it with sbatch from the folder that it lies in.",
            "# Load here what Python and Netwright need, such as: source ~/netwright/bin/activate",
            "set -euo pipefail",
            'cd -- "${SLURM_SUBMIT_DIR:-.}"',
            f"export OMP_NUM_THREADS={cluster.cpus_per_task}",
            "",
            " \\\n    ".join(launch),
            "",
        ]
    )


def torchrun_command(
    file: Path, cluster: Cluster, out: str = "runs", settings: Sequence[str] = (), base: Path | None = None
) -> str:
    """One line for a shell; with several machines, the same one for each."""
    if cluster.nodes == 1:
        where = ["--standalone"]
    else:
        where = [f"--nnodes={cluster.nodes}", "--rdzv-backend=c10d", "--rdzv-id=netwright"]
        where.append(f"--rdzv-endpoint={cluster.host}:{PORT}")
    parts = ["torchrun", *where, f"--nproc-per-node={cluster.per_node}", f"--max-restarts={cluster.restarts}"]
    return " ".join([*parts, *_training(file, out, settings, base)])


def require_enough(cluster: Cluster, batch_size: int) -> None:
    """Raises TrainingError where a batch has too few samples for so many processes."""
    if cluster.processes > 1 and batch_size < 2 * cluster.processes:
        raise TrainingError(
            f"A batch of {batch_size} gives {cluster.processes} processes less than two samples each.",
            f"Set batch_size to {2 * cluster.processes} or more, or take fewer nodes.",
        )


def _training(file: Path, out: str, settings: Sequence[str], base: Path | None) -> list[str]:
    """The module and its arguments, quoted; a file below ``base`` is named from there."""
    path = file.resolve()
    start = (base or Path.cwd()).resolve()
    named = os.path.relpath(path, start) if path.is_relative_to(start) else str(path)
    words = [named if not named.startswith("-") else f"./{named}", out, *settings]
    for word in words:
        if any(ord(sign) < 32 for sign in word):
            raise TrainingError(f"{word!r} has a line break or another control character.", "Name it otherwise.")
    assigned = [f"--set {shlex.quote(setting)}" for setting in settings]
    return ["-m runtime.train", shlex.quote(words[0]), f"--out {shlex.quote(out)}", *assigned]
