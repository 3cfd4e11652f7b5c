"""Networks of torchvision and Python classes: the same weights, the same outputs, modules as blocks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.init import trunc_normal_
from torchvision import models

import resources
from nodes.block import Block
from nodes.boundary import Input
from nodes.code import PythonCode
from nodes.graph.files import load
from nodes.graph.infer import infer
from nodes.loss import CrossEntropyLoss
from nodes.spec.shapes import Shape
from runtime.commands import run
from runtime.compile import build
from runtime.exchange.importing.sample_shapes import shape_of
from runtime.exchange.importing.sources import import_source
from runtime.exchange.importing.torch_trace import drawn, unfilled
from runtime.exchange.importing.torchvision_networks import importable
from runtime.faults import RefusalError
from tests.runtime.importing.models import module_of
from tests.runtime.importing.round_trip import round_trip

MINE = """
import torch
from torch import nn


class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 8)
        self.scale = nn.Parameter(torch.ones(8))

    def forward(self, x):
        return torch.fft.fft(self.linear(x)).real * self.scale


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.parts = nn.Sequential(Inner(), Inner())
        self.last = nn.Linear(8, 3)

    def forward(self, x):
        return self.last(self.parts(torch.relu(self.first(x))))
"""


SIDES = {
    "resnet18": 64, "mobilenet_v3_small": 32, "shufflenet_v2_x0_5": 32, "squeezenet1_1": 64, "mobilenet_v2": 32,
    "mnasnet0_5": 32, "densenet121": 64, "googlenet": 64, "lraspp_mobilenet_v3_large": 64,
    "swin_t": 64, "swin_v2_t": 64, "maxvit_t": 224,
}  # fmt: skip


@pytest.mark.parametrize("name", SIDES)
def test_a_network_of_torchvision_keeps_weights_and_outputs_and_so_it_does_by_way_of_onnx(name: str) -> None:
    trip = round_trip(name, SIDES[name])
    assert trip.there <= 1e-5
    assert trip.back <= 1e-5
    assert trip.code == 0


@pytest.mark.parametrize(
    "draw",
    [
        lambda weight: nn.init.trunc_normal_(weight),
        trunc_normal_,
        lambda weight: trunc_normal_(weight, 2, 0.1, 1, 3),
        nn.init.normal_,
    ],
)
def test_weights_that_are_not_filled_are_not_waited_for(draw: Any) -> None:
    """PyTorch draws again until all lie within bounds; what lies in memory may never."""
    weight = nn.Parameter(torch.full((50, 50), 1e30))
    plain = nn.init.trunc_normal_
    with unfilled():
        draw(weight)
    assert nn.init.trunc_normal_ is plain


@pytest.mark.parametrize(
    ("name", "count"), [("swin_t", 28_288_354), ("vit_b_16", 86_567_656), ("maxvit_t", 30_919_624)]
)
def test_networks_that_draw_their_weights_within_bounds_come_in(name: str, count: int) -> None:
    """With the weights that torchvision's documentation counts."""
    assert infer(import_source(f"torchvision:{name}", "none").network.graph).totals.weights == count


def test_modules_become_blocks_with_their_names_and_equal_ones_repeat() -> None:
    network = import_source("torchvision:resnet50", "none").network
    stage = network.graph.nodes["layer3"].settings
    assert isinstance(stage, Block)
    [first, rest] = [n.settings for n in stage.body.nodes.values() if isinstance(n.settings, Block)]
    assert (first.name, first.repeat, rest.name, rest.repeat) == ("Bottleneck", 1, "Bottleneck", 5)
    assert {"conv1", "bn1", "conv2", "bn2", "conv3", "bn3", "relu"} <= set(rest.body.nodes)
    assert any(isinstance(node.settings, CrossEntropyLoss) for node in network.graph.nodes.values())


def test_what_no_node_says_is_kept_as_code_that_trains(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(MINE)
    found = import_source(f"{file}:Net", trust=True, inputs=[shape_of((4,))])
    assert len(found.report["python_code"]) == 2
    codes = [n.settings for n in found.network.graph.nodes.values() if isinstance(n.settings, PythonCode | Block)]
    assert codes
    module = module_of(found)
    module(torch.randn(2, 4)).sum().backward()
    assert all(weight.grad is not None for weight in module.parameters())


TWO = """
import torch
from torch import nn


class Asked(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(50, 8)
        self.fc = nn.Linear(12, 3)

    def forward(self, picture, words):
        return self.fc(torch.cat([self.embed(words).mean(1), picture], 1))


class Needing(nn.Module):
    def __init__(self, width):
        super().__init__()
"""


def test_a_class_takes_numbers_and_a_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "two.py", tmp_path / "two.netw"
    file.write_text(TWO)
    several = ["import", f"{file}:Asked", "--trust", "-o", str(out), "--input", "4", "--input"]
    assert run([*several, "indices:20"]) == 0
    inputs = [n.settings for n in load(out).network.graph.nodes.values() if isinstance(n.settings, Input)]
    assert [(one.kind, one.size) for one in inputs] == [("vector", (4,)), ("indices", (20,))]
    capsys.readouterr()
    for told, said in (("words:20", "is no input"), ("indices:2,2", "is no text"), ("indices:a", "are no sizes")):
        assert run([*several, told]) == 2
        assert said in capsys.readouterr().err
    assert run([*several, "indices:20", "--input", "3"]) == 2
    assert "takes 2 inputs, and 3 were told" in capsys.readouterr().err
    assert run(["import", f"{file}:Needing", "--trust", "-o", str(out), "--input", "4"]) == 2
    said = capsys.readouterr().err
    assert "cannot be made: TypeError" in said
    assert ".." not in said
    assert run(["import", "torchvision:resnet18", "-o", str(out), "--weights", "none", "--input", "indices:3"]) == 2


def test_all_80_classifiers_and_the_segmentation_networks_are_offered() -> None:
    names = importable()
    assert {"resnet152", "swin_t", "vit_b_16", "maxvit_t", "fcn_resnet50", "lraspp_mobilenet_v3_large"} <= set(names)
    assert len(names) >= 84


def test_weights_of_a_file_go_into_the_network(tmp_path: Path) -> None:
    theirs = models.squeezenet1_1(weights=None)
    torch.save(theirs.state_dict(), tmp_path / "weights.pth")
    found = import_source("torchvision:squeezenet1_1", str(tmp_path / "weights.pth"), inputs=[Shape(3, 64, 64)])
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(module_of(found)(x), theirs.eval()(x))
    with pytest.raises(RefusalError, match="lacks"):
        import_source("torchvision:squeezenet1_0", str(tmp_path / "weights.pth"))


@pytest.mark.parametrize("name", ["squeezenet1_1", "mobilenet_v3_small"])
def test_weights_alone_are_recognised_as_a_network_of_torchvision(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is read once."""
    theirs = models.get_model(name, weights=None, num_classes=7).eval()
    torch.save({"state_dict": theirs.state_dict()}, tmp_path / "weights.pth")
    loads, load_once = [], torch.load
    monkeypatch.setattr(torch, "load", lambda *given, **more: (loads.append(1), load_once(*given, **more))[1])
    found = import_source(str(tmp_path / "weights.pth"))
    assert loads == [1]
    x = torch.rand(1, 3, 224, 224)
    with torch.no_grad():
        torch.testing.assert_close(module_of(found)(x), theirs(x))
    assert f"torchvision: {name}" in found.report["notes"][0]


def test_weights_alone_are_recognised_as_an_example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = load(Path(resources.__file__).parent / "networks" / "resnet20.netw").network.graph
    module = build(graph, losses=False)
    save_file(module.state_dict(), tmp_path / "weights.safetensors")
    out = tmp_path / "mine.netw"
    assert run(["import", str(tmp_path / "weights.safetensors"), "-o", str(out)]) == 0
    assert "the example resnet20" in capsys.readouterr().out
    assert load(out).network.graph == graph
    save_file({"fc.weight": torch.zeros(3, 4)}, tmp_path / "weights.safetensors")
    assert run(["import", str(tmp_path / "weights.safetensors"), "-o", str(out)]) == 2
    assert "no example or network of torchvision has such ones" in capsys.readouterr().err


def test_a_class_that_decides_by_values_is_refused_in_a_sentence() -> None:
    class Deciding(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x if x.sum() > 0 else -x

    with pytest.raises(RefusalError, match="cannot be traced"):
        drawn(Deciding(), {"input": Shape(3)})


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("torchvision:resnet19", "no network resnet19"),
        ("weights.safetensors", "There is no"),
        ("notes.doc", "nothing that can be imported"),
        ("absent.onnx", "There is no file"),
        ("mine.py", "which class"),
    ],
)
def test_what_cannot_be_imported_is_said(
    source: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["import", source, "-o", str(tmp_path / "out.netw")]) == 2
    assert said in capsys.readouterr().err


def test_the_command_writes_a_network_and_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "squeeze.netw"
    assert not run(["import", "torchvision:squeezenet1_1", "--weights", "none", "-o", str(out), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["weights"] == 1_235_496
    assert report["weights_path"] == ""
    assert not load(out).faults
    assert run(["import", "torchvision:squeezenet1_1", "--weights", "none", "-o", str(out), "--input", "a"]) == 2
