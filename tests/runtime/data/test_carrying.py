"""Copies to a GPU, whose streams are written down here: a GPU is not needed to see what waits for what."""

from contextlib import contextmanager

import pytest
import torch
from torch import Tensor

from runtime.data import loader
from runtime.data.carrying import Carrier
from runtime.data.choice import DataChoice
from runtime.data.open import open_data

META = torch.device("meta")  # where tensors have no values, as the host sees those of a GPU


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the GPU is told, in order."""
    told: list[str] = []
    at = ["computing"]

    class Stream:
        def __init__(self, name: str) -> None:
            self.name = name

        def wait_stream(self, other: "Stream") -> None:
            told.append(f"{self.name} waits for {other.name}")

    @contextmanager
    def within(stream: Stream):
        at[0], before = stream.name, at[0]
        yield
        at[0] = before

    def to(value: Tensor, device: torch.device, *, non_blocking: bool = False) -> Tensor:
        told.append(f"{at[0]} copies {list(value.shape)}{' at once' if non_blocking else ' and waits'}")
        return torch.empty_like(value, device=META)

    monkeypatch.setattr(torch.cuda, "Stream", lambda device: Stream("copying"))
    monkeypatch.setattr(torch.cuda, "stream", within)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: Stream(at[0]))
    monkeypatch.setattr(Tensor, "pin_memory", lambda value: value)
    monkeypatch.setattr(Tensor, "to", to)
    monkeypatch.setattr(Tensor, "record_stream", lambda value, stream: told.append(f"kept for {stream.name}"))
    return told


def test_a_batch_is_copied_beside_the_step_before_it(told: list[str]) -> None:
    there = Carrier(torch.device("cuda")).carry([torch.ones(4, 2), torch.ones(4)])
    assert [list(value.shape) for value in there] == [[4, 2], [4]]
    assert told == [
        "copying copies [4, 2] at once", "copying copies [4] at once", "computing waits for copying",
        "kept for computing", "kept for computing",
    ]  # fmt: skip


def test_columns_too_large_for_the_gpu_are_copied_so(told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    digits = open_data(DataChoice.read({"source": "digits"}))
    monkeypatch.setattr(loader, "_fit", lambda columns, device: False)
    batches = loader.Loader(digits, ["label"], torch.device("cuda"))
    told.clear()
    (label,) = batches.batch(batches.rows(digits.train)[:32])
    assert (list(label.shape), label.dtype) == ([32], torch.int64)
    assert told[:2] == ["copying copies [32] at once", "computing waits for copying"]
