"""Reading pictures: decoding many at once, what is wrong with broken ones, and joining them to one array."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from runtime.data.choice import DataChoice, DataError
from runtime.data.depth import BYTE, GREY_MODES, Pixels, column_kind, in_range, kind_of, white_of

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"})
LISTED = 5  # broken pictures that a note names
ORIENTATION, TURNED = 0x0112, 5  # the EXIF tag, and from which value on a picture lies on its side


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


def read_picture(path: Path, channels: int, fit: Fit, white: float | None = BYTE) -> Pixels:
    """One picture, C × H × W, brought to that size and to numbers of that range. Raises DataError."""
    pixels = decode_one(path, fit, is_grey=channels == 1)
    if isinstance(pixels, str):
        raise DataError(f"{path} cannot be read as a picture: {pixels}.", "Name a PNG or JPEG file.")
    layers = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    return np.array(np.broadcast_to(in_range(layers, white), (channels, fit.height, fit.width)))


class Stacked(NamedTuple):
    """N × C × H × W, and the number of white; None where it is not known."""

    values: Pixels
    white: float | None


def stacked(folder: Path, decoded: Sequence[tuple[Path, Pixels]]) -> Stacked:
    """Grey pictures among coloured ones get three equal channels, bytes the range of 16 bits. Raises DataError."""
    sizes = Counter(pixels.shape[:2] for _, pixels in decoded)
    (height, width), _ = sizes.most_common(1)[0]
    for path, pixels in decoded:
        if pixels.shape[:2] != (height, width):
            raise size_error(folder, (height, width), path, pixels.shape[:2])
    channels = max(1 if pixels.ndim == 2 else 3 for _, pixels in decoded)
    white = white_of(pixels.dtype for _, pixels in decoded)
    images = np.empty((len(decoded), channels, height, width), dtype=column_kind(white))
    for image, (_, pixels) in zip(images, decoded, strict=True):
        image[:] = in_range(pixels if pixels.ndim == 2 else pixels.transpose(2, 0, 1), white)
    return Stacked(images, white)


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


def decode_one(path: Path, fit: Fit | None, is_mask: bool = False, is_grey: bool = False) -> Pixels | str:
    """The pixels as a person sees them upright, or why there are none; ``is_grey`` makes grey of colours.

    A mask keeps the numbers of its palette, and no colours are mixed in it.
    """
    try:
        with Image.open(path) as image:
            kind = kind_of(image)
            mode = "F" if kind != np.uint8 else "L" if is_grey or image.mode in GREY_MODES else "RGB"
            read = image.copy() if is_mask and image.mode == "P" else image.convert(mode)
            read = ImageOps.exif_transpose(read) if orientation_of(image) > 1 else read
        resample = Image.Resampling.NEAREST if is_mask else Image.Resampling.BILINEAR
        pixels = np.asarray(fit(read, resample) if fit else read)
        return pixels if pixels.dtype == kind else np.rint(pixels).astype(kind)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return reason_of(error)


def orientation_of(picture: Image.Image) -> int:
    """How a camera was held, as EXIF numbers it; 1: upright. Known from the first bytes alone."""
    # Pillow turns TIFF itself, and would decode a whole PNG in search of what does not stand in its head.
    return int(picture.getexif().get(ORIENTATION, 1)) if "exif" in picture.info else 1


def reason_of(error: Exception) -> str:
    """Why a picture could not be read, in a few words."""
    if "cannot identify" in str(error):
        return "it is no picture"
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return told.rstrip(".") or type(error).__name__
