"""Attention with a joined projection comes in from ONNX files as the one node that is trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import helper
from torch import Tensor, nn
from torchvision.models import VisionTransformer

from nodes.attention import MultiheadAttention
from nodes.block import Block
from nodes.graph.model import Graph
from runtime.exchange.importing.sources import import_onnx
from tests.runtime.importing.models import imported, model_of, module_of, outputs_of

WIDTH, HEADS = 16, 4


class Attention(nn.Module):
    """PyTorch's own, with what it is asked for."""

    def __init__(self, causal: bool = False, bias: bool = True, need_weights: bool = False) -> None:
        super().__init__()
        self.attend = nn.MultiheadAttention(WIDTH, HEADS, bias=bias, batch_first=True)
        self.causal, self.need_weights = causal, need_weights
        for weight in self.attend.parameters():
            nn.init.normal_(weight, std=0.3)

    def forward(self, x: Tensor) -> Tensor:
        mask = torch.full((x.shape[1], x.shape[1]), -torch.inf).triu(1) if self.causal else None
        found: Tensor = self.attend(x, x, x, need_weights=self.need_weights, attn_mask=mask)[0]
        return found


class Joined(nn.Module):
    """Attention as vision transformers write it: one Linear for query, key and value, heads behind that."""

    def __init__(self, scale: float = (WIDTH / HEADS) ** -0.5) -> None:
        super().__init__()
        self.qkv, self.proj, self.scale = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH), scale

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, length, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4).unbind(0)
        scores = (q * self.scale) @ k.transpose(-2, -1)
        found: Tensor = self.proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, width))
        return found


class Windowed(Joined):
    """Joined attention in which no step looks at others that are 20 or more steps away."""

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, length, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4).unbind(0)
        places = torch.arange(length)
        is_far = (places[None] - places[:, None]).abs() >= 20
        scores = ((q * self.scale) @ k.transpose(-2, -1)).masked_fill(is_far, -1e9)
        found: Tensor = self.proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, width))
        return found


class Flat(nn.Module):
    """Attention as older language models have it: projections of all steps of all samples at once."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(WIDTH, 3 * WIDTH) / 4), nn.Parameter(torch.randn(3 * WIDTH))
        self.last, self.offset = nn.Parameter(torch.randn(WIDTH, WIDTH) / 4), nn.Parameter(torch.randn(WIDTH))
        self.register_buffer("seen", torch.ones(32, 32, dtype=torch.bool).tril())

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        joined = torch.addmm(self.bias, x.reshape(-1, width), self.weight).reshape(batch, length, 3 * width)
        q, k, v = (p.reshape(batch, length, HEADS, -1).transpose(1, 2) for p in joined.split(width, 2))
        scores = torch.where(self.seen[:length, :length], q @ k.transpose(-2, -1) / (WIDTH / HEADS) ** 0.5, -1e9)
        found = (scores.softmax(-1) @ v).transpose(1, 2).reshape(-1, width)
        return torch.addmm(self.offset, found, self.last).reshape(batch, length, width)


class Encoder(nn.Module):
    """Layers of a transformer, and what they end in."""

    def __init__(self, first: bool) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 24, norm_first=first, activation="gelu", batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
        self.fc = nn.Linear(WIDTH, 5)
        for weight in self.parameters():
            nn.init.normal_(weight, std=0.3)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.fc(self.layers(x).mean(1))
        return found


def exported(module: nn.Module, x: Tensor, file: Path, is_dynamo: bool, open_length: bool = False) -> nn.Module:
    """Writes a module by one of PyTorch's exporters, for any number of samples; the newer one leaves lengths open."""
    module.eval()
    if is_dynamo:
        sizes = {0: torch.export.Dim("batch")} | ({1: torch.export.Dim("length")} if open_length else {})
        torch.onnx.export(
            module, (x,), file, dynamo=True, dynamic_shapes=(sizes,), verbose=False, external_data=False
        )
    else:
        torch.onnx.export(
            module, (x,), file, dynamo=False, opset_version=17, input_names=["x"], dynamic_axes={"x": {0: "batch"}}
        )
    return module


def attentions(graph: Graph) -> list[MultiheadAttention]:
    """All of a graph, those in blocks too."""
    found: list[MultiheadAttention] = []
    for node in graph.nodes.values():
        if isinstance(node.settings, MultiheadAttention):
            found.append(node.settings)
        elif isinstance(node.settings, Block):
            found += attentions(node.settings.body) * node.settings.repeat
    return found


CASES: dict[str, tuple[Callable[[], nn.Module], MultiheadAttention, int]] = {
    "plain": (Attention, MultiheadAttention(HEADS), 1),
    "with scores": (lambda: Attention(need_weights=True), MultiheadAttention(HEADS), 1),
    "without bias": (lambda: Attention(bias=False), MultiheadAttention(HEADS, bias=False), 1),
    "causal": (lambda: Attention(causal=True), MultiheadAttention(HEADS, causal=True), 1),
    "joined": (Joined, MultiheadAttention(HEADS), 1),
    "flat": (Flat, MultiheadAttention(HEADS, causal=True), 1),
    "encoder": (lambda: Encoder(False), MultiheadAttention(HEADS), 3),
    "norm first": (lambda: Encoder(True), MultiheadAttention(HEADS), 3),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("is_dynamo", [False, True], ids=["script", "dynamo"])
@pytest.mark.parametrize("name", CASES)
def test_attention_is_one_node_with_its_weights(name: str, is_dynamo: bool, tmp_path: Path) -> None:
    torch.manual_seed(0)
    make, settings, count = CASES[name]
    module = exported(make(), torch.randn(3, 6, WIDTH), tmp_path / "m.onnx", is_dynamo)
    found = import_onnx(tmp_path / "m.onnx")
    assert attentions(found.network.graph) == [settings] * count
    assert found.report["opaque"] == []
    assert sum(w.numel() for w in module_of(found).parameters()) == sum(w.numel() for w in module.parameters())
    x = torch.randn(5, 6, WIDTH)
    with torch.no_grad():
        torch.testing.assert_close(outputs_of(found, x)[0], module(x), rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_layers_of_a_transformer_are_one_block_for_any_length(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = exported(Encoder(True), torch.randn(3, 6, WIDTH), tmp_path / "m.onnx", is_dynamo=True, open_length=True)
    found = import_onnx(tmp_path / "m.onnx")
    blocks = [n.settings for n in found.network.graph.nodes.values() if isinstance(n.settings, Block)]
    assert [block.repeat for block in blocks] == [3]
    for length in (4, 9):
        x = torch.randn(2, length, WIDTH)
        with torch.no_grad():
            torch.testing.assert_close(outputs_of(found, x)[0], module(x), rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("is_dynamo", [False, True], ids=["script", "dynamo"])
def test_a_vision_transformer_of_torchvision_is_trainable_throughout(is_dynamo: bool, tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = VisionTransformer(32, 8, num_layers=3, num_heads=2, hidden_dim=WIDTH, mlp_dim=24, num_classes=5)
    for weight in module.parameters():
        nn.init.normal_(weight, std=0.3)
    exported(module, torch.randn(2, 3, 32, 32), tmp_path / "m.onnx", is_dynamo)
    found = import_onnx(tmp_path / "m.onnx")
    assert attentions(found.network.graph) == [MultiheadAttention(2)] * 3
    assert found.report["opaque"] == []
    assert sum(w.numel() for w in module_of(found).parameters()) == sum(w.numel() for w in module.parameters())
    x = torch.randn(3, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(outputs_of(found, x)[0], module(x), rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_what_is_nearly_attention_stays_as_it_is(tmp_path: Path) -> None:
    """Scores that are scaled otherwise are no attention of PyTorch's."""
    torch.manual_seed(0)
    module = exported(Joined(scale=0.6), torch.randn(3, 6, WIDTH), tmp_path / "m.onnx", is_dynamo=True)
    found = import_onnx(tmp_path / "m.onnx")
    assert attentions(found.network.graph) == []
    x = torch.randn(2, 6, WIDTH)
    with torch.no_grad():
        torch.testing.assert_close(outputs_of(found, x)[0], module(x), rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_attention_in_windows_is_not_taken_for_attention_to_all_steps(tmp_path: Path) -> None:
    torch.manual_seed(0)
    x = torch.randn(3, 6, WIDTH)
    exported(Windowed(), x, tmp_path / "short.onnx", is_dynamo=True)
    assert attentions(import_onnx(tmp_path / "short.onnx").network.graph) == [MultiheadAttention(HEADS)]
    module = exported(Windowed(), x, tmp_path / "any.onnx", is_dynamo=True, open_length=True)
    found = import_onnx(tmp_path / "any.onnx")
    assert attentions(found.network.graph) == []
    x = torch.randn(2, 30, WIDTH)
    with torch.no_grad():
        torch.testing.assert_close(outputs_of(found, x)[0], module(x), rtol=1e-4, atol=1e-5)


def fused() -> onnx.ModelProto:
    """What onnxruntime's own optimizer makes of attention, and the projection behind it."""
    random = np.random.default_rng(0)
    held: dict[str, Any] = {
        "joined": random.standard_normal((WIDTH, 3 * WIDTH), np.float32),
        "offsets": random.standard_normal(3 * WIDTH, np.float32),
        "last": random.standard_normal((WIDTH, WIDTH), np.float32),
        "offset": random.standard_normal(WIDTH, np.float32),
    }
    nodes = [
        helper.make_node("Attention", ["x", "joined", "offsets"], ["a"], domain="com.microsoft", num_heads=HEADS),
        helper.make_node("MatMul", ["a", "last"], ["b"]),
        helper.make_node("Add", ["b", "offset"], ["y"]),
    ]
    model = model_of(nodes, ["N", 6, WIDTH], held)
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return model


def test_attention_as_onnxruntime_joins_it_is_one_node() -> None:
    model = fused()
    found = imported(model)
    assert attentions(found.network.graph) == [MultiheadAttention(HEADS)]
    assert found.report["opaque"] == []
    x = torch.randn(2, 6, WIDTH)
    wanted = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x.numpy()})[0]
    np.testing.assert_allclose(outputs_of(found, x)[0].numpy(), wanted, rtol=1e-4, atol=1e-5)


def test_attention_that_something_reads_from_within_stays_as_it_is() -> None:
    model = fused()
    model.graph.output.append(helper.make_tensor_value_info("a", onnx.TensorProto.FLOAT, None))
    found = imported(model)
    assert attentions(found.network.graph) == []
    x = torch.randn(2, 6, WIDTH)
    wanted = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x.numpy()})
    for one, other in zip(outputs_of(found, x), wanted, strict=True):
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-4, atol=1e-5)
