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
from nodes.loss_pairs import YesOrNo
from runtime.data.dataset import DataSet
from runtime.ranking import Ranking
from runtime.recipe_parts.words import TOP
from runtime.runs import TrainingError

MOST_CLASSES = 200  # whose table is kept with a run


class ClassScore(msgspec.Struct, frozen=True):
    """One class in a part of the data."""

    name: str
    samples: int
    precision: float
    recall: float
    f1: float
    iou: float = 0.0


class Detail(msgspec.Struct, frozen=True):
    """The table of a classification: ``confusion[right][predicted]`` counts samples (or pixels, or symbols)."""

    classes: list[ClassScore]
    confusion: list[list[int]]


@dataclass(frozen=True)
class Task:
    """What the network is asked, as its first loss that takes the data's target tells."""

    kind: str  # "classes", "pixels", "symbols", "labels" (yes or no each) or "numbers"
    loss: str  # the node
    classes: tuple[str, ...] = ()
    axis: int = 1  # of the prediction, that the scores of the classes lie along; 0: there is one label
    writes: bool = False  # sentences, word by word
    top: int = TOP  # likeliest classes among which the right one may be
    yes: float = 0.0  # of labels: the prediction from which on it is one

    @property
    def names(self) -> tuple[str, ...]:
        """The metrics it has."""
        match self.kind:
            case "classes":
                top = (self.top_accuracy,) if len(self.classes) > self.top else ()
                area = ("auroc",) if len(self.classes) <= MOST_CLASSES else ()
                return ("accuracy", *top, "precision", "recall", "f1", *area)
            case "labels":
                return ("accuracy", "precision", "recall", "f1", "auroc")
            case "pixels":
                return ("accuracy", "precision", "recall", "iou", "dice")
            case "symbols":
                return ("accuracy", "perplexity", *(("bleu",) if self.writes else ()))
            case _:
                return ("mse", "mae", "r2")

    @property
    def top_accuracy(self) -> str:
        return f"top{self.top}_accuracy"

    def tally(self, device: torch.device) -> Tally:
        match self.kind:
            case "numbers":
                return NumberTally(self.names)
            case "labels":
                return LabelTally(self, device)
            case _:
                return ClassTally(self, device)


class Tally(Protocol):
    """Adds up batch after batch."""

    def add(self, prediction: Tensor, target: Tensor) -> None: ...

    def join(self, total: Callable[[Tensor], Tensor]) -> None:
        """Adds up what several processes have tallied; ``total`` sums a tensor over them, in place."""

    def values(self) -> dict[str, float]: ...

    def detail(self) -> Detail | None: ...


def task_of(inference: Inference, data: DataSet, writes: bool = False, top: int = TOP) -> Task | None:
    """The task of a network on some data; None where nothing is compared with the data's target.

    ``writes`` says that it writes sentences: then BLEU is measured too, of what it writes by itself.
    The right class may be among the ``top`` likeliest ones, for the top-k accuracy.
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
                return Task(kind, name, target.classes, judged.axes.index("C") + 1, writes, top)
        if isinstance(node.settings, YesOrNo):
            axis = judged.axes.find("C") + 1
            return Task("labels", name, axis=axis, yes=node.settings.yes)
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
        self._ranking = Ranking(self._count, device) if "auroc" in task.names else None

    def add(self, prediction: Tensor, target: Tensor) -> None:
        count, names = self._count, self._task.names
        scores = prediction.movedim(self._task.axis, -1).reshape(-1, prediction.shape[self._task.axis])
        right = target.reshape(-1).long()
        counts = (right >= 0) & (right < count)
        predicted = scores[:, :count].argmax(1)
        cells = torch.where(counts, right * count + predicted, count**2)
        self._table += torch.bincount(cells, minlength=count**2 + 1)
        if self._task.top_accuracy in names:
            self._top += scores.topk(self._task.top).indices.eq(right[:, None]).sum()
        if self._ranking:
            shares = scores[:, :count].float().softmax(1)
            wanted = right[:, None] == torch.arange(count, device=right.device)
            self._ranking.add(torch.logit(shares), wanted, counts)
        if "perplexity" in names:
            kept = torch.where(counts, right, -100)
            self._surprise += functional.cross_entropy(scores.float(), kept, reduction="sum", ignore_index=-100)

    def join(self, total: Callable[[Tensor], Tensor]) -> None:
        for counted in (self._table, self._top, self._surprise):
            total(counted)
        if self._ranking:
            total(self._ranking.counts)

    def values(self) -> dict[str, float]:
        table = self._square()
        total = max(1, int(table.sum()))
        precision, recall, f1 = self._by_class(table)
        occurs = (table.sum(0) + table.sum(1)) > 0
        right = table.diagonal()
        found = {
            "accuracy": float(right.sum()) / total,
            self._task.top_accuracy: int(self._top) / total,
            "precision": _mean(precision, occurs),
            "recall": _mean(recall, occurs),
            "f1": _mean(f1, occurs),
            "dice": _mean(f1, occurs),
            "iou": _mean(_overlap(table), occurs),
            "perplexity": math.exp(min(float(self._surprise) / total, 700.0)),
            "auroc": self._ranking.mean() if self._ranking else 0.0,
        }
        return {name: found[name] for name in self._task.names if name in found}

    def detail(self) -> Detail | None:
        if self._count > MOST_CLASSES:
            return None
        table = self._square()
        measured = (*self._by_class(table), _overlap(table))
        rows = zip(*(part.tolist() for part in measured), strict=True)
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


class LabelTally:
    """Answers yes or no, one or several a sample or pixel; precision, recall and F1 are means over these labels."""

    def __init__(self, task: Task, device: torch.device) -> None:
        self._task, self._device = task, device
        self._counts: Tensor | None = None  # label × right (no, yes) × answered (no, yes)
        self._ranking: Ranking | None = None

    def add(self, prediction: Tensor, target: Tensor) -> None:
        told, wanted = self._by_label(prediction), self._by_label(target.reshape(prediction.shape)) >= 0.5
        labels = told.shape[1]
        if self._counts is None or self._ranking is None:
            self._counts = torch.zeros(4 * labels, dtype=torch.int64, device=self._device)
            self._ranking = Ranking(labels, self._device)
        cells = 4 * torch.arange(labels, device=told.device) + 2 * wanted.long() + (told > self._task.yes).long()
        self._counts += torch.bincount(cells.flatten(), minlength=4 * labels)
        self._ranking.add(told.float() if self._task.yes == 0 else torch.logit(told.float()), wanted)

    def join(self, total: Callable[[Tensor], Tensor]) -> None:
        if self._counts is not None and self._ranking is not None:
            total(self._counts)
            total(self._ranking.counts)

    def values(self) -> dict[str, float]:
        if self._counts is None or self._ranking is None:
            return {}
        (no, wrong), (missed, right) = self._counts.view(-1, 2, 2).cpu().double().permute(1, 2, 0)
        occurs = right + missed + wrong > 0
        return {
            "accuracy": float((no + right).sum() / (no + right + wrong + missed).sum()),
            "precision": _mean(right / (right + wrong).clamp(min=1), occurs),
            "recall": _mean(right / (right + missed).clamp(min=1), occurs),
            "f1": _mean(2 * right / (2 * right + wrong + missed).clamp(min=1), occurs),
            "auroc": self._ranking.mean(),
        }

    def detail(self) -> Detail | None:
        return None

    def _by_label(self, values: Tensor) -> Tensor:
        """Answers × labels; very many labels, such as pixels, count as one."""
        axis = self._task.axis
        labels = values.shape[axis] if axis else 1
        return values.movedim(axis, -1).reshape(-1, labels) if 1 < labels <= MOST_CLASSES else values.reshape(-1, 1)


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


def _overlap(table: Tensor) -> Tensor:
    """Intersection over union of each class."""
    right = table.diagonal()
    return right / (table.sum(0) + table.sum(1) - right).clamp(min=1)
