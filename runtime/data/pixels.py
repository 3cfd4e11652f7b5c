"""Reading pictures: decoding many at once, what is wrong with broken ones, and joining them to one array."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from runtime.data.choice import DataChoice, DataError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"})
GREY_MODES = frozenset({"1", "L", "I", "I;16", "F"})
LISTED = 5  # broken pictures that a note names
Pixels = NDArray[np.uint8]  # H × W, or H × W × 3


class Fit(NamedTuple):
    """The size that pictures are brought to, and how. Source: torchvision's Resize and CenterCrop."""

    height: int
    width: int
    is_cropped: bool
    shorter_side: int | None = None  # of the whole picture, once it is brought to size; None: all that fits

    @classmethod
    def of(cls, choice: DataChoice) -> Fit | None:
        if not choice.picture_size:
            return None
        return cls(*choice.picture_size, choice.fit == "crop", choice.shorter_side)

    def __call__(self, picture: Image.Image, resample: Image.Resampling) -> Image.Image:
        wanted = (self.width, self.height)
        if picture.size == wanted and not (self.is_cropped and self.shorter_side):
            return picture
        if not self.is_cropped:
            return picture.resize(wanted, resample)
        return picture.resize(wanted, resample, self.region(picture.width, picture.height))

    def region(self, width: int, height: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of what is kept of a picture of that size, in its pixels."""
        if not self.is_cropped:
            return 0.0, 0.0, float(width), float(height)
        share = min(width / self.width, height / self.height)
        if self.shorter_side:
            share = min(width, height) / self.shorter_side
        wide, high = share * self.width, share * self.height
        left, top = (width - wide) / 2, (height - high) / 2
        return left, top, left + wide, top + high


def decode_all(paths: Sequence[Path], fit: Fit | None, are_masks: Sequence[bool] = ()) -> dict[Path, Pixels | str]:
    """The pixels of each file, or why there are none; several files at once."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        decoded = pool.map(decode_one, paths, [fit] * len(paths), are_masks or [False] * len(paths))
        return dict(zip(paths, decoded, strict=True))


def read_picture(path: Path, channels: int, fit: Fit) -> Pixels:
    """One picture as bytes, C × H × W, brought to that size if it has another. Raises DataError."""
    try:
        with Image.open(path) as picture:
            converted = fit(picture.convert("L" if channels == 1 else "RGB"), Image.Resampling.BILINEAR)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(
            f"{path} cannot be read as a picture: {reason_of(error)}.", "Name a PNG or JPEG file."
        ) from None
    return np.ascontiguousarray(np.asarray(converted).reshape(fit.height, fit.width, -1).transpose(2, 0, 1))


def stacked(folder: Path, decoded: Sequence[tuple[Path, Pixels]]) -> Pixels:
    """N × C × H × W; grey pictures among coloured ones get three equal channels. Raises DataError."""
    sizes = Counter(pixels.shape[:2] for _, pixels in decoded)
    (height, width), _ = sizes.most_common(1)[0]
    for path, pixels in decoded:
        if pixels.shape[:2] != (height, width):
            raise size_error(folder, (height, width), path, pixels.shape[:2])
    channels = max(1 if pixels.ndim == 2 else 3 for _, pixels in decoded)
    images = np.empty((len(decoded), channels, height, width), dtype=np.uint8)
    for image, (_, pixels) in zip(images, decoded, strict=True):
        image[:] = pixels if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    return images


def size_error(folder: Path, usual: tuple[int, ...], path: Path, other: tuple[int, ...]) -> DataError:
    """Pictures of different heights and widths."""
    (height, width), (high, wide) = usual, other
    return DataError(
        f"The pictures of {folder} differ in size: most are {width} × {height} pixels, "
        f"{named(path, folder)} is {wide} × {high}.",
        f"Set picture_size, such as {height} × {width}: all are brought to it.",
    )


def named(path: Path, folder: Path) -> Path:
    """A file as it is told of: from its folder, if it is in there."""
    return path.relative_to(folder) if path.is_relative_to(folder) else path


def note_on_broken(folder: Path, broken: Mapping[Path, str]) -> tuple[str, ...]:
    """Which pictures could not be read, and why."""
    if not broken:
        return ()
    names = [f"{named(path, folder)} ({fault})" for path, fault in list(broken.items())[:LISTED]]
    more = f" and {len(broken) - LISTED} more" if len(broken) > LISTED else ""
    count = "1 picture" if len(broken) == 1 else f"{len(broken)} pictures"
    return (
        f"{count} could not be read and {'was' if len(broken) == 1 else 'were'} left out: {', '.join(names)}{more}.",
    )


def decode_one(path: Path, fit: Fit | None, is_mask: bool = False) -> Pixels | str:
    """The pixels, or why there are none. A mask keeps the numbers of its palette, and no colours are mixed in it."""
    try:
        with Image.open(path) as image:
            mode = "L" if image.mode in GREY_MODES else "RGB"
            read = image.copy() if is_mask and image.mode == "P" else image.convert(mode)
        resample = Image.Resampling.NEAREST if is_mask else Image.Resampling.BILINEAR
        return np.asarray(fit(read, resample) if fit else read)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return reason_of(error)


def reason_of(error: Exception) -> str:
    """Why a picture could not be read, in a few words."""
    if "cannot identify" in str(error):
        return "it is no picture"
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return told.rstrip(".") or type(error).__name__
