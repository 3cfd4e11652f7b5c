"""Which sample falls into which part, fixed by a seed."""

from __future__ import annotations

from collections.abc import Container, Mapping

import numpy as np
from numpy.typing import NDArray

from runtime.data.choice import DataChoice, DataError

STRATIFIED = "stratified"
PARTS = ("train", "validation", "test")
Rows = NDArray[np.int64]


def split(
    count: int, given: Mapping[str, range | Rows], choice: DataChoice, labels: NDArray[np.int64] | None = None
) -> dict[str, Rows]:
    """The rows of each part, in ascending order. Parts that the source has of its own stay as they are.

    ``labels`` are the classes of the rows, where there are some: a stratified choice parts each class alike.
    Raises DataError where nothing is left to train on.
    """
    parts: dict[str, Rows] = {name: np.asarray(rows, dtype=np.int64) for name, rows in given.items()}
    rest = parts.pop("train", np.arange(count))
    # RandomState's streams are frozen for good, so that a seed gives the same parts with every later NumPy.
    order = np.random.RandomState(choice.seed).permutation(rest)
    groups = [order]
    if choice.split == STRATIFIED and labels is not None:
        groups = [order[labels[order] == label] for label in np.unique(labels[rest])]
    taken = [_parted(group, len(group), choice, parts.keys()) for group in groups]
    for name in PARTS:
        if name not in parts:
            parts[name] = np.sort(np.concatenate([part[name] for part in taken]))
    if not len(parts["train"]):
        raise DataError(
            f"Of {count} samples none is left to train on (validation {choice.validation:g}, test {choice.test:g}).",
            "Set the shares of validation and test lower, or add samples.",
        )
    return {name: parts[name].astype(np.int64) for name in PARTS}


def notes_on(given: Container[str], choice: DataChoice, has_classes: bool) -> tuple[str, ...]:
    """On settings of the split that mean nothing to these data: they have ``given`` parts of their own."""
    has_both = "validation" in given and "test" in given
    vain = [f"folds ({choice.folds})"] if choice.folds and "validation" in given else []
    if choice.split == STRATIFIED:
        vain += ["split (stratified)"] if has_both else []
        if not has_both and not has_classes:
            return ("split is stratified, but the samples have no class to be parted by: they are parted at random.",)
    if not vain:
        return ()
    change = "changes" if len(vain) == 1 else "change"
    return (f"The data have parts of their own, or an order in time: {' and '.join(vain)} {change} nothing.",)


def _parted(order: Rows, count: int, choice: DataChoice, given: Container[str]) -> dict[str, Rows]:
    """Test first, then validation: a share, or one of the folds of what is left."""
    found = {}
    for name, share in (("test", choice.test), ("validation", choice.validation)):
        if name in given:
            continue
        if name == "validation" and choice.folds:
            folds = np.array_split(order, choice.folds)
            found[name] = folds.pop(choice.fold - 1)
            order = np.concatenate(folds)
        else:
            size = round(share * count)
            found[name], order = order[:size], order[size:]
    return found | {"train": order}


def kept_rows(given: Mapping[str, range], whole: NDArray[np.bool_]) -> dict[str, range]:
    """The parts of what has only some of its rows kept: ``whole`` says which."""
    before = np.concatenate([[0], np.cumsum(whole)])
    return {part: range(int(before[rows.start]), int(before[rows.stop])) for part, rows in given.items()}
