"""The text of every layer in ``runtime/layers``, for the sources of networks. Nothing is imported from there."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "layers"


@cache
def layer_texts() -> Mapping[str, str]:
    """Each class and function by its name, in an order in which none stands before what it needs."""
    found: dict[str, str] = {}
    for file in sorted(FOLDER.glob("*.py")):
        text = file.read_text(encoding="utf-8")
        for part in ast.parse(text).body:
            if isinstance(part, ast.ClassDef | ast.FunctionDef):
                found[part.name] = ast.get_source_segment(text, part) or ""
    return found
