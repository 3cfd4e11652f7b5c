"""NumPy files: ``.npz`` with an array for each field (parts of their own if wanted), or one ``.npy``."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nodes.spec.shapes import Shape
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import Field, Loaded

TARGETS = ("y", "label", "labels", "target", "targets")
PARTS = {"train": ("train",), "validation": ("validation", "val", "valid"), "test": ("test",)}
CHANNELS = (1, 3, 4)
AXES = {0: "", 1: "C", 3: "CHW", 4: "CDHW"}


def load_arrays(choice: DataChoice) -> Loaded:
    """Fields named as in the file; ``x_train`` and ``x_test`` are parts of a field x. Raises DataError."""
    parts = _by_part(choice.path, _read(choice.path))
    names = list(parts["train"])
    counts = {part: _count(choice.path, part, arrays) for part, arrays in parts.items()}
    given, first = {}, 0
    for part, count in counts.items():
        given[part], first = range(first, first + count), first + count
    target = next((name for name in names if name.lower() in TARGETS), names[-1] if len(names) > 1 else "")
    fields, columns = [], {}
    for name in sorted(names, key=lambda name: name == target):
        joined = np.concatenate([arrays[name] for arrays in parts.values()])
        field, columns[name] = _field(choice.path, name, joined, is_target=name == target)
        fields.append(field)
    return Loaded(tuple(fields), columns, given if len(given) > 1 else {})


def _read(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays in a file. Nothing is unpickled. Raises DataError."""
    try:
        with path.open("rb") as file:
            found = np.load(file, allow_pickle=False)
            arrays = {"x": found} if isinstance(found, np.ndarray) else {name: found[name] for name in found.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        if "pickle" in str(error):
            raise DataError(
                f"{path} holds Python objects, which could run code when they are read.",
                "Save plain arrays of numbers.",
            ) from None
        raise DataError(f"{path} cannot be read as a NumPy file ({error}).", "Save it anew.") from None
    for name, array in arrays.items():
        if array.dtype.kind not in "biuf":
            raise DataError(f"{name} of {path.name} holds {array.dtype}, not real numbers.", "Save it as numbers.")
        if array.ndim == 0 or not array.size:
            raise DataError(f"{name} of {path.name} holds no samples.", "Save an array whose first axis counts them.")
    if not arrays:
        raise DataError(f"{path} holds no array.", "Save arrays such as x and y.")
    return arrays


def _by_part(path: Path, arrays: dict[str, NDArray[Any]]) -> dict[str, dict[str, NDArray[Any]]]:
    found: dict[str, dict[str, NDArray[Any]]] = {part: {} for part in PARTS}
    for key, array in arrays.items():
        stem, _, end = key.rpartition("_")
        part = next((part for part, ends in PARTS.items() if end in ends and stem), "")
        found[part or "train"][stem if part else key] = array
    found = {part: fields for part, fields in found.items() if fields}
    if "train" not in found:
        raise DataError(f"{path} has no array to train on.", "Name it x_train.")
    for part, fields in found.items():
        if sorted(fields) != sorted(found["train"]):
            raise DataError(
                f"{path.name} has {', '.join(found['train'])} for train, but {', '.join(fields)} for {part}.",
                "Give each part the same arrays.",
            )
    return found


def _count(path: Path, part: str, arrays: dict[str, NDArray[Any]]) -> int:
    counts = {name: len(array) for name, array in arrays.items()}
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
        raise DataError(f"The arrays of {path.name} differ in how many samples they have ({part}: {told}).",
                        "Give each as many, along the first axis.")  # fmt: skip
    return next(iter(counts.values()))


def _field(path: Path, name: str, array: NDArray[Any], *, is_target: bool) -> tuple[Field, NDArray[np.generic]]:
    """What an array is, as its axes and numbers tell. Raises DataError."""
    is_whole = array.dtype.kind in "biu"
    is_column = is_target and array.ndim == 2 and array.shape[1] == 1
    if is_whole and (array.ndim == 1 or is_column):
        labels = array.reshape(-1).astype(np.int64)
        if labels.min() < 0:
            raise DataError(f"{name} of {path.name} has a class {labels.min()}.", "Number the classes from 0.")
        classes = tuple(map(str, range(int(labels.max()) + 1)))
        return Field(name, Shape(values="index"), classes, is_target), labels
    if array.ndim == 2 and is_whole and array.dtype != np.uint8:
        return Field(name, Shape(array.shape[1], axes="L", values="index"), None, is_target), array.astype(np.int64)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim == 3:
        array = array[:, None]  # grey pictures: N × 1 × H × W
    elif array.ndim == 4 and array.shape[-1] in CHANNELS and array.shape[1] not in CHANNELS:
        array = np.moveaxis(array, -1, 1)
    if array.ndim - 1 not in AXES:
        raise DataError(f"{name} of {path.name} has {array.ndim} axes.", "Save pictures as N × C × H × W.")
    kept = array if array.dtype == np.uint8 else array.astype(np.float32)
    high = 255.0 if array.dtype == np.uint8 else None
    shape = Shape(*array.shape[1:], axes=AXES[array.ndim - 1])
    return Field(name, shape, None, is_target, high), np.ascontiguousarray(kept)
