"""A glance at the data a network names: its fields and classes, read from headers and names, without torch."""

from __future__ import annotations

import dataclasses
import gzip
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nodes.graph.problem import DataFacts
from nodes.spec.shapes import Shape
from runtime.data.choice import DIGITS
from runtime.data.class_folders import part_folders, subfolders

IMAGES = ("train-images-idx3-ubyte", "train-images.idx3-ubyte")
PICTURES, LABELS = b"\0\0\x08\x03", b"\0\0\x08\x01"  # bytes in three axes, and in one


def glance(data: Mapping[str, Any], base: Path) -> DataFacts | None:
    """Fields and number of classes of a network's data choice; None where that takes more than a glance.

    ``base`` is where a relative folder starts. Of pictures in a folder for each class only the classes are known:
    their sizes are seen when they are read.
    """
    source = data.get("source", DIGITS)
    if source == DIGITS:
        return dataclasses.replace(_facts(8, 8, 10), is_chosen="source" in data)
    if not isinstance(source, str) or not source or "\0" in source:
        return None
    try:
        folder = base / Path(source).expanduser()
        return _idx_facts(folder) or _class_facts(folder)
    except (OSError, EOFError, RuntimeError, zlib.error, struct.error):
        return None


def _facts(height: int, width: int, classes: int) -> DataFacts:
    return DataFacts(classes, {"image": Shape(1, height, width), "label": Shape(values="index")}, "label")


def _idx_facts(folder: Path) -> DataFacts | None:
    """Of MNIST-style files: the size of a picture, and as many classes as the largest label says."""
    for name in IMAGES:
        images = _content(folder / name, 16)
        labels = _content(folder / name.replace("images", "labels").replace("idx3", "idx1"))
        if images[:4] == PICTURES and labels[:4] == LABELS and len(labels) > 8:
            height, width = struct.unpack(">2I", images[8:16])
            return _facts(height, width, max(labels[8:]) + 1)
    return None


def _class_facts(folder: Path) -> DataFacts | None:
    """As many classes as subfolders; a single one is no choice between classes."""
    classes = subfolders(part_folders(folder)["train"])
    return DataFacts(len(classes), target="label") if len(classes) > 1 else None


def _content(path: Path, most: int = -1) -> bytes:
    """A file's first bytes, plain or gzip; empty where it is missing."""
    for file, opener in ((path, open), (path.with_name(f"{path.name}.gz"), gzip.open)):
        if file.is_file():
            with opener(file, "rb") as stream:
                return bytes(stream.read(most))
    return b""
