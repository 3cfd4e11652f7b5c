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
from runtime.data.choice import DIGITS, DataChoice
from runtime.data.class_folders import part_folders, subfolders
from runtime.data.forms import MASKED, PHOTOGRAPHS, READY_SETS, TORCHVISION, TOY

IMAGES = ("train-images-idx3-ubyte", "train-images.idx3-ubyte")
TOY_SHAPES = {
    "moons": ("point", Shape(2), 2),
    "circles": ("point", Shape(2), 2),
    "spirals": ("point", Shape(2), 3),
    "signals": ("signal", Shape(1, 40, axes="CL"), 10),
    "ring": ("point", Shape(2), 8),
}
WRITING_TOYS = {
    "captions": ({"image": Shape(3, 24, 24)}, 12, 14),
    "numbers": ({"source": Shape(7, axes="L", values="index")}, 5, 14),
}
"""What is read, the length of what is written, and how many words there are."""
LARGEST_TEXT = 16_000_000  # bytes that a glance may take
PICTURES, LABELS = b"\0\0\x08\x03", b"\0\0\x08\x01"  # bytes in three axes, and in one


def glance(data: Mapping[str, Any], base: Path) -> DataFacts | None:
    """Fields and number of classes of a network's data choice; None where that takes more than a glance.

    ``base`` is where a relative folder starts. Of pictures in a folder for each class only the classes are known:
    their sizes are seen when they are read.
    """
    facts, noise = _source_facts(data, base), data.get("noise", 0)
    if facts is None or not facts.fields or not isinstance(noise, int) or noise < 1:
        return facts
    return dataclasses.replace(facts, fields={**facts.fields, "noise": Shape(noise), "real": Shape(1)})


def _source_facts(data: Mapping[str, Any], base: Path) -> DataFacts | None:
    """What the source alone gives."""
    source = data.get("source", DIGITS)
    if source == DIGITS:
        return dataclasses.replace(_facts(8, 8, 10), is_chosen="source" in data)
    if not isinstance(source, str) or not source or "\0" in source:
        return None
    if source.startswith((TOY, TORCHVISION)):
        return _named_facts(source)
    try:
        folder = base / Path(source).expanduser()
        if folder.suffix.lower() == ".txt":
            return _text_facts(folder, data)
        return _idx_facts(folder) or _class_facts(folder)
    except (OSError, EOFError, RuntimeError, UnicodeDecodeError, zlib.error, struct.error):
        return None


def _facts(height: int, width: int, classes: int) -> DataFacts:
    return DataFacts(classes, {"image": Shape(1, height, width), "label": Shape(values="index")}, "label")


def _named_facts(source: str) -> DataFacts | None:
    """Of toys and ready sets all is known before they are made or fetched."""
    kind, _, name = source.partition(":")
    if f"{kind}:" == TOY and name in TOY_SHAPES:
        field, shape, classes = TOY_SHAPES[name]
        return DataFacts(classes, {field: shape, "label": Shape(values="index")}, "label")
    if f"{kind}:" == TOY and name in WRITING_TOYS:
        fields, length, words = WRITING_TOYS[name]
        written = Shape(length, axes="L", values="index")
        return DataFacts(words, {**fields, "written": written, "next": written}, "next")
    if f"{kind}:" == TORCHVISION and name in READY_SETS:
        size, classes = READY_SETS[name]
        return DataFacts(classes, {"image": Shape(*size), "label": Shape(values="index")}, "label")
    if f"{kind}:" == TORCHVISION and name in PHOTOGRAPHS:
        return DataFacts(PHOTOGRAPHS[name][0], target="label")  # their size is a setting
    if f"{kind}:" == TORCHVISION and name in MASKED:
        return DataFacts(MASKED[name], target="mask")
    return None


def _idx_facts(folder: Path) -> DataFacts | None:
    """Of MNIST-style files: the size of a picture, and as many classes as the largest label says."""
    for name in IMAGES:
        images = _content(folder / name, 16)
        labels = _content(folder / name.replace("images", "labels").replace("idx3", "idx1"))
        if images[:4] == PICTURES and labels[:4] == LABELS and len(labels) > 8:
            height, width = struct.unpack(">2I", images[8:16])
            return _facts(height, width, max(labels[8:]) + 1)
    return None


def _text_facts(path: Path, data: Mapping[str, Any]) -> DataFacts | None:
    """As many classes as different characters in the training part."""
    shares = [data.get("validation", DataChoice.validation), data.get("test", DataChoice.test)]
    if path.stat().st_size > LARGEST_TEXT or not all(isinstance(share, int | float) for share in shares):
        return None
    text = path.read_text(encoding="utf-8-sig")
    training = len(text) - sum(round(share * len(text)) for share in shares)
    return DataFacts(len(set(text[:training])), target="next") if training > 0 else None


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
