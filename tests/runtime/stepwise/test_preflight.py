"""The questions before a training: each right network is green, and each fault is found where it is."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest

from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.graph.files import save, write
from nodes.graph.model import Graph, Network
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss, MultiMarginLoss
from nodes.normalization import BatchNorm2d
from nodes.reshape import Flatten
from nodes.spec.training import NodeTraining
from runtime.commands import run
from runtime.engine import replies_to
from runtime.protocol import Answer, Partly, encode
from runtime.questions.stepwise import CHECKS, CheckGradient, CheckResult, LayerTiming, Preflight
from runtime.stepwise.first_loss import first_loss
from runtime.stepwise.preflight import asked
from tests.runtime.networks import chained, digits_graph
from tests.runtime.stepwise.subjects import subject_of


def result_of(name: str, graph: Graph | None = None, **rest: object) -> CheckResult:
    (result,) = asked(subject_of(graph, **rest), [name])
    return result


def saved(folder: Path, graph: Graph | None = None, **recipe: object) -> Path:
    file = folder / "net.netw"
    save(Network(graph or digits_graph(), "net", recipe={"device": "cpu", **recipe}), file)
    return file


def arrays(folder: Path, labels: Sequence[int], scale: float = 1.0) -> dict[str, object]:
    values = np.random.RandomState(0).normal(size=(len(labels), 1, 8, 8)).astype(np.float32) * scale
    np.savez(folder / "data.npz", x=values, y=np.array(labels))
    return {"source": str(folder / "data.npz")}


def test_the_digits_are_all_green_within_seconds() -> None:
    results = list(asked(subject_of()))
    assert [result.name for result in results] == list(CHECKS)
    assert {result.verdict for result in results} == {"green"}, [r.sentence for r in results if r.verdict != "green"]


def test_first_loss_of_ten_classes_is_ln_10() -> None:
    result = result_of("first_loss")
    assert "ln 10 = 2.303 is to be expected" in result.sentence
    assert result.charts[0].series["expected"] == pytest.approx([math.log(10)], abs=1e-6)


def test_first_loss_of_the_hinge_is_its_margin() -> None:
    graph = chained(
        Input(size=(1, 8, 8)),
        ("flatten", Flatten()),
        ("fc", Linear(out_features=10)),
        loss=MultiMarginLoss(margin=2.0),
    ).with_training("fc", NodeTraining(weight_init="zeros", bias_init="zeros"))
    result = result_of("first_loss", graph)
    assert result.verdict == "green"
    assert result.charts[0].series["measured"] == pytest.approx([2.0 * 9 / 10])
    assert result.charts[0].series["expected"] == pytest.approx([2.0 * 9 / 10])


def test_first_loss_far_off_names_the_last_layer() -> None:
    graph = digits_graph().with_training("fc", NodeTraining(weight_init="normal", weight_std=3.0))
    result = result_of("first_loss", graph)
    assert (result.verdict, result.node) == ("red", "fc")
    assert "normal with σ 0.01" in result.remedy


def test_weight_of_a_loss_does_not_change_what_it_begins_with() -> None:
    graph = digits_graph().with_settings("loss", CrossEntropyLoss(weight=0.25))
    assert first_loss(subject_of(graph)).verdict == "green"


def test_regularisation_adds_half_the_square_of_the_weights() -> None:
    subject = subject_of()
    (result,) = asked(subject, ["regularisation"])
    squares = sum(float(w.detach().square().sum()) for w in subject.job.module.parameters())
    first, *_, last = result.charts[0].series["loss"]
    assert last - first == pytest.approx(squares / 2, rel=1e-4)


def test_a_penalty_above_the_loss_is_amber() -> None:
    result = result_of("regularisation", weight_decay=5.0)
    assert result.verdict == "amber"
    assert "more than the first loss itself" in result.sentence


def test_frozen_network_cannot_learn_twenty_samples() -> None:
    graph = digits_graph().with_training("fc", NodeTraining(weight_init="zeros", frozen=True))
    result = result_of("overfit", graph)
    assert result.verdict == "red"


def test_too_low_a_rate_is_told_from_a_network_that_cannot_learn() -> None:
    result = result_of("overfit", learning_rate=1e-7)
    assert result.verdict == "amber"
    assert "with Adam at rate 0.003 it reaches" in result.sentence


def test_numbers_out_of_range_are_amber(tmp_path: Path) -> None:
    data = arrays(tmp_path, [n % 10 for n in range(200)], 500) | {"normalise": "none"}
    result = result_of("data_range", data=data)
    assert (result.verdict, result.node) == ("amber", "image")
    assert result.remedy == "Set normalise of the data to standardise."


def test_a_class_without_samples_is_red(tmp_path: Path) -> None:
    result = result_of("labels", data=arrays(tmp_path, [n % 9 for n in range(200)] + [9]) | {"test": 0.5, "seed": 1})
    assert result.verdict == "red"
    assert "1 of 10 classes have no sample to train on: 9" in result.sentence


def test_uneven_classes_are_amber(tmp_path: Path) -> None:
    result = result_of("labels", data=arrays(tmp_path, [0] * 400 + [n % 10 for n in range(100)]))
    assert result.verdict == "amber"
    assert "A network that always says 0 is right" in result.sentence


def test_batch_normalization_on_few_samples_names_its_node() -> None:
    graph = chained(
        Input(size=(1, 8, 8)),
        ("conv", Conv2d(out_channels=4)),
        ("bn", BatchNorm2d()),
        ("flatten", Flatten()),
        ("fc", Linear(out_features=10)),
    )
    result = result_of("batch_norm", graph, batch_size=2)
    assert (result.verdict, result.node) == ("amber", "bn")
    last = result_of("batch_norm", graph, batch_size=419)  # 1258 = 3 · 419 + 1: the single one is left out
    assert last.verdict == "green"
    short = result_of("batch_norm", graph, batch_size=418)
    assert "The last batch of an epoch has 4 samples only" in short.sentence


def test_memory_tells_the_largest_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.stepwise.batch_checks.free_memory", lambda: 1_000_000)
    result = result_of("memory", batch_size=2000)
    assert result.verdict == "red"
    assert result.remedy.startswith("Set batch_size to ")
    fits = int(result.remedy.removeprefix("Set batch_size to ").removesuffix(" or less.").replace(",", ""))
    assert result_of("memory", batch_size=fits).verdict == "amber"


def test_a_network_without_a_loss_says_so_once() -> None:
    results = list(asked(subject_of(digits_graph().without(["loss"]))))
    assert [(r.verdict, r.remedy) for r in results] == [("red", "Add a loss node, such as CrossEntropyLoss.")]


def test_the_engine_gives_each_check_as_it_ends() -> None:
    text = _text(Network(digits_graph(), "net", recipe={"device": "cpu"}))
    *parts, last = replies_to(encode(Preflight(7, text, ".", ("labels", "first_loss"))))
    assert isinstance(last, Answer)
    assert [part.result["check"] for part in parts if isinstance(part, Partly)] == last.result["checks"]
    assert [msgspec.convert(check, CheckResult).name for check in last.result["checks"]] == ["labels", "first_loss"]


def test_the_engine_answers_for_one_node_and_for_times() -> None:
    text = _text(Network(digits_graph(), "net", recipe={"device": "cpu"}))
    (answer,) = replies_to(encode(CheckGradient(1, text, ".", "conv")))
    assert isinstance(answer, Answer)
    assert answer.result["verdict"] == "green"
    (times,) = replies_to(encode(LayerTiming(2, text, ".", 16)))
    assert isinstance(times, Answer)
    assert times.result["batch_size"] == 16
    conv = next(layer for layer in times.result["layers"] if layer["node"] == "conv")
    assert (conv["output_bytes"], conv["weight_bytes"]) == (16 * 4 * 6 * 6 * 4, 40 * 4)
    assert conv["forward_ms"] > 0
    assert conv["backward_ms"] > 0


def test_command_reports_and_exits_by_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = saved(tmp_path)
    assert run(["preflight", str(file), "--json", "--only", "first_loss", "--only", "memory"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["green"] == 2
    bad = digits_graph().with_training("fc", NodeTraining(weight_init="normal", weight_std=9.0))
    assert run(["preflight", str(saved(tmp_path, bad)), "--only", "first_loss"]) == 1
    assert "red    First loss (fc)" in capsys.readouterr().out
    assert run(["preflight", str(file), "--only", "nonsense"]) == 2


def _text(network: Network) -> str:
    return write(network).decode()
