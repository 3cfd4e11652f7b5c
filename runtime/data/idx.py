"""IDX files, as MNIST comes in: one array a file, plain or gzip.

Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database: magic number, sizes (big-endian), then the numbers.
"""

from __future__ import annotations

import gzip
import math
import re
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import Loaded, picture_fields

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
NAME = re.compile(r"(train|t10k|test)[-_.](images|labels)[-_.]idx\d[-_.]ubyte(\.gz)?", re.IGNORECASE)
AGAIN = "Fetch the file again."


def is_idx_folder(folder: Path) -> bool:
    return any(NAME.fullmatch(path.name) for path in folder.iterdir())


def load_idx_folder(choice: DataChoice) -> Loaded:
    """Pictures and labels of the train files, then those of the t10k files if there are any. Raises DataError."""
    folder = choice.path
    found: dict[tuple[str, str], Path] = {}
    for path in sorted(folder.iterdir()):
        match = NAME.fullmatch(path.name)
        if match:
            part = "train" if match[1].lower() == "train" else "test"
            found.setdefault((part, match[2].lower()), path)
    images, labels = _labelled(folder, found, "train")
    given = {}
    if any(part == "test" for part, _ in found):
        more_images, more_labels = _labelled(folder, found, "test")
        if more_images.shape[1:] != images.shape[1:]:
            raise DataError(
                f"{folder}: train pictures are {_size(images)}, t10k pictures {_size(more_images)}.",
                "Keep files of one data set together.",
            )
        given = {"train": range(len(images)), "test": range(len(images), len(images) + len(more_images))}
        images, labels = np.concatenate([images, more_images]), np.concatenate([labels, more_labels])
    classes = tuple(str(number) for number in range(int(labels.max()) + 1))
    return Loaded(picture_fields(images.shape[1:], classes, 255.0), {"image": images, "label": labels}, given)


def read_idx(path: Path) -> NDArray[np.generic]:
    """The array in one file. Raises DataError."""
    data = _content(path)
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in DTYPES:
        raise DataError(
            f"{path} is no IDX file: it begins with {data[:4].hex(' ') or 'nothing'}, "
            "not with 00 00 and a type from 08 to 0e.",
            AGAIN,
        )
    dtype, rank = np.dtype(DTYPES[data[2]]), data[3]
    start = 4 + 4 * rank
    if len(data) < start:
        raise DataError(f"{path} is cut short: its header has {start} bytes, {len(data)} are there.", AGAIN)
    sizes = struct.unpack(f">{rank}I", data[4:start])
    needed = start + math.prod(sizes) * dtype.itemsize
    if len(data) < needed:
        raise DataError(f"{path} is cut short: it promises {needed:,} bytes, {len(data):,} are there.", AGAIN)
    array = np.frombuffer(data, dtype, math.prod(sizes), start).reshape(sizes)
    return array.astype(dtype.newbyteorder("="))


def _content(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.", "Check the file and its rights.") from None
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return gzip.decompress(data)
    except EOFError:
        raise DataError(
            f"{path} is cut short: its gzip stream has no end after {len(data):,} bytes.", AGAIN
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is damaged ({error}).", AGAIN) from None


def _labelled(
    folder: Path, found: dict[tuple[str, str], Path], part: str
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    name = "train" if part == "train" else "t10k"
    for what, rank in (("images", 3), ("labels", 1)):
        if (part, what) not in found:
            raise DataError(
                f"{folder} has no file {name}-{what}-idx{rank}-ubyte, plain or with .gz.", "Put it beside the others."
            )
    images, labels = read_idx(found[part, "images"]), read_idx(found[part, "labels"])
    if images.ndim != 3 or images.dtype != np.uint8 or not images.size:
        raise DataError(
            f"{found[part, 'images']} holds {images.dtype} numbers of shape {_size(images) or 'nothing'}, "
            "not pictures as bytes (count × height × width).",
            "Choose a folder of MNIST-style files.",
        )
    if labels.ndim != 1 or labels.dtype != np.uint8:
        raise DataError(f"{found[part, 'labels']} does not hold one label a picture.", AGAIN)
    if len(images) != len(labels):
        raise DataError(
            f"{found[part, 'images'].name} has {len(images):,} pictures, "
            f"{found[part, 'labels'].name} {len(labels):,} labels.",
            "Keep files of one data set together.",
        )
    return images[:, None].astype(np.uint8), labels.astype(np.int64)


def _size(images: NDArray[np.generic]) -> str:
    return " × ".join(map(str, images.shape[1:] if images.ndim > 1 else images.shape))
