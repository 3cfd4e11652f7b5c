"""Recurrent layers that pass over padding: what a sequence is filled up with changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from nodes.boundary import Input, Output
from nodes.embedding import Embedding
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.recurrent import GRU, LSTM, RNN
from nodes.spec.shapes import Shape
from runtime.compile import build, build_node
from runtime.exchange.onnx_file import export_onnx
from tests.networks.drawn.sketch import Sketch

LAYERS = [
    RNN(6, skip_padding=True),
    GRU(6, num_layers=2, bidirectional=True, skip_padding=True),
    LSTM(6, proj_size=0, skip_padding=True),
]


def filled(x: Tensor, front: int, behind: int) -> Tensor:
    return torch.nn.functional.pad(x, (0, 0, front, behind))


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.torch_name)
@pytest.mark.parametrize(("front", "behind"), [(3, 0), (0, 2), (2, 4)])
def test_padding_changes_neither_outputs_nor_states(layer: Any, front: int, behind: int) -> None:
    torch.manual_seed(0)
    module = build_node(layer, Shape(5, 3))
    x = torch.randn(2, 5, 3)
    plain, padded = module(x), module(filled(x, front, behind))
    assert torch.allclose(padded[0], filled(plain[0], front, behind), atol=1e-6)
    for one, other in zip(plain[1:], padded[1:], strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_each_sequence_of_a_batch_has_its_own_length() -> None:
    torch.manual_seed(0)
    module = build_node(GRU(6, skip_padding=True), Shape(5, 3))
    short, long = torch.randn(1, 2, 3), torch.randn(1, 5, 3)
    together = module(torch.cat([filled(short, 3, 0), long]))[1]
    assert torch.allclose(together, torch.cat([module(short)[1], module(long)[1]]), atol=1e-6)


def test_without_padding_it_is_pytorchs_layer() -> None:
    torch.manual_seed(0)
    skipping, plain = (build_node(LSTM(6, skip_padding=skips), Shape(5, 3)) for skips in (True, False))
    skipping.load_state_dict(plain.state_dict())
    x = torch.randn(2, 5, 3)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(skipping(x), plain(x), strict=True))


def test_a_sequence_of_padding_alone_gives_numbers() -> None:
    assert all(
        value.isfinite().all() for value in build_node(GRU(6, skip_padding=True), Shape(5, 3))(torch.zeros(2, 5, 3))
    )


def words() -> Network:
    """A reader of sentences whose word 0 is padding."""
    sketch = Sketch(words=Input("indices", ("L",))).then(embed=Embedding(9, 4, padding_idx=0))
    sketch.then(gru=GRU(6, bidirectional=True, skip_padding=True)).then(fc=Linear(3), scores=Output())
    return Network(sketch.drawn())


def test_padding_learns_nothing_and_changes_no_gradient() -> None:
    torch.manual_seed(0)
    module = build(words().graph)
    sentence = torch.tensor([[3, 1, 4]])
    slopes = []
    for fed in (sentence, torch.nn.functional.pad(sentence, (2, 0))):
        module.zero_grad()
        torch.autograd.backward(module(fed)[:, -3:].square().sum())
        slopes.append({name: weight.grad.clone() for name, weight in module.named_parameters()})
    for name, slope in slopes[0].items():
        assert torch.allclose(slope, slopes[1][name], atol=1e-5), name


def test_onnx_passes_over_padding_too(tmp_path: Path) -> None:
    """The proof compares it on sentences of different lengths."""
    torch.manual_seed(0)
    graph = words().graph
    samples = {"words": torch.tensor([[0, 0, 3, 1, 4], [1, 2, 3, 4, 5], [0, 8, 1, 0, 0]] * 20)}
    proof = export_onnx(graph, build(graph).eval(), tmp_path / "words.onnx", samples, {})
    assert proof.real
    assert proof.max_abs_diff < 1e-4
