"""A training as a script: what it prints and saves is what a run measures and keeps."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.dropout import Dropout
from nodes.graph.files import load
from nodes.graph.model import Graph, Network
from nodes.linear import Linear
from nodes.loss import MSELoss
from nodes.loss_pairs import BCEWithLogitsLoss
from nodes.spec.shapes import Shape
from nodes.spec.training import NodeTraining
from runtime.checkpoint import load_weights
from runtime.data.dataset import DataSet, Field
from runtime.exchange import ExportError
from runtime.exchange.kinds import Wishes, write
from runtime.exchange.script.write import write_script
from runtime.exchange.subject import Subject, untrained
from runtime.runs import TrainingError, Validated, create_run, read_entries
from runtime.train import train
from tests.nodes.drawing import chain
from tests.runtime.networks import chained
from tests.runtime.random_recipes import random_recipe
from tests.runtime.test_tasks import made, segmentation, symbols

NETWORKS = Path(__file__).parents[3] / "resources" / "networks"
SHORT = {"epochs": 3, "batch_size": 256, "learning_rate": 0.01, "schedule": "constant", "device": "cpu"}
VARIED = {
    "colours": {"brightness": 0.4, "contrast": 0.3, "pixel_noise": 0.1, "erasing": 0.5, "cutout": 3},
    "places": {"horizontal_flip": 0.5, "crop_padding": 2, "rotation": 10, "zoom": 0.1, "resized_crop": 0.5},
    "whole places": {"vertical_flip": 0.3, "shift": 0.2, "border": "mirror"},
    "mixtures": {"mixup": 0.2, "cutmix": 1.0},
    "mixup by sampling": {"mixup": 0.4, "balancing": "sampling"},
    "class weights": {"balancing": "class weights"},
}
MOVED = {
    "EMA": {"averaging": "EMA", "ema_decay": 0.9},
    "SWA": {"averaging": "SWA", "swa_start": 1},
    "Polyak": {"averaging": "Polyak", "swa_start": 1, "keep": "last"},
    "plateau": {"schedule": "plateau", "patience": 0, "threshold": 0.5, "cooldown": 1, "min_lr": 1e-4, "epochs": 5},
    "LBFGS": {"optimizer": "LBFGS", "max_iter": 3, "l1": 1e-4, "weight_decay": 1e-3, "decay_biases": False,
              "learning_rate": 0.1, "batch_size": 600, "line_search_fn": "strong_wolfe"},
    "penalties": {"l1": 1e-3, "max_norm": 0.8, "decay_biases": False, "weight_decay": 0.01},
    "head first": {"head_epochs": 1, "trunk_factor": 0.1},
    "unfrozen": {"unfreeze": "1: conv2; 2: conv1", "optimizer": "SGD", "averaging": "SWA", "swa_start": 0},
    "several batches": {"accumulation_steps": 3, "clip_grad_norm": 0.5, "optimizer": "SGD"},
    "one cycle": {"schedule": "one_cycle", "optimizer": "SGD", "learning_rate": 0.1},
    "stopped": {"early_stopping": True, "stop_patience": 1, "stop_min_delta": 5.0, "monitor": "f1", "epochs": 6},
    "target": {"target": 0.2, "monitor": "accuracy", "best_by": "auroc", "epochs": 6},
    "bf16": {"precision": "bf16"},
    "steps": {"max_steps": 7, "validate_every": 2},
    "LBFGS, several batches": {"optimizer": "LBFGS", "max_iter": 2, "accumulation_steps": 2, "learning_rate": 0.1},
}  # fmt: skip


def yes_or_no(several: bool) -> tuple[Graph, DataSet]:
    """One answer, or three, for each sample."""
    torch.manual_seed(0)
    given, labels = torch.randn(96, 4), 3 if several else 1
    target = Field("wanted", Shape(3), is_target=True) if several else Field(
        "wanted", Shape(values="index"), ("no", "yes"), is_target=True
    )  # fmt: skip
    wanted = (given[:, :3] > 0).float() if several else (given.sum(1) > 0).long()
    graph = chained(Input(size=(4,), kind="vector"), ("fc", Linear(out_features=labels)), loss=BCEWithLogitsLoss())
    return graph, made(Field("x", Shape(4)), given, target, wanted)


def numbers() -> tuple[Graph, DataSet]:
    torch.manual_seed(0)
    given = torch.randn(96, 4)
    target = Field("wanted", Shape(2), is_target=True)
    graph = chained(Input(size=(4,), kind="vector"), ("fc", Linear(out_features=2)), loss=MSELoss())
    return graph, made(Field("x", Shape(4)), given, target, given[:, :2] * 2 + 1)


def graph_with_dropout(graph: Graph) -> Graph:
    """Its ReLUs drop instead."""
    for name in ("relu1", "relu2"):
        graph = graph.with_settings(name, Dropout(p=0.3))
    return graph


@pytest.fixture(scope="module")
def digits() -> Subject:
    subject = untrained(load(NETWORKS / "digits.netw"), NETWORKS)
    assert subject.dataset is not None
    return subject


def told_by_script(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, float]]:
    """What a script prints of each validation, the last of the test."""
    capsys.readouterr()
    runpy.run_path(str(folder / "train.py"))
    lines = capsys.readouterr().out.splitlines()
    pairs = [[one.rsplit(" ", 1) for one in line.partition(": ")[2].split(", ")] for line in lines]
    return [{name: float(value) for name, value in line} for line in pairs]


def require_equal(
    network: Network, dataset: Any, folder: Path, capsys: pytest.CaptureFixture[str], near: float = 1e-3
) -> dict[str, Any]:
    """Trains the network by a run and by its script, and compares all that both tell and keep."""
    run = create_run(folder, network)
    train(run, prepared=dataset)
    entries = [entry for entry in read_entries(run)[0] if isinstance(entry, Validated)]
    report = write_script(network, dataset, folder / "train.py", folder)
    told = told_by_script(folder, capsys)
    assert [one["loss"] for one in told] == pytest.approx([entry.loss for entry in entries], rel=near)
    for ours, entry in zip(told, entries, strict=True):
        metrics = {name: value for name, value in entry.metrics.items() if name != "bleu"}
        assert {n: v for n, v in ours.items() if n != "loss"} == pytest.approx(metrics, rel=10 * near, abs=near)
    [saved] = [load_file(file) for file in folder.glob("*.safetensors") if ".data." not in file.name]
    for name, value in load_weights(run, "best").items():
        torch.testing.assert_close(saved[name], value, rtol=near, atol=near / 2)
    return report


@pytest.mark.parametrize("settings", [*VARIED.values(), *MOVED.values()], ids=[*VARIED, *MOVED])
def test_a_script_trains_as_a_run_does(
    settings: dict[str, Any], digits: Subject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = replace(digits.network, recipe={"optimizer": "Adam", **SHORT, **settings})
    report = require_equal(network, digits.dataset, tmp_path, capsys)
    assert report["left_out"] == []


def test_nodes_of_their_own_rate_and_penalties_are_trained_so(
    digits: Subject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = digits.network.graph
    graph = graph.with_training("conv2", NodeTraining(learning_rate_factor=0.1, max_norm=0.5, l1=1e-3))
    graph = graph.with_training("fc1", NodeTraining(weight_decay=0.1, bias_init="zeros"))
    graph = graph.with_training("bn1", NodeTraining(frozen=True))
    network = replace(digits.network, graph=graph, recipe={**SHORT, "averaging": "SWA", "swa_start": 0})
    assert require_equal(network, digits.dataset, tmp_path, capsys)["left_out"] == []


def test_a_script_starts_from_the_weights_that_a_run_starts_from(
    digits: Subject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = {name: value.clone() * 1.5 for name, value in digits.module.state_dict().items() if "fc1" not in name}
    save_file(weights, tmp_path / "start.data.safetensors")
    recipe = {**SHORT, "start_from": str(tmp_path / "start.data.safetensors")}
    require_equal(replace(digits.network, recipe=recipe), digits.dataset, tmp_path, capsys)
    assert "start.conv1.weight" in load_file(tmp_path / "train.data.safetensors")


TASKS: dict[str, Callable[[], tuple[Graph, DataSet]]] = {
    "pixels": segmentation, "symbols": symbols, "yes or no": lambda: yes_or_no(False),
    "several labels": lambda: yes_or_no(True), "numbers": numbers,
}  # fmt: skip


@pytest.mark.parametrize("task", TASKS)
def test_every_metric_of_a_task_is_measured(task: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph, data = TASKS[task]()
    augmented = {"rotation": 20, "horizontal_flip": 0.5} if task == "pixels" else {}
    network = Network(graph, "Net", "", {}, {"epochs": 2, "batch_size": 16, "device": "cpu", **augmented})
    assert require_equal(network, data, tmp_path, capsys)["left_out"] == []


def test_whitened_pictures_and_noise_of_the_network(
    digits: Subject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Dropout draws from the same generator as a run's."""
    network = replace(digits.network, recipe=SHORT, data={"source": "digits", "normalise": "ZCA whitening"})
    whitened = Subject(network, NETWORKS).dataset
    graph = graph_with_dropout(network.graph)
    require_equal(replace(network, graph=graph), whitened, tmp_path, capsys)


@pytest.mark.parametrize("seed", [2, 3, 19, 24])
def test_any_recipe_is_repeated_or_named(
    seed: int, digits: Subject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Settings at random, but for those that are named as not repeated."""
    recipe = random_recipe(seed) | {
        "validate_unit": "epochs", "when_exploding": "stop", "explosion_factor": None, "test_crops": "none",
        "keep_every": None, "keep_cycles": False, "precision": "fp32", "learning_rate": 0.01, "base_lr": 0.001,
    }  # fmt: skip
    network = replace(digits.network, recipe=recipe)
    assert require_equal(network, digits.dataset, tmp_path, capsys, near=5e-3)["left_out"] == []


def test_what_is_not_repeated_is_named_at_the_top(digits: Subject, tmp_path: Path) -> None:
    recipe = {**SHORT, "test_crops": "flip", "time_budget": 3.0, "watch": "off", "rotation": 5}
    network = replace(digits.network, recipe=recipe)
    report = write_script(network, digits.dataset, tmp_path / "train.py", tmp_path)
    assert report["left_out"] == ["time_budget", "test_crops"]
    assert "Not repeated here: time_budget, test_crops." in (tmp_path / "train.py").read_text().splitlines()[0]


def test_a_script_carries_what_it_needs_and_nothing_of_ours(digits: Subject, tmp_path: Path) -> None:
    write_script(replace(digits.network, recipe=SHORT), digits.dataset, tmp_path / "train.py", tmp_path)
    text = (tmp_path / "train.py").read_text()
    assert "netwright" not in text.lower().replace("drawn in netwright", "")
    assert "from runtime" not in text
    assert "class Draws" not in text
    rates = load_file(tmp_path / "train.data.safetensors")["rates"]
    assert len(rates) == 3 * -(-len(digits.dataset.train) // 256)


@pytest.mark.parametrize(
    "settings",
    [{}, {"discriminator_steps": 2, "accumulation_steps": 2, "clip_grad_norm": 0.5}],
    ids=["each", "second"],
)
def test_two_networks_learn_against_each_other_as_in_a_run(
    settings: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subject = untrained(load(NETWORKS / "gan_ring.netw"), NETWORKS)
    recipe = {**subject.network.recipe, "device": "cpu", "epochs": 2, "max_steps": 15, "batch_size": 128, **settings}
    report = require_equal(replace(subject.network, recipe=recipe), subject.dataset, tmp_path, capsys)
    assert report["left_out"] == []


def test_a_block_named_as_something_of_the_script_is_refused(digits: Subject, tmp_path: Path) -> None:
    """Where the script has it: without augmentation it draws nothing."""
    body = chain(x=Input(size=(16, 8, 8)), relu=ReLU(), output=Output())
    graph = digits.network.graph.with_settings("relu1", Block("Draws", body))
    for recipe, is_fine in ((SHORT, True), ({**SHORT, "rotation": 5}, False)):
        network = replace(digits.network, graph=graph, recipe=recipe)
        if is_fine:
            write_script(network, digits.dataset, tmp_path / "train.py", tmp_path)
        else:
            with pytest.raises(ExportError, match="The script has a Draws of its own"):
                write_script(network, digits.dataset, tmp_path / "train.py", tmp_path)


def test_what_has_no_two_networks_is_refused(digits: Subject, tmp_path: Path) -> None:
    subject = Subject(replace(digits.network, recipe={"adversarial": True}), NETWORKS)
    with pytest.raises(TrainingError, match="no Input takes the field noise"):
        write(subject, "script", tmp_path / "train.py", Wishes())
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_holds_the_same_cells(digits: Subject, tmp_path: Path) -> None:
    write(digits, "notebook", tmp_path / "train.ipynb", Wishes())
    cells = json.loads((tmp_path / "train.ipynb").read_text())["cells"]
    assert [cell["cell_type"] for cell in cells] == ["markdown", "code"] * 5
    compile("\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"), "notebook", "exec")
