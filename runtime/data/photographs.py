"""Ready sets of photographs: fetched and listed by torchvision, decoded or streamed as any pictures in files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import Loaded, picture_fields
from runtime.data.forms import PHOTOGRAPHS, TORCHVISION
from runtime.data.picture_column import picture_column
from runtime.data.ready import fetching, folder

NUMBER = re.compile(r"^\d{3}\.")  # that Caltech256 puts before its names
PARTS: dict[str, dict[str, dict[str, Any]]] = {
    "Flowers102": {"train": {"split": "train"}, "validation": {"split": "val"}, "test": {"split": "test"}},
    "OxfordIIITPet": {"train": {"split": "trainval"}, "test": {"split": "test"}},
    "Food101": {"train": {"split": "train"}, "test": {"split": "test"}},
    "FGVCAircraft": {"train": {"split": "train"}, "validation": {"split": "val"}, "test": {"split": "test"}},
    "Country211": {"train": {"split": "train"}, "validation": {"split": "valid"}, "test": {"split": "test"}},
    "Imagenette": {"train": {"split": "train", "size": "320px"}, "test": {"split": "val", "size": "320px"}},
    "Caltech101": {"train": {}},
    "Caltech256": {"train": {}},
    "DTD": {"train": {"split": "train"}, "validation": {"split": "val"}, "test": {"split": "test"}},
    "EuroSAT": {"train": {}},
    "GTSRB": {"train": {"split": "train"}, "test": {"split": "test"}},
    "RenderedSST2": {"train": {"split": "train"}, "validation": {"split": "val"}, "test": {"split": "test"}},
}
"""Our name of a part -> what torchvision calls it; a single one is parted by shares."""


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
        side = PHOTOGRAPHS[name][1]
        choice = choice.replaced(picture_size=(side, side))
    pictures = picture_column(choice, root, paths)
    ends = np.cumsum([0, *(len(listed) for listed, _, _ in found.values())])
    first = np.searchsorted(pictures.kept, ends).tolist()  # rows of each part, without what is broken
    return Loaded(
        picture_fields(pictures.size, found["train"][2], pictures.white),
        {"image": pictures.values, "label": labels[pictures.kept]},
        {part: range(first[n], first[n + 1]) for n, part in enumerate(found)} if len(found) > 1 else {},
        pictures.notes,
        [paths[number].relative_to(root).as_posix() for number in pictures.kept],
    )


def _listed(name: str, root: Path, part: dict[str, Any]) -> tuple[list[Path], list[int], tuple[str, ...]]:
    """Files, labels and names of the classes; downloaded where they are not there."""
    from torchvision import datasets

    read: Any = getattr(datasets, name)(str(root), download=True, **part)
    files, labels = _samples_of(name, read)
    classes = read.categories if hasattr(read, "categories") else getattr(read, "classes", ())
    words = [found[0] if isinstance(found, tuple) else str(found) for found in classes]
    names = [NUMBER.sub("", word) for word in words]
    names += [str(number) for number in range(len(names), PHOTOGRAPHS[name][0])]
    return files, labels, tuple(names)


def _samples_of(name: str, read: Any) -> tuple[list[Path], list[int]]:
    """They list files, and decode one by one; each has its own names for that."""
    if hasattr(read, "categories"):  # Caltech's count the files of each class
        form = "image_{1:04d}.jpg" if name == "Caltech101" else "{0:03d}_{1:04d}.jpg"
        top = Path(read.root) / ("101_ObjectCategories" if name == "Caltech101" else "256_ObjectCategories")
        numbered = zip(read.y, read.index, strict=True)
        return [top / read.categories[label] / form.format(label + 1, n) for label, n in numbered], list(read.y)
    samples = getattr(read, "_samples", None) or getattr(read, "samples", None)
    if samples is not None:
        return [Path(file) for file, _ in samples], [int(label) for _, label in samples]
    files = read._image_files if hasattr(read, "_image_files") else read._images
    return [Path(file) for file in files], [int(label) for label in read._labels]
