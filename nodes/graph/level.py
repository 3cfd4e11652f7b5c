"""Level: a graph with the graphs around it, and the way a value came, into blocks and out of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from nodes.block import Block
from nodes.boundary import Input
from nodes.graph.look import Look
from nodes.graph.model import Graph, Link
from nodes.spec.node_type import NodeType

FAR = 64  # nodes that a value is followed back through


@dataclass(frozen=True)
class Level:
    """A graph, and where it is the body of a block the graph around it."""

    graph: Graph | Look
    parent: Level | None = None
    block: str = ""

    @cached_property
    def way(self) -> tuple[str, ...]:
        """The names of the blocks that lead here, from the outside in."""
        return (*self.parent.way, self.block) if self.parent else ()

    def settings(self, name: str) -> NodeType:
        return self.graph.settings(name) if isinstance(self.graph, Look) else self.graph.nodes[name].settings

    def inside(self, name: str, block: Block) -> Level:
        return Level(block.body, self, name)


class Spot(NamedTuple):
    """A node that a value passes: its names from the outside in, its settings, and the link that leaves it."""

    path: tuple[str, ...]
    settings: NodeType
    link: Link


def way_back(level: Level, link: Link) -> Iterator[Spot]:
    """The nodes that the value on a link comes from, nearest first, along a way without branches.

    Blocks are gone through; the way ends where a block is repeated, since what enters it is then its own result.
    """
    at: tuple[Level, Link] | None = (level, link)
    for _ in range(FAR):
        if at is None:
            return
        level, link = at
        settings = level.settings(link.source)
        if isinstance(settings, Block):
            given = settings.body.incoming(link.output).get("x")
            at = (level.inside(link.source, settings), given) if given else None
        elif isinstance(settings, Input) and level.parent is not None:
            at = _outside(level, link)
        else:
            yield Spot((*level.way, link.source), settings, link)
            links = level.graph.incoming(link.source)
            at = (level, next(iter(links.values()))) if len(links) == 1 else None


def _outside(level: Level, link: Link) -> tuple[Level, Link] | None:
    """Where a value came from that entered a body through one of its Input nodes."""
    assert level.parent is not None
    block = level.parent.settings(level.block)
    outer = level.parent.graph.incoming(level.block).get(link.source)
    is_known = outer is not None and isinstance(block, Block) and block.repeat == 1
    return (level.parent, outer) if is_known and outer is not None else None


def origin(level: Level, link: Link) -> Spot | None:
    """The node that made the numbers on a link, seen through what only lays them out anew or hands them on."""
    return next((spot for spot in way_back(level, link) if not spot.settings.is_view), None)
