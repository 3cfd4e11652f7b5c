"""The networks that come with the program, by chapter, as their index lists them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

EXAMPLES = Path(__file__).resolve().parent.parent / "resources" / "networks"


class Example(NamedTuple):
    """One network to open: its file, what it is called and what it costs."""

    path: Path
    title: str
    figures: str


def examples() -> list[Path]:
    return sorted(EXAMPLES.glob("*.netw"))


def chapters() -> dict[str, list[Example]]:
    """The examples in the order of the index; a file that it does not list comes last, under its own name."""
    found: dict[str, list[Example]] = {}
    waiting = {path.stem: path for path in examples()}
    for entry in _index():
        path = waiting.pop(entry["name"], None)
        if path is not None:
            found.setdefault(entry["chapter"], []).append(Example(path, entry["title"], entry["figures"]))
    for name, path in waiting.items():
        found.setdefault("Others", []).append(Example(path, name.replace("_", " "), ""))
    return found


def _index() -> list[dict[str, str]]:
    try:
        entries = json.loads((EXAMPLES / "index.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # without an index every file is still listed
        return []
    return entries if isinstance(entries, list) else []
