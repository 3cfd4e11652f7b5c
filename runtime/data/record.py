"""What a run remembers of its data: ``data.json`` in its folder, with a fingerprint that tells other data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from runtime.data.dataset import DataSet
from runtime.data.on_disk import OnDisk
from runtime.data.split import PARTS
from runtime.runs import write_json

DATA = "data.json"


def remember_data(run: Path, dataset: DataSet) -> list[str]:
    """Writes what the data are, or compares them with what stands there: a sentence where they have changed.

    Raises TrainingError where the folder cannot be written.
    """
    path = run / DATA
    if not path.is_file():
        write_json(path, description(dataset) | {"fingerprint": dataset.fingerprint})
        return []
    try:
        known = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return []
    now = description(dataset)
    is_same = known.get("fingerprint") == dataset.fingerprint
    if known.get("on_disk", False) != now["on_disk"]:  # the same pictures have other fingerprints there
        is_same = all(known.get(key) == now[key] for key in ("samples", "class_counts", "mean"))
    if is_same:
        return []
    before, now = known.get("samples", {}), now["samples"]
    told = f" ({sum(before.values()):,} samples then, {sum(now.values()):,} now)" if before != now else ""
    return [f"The data of {dataset.choice.source} have changed since this run began{told}: its curves mix both."]


def description(dataset: DataSet) -> dict[str, Any]:
    """Fields, counts and moments, as the window and programs read them."""
    return {
        "fields": [
            {
                "name": field.name,
                "shape": list(field.shape),
                "axes": field.shape.axes,
                "values": field.shape.values,
                "classes": list(field.classes or ()),
                "is_target": field.is_target,
            }
            for field in dataset.fields
        ],
        "samples": {part: len(dataset.part(part)) for part in PARTS},
        "class_counts": {part: dataset.class_counts(part) for part in PARTS},
        "on_disk": any(isinstance(column, OnDisk) for column in dataset.columns.values()),
        "mean": list(dataset.mean),
        "std": list(dataset.std),
        "notes": list(dataset.notes),
    }
