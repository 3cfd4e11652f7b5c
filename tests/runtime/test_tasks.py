"""What is measured of networks for numbers, pixels and symbols, from the drawing to the journal."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from nodes.activation import ReLU
from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.embedding import Embedding
from nodes.graph.infer import infer
from nodes.graph.model import Graph, Link, Network
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss, MSELoss
from nodes.loss_pairs import BCEWithLogitsLoss
from nodes.spec.shapes import Shape
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet, Field
from runtime.metrics import task_of
from runtime.runs import TrainingError, Validated, create_run, read_entries
from runtime.train import train
from tests.runtime.networks import QUICK, chained

NAMES = ("background", "cat", "dog")
ROWS = torch.arange(96)


def made(inputs: Field, given: Tensor, target: Field, wanted: Tensor) -> DataSet:
    columns = {inputs.name: given, target.name: wanted}
    choice = DataChoice(normalise="none")
    return DataSet(choice, (inputs, target), columns, ROWS[:64], ROWS[64:80], ROWS[80:])


def measured(tmp_path: Path, graph: Graph, data: DataSet, **recipe: object) -> dict[str, float]:
    """The metrics of the test part after a short training."""
    settings = QUICK | {"optimizer": "Adam", "learning_rate": 0.02, "epochs": 30, "batch_size": 16} | recipe
    run = create_run(tmp_path, Network(graph, recipe=settings))
    train(run, prepared=data)
    tested = [e for e in read_entries(run)[0] if isinstance(e, Validated)][-1]
    assert tested.part == "test"
    assert tested.accuracy is None
    return tested.metrics


def regression() -> tuple[Graph, DataSet]:
    torch.manual_seed(0)
    given = torch.randn(96, 4)
    wanted = given @ torch.randn(4, 2) + 1
    data = made(Field("x", Shape(4)), given, Field("y", Shape(2), is_target=True), wanted)
    return chained(Input(size=(4,), kind="vector"), ("fc", Linear(out_features=2)), loss=MSELoss()), data


def segmentation() -> tuple[Graph, DataSet]:
    torch.manual_seed(0)
    labels = torch.randint(0, 3, (96, 6, 6))
    pictures = labels[:, None] / 2 + 0.05 * torch.randn(96, 1, 6, 6)
    target = Field("mask", Shape(6, 6, axes="HW", values="index"), NAMES, is_target=True)
    layers = (("c1", Conv2d(8, (1, 1))), ("relu", ReLU()), ("c2", Conv2d(3, (1, 1))))
    return chained(Input(size=(1, 6, 6)), *layers), made(Field("image", Shape(1, 6, 6)), pictures, target, labels)


def symbols() -> tuple[Graph, DataSet]:
    torch.manual_seed(0)
    text = torch.randint(0, 3, (96, 5))
    given = Field("text", Shape(5, axes="L", values="index"))
    target = Field("next", Shape(5, axes="L", values="index"), NAMES, is_target=True)
    layers = (("embedding", Embedding(3, 8)), ("fc", Linear(out_features=3)))
    return chained(Input(size=(5,), kind="indices"), *layers, loss=CrossEntropyLoss()), made(
        given, text, target, text
    )


def test_yes_or_no_of_one_score(tmp_path: Path) -> None:
    """The target is a class, as a table's column of two words is."""
    torch.manual_seed(0)
    given = torch.randn(96, 4)
    wanted = (given.sum(1) > 0).long()
    target = Field("bought", Shape(values="index"), ("no", "yes"), is_target=True)
    data = made(Field("x", Shape(4)), given, target, wanted)
    graph = chained(Input(size=(4,), kind="vector"), ("fc", Linear(out_features=1)), loss=BCEWithLogitsLoss())
    found = measured(tmp_path, graph, data, monitor="auroc", best_by="f1")
    assert set(found) == {"accuracy", "precision", "recall", "f1", "auroc"}
    assert found["accuracy"] > 0.9
    assert found["auroc"] > 0.9


def test_numbers(tmp_path: Path) -> None:
    found = measured(tmp_path, *regression(), monitor="mae", best_by="r2")
    assert set(found) == {"mse", "mae", "r2"}
    assert found["r2"] > 0.9
    assert found["mae"] ** 2 <= found["mse"] < 1


def test_pixels(tmp_path: Path) -> None:
    found = measured(tmp_path, *segmentation(), best_by="iou")
    assert set(found) == {"accuracy", "precision", "recall", "iou", "dice"}
    assert 0.9 < found["iou"] <= found["dice"] <= 1


def test_symbols(tmp_path: Path) -> None:
    found = measured(tmp_path, *symbols(), monitor="perplexity")
    assert set(found) == {"accuracy", "perplexity"}
    assert found["accuracy"] == 1
    assert 1 < found["perplexity"] < 1.5


def test_perplexity_is_e_to_the_loss(tmp_path: Path) -> None:
    graph, data = symbols()
    run = create_run(tmp_path, Network(graph, recipe=QUICK))
    train(run, prepared=data)
    for entry in read_entries(run)[0]:
        if isinstance(entry, Validated):
            assert entry.metrics["perplexity"] == pytest.approx(math.exp(entry.loss), rel=1e-5)


def test_an_autoencoder_has_no_task() -> None:
    graph, data = segmentation()
    graph = chained(Input(size=(1, 6, 6)), ("c1", Conv2d(1, (1, 1))), loss=MSELoss())
    graph = graph.with_link(Link("image", "output", "loss", "target"))
    assert task_of(infer(graph), data) is None


def test_early_stopping_by_a_metric_of_another_task_is_refused(tmp_path: Path) -> None:
    graph, data = regression()
    run = create_run(tmp_path, Network(graph, recipe=QUICK | {"monitor": "accuracy"}))
    with pytest.raises(TrainingError, match="Set monitor to loss, mse, mae or r2"):
        train(run, prepared=data)
