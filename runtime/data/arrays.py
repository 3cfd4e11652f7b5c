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
from runtime.data.split import kept_rows

TARGETS = ("y", "label", "labels", "target", "targets")
PARTS = {"train": ("train",), "validation": ("validation", "val", "valid"), "test": ("test",)}
CHANNELS = (1, 3, 4)
LISTED = 5  # samples that a note names
AXES = {0: "", 1: "C", 3: "CHW", 4: "CDHW"}


def load_arrays(choice: DataChoice) -> Loaded:
    """Fields named as in the file; ``x_train`` and ``x_test`` are parts of a field x. Raises DataError."""
    parts = _by_part(choice.path, _read(choice.path))
    names = list(parts["train"])
    counts = {part: _count(choice.path, part, arrays) for part, arrays in parts.items()}
    target = next((name for name in names if name.lower() in TARGETS), names[-1] if len(names) > 1 else "")
    fields, columns = [], {}
    for name in sorted(names, key=lambda name: name == target):
        joined = np.concatenate([arrays[name] for arrays in parts.values()])
        field, columns[name] = _field(choice.path, name, joined, is_target=name == target)
        fields.append(field)
    endless = {name: rows for name, column in columns.items() if (rows := _endless(column)).any()}
    whole = ~np.any(list(endless.values()), axis=0) if endless else np.ones(sum(counts.values()), dtype=np.bool_)
    if not whole.any():
        raise DataError(f"No sample of {choice.path.name} is of finite numbers.", "Save it without NaN and infinity.")
    if endless:
        columns = {name: column[whole] for name, column in columns.items()}
    ends = np.cumsum([0, *counts.values()]).tolist()
    given = kept_rows({part: range(ends[n], ends[n + 1]) for n, part in enumerate(counts)}, whole)
    return Loaded(tuple(fields), columns, given if len(given) > 1 else {}, _note_on_endless(endless))


def _endless(column: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Samples with a number that is none, infinite or too large for a network."""
    if column.dtype.kind != "f":
        return np.zeros(len(column), dtype=np.bool_)
    found: NDArray[np.bool_] = ~np.isfinite(column).reshape(len(column), -1).all(axis=1)
    return found


def _note_on_endless(endless: dict[str, NDArray[np.bool_]]) -> tuple[str, ...]:
    if not endless:
        return ()
    rows = {name: np.flatnonzero(those).tolist() for name, those in endless.items()}
    count = len(set().union(*rows.values()))
    told = ", ".join(f"{row} ({name})" for name, some in rows.items() for row in some[:LISTED])
    return (
        f"{count:,} sample{'s' * (count > 1)} with a number that is not finite {'were' if count > 1 else 'was'} left "
        f"out: {told}{', …' if count > LISTED else ''}.",
    )


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
        is_words = array.dtype.kind in "US" and array.ndim == 1  # names of classes
        if array.dtype.kind not in "biuf" and not is_words:
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
    if array.dtype.kind in "US":
        texts = np.char.decode(array, "utf-8", "replace") if array.dtype.kind == "S" else array
        words, numbers = np.unique(texts, return_inverse=True)
        return Field(name, Shape(values="index"), tuple(words.tolist()), is_target), numbers.astype(np.int64)
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
    with np.errstate(over="ignore"):  # of samples that are left out
        kept = array if array.dtype == np.uint8 else array.astype(np.float32)
    high = 255.0 if array.dtype == np.uint8 else None
    shape = Shape(*array.shape[1:], axes=AXES[array.ndim - 1])
    return Field(name, shape, None, is_target, high), np.ascontiguousarray(kept)
