"""Devices and threads."""

from __future__ import annotations

import pytest
import torch

from nodes.spec.sizes import Unknown
from runtime.devices import find_device, on_threads, thread_count
from runtime.runs import TrainingError


def test_small_step_runs_on_one_thread() -> None:
    with on_threads(3):
        assert thread_count(1000, 64) == 1
        assert thread_count(10_000_000, 64) == 3
        assert thread_count(Unknown.named("L"), 64) == 3


def test_threads_are_given_back() -> None:
    before = torch.get_num_threads()
    with on_threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_gpu_that_is_not_there() -> None:
    assert find_device("auto").type == "cpu"
    with pytest.raises(TrainingError, match=r"no GPU here that PyTorch can use\. Set device to auto or cpu"):
        find_device("cuda")
