"""The small files of a run for looking back: their names, which of them are kept, and what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from nodes.graph.files import NetworkFileError, write_atomically
from runtime.runs import TrainingError
from runtime.watching.snapshot_names import FOLDER, file_of, steps_kept

MOST = 64  # files: then every other one goes


class SnapshotContents(NamedTuple):
    """``tensors``: ``filters`` (filter × H × W × colours, uint8), ``activation/<layer>`` (sample × map × H × W or
    sample × unit, uint8), ``low/…`` and ``high/…`` (the numbers that 0 and 255 stand for), ``histogram/<weight>``
    (counts), ``confusion`` (right × predicted). ``facts``: ``step``, ``samples`` (rows of the data), ``filters_of``.
    """

    tensors: dict[str, Tensor]
    facts: dict[str, Any]


def write_snapshot(run: Path, step: int, contents: SnapshotContents) -> str:
    """Writes one, and thins the others out. Gives its name within the run. Raises TrainingError."""
    file = file_of(step)
    metadata = {"format": "pt", "facts": msgspec.json.encode(contents.facts).decode()}
    try:
        (run / FOLDER).mkdir(exist_ok=True)
        write_atomically(run / file, save({k: v.contiguous() for k, v in contents.tensors.items()}, metadata))
    except (NetworkFileError, OSError) as error:
        raise TrainingError(
            f"{run / FOLDER} cannot be written: {error}.", "Make room, or turn snapshots off."
        ) from None
    steps = steps_kept(run)
    if len(steps) > MOST:
        for gone in steps[1:-1:2]:
            (run / file_of(gone)).unlink(missing_ok=True)
    return file


def forget_after(run: Path, step: int) -> None:
    """Takes away those of later steps: a run that goes on from there makes them again."""
    for later in steps_kept(run):
        if later > step:
            (run / file_of(later)).unlink(missing_ok=True)


def read_snapshot(path: Path) -> SnapshotContents:
    """One of them. Raises TrainingError."""
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
            facts = msgspec.json.decode((file.metadata() or {}).get("facts", "{}"))
    except (SafetensorError, OSError, msgspec.DecodeError) as error:
        raise TrainingError(f"{path} cannot be read ({error}).", "Choose another step.") from None
    return SnapshotContents(tensors, facts)


def as_bytes(values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Numbers as 0 to 255, and the least and largest, which these stand for."""
    finite = torch.nan_to_num(values.detach().float().cpu())
    low, high = torch.aminmax(finite)
    scaled = (finite - low) / (high - low).clamp(min=1e-12)
    return (255 * scaled).round().to(torch.uint8), low.reshape(1), high.reshape(1)
