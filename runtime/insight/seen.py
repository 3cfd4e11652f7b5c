"""What the nodes of a network gave for some samples, with the gradients that came back where they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from runtime.compile import build
from runtime.faults import RefusalError
from runtime.insight.probes import with_output, with_passage
from runtime.insight.trained import Trained
from runtime.out_of_place import out_of_place

UNCALLED = (nn.Sequential, nn.ModuleList)  # of the repeats of a block: they are called one by one


class Seen:
    """Values by the path of their node: ``conv1``, or within a block ``stage1.0.conv1``."""

    def __init__(self, outputs: list[Tensor], values: dict[str, Tensor]) -> None:
        self.outputs, self.values = outputs, values

    def __getitem__(self, path: str) -> Tensor:
        """Raises RefusalError for a node that has no value to be seen."""
        if path not in self.values:
            raise RefusalError(f"{path} has no value of its own to look at.", "Choose a layer beside it.")
        return self.values[path]


def look(trained: Trained, inputs: list[Tensor], paths: Sequence[str], *, with_gradients: bool = False) -> Seen:
    """Runs inputs through the network and keeps what the nodes at ``paths`` gave, as far as they gave anything.

    With gradients each kept value retains its own, for a ``backward`` of the caller.
    """
    called = {name for name, layer in trained.module.named_modules() if type(layer) not in UNCALLED}
    bare = tuple(path for path in paths if path not in called)
    probed = trained.once(bare, lambda: _probed(trained, bare))
    places = {path: path for path in paths if path in called} | probed.passages
    known = dict(probed.module.named_modules())
    values: dict[str, Tensor] = {}
    with ExitStack() as stack:
        for path, place in places.items():
            if place in known:
                stack.enter_context(_kept(known[place], path, values, with_gradients))
        stack.enter_context(torch.set_grad_enabled(with_gradients))
        given = probed.module(*inputs)
    results = [given] if isinstance(given, Tensor) else list(given)
    own = len(results) - len(probed.outputs)
    for path, value in zip(probed.outputs, results[own:], strict=True):
        if with_gradients and value.requires_grad:
            value.retain_grad()
        values[path] = value
    return Seen(results[:own], values)


class _Probed(NamedTuple):
    """A module with an output more for each of ``outputs``, and layers that let through: ``passages`` by path."""

    module: nn.Module
    outputs: tuple[str, ...]
    passages: dict[str, str]


def _probed(trained: Trained, bare: tuple[str, ...]) -> _Probed:
    """For nodes that have no module that is called; those that have no value at all are passed over."""
    graph, outputs, passages = trained.network.graph, list[str](), dict[str, str]()
    for path in bare:
        if path in graph.nodes:
            with_one = with_output(graph, path)
            if with_one is not None:
                graph = with_one
                outputs.append(path)
        elif passed := with_passage(graph, path):
            graph, passages[path] = passed
    module = build(graph, losses=False)
    known = module.state_dict()
    module.load_state_dict({n: v for n, v in trained.module.state_dict().items() if n in known}, assign=True)
    return _Probed(out_of_place(module).eval(), tuple(outputs), passages)


@contextmanager
def _kept(layer: nn.Module, path: str, values: dict[str, Tensor], with_gradients: bool) -> Iterator[None]:
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

    handle = layer.register_forward_hook(keep)
    try:
        yield
    finally:
        handle.remove()
