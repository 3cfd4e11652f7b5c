"""Single edits that remedies are made of: set, insert, replace, remove, wire, with the words that name them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from nodes.catalogue import find_type
from nodes.graph.model import Graph, GraphError, Link, Node
from nodes.spec.fixes import Fix, Insert, ReplaceBy, SetTo
from nodes.spec.node_type import NodeType, setting_kinds
from nodes.spec.settings import SettingError

CLEAR = 150.0, 72.0  # nodes nearer than this would lie on each other, in scene units
ROW, PITCH = 96.0, 252.0


class Mend(NamedTuple):
    """An edit in words, and the graph it leads to."""

    text: str
    graph: Graph


def set_mend(graph: Graph, name: str, changes: Mapping[str, Any]) -> Mend | None:
    """Other settings for a node; None where they cannot be or are what they were."""
    settings = graph.nodes[name].settings
    if graph.nodes[name].is_muted:
        return None
    try:
        changed = settings.replaced(**changes)
    except (SettingError, TypeError):
        return None
    if changed == settings:
        return None
    others = [key for key in changes if getattr(changed, key) != getattr(settings, key)]
    parts = [_set_words(settings, name, key, getattr(changed, key), first=not n) for n, key in enumerate(others)]
    return Mend(_listed(parts), graph.with_settings(name, changed))


def insert_mend(graph: Graph, link: Link | None, chain: Sequence[tuple[str, Mapping[str, Any]]]) -> Mend | None:
    """New nodes, one behind the other, on a link, with room for them; None where there is no such link or type."""
    made = [_made(type_id, settings) for type_id, settings in chain]
    if link is None or link not in graph.links or any(one is None for one in made):
        return None
    settings = [one for one in made if one is not None]
    value, edited = (link.source, link.output), _with_room(graph, link, len(settings))
    for number, one in enumerate(settings, start=1):
        edited, name = placed(edited, one, link, number / (len(settings) + 1))
        edited = edited.with_link(Link(*value, name, edited.input_ports(name, spare=True)[0].name))
        value = (name, one.outputs()[0])
    return Mend(_insert_words(graph, link, settings), edited.with_link(Link(*value, link.target, link.input)))


def replace_mend(graph: Graph, name: str, type_id: str, given: Mapping[str, Any]) -> Mend | None:
    """Another node type under the same name; settings of the same name and the links are kept."""
    old = graph.nodes[name].settings
    declared = find_type(type_id)
    if declared is None or type_id == old.type_id:
        return None
    kept = {key: getattr(old, key) for key in setting_kinds(declared) if hasattr(old, key)}
    new = _made(type_id, kept | dict(given)) or _made(type_id, given)
    if new is None:
        return None
    ports = dict(zip((p.name for p in old.inputs()), (p.name for p in new.inputs()), strict=False))
    outputs = dict(zip(old.outputs(), new.outputs(), strict=False))
    edited = graph.with_settings(name, new)
    for link in (*graph.incoming(name).values(), *graph.outgoing(name)):
        moved = link
        if link.target == name:
            moved = moved._replace(input=ports.get(link.input, link.input))
        if link.source == name:
            moved = moved._replace(output=outputs.get(link.output, link.output))
        if not edited.port_fault(moved):
            edited = edited.with_link(moved)
    return Mend(f"Replace {name} by {new.torch_name}", edited)


def fix_mend(graph: Graph, name: str, port: str, fix: Fix) -> Mend | None:
    """What the rule of a node type proposes, on the graph; ``port`` is where the rule failed."""
    match fix:
        case SetTo(changes):
            return set_mend(graph, name, changes)
        case Insert(type_id, settings, wanted):
            links = graph.incoming(name)
            link = links.get(wanted or port) or (None if wanted else next(iter(links.values()), None))
            return insert_mend(graph, link, [(type_id, settings)])
        case ReplaceBy(type_id, settings):
            return replace_mend(graph, name, type_id, settings)


def removed(graph: Graph, name: str) -> Graph:
    """Without a node; what it read goes where its result went."""
    links = list(graph.incoming(name).values())
    edited = graph.without([name])
    for link in graph.outgoing(name) if links else ():
        edited = edited.with_link(Link(links[0].source, links[0].output, link.target, link.input))
    return edited


def linked(graph: Graph, link: Link) -> Graph | None:
    """With one more link; None where it cannot be."""
    try:
        return graph.with_link(link)
    except GraphError:
        return None


def beside(graph: Graph, settings: NodeType, near: str, dx: float, dy: float = 0.0) -> tuple[Graph, str]:
    """With a new node near another, where nothing stands yet; and its name."""
    node = graph.nodes[near]
    name = graph.fresh_name(settings.stem)
    return graph.with_node(name, Node(settings, *_clear(graph, node.x + dx, node.y + dy))), name


def placed(graph: Graph, settings: NodeType, link: Link, share: float) -> tuple[Graph, str]:
    """With a new node on the way of a link, and its name."""
    start, end = graph.nodes[link.source], graph.nodes[link.target]
    x, y = start.x + share * (end.x - start.x), start.y + share * (end.y - start.y)
    name = graph.fresh_name(settings.stem)
    return graph.with_node(name, Node(settings, *_clear(graph, x, y))), name


def _with_room(graph: Graph, link: Link, count: int) -> Graph:
    """What stands in a row with the end of a link, and behind it, moved on to where so many nodes fit in between."""
    start, end = graph.nodes[link.source], graph.nodes[link.target]
    missing = (count + 1) * PITCH - (end.x - start.x)
    if end.x <= start.x or abs(end.y - start.y) >= CLEAR[1] or missing <= 0:
        return graph
    row = {name: node for name, node in graph.nodes.items() if node.x >= end.x and abs(node.y - end.y) < CLEAR[1]}
    return graph.moved({name: (node.x + missing, node.y) for name, node in row.items()})


def words(value: Any) -> str:
    """A setting's value as a sentence has it: ``1`` for (1, 1), ``3 × 5``."""
    if isinstance(value, tuple):
        parts = [str(part).replace("-", "−") for part in value]
        return parts[0] if parts and len(set(parts)) == 1 else " × ".join(parts) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def _made(type_id: str, settings: Mapping[str, Any]) -> NodeType | None:
    declared = find_type(type_id)
    try:
        return declared(**settings) if declared is not None else None
    except (SettingError, TypeError):
        return None


def _clear(graph: Graph, x: float, y: float) -> tuple[float, float]:
    while any(abs(node.x - x) < CLEAR[0] and abs(node.y - y) < CLEAR[1] for node in graph.nodes.values()):
        y += ROW
    return x, y


def _set_words(settings: NodeType, name: str, key: str, value: Any, *, first: bool) -> str:
    of = f" of {name}" if first else ""
    if isinstance(value, bool):
        verb = f"turn {'on' if value else 'off'} {key}{of}"
        return verb[0].upper() + verb[1:] if first else verb
    if value is None:
        value = setting_kinds(settings)[key].optional
    return f"{'Set ' if first else ''}{key}{of} to {words(value)}"


def _listed(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _insert_words(graph: Graph, link: Link, chain: Sequence[NodeType]) -> str:
    names = [_called(one) for one in chain]
    several = [k for k in graph.links if k.target == link.target]
    place = f"before {link.target}"
    if len(several) > 1:
        place = "on the shortcut" if _is_shortcut(graph, link) else f"between {link.source} and {link.target}"
    verb = "Put" if names[0].startswith("a ") else "Insert"
    return f"{verb} {_listed(names)} {place}"


def _called(settings: NodeType) -> str:
    """``a 1×1 convolution with stride 2``, else the name in the palette."""
    kernel = getattr(settings, "kernel_size", None)
    if not re.fullmatch(r"conv\dd", settings.type_id) or set(kernel or (0,)) != {1}:
        return settings.torch_name
    strides = getattr(settings, "stride", (1,))
    stride = f" with stride {words(strides)}" if set(strides) != {1} else ""
    return f"a {'×'.join(map(str, kernel or ()))} convolution{stride}"


def _is_shortcut(graph: Graph, link: Link) -> bool:
    """Whether the link's source also leads to another input of the same node, on a longer way."""
    waiting = [k.source for k in graph.incoming(link.target).values() if k.input != link.input]
    visited: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name == link.source:
            return True
        if name not in visited:
            visited.add(name)
            waiting += [k.source for k in graph.incoming(name).values()]
    return False
