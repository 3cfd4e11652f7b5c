"""What ``netwright check`` prints: the layer table, totals, training memory and problems."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rich.console import Console

from nodes.graph.analysis import Costs, Layer, layers, total
from nodes.graph.check import problems
from nodes.graph.columns import COLUMNS, USUAL, as_csv, as_markdown, column, exact_table
from nodes.graph.figures import by_kind, field, memory, rounded
from nodes.graph.infer import Inference, Receptive, infer
from nodes.graph.lecture import HEAD, lecture
from nodes.graph.memory import StepMemory, batch_of, step_memory, step_words
from nodes.graph.model import Network
from nodes.graph.problem import DataFacts, Problem
from nodes.graph.program import UnknownSizeError
from nodes.graph.remedies import Remedy, remedies
from nodes.spec.sizes import Size, grouped
from runtime.machine import free_memory

MARKS = {"error": "red", "warning": "yellow", "remark": "dim"}
GAP = "  "
Table = list[tuple[str, ...]]


@dataclass(frozen=True)
class Check:
    """A network with all that is known of it, and of its data."""

    network: Network
    data: DataFacts | None
    inference: Inference
    problems: tuple[Problem, ...]
    available: int | None  # bytes of memory on this machine

    @property
    def has_errors(self) -> bool:
        return any(problem.severity == "error" for problem in self.problems)

    @cached_property
    def rows(self) -> list[Layer]:
        return layers(self.inference)

    @cached_property
    def every_layer(self) -> list[Layer]:
        """Also those within blocks."""
        return layers(self.inference, expanded=True)

    @cached_property
    def costs(self) -> Costs:
        return total(self.rows)

    @property
    def batch_size(self) -> int:
        return batch_of(self.network.recipe)

    @cached_property
    def step(self) -> StepMemory | UnknownSizeError:
        try:
            return step_memory(self.inference, self.network.recipe)
        except UnknownSizeError as error:
            return error

    @cached_property
    def remedies(self) -> list[tuple[Remedy, ...]]:
        """What would mend each problem, the best first."""
        batch = _asked_batch(self.network)
        return [remedies(self.network.graph, self.inference, one, self.data, batch) for one in self.problems]


def checked(network: Network, data: DataFacts | None = None) -> Check:
    inference = infer(network.graph)
    found = problems(network.graph, inference, data, _asked_batch(network))
    return Check(network, data, inference, found, free_memory())


def _asked_batch(network: Network) -> int:
    """Samples in a step; 0 where the recipe does not say."""
    size = network.recipe.get("batch_size", 0)
    return size if isinstance(size, int) else 0


# --- for programs


def as_json(check: Check) -> dict[str, Any]:
    """Nodes, every layer, totals, training memory and problems."""
    costs = check.costs
    return {
        "nodes": [_entry(row) for row in check.rows],
        "layers": [_entry(row) for row in check.every_layer],
        "weights": costs.weight_count,
        "trainable_weights": costs.trainable,
        "frozen_weights": costs.frozen,
        "multiply_adds": _plain(costs.multiply_adds),
        "flops": _plain(costs.flops),
        "flops_by_kind": {kind: _plain(count) for kind, count in costs.flops_by_kind.items()},
        "activation_bytes": _plain(costs.activation_bytes),
        "training": _training(check),
        "problems": [_problem(*pair) for pair in zip(check.problems, check.remedies, strict=True)],
    }


def as_text(check: Check, form: str, *, every: bool) -> str:
    """The table with plain numbers, as ``csv`` or ``markdown``."""
    columns = COLUMNS if form == "csv" else [column(key) for key in USUAL]
    lines = exact_table(columns, check.every_layer if every else check.rows, check.costs)
    return as_csv(lines) if form == "csv" else as_markdown(lines, [one.is_number for one in columns])


def _problem(problem: Problem, offered: tuple[Remedy, ...]) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "kind": problem.kind,
        "node": problem.node,
        "within": list(problem.within),
        "fact": problem.fact,
        "remedy": problem.remedy,
        "reason": problem.reason,
        "parameter": problem.parameter,
        "remedies": [{"text": remedy.text, "price": remedy.price} for remedy in offered],
    }


def _training(check: Check) -> dict[str, Any]:
    if isinstance(check.step, UnknownSizeError):
        return {"batch_size": check.batch_size, "total_bytes": None, "unknown_sizes": list(check.step.names)}
    taken = check.step.at(check.batch_size)
    parts = {f"{name}_bytes": size for name, size in dataclasses.asdict(taken).items() if name != "batch_size"}
    largest = None if check.available is None else check.step.largest_batch(check.available)
    return {
        "batch_size": taken.batch_size,
        "total_bytes": taken.total,
        **parts,
        "available_bytes": check.available,
        "largest_batch_size": largest,
    }


def _entry(row: Layer) -> dict[str, Any]:
    seen = row.sight
    return {
        "name": row.path,
        "type": row.settings.type_id,
        "output_shapes": {port: [_plain(size) for size in shape] for port, shape in row.outputs.items()},
        "weights": row.weight_count,
        "trainable_weights": row.trainable,
        "frozen_weights": row.frozen,
        "multiply_adds": _plain(row.multiply_adds),
        "flops": _plain(row.flops),
        "flops_by_kind": {kind: _plain(count) for kind, count in row.flops_by_kind.items()},
        "activation_bytes": _plain(row.activation_bytes),
        "receptive_field": list(seen.size) if isinstance(seen, Receptive) else seen,
        "receptive_field_stride": list(seen.jump) if isinstance(seen, Receptive) else None,
        "receptive_field_start": list(seen.start) if isinstance(seen, Receptive) else None,
    }


def _plain(size: Size) -> int | str:
    return size if isinstance(size, int) else str(size)


# --- for people


def print_check(console: Console, check: Check, *, every: bool) -> None:
    """The lectures' table with what fits beside it, or ``every`` layer; then totals, notes and problems."""
    table = _every_layer(check) if every else _lecture(check, console.width)
    print_table(console, table)
    for line in _totals(check, with_lecture=not every):
        console.print(line, style="dim", markup=False, highlight=False, soft_wrap=True)
    notes = "" if every else _notes(check.network.notes, console.width)
    if notes:
        console.print(notes, style="dim", markup=False, highlight=False, soft_wrap=True)
    for problem, offered in zip(check.problems, check.remedies, strict=True):
        console.print(f"{problem.severity}: ", style=MARKS[problem.severity], end="")
        console.print(str(problem), markup=False, highlight=False, soft_wrap=True)
        for remedy in offered:
            text = f"  → {remedy.text}: {remedy.price}"
            console.print(text, style="dim", markup=False, highlight=False, soft_wrap=True)


def print_table(console: Console, table: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> None:
    """Rows in columns as wide as their widest cell; the first row is the head. A thousand rows take milliseconds."""
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
    lines = [
        GAP.join(
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
    console.print(lines[0], style="bold", markup=False, highlight=False, soft_wrap=True)
    console.out("\n".join(lines[1:]), highlight=False)


def _lecture(check: Check, width: int) -> Table:
    """Node, layer, size, memory and weights with their sums; multiply-adds and receptive field where they fit."""
    by_path = {row.path: row for row in check.rows}
    narrow: Table = [("Node", *HEAD), *((row.path, *row.cells) for row in lecture(check.rows).rows)]
    wide: Table = [(*narrow[0], "Multiply-adds", "Sees")]
    for line in narrow[1:]:
        row = by_path[line[0]]
        wide.append((*line, grouped(row.multiply_adds) if row.is_known else "–", field(row.sight)))
    needed = sum(max(map(len, cells)) + len(GAP) for cells in zip(*wide, strict=True))
    return wide if needed <= width else narrow


def _every_layer(check: Check) -> Table:
    columns, costs = [column(key) for key in USUAL], check.costs
    table: Table = [tuple(one.title for one in columns)]
    table += [tuple(one.shown(row, costs) for one in columns) for row in check.every_layer]
    return [*table, ("Total", *(one.shown_total(costs) for one in columns[1:]))]


def _totals(check: Check, *, with_lecture: bool) -> Iterable[str]:
    costs = check.costs
    if with_lecture:
        found = lecture(check.rows)
        left_out = len(check.rows) - len(found.rows)
        yield "Memory:   " + found.totals[0]
        yield "Weights:  " + found.totals[1] + (f"; {grouped(costs.frozen)} of them frozen" if costs.frozen else "")
        if left_out:
            yield f"{left_out} nodes that only change or judge numbers are left out; --all lists them."
    kinds = f" ({by_kind(costs.flops_by_kind)})" if costs.flops_by_kind else ""
    yield f"Work:     {rounded(costs.multiply_adds)} multiply-adds; {rounded(costs.flops)} FLOPs{kinds} / sample"
    if costs.weight_count and not check.has_errors:
        yield "Training: " + _training_line(check)


def _notes(notes: str, width: int) -> str:
    """What the network's author says of it, as a paragraph without what would steer a terminal."""
    words = " ".join("".join(c if c.isprintable() else " " for c in notes).split())
    return textwrap.fill(words, max(width, 60), initial_indent="Notes:    ", subsequent_indent=10 * " ")


def _training_line(check: Check) -> str:
    if isinstance(check.step, UnknownSizeError):
        return f"{check.step} Give the Input numbers to see it."
    taken = check.step.at(check.batch_size)
    line = (
        f"{memory(taken.total)} at {step_words(check.network.recipe)} (weights {memory(taken.weights)}, "
        f"gradients {memory(taken.gradients)}, optimizer {memory(taken.optimizer_state)}, "
        f"kept for the way back {memory(taken.kept)}, passing {memory(taken.passing + taken.workspace)})"
    )
    if check.available is None:
        return f"{line}."
    largest = check.step.largest_batch(check.available)
    fits = f"at most batch {grouped(largest)} fits" if largest else "not even one sample fits"
    return f"{line}; {fits} into the {memory(check.available)} that are free here."
