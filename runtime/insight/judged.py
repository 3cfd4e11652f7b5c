"""How a network does on a part of its data, sample by sample: confusion, hardest, calibration, ROC and PR curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from runtime.faults import RefusalError
from runtime.insight.trained import BATCH, Trained

BINS = 10
CURVE_POINTS = 200
MOST_RESIDUALS = 2_000


@dataclass(frozen=True)
class Judged:
    """One row a sample of the part."""

    part: str
    rows: Tensor
    scores: Tensor  # N × C, or N × numbers told
    wanted: Tensor  # N, or N × numbers

    @property
    def probabilities(self) -> Tensor:
        return self.scores.softmax(1)

    @property
    def given(self) -> Tensor:
        return self.scores.argmax(1)

    @property
    def losses(self) -> Tensor:
        """Cross-entropy of each sample."""
        return functional.cross_entropy(self.scores, self.wanted, reduction="none")


def judge(trained: Trained, part: str) -> Judged:
    """All samples of a part. Raises RefusalError where there are none, or nothing is compared with the target."""
    return trained.once(("judged", part), lambda: _judged(trained, part))


@torch.inference_mode()
def _judged(trained: Trained, part: str) -> Judged:
    rows = trained.data.part(part)
    if trained.task is None or trained.task.kind not in ("classes", "numbers"):
        raise RefusalError("This network judges no whole samples.", "Choose one that classifies or tells numbers.")
    if not len(rows):
        raise RefusalError(f"The {part} part has no samples.", "Choose another part.")
    scores, wanted = [], []
    for some in torch.split(rows, BATCH):
        batch = trained.batch(some)
        _, parts = trained.module.losses(*batch)
        scores.append(parts[trained.task.loss][1].float())
        wanted.append(batch[-1])
    return Judged(part, rows, torch.cat(scores), torch.cat(wanted))


def confusion(trained: Trained, judged: Judged) -> list[list[int]]:
    """``[right][given]`` counts samples."""
    count = len(trained.classes)
    return torch.bincount(judged.wanted * count + judged.given, minlength=count * count).view(count, count).tolist()


def overview(trained: Trained, part: str) -> dict[str, Any]:
    """Everything about a part of the data at once."""
    judged = judge(trained, part)
    if not trained.classes:
        return _numbers(judged)
    table = confusion(trained, judged)
    return {
        "kind": "classes",
        "samples": len(judged.rows),
        "accuracy": float(judged.given.eq(judged.wanted).float().mean()),
        "classes": list(trained.classes),
        "confusion": table,
        "by_class": _by_class(trained, table, judged),
        "calibration": calibration(judged),
        "curves": [_curves(trained, judged, number) for number in range(len(trained.classes))],
    }


def cell(trained: Trained, part: str, right: int, given: int) -> list[dict[str, Any]]:
    """The samples of one cell of the table, the surest first."""
    judged = judge(trained, part)
    places = ((judged.wanted == right) & (judged.given == given)).nonzero().flatten()
    return _told(judged, places[judged.probabilities[places, given].argsort(descending=True)])


def hardest(trained: Trained, part: str, count: int) -> list[dict[str, Any]]:
    """Those with the highest loss: confidently wrong first."""
    judged = judge(trained, part)
    return _told(judged, judged.losses.argsort(descending=True)[:count])


def calibration(judged: Judged) -> dict[str, Any]:
    """How often it is right where it is so sure; the expected calibration error over ten bins.

    Source: Guo et al. 2017, arXiv:1706.04599, equation 3.
    """
    surety, given = judged.probabilities.max(1)
    right = given.eq(judged.wanted).float()
    bins = (surety * BINS).long().clamp(max=BINS - 1)
    counts = torch.bincount(bins, minlength=BINS)
    mean = torch.bincount(bins, surety.double(), BINS) / counts.clamp(min=1)
    rightness = torch.bincount(bins, right.double(), BINS) / counts.clamp(min=1)
    error = float(((mean - rightness).abs() * counts).sum() / len(right))
    return {"counts": counts.tolist(), "surety": mean.tolist(), "right": rightness.tolist(), "error": error}


def _by_class(trained: Trained, table: list[list[int]], judged: Judged) -> list[dict[str, Any]]:
    counts = torch.tensor(table, dtype=torch.float64)
    hits, wanted, given = counts.diag(), counts.sum(1), counts.sum(0)
    recall, precision = hits / wanted.clamp(min=1), hits / given.clamp(min=1)
    f1 = 2 * hits / (wanted + given).clamp(min=1)
    losses = torch.bincount(judged.wanted, judged.losses.double(), len(table)) / wanted.clamp(min=1)
    return [
        {
            "name": name,
            "samples": int(wanted[n]),
            "precision": float(precision[n]),
            "recall": float(recall[n]),
            "f1": float(f1[n]),
            "loss": float(losses[n]),
        }
        for n, name in enumerate(trained.classes)
    ]


def _curves(trained: Trained, judged: Judged, number: int) -> dict[str, Any]:
    """ROC and precision–recall of one class against the others, thinned, with the areas under them."""
    from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

    truth, surety = judged.wanted.eq(number).numpy(), judged.probabilities[:, number].numpy()
    if not truth.any() or truth.all():
        return {"name": trained.classes[number], "auroc": None, "average_precision": None, "roc": [], "pr": []}
    false, true, _ = roc_curve(truth, surety)
    precision, recall, _ = precision_recall_curve(truth, surety)
    return {
        "name": trained.classes[number],
        "auroc": float(roc_auc_score(truth, surety)),
        "average_precision": float(average_precision_score(truth, surety)),
        "roc": _thinned(false, true),
        "pr": _thinned(recall, precision),
    }


def _thinned(x: Any, y: Any) -> list[list[float]]:
    step = max(1, len(x) // CURVE_POINTS)
    kept = [*range(0, len(x), step), len(x) - 1]
    return [[float(x[n]), float(y[n])] for n in dict.fromkeys(kept)]


def _numbers(judged: Judged) -> dict[str, Any]:
    """Told against wanted, for a plot of residuals; in the units that the network is trained in."""
    given, wanted = judged.scores.flatten(1)[:, 0], judged.wanted.flatten(1)[:, 0]
    kept = slice(0, MOST_RESIDUALS)
    residuals = given - wanted
    spread = wanted.var(correction=0).clamp(min=1e-12)
    return {
        "kind": "numbers",
        "samples": len(judged.rows),
        "wanted": wanted[kept].tolist(),
        "given": given[kept].tolist(),
        "rows": judged.rows[kept].tolist(),
        "mae": float(residuals.abs().mean()),
        "mse": float(residuals.square().mean()),
        "r2": float(1 - residuals.square().mean() / spread),
    }


def _told(judged: Judged, places: Tensor) -> list[dict[str, Any]]:
    probabilities, losses = judged.probabilities, judged.losses
    return [
        {
            "row": int(judged.rows[n]),
            "right": int(judged.wanted[n]),
            "given": int(judged.given[n]),
            "probability": float(probabilities[n, judged.given[n]]),
            "right_probability": float(probabilities[n, judged.wanted[n]]),
            "loss": float(losses[n]),
        }
        for n in places.tolist()
    ]
