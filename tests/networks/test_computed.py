"""The example networks run in PyTorch, beside torchvision's own where there is one."""

from typing import Any

import torch
import torchvision

from runtime.compile import build
from tests.networks.drawings import char_lstm, resnet50


def test_resnet50_computes_what_torchvision_computes() -> None:
    ours, theirs = build(resnet50().graph).eval(), torchvision.models.resnet50().eval()
    # Both declare their layers in the same order, under other names.
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))
    image = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(ours(image), theirs(image), rtol=1e-4, atol=1e-4)


def test_the_character_model_takes_texts_of_any_length() -> None:
    model: Any = build(char_lstm().graph)
    for length in (1, 5):
        text = torch.zeros(2, length, dtype=torch.int64)
        total, judged = model.losses(text, text)
        assert judged["loss"][1].shape == (2, length, 65)
        assert 3.9 < total.item() < 4.5  # the first loss of 65 classes is about ln 65 = 4.17
