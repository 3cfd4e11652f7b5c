"""Networks that read sequences."""

from __future__ import annotations

from nodes.boundary import Input
from nodes.embedding import Embedding
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.recurrent import LSTM
from tests.networks.drawn.sketch import Sketch

CHAPTER = "Recurrent"


def char_lstm() -> Network:
    sketch = Sketch(text=Input("indices", ("L",)))
    sketch.then(embed=Embedding(65, 64), lstm=LSTM(256, dropout=0.2, num_layers=2), fc=Linear(65))
    return Network(
        sketch.judged("next_char").drawn(),
        "Character LSTM",
        "Reads a text of any length and scores, at every place, what the next of 65 characters will be.",
        recipe={"optimizer": "AdamW", "learning_rate": 0.002, "schedule": "cosine", "epochs": 10},
    )


DRAWINGS = {"char_lstm": char_lstm}
