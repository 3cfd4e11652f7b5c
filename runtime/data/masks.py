"""Pictures with masks: a class for every pixel, as its number or as a colour.

Masks bear the names of their pictures (their suffix may differ) and lie in a folder beside them: ``trainannot``
beside ``train``, or ``masks`` beside ``images``, each with the parts in it or within each part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nodes.spec.shapes import Shape
from runtime.data.choice import DataChoice, DataError
from runtime.data.class_folders import PART_FOLDERS
from runtime.data.dataset import Field, Loaded
from runtime.data.pixels import SUFFIXES, Fit, Pixels, decode_all, note_on_broken, require_memory, stacked

PICTURES, MASKS = ("images", "imgs"), ("masks", "labels", "annotations", "mask")
VOID = 255  # the number that marks, by custom, pixels which count for nothing
IGNORED = -100  # what PyTorch's losses pass over
MOST_CLASSES = 126  # they are kept in a byte with sign


def mask_folders(root: Path) -> dict[str, tuple[Path, Path]]:
    """Part -> the folder of its pictures and that of its masks; empty where the folder is not laid out so."""
    found = {part: pair for part, names in PART_FOLDERS.items() for name in names for pair in _pairs(root, name)}
    if "train" in found:
        return found
    whole = next(_beside(root, root), None)
    return {"train": whole} if whole else {}


def load_masks(choice: DataChoice) -> Loaded:
    """Reads pictures and masks; those without a partner, or broken, are left out and counted. Raises DataError."""
    folders = mask_folders(choice.path)
    if not folders:
        raise DataError(
            f"{choice.path} has no folder of pictures with one of masks beside it.",
            "Name them train and trainannot, or images and masks.",
        )
    pairs = {part: list(_matched(*both)) for part, both in folders.items()}
    everything = [path for listed in pairs.values() for pair in listed for path in pair]
    require_memory(choice.path, everything, Fit.of(choice))
    decoded = decode_all(everything, Fit.of(choice), are_masks=[n % 2 == 1 for n in range(len(everything))])
    broken = {path: fault for path, fault in decoded.items() if isinstance(fault, str)}
    sound = {part: [p for p in listed if not broken.keys() & set(p)] for part, listed in pairs.items()}
    if not sound["train"]:
        raise DataError(
            f"{folders['train'][0]} has no picture with a mask of the same name in {folders['train'][1].name}.",
            "Give each picture a mask with its name, such as 1.png beside 1.png.",
        )
    kept = [pair for listed in sound.values() for pair in listed]
    pixels: dict[Path, Pixels] = {path: value for path, value in decoded.items() if not isinstance(value, str)}
    images = stacked(choice.path, {path: pixels[path] for path, _ in kept})
    masks = _same_size(choice.path, {mask: pixels[mask] for _, mask in kept}, images.shape[2:])
    labels, classes = _classes(choice, masks, len(sound["train"]))
    given, first = {}, 0
    for part, listed in sound.items():
        given[part] = range(first, first + len(listed))
        first += len(listed)
    shape = Shape(*images.shape[2:], axes="HW", values="index")
    return Loaded(
        (Field("image", Shape(*images.shape[1:]), high=255.0), Field("mask", shape, classes, is_target=True)),
        {"image": images, "mask": labels},
        given if len(given) > 1 else {},
        (*note_on_broken(choice.path, broken), *_note_on_single(folders, pairs)),
    )


def _pairs(root: Path, name: str) -> Iterator[tuple[Path, Path]]:
    """The folders of one part: ``train`` and ``trainannot``, ``train/images``, or ``images/train``."""
    if (root / name).is_dir():
        for end in ("annot", "_masks", "_labels"):
            if (root / f"{name}{end}").is_dir():
                yield root / name, root / f"{name}{end}"
                return
        yield from _beside(root / name, root / name)
    yield from ((p / name, m / name) for p, m in _beside(root, root) if (p / name).is_dir() and (m / name).is_dir())


def _beside(pictures: Path, masks: Path) -> Iterator[tuple[Path, Path]]:
    left = next((pictures / name for name in PICTURES if (pictures / name).is_dir()), None)
    right = next((masks / name for name in MASKS if (masks / name).is_dir()), None)
    if left and right:
        yield left, right


def _matched(pictures: Path, masks: Path) -> Iterator[tuple[Path, Path]]:
    by_stem = {path.stem: path for path in sorted(masks.iterdir()) if path.suffix.lower() in SUFFIXES}
    for path in sorted(pictures.iterdir()):
        if path.suffix.lower() in SUFFIXES and path.stem in by_stem:
            yield path, by_stem[path.stem]


def _note_on_single(
    folders: Mapping[str, tuple[Path, Path]], pairs: Mapping[str, Sequence[tuple[Path, Path]]]
) -> tuple[str, ...]:
    """On pictures without a mask."""
    count = sum(
        sum(path.suffix.lower() in SUFFIXES for path in folders[part][0].iterdir()) - len(listed)
        for part, listed in pairs.items()
    )
    if not count:
        return ()
    return (f"{count} picture{'s' if count > 1 else ''} without a mask {'were' if count > 1 else 'was'} left out.",)


def _same_size(folder: Path, masks: Mapping[Path, Pixels], size: Sequence[int]) -> list[Pixels]:
    for path, pixels in masks.items():
        if pixels.shape[:2] != tuple(size):
            raise DataError(
                f"{path.relative_to(folder)} has {pixels.shape[1]} × {pixels.shape[0]} pixels, "
                f"the pictures {size[1]} × {size[0]}.",
                "Bring each mask to the size of its picture.",
            )
    return list(masks.values())


def _classes(choice: DataChoice, masks: Sequence[Pixels], training: int) -> tuple[NDArray[np.int8], tuple[str, ...]]:
    """A class or −100 for every pixel, and the names of the classes. Raises DataError."""
    if any(mask.ndim == 3 for mask in masks):
        raw, names = _by_colour(choice, masks, training)
    else:
        raw = np.stack(masks).astype(np.int32)
        names = ()
    ignored = raw == VOID if choice.ignore is None else (raw == choice.ignore) | (raw == VOID)
    counted = np.where(ignored, 0, raw)
    highest = int(counted.max())
    if highest > MOST_CLASSES - 1:
        raise DataError(
            f"The masks of {choice.path} have a class number {highest}; {MOST_CLASSES} classes can be told apart.",
            "Number the classes 0, 1, 2, … and mark what counts for nothing with 255.",
        )
    file = choice.path / "classes.txt"
    if not names and file.is_file():
        names = tuple(file.read_text(encoding="utf-8").split("\n"))[: highest + 1]
    numbered = tuple(str(number) for number in range(highest + 1))
    return np.where(ignored, IGNORED, raw).astype(np.int8), names if len(names) > highest else numbered


def _by_colour(choice: DataChoice, masks: Sequence[Pixels], training: int) -> tuple[Any, tuple[str, ...]]:
    """Each colour of the training masks is a class; a colour that they never have counts for nothing."""
    coloured = np.stack([mask if mask.ndim == 3 else np.repeat(mask[..., None], 3, axis=2) for mask in masks])
    codes = coloured.astype(np.int32) @ np.array([65_536, 256, 1], dtype=np.int32)
    colours = np.unique(codes[:training])
    if len(colours) > MOST_CLASSES:
        raise DataError(
            f"The masks of {choice.path} have {len(colours):,} colours; {MOST_CLASSES} classes can be told apart.",
            "Save them without smoothing and not as JPEG, one colour for each class.",
        )
    places = np.searchsorted(colours, codes).clip(max=len(colours) - 1)
    return np.where(colours[places] == codes, places, VOID), tuple(f"#{colour:06x}" for colour in colours)
