"""What a node's training settings come to: in fresh weights, in the optimizer, over a real run, and in files."""

import dataclasses
import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import runtime.team
import runtime.train
from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.code import PythonCode
from nodes.conv import Conv2d, ConvTranspose2d
from nodes.dropout import Dropout2d
from nodes.graph.files import read, write
from nodes.graph.model import Graph, Link, Network, Node
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.normalization import BatchNorm2d
from nodes.recurrent import LSTM
from nodes.reshape import Flatten
from nodes.spec.training import NodeTraining
from runtime.checkpoint import load_weights
from runtime.compile import build
from runtime.exchange.python_file import export_python
from runtime.layers.beginnings import bilinear_
from runtime.optimizers import make_optimizer, set_learning_rate
from runtime.recipe import Recipe
from runtime.runs import Progress, Stop, create_run, send
from runtime.source import write_source
from tests.nodes.drawing import chain
from tests.runtime.networks import chained, digits_graph

WIDE = chain(values=Input(kind="vector", size=(400,)), fc=Linear(300), y=Output())
RECIPE = {"epochs": 2, "batch_size": 256, "device": "cpu", "optimizer": "SGD", "learning_rate": 0.1}


def weights_of(training: NodeTraining, graph: Graph = WIDE, node: str = "fc"):
    torch.manual_seed(0)
    return dict(build(graph.with_training(node, training)).named_parameters())


@pytest.mark.parametrize(
    ("how", "bound", "std"),
    [
        ("normal", math.inf, 0.02),
        ("xavier_uniform", math.sqrt(6 / 700), math.sqrt(2 / 700)),
        ("xavier_normal", math.inf, math.sqrt(2 / 700)),
        ("kaiming_uniform", math.sqrt(6 / 400), math.sqrt(2 / 400)),
        ("kaiming_normal", math.inf, math.sqrt(2 / 400)),
        ("default", 1 / 20, 1 / 20 / math.sqrt(3)),
    ],
)
def test_weights_begin_with_the_spread_of_their_formula(how, bound, std):
    weight = weights_of(NodeTraining(weight_init=how, weight_std=0.02))["fc.weight"]
    assert weight.std().item() == pytest.approx(std, rel=0.02)
    assert abs(weight.mean().item()) < std / 100
    assert weight.abs().max().item() <= bound
    if math.isfinite(bound):
        assert weight.abs().max().item() > 0.99 * bound


def test_orthogonal_weights_keep_lengths():
    weight = weights_of(NodeTraining(weight_init="orthogonal"))["fc.weight"]
    torch.testing.assert_close(weight @ weight.T, torch.eye(300), atol=1e-4, rtol=0)


@pytest.mark.parametrize(("how", "value"), [("zeros", 0.0), ("constant", 0.25)])
def test_weights_may_begin_alike(how, value):
    found = weights_of(NodeTraining(weight_init=how, weight_value=value))
    assert found["fc.weight"].unique().tolist() == [value]
    assert len(found["fc.bias"].unique()) > 1


@pytest.mark.parametrize(("how", "value"), [("zeros", 0.0), ("constant", -0.5)])
def test_biases_begin_apart_from_weights(how, value):
    found, plain = weights_of(NodeTraining(bias_init=how, bias_value=value)), weights_of(NodeTraining())
    assert found["fc.bias"].unique().tolist() == [value]
    assert torch.equal(found["fc.weight"], plain["fc.weight"])


def test_all_matrices_and_all_biases_of_an_lstm_are_reached():
    graph = chain(values=Input(kind="sequence", size=(5, 8)), lstm=LSTM(16, num_layers=2), y=Output())
    found = weights_of(NodeTraining(weight_init="orthogonal", bias_init="constant", bias_value=1.0), graph, "lstm")
    for name, weight in found.items():
        if "bias" in name:
            assert weight.unique().tolist() == [1.0]
        else:
            torch.testing.assert_close(weight.T @ weight, torch.eye(weight.shape[1]), atol=1e-4, rtol=0)


def stepped(size: int = 4, training: NodeTraining | None = None) -> Graph:
    """A body with one Linear layer that keeps the size."""
    body = chain(a=Input(kind="vector", size=(size,)), fc=Linear(size), relu=ReLU(), b=Output())
    return body.with_training("fc", training) if training else body


def nested(**settings) -> Graph:
    """Blocks within blocks, the inner one repeated, the outer one over time."""
    inner = Block("Inner", stepped(training=NodeTraining(learning_rate_factor=0.5)), repeat=2)
    body = chain(a=Input(kind="vector", size=(4,)), inner=inner, last=Linear(4), b=Output())
    outer = Block("Outer", body, over_time=True)
    graph = chain(
        values=Input(kind="sequence", size=(3, 4)), outer=outer, flat=Flatten(), head=Linear(10), y=Output()
    )
    return graph.with_training("outer", NodeTraining(**settings))


def rates(graph: Graph, **recipe) -> dict[str, tuple[float, float]]:
    """Learning rate and weight decay by name of the weight, as the optimizer has them."""
    end = graph.incoming("y")["x"]
    graph = graph.with_node("loss", Node(CrossEntropyLoss()))
    graph = graph.with_link(Link(end.source, end.output, "loss", "prediction"))
    module = build(graph)
    optimizer = make_optimizer(Recipe(**recipe), module)
    names = {weight: name for name, weight in module.named_parameters()}
    return {
        names[weight]: (group["lr"], group["weight_decay"])
        for group in optimizer.param_groups
        for weight in group["params"]
    }


def test_rate_and_decay_reach_every_depth():
    found = rates(nested(learning_rate_factor=0.1, weight_decay=0.3), learning_rate=1.0, weight_decay=0.01)
    assert found["head.weight"] == (1.0, 0.01)
    assert found["outer.layer.last.weight"] == (pytest.approx(0.1), 0.3)
    for turn in (0, 1):
        assert found[f"outer.layer.inner.{turn}.fc.bias"] == (pytest.approx(0.05), 0.3)
    assert len(found) == 8


def test_a_decay_of_the_inner_node_wins():
    graph = chain(
        values=Input(kind="vector", size=(4,)),
        block=Block("B", stepped(training=NodeTraining(weight_decay=0.0)), 2),
        y=Output(),
    )
    found = rates(graph.with_training("block", NodeTraining(weight_decay=0.5)), weight_decay=0.1)
    assert {decay for _, decay in found.values()} == {0.0}


def test_names_that_begin_alike_are_told_apart():
    graph = chain(values=Input(kind="vector", size=(4,)), fc1=Linear(4), fc10=Linear(4), y=Output())
    found = rates(graph.with_training("fc1", NodeTraining(learning_rate_factor=2.0)), learning_rate=0.1)
    assert found["fc1.weight"][0] == pytest.approx(0.2)
    assert found["fc10.weight"][0] == pytest.approx(0.1)


def test_a_schedule_keeps_the_factor():
    module = build(digits_graph().with_training("conv", NodeTraining(learning_rate_factor=0.1)))
    optimizer = make_optimizer(Recipe(learning_rate=1.0), module)
    set_learning_rate(optimizer, 0.5)
    assert sorted(group["lr"] for group in optimizer.param_groups) == [pytest.approx(0.05), 0.5]


def normalized() -> Graph:
    """Normalization on its own, one layer deeper, and inside a block that repeats it."""
    body = chain(a=Input(size=(3, 4, 4)), norm=BatchNorm2d(), drop=Dropout2d(), b=Output())
    return chain(image=Input(size=(3, 4, 4)), first=BatchNorm2d(), block=Block("Two", body, repeat=2), y=Output())


@pytest.mark.parametrize("frozen", ["first", "block"])
def test_frozen_layers_keep_their_running_averages(frozen):
    module = build(normalized().with_training(frozen, NodeTraining(frozen=True)))
    before = {name: value.clone() for name, value in module.named_buffers()}
    module.train()
    module(torch.randn(8, 3, 4, 4))
    still = {name for name, value in module.named_buffers() if torch.equal(value, before[name])}
    assert still == {name for name in before if name.startswith(frozen)}
    module.eval()
    assert not any(part.training for part in module.modules())


def test_frozen_normalization_inside_a_block_keeps_its_averages_while_the_rest_trains():
    graph = normalized()
    body = graph.nodes["block"].settings.body.with_training("norm", NodeTraining(frozen=True))
    module = build(graph.with_settings("block", Block("Two", body, repeat=2))).train()
    module(torch.randn(8, 3, 4, 4))
    assert int(module.first.num_batches_tracked) == 1
    assert [int(part.norm.num_batches_tracked) for part in module.block] == [0, 0]
    assert [part.drop.training for part in module.block] == [True, True]


def test_a_network_without_frozen_averages_trains_as_pytorch_has_it():
    frozen = WIDE.with_training("fc", NodeTraining(frozen=True))
    assert "def train" not in write_source(frozen).text + write_source(normalized()).text


def test_frozen_weights_inside_blocks_are_not_given_to_the_optimizer():
    assert set(rates(nested(frozen=True))) == {"head.weight", "head.bias"}


def digits(**training: NodeTraining) -> Graph:
    graph = digits_graph()
    for name, one in training.items():
        graph = graph.with_training(name, one)
    return graph


def run_of(root: Path, graph: Graph, **recipe) -> Path:
    return create_run(root, Network(graph, "digits", recipe={**RECIPE, **recipe}))


@pytest.mark.parametrize("optimizer", ["SGD", "AdamW"])
def test_frozen_weights_are_bit_for_bit_the_same_after_a_run(tmp_path, optimizer):
    graph = digits(conv=NodeTraining(frozen=True, weight_decay=0.5))
    run = run_of(tmp_path, graph, optimizer=optimizer, learning_rate=0.01, weight_decay=0.1)
    torch.manual_seed(Recipe().seed)
    begun = {name: weight.clone() for name, weight in build(graph).state_dict().items()}
    runtime.train.train(run)
    ended = load_weights(run, "last")
    assert torch.equal(ended["conv.weight"], begun["conv.weight"])
    assert torch.equal(ended["conv.bias"], begun["conv.bias"])
    assert not torch.equal(ended["fc.weight"], begun["fc.weight"])


def test_a_factor_of_zero_moves_nothing_and_a_small_one_little(tmp_path):
    moved = {}
    for factor in (0.0, 0.01, 1.0):
        graph = digits(conv=NodeTraining(learning_rate_factor=factor))
        run = run_of(tmp_path, graph, epochs=1)
        torch.manual_seed(Recipe().seed)
        begun = build(graph).state_dict()["conv.weight"].clone()
        runtime.train.train(run)
        moved[factor] = (load_weights(run, "last")["conv.weight"] - begun).norm().item()
    assert moved[0.0] == 0
    assert 0 < moved[0.01] < moved[1.0] / 10


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_a_resumed_run_with_groups_is_one_that_never_stopped(tmp_path, optimizer, monkeypatch):
    monkeypatch.setattr(runtime.team, "LOOK_SECONDS", 0.0)  # commands are obeyed at the next step
    graph = digits(
        conv=NodeTraining(learning_rate_factor=0.3, weight_decay=0.1), fc=NodeTraining(weight_init="kaiming_normal")
    )
    recipe = {"epochs": 3, "optimizer": optimizer, "learning_rate": 0.01, "schedule": "cosine"}
    whole, stopped = run_of(tmp_path, graph, **recipe), run_of(tmp_path, graph, **recipe)
    runtime.train.train(whole)

    def stop_at_step_seven(entry: object) -> None:
        if isinstance(entry, Progress) and entry.first_step + len(entry.loss) == 7:
            send(stopped, Stop())

    assert runtime.train.train(stopped, on_entry=stop_at_step_seven).reason == "stopped"
    assert runtime.train.train(stopped, resume=True).reason == "done"
    for name, weight in load_weights(whole, "last").items():
        assert torch.equal(load_weights(stopped, "last")[name], weight), name


def test_settings_survive_the_file():
    training = NodeTraining(
        "normal", weight_std=0.5, frozen=True, learning_rate_factor=3.0, weight_decay=0.0, l1=0.1, max_norm=3.0
    )
    graph = nested(learning_rate_factor=0.1).with_training("head", training)
    opened = read(write(Network(graph)))
    assert opened.faults == ()
    assert opened.network.graph == graph


def test_penalties_of_a_layer_come_before_those_of_its_block():
    graph = nested(l1=0.1, max_norm=4.0)
    outer = graph.nodes["outer"].settings
    body = outer.body.with_training("last", NodeTraining(l1=0.5))
    module = build(graph.with_settings("outer", dataclasses.replace(outer, body=body)))
    found = {(group.get("l1"), group.get("max_norm")) for group in module.parameter_groups(1.0, 0.0)}
    assert found == {(0.5, 4.0), (0.1, 4.0), (None, None)}


def test_the_exported_file_runs_alone_and_offers_its_groups(tmp_path):
    graph = nested(learning_rate_factor=0.1, weight_decay=0.3).with_training(
        "head", NodeTraining(weight_init="zeros", bias_init="constant", bias_value=2.0)
    )
    out = tmp_path / "model.py"
    export_python(graph, "Nested", out)
    groups = "model.Nested().parameter_groups(1.0, 0.0)"
    code = f"import model; groups = {groups}; print(len(groups), sum(len(g['params']) for g in groups))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.split() == ["3", "8"]
    alone = subprocess.run([sys.executable, str(out)], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert alone.stdout.count("2.") == 10


def test_nothing_is_written_for_plain_settings():
    text = write_source(digits_graph(), losses=True).text
    assert "nn.init" not in text
    assert "parameter_groups" not in text


def test_weights_of_python_code_are_trained_as_told():
    graph = chain(values=Input(kind="vector", size=(8,)), mine=PythonCode(), fc=Linear(4), y=Output())
    found = rates(graph.with_training("mine", NodeTraining(learning_rate_factor=0.1)), learning_rate=1.0)
    assert found["mine.slope"][0] == pytest.approx(0.1)


def test_the_fan_of_a_filter_is_all_its_taps():
    graph = chained(Input(size=(16, 8, 8)), ("conv", Conv2d(64)))
    weight = weights_of(NodeTraining(weight_init="kaiming_normal"), graph, "conv")["conv.weight"]
    assert weight.std().item() == pytest.approx(math.sqrt(2 / (16 * 9)), rel=0.02)


@pytest.mark.parametrize("groups", [1, 3])
def test_a_transposed_convolution_may_begin_as_bilinear_interpolation(groups):
    """In the middle of the picture, as PyTorch interpolates; at its edge there is nothing to interpolate with."""
    grow = ConvTranspose2d(3, (4, 4), (2, 2), (1, 1), groups=groups, bias=False)
    graph = chain(image=Input(size=(3, 6, 6)), grow=grow, label=Output())
    graph = graph.with_training("grow", NodeTraining(weight_init="bilinear"))
    picture = torch.rand(1, 3, 6, 6)
    expected = torch.nn.functional.interpolate(picture, scale_factor=2, mode="bilinear")
    torch.testing.assert_close(build(graph)(picture)[..., 1:-1, 1:-1], expected[..., 1:-1, 1:-1])
    assert "bilinear_(self.grow.weight)" in write_source(graph).text


@pytest.mark.parametrize("size", [(5,), (3, 4), (2, 3, 4)])
def test_bilinear_filters_fall_evenly_from_their_middle(size):
    weight = torch.empty(2, 2, *size)
    bilinear_(weight)
    for axis in range(len(size)):
        torch.testing.assert_close(weight[0, 0], weight[0, 0].flip(axis))
    assert weight[0, 1].abs().max() == weight[1, 0].abs().max() == 0
    assert torch.equal(weight[0, 0], weight[1, 1])


def test_a_linear_layer_keeps_its_own_beginning_where_bilinear_is_asked_for():
    assert weights_of(NodeTraining(weight_init="bilinear"))["fc.weight"].std() > 0.01
