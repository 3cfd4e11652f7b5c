"""What the commands print: lines for people, one JSON object for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console


def print_json(report: dict[str, Any]) -> None:
    """One object, on stdout."""
    Console(soft_wrap=True, highlight=False, markup=False).out(json.dumps(report, ensure_ascii=False))


def print_export(console: Console, report: Mapping[str, Any]) -> None:
    """What was written, and how well it was proven."""
    for kind in ("png", "svg"):
        if f"{kind}_path" in report:
            size = f"{report[f'{kind}_width_px']} × {report[f'{kind}_height_px']} px"
            console.print(f"{report[f'{kind}_path']}: {size}", highlight=False, markup=False, soft_wrap=True)
    for line in report.get("lines", ()):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def print_predictions(console: Console, found: Iterable[Mapping[str, Any]]) -> None:
    """The class of each picture, or the numbers of a network that does not classify."""
    for entry in found:
        if "class_name" in entry:
            line = f"{entry['file']}: {entry['class_name']} ({entry['probability']:.1%})"
        else:
            line = f"{entry['file']}: {entry['outputs']}"
        console.print(line, highlight=False, markup=False, soft_wrap=True)
