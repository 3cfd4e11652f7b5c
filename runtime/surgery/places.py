"""Where weights of operations lie. Without torch."""

from __future__ import annotations

from pathlib import Path

from runtime.recipe_parts.transfer import TORCHVISION
from runtime.runs import NETWORK

FOLDER = "weights"


def network_of(source: Path) -> Path:
    """The file of the network that some weights belong to: in a run, or beside a file of weights."""
    return source / NETWORK if source.is_dir() else source.with_suffix(".netw")


def started_from(source: str, base: Path) -> Path | None:
    """The file of the network that what a recipe starts from belongs to; None where there is none."""
    if not source or source.startswith(TORCHVISION):
        return None
    file = network_of(Path(base, Path(source)))
    return file if file.is_file() else None
