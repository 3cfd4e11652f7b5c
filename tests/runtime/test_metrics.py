"""Metrics by task against scikit-learn, batch by batch as a run counts them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn import metrics as reference
from torch import Tensor
from torch.nn.functional import cross_entropy

from runtime.metrics import Tally, Task, require_metric
from runtime.recipe_parts.words import TOPS
from runtime.runs import TrainingError

NAMES = tuple("abcdefgh")
CPU = torch.device("cpu")


def counted(task: Task, predictions: Tensor, targets: Tensor, size: int = 7) -> Tally:
    tally = task.tally(CPU)
    for start in range(0, len(targets), size):
        tally.add(predictions[start : start + size], targets[start : start + size])
    return tally


def scores_of(*shape: int) -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    scores = torch.randn(shape[0], 8, *shape[1:])
    labels = torch.randint(0, 7, shape)  # the last class does not occur, but is predicted
    return scores + 2 * torch.nn.functional.one_hot(labels, 8).movedim(-1, 1), labels


@pytest.mark.parametrize("count", TOPS[:-1])
def test_classes_as_scikit_learn_counts_them(count: int) -> None:
    scores, labels = scores_of(60)
    found = counted(Task("classes", "loss", NAMES, top=count), scores, labels).values()
    predicted = scores.argmax(1)
    precision, recall, f1, _ = reference.precision_recall_fscore_support(
        labels, predicted, average="macro", zero_division=0
    )
    top = reference.top_k_accuracy_score(labels, scores, k=count, labels=range(8))
    accuracy = reference.accuracy_score(labels, predicted)
    assert 0.3 < accuracy < 0.95
    yes = torch.nn.functional.one_hot(labels, 8)[:, :7]
    area = reference.roc_auc_score(yes, scores.softmax(1)[:, :7], average="macro")
    assert found.pop("auroc") == pytest.approx(area, abs=1e-3)
    assert found == pytest.approx(
        {"accuracy": accuracy, f"top{count}_accuracy": top, "precision": precision, "recall": recall, "f1": f1}
    )


def test_each_class_and_the_table() -> None:
    scores, labels = scores_of(60)
    detail = counted(Task("classes", "loss", NAMES), scores, labels).detail()
    assert detail is not None
    table = reference.confusion_matrix(labels, scores.argmax(1), labels=range(8))
    assert detail.confusion == table.tolist()
    rows = reference.precision_recall_fscore_support(labels, scores.argmax(1), labels=range(8), zero_division=0)
    found = np.array([[c.precision, c.recall, c.f1, c.samples] for c in detail.classes])
    assert found == pytest.approx(np.array(rows).T)
    overlaps = reference.jaccard_score(labels, scores.argmax(1), labels=range(8), average=None, zero_division=0)
    assert [c.iou for c in detail.classes] == pytest.approx(overlaps.tolist())
    assert [c.name for c in detail.classes] == list(NAMES)


@pytest.mark.parametrize("labels", [1, 3])
@pytest.mark.parametrize("are_scores", [True, False])
def test_yes_and_no(labels: int, are_scores: bool) -> None:
    torch.manual_seed(0)
    wanted = torch.randint(0, 2, (200, labels))
    scores = torch.randn(200, labels) + 1.5 * wanted - 0.5
    told = scores if are_scores else scores.sigmoid()
    task = Task("labels", "loss", yes=0.0 if are_scores else 0.5)
    found = counted(task, told, wanted.float() if are_scores else wanted).values()
    predicted = scores > 0
    precision, recall, f1, _ = reference.precision_recall_fscore_support(
        wanted, predicted, average="binary" if labels == 1 else "macro"
    )
    assert found.pop("auroc") == pytest.approx(reference.roc_auc_score(wanted, scores), abs=2e-3)
    accuracy = float((predicted == wanted).float().mean())
    assert found == pytest.approx({"accuracy": accuracy, "precision": precision, "recall": recall, "f1": f1})


def test_a_mask_of_yes_and_no_has_one_label_a_channel() -> None:
    torch.manual_seed(0)
    wanted = torch.randint(0, 2, (6, 2, 5, 4))
    scores = torch.randn(6, 2, 5, 4) + wanted
    found = counted(Task("labels", "loss"), scores, wanted, size=4).values()
    flat = [one.movedim(1, -1).reshape(-1, 2) for one in (wanted, scores)]
    assert found["auroc"] == pytest.approx(reference.roc_auc_score(*flat), abs=2e-3)
    assert found["f1"] == pytest.approx(reference.f1_score(flat[0], flat[1] > 0, average="macro"))


def test_pixels_by_overlap_with_void_left_out() -> None:
    scores, labels = scores_of(5, 6, 4)
    labels[:, 0] = 255  # as data sets mark pixels that do not count
    found = counted(Task("pixels", "loss", NAMES), scores, labels, 2).values()
    right, predicted = labels.flatten(), scores.argmax(1).flatten()
    right, predicted = right[right < 8], predicted[right < 8]
    assert found["iou"] == pytest.approx(reference.jaccard_score(right, predicted, average="macro", zero_division=0))
    assert found["dice"] == pytest.approx(reference.f1_score(right, predicted, average="macro", zero_division=0))
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(right, predicted))


@pytest.mark.parametrize("axis", [1, 2])
def test_perplexity_of_symbols(axis: int) -> None:
    scores, labels = scores_of(9, 5)
    labels[0, 3:] = -100  # padding
    task = Task("symbols", "loss", NAMES, axis)
    found = counted(task, scores if axis == 1 else scores.transpose(1, 2), labels, 4).values()
    assert found["perplexity"] == pytest.approx(math.exp(cross_entropy(scores, labels)), rel=1e-5)
    assert found["accuracy"] == pytest.approx(
        reference.accuracy_score(labels[labels >= 0], scores.argmax(1)[labels >= 0])
    )


def test_even_guesses_have_as_much_perplexity_as_there_are_classes() -> None:
    found = counted(Task("symbols", "loss", NAMES), torch.zeros(3, 8, 5), torch.ones(3, 5, dtype=torch.long)).values()
    assert found["perplexity"] == pytest.approx(8)


def test_numbers() -> None:
    torch.manual_seed(1)
    wanted = torch.randn(50, 3)
    given = wanted + 0.4 * torch.randn(50, 3)
    found = counted(Task("numbers", "loss"), given, wanted).values()
    assert found == pytest.approx(
        {
            "mse": reference.mean_squared_error(wanted, given),
            "mae": reference.mean_absolute_error(wanted, given),
            "r2": reference.r2_score(wanted, given),
        },
        rel=1e-6,
    )


def test_a_metric_that_is_not_measured_is_refused_with_those_that_are() -> None:
    with pytest.raises(
        TrainingError,
        match=r"monitor is r2, which is not measured .* Set monitor to loss, accuracy, .* f1 or auroc\.",
    ):
        require_metric("r2", Task("classes", "loss", NAMES), "monitor")
