"""Pictures in one folder for each class, with ``train`` and ``test`` above them if wanted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runtime.data.choice import DataChoice, DataError
from runtime.data.class_folders import part_folders, subfolders
from runtime.data.dataset import Loaded, picture_fields
from runtime.data.picture_column import none_to_read, picture_column
from runtime.data.pixels import LISTED, SUFFIXES


def load_picture_folder(choice: DataChoice) -> Loaded:
    """All pictures, decoded or on disk; broken ones are left out, counted and listed. Raises DataError."""
    folder = choice.path
    roots = part_folders(folder)
    classes = _class_names(roots)
    listed = {part: _listed(root, classes) for part, root in roots.items()}
    everything = [path for labels in listed.values() for path in labels]
    pictures = picture_column(choice, folder, everything)
    ends = np.cumsum([0, *(len(labels) for labels in listed.values())])
    first = np.searchsorted(pictures.kept, ends).tolist()  # rows of each part, without what is broken
    given = {part: range(first[n], first[n + 1]) for n, part in enumerate(listed)}
    if not given["train"]:
        raise none_to_read(roots["train"])
    labels = np.array([label for labels in listed.values() for label in labels.values()], dtype=np.int64)
    return Loaded(
        picture_fields(pictures.size, classes, pictures.white),
        {"image": pictures.values, "label": labels[pictures.kept]},
        given if len(given) > 1 else {},
        (*pictures.notes, *_note_on_empty(roots["train"], classes, labels[pictures.kept][: given["train"].stop])),
        names=[everything[number].relative_to(folder).as_posix() for number in pictures.kept],
    )


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


def _note_on_empty(root: Path, classes: Sequence[str], labels: NDArray[np.int64]) -> tuple[str, ...]:
    """On classes of which there is nothing to learn from."""
    known = set(labels.tolist())
    empty = [name for number, name in enumerate(classes) if number not in known]
    if not empty:
        return ()
    told = f"{', '.join(empty[:LISTED])}{', …' if len(empty) > LISTED else ''}"
    if len(empty) == 1:
        return (f"The folder {told} of {root} has no picture that can be read: its class has no sample.",)
    return (f"{len(empty)} folders of {root} have no picture that can be read: {told}. Their classes are empty.",)


def _listed(root: Path, classes: Sequence[str]) -> dict[Path, int]:
    """The pictures and their classes."""
    return {
        path: label
        for label, name in enumerate(classes)
        if (root / name).is_dir()
        for path in sorted((root / name).iterdir())
        if path.suffix.lower() in SUFFIXES
    }
