"""A run that begins with weights from elsewhere, frozen layers and a slower trunk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

import resources
from nodes.activation import ReLU
from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.graph.files import load
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.normalization import BatchNorm2d
from nodes.reshape import Flatten
from nodes.spec.training import NodeTraining
from runtime.checkpoint import load_weights
from runtime.compile import build
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet
from runtime.data.open import open_data
from runtime.optimizers import make_optimizer, set_learning_rate
from runtime.recipe import Recipe
from runtime.runs import Entry, Noted, Progress, TrainingError, Validated, WeightsTaken, create_run, read_entries
from runtime.train import train
from runtime.transfer import start
from runtime.transfer.read import Given
from tests.runtime.networks import chained

BASE: dict[str, Any] = {"epochs": 1, "batch_size": 128, "device": "cpu"}


@pytest.fixture(scope="module")
def data() -> DataSet:
    return open_data(DataChoice())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, data: DataSet) -> Path:
    run = run_of(tmp_path_factory.mktemp("trained"), epochs=2)
    train(run, prepared=data)
    return run


def run_of(root: Path, *, names: tuple[str, str] = ("conv", "fc"), frozen: bool = False, **settings: Any) -> Path:
    conv, fc = names
    graph = chained(
        Input(size=(1, 8, 8)),
        (conv, Conv2d(out_channels=4, kernel_size=(3, 3), bias=False)),
        ("bn", BatchNorm2d()),
        ("relu", ReLU()),
        ("flatten", Flatten()),
        (fc, Linear(out_features=10)),
    )
    if frozen:
        graph = graph.with_training(conv, NodeTraining(frozen=True)).with_training("bn", NodeTraining(frozen=True))
    return create_run(root, Network(graph, "digits", recipe=BASE | settings))


def learned(run: Path) -> dict[str, Tensor]:
    """The last weights and running averages."""
    return {name: value for name, value in load_weights(run, "last").items() if "num_batches" not in name}


def moved(run: Path, before: Path) -> set[str]:
    """What training has changed since the run it began with."""
    begun = load_weights(before)
    return {name for name, value in learned(run).items() if not value.equal(begun[name])}


def test_a_run_begins_where_another_ended(tmp_path: Path, trained: Path, data: DataSet) -> None:
    run = run_of(tmp_path, start_from=str(trained), learning_rate=1e-8)
    train(run, prepared=data)
    before = load_weights(trained)
    assert all(
        value.allclose(before[name], atol=1e-6) for name, value in learned(run).items() if "running" not in name
    )
    taken = next(entry for entry in read_entries(run)[0] if isinstance(entry, WeightsTaken))
    assert {row.state for row in taken.rows} == {"by name"}
    notes = [entry.sentence for entry in read_entries(run)[0] if isinstance(entry, Noted)]
    assert notes[0].startswith("7 of 7 weights begin as in")


def test_other_names_take_the_weights_by_order(tmp_path: Path, trained: Path, data: DataSet) -> None:
    run = run_of(tmp_path, names=("first", "scores_of"), start_from=str(trained), learning_rate=1e-8)
    train(run, prepared=data)
    assert learned(run)["first.weight"].allclose(load_weights(trained)["conv.weight"], atol=1e-6)


class KilledError(BaseException):
    """As SIGKILL would: nothing is caught, nothing is saved."""


def test_killed_before_its_first_checkpoint_it_begins_with_the_same_weights(
    tmp_path: Path, trained: Path, data: DataSet
) -> None:
    def kill(entry: Entry) -> None:
        if isinstance(entry, Progress):
            raise KilledError

    whole, killed = run_of(tmp_path / "a", start_from=str(trained)), run_of(tmp_path / "b", start_from=str(trained))
    train(whole, prepared=data)
    with pytest.raises(KilledError):
        train(killed, prepared=data, on_entry=kill)
    train(killed, resume=True, prepared=data)
    assert not moved(killed, whole)
    assert sum(isinstance(entry, WeightsTaken) for entry in read_entries(killed)[0]) == 1


def test_weights_that_are_gone_stop_the_run_before_its_first_step(tmp_path: Path, data: DataSet) -> None:
    run = run_of(tmp_path, start_from=str(tmp_path / "gone.pt"))
    with pytest.raises(TrainingError, match=r"There is no .*gone\.pt to start from"):
        train(run, prepared=data)
    assert not any(isinstance(entry, Validated) for entry in read_entries(run)[0])


def test_weights_of_another_kind_of_network_are_refused(tmp_path: Path, data: DataSet) -> None:
    torch.save({"x": torch.zeros(7)}, tmp_path / "other.pt")
    with pytest.raises(TrainingError, match=r"Nothing in other\.pt fits this network"):
        train(run_of(tmp_path, start_from=str(tmp_path / "other.pt")), prepared=data)


def test_a_node_that_is_not_there_is_refused_with_those_there_are(tmp_path: Path, data: DataSet) -> None:
    for setting in ({"unfreeze": "1: stage9"}, {"head": "stage9", "head_epochs": 1}):
        with pytest.raises(TrainingError, match=r"The recipe names stage9, .* Those it has are conv, bn, fc"):
            train(run_of(tmp_path, **setting), prepared=data)


def test_the_head_is_trained_alone_first(tmp_path: Path, trained: Path, data: DataSet) -> None:
    run = run_of(tmp_path, start_from=str(trained), head_epochs=1)
    train(run, prepared=data)
    assert moved(run, trained) == {"fc.weight", "fc.bias"}  # not the running averages of bn either


def test_then_all_of_it(tmp_path: Path, trained: Path, data: DataSet) -> None:
    run = run_of(tmp_path, start_from=str(trained), head_epochs=1, epochs=2)
    train(run, prepared=data)
    assert moved(run, trained) == learned(run).keys()
    notes = [entry.sentence for entry in read_entries(run)[0] if isinstance(entry, Noted)]
    assert notes[-1] == "After 1 epoch conv, bn are no longer frozen: 44 weights more."


@pytest.mark.parametrize("frozen", [False, True])
def test_layers_are_freed_at_their_epochs(tmp_path: Path, trained: Path, data: DataSet, frozen: bool) -> None:
    run = run_of(tmp_path, start_from=str(trained), unfreeze="1: bn; 5: conv", epochs=2, frozen=frozen)
    train(run, prepared=data)
    assert moved(run, trained) == {name for name in learned(run) if not name.startswith("conv")}


def test_everything_frozen_is_refused(tmp_path: Path, data: DataSet) -> None:
    with pytest.raises(TrainingError, match="All weights of the network are frozen in the first epoch"):
        train(run_of(tmp_path, unfreeze="1: all"), prepared=data)


def test_the_trunk_goes_slower_than_the_head() -> None:
    module = nn.Sequential()
    module.add_module("conv", nn.Linear(2, 2))
    module.add_module("fc", nn.Linear(2, 2))
    recipe = Recipe(learning_rate=0.5, trunk_factor=0.1)
    optimizer = make_optimizer(recipe, module, head=("fc",))
    set_learning_rate(optimizer, 0.5)
    rates = {id(weight): group["lr"] for group in optimizer.param_groups for weight in group["params"]}
    assert [rates[id(weight)] for weight in module.parameters()] == [0.05, 0.05, 0.5, 0.5]


def test_torchvisions_layers_are_matched_as_they_run(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = models.squeezenet1_1().eval()
    monkeypatch.setattr(start, "read_weights", lambda _: Given("torchvision", theirs.state_dict(), theirs))
    graph = load(Path(resources.__file__).parent / "networks" / "squeezenet1_1.netw").network.graph
    ours = build(graph, losses=False).eval()
    found = start.start_of(ours, graph, Recipe(start_from="torchvision:squeezenet1_1"))
    start.take(ours, found)
    assert not found.left_over
    x = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        assert ours(x).allclose(theirs(x), atol=1e-5)
