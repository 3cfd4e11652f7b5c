"""Runs of networks with attention: at places of a picture, at words of another sentence, at its own places."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nodes.attention import MultiheadAttention
from nodes.boundary import Input
from nodes.embedding import Embedding
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.recurrent import GRU
from runtime.runs import create_run
from runtime.train import train
from tests.networks.drawn import DRAWINGS
from tests.networks.drawn.sketch import Sketch


def caption_run(folder: Path) -> Path:
    network = DRAWINGS["caption_attention"]()
    run = create_run(folder, replace(network, recipe={**network.recipe, "max_steps": 60, "device": "cpu"}))
    train(run)
    return run


def translating_run(folder: Path) -> Path:
    """Numbers in words to digits; each place that writes looks at all words."""
    sketch = Sketch(
        source=Input("indices", ("L",), field="source"), written=Input("indices", ("T",), field="written")
    )
    sketch.at("source").then(embed_source=Embedding(32, 16), encoder=GRU(16))
    sketch.at("written").then(embed_written=Embedding(14, 16), decoder=GRU(16))
    sketch.put("look", MultiheadAttention(num_heads=2), "decoder", "encoder").then(fc=Linear(14))
    recipe = {"optimizer": "Adam", "learning_rate": 0.005, "batch_size": 32, "max_steps": 20, "device": "cpu"}
    network = Network(sketch.judged("next_digit").drawn(), "numbers", data={"source": "toy:numbers"}, recipe=recipe)
    run = create_run(folder, network)
    train(run)
    return run
