"""Cross-validation against folds made by hand."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import msgspec
import pytest

from nodes.graph.files import save
from nodes.graph.model import Network
from runtime import cli, crossvalidate, folds, runs
from runtime.data.choice import DataChoice
from runtime.data.open import open_data
from runtime.faults import RefusalError
from runtime.runs import create_run
from runtime.train import train
from tests.runtime.networks import QUICK, digits_graph

NETWORK = Network(digits_graph(), recipe=QUICK | {"epochs": 1}, data={"source": "digits", "seed": 3})


def _report(folder: Path, count: int = 3) -> folds.Report:
    return crossvalidate.cross_validate(folder, crossvalidate.begin(folder, NETWORK, count))


def test_each_fold_is_the_run_that_one_would_make_by_hand(tmp_path: Path):
    report = _report(tmp_path / "folds")
    by_hand = []
    for fold in (1, 2, 3):
        network = crossvalidate.of_fold(NETWORK, 3, fold)
        assert (network.data["folds"], network.data["fold"]) == (3, fold)
        summary = train(create_run(tmp_path, network))
        by_hand.append(summary.best.accuracy)
        assert report.scores[fold - 1].test["loss"] == summary.test_loss
    assert [score.validation["accuracy"] for score in report.scores] == by_hand
    assert report.validation["accuracy"].mean == statistics.fmean(by_hand)
    assert report.validation["accuracy"].deviation == statistics.stdev(by_hand)


def test_the_folds_are_every_sample_but_the_test_part_once():
    parts = [open_data(DataChoice.read(crossvalidate.of_fold(NETWORK, 5, fold).data)) for fold in range(1, 6)]
    rows = sorted(row for part in parts for row in part.validation.tolist())
    assert rows == sorted({*range(1797)} - {*parts[0].test.tolist()})


def test_folds_that_are_done_are_not_trained_again(tmp_path: Path):
    folder = tmp_path / "folds"
    first = _report(folder)
    before = sorted((folder / folds.RUNS).iterdir())
    state = crossvalidate.begin(folder, NETWORK, 3)
    del state.scores[3]  # as if it had been killed between two writes
    assert crossvalidate.cross_validate(folder, state).validation == first.validation
    assert sorted((folder / folds.RUNS).iterdir()) == before


def test_the_table_is_a_spreadsheet(tmp_path: Path):
    _report(tmp_path / "folds", 2)
    lines = [line.split(",") for line in (tmp_path / "folds" / folds.CSV).read_text().splitlines()]
    assert [line[0] for line in lines] == ["fold", "1", "2", "mean", "deviation"]
    assert lines[0][1] == "validation_loss"
    assert float(lines[3][1]) == pytest.approx((float(lines[1][1]) + float(lines[2][1])) / 2)


def test_data_with_parts_of_their_own_have_no_folds(tmp_path: Path):
    text = tmp_path / "play.txt"
    text.write_text("to be or not to be " * 200)
    network = Network(digits_graph(), data={"source": str(text), "seq_length": 8})
    with pytest.raises(RefusalError, match="no folds to change"):
        crossvalidate.begin(tmp_path / "folds", network, 3)
    assert not (tmp_path / "folds").exists()


def test_folds_of_another_network_are_not_taken_up(tmp_path: Path):
    crossvalidate.begin(tmp_path / "folds", NETWORK, 3)
    with pytest.raises(RefusalError, match="another number of them"):
        crossvalidate.begin(tmp_path / "folds", NETWORK, 4)


def test_the_command_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    save(NETWORK, tmp_path / "digits.netw")
    arguments = ["--folds", "2", "--out", str(tmp_path / "folds"), "--epochs", "1"]
    with pytest.raises(SystemExit) as ended:
        cli.main(["crossvalidate", str(tmp_path / "digits.netw"), *arguments, "--json"])
    assert ended.value.code == 0
    report = json.loads(capsys.readouterr().out)
    assert report["folds"] == len(report["scores"]) == 2
    kept = msgspec.json.decode((tmp_path / "folds" / folds.STATE).read_bytes())
    assert (tmp_path / "folds" / folds.RUNS / kept["runs"]["1"] / runs.SUMMARY).is_file()
    with pytest.raises(SystemExit):
        cli.main(["crossvalidate", str(tmp_path / "digits.netw"), *arguments])
    assert "validation accuracy" in capsys.readouterr().out
