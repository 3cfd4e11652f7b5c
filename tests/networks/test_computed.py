"""The example networks run in PyTorch."""

from typing import Any

import torch

from runtime.compile import build
from tests.networks.drawn.recurrent import char_lstm


def test_the_character_model_takes_texts_of_any_length() -> None:
    model: Any = build(char_lstm().graph)
    for length in (1, 5):
        text = torch.zeros(2, length, dtype=torch.int64)
        total, judged = model.losses(text, text)
        assert judged["loss"][1].shape == (2, length, 65)
        assert 3.9 < total.item() < 4.5  # the first loss of 65 classes is about ln 65 = 4.17
