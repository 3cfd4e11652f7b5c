"""Generated toys, fixed by their seed, and networks that learn them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nodes.activation import ReLU
from nodes.boundary import Input
from nodes.graph.model import Network
from nodes.linear import Linear
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.forms import TOY, TOYS
from runtime.data.open import open_data
from runtime.data.toys import LAYOUTS, MAKERS
from runtime.runs import create_run
from runtime.train import train
from tests.networks.drawn.sketch import Sketch


def toy(name: str, **rest: object) -> DataSet:
    return open_data(DataChoice.read({"source": TOY + name, **rest}))


def test_every_toy_that_is_named_is_made() -> None:
    assert list(TOYS) == [*MAKERS, *LAYOUTS]


@pytest.mark.parametrize("name", TOYS)
def test_a_toy_is_fixed_by_its_seed(name: str) -> None:
    first, again, other = (toy(name, seed=seed) for seed in (1, 1, 2))
    field = first.fields[0].name
    assert first.columns[field].equal(again.columns[field])
    assert not first.columns[field].equal(other.columns[field])


@pytest.mark.parametrize(
    ("name", "classes"), [("moons", 2), ("circles", 2), ("spirals", 3), ("signals", 10), ("ring", 8)]
)
def test_the_classes_are_as_many_as_each_other(name: str, classes: int) -> None:
    counts = np.bincount(toy(name).columns["label"].numpy())
    assert len(counts) == classes
    assert counts.max() - counts.min() <= 1


def test_the_circles_have_radius_1_and_one_half() -> None:
    data = toy("circles")
    radius = data.columns["point"].norm(dim=1)
    for label, wanted in ((0, 1.0), (1, 0.5)):
        assert radius[data.columns["label"] == label].mean().item() == pytest.approx(wanted, abs=0.02)


def test_a_toy_that_there_is_not() -> None:
    with pytest.raises(DataError, match=r"There is no toy moon\. Choose toy:moons, toy:circles, toy:spirals"):
        toy("moon")


def test_two_moons_are_told_apart(tmp_path: Path) -> None:
    sketch = (
        Sketch(point=Input("vector", (2,))).then(Linear(32), ReLU(), Linear(32), ReLU(), Linear(2)).judged("moon")
    )
    recipe = {"optimizer": "Adam", "learning_rate": 0.01, "epochs": 12, "batch_size": 64, "device": "cpu"}
    network = Network(sketch.drawn(), data={"source": "toy:moons"}, recipe=recipe)
    summary = train(create_run(tmp_path, network))
    assert summary.test_accuracy is not None
    assert summary.test_accuracy >= 0.99
