"""What a report tells of a run, read from its folder. Imports no torch."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from nodes.graph.analysis import layers, total
from nodes.graph.differences import differences
from nodes.graph.files import load
from nodes.graph.infer import infer
from nodes.graph.model import Graph
from runtime.faults import RefusalError
from runtime.recipe_parts.words import SHARES
from runtime.run_list import Row, read_row
from runtime.runs import ENVIRONMENT, NETWORK, RECIPE

DATA = "data.json"
Table = list[tuple[str, ...]]
MOST_CLASSES = 20


@dataclass(frozen=True)
class RunFacts:
    """One run."""

    path: Path
    row: Row
    graph: Graph
    notes: str
    results: dict[str, str]
    settings: dict[str, str]  # of recipe and data: all, as they were used
    unusual: dict[str, str]  # those of them that are not as usual
    data: dict[str, str]
    environment: dict[str, str]
    layers: Table  # with a head

    @property
    def file(self) -> Path:
        """The network with recipe and data as they were used: all that a command needs to repeat the run."""
        return self.path / NETWORK

    @property
    def commands(self) -> list[str]:
        """What repeats it, checks that its first steps come out again, and measures its weights."""
        file, run = shlex.quote(str(self.file.resolve())), shlex.quote(str(self.path.resolve()))
        device = " --device cpu" if self.environment.get("device") == "cpu" else ""
        return [f"netwright train {file}{device}", f"netwright verify {run}", f"netwright evaluate {run}"]


def facts_of(run: Path) -> RunFacts:
    """Raises RefusalError, NetworkFileError."""
    if not (run / NETWORK).is_file():
        raise RefusalError(f"{run} is no run: it has no {NETWORK}.", "Name a folder that a training has made.")
    network, row = load(run / NETWORK).network, read_row(run)
    settings = {
        f"{part}.{name}": _text(value)
        for part, inner in _read(run / RECIPE).items()
        if isinstance(inner, dict)
        for name, value in inner.items()
    }
    unusual = {key: settings.get(key, _text(value)) for key, value in row.settings.items()}
    environment = {name: _text(value) for name, value in _read(run / ENVIRONMENT).items()}
    described = _described(_read(run / DATA))
    return RunFacts(
        path=run,
        row=row,
        graph=network.graph,
        notes=network.notes,
        results=_results(row),
        settings=settings,
        unusual=unusual,
        data=described,
        environment=environment,
        layers=_layers(network.graph),
    )


def _described(data: Mapping[str, Any]) -> dict[str, str]:
    """Samples of each part, what a sample is made of, the numbers that it is normalised with, the fingerprint."""
    told = {}
    if isinstance(samples := data.get("samples"), dict):
        told["samples"] = ", ".join(f"{part} {count:,}" for part, count in samples.items())
    fields = data.get("fields")
    for field in fields if isinstance(fields, list) else ():
        sizes = " × ".join(map(str, field.get("shape", ()))) or "one number"
        classes = field.get("classes", ())
        shown = ", ".join(classes[:MOST_CLASSES]) + (", …" if len(classes) > MOST_CLASSES else "")
        told[str(field.get("name", ""))] = sizes + (f", {len(classes)} classes: {shown}" if classes else "")
    told |= {name: _text(data[name]) for name in ("mean", "std") if data.get(name)}
    plain = {name: value for name, value in data.items() if not isinstance(value, dict | list)}
    return told | {name.replace("_", " "): _text(value) for name, value in plain.items()}


def _results(row: Row) -> dict[str, str]:
    found = {"state": row.state}
    found |= {name.replace("_", " "): _measure(name, value) for name, value in sorted(row.metrics.items())}
    found |= {"epochs": f"{row.epochs:g}", "steps": f"{row.steps:,}", "seconds": f"{row.seconds:.1f}"}
    found["weights"] = f"{row.weights:,}"
    if row.multiply_adds:
        found["multiply-adds"] = f"{row.multiply_adds:,}"
    return found


def _measure(name: str, value: float) -> str:
    return f"{value:.2%}" if name.partition("_")[2] in SHARES else f"{value:.4g}"


def _layers(graph: Graph) -> Table:
    rows = list(layers(infer(graph)))
    sums = total(rows)
    table: Table = [("layer", "type", "gives", "weights")]
    for row in rows:
        gives = next(iter(row.outputs.values()), None)
        sizes = " × ".join(map(str, gives)) if gives is not None else ""
        table.append((row.path, row.settings.title, sizes, f"{row.weight_count:,}" if row.is_known else "?"))
    return [*table, ("together", "", "", f"{sums.weight_count:,}")]


def changed(runs: Sequence[RunFacts]) -> Table:
    """Settings in which runs differ, a column a run, with a head."""
    keys = sorted({key for run in runs for key in run.settings})
    rows = [(key, *(run.settings.get(key, "–") for run in runs)) for key in keys]
    return [("setting", *(run.row.name for run in runs)), *(row for row in rows if len(set(row[1:])) > 1)]


def compared(runs: Sequence[RunFacts]) -> Table:
    """What each came to, a column a run, with a head."""
    keys = dict.fromkeys(key for run in runs for key in run.results)
    return [
        ("result", *(run.row.name for run in runs)),
        *((key, *(run.results.get(key, "–") for run in runs)) for key in keys),
    ]


def redrawn(runs: Sequence[RunFacts]) -> list[str]:
    """What differs in the drawings, from the first to each other."""
    told = []
    for run in runs[1:]:
        found = differences(runs[0].graph, run.graph)
        parts = [f"{node.name} {node.sort}{_changes(node.settings)}" for node in found.nodes]
        links = f"{len(found.linked)} links more, {len(found.unlinked)} less"
        words = "; ".join([*parts, links]) if not found.is_empty else "the same drawing"
        told.append(f"{runs[0].row.name} → {run.row.name}: {words}")
    return told


def _changes(settings: Mapping[str, tuple[Any, Any]]) -> str:
    return " (" + ", ".join(f"{k} {a} → {b}" for k, (a, b) in settings.items()) + ")" if settings else ""


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _read(path: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):
        return {}
