"""Right answers, counted for many steps at once."""

from __future__ import annotations

import pytest
import torch

from runtime import meter as meter_module
from runtime.meter import Guesses, Meter


@pytest.mark.parametrize("sizes", [(4, 4, 4), (5, 5, 3), (1,)])
@pytest.mark.parametrize("held", [1_000_000, 20])
def test_each_step_has_its_own_share(sizes: tuple[int, ...], held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter_module, "MOST_HELD", held)
    torch.manual_seed(0)
    meter, expected = Meter(), []
    for size in sizes:
        scores, wanted = torch.randn(size, 3), torch.randint(0, 3, (size,))
        meter.add(torch.tensor(1.0), Guesses(scores, wanted, 1.0), size)
        expected.append((scores.argmax(1) == wanted).float().mean().item())
    assert meter.take().accuracy == pytest.approx(expected)
    assert meter.take().accuracy == []


def test_an_answer_that_several_processes_give_counts_by_its_weight() -> None:
    meter, scores = Meter(), torch.eye(4)
    meter.add(torch.tensor(1.0), Guesses(scores, torch.arange(4), 0.5), 4)
    meter.add(torch.tensor(1.0), Guesses(scores, torch.zeros(4), 1.0), 4)
    assert meter.take().accuracy == [0.5, 0.25]
