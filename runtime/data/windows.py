"""Pieces of something that goes on in time: a text, a series of measurements. Its parts lie in order."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from runtime.data.choice import DataChoice, DataError


class PartsInOrder(NamedTuple):
    """How long the parts are: what comes first is trained on, what comes last is the test."""

    train: int
    validation: int
    test: int

    @classmethod
    def of(cls, count: int, choice: DataChoice) -> PartsInOrder:
        validation, test = round(choice.validation * count), round(choice.test * count)
        return cls(max(0, count - validation - test), validation, test)

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        first, second = self.train, self.train + self.validation
        return slice(0, first), slice(first, second), slice(second, second + self.test)

    def windows(self, length: int, step: int, subject: str, things: str) -> dict[str, range]:
        """Which windows lie wholly within each part, so that no part sees anything of another.

        Window n begins at ``n · step``. Raises DataError where none lies in the training part, or none in a part
        that is wanted.
        """
        given = {}
        for name, part in zip(self._fields, self.slices, strict=True):
            first = -(-part.start // step)
            given[name] = range(first, max(first, (part.stop - length) // step + 1))
            size = part.stop - part.start
            if not given[name] and (size or name == "train"):
                share = "" if name == "train" else f", or its share ({name}) to 0"
                raise DataError(
                    f"{subject} {size:,} {things} in its {name} part, too few for one piece of {length:,}.",
                    f"Set seq_length to {max(1, size // 2):,} or less{share}, or take more data.",
                )
        return given


def windows(values: NDArray[Any], length: int, step: int) -> NDArray[Any]:
    """N × length × …: a view on the values, so that pieces which overlap take no memory."""
    whole = np.lib.stride_tricks.sliding_window_view(values, length, axis=0, writeable=True)[::step]
    return np.moveaxis(whole, -1, 1)
