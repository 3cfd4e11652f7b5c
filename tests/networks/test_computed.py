"""The example networks run in PyTorch."""

from typing import Any

import pytest
import torch

from nodes.boundary import Output
from nodes.graph.infer import infer
from runtime.compile import build
from runtime.source import forward_inputs
from tests.networks.drawn import DRAWINGS
from tests.networks.drawn.recurrent import char_lstm


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_output_has_the_shape_that_was_inferred(name: str) -> None:
    """On the meta device, which knows shapes only; sizes without a number are 5."""
    graph = DRAWINGS[name]().graph
    with torch.device("meta"):
        model = build(graph).eval()
    facts = infer(graph).facts

    def sizes(node: str) -> tuple[int, ...]:
        return tuple(size if isinstance(size, int) else 5 for size in facts[node].outputs["output"])

    entries = [
        torch.empty(2, *sizes(node), device="meta", dtype=torch.int64 if shape.values == "index" else torch.float32)
        for node in forward_inputs(graph)
        for shape in facts[node].outputs.values()
    ]
    results = model(*entries)
    outputs = [node for node in graph.nodes if isinstance(graph.nodes[node].settings, Output)]
    got = [tuple(one.shape[1:]) for one in (results if isinstance(results, tuple) else (results,))]
    assert got == [sizes(node) for node in outputs]
    assert sum(weight.numel() for weight in model.parameters()) == infer(graph).totals.weights


def test_the_character_model_takes_texts_of_any_length() -> None:
    model: Any = build(char_lstm().graph)
    for length in (1, 5):
        text = torch.zeros(2, length, dtype=torch.int64)
        total, judged = model.losses(text, text)
        assert judged["loss"][1].shape == (2, length, 65)
        assert 3.9 < total.item() < 4.5  # the first loss of 65 classes is about ln 65 = 4.17
