"""The curves of a run as a picture: loss, and accuracy where samples are classified."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from nodes.graph.files import write_atomically
from runtime import runs

COLORS = {"training": "#56b4e9", "validation": "#e69f00", "test": "#2fb58b"}
RAW_ALPHA = 0.28  # raw values stand behind the smoothed line
WINDOW = 50  # the smoothed line looks back over one part in so many of all steps
PANEL, TEXT, SECONDARY, LINE = "#ffffff", "#1c2128", "#646e7c", "#d9dde3"


@dataclass
class Curve:
    """One measure over the epochs, for each part: (epoch, value) pairs."""

    training: list[tuple[float, float]] = field(default_factory=list)
    validation: list[tuple[float, float]] = field(default_factory=list)
    test: list[tuple[float, float]] = field(default_factory=list)


def draw_curves(run: Path, out: Path, title: str = "") -> None:
    """Draws the journal of a run into a PNG file. Raises NetworkFileError where it cannot be written."""
    entries, _ = runs.read_entries(run)
    loss, accuracy = gathered(entries)
    panels = [("Loss", loss)] + ([("Accuracy", accuracy)] if accuracy.training or accuracy.validation else [])
    figure = Figure(figsize=(5.6 * len(panels), 4.2), facecolor=PANEL, layout="constrained")
    FigureCanvasAgg(figure)
    if title:
        figure.suptitle(title, color=TEXT, fontsize=14, fontweight="bold")
    for axes, (name, curve) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        _draw(axes, name, curve)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=144)
    write_atomically(out, picture.getvalue())


def gathered(entries: Sequence[runs.Entry]) -> tuple[Curve, Curve]:
    """Loss and accuracy from journal entries; what a resumption does again counts once."""
    loss, accuracy = Curve(), Curve()
    steps_per_epoch = 1
    for entry in entries:
        if isinstance(entry, runs.Started):
            steps_per_epoch = entry.steps_per_epoch
            for curve in (loss, accuracy):
                kept = entry.resumed_at / steps_per_epoch
                curve.training = [point for point in curve.training if point[0] <= kept]
        elif isinstance(entry, runs.Progress):
            for curve, values in ((loss, entry.loss), (accuracy, entry.accuracy)):
                curve.training += [
                    ((entry.first_step + number + 1) / steps_per_epoch, value) for number, value in enumerate(values)
                ]
        elif isinstance(entry, runs.Validated):
            points = {"validation": (loss.validation, accuracy.validation), "test": (loss.test, accuracy.test)}
            losses, accuracies = points[entry.part]
            losses.append((entry.epoch, entry.loss))
            if entry.accuracy is not None:
                accuracies.append((entry.epoch, entry.accuracy))
    return loss, accuracy


def smoothed(values: Sequence[float]) -> list[float]:
    """Exponential moving average, corrected for its start: s_t = Σ share^(t−i)·v_i / Σ share^(t−i)."""
    share = 1 - 1 / max(4, len(values) / WINDOW)
    total = weight = 0.0
    result = []
    for value in values:
        total, weight = share * total + value, share * weight + 1
        result.append(total / weight)
    return result


def _draw(axes: Axes, name: str, curve: Curve) -> None:
    if curve.training:
        epochs, values = zip(*curve.training, strict=True)
        axes.plot(epochs, values, color=COLORS["training"], alpha=RAW_ALPHA, linewidth=1)
        axes.plot(epochs, smoothed(values), color=COLORS["training"], linewidth=1.8, label="training")
    if curve.validation:
        epochs, values = zip(*curve.validation, strict=True)
        axes.plot(epochs, values, color=COLORS["validation"], linewidth=1.8, marker="o", ms=3, label="validation")
    if curve.test:
        epoch, value = curve.test[-1]
        told = f"{value:.2%}" if name == "Accuracy" else f"{value:.3g}"
        axes.plot([epoch], [value], color=COLORS["test"], marker="D", ms=6, linestyle="", label=f"test {told}")
    axes.set_title(name, color=TEXT, fontsize=12, loc="left")
    axes.set_xlabel("epoch", color=SECONDARY)
    axes.set_ylim(bottom=0 if name == "Loss" else None, top=1.005 if name == "Accuracy" else None)
    axes.tick_params(colors=SECONDARY)
    axes.grid(color=LINE, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(LINE)
    if axes.lines:
        axes.legend(
            frameon=False, labelcolor=TEXT, fontsize=9, loc="upper right" if name == "Loss" else "lower right"
        )
