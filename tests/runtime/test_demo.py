"""The demo does the whole job; its picture shows what the journal holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from nodes.graph.files import load, save
from nodes.graph.model import Network
from runtime import demo, runs
from runtime.curves_picture import draw_curves, gathered, smoothed
from runtime.faults import RefusalError
from tests.runtime.networks import QUICK, digits_graph


@pytest.fixture
def short(monkeypatch, tmp_path: Path) -> None:
    """A smaller network, trained for less long."""
    file = tmp_path / "short.netw"
    save(Network(digits_graph(), "Digits", data={"source": "digits"}, recipe=QUICK), file)
    monkeypatch.setattr(demo, "DIGITS", file)


@pytest.mark.usefixtures("short")
def test_the_demo_leaves_everything_and_a_second_one_overwrites_no_run(tmp_path):
    out = tmp_path / "deep" / "out"
    report = demo.run(out, Console(quiet=True))
    assert json.loads(json.dumps(report)) == report
    assert report["proof_max_abs_diff"] <= 1e-5
    assert report["is_proven_on_data"]
    assert report["test_accuracy"] > 0.5
    left = {path.name for path in out.iterdir()}
    certificate = {"model.certificate.json", "model.certificate.md"}
    assert left == {"network.netw", "runs", "curves.png", "model.onnx", "model.py", "model.safetensors"} | certificate

    demo.run(out, Console(quiet=True))
    assert {path.name for path in out.iterdir()} == left
    assert len(list((out / "runs").iterdir())) == 2


@pytest.mark.usefixtures("short")
def test_the_demo_keeps_a_network_that_was_drawn_in_its_folder(tmp_path):
    mine = Network(digits_graph(), "Mine", data={"source": "digits"}, recipe={**QUICK, "epochs": 1})
    save(mine, tmp_path / "network.netw")
    report = demo.run(tmp_path, Console(quiet=True))
    assert load(tmp_path / "network.netw").network.title == "Mine"
    assert report["class_name"] == "Mine"


def test_the_demo_refuses_a_network_with_an_error(tmp_path):
    save(Network(digits_graph().without(["conv"])), tmp_path / "network.netw")
    with pytest.raises(RefusalError, match="has an error"):
        demo.run(tmp_path, Console(quiet=True))


def test_the_bundled_network_is_sound():
    opened = load(demo.DIGITS)
    assert opened.faults == ()
    assert opened.network.data["source"] == "digits"


def journal(folder: Path, *entries: runs.Entry) -> Path:
    with runs.Journal(folder) as written:
        for entry in entries:
            written.append(entry)
    return folder


def started(resumed_at: int = 0) -> runs.Started:
    return runs.Started(0.0, 2, 2, runs.Samples(4, 2, 2), 2, "cpu", 10, resumed_at)


def progress(first_step: int, *loss: float) -> runs.Progress:
    return runs.Progress(first_step, 0.0, list(loss), [], 0.1, 1.0, 0.0)


def test_curves_count_what_a_resumption_does_again_once():
    entries = [started(), progress(0, 4.0, 3.0), progress(2, 2.0), started(resumed_at=2), progress(2, 1.5, 1.0)]
    loss, accuracy = gathered([*entries, runs.Validated(4, 2.0, "validation", 1.2)])
    assert loss.training == [(0.5, 4.0), (1.0, 3.0), (1.5, 1.5), (2.0, 1.0)]
    assert loss.validation == [(2.0, 1.2)]
    assert accuracy.training == accuracy.validation == []


def test_smoothing_begins_at_the_first_value_and_keeps_a_constant():
    assert smoothed([3.0] * 9) == pytest.approx([3.0] * 9)
    assert smoothed([4.0, 0.0]) == pytest.approx([4.0, 4.0 * 0.75 / 1.75])


def test_curves_are_drawn_of_a_run_that_classifies_nothing(tmp_path):
    run = journal(tmp_path, started(), progress(0, 4.0, 3.0), runs.Validated(2, 1.0, "test", 2.5))
    draw_curves(run, tmp_path / "curves.png", "A run")
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.format == "PNG"
        assert picture.width > 600


def test_curves_are_drawn_of_a_run_that_has_not_begun(tmp_path):
    draw_curves(journal(tmp_path), tmp_path / "curves.png")
    assert (tmp_path / "curves.png").is_file()
