"""Ready sets of photographs: fetched and listed by torchvision, decoded or streamed as any pictures in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import Loaded, picture_fields
from runtime.data.forms import PHOTOGRAPH_SIDE, PHOTOGRAPHS, TORCHVISION
from runtime.data.picture_column import picture_column
from runtime.data.ready import fetching, folder

PARTS = {
    "Flowers102": {"train": "train", "validation": "val", "test": "test"},
    "OxfordIIITPet": {"train": "trainval", "test": "test"},
}
"""Our name of a part -> theirs."""


def load_photographs(choice: DataChoice) -> Loaded:
    """``image`` and ``label``; the parts that a set has of its own stay. Raises DataError."""
    name = choice.source.removeprefix(TORCHVISION)
    if name not in PHOTOGRAPHS:
        raise DataError(
            f"There is no ready set {name}.", f"Choose {', '.join(TORCHVISION + known for known in PHOTOGRAPHS)}."
        )
    root = folder() / name
    with fetching(name, root):
        found = {ours: _listed(name, root, theirs) for ours, theirs in PARTS[name].items()}
    paths = [path for listed, _, _ in found.values() for path in listed]
    labels = np.array([label for _, told, _ in found.values() for label in told], dtype=np.int64)
    if not choice.picture_size:
        choice = choice.replaced(picture_size=(PHOTOGRAPH_SIDE, PHOTOGRAPH_SIDE))
    pictures = picture_column(choice, root, paths)
    ends = np.cumsum([0, *(len(listed) for listed, _, _ in found.values())])
    first = np.searchsorted(pictures.kept, ends).tolist()  # rows of each part, without what is broken
    return Loaded(
        picture_fields(pictures.size, found["train"][2], pictures.white),
        {"image": pictures.values, "label": labels[pictures.kept]},
        {part: range(first[n], first[n + 1]) for n, part in enumerate(found)},
        pictures.notes,
        [paths[number].relative_to(root).as_posix() for number in pictures.kept],
    )


def _listed(name: str, root: Path, part: str) -> tuple[list[Path], list[int], tuple[str, ...]]:
    """Files, labels and names of the classes; downloaded where they are not there."""
    from torchvision import datasets

    read: Any = getattr(datasets, name)(str(root), split=part, download=True)
    files = read._image_files if hasattr(read, "_image_files") else read._images  # they list, and decode one by one
    labels = [int(label) for label in read._labels]
    names = list(getattr(read, "classes", ()))
    names += [str(number) for number in range(len(names), PHOTOGRAPHS[name])]
    return [Path(file) for file in files], labels, tuple(map(str, names))
