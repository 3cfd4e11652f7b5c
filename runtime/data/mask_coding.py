"""What the numbers or colours of masks stand for: classes from 0, and pixels that count for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runtime.data.choice import DataChoice, DataError
from runtime.data.depth import Pixels

VOID = 255  # the number that marks, by custom, pixels which count for nothing
IGNORED = -100  # what PyTorch's losses pass over
MOST_CLASSES = 126  # they are kept in a byte with sign


class Known(NamedTuple):
    """The classes of a set that is published: their names, and the number that the first one has in its masks."""

    names: tuple[str, ...]
    first: int = 0


@dataclass(frozen=True)
class Coding:
    """Brings masks to a class or −100 for every pixel. ``colours`` are those of the classes, if they have some."""

    names: tuple[str, ...]
    size: tuple[int, int]
    ignore: int | None
    colours: NDArray[np.int32] | None = None
    first: int = 0  # the number of the first class

    def __call__(self, mask: Pixels) -> NDArray[np.generic] | str:
        """Why a mask does not suit, where it does not."""
        height, width = self.size
        if mask.shape[:2] != (height, width):
            return f"it has {mask.shape[1]} × {mask.shape[0]} pixels, not {width} × {height}"
        labels = self.labels(mask)
        highest = int(labels.max(initial=0))
        return labels if highest < len(self.names) else f"it has a class {highest}; {len(self.names)} are known"

    def labels(self, mask: Pixels) -> NDArray[np.int8]:
        """H × W."""
        raw = mask if mask.ndim == 2 else mask[..., 0]
        if self.colours is not None:
            codes = _codes(mask)
            places = np.searchsorted(self.colours, codes).clip(max=len(self.colours) - 1)
            raw = np.where(self.colours[places] == codes, places, VOID).astype(np.uint8)
        return np.where(_ignored(raw, self.ignore) | (raw < self.first), IGNORED, raw - self.first).astype(np.int8)


def coding_of(
    choice: DataChoice, masks: Sequence[Pixels], training: int, size: tuple[int, int], known: Known | None = None
) -> Coding:
    """As masks show it, the training masks in front. Each colour of theirs is a class; others count for nothing.

    Raises DataError.
    """
    if known is not None:
        return Coding(known.names, size, choice.ignore, None, known.first)
    if any(mask.ndim == 3 for mask in masks):
        colours = np.unique(np.concatenate([np.unique(_codes(mask)) for mask in masks[:training]]))
        if len(colours) > MOST_CLASSES:
            raise DataError(
                f"The masks of {choice.path} have {len(colours):,} colours; "
                f"{MOST_CLASSES} classes can be told apart.",
                "Save them without smoothing and not as JPEG, one colour for each class.",
            )
        named = tuple(f"#{colour:06x}" for colour in colours)
        return Coding(named, size, choice.ignore, colours)
    names: tuple[str, ...] = ()
    highest = max((int(mask[~_ignored(mask, choice.ignore)].max(initial=0)) for mask in masks), default=0)
    if highest > MOST_CLASSES - 1:
        raise DataError(
            f"The masks of {choice.path} have a class number {highest}; {MOST_CLASSES} classes can be told apart.",
            "Number the classes 0, 1, 2, … and mark what counts for nothing with 255.",
        )
    file = choice.path / "classes.txt"
    if file.is_file():
        names = tuple(file.read_text(encoding="utf-8").split("\n"))[: highest + 1]
    numbered = tuple(str(number) for number in range(highest + 1))
    return Coding(names if len(names) > highest else numbered, size, choice.ignore)


def _ignored(raw: NDArray[np.generic], ignore: int | None) -> NDArray[np.bool_]:
    return np.isin(raw, [VOID] if ignore is None else [VOID, ignore])


def _codes(mask: Pixels) -> NDArray[np.int32]:
    """One number for each colour; grey masks among coloured ones have three equal channels."""
    coloured = mask if mask.ndim == 3 else np.repeat(mask[..., None], 3, axis=2)
    return coloured.astype(np.int32) @ np.array([65_536, 256, 1], dtype=np.int32)
