"""Working in place: ``inplace`` overwrites a value that another node may still have to read, blocks looked into."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from nodes.block import Block
from nodes.boundary import Input
from nodes.graph.level import Level
from nodes.graph.look import Look
from nodes.graph.model import Link
from nodes.graph.problem import Problem, told
from nodes.spec.node_type import NodeType


def overwritten(look: Look, name: str) -> list[Problem]:
    """What one node of a graph, or the nodes inside it where it is a block, overwrites too early."""
    return list(_of(Level(look), name))


def _of(level: Level, name: str) -> Iterator[Problem]:
    settings = level.settings(name)
    if isinstance(settings, Block):
        for inner in settings.body.nodes:
            yield from _of(level.inside(name, settings), inner)
    if not _is_in_place(settings):
        return
    for link in level.graph.incoming(name).values():
        reader = _later_reader(level, link, set())
        if reader:
            yield _problem((*level.way, name), reader)
            return


def _problem(path: tuple[str, ...], reader: str) -> Problem:
    fact = f"{path[-1]} works in place, but overwrites a value that {reader}."
    if len(path) > 1:
        fact = f"Inside {path[0]}, {fact}"
    problem = told("error", path[0], "overwritten", fact, "Turn inplace off.", parameter="inplace")
    return dataclasses.replace(problem, within=path[1:], parameter="" if path[1:] else "inplace")


def _is_in_place(settings: NodeType) -> bool:
    return bool(getattr(settings, "inplace", False))


def _later_reader(level: Level, link: Link, visited: set[Link]) -> str:
    """Who else needs the value of a link once its target has read it, in words; empty where nobody does."""
    others = [
        k.target for k in level.graph.outgoing(link.source) if k.output == link.output and k.target != link.target
    ]
    if others:
        return f"{others[0]} reads too"
    settings = level.settings(link.source)
    if isinstance(settings, Input):
        return _reader_outside(level, link, visited)
    if isinstance(settings, Block):
        body = level.inside(link.source, settings)
        given = settings.body.incoming(link.output).get("x")
        return _later_reader(body, given, visited) if given else ""
    if settings.keeps_output or (_is_in_place(settings) and not settings.is_view):
        return f"{link.source} needs for its gradient"
    before = level.graph.incoming(link.source)
    if not settings.is_view or not before:
        return ""
    return _later_reader(level, next(iter(before.values())), visited)


def _reader_outside(level: Level, link: Link, visited: set[Link]) -> str:
    """The same for a value that comes in through an Input node: from outside, or from the repetition before."""
    if level.parent is None:
        is_body = isinstance(level.graph, Look) and level.graph.inference.given
        return (
            "" if is_body else "belongs to the data"
        )  # of a body that is shown by itself, who else reads is unknown
    if link in visited:
        return ""
    visited.add(link)
    block = level.parent.settings(level.block)
    outer = level.parent.graph.incoming(level.block).get(link.source)
    reader = _later_reader(level.parent, outer, visited) if outer else ""
    if reader or not isinstance(block, Block) or block.repeat == 1:
        return reader
    given = block.body.incoming(block.outputs()[0]).get("x") if block.outputs() else None
    return _later_reader(level, given, visited) if given else ""
