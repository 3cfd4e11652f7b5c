"""A network trained on the digits, operated on by the engine and measured."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from nodes.activation import ReLU
from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.graph.files import load, write
from nodes.graph.model import GraphError, Network
from nodes.linear import Linear
from nodes.normalization import BatchNorm2d
from nodes.reshape import Flatten
from runtime.answers.surgery import measure_surgery, operate_on
from runtime.faults import RefusalError
from runtime.questions.surgery import MeasureSurgery, OperateOn
from runtime.runs import create_run
from runtime.surgery.places import network_of
from runtime.train import train
from tests.runtime.networks import chained

RECIPE: dict[str, Any] = {"epochs": 4, "batch_size": 64, "device": "cpu", "learning_rate": 0.01}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    graph = chained(
        Input(size=(1, 8, 8)),
        ("conv", Conv2d(out_channels=6, kernel_size=(3, 3), bias=False)),
        ("bn", BatchNorm2d()),
        ("relu", ReLU()),
        ("flatten", Flatten()),
        ("fc", Linear(out_features=10)),
    )
    run = create_run(tmp_path_factory.mktemp("digits"), Network(graph, "digits", recipe=RECIPE))
    train(run)
    return run


def told(run: Path, folder: Path, operation: str, node: str = "", value: str = "") -> dict[str, Any]:
    network = load(run / "network.netw").network
    text = write(network).decode()
    asked = OperateOn(0, text, str(run), str(run), operation, str(folder), "digits", ((),), node, value)
    parts = operate_on(asked)
    first = next(parts)
    return first | finished(parts)


def finished(parts: Generator[dict[str, Any], None, dict[str, Any]]) -> dict[str, Any]:
    with pytest.raises(StopIteration) as end:
        next(parts)
    return end.value.value


@pytest.mark.parametrize(
    ("operation", "node", "value", "kept", "weights"),
    [
        ("widen", "conv", "9", 7, 7),
        ("deepen", "conv", "", 7, 9),
        ("normalise", "fc", "", 7, 11),
        ("fold", "bn", "", 4, 4),
        ("to_convolution", "fc", "", 7, 7),
        ("activation", "relu", "prelu", 7, 8),
    ],
)
def test_what_is_exact_costs_nothing(
    run: Path, tmp_path: Path, operation: str, node: str, value: str, kept: int, weights: int
) -> None:
    result = told(run, tmp_path, operation, node, value)
    assert (result["kept"], result["weights"], result["is_exact"]) == (kept, weights, True)
    assert result["before"]["accuracy"] == result["after"]["accuracy"] > 0.8
    assert result["largest_difference"] < 1e-4  # of scores of about 10
    assert (result["part"], result["samples"]) == ("validation", 180)


def test_what_is_deleted_is_missed(run: Path, tmp_path: Path) -> None:
    result = told(run, tmp_path, "delete", "bn")
    assert result["after"]["loss"] > result["before"]["loss"]
    assert result["largest_difference"] > 0.1


def test_weights_that_are_written_are_those_that_were_measured(run: Path, tmp_path: Path) -> None:
    result = told(run, tmp_path, "widen", "conv", "9")
    file = Path(result["file"])
    assert file.parent == tmp_path
    text = write(load(network_of(file)).network).decode()
    again = measure_surgery(MeasureSurgery(0, text, file.name, str(tmp_path)))
    assert again["after"] == result["after"]
    assert (again["kept"], again["weights"]) == (7, 7)


def test_another_file_is_written_for_each_operation(run: Path, tmp_path: Path) -> None:
    files = {told(run, tmp_path, "fold", "bn")["file"] for _ in range(2)}
    assert {Path(file).name for file in files} == {"digits-1.safetensors", "digits-2.safetensors"}


def test_a_batch_normalisation_that_comes_new_has_the_averages_of_what_reaches_it(run: Path, tmp_path: Path) -> None:
    weights = load_file(told(run, tmp_path, "normalise", "fc")["file"])
    [norm] = {name.partition(".")[0] for name in weights} - {"conv", "bn", "fc"}
    assert weights[f"{norm}.running_var"].min() > 1.0
    assert weights[f"{norm}.bias"].equal(weights[f"{norm}.running_mean"])


def test_without_trained_weights_nothing_can_be_kept(run: Path, tmp_path: Path) -> None:
    text = write(load(run / "network.netw").network).decode()
    with pytest.raises(RefusalError, match="no trained weights"):
        next(operate_on(OperateOn(0, text, "", str(run), "fold_all", str(tmp_path), "digits")))
    with pytest.raises(GraphError, match="no operation melt"):
        next(operate_on(OperateOn(0, text, str(run), str(run), "melt", str(tmp_path), "digits")))
    assert not [*tmp_path.iterdir()]


def test_what_cannot_be_measured_is_written_all_the_same(run: Path, tmp_path: Path) -> None:

    network = load(run / "network.netw").network
    network = dataclasses.replace(network, data={"source": "nowhere"})
    asked = OperateOn(0, write(network).decode(), str(run), str(run), "fold_all", str(tmp_path), "digits")
    parts = operate_on(asked)
    assert Path(next(parts)["file"]).is_file()
    assert "nowhere" in finished(parts)["reason"]


def test_weights_of_no_known_network_have_nothing_to_be_compared_with(run: Path, tmp_path: Path) -> None:
    text = write(load(run / "network.netw").network).decode()
    with pytest.raises(RefusalError, match="not known"):
        measure_surgery(MeasureSurgery(0, text, "torchvision:resnet18", str(tmp_path)))
