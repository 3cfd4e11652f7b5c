"""What simple methods make of the same data and the same parts: a network has to beat them to be worth its cost.

Nearest neighbours and linear classifiers of scikit-learn, on the numbers that the network is fed, one row a sample.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC
from torch import Tensor

from nodes.spec.sizes import grouped
from runtime.data.choice import DataError
from runtime.data.dataset import DataSet
from runtime.data.loader import Loader

KS = (1, 3, 5, 8, 10, 12, 15, 20, 50, 100)
"""Numbers of neighbours that are tried. Source: CS231n, assignment 1."""

CS = (0.001, 0.01, 0.1, 1.0)  # strengths of a linear classifier's fit against its weights
FOLDS, FOLDS_LINEAR = 5, 3  # linear ones are fitted anew for every C and fold
MOST_TRAIN, MOST_TESTED = 3000, 1000  # samples: of more a sample is taken, and it is said
ROUNDS = {"max_iter": 100, "tol": 1e-2}  # more of them hardly change how often it is right

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]


class Baseline(msgspec.Struct, frozen=True):
    """One method: how often it was right on samples it had not seen, and what was chosen by cross-validation."""

    name: str
    accuracy: float
    seconds: float
    chosen: str  # "k" or "C"
    value: float
    tried: dict[str, float]  # what was tried -> its mean accuracy over the folds


class Samples(msgspec.Struct, frozen=True):
    """What the methods are given. ``notes`` say what was left out of the data."""

    train: Floats
    train_labels: Labels
    tested: Floats
    tested_labels: Labels
    part: str  # that they are tested on
    notes: list[str]


def samples_of(data: DataSet, most: int = MOST_TRAIN, seed: int = 0) -> Samples:
    """The training part, and the test part or, where there is none, the validation part, as rows of numbers.

    Raises DataError where samples have no class.
    """
    target = data.target
    if target is None or not target.classes or target.shape:
        raise DataError(
            "Baselines tell classes, but the samples of these data have none.", "Choose data with one class a sample."
        )
    inputs = [
        field.name for field in data.fields if not (field.is_target or field.is_made) and field.shape.values == "real"
    ]
    if not inputs:
        raise DataError("Baselines need numbers, but these data have none.", "Choose pictures, signals or a table.")
    part = "test" if len(data.test) else "validation"
    if not len(data.part(part)):
        raise DataError("There is no part to test on.", "Set validation or test of the data to 0.1.")
    notes: list[str] = []
    rows = {"train": data.train, part: data.part(part)}
    for name, limit in (("train", most), (part, max(1, min(MOST_TESTED, most)))):
        if len(rows[name]) > limit:
            notes.append(
                f"Of {grouped(len(rows[name]))} {name} samples {grouped(limit)} were taken, each class by its share."
            )
            rows[name] = _sampled(rows[name], data.columns[target.name], limit, seed)
    labels = {name: data.columns[target.name][taken].numpy().astype(np.int64) for name, taken in rows.items()}
    numbers = {name: _numbers(data, inputs, taken) for name, taken in rows.items()}
    return Samples(numbers["train"], labels["train"], numbers[part], labels[part], part, notes)


def baselines(samples: Samples, seed: int = 0) -> Iterator[Baseline]:
    """Each method as it finishes: quick ones first."""
    smallest = int(np.bincount(samples.train_labels)[np.unique(samples.train_labels)].min())
    if smallest < 2:
        raise DataError("A class has a single sample to learn from.", "Add samples of it, or set the shares lower.")
    parted, few = (StratifiedKFold(min(k, smallest), shuffle=True, random_state=seed) for k in (FOLDS, FOLDS_LINEAR))
    yield _neighbours(samples, parted, "L2", "euclidean")
    yield _neighbours(samples, parted, "L1", "manhattan")
    yield _linear(samples, few, "linear softmax", LogisticRegression(**ROUNDS))
    yield _linear(samples, few, "linear SVM", LinearSVC(**ROUNDS, random_state=seed))


def _neighbours(samples: Samples, parted: StratifiedKFold, words: str, metric: str) -> Baseline:
    """The commonest class of the k nearest; all k are read from one search for the most."""
    began = time.perf_counter()
    folds = list(parted.split(samples.train, samples.train_labels))
    most = min(len(learnt) for learnt, _ in folds)
    ks = [k for k in KS if k <= most]
    hits: dict[int, list[float]] = {k: [] for k in ks}
    for learnt, held in folds:
        labels = samples.train_labels[learnt]
        nearest = _nearest(samples.train[learnt], samples.train[held], max(ks), metric)
        for k in ks:
            hits[k].append(float(np.mean(_voted(labels[nearest[:, :k]]) == samples.train_labels[held])))
    means = {k: float(np.mean(values)) for k, values in hits.items()}
    k = max(ks, key=lambda one: (means[one], -one))
    nearest = _nearest(samples.train, samples.tested, k, metric)
    accuracy = float(np.mean(_voted(samples.train_labels[nearest]) == samples.tested_labels))
    tried = {str(one): mean for one, mean in means.items()}
    return Baseline(f"nearest neighbours, {words}", accuracy, time.perf_counter() - began, "k", k, tried)


def _nearest(known: Floats, asked: Floats, k: int, metric: str) -> NDArray[np.int64]:
    """The rows of the k nearest known samples for each one asked, the nearest first."""
    model = KNeighborsClassifier(k, metric=metric, algorithm="brute").fit(known, np.zeros(len(known), dtype=np.int64))
    found: NDArray[np.int64] = model.kneighbors(asked, return_distance=False)
    return found


def _voted(labels: Labels) -> Labels:
    """The commonest label of each row; of equally common ones the smallest, as scikit-learn has it."""
    counts = np.zeros((len(labels), int(labels.max()) + 1), dtype=np.int32)
    np.add.at(counts, (np.arange(len(labels))[:, None], labels), 1)
    winners: Labels = counts.argmax(1)
    return winners


def _linear(samples: Samples, parted: StratifiedKFold, name: str, model: Any) -> Baseline:
    began = time.perf_counter()
    search = GridSearchCV(model, {"C": list(CS)}, cv=parted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # see ROUNDS
        search.fit(samples.train, samples.train_labels)
    accuracy = float(search.score(samples.tested, samples.tested_labels))
    tried = {f"{c:g}": float(m) for c, m in zip(CS, search.cv_results_["mean_test_score"], strict=True)}
    return Baseline(name, accuracy, time.perf_counter() - began, "C", float(search.best_params_["C"]), tried)


def _sampled(rows: Tensor, column: Tensor, count: int, seed: int) -> Tensor:
    """Fewer rows, each class in its share where every class has enough of them."""
    labels = column[rows].numpy()
    enough = np.bincount(labels)[np.unique(labels)].min() > 1 and count >= len(np.unique(labels))
    kept, _ = train_test_split(
        np.arange(len(rows)), train_size=count, random_state=seed, stratify=labels if enough else None
    )
    return rows[np.sort(kept)]


def _numbers(data: DataSet, fields: list[str], rows: Tensor) -> Floats:
    """What the network is fed of some rows, side by side."""
    columns = [column.flatten(1).numpy() for column in Loader(data, fields, torch.device("cpu")).batch(rows)]
    side_by_side: Floats = np.ascontiguousarray(np.concatenate(columns, axis=1), dtype=np.float32)
    return side_by_side
