"""``netwright data``: the forms of data that can be read, and what a source gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from nodes.graph.model import Graph, Network
from runtime.data.choice import DataChoice
from runtime.data.forms import FORMS
from runtime.recipe import override


def listed() -> list[dict[str, Any]]:
    """Each form, with the settings that it reads."""
    return [
        {"form": f.name, "title": f.title, "takes": f.takes, "gives": f.gives, "settings": list(f.settings)}
        for f in FORMS
    ]


def described(source: str, assignments: Sequence[str]) -> dict[str, Any]:
    """What a source gives with some settings of the data choice. Raises DataError, SettingError."""
    from runtime.data.open import open_data
    from runtime.data.record import description

    network = Network(Graph(), data={"source": source})
    for assignment in assignments:
        network = override(network, assignment)
    return description(open_data(DataChoice.read(network.data)))


def print_forms(console: Console, forms: Sequence[Mapping[str, Any]]) -> None:
    for form in forms:
        console.print(f"{form['title']} ({form['form']})", style="bold", highlight=False)
        console.print(f"  source    {form['takes']}", highlight=False)
        console.print(f"  gives     {form['gives']}", highlight=False)
        if form["settings"]:
            console.print(f"  settings  {', '.join(form['settings'])}", highlight=False)


def print_data(console: Console, data: Mapping[str, Any]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("field", "shape", "values", "classes"):
        table.add_column(heading)
    for field in data["fields"]:
        shape = " × ".join(map(str, field["shape"])) or "one number"
        count = str(len(field["classes"])) if field["classes"] else ""
        name = f"{field['name']} (target)" if field["is_target"] else field["name"]
        table.add_row(name, shape, field["values"], count)
    console.print(table)
    console.print(", ".join(f"{count:,} {part}" for part, count in data["samples"].items()))
    for note in data["notes"]:
        console.print(note)
