"""Baselines against scikit-learn used by hand."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from nodes.graph.files import save
from nodes.graph.model import Network
from runtime import cli, engine
from runtime.baselines import CS, KS, ROUNDS, baselines, samples_of
from runtime.data.choice import DataChoice, DataError
from runtime.data.open import open_data
from runtime.protocol import Answer, Partly
from runtime.questions.baselines import Baselines
from tests.runtime.networks import digits_graph

MOST = 300


@pytest.fixture(scope="module")
def samples():
    """With a breath of noise: of samples equally far away either is the nearest."""
    taken, random = samples_of(open_data(DataChoice()), MOST), np.random.default_rng(0)
    noisy = {
        name: (rows + random.normal(0, 1e-3, rows.shape)).astype(np.float32)
        for name, rows in (("train", taken.train), ("tested", taken.tested))
    }
    return msgspec.structs.replace(taken, **noisy)


@pytest.fixture(scope="module")
def found(samples):
    return {baseline.name: baseline for baseline in baselines(samples)}


@pytest.fixture(scope="module")
def parted():
    return StratifiedKFold(5, shuffle=True, random_state=0)


@pytest.mark.parametrize(("name", "metric"), [("L2", "euclidean"), ("L1", "manhattan")])
def test_nearest_neighbours_are_those_of_scikit_learn(samples, found, parted, name, metric):
    model = KNeighborsClassifier(metric=metric, algorithm="brute")
    search = GridSearchCV(model, {"n_neighbors": list(KS)}, cv=parted)
    search.fit(samples.train, samples.train_labels)
    ours = found[f"nearest neighbours, {name}"]
    assert list(ours.tried.values()) == pytest.approx(list(search.cv_results_["mean_test_score"]))
    assert ours.value == search.best_params_["n_neighbors"]
    assert ours.accuracy == pytest.approx(search.score(samples.tested, samples.tested_labels))


@pytest.mark.filterwarnings("ignore:.*converge:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("linear softmax", LogisticRegression(**ROUNDS)),
        ("linear SVM", LinearSVC(**ROUNDS, random_state=0)),
    ],
)
def test_linear_classifiers_are_those_of_scikit_learn(samples, found, name, model):
    parted = StratifiedKFold(3, shuffle=True, random_state=0)
    search = GridSearchCV(model, {"C": list(CS)}, cv=parted).fit(samples.train, samples.train_labels)
    assert found[name].value == search.best_params_["C"]
    assert found[name].accuracy == pytest.approx(search.score(samples.tested, samples.tested_labels))


def test_they_are_given_the_same_numbers_and_parts_as_the_network():
    data = open_data(DataChoice())
    samples = samples_of(data)
    raw = load_digits().images[data.train.numpy()].reshape(len(data.train), -1) / 16
    assert np.allclose(samples.train, (raw - raw.mean()) / raw.std(), atol=1e-4)
    assert (len(samples.train), len(samples.tested), samples.part) == (1258, 359, "test")
    assert samples.notes == []


def test_of_large_sets_a_sample_is_taken_and_it_is_said(samples):
    assert len(samples.train) == MOST
    assert samples.notes[0] == "Of 1\u202f258 train samples 300 were taken, each class by its share."
    assert np.bincount(samples.train_labels).min() >= 27


def test_data_without_classes_are_refused_in_a_sentence(tmp_path: Path):
    rows = "\n".join(f"{n},{n * 0.5}" for n in range(60))
    (tmp_path / "line.csv").write_text(f"x,y\n{rows}\n")
    data = open_data(DataChoice(source=str(tmp_path / "line.csv"), target_as="numbers"))
    with pytest.raises(DataError, match="Baselines tell classes"):
        samples_of(data)


def test_noise_that_a_generator_begins_with_is_no_baseline_s():
    ring = samples_of(open_data(DataChoice(source="toy:ring", noise=16)))
    assert ring.train.shape[1] == 2


def test_the_engine_answers_in_parts():
    request = Baselines(id=7, data={"source": "toy:moons"}, base=".", most=100)
    *parts, last = engine.replies_to(msgspec.json.encode(request))
    assert all(isinstance(part, Partly) for part in parts)
    assert isinstance(last, Answer)
    assert [part.result for part in parts] == last.result["baselines"]
    assert last.result["baselines"][0]["accuracy"] > 0.9
    assert last.result["train"] == 100


def test_the_command_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    save(Network(digits_graph(), data={"source": "toy:moons"}), tmp_path / "net.netw")
    for arguments in (["--json"], []):
        with pytest.raises(SystemExit) as ended:
            cli.main(["baselines", str(tmp_path / "net.netw"), "--most", "60", *arguments])
        assert ended.value.code == 0
        said = capsys.readouterr().out
        if arguments:
            assert len(json.loads(said)["baselines"]) == 4
    assert "nearest neighbours, L1" in said
    assert "Learned from 60 samples" in said
