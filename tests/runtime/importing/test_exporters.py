"""What PyTorch's own exporters write of ordinary networks comes in, and gives the same."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d, relu, scaled_dot_product_attention

from nodes.graph.files import load
from runtime.compile import build
from runtime.exchange.importing.sources import import_onnx, import_source
from runtime.exchange.torch_files import write_program
from tests.runtime.importing.models import outputs_of

NETWORKS = Path(__file__).parents[3] / "resources" / "networks"
TEXT = torch.arange(36).reshape(3, 12) % 20


class Network(nn.Module):
    """Layers by name, and what is done with them and x."""

    def __init__(self, does: Callable[[Network, Tensor], Tensor], **layers: nn.Module) -> None:
        super().__init__()
        self.does = does
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, x: Tensor) -> Tensor:
        return self.does(self, x)


def last_step(n: Network, x: Tensor) -> Tensor:
    return n.fc(n.lstm(n.embed(x))[0][:, -1])


def last_states(n: Network, x: Tensor) -> Tensor:
    hidden = n.lstm(n.embed(x))[1][0]
    return n.fc(torch.cat([hidden[-2], hidden[-1]], 1))


def steps_first(n: Network, x: Tensor) -> Tensor:
    return n.fc(n.gru(x.transpose(0, 1))[0][-1])


def convolved(n: Network, x: Tensor) -> Tensor:
    return n.fc(n.gru(relu(n.conv(x)).transpose(1, 2))[0].mean(1))


def unet(n: Network, x: Tensor) -> Tensor:
    left = relu(n.down(x))
    low = relu(n.low(max_pool2d(left, 2)))
    return n.up(torch.cat([interpolate(low, size=left.shape[-2:], mode="bilinear"), left], 1))


def attention(n: Network, x: Tensor) -> Tensor:
    batch, length, width = x.shape
    q, k, v = (part(x).view(batch, length, 4, 4).transpose(1, 2) for part in (n.q, n.k, n.v))
    return n.out(scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, length, width))


def gated(n: Network, x: Tensor) -> Tensor:
    a, b = n.fc(x).chunk(2, -1)
    return torch.where(a > 0, a, 0.1 * a) * torch.sigmoid(b)


def standardised(n: Network, x: Tensor) -> Tensor:
    return n.fc((x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 1e-5))


def encoded(n: Network, x: Tensor) -> Tensor:
    return n.fc(n.encoder(x).mean(1))


def recurrent(layers: int, both: bool) -> dict[str, nn.Module]:
    lstm = nn.LSTM(8, 6, layers, bidirectional=both, batch_first=True)
    return {"embed": nn.Embedding(20, 8), "lstm": lstm, "fc": nn.Linear(12 if both else 6, 3)}


def encoder() -> nn.Module:
    return nn.TransformerEncoder(
        nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), 1, enable_nested_tensor=False
    )


CASES: dict[str, Callable[[], tuple[nn.Module, Tensor]]] = {
    "last_step": lambda: (Network(last_step, **recurrent(1, False)), TEXT),
    "last_states": lambda: (Network(last_states, **recurrent(2, True)), TEXT),
    "steps_first": lambda: (Network(steps_first, gru=nn.GRU(8, 5), fc=nn.Linear(5, 2)), torch.randn(3, 12, 8)),
    "convolved": lambda: (
        Network(convolved, conv=nn.Conv1d(3, 8, 3), gru=nn.GRU(8, 5, batch_first=True), fc=nn.Linear(5, 2)),
        torch.randn(3, 3, 12),
    ),
    "unet": lambda: (
        Network(unet, down=nn.Conv2d(1, 4, 3, 1, 1), low=nn.Conv2d(4, 8, 3, 1, 1), up=nn.Conv2d(12, 2, 1)),
        torch.randn(3, 1, 16, 16),
    ),
    "standardised": lambda: (Network(standardised, fc=nn.Linear(8, 3)), torch.randn(3, 8)),
    "attention": lambda: (
        Network(attention, **{name: nn.Linear(16, 16) for name in ("q", "k", "v", "out")}),
        torch.randn(3, 12, 16),
    ),
    "gated": lambda: (Network(gated, fc=nn.Linear(8, 12)), torch.randn(3, 8)),
    "encoder": lambda: (Network(encoded, encoder=encoder(), fc=nn.Linear(16, 3)), torch.randn(3, 12, 16)),
}
WITH_PARTS = ("gated",)
"""What is not yet said by nodes alone."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("is_dynamo", [False, True], ids=["script", "dynamo"])
@pytest.mark.parametrize("name", CASES)
def test_ordinary_networks_come_in_from_both_exporters(name: str, is_dynamo: bool, tmp_path: Path) -> None:
    torch.manual_seed(0)
    module, x = CASES[name]()
    module.eval()
    file = tmp_path / "m.onnx"
    if is_dynamo:
        batch = {0: torch.export.Dim("batch")}
        torch.onnx.export(
            module, (x,), file, dynamo=True, dynamic_shapes=(batch,), verbose=False, external_data=False
        )
    else:
        torch.onnx.export(
            module, (x,), file, dynamo=False, opset_version=17, input_names=["x"], dynamic_axes={"x": {0: "batch"}}
        )
    found = import_onnx(file)
    with torch.no_grad():
        torch.testing.assert_close(outputs_of(found, x)[0], module(x), atol=1e-5, rtol=1e-5)
        other = x[:2] if x.dtype == torch.long else torch.randn(5, *x.shape[1:])
        torch.testing.assert_close(outputs_of(found, other)[0], module(other), atol=1e-5, rtol=1e-5)
    if name not in WITH_PARTS:
        assert found.report["opaque"] == []


@pytest.mark.parametrize("name", ["char_lstm", "digits"])
def test_a_program_that_was_exported_comes_in_again(name: str, tmp_path: Path) -> None:
    graph = load(NETWORKS / f"{name}.netw").network.graph
    module = build(graph, losses=False).eval()
    write_program(graph, module, tmp_path / "p.pt2")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = import_source(str(tmp_path / "p.pt2"), trust=True)
    x = torch.arange(24).reshape(2, 12) if name == "char_lstm" else torch.randn(2, 1, 8, 8)
    with torch.no_grad():
        torch.testing.assert_close(outputs_of(found, x)[0], module(x), atol=1e-5, rtol=1e-5)
    assert found.report["opaque"] == []
