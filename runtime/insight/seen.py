"""What the nodes of a network gave for some samples, with the gradients that came back where they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from nodes.boundary import Output
from nodes.graph.model import Link, Node
from runtime.compile import build
from runtime.faults import RefusalError
from runtime.insight.trained import Trained
from runtime.out_of_place import out_of_place

PROBE = "probed_{}"
KEPT = 4  # modules: gradient ascent and the batches of a part look through the same one again and again


class Seen:
    """Values by the path of their node: ``conv1``, or within a block ``stage1.0.conv1``."""

    def __init__(self, outputs: list[Tensor], values: dict[str, Tensor]) -> None:
        self.outputs, self.values = outputs, values

    def __getitem__(self, path: str) -> Tensor:
        if path not in self.values:
            raise RefusalError(f"{path} gave no value.", "Choose another layer.")
        return self.values[path]


def look(trained: Trained, inputs: list[Tensor], paths: Sequence[str], *, with_gradients: bool = False) -> Seen:
    """Runs inputs through the network and keeps what the nodes at ``paths`` gave.

    With gradients each kept value retains its own, for a ``backward`` of the caller. Raises RefusalError for a node
    that has no value to be seen.
    """
    known = dict(trained.module.named_modules())
    probed = [path for path in paths if path not in known]
    module = _probed(trained, tuple(probed))
    values: dict[str, Tensor] = {}
    with ExitStack() as stack:
        for path in paths:
            if path not in probed:
                stack.enter_context(_kept(module, path, values, with_gradients))
        stack.enter_context(torch.set_grad_enabled(with_gradients))
        given = module(*inputs)
    results = [given] if isinstance(given, Tensor) else list(given)
    own = len(results) - len(probed)
    for path, value in zip(probed, results[own:], strict=True):
        if with_gradients and value.requires_grad:
            value.retain_grad()
        values[path] = value
    return Seen(results[:own], values)


@lru_cache(KEPT)
def _probed(trained: Trained, bare: tuple[str, ...]) -> nn.Module:
    """The module, with an output more for each node of the canvas that has no module of its own."""
    graph = trained.network.graph
    for path in bare:
        if path not in graph.nodes or not graph.nodes[path].settings.outputs():
            raise RefusalError(f"{path} has no value of its own to look at.", "Choose a layer beside it.")
        name = PROBE.format(path)
        port = graph.nodes[path].settings.outputs()[0]
        graph = graph.with_node(name, Node(Output())).with_link(Link(path, port, name, "x"))
    module = build(graph, losses=False)
    module.load_state_dict({n: v for n, v in trained.module.state_dict().items() if n in module.state_dict()})
    return out_of_place(module).eval()


@contextmanager
def _kept(module: nn.Module, path: str, values: dict[str, Tensor], with_gradients: bool) -> Iterator[None]:
    """Keeps a copy of what a layer gives, which is what goes on: a gradient comes back to it."""

    def keep(_layer: nn.Module, _given: Any, result: Any) -> Any:
        value = result if isinstance(result, Tensor) else next((r for r in result if isinstance(r, Tensor)), None)
        if value is None:
            return None
        copy = value.clone()
        if with_gradients and copy.requires_grad:
            copy.retain_grad()
        values[path] = copy
        return copy if isinstance(result, Tensor) else None

    handle = dict(module.named_modules())[path].register_forward_hook(keep)
    try:
        yield
    finally:
        handle.remove()
