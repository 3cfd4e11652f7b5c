"""How fine the numbers of pictures are: bytes as a rule, else 16 bits or any numbers, as microscopes write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[Any]  # H × W, or H × W × 3
WORDS = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})  # Pillow's modes
GREY_MODES = frozenset({"1", "L", "I", "F", *WORDS})
BYTE, WORD = 255.0, 65_535.0  # white
SCALED_TO_WORDS = ("PNG", "PPM")  # formats that have 16 bits where Pillow says I


def kind_of(picture: Image.Image) -> np.dtype[Any]:
    """What numbers the file holds: bytes, 16 bits, or whole or real numbers without a known white."""
    if picture.mode in WORDS or (picture.mode == "I" and picture.format in SCALED_TO_WORDS):
        return np.dtype(np.uint16)
    return np.dtype({"I": np.int32, "F": np.float32}.get(picture.mode, np.uint8))


def white_of(kinds: Iterable[np.dtype[Any]]) -> float | None:
    """The number of white in a column of pictures; None where some hold any numbers: it has to be measured."""
    found = set(kinds)
    if found <= {np.dtype(np.uint8)}:
        return BYTE
    return WORD if found <= {np.dtype(np.uint8), np.dtype(np.uint16)} else None


def column_kind(white: float | None) -> np.dtype[Any]:
    """How a column holds them: bytes where they are enough, else real numbers."""
    return np.dtype(np.uint8) if white == BYTE else np.dtype(np.float32)


def in_range(pixels: Pixels, white: float | None) -> Pixels:
    """The numbers of a file in the range of a column; numbers without a known white stay as they are."""
    own = {np.dtype(np.uint8): BYTE, np.dtype(np.uint16): WORD}.get(pixels.dtype)
    if white is None or own is None or own == white:
        return pixels
    return pixels.astype(np.float32) * np.float32(white / own)
