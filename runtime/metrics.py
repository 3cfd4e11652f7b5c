"""What is measured of a part beside its loss, by task: scores of classes, of pixels, of symbols, of numbers.

Everything about classes follows from one table of counts, which is added up on the device and fetched once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec
import torch
from torch import Tensor
from torch.nn import functional

from nodes.graph.infer import Inference
from runtime.data.dataset import DataSet
from runtime.runs import TrainingError

TOP = 5
MOST_CLASSES = 200  # whose table is kept with a run


class ClassScore(msgspec.Struct, frozen=True):
    """One class in a part of the data."""

    name: str
    samples: int
    precision: float
    recall: float
    f1: float


class Detail(msgspec.Struct, frozen=True):
    """The table of a classification: ``confusion[right][predicted]`` counts samples (or pixels, or symbols)."""

    classes: list[ClassScore]
    confusion: list[list[int]]


@dataclass(frozen=True)
class Task:
    """What the network is asked, as its first loss that takes the data's target tells."""

    kind: str  # "classes", "pixels", "symbols" or "numbers"
    loss: str  # the node
    classes: tuple[str, ...] = ()
    axis: int = 1  # of the prediction, that the scores of the classes lie along
    writes: bool = False  # sentences, word by word

    @property
    def names(self) -> tuple[str, ...]:
        """The metrics it has."""
        match self.kind:
            case "classes":
                top = ("top5_accuracy",) if len(self.classes) > TOP else ()
                return ("accuracy", *top, "precision", "recall", "f1")
            case "pixels":
                return ("accuracy", "precision", "recall", "iou", "dice")
            case "symbols":
                return ("accuracy", "perplexity", *(("bleu",) if self.writes else ()))
            case _:
                return ("mse", "mae", "r2")

    def tally(self, device: torch.device) -> Tally:
        return NumberTally(self.names) if self.kind == "numbers" else ClassTally(self, device)


class Tally(Protocol):
    """Adds up batch after batch."""

    def add(self, prediction: Tensor, target: Tensor) -> None: ...

    def join(self, total: Callable[[Tensor], Tensor]) -> None:
        """Adds up what several processes have tallied; ``total`` sums a tensor over them, in place."""

    def values(self) -> dict[str, float]: ...

    def detail(self) -> Detail | None: ...


def task_of(inference: Inference, data: DataSet, writes: bool = False) -> Task | None:
    """The task of a network on some data; None where nothing is compared with the data's target.

    ``writes`` says that it writes sentences: then BLEU is measured too, of what it writes by itself.
    """
    target = data.target
    if target is None:
        return None
    for name, node in inference.graph.nodes.items():
        ports = [port.name for port in node.settings.inputs()]
        if not node.settings.is_loss or "target" not in ports or "target" in inference.graph.incoming(name):
            continue
        judged = inference.facts[name].inputs.get(ports[0])
        if judged is None:
            continue
        if target.classes and getattr(node.settings, "judges_classes", False) and "C" in judged.axes:
            rest = judged.axes.replace("C", "")
            if len(rest) == len(target.shape):
                kind = "classes" if not rest else "symbols" if rest == "L" else "pixels"
                return Task(kind, name, target.classes, judged.axes.index("C") + 1, writes)
        if target.shape.values == "real" and judged.values == "real" and len(judged) == len(target.shape):
            return Task("numbers", name)
    return None


def require_metric(wanted: str, task: Task | None, setting: str) -> None:
    """Raises TrainingError where a recipe looks at what is not measured."""
    names = ("loss", *(task.names if task else ()))
    if wanted not in (*names, "auto"):
        raise TrainingError(
            f"{setting} is {wanted}, which is not measured for this network and its data.",
            f"Set {setting} to {' or '.join(filter(None, (', '.join(names[:-1]), names[-1])))}.",
        )


class ClassTally:
    """A table of right classes against predicted ones. Targets that are no class (such as −100) do not count."""

    def __init__(self, task: Task, device: torch.device) -> None:
        self._task, self._count = task, len(task.classes)
        self._table = torch.zeros(self._count**2 + 1, dtype=torch.int64, device=device)
        self._top = torch.zeros((), dtype=torch.int64, device=device)
        self._surprise = torch.zeros((), dtype=torch.float64, device=device)

    def add(self, prediction: Tensor, target: Tensor) -> None:
        count, names = self._count, self._task.names
        scores = prediction.movedim(self._task.axis, -1).reshape(-1, prediction.shape[self._task.axis])
        right = target.reshape(-1).long()
        counts = (right >= 0) & (right < count)
        predicted = scores[:, :count].argmax(1)
        cells = torch.where(counts, right * count + predicted, count**2)
        self._table += torch.bincount(cells, minlength=count**2 + 1)
        if "top5_accuracy" in names:
            self._top += scores.topk(TOP).indices.eq(right[:, None]).sum()
        if "perplexity" in names:
            kept = torch.where(counts, right, -100)
            self._surprise += functional.cross_entropy(scores.float(), kept, reduction="sum", ignore_index=-100)

    def join(self, total: Callable[[Tensor], Tensor]) -> None:
        for counted in (self._table, self._top, self._surprise):
            total(counted)

    def values(self) -> dict[str, float]:
        table = self._square()
        total = max(1, int(table.sum()))
        precision, recall, f1 = self._by_class(table)
        occurs = (table.sum(0) + table.sum(1)) > 0
        right = table.diagonal()
        union = (table.sum(0) + table.sum(1) - right).clamp(min=1)
        found = {
            "accuracy": float(right.sum()) / total,
            "top5_accuracy": int(self._top) / total,
            "precision": _mean(precision, occurs),
            "recall": _mean(recall, occurs),
            "f1": _mean(f1, occurs),
            "dice": _mean(f1, occurs),
            "iou": _mean(right / union, occurs),
            "perplexity": math.exp(min(float(self._surprise) / total, 700.0)),
        }
        return {name: found[name] for name in self._task.names if name in found}

    def detail(self) -> Detail | None:
        if self._count > MOST_CLASSES:
            return None
        table = self._square()
        rows = zip(*(part.tolist() for part in self._by_class(table)), strict=True)
        samples = table.sum(1).tolist()
        classes = [
            ClassScore(name, int(n), *row) for name, n, row in zip(self._task.classes, samples, rows, strict=True)
        ]
        return Detail(classes, table.long().tolist())

    def _square(self) -> Tensor:
        return self._table[:-1].view(self._count, self._count).cpu().double()

    @staticmethod
    def _by_class(table: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        right, predicted, actual = table.diagonal(), table.sum(0), table.sum(1)
        return (
            right / predicted.clamp(min=1),
            right / actual.clamp(min=1),
            2 * right / (predicted + actual).clamp(min=1),
        )


class NumberTally:
    """Errors of predicted numbers. R² is the mean over the numbers of a sample, as scikit-learn has it."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._count = 0
        self._sums: Tensor | None = None  # squared error, error, target, target², each by number of a sample

    def add(self, prediction: Tensor, target: Tensor) -> None:
        wanted = target.reshape(len(target), -1).double()
        off = prediction.reshape(len(target), -1).double() - wanted
        sums = torch.stack([off.square().sum(0), off.abs().sum(0), wanted.sum(0), wanted.square().sum(0)])
        self._sums = sums if self._sums is None else self._sums + sums
        self._count += len(target)

    def join(self, total: Callable[[Tensor], Tensor]) -> None:
        if self._sums is not None:
            self._sums = total(self._sums)
        self._count = int(total(torch.tensor(self._count)))

    def values(self) -> dict[str, float]:
        if self._sums is None:
            return {}
        squared, absolute, total, squares = self._sums.cpu() / self._count
        spread = squares - total.square()
        explained = 1 - squared / spread.clamp(min=1e-12)
        found: Mapping[str, Tensor] = {"mse": squared.mean(), "mae": absolute.mean(), "r2": explained.mean()}
        return {name: float(found[name]) for name in self._names}

    def detail(self) -> Detail | None:
        return None


def _mean(values: Tensor, occurs: Tensor) -> float:
    """Over the classes that occur."""
    return float(values[occurs].mean()) if occurs.any() else 0.0
