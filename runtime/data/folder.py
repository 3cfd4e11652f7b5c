"""Pictures in one folder for each class, with ``train`` and ``test`` above them if wanted."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from runtime.data.choice import DataChoice, DataError
from runtime.data.class_folders import part_folders, subfolders
from runtime.data.dataset import Loaded, picture_fields

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"})
GREY_MODES = frozenset({"1", "L", "I", "I;16", "F"})
LISTED = 5  # broken pictures that a note names
Pixels = NDArray[np.uint8]  # H × W, or H × W × 3


@dataclass(frozen=True)
class Picture:
    """A picture file and its class."""

    path: Path
    label: int


def load_picture_folder(choice: DataChoice) -> Loaded:
    """Decodes all pictures; broken ones are left out, counted and listed. Raises DataError."""
    folder = choice.path
    roots = part_folders(folder)
    classes = _class_names(roots)
    listed = {part: _listed(root, classes) for part, root in roots.items()}
    everything = [picture for pictures in listed.values() for picture in pictures]
    _require_memory(folder, everything)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        decoded = dict(zip(everything, pool.map(_decoded, everything), strict=True))
    broken = {p: fault for p, fault in decoded.items() if isinstance(fault, str)}
    given: dict[str, range] = {}
    kept: list[Picture] = []
    for part, pictures in listed.items():
        sound = [p for p in pictures if p not in broken]
        given[part] = range(len(kept), len(kept) + len(sound))
        kept += sound
    if not given["train"]:
        raise DataError(
            f"{roots['train']} has no picture that can be read.", "Put PNG or JPEG files into its subfolders."
        )
    images = _stacked(folder, {p: pixels for p in kept if not isinstance(pixels := decoded[p], str)})
    labels = np.array([p.label for p in kept], dtype=np.int64)
    fields = picture_fields(images.shape[1:], classes, 255.0)
    return Loaded(fields, {"image": images, "label": labels}, given if len(given) > 1 else {}, _notes(folder, broken))


def read_picture(path: Path, channels: int, height: int, width: int) -> Pixels:
    """One picture as bytes, C × H × W, brought to that size if it has another. Raises DataError."""
    try:
        with Image.open(path) as picture:
            converted = picture.convert("L" if channels == 1 else "RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(
            f"{path} cannot be read as a picture: {_reason(error)}.", "Name a PNG or JPEG file."
        ) from None
    if converted.size != (width, height):
        converted = converted.resize((width, height), Image.Resampling.BILINEAR)
    return np.ascontiguousarray(np.asarray(converted).reshape(height, width, -1).transpose(2, 0, 1))


def _class_names(roots: dict[str, Path]) -> tuple[str, ...]:
    classes = subfolders(roots["train"])
    if len(classes) < 2:
        raise DataError(
            f"{roots['train']} has {len(classes) or 'no'} subfolder{'s' * (len(classes) != 1)}.",
            "Give it one subfolder of pictures for each class, or the IDX files of MNIST.",
        )
    for root in roots.values():
        strange = sorted(set(subfolders(root)) - set(classes))
        if strange:
            raise DataError(
                f"{root} has a class {strange[0]} that {roots['train']} has not.", "Give both the same subfolders."
            )
    return classes


def _listed(root: Path, classes: Sequence[str]) -> list[Picture]:
    return [
        Picture(path, label)
        for label, name in enumerate(classes)
        if (root / name).is_dir()
        for path in sorted((root / name).iterdir())
        if path.suffix.lower() in SUFFIXES
    ]


def _require_memory(folder: Path, pictures: Sequence[Picture]) -> None:
    """Refuses before memory is taken; the first picture that can be read stands for all."""
    first = next((pixels for p in pictures[:20] if not isinstance(pixels := _decoded(p), str)), None)
    if first is None or not hasattr(os, "sysconf"):
        return
    needed = 2 * first.nbytes * len(pictures)  # decoded, and once more while they are joined
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > there:
        raise DataError(
            f"The {len(pictures):,} pictures of {folder} take {needed / 1e9:.1f} GB of memory; "
            f"{there / 1e9:.1f} GB are there.",
            "Make the pictures smaller, or choose fewer.",
        )


def _decoded(picture: Picture) -> Pixels | str:
    """The pixels, or why there are none."""
    try:
        with Image.open(picture.path) as image:
            return np.asarray(image.convert("L" if image.mode in GREY_MODES else "RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return _reason(error)


def _reason(error: Exception) -> str:
    if "cannot identify" in str(error):
        return "it is no picture"
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return told.rstrip(".") or type(error).__name__


def _stacked(folder: Path, decoded: dict[Picture, Pixels]) -> Pixels:
    """N × C × H × W; grey pictures among coloured ones get three equal channels."""
    sizes = Counter(pixels.shape[:2] for pixels in decoded.values())
    (height, width), _ = sizes.most_common(1)[0]
    for picture, pixels in decoded.items():
        if pixels.shape[:2] != (height, width):
            raise DataError(
                f"The pictures of {folder} differ in size: most are {width} × {height} pixels, "
                f"{picture.path.relative_to(folder)} is {pixels.shape[1]} × {pixels.shape[0]}.",
                "Bring them all to one size.",
            )
    channels = max(1 if pixels.ndim == 2 else 3 for pixels in decoded.values())
    images = np.empty((len(decoded), channels, height, width), dtype=np.uint8)
    for image, pixels in zip(images, decoded.values(), strict=True):
        image[:] = pixels if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    return images


def _notes(folder: Path, broken: dict[Picture, str]) -> tuple[str, ...]:
    if not broken:
        return ()
    names = [f"{p.path.relative_to(folder)} ({fault})" for p, fault in list(broken.items())[:LISTED]]
    more = f" and {len(broken) - LISTED} more" if len(broken) > LISTED else ""
    count = "1 picture" if len(broken) == 1 else f"{len(broken)} pictures"
    return (
        f"{count} could not be read and {'was' if len(broken) == 1 else 'were'} left out: {', '.join(names)}{more}.",
    )
