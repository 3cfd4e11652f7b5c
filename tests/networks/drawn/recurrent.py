"""Networks that read a text character by character."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nodes.boundary import Input
from nodes.embedding import Embedding, OneHot
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.recurrent import GRU, LSTM, RNN
from tests.networks.drawn.sketch import Sketch

CHAPTER = "Recurrent"
PLAYS: Mapping[str, Any] = {"source": "plays.txt", "seq_length": 128}
"""Any text; Shakespeare's plays have 65 different characters."""

TEXT_HINT = "Set the data source to a text file, num_embeddings and out_features to the number of its characters."


def char_rnn() -> Network:
    sketch = Sketch(letters=Input("indices", ("L",))).then(onehot=OneHot(4), rnn=RNN(3), scores=Linear(4))
    return Network(
        sketch.judged("next_letter").drawn(),
        "Character RNN: hello",
        "The lectures' first recurrent network (Li, Karpathy & Johnson 2016, CS231n): over the letters h e l o, "
        "each a one-hot vector of 4, with a state of 3 numbers: h' = tanh(W_hh · h + W_xh · x), scores y = W_hy · "
        "h. Given “hell” it is to score “ello”: after the first l comes an l, after the second an o, which only "
        "the state can tell. W_xh 3 × 4, W_hh 3 × 3 and W_hy 4 × 3 make 33 weights, and 10 offsets beside them. "
        "The first loss is about ln 4 = 1.386.",
        data={"source": "hello.txt", "seq_length": 4, "seq_step": 5},
        recipe={"optimizer": "Adam", "learning_rate": 0.05, "batch_size": 1, "epochs": 100},
    )


def char_gru() -> Network:
    sketch = Sketch(text=Input("indices", ("L",)))
    sketch.then(embed=Embedding(65, 64), gru=GRU(256, dropout=0.2, num_layers=2), fc=Linear(65))
    return Network(
        sketch.judged("next_char").drawn(),
        "Character GRU",
        "After Cho et al. 2014, arXiv:1406.1078: two gates in place of the LSTM's three and no cell, so a quarter "
        "fewer weights for the same state. Reads a text of any length and scores, at every place, what the next of "
        "65 characters will be. Here: 662 913 weights; on Shakespeare's plays its 10 epochs, about twenty minutes "
        f"on one busy core, come to 1.58 nats a character in validation and 1.70 in the test. {TEXT_HINT}",
        data=PLAYS,
        recipe={"optimizer": "AdamW", "learning_rate": 0.002, "schedule": "cosine", "epochs": 10},
    )


def char_lstm() -> Network:
    sketch = Sketch(text=Input("indices", ("L",)))
    sketch.then(embed=Embedding(65, 64), lstm=LSTM(256), fc=Linear(65))
    return Network(
        sketch.judged("next_char").drawn(),
        "Character LSTM",
        "An LSTM (Hochreiter & Schmidhuber 1997) in the use that Karpathy 2015, “The Unreasonable Effectiveness of "
        "Recurrent Neural Networks”, made known: it reads a text of any length and scores, at every place, what "
        "the next of 65 characters will be. Here: 350 593 weights. The text is read in its order, the state "
        "carried from piece to piece: on Shakespeare's plays one epoch, about a minute on one core, comes under "
        "1.7 nats a character, five come under 1.5. After each epoch a sample is written into the journal. "
        f"{TEXT_HINT}",
        data={"source": "plays.txt", "seq_length": 64, "validation": 0.05, "test": 0.05},
        recipe={
            "optimizer": "Adam",
            "learning_rate": 0.005,
            "schedule": "cosine",
            "warmup_epochs": 0.1,
            "batch_size": 32,
            "epochs": 5,
            "clip_grad_norm": 5.0,
            "carry_state": True,
            "sample_every": 1,
        },
    )


DRAWINGS = {"char_rnn": char_rnn, "char_lstm": char_lstm, "char_gru": char_gru}
