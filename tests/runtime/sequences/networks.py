"""A text and small networks that the tests of sequences share."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from nodes.boundary import Input
from nodes.embedding import Embedding
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.recurrent import GRU
from nodes.spec.node_type import NodeType
from runtime.runs import create_run
from tests.networks.drawn.sketch import Sketch

QUICK: dict[str, Any] = {"optimizer": "Adam", "learning_rate": 0.01, "batch_size": 4, "epochs": 2, "device": "cpu"}
LETTERS = "abcdefgh"


def text_of(count: int, seed: int = 0) -> str:
    """Letters by chance, each of them first once."""
    drawn = random.Random(seed)
    return LETTERS + "".join(drawn.choice(LETTERS) for _ in range(count - len(LETTERS)))


def text_run(folder: Path, text: str, *, layer: NodeType | None = None, seq_length: int = 5, **recipe: Any) -> Path:
    """A run of a character network on that text, ready to be trained."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "text.txt").write_text(text, encoding="utf-8")
    sketch = Sketch(text=Input("indices", ("L",)))
    sketch.then(embed=Embedding(len(set(text)), 6), rnn=layer or GRU(8), fc=Linear(len(set(text)))).judged(
        "next_char"
    )
    data = {"source": str(folder / "text.txt"), "seq_length": seq_length, "validation": 0.2, "test": 0.1}
    return create_run(folder / "runs", Network(sketch.drawn(), "text", data=data, recipe={**QUICK, **recipe}))
