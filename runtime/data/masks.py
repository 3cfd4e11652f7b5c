"""Pictures with masks: a class for every pixel, as its number or as a colour.

Masks bear the names of their pictures (their suffix may differ) and lie in a folder beside them: ``trainannot``
beside ``train``, or ``masks`` beside ``images``, each with the parts in it or within each part.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from nodes.spec.shapes import Shape
from runtime.data.choice import DataChoice, DataError
from runtime.data.class_folders import PART_FOLDERS
from runtime.data.dataset import Field, Loaded
from runtime.data.depth import BYTE, Pixels
from runtime.data.mask_coding import Known, coding_of
from runtime.data.on_disk import Files, OnDisk
from runtime.data.pixels import SUFFIXES, Fit, decode_all, decode_one, note_on_broken, stacked
from runtime.data.survey import Suited, note_on_disk, stays_on_disk, surveyed, torch_kind

PICTURES, MASKS = ("images", "imgs"), ("masks", "labels", "annotations", "mask")
MEASURED = 500  # masks on disk, at most, that the classes are taken from


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
    if not pairs["train"]:
        raise DataError(
            f"{folders['train'][0]} has no picture with a mask of the same name in {folders['train'][1].name}.",
            "Give each picture a mask with its name, such as 1.png beside 1.png.",
        )
    loaded = masked(choice, choice.path, pairs)
    return dataclasses.replace(loaded, notes=(*loaded.notes, *_note_on_single(folders, pairs)))


def masked(
    choice: DataChoice, root: Path, pairs: Mapping[str, Sequence[tuple[Path, Path]]], known: Known | None = None
) -> Loaded:
    """``image`` and ``mask`` of files below a root, by part; ``known`` names the classes. Raises DataError."""
    listed = [pair for part in pairs.values() for pair in part]
    if stays_on_disk(choice, [path for pair in listed for path in pair]):
        columns = _on_disk(choice, root, listed, len(pairs["train"]), known)
    else:
        columns = _in_memory(choice, root, listed, len(pairs["train"]), known)
    ends = np.cumsum([0, *(len(part) for part in pairs.values())])
    first = np.searchsorted(columns.kept, ends).tolist()  # rows of each part, without what is broken
    given = {part: range(first[n], first[n + 1]) for n, part in enumerate(pairs)}
    if not given["train"]:
        raise DataError(f"{root} has no picture to train on that can be read.", "Put PNG or JPEG files there.")
    size = columns.images.shape[1:]
    return Loaded(
        (
            Field("image", Shape(*size), high=columns.white),
            Field("mask", Shape(*size[1:], axes="HW", values="index"), columns.classes, is_target=True),
        ),
        {"image": columns.images, "mask": columns.masks},
        given if len(given) > 1 else {},
        columns.notes,
        names=[listed[number][0].relative_to(root).as_posix() for number in columns.kept],
    )


class Columns(NamedTuple):
    """Pictures and masks, and which of the pairs they are."""

    images: NDArray[np.generic] | OnDisk
    white: float | None  # of the pictures
    masks: NDArray[np.int8] | OnDisk
    classes: tuple[str, ...]
    kept: list[int]
    notes: tuple[str, ...]


def _in_memory(
    choice: DataChoice, root: Path, pairs: Sequence[tuple[Path, Path]], training: int, known: Known | None
) -> Columns:
    """All decoded."""
    everything = [path for pair in pairs for path in pair]
    decoded = decode_all(everything, Fit.of(choice), are_masks=[n % 2 == 1 for n in range(len(everything))])
    broken = {path: fault for path, fault in decoded.items() if isinstance(fault, str)}
    pixels: dict[Path, Pixels] = {path: value for path, value in decoded.items() if not isinstance(value, str)}
    sizes = {pair: (pixels[pair[0]].shape[:2], pixels[pair[1]]) for pair in pairs if not broken.keys() & set(pair)}
    broken |= _of_other_sizes(root, sizes)
    kept = [number for number, pair in enumerate(pairs) if not broken.keys() & set(pair)]
    sound = [pairs[number] for number in kept]
    if not sound:
        return Columns(np.empty((0, 1, 1, 1), np.uint8), BYTE, np.empty((0, 1, 1), np.int8), (), [], ())
    images, white = stacked(root, [(path, pixels[path]) for path, _ in sound])
    height, width = images.shape[2:]
    masks = [pixels[mask] for _, mask in sound]
    coding = coding_of(choice, masks, sum(number < training for number in kept), (height, width), known)
    labels = np.stack([coding.labels(mask) for mask in masks])
    return Columns(images, white, labels, coding.names, kept, note_on_broken(root, broken))


def _on_disk(
    choice: DataChoice, root: Path, pairs: Sequence[tuple[Path, Path]], training: int, known: Known | None
) -> Columns:
    """What is known from first bytes, and from the masks of some."""
    fit = Fit.of(choice)
    size, white, broken = surveyed(root, [path for path, _ in pairs], fit)
    kept = [number for number, (path, _) in enumerate(pairs) if path not in broken]
    step = -(-len(kept) // MEASURED)
    tried = {number: decode_one(pairs[number][1], fit, is_mask=True) for number in kept[::step]}
    masks = {number: mask for number, mask in tried.items() if not isinstance(mask, str)}
    broken |= _of_other_sizes(root, {pairs[number]: (size[1:], mask) for number, mask in masks.items()})
    kept = [number for number in kept if not broken.keys() & set(pairs[number])]
    masks = {number: mask for number, mask in masks.items() if pairs[number][1] not in broken}
    coding = coding_of(choice, list(masks.values()), sum(number < training for number in masks), size[1:], known)
    images = Files.listed(
        root, [pairs[number][0] for number in kept], fit, size, Suited(size, white), dtype=torch_kind(white)
    )
    labels = Files.listed(
        root, [pairs[number][1] for number in kept], fit, size[1:], coding, dtype=torch.int8, are_masks=True
    )
    notes = [note_on_disk(choice, [path for pair in pairs for path in pair]), *note_on_broken(root, broken)]
    if step > 1:
        notes.append(f"The classes are those of {len(masks):,} masks, evenly spaced among {len(kept):,}.")
    return Columns(OnDisk(images), white, OnDisk(labels), coding.names, kept, tuple(notes))


def _of_other_sizes(root: Path, sizes: Mapping[tuple[Path, Path], tuple[tuple[int, ...], Pixels]]) -> dict[Path, str]:
    """The masks that are not as large as their pictures (height and width), and how large they are.

    Raises DataError where most are not: then it is no slip.
    """
    found: dict[Path, str] = {}
    for (_, path), ((height, width), mask) in sizes.items():
        if mask.shape[:2] != (height, width):
            found[path] = f"it has {mask.shape[1]} × {mask.shape[0]} pixels, its picture {width} × {height}"
    if 2 * len(found) > len(sizes):
        path, fault = next(iter(found.items()))
        raise DataError(
            f"{len(found):,} of {len(sizes):,} masks have another size than their pictures, such as "
            f"{path.relative_to(root)}: {fault}.",
            "Bring each mask to the size of its picture.",
        )
    return found


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
