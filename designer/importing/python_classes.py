"""What a Python file says of its networks, read without running any of it."""

from __future__ import annotations

import ast
from pathlib import Path


def networks_in(path: Path) -> dict[str, tuple[str, ...]]:
    """The classes of a file that are modules, and what the ``forward`` of each takes, by name.

    A class counts whose base is called ``Module``, or another class of the file that counts. Empty where the file
    cannot be read as Python: the import says why.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(_is_module(base, found) for base in node.bases):
            inherited = next(
                (found[base.id] for base in node.bases if isinstance(base, ast.Name) and base.id in found), ()
            )
            found[node.name] = _inputs(node, inherited)
    return found


def _is_module(base: ast.expr, known: dict[str, tuple[str, ...]]) -> bool:
    if isinstance(base, ast.Attribute):
        return base.attr == "Module"
    return isinstance(base, ast.Name) and (base.id == "Module" or base.id in known)


def _inputs(node: ast.ClassDef, inherited: tuple[str, ...]) -> tuple[str, ...]:
    for inner in node.body:
        if isinstance(inner, ast.FunctionDef) and inner.name == "forward":
            names = [argument.arg for argument in (*inner.args.posonlyargs, *inner.args.args)][1:]
            return tuple(names[: len(names) - len(inner.args.defaults)])
    return inherited
