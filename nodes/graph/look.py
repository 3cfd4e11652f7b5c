"""Look: a graph as a rule sees it, noting what it looked at, so that its answer can be kept while that stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nodes.graph.infer import Facts, Inference
from nodes.graph.model import Link
from nodes.spec.node_type import NodeType, Port


class Look:
    """What rules ask of a graph. ``drawn`` are the nodes whose settings or links they went by, ``known`` those whose
    facts they did."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self._graph = inference.graph
        self.drawn: set[str] = set()
        self.known: set[str] = set()

    def settings(self, name: str) -> NodeType:
        self.drawn.add(name)
        return self._graph.nodes[name].settings

    def facts(self, name: str) -> Facts:
        self.known.add(name)
        return self.inference.facts[name]

    def incoming(self, name: str) -> Mapping[str, Link]:
        self.drawn.add(name)
        return self._graph.incoming(name)

    def outgoing(self, name: str) -> tuple[Link, ...]:
        self.drawn.add(name)
        return self._graph.outgoing(name)

    def ports(self, name: str) -> tuple[Port, ...]:
        self.drawn.add(name)
        return self._graph.input_ports(name)

    def before(self, name: str, most: int) -> Iterator[str]:
        """The nodes before one, nearest first, along a way without branches; at most so many."""
        for _ in range(most):
            links = self.incoming(name)
            if len(links) != 1:
                return
            name = next(iter(links.values())).source
            yield name
            if len(self.outgoing(name)) != 1:
                return
