"""``netwright data``: the forms of data that can be read, and what a source gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from nodes.graph.files import SUFFIX, load
from nodes.graph.model import Graph, Network
from runtime.data.choice import DataChoice
from runtime.data.forms import FORMS
from runtime.download_bar import shown_on
from runtime.faults import RefusalError
from runtime.recipe import override

TOLD = 12  # classes whose samples are counted one by one


def listed() -> list[dict[str, Any]]:
    """Each form, with the settings that it reads."""
    return [
        {"form": f.name, "title": f.title, "takes": f.takes, "gives": f.gives, "settings": list(f.settings)}
        for f in FORMS
    ]


def described(source: str, assignments: Sequence[str]) -> dict[str, Any]:
    """What a source gives with some settings of the data choice. Raises DataError, SettingError, NetworkFileError."""
    from runtime.data.open import open_data
    from runtime.data.record import description

    network, base = _chosen(source, assignments)
    with shown_on(Console(stderr=True)):
        return description(open_data(DataChoice.read(network.data), base))


def sheet(source: str, assignments: Sequence[str], out: Path) -> dict[str, Any]:
    """Draws training samples as they are and as they will be varied.

    Raises DataError, SettingError, NetworkFileError, TrainingError, RefusalError.
    """
    from runtime.augmentation.sheet import sheet_of

    if out.suffix.lower() != ".png":
        raise RefusalError(f"{out.name} does not end in .png.", f"Name it {out.with_suffix('.png').name}.")
    network, base = _chosen(source, assignments)
    return sheet_of(network.data, network.recipe, base, out)


def _chosen(source: str, assignments: Sequence[str]) -> tuple[Network, Path]:
    """The data and the recipe of a network file, or a source and the recipe as it begins; and where paths start."""
    if source.endswith(SUFFIX):
        network, base = load(Path(source)).network, Path(source).parent
    else:
        network, base = Network(Graph(), data={"source": source}), Path.cwd()
    for assignment in assignments:
        network = override(network, assignment, Path.cwd())
    return network, base


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
    counts = data["class_counts"]["train"]
    target = next((field for field in data["fields"] if field["is_target"]), None)
    if counts and target:
        told = [f"{name} {count:,}" for name, count in zip(target["classes"], counts, strict=True)]
        more = f" and {len(told) - TOLD} more classes" if len(told) > TOLD else ""
        console.print(f"To train on: {', '.join(told[:TOLD])}{more}", highlight=False, markup=False)
    for note in data["notes"]:
        console.print(note)
