"""A folder for each class: which subfolders are classes, and which are parts. Needs neither numpy nor pictures."""

from __future__ import annotations

import os
from pathlib import Path

PART_FOLDERS = {"train": ("train",), "validation": ("validation", "valid", "val"), "test": ("test",)}


def part_folders(folder: Path) -> dict[str, Path]:
    """``train`` and what else is there of the parts; the folder itself as ``train`` where they are not."""
    found = {
        part: folder / name for part, names in PART_FOLDERS.items() for name in names if (folder / name).is_dir()
    }
    return found if "train" in found else {"train": folder}


def subfolders(root: Path) -> tuple[str, ...]:
    """The names of the classes, in the order of their numbers."""
    with os.scandir(root) as entries:
        return tuple(sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith(".")))
