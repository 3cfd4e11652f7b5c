"""What pictures are like before they are decoded: their sizes and channels, as their first bytes say."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from runtime.data.choice import DataChoice, DataError
from runtime.data.depth import BYTE, GREY_MODES, Pixels, column_kind, in_range, kind_of, white_of
from runtime.data.memory import budget_of, worker_count
from runtime.data.pixels import TURNED, Fit, decode_one, orientation_of, reason_of, size_error

LOOKED_INTO = 20_000  # pictures at most, evenly spaced
TRIED = 20  # until one can be read that stands for all


class Head(NamedTuple):
    """Of one file, as it is seen upright."""

    height: int
    width: int
    is_grey: bool
    kind: np.dtype[Any]


class Survey(NamedTuple):
    """Channels, height and width that all pictures are brought to, the number of white if it is known, and the files
    that are no pictures."""

    size: tuple[int, int, int]
    white: float | None
    broken: dict[Path, str]


@dataclass(frozen=True)
class Suited:
    """Brings the pixels of a file to C × H × W; a grey picture among coloured ones gets equal channels."""

    size: tuple[int, int, int]
    white: float | None = BYTE

    def __call__(self, pixels: Pixels) -> NDArray[np.generic] | str:
        channels, height, width = self.size
        if pixels.shape[:2] != (height, width):
            return f"it has {pixels.shape[1]} × {pixels.shape[0]} pixels, not {width} × {height}"
        if pixels.ndim == 3 and channels == 1:
            return "it has colours, the others have none"
        if self.white == BYTE and white_of([pixels.dtype]) is None:
            return "it holds other numbers than bytes"
        found = np.broadcast_to(pixels, self.size) if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
        return in_range(found, self.white).astype(column_kind(self.white), copy=False)


def memory_needed(paths: Sequence[Path], fit: Fit | None) -> float:
    """Bytes that reading all takes, were they as the first: decoded, and once more while they are joined."""
    tried = (decode_one(path, fit) for path in paths[:TRIED])
    first = next((pixels for pixels in tried if not isinstance(pixels, str)), None)
    if first is None:
        return 0.0
    joined = first.size * column_kind(white_of([first.dtype])).itemsize
    return float(first.nbytes + joined) * len(paths)


def stays_on_disk(choice: DataChoice, paths: Sequence[Path]) -> bool:
    """Would these pictures take more memory than they may?"""
    return memory_needed(paths, Fit.of(choice)) > budget_of(choice)


def surveyed(folder: Path, paths: Sequence[Path], fit: Fit | None) -> Survey:
    """Looks into the first bytes of the files. Raises DataError where sizes differ and none is chosen."""
    heads = heads_of(paths[:: -(-len(paths) // LOOKED_INTO) or 1])
    broken = {path: head for path, head in heads.items() if isinstance(head, str)}
    sound = {path: head for path, head in heads.items() if isinstance(head, Head)}
    if not sound:
        raise DataError(f"{folder} has no picture that can be read.", "Put PNG or JPEG files into it.")
    channels = 1 if all(head.is_grey for head in sound.values()) else 3
    white = white_of(head.kind for head in sound.values())
    if fit is not None:
        return Survey((channels, fit.height, fit.width), white, broken)
    (height, width), _ = Counter((head.height, head.width) for head in sound.values()).most_common(1)[0]
    for path, head in sound.items():
        if (head.height, head.width) != (height, width):
            raise size_error(folder, (height, width), path, (head.height, head.width))
    return Survey((channels, height, width), white, broken)


def torch_kind(white: float | None) -> torch.dtype:
    """Of a column on disk."""
    return torch.uint8 if white == BYTE else torch.float32


def heads_of(paths: Sequence[Path]) -> dict[Path, Head | str]:
    """The first bytes of some files, or why they are no pictures."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(paths, pool.map(_head, paths), strict=True))


def note_on_disk(choice: DataChoice, paths: Sequence[Path]) -> str:
    """Why pictures stay on disk."""
    needed, budget, workers = memory_needed(paths, Fit.of(choice)), budget_of(choice), worker_count(choice)
    who = f"{workers} processes decode" if workers > 1 else "1 process decodes" if workers else "the training decodes"
    return (
        f"The {len(paths):,} pictures stay on disk and {who} them while training: reading them all takes "
        f"{needed / 1e9:.3g} GB, and {budget / 1e9:.3g} GB may be taken (memory)."
    )


def _head(path: Path) -> Head | str:
    try:
        with Image.open(path) as picture:
            is_turned = orientation_of(picture) >= TURNED
            height, width = picture.size if is_turned else picture.size[::-1]
            return Head(height, width, picture.mode in GREY_MODES, kind_of(picture))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return reason_of(error)
