"""The forward pass of compiled source against modules written by hand: time, and memory at its peak.

Both take turns within each round, so that whatever else the computer does falls on both alike; a figure is the
median of the rounds' ratios.
"""

from __future__ import annotations

import statistics
import time
import weakref
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torchvision.models import resnet50

from nodes.graph.files import load
from nodes.graph.model import Graph
from runtime.compile import build
from runtime.exchange.example import random_inputs
from tests.benchmarks.figures import Figure

NETWORKS = Path(__file__).parents[2] / "resources" / "networks"
ROUNDS = 21
MEMORY_BATCH = 16


class TinyMLP(nn.Module):
    """The network of mlp.netw as PyTorch's quickstart writes one."""

    def __init__(self, features: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        self.stack = nn.Sequential(nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes))

    def forward(self, x: Tensor) -> Tensor:
        x = self.flatten(x)
        return self.stack(x)


def run() -> Iterable[Figure]:
    graph, ours = example("resnet50")
    theirs = resnet50().eval()
    yield from _times("ResNet-50, batch 2", ours, theirs, first_input(graph, 2), calls=1, goal=1.05)
    pictures = first_input(graph, MEMORY_BATCH)
    with torch.inference_mode():
        peaks = [peak_bytes(module, pictures) for module in (ours, theirs)]
    yield Figure(f"ResNet-50, batch {MEMORY_BATCH}: peak_mib", peaks[0] / 2**20, "MiB")
    yield Figure(f"ResNet-50, batch {MEMORY_BATCH}: peak / by hand", peaks[0] / peaks[1], "×", 1.02)
    graph, mlp = example("mlp")
    yield from _times("MLP, batch 1", mlp, by_hand(mlp), first_input(graph, 1), calls=1000, goal=1.10)


def example(name: str) -> tuple[Graph, nn.Module]:
    """An example network, and its module."""
    graph = load(NETWORKS / f"{name}.netw").network.graph
    return graph, build(graph, losses=False).eval()


def first_input(graph: Graph, batch: int) -> Tensor:
    return next(iter(random_inputs(graph, batch, {}).values()))


def by_hand(mlp: nn.Module) -> nn.Module:
    """The same widths in the class written by hand."""
    first, last = (module for module in mlp.modules() if isinstance(module, nn.Linear))
    return TinyMLP(first.in_features, first.out_features, last.out_features).eval()


def peak_bytes(module: nn.Module, value: Tensor) -> int:
    """The most memory that values made during a call take at one time; weights and the input do not count."""
    with _LiveBytes() as live:
        module(value)
    return live.peak


class _LiveBytes(TorchDispatchMode):
    """Counts the bytes of storages made inside it, from their making until the last tensor on them goes."""

    def __init__(self) -> None:
        super().__init__()
        self.peak = self._now = 0
        self._tensors: Counter[int] = Counter()  # how many live on each storage

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        before = {tensor.data_ptr() for tensor in tree_leaves((args, kwargs)) if isinstance(tensor, Tensor)}
        result = function(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, Tensor) and (tensor.data_ptr() not in before or self._tensors[_key(tensor)]):
                self._watch(tensor)
        return result

    def _watch(self, tensor: Tensor) -> None:
        key, size = _key(tensor), tensor.untyped_storage().nbytes()
        if not self._tensors[key]:
            self._now += size
            self.peak = max(self.peak, self._now)
        self._tensors[key] += 1
        weakref.finalize(tensor, self._let_go, key, size)

    def _let_go(self, key: int, size: int) -> None:
        self._tensors[key] -= 1
        if not self._tensors[key]:
            self._now -= size


def _key(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _times(
    title: str, ours: nn.Module, theirs: nn.Module, value: Tensor, *, calls: int, goal: float
) -> Iterable[Figure]:
    ratios, seconds = [], []
    with torch.inference_mode():
        for number in range(ROUNDS + 1):
            order = (ours, theirs) if number % 2 else (theirs, ours)
            taken = {module: _seconds(module, value, calls) for module in order}
            if number:  # the first round warms up
                ratios.append(taken[ours] / taken[theirs])
                seconds.append(taken[ours] / calls)
    yield Figure(f"{title}: forward_ms", 1000 * statistics.median(seconds), "ms")
    yield Figure(f"{title}: time / by hand", statistics.median(ratios), "×", goal)


def _seconds(module: nn.Module, value: Tensor, calls: int) -> float:
    began = time.perf_counter()
    for _ in range(calls):
        module(value)
    return time.perf_counter() - began
