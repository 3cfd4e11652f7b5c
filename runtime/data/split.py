"""Which sample falls into which part, fixed by a seed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from runtime.data.choice import DataChoice, DataError

PARTS = ("train", "validation", "test")
Rows = NDArray[np.int64]


def split(count: int, given: Mapping[str, range], choice: DataChoice) -> dict[str, Rows]:
    """The rows of each part, in ascending order. Parts that the source has of its own stay as they are.

    Raises DataError where nothing is left to train on.
    """
    parts = {name: np.arange(rows.start, rows.stop) for name, rows in given.items()}
    rest = parts.pop("train", np.arange(count))
    # RandomState's streams are frozen for good, so that a seed gives the same parts with every later NumPy.
    order = np.random.RandomState(choice.seed).permutation(rest)
    for name, share in (("test", choice.test), ("validation", choice.validation)):
        if name not in parts:
            size = round(share * len(rest))
            parts[name], order = np.sort(order[:size]), order[size:]
    parts["train"] = np.sort(order)
    if not len(order):
        raise DataError(
            f"Of {count} samples none is left to train on (validation {choice.validation:g}, test {choice.test:g}).",
            "Set the shares of validation and test lower, or add samples.",
        )
    return {name: parts[name].astype(np.int64) for name in PARTS}
