"""How a network does: tables and curves against scikit-learn, samples against the network itself."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from sklearn import metrics

from runtime.faults import RefusalError
from runtime.insight.judged import calibration, cell, confusion, hardest, judge, overview


@pytest.fixture
def scores(trained):
    with torch.no_grad():
        return trained.module(*trained.inputs(trained.data.test))


def test_the_table_counts_as_scikit_learn_does(trained, scores):
    wanted = trained.data.columns["label"][trained.data.test].long()
    table = confusion(trained, judge(trained, "test"))
    assert table == metrics.confusion_matrix(wanted, scores.argmax(1), labels=range(10)).tolist()


def test_precision_recall_and_areas_are_scikit_learns(trained, scores):
    wanted = trained.data.columns["label"][trained.data.test].long().numpy()
    told = overview(trained, "test")
    expected = metrics.precision_recall_fscore_support(wanted, scores.argmax(1), zero_division=0)
    for name, values in zip(("precision", "recall", "f1", "samples"), expected, strict=True):
        assert [row[name] for row in told["by_class"]] == pytest.approx(values.tolist())
    surety = scores.softmax(1).numpy()
    assert told["curves"][4]["auroc"] == pytest.approx(metrics.roc_auc_score(wanted == 4, surety[:, 4]))
    assert told["accuracy"] == pytest.approx(float(np.mean(wanted == surety.argmax(1))))


def test_a_cell_holds_its_samples_the_surest_first(trained):
    table = confusion(trained, judge(trained, "test"))
    samples = cell(trained, "test", 3, 3)
    assert len(samples) == table[3][3]
    sureties = [sample["probability"] for sample in samples]
    assert sureties == sorted(sureties, reverse=True)
    labels = trained.data.columns["label"][torch.tensor([sample["row"] for sample in samples])]
    assert set(labels.tolist()) == {3}


def test_the_hardest_have_the_highest_loss(trained, scores):
    wanted = trained.data.columns["label"][trained.data.test].long()
    losses = torch.nn.functional.cross_entropy(scores, wanted, reduction="none").sort(descending=True).values
    assert [sample["loss"] for sample in hardest(trained, "test", 5)] == pytest.approx(losses[:5].tolist(), rel=1e-4)


def test_calibration_compares_surety_with_how_often_it_is_right(trained, scores):
    told = calibration(judge(trained, "test"))
    surety, given = scores.softmax(1).max(1)
    right = given.eq(trained.data.columns["label"][trained.data.test].long())
    last = surety >= 0.9
    assert told["counts"][9] == int(last.sum())
    assert told["right"][9] == pytest.approx(float(right[last].double().mean()), abs=1e-6)
    assert 0 <= told["error"] < 0.2


def test_an_empty_part_is_refused(trained):
    none = torch.empty(0, dtype=torch.long)
    without = dataclasses.replace(trained, data=dataclasses.replace(trained.data, validation=none))
    with pytest.raises(RefusalError, match="The validation part has no samples"):
        judge(without, "validation")
