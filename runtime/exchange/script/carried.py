"""Parts of the program that a script carries as they stand: what varies samples, the area under the curve, and what
adversaries do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

RUNTIME = Path(__file__).parents[2]
FILES = (
    "recipe_parts/augmentation.py", "augmentation/draws.py", "augmentation/colour.py", "augmentation/geometry.py",
    "augmentation/erasing.py", "augmentation/mixing.py", "ranking.py", "adversarial.py",
)  # fmt: skip
"""In an order in which none needs a later one."""
SETTINGS = "AugmentationSettings"  # of whose class a script needs the values alone
IMPORTS = {
    "math": "import math",
    "Callable": "from collections.abc import Callable",
    "dataclass": "from dataclasses import dataclass",
    "partial": "from functools import partial",
    "SimpleNamespace": "from types import SimpleNamespace",
    "Any": "from typing import Any",
    "NamedTuple": "from typing import NamedTuple",
}


class _Part(NamedTuple):
    text: str
    names: frozenset[str]  # that it gives
    needs: frozenset[str]


@cache
def _parts() -> tuple[_Part, ...]:
    """Every class, function and constant of the files."""
    found = []
    for file in FILES:
        text = (RUNTIME / file).read_text(encoding="utf-8")
        lines = text.splitlines()
        for node in ast.parse(text).body:
            names = _given(node) - {SETTINGS}
            if names:
                decorators = getattr(node, "decorator_list", [])
                first = min([node.lineno, *(one.lineno for one in decorators)])
                written = "\n".join(lines[first - 1 : node.end_lineno]).replace(SETTINGS, "SimpleNamespace")
                found.append(_Part(written, names, _names_in(node) - names))
    return tuple(found)


def _given(node: ast.stmt) -> frozenset[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return frozenset([node.name])
    if isinstance(node, ast.Assign):
        return frozenset(n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name))
    return frozenset()


def _names_in(node: ast.AST) -> frozenset[str]:
    return frozenset(inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))


def carried(wanted: Iterable[str]) -> Mapping[str, str]:
    """The texts of some of them and of all that these need, by a name, each after what it needs."""
    names, waiting = set[str](), set(wanted)
    while waiting:
        names |= waiting
        waiting = set().union(*(part.needs for part in _parts() if part.names & waiting)) - names
    return {min(part.names): part.text for part in _parts() if part.names & names}


def imports_of(code: str) -> list[str]:
    """The lines that import what some code needs of Python itself."""
    return [line for word, line in IMPORTS.items() if re.search(rf"\b{word}\b", code)]


def names_in(code: str) -> frozenset[str]:
    """The classes, functions and values that some code names."""
    return frozenset().union(*map(_given, ast.parse(code).body))
