"""Pictures from files as one column: in memory where they fit, else on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runtime.data.choice import DataChoice, DataError
from runtime.data.on_disk import Files, OnDisk
from runtime.data.pixels import Fit, decode_all, note_on_broken, stacked
from runtime.data.survey import Suited, note_on_disk, stays_on_disk, surveyed, torch_kind


class PictureColumn(NamedTuple):
    """N × C × H × W, and which of the files they are: broken ones are left out."""

    values: NDArray[np.generic] | OnDisk
    size: tuple[int, int, int]
    white: float | None  # Field.high
    kept: list[int]
    notes: tuple[str, ...]


def picture_column(choice: DataChoice, root: Path, paths: Sequence[Path]) -> PictureColumn:
    """The pictures of some files below a root. Raises DataError."""
    if stays_on_disk(choice, paths):
        return _on_disk(choice, root, paths)
    decoded = decode_all(paths, Fit.of(choice))
    broken = {path: fault for path, fault in decoded.items() if isinstance(fault, str)}
    kept = [number for number, path in enumerate(paths) if path not in broken]
    if not kept:
        raise none_to_read(root)
    sound = [(paths[n], pixels) for n in kept if not isinstance(pixels := decoded[paths[n]], str)]
    images, white = stacked(root, sound)
    size = (images.shape[1], images.shape[2], images.shape[3])
    return PictureColumn(images, size, white, kept, note_on_broken(root, broken))


def none_to_read(root: Path) -> DataError:
    return DataError(f"{root} has no picture that can be read.", "Put PNG or JPEG files into its subfolders.")


def _on_disk(choice: DataChoice, root: Path, paths: Sequence[Path]) -> PictureColumn:
    size, white, broken = surveyed(root, paths, Fit.of(choice))
    kept = [number for number, path in enumerate(paths) if path not in broken]
    suited, dtype = Suited(size, white), torch_kind(white)
    files = Files.listed(root, [paths[number] for number in kept], Fit.of(choice), size, suited, dtype=dtype)
    notes = (note_on_disk(choice, paths), *note_on_broken(root, broken))
    return PictureColumn(OnDisk(files), size, white, kept, notes)
