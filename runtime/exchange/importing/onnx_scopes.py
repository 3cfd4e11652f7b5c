"""The modules that the nodes of an ONNX file stood in, as far as their names or those of their weights tell them."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx

from runtime.exchange.importing.drawing import Level, Path

LONGEST, DEEPEST = 4000, 32  # letters and words of a name that is read
NUMBERED = re.compile(r"[A-Za-z]*_?\d*")  # names that exporters give where they know none


@dataclass(frozen=True)
class _Told:
    """The words of a name; ``is_module`` where they name the module itself and not the node in it."""

    words: tuple[str, ...] = ()
    is_module: bool = False


@dataclass
class Scopes:
    """``told`` is what each node says of itself; ``holding`` are the modules that hold others."""

    nodes: Sequence[onnx.NodeProto]
    told: list[_Told] = field(init=False)
    holding: set[tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        told = [_told(node) for node in self.nodes]
        self.told = [one if len(one.words) <= DEEPEST else _Told() for one in told]
        self.holding = {one.words[:n] for one in self.told if one.is_module for n in range(1, len(one.words))}

    @property
    def are_told(self) -> bool:
        return any(one.words for one in self.told)

    def place(self, number: int, known: Mapping[str, Any]) -> tuple[Path, str]:
        """The modules around a node, and its own name; empty where it has none that says anything.

        A step of a module that holds others, such as the sum of a residual block, stands in that module.
        """
        node, told = self.nodes[number], self.told[number]
        words = told.words
        if not words:
            weights = [name for name in node.input if name.count(".") and isinstance(known.get(name), np.ndarray)]
            words = tuple(weights[0].split(".")[:-1]) if weights else ()
        if not words:
            return (), "" if NUMBERED.fullmatch(node.name) else node.name
        if told.is_module and words in self.holding:
            return _levels(words), ""
        return _levels(words[:-1]), words[-1]


def _levels(words: Sequence[str]) -> Path:
    return tuple(
        Level(word, f"{words[n - 1]}_part" if word.isdigit() and n else word) for n, word in enumerate(words)
    )


def _told(node: onnx.NodeProto) -> _Told:
    """``/layer1/layer1.0/conv1/Conv`` or ``layer1.0.conv1`` as layer1, 0, conv1."""
    for entry in node.metadata_props:
        if entry.key == "pkg.torch.onnx.name_scopes" and len(entry.value) < LONGEST:
            try:
                scopes = [scope for scope in ast.literal_eval(entry.value) if isinstance(scope, str) and scope]
            except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
                break
            return _Told(tuple(str(scopes[-2]).split(".")), is_module=True) if len(scopes) > 1 else _Told()
    if len(node.name) > LONGEST:
        return _Told()
    if node.name.startswith("/"):
        words: list[str] = []
        for part in node.name.strip("/").split("/"):
            inner = part.split(".")
            shared = next((k for k in range(len(inner), 0, -1) if words[-k:] == inner[:k]), 0)
            words += inner[shared:]
        return _Told(tuple(words[:-1]), is_module=True)
    if "." in node.name and re.fullmatch(r"[\w.]+", node.name):
        words = node.name.split(".")
        is_number = words[-1].isdigit() and words[-2] == node.op_type  # p2o.Conv.12 of PaddlePaddle
        return _Told() if is_number else _Told(tuple(words))
    return _Told()
