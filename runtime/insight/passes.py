"""A small graph forward and back: the value on every link, and the gradient that comes back along it.

As the lectures draw it: values in green above a link, gradients in red below. The gradient is 1 at each output.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from nodes.activation import Identity
from nodes.boundary import Input, Output
from nodes.graph.model import Graph, Link, Node
from runtime.compile import build
from runtime.exchange.example import fitting_sizes, random_inputs
from runtime.faults import RefusalError
from runtime.out_of_place import out_of_place
from runtime.source import forward_inputs

MOST_NODES = 120
MOST_NUMBERS = 64  # of a value that are told
ON_LINK = "on_link_{}"


def passes(
    graph: Graph, weights: Mapping[str, Tensor] | None = None, given: Mapping[str, list[float]] | None = None
) -> dict[str, Any]:
    """Values and gradients of every link and weight, for one sample.

    ``given`` are numbers for inputs by name, row by row; the others are drawn at random. Raises RefusalError.
    """
    if len(graph.nodes) > MOST_NODES:
        raise RefusalError(
            f"{len(graph.nodes)} nodes are too many to follow by eye.", f"Open a block, or a drawing of {MOST_NODES}."
        )
    if not any(isinstance(node.settings, Output) for node in graph.nodes.values()):
        raise RefusalError("Nothing is given out.", "Add an Output: the gradient begins there.")
    wanted = _used(graph)
    module = _module(graph, wanted, weights)
    seen: dict[str, Tensor] = {}
    for name, layer in module.named_children():
        if name.startswith(ON_LINK.format("")):
            layer.register_forward_hook(_keep(seen, name))
    inputs = _inputs(graph, given or {})
    results = module(*inputs)
    total = results.sum() if isinstance(results, Tensor) else sum(value.sum() for value in results)
    if not total.requires_grad:
        raise RefusalError("No weight and no input of real numbers is in this graph.", "Add a Parameter or a layer.")
    total.backward()
    links = [
        link._asdict() | _told(seen[ON_LINK.format(number)])
        for number, link in wanted
        if ON_LINK.format(number) in seen
    ]
    return {
        "order": list(graph.topology.order),
        "links": links,
        "weights": {name: _told(value) for name, value in module.named_parameters()},
        "inputs": {name: _told(value) for name, value in zip(forward_inputs(graph), inputs, strict=True)},
    }


def _used(graph: Graph) -> list[tuple[int, Link]]:
    """The links on the way to an output, numbered."""
    reached = {name for name, node in graph.nodes.items() if isinstance(node.settings, Output)}
    waiting = list(reached)
    while waiting:
        for link in graph.incoming(waiting.pop()).values():
            if link.source not in reached:
                reached.add(link.source)
                waiting.append(link.source)
    return [(number, link) for number, link in enumerate(graph.links) if link.target in reached]


def _module(graph: Graph, links: list[tuple[int, Link]], weights: Mapping[str, Tensor] | None) -> nn.Module:
    """The network with a layer on each link that lets through what comes."""
    for number, link in links:
        name = ON_LINK.format(number)
        graph = graph.without_links([link]).with_node(name, Node(Identity()))
        graph = graph.with_link(Link(link.source, link.output, name, "x"))
        graph = graph.with_link(Link(name, "output", link.target, link.input))
    torch.manual_seed(0)
    module = out_of_place(build(graph, losses=False)).eval()
    if weights is not None:
        module.load_state_dict({name: value for name, value in weights.items() if name in module.state_dict()})
    return module


def _keep(seen: dict[str, Tensor], name: str) -> Any:
    def keep(_layer: nn.Module, _given: Any, value: Tensor) -> Tensor:
        copy = value.clone()
        if copy.requires_grad:
            copy.retain_grad()
        seen[name] = copy
        return copy

    return keep


def _inputs(graph: Graph, given: Mapping[str, list[float]]) -> list[Tensor]:
    sizes = next(fitting_sizes(graph), {})
    torch.manual_seed(0)
    drawn = random_inputs(graph, 1, sizes)
    values = []
    for name in forward_inputs(graph):
        value = drawn[name]
        if name in given:
            if len(given[name]) != value.numel():
                settings = graph.nodes[name].settings
                assert isinstance(settings, Input)
                raise RefusalError(
                    f"{name} takes {value.numel()} numbers, not {len(given[name])}.",
                    f"Give {settings.shape()} row by row.",
                )
            value = torch.tensor(given[name], dtype=value.dtype).view(value.shape)
        values.append(value.requires_grad_(value.is_floating_point()))
    return values


def _told(value: Tensor) -> dict[str, Any]:
    gradient = value.grad
    return {
        "shape": list(value.shape[1:]),
        "value": value.detach().flatten()[:MOST_NUMBERS].tolist(),
        "gradient": [] if gradient is None else gradient.flatten()[:MOST_NUMBERS].tolist(),
    }
