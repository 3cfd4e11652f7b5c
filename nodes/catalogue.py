"""Every node type there is: found by scanning this folder, looked up by ``type_id``."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache

import nodes
from nodes.spec.node_type import NodeType

FAMILIES = (
    "boundary", "conv", "pooling", "linear", "activation", "normalization", "dropout", "recurrent",
    "attention", "embedding", "merge", "reshape", "arithmetic", "loss", "block", "code",
)  # fmt: skip
"""The order of the palette. A family that is not named here comes last."""


@cache
def catalogue() -> tuple[type[NodeType], ...]:
    """All node types, family by family, in the order in which they are declared."""
    names = sorted(m.name for m in pkgutil.iter_modules(nodes.__path__) if not m.ispkg and m.name != "catalogue")
    found: list[type[NodeType]] = []
    for name in names:
        module = importlib.import_module(f"nodes.{name}")
        found += [
            member
            for member in vars(module).values()
            if inspect.isclass(member)
            and issubclass(member, NodeType)
            and "type_id" in vars(member)
            and member.__module__ == module.__name__
        ]
    place = {family: number for number, family in enumerate(FAMILIES)}
    return tuple(sorted(found, key=lambda declared: place.get(declared.family, len(FAMILIES))))


@cache
def _by_id() -> dict[str, type[NodeType]]:
    return {declared.type_id: declared for declared in catalogue()}


def find_type(type_id: str) -> type[NodeType] | None:
    """The node type of that id; None where this version has none."""
    return _by_id().get(type_id)
