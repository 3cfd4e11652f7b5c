"""Runs in one picture: their losses and accuracies, and accuracy against multiply-adds with weights as area."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from nodes.graph.files import write_atomically
from runtime import runs
from runtime.curves_picture import LINE, PANEL, SECONDARY, TEXT, Curve, gathered, smoothed
from runtime.run_list import Row

COLORS = ("#0b6bd6", "#e69f00", "#2fb58b", "#cc79a7", "#e0662e", "#8e7cff", "#9a9a9a", "#ff6166")
MOST_AREA = 900  # points² of the run with the most weights
ACCURACIES = ("test_accuracy", "best_accuracy")


def draw_comparison(rows: Sequence[Row], out: Path) -> None:
    """A PNG file. Raises NetworkFileError where it cannot be written."""
    curves = [gathered(runs.read_entries(Path(row.path))[0]) for row in rows]
    panels = ["Loss"] + (["Accuracy"] if any(a.training or a.validation for _, a in curves) else [])
    points = [(row, accuracy_of(row)) for row in rows]
    priced = [(n, row, a) for n, (row, a) in enumerate(points) if a is not None and row.multiply_adds]
    has_prices = len({row.multiply_adds for _, row, _ in priced}) > 1
    count = len(panels) + has_prices
    figure = Figure(figsize=(4.6 * count, 4.2), facecolor=PANEL, layout="constrained")
    FigureCanvasAgg(figure)
    fields = figure.subplots(1, count, squeeze=False)[0]
    for number, name in enumerate(panels):
        for place, (row, pair) in enumerate(zip(rows, curves, strict=True)):
            _draw(fields[number], pair[number], row.name, COLORS[place % len(COLORS)])
        _dress(fields[number], name, "epoch")
    if has_prices:
        _draw_prices(fields[-1], priced)
    known = fields[0].get_legend_handles_labels()
    figure.legend(*known, loc="outside lower center", ncols=count, frameon=False, labelcolor=TEXT, fontsize=9)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=144)
    write_atomically(out, picture.getvalue())


def accuracy_of(row: Row) -> float | None:
    return next((row.metrics[name] for name in ACCURACIES if name in row.metrics), None)


def _draw(axes: Axes, curve: Curve, name: str, color: str) -> None:
    """Validation where there is any, and the training behind it."""
    behind = {"alpha": 0.45} if curve.validation else {"label": name}
    if curve.training:
        epochs, values = zip(*curve.training, strict=True)
        axes.plot(epochs, smoothed(values), color=color, linewidth=1.2, **behind)
    if curve.validation:
        epochs, values = zip(*curve.validation, strict=True)
        axes.plot(epochs, values, color=color, linewidth=1.8, marker="o", ms=3, label=name)


def _draw_prices(axes: Axes, priced: Sequence[tuple[int, Row, float]]) -> None:
    most = max(row.weights for _, row, _ in priced) or 1
    for number, row, accuracy in priced:
        area = max(12.0, MOST_AREA * row.weights / most)
        color = COLORS[number % len(COLORS)]
        axes.scatter([row.multiply_adds or 0], [accuracy], s=area, color=color, alpha=0.5, edgecolors=color)
    axes.set_xscale("log")
    axes.margins(0.25)
    _dress(axes, "Accuracy against multiply-adds; area is weights", "multiply-adds")


def _dress(axes: Axes, title: str, across: str) -> None:
    axes.set_title(title, color=TEXT, fontsize=12 if len(title) < 20 else 10, loc="left")
    axes.set_xlabel(across, color=SECONDARY)
    axes.tick_params(colors=SECONDARY)
    axes.grid(color=LINE, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(LINE)
