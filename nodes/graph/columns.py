"""The columns of the layer table: what each holds, as a number, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from nodes.graph.analysis import Costs, Layer, share
from nodes.graph.figures import field, memory, percent
from nodes.graph.infer import Receptive
from nodes.spec.node_type import EVERYTHING
from nodes.spec.sizes import Size, grouped

Number = Size | float | None  # None where it is not known, or makes no sense
Unit = Literal["text", "count", "bytes", "share", "field", "ms"]


@dataclass(frozen=True)
class Column:
    """One column. ``number`` is what it is sorted and coloured by, ``in_total`` what the last row holds."""

    key: str  # as in JSON and CSV: snake case, with the unit
    title: str
    unit: Unit
    doc: str
    number: Callable[[Layer, Costs], Number]
    in_total: Callable[[Costs], Number] = lambda costs: None
    words: Callable[[Layer], str] | None = None  # for what is no number

    @property
    def is_number(self) -> bool:
        return self.unit != "text"

    def shown(self, row: Layer, costs: Costs) -> str:
        """The cell for people; a dash where it is not known."""
        if self.words is not None:
            return self.words(row) or "–"
        return self._written(self.number(row, costs)) if row.is_known else "–"

    def shown_total(self, costs: Costs) -> str:
        value = self.in_total(costs)
        return "" if value is None else self._written(value)

    def exact(self, row: Layer, costs: Costs) -> str:
        """The cell for programs: plain digits."""
        if self.words is not None:
            return self.words(row)
        return _plain(self.number(row, costs)) if row.is_known else ""

    def exact_total(self, costs: Costs) -> str:
        return _plain(self.in_total(costs))

    def _written(self, value: Number) -> str:
        if value is None:
            return "–"
        if self.unit == "ms":
            return f"{value:.3g}"
        if isinstance(value, float):
            return percent(value)
        return memory(value) if self.unit == "bytes" else grouped(value)


def _shapes(row: Layer) -> str:
    return ", ".join(map(str, row.outputs.values()))


def _side(row: Layer, _costs: Costs) -> Number:
    """The widest side of what it sees; beyond all numbers where that is everything."""
    if isinstance(row.sight, Receptive):
        return max(row.sight.size)
    return float("inf") if row.sight == EVERYTHING else None


def _of_kind(kind: str) -> Column:
    """How often one kind of operation is done."""
    return Column(
        f"{kind}_flops",
        KINDS[kind],
        "count",
        f"Operations of the kind {kind} for one sample; a multiply-add is one multiply and one add.",
        lambda r, c: r.flops_by_kind.get(kind, 0),
        lambda c: c.flops_by_kind.get(kind, 0),
    )


KINDS = {"multiply": "Multiplications", "add": "Additions", "compare": "Comparisons", "exp": "Exponentials"}
COLUMNS: tuple[Column, ...] = (
    Column("name", "Name", "text", "The name on the canvas.", lambda r, c: None, words=lambda r: r.path),
    Column("type", "Type", "text", "As PyTorch calls it.", lambda r, c: None, words=lambda r: r.settings.torch_name),
    Column("output", "Output", "text", "Its shape without the batch.", lambda r, c: None, words=_shapes),
    Column(
        "weights",
        "Weights",
        "count",
        "Numbers that are learned, frozen ones included.",
        lambda r, c: r.weight_count,
        lambda c: c.weight_count,
    ),
    Column(
        "trainable_weights",
        "Trainable",
        "count",
        "Weights that training changes.",
        lambda r, c: r.trainable,
        lambda c: c.trainable,
    ),
    Column(
        "frozen_weights",
        "Frozen",
        "count",
        "Weights that stay as they are.",
        lambda r, c: r.frozen,
        lambda c: c.frozen,
    ),
    Column(
        "multiply_adds",
        "Multiply-adds",
        "count",
        "For one sample.",
        lambda r, c: r.multiply_adds,
        lambda c: c.multiply_adds,
    ),
    Column(
        "flops",
        "FLOPs",
        "count",
        "Operations for one sample: two for a multiply-add, one for a comparison, sum, product or exponential.",
        lambda r, c: r.flops,
        lambda c: c.flops,
    ),
    *(_of_kind(kind) for kind in KINDS),
    Column(
        "memory_bytes",
        "Memory",
        "bytes",
        "Of its output for one sample; none where it lies where the input lies.",
        lambda r, c: r.activation_bytes,
        lambda c: c.activation_bytes,
    ),
    Column(
        "weights_share",
        "Weights %",
        "share",
        "Its share of all weights.",
        lambda r, c: share(r.weight_count, c.weight_count),
    ),
    Column(
        "multiply_adds_share",
        "Multiply-adds %",
        "share",
        "Its share of all multiply-adds.",
        lambda r, c: share(r.multiply_adds, c.multiply_adds),
    ),
    Column(
        "memory_share",
        "Memory %",
        "share",
        "Its share of the memory of all values.",
        lambda r, c: share(r.activation_bytes, c.activation_bytes),
    ),
    Column(
        "sees",
        "Sees",
        "field",
        "Its receptive field: what one position sees of the input, the step to its neighbour's, and where the "
        "first one begins.",
        _side,
        words=lambda r: field(r.sight),
    ),
)
USUAL = ("name", "type", "output", "weights", "multiply_adds", "memory_bytes", "sees")
HEATED = tuple(column for column in COLUMNS if column.is_number)  # those that nodes can be coloured by


def column(key: str) -> Column:
    return next(one for one in COLUMNS if one.key == key)


def exact_table(columns: Iterable[Column], rows: Iterable[Layer], costs: Costs) -> list[list[str]]:
    """Head, rows and totals as plain text."""
    columns = list(columns)
    lines = [[one.key for one in columns]]
    lines += [[one.exact(row, costs) for one in columns] for row in rows]
    lines.append([one.exact_total(costs) for one in columns])
    lines[-1][0] = "total"
    return lines


def as_csv(lines: Iterable[Iterable[str]]) -> str:
    """Comma-separated, as RFC 4180 writes it."""
    return "\n".join(",".join(_quoted(cell) for cell in line) for line in lines)


def as_markdown(lines: list[list[str]], numbers: Iterable[bool]) -> str:
    """A table whose numbers stand at the right."""
    rule = ["---:" if is_number else "---" for is_number in numbers]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in _ruled(lines, rule))


def _ruled(lines: list[list[str]], rule: list[str]) -> list[list[str]]:
    return [lines[0], rule, *lines[1:]]


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in ',"\n') else cell


def _plain(value: Number) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
