"""Which edits may mend a problem, by its kind: proposed here, checked in remedies.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from nodes.boundary import Input, Output
from nodes.graph.fit import giver
from nodes.graph.habits import window_of
from nodes.graph.infer import Inference, arguments
from nodes.graph.kind_mending import KINDS, Mends
from nodes.graph.layer_kinds import BATCH_NORMS, DROPOUTS, UNPOOLINGS
from nodes.graph.loss_mending import JUDGING
from nodes.graph.mends import Mend, fix_mend, insert_mend, removed, replace_mend, set_mend
from nodes.graph.model import Graph, Link
from nodes.graph.problem import DataFacts, Problem
from nodes.graph.wiring import WIRING
from nodes.spec.fixes import Remark
from nodes.spec.muted import Muted
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape, ShapeError

FAR = 10  # how many nodes back along a branch an edit is looked for


def mends_of(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    """Edits worth trying, the likeliest first."""
    name = problem.node
    error = inference.facts[name].error if name in graph.nodes else None
    if error is not None:
        yield from _unmuted(graph, name)
        yield from _of_error(graph, inference, name)
    elif problem.kind in WIRING | JUDGING:
        if name in graph.nodes and graph.nodes[name].settings.type_id in UNPOOLINGS:
            yield from filter(None, _unpool(graph, inference, problem))
        yield from (WIRING | JUDGING)[problem.kind](graph, inference, problem, data)
    if problem.kind in SETTLING:
        for mend in SETTLING[problem.kind](graph, inference, problem):
            if mend is not None:
                yield mend


def _unmuted(graph: Graph, name: str) -> Iterator[Mend]:
    """With the nearest muted node before it working again."""
    waiting, seen = [name], {name}
    for one in waiting:
        settings = graph.nodes[one].settings
        if isinstance(settings, Muted):
            yield Mend(f"Unmute {one}", graph.with_settings(one, settings.original))
            return
        found = [link.source for link in graph.incoming(one).values() if link.source not in seen]
        seen.update(found)
        waiting += found


def _of_error(graph: Graph, inference: Inference, name: str) -> Iterator[Mend]:
    """The fixes that the rule itself proposes, then what suits the kind of its error."""
    error = inference.facts[name].error
    assert error is not None
    for fix in error.fixes:
        mend = fix_mend(graph, name, error.port, fix)
        if mend:
            yield mend
    links = graph.incoming(name)
    link = links.get(error.port) or next(iter(links.values()), None)
    for maker in (*KINDS, _of_sizes, _smaller_steps, _open_port, _of_parameter):
        for mend in maker(graph, inference, name, error, link):
            if mend:
                yield mend


def _open_port(graph: Graph, inference: Inference, name: str, error: ShapeError, link: Link | None) -> Mends:
    """Without what does not suit an input that can be left open, then without any of those."""
    optional = [port.name for port in graph.input_ports(name) if port.optional]
    wired = {port: graph.incoming(name)[port] for port in optional if port in graph.incoming(name)}
    if error.port in wired:
        yield Mend(f"Leave {error.port} of {name} open", graph.without_links([wired[error.port]]))
        yield Mend(f"Leave {' and '.join(wired)} of {name} open", graph.without_links(wired.values()))


def _of_parameter(graph: Graph, inference: Inference, name: str, error: ShapeError, link: Link | None) -> Mends:
    """The setting that the error names, as it is in a new node."""
    settings = graph.nodes[name].settings
    kernel = getattr(settings, "kernel_size", None)
    if error.parameter == "padding" and isinstance(kernel, tuple):
        yield set_mend(graph, name, {"padding": tuple(side // 2 for side in kernel)})
    if error.parameter and error.kind not in ("kernel", "shrinks"):
        yield set_mend(graph, name, {error.parameter: getattr(type(settings)(), error.parameter, None)})


def _of_sizes(graph: Graph, inference: Inference, name: str, error: ShapeError, link: Link | None) -> Mends:
    """Branches that cannot meet: the last layer of a branch that decides on its size may give another."""
    if error.kind not in ("sizes", "channels"):
        return
    shapes = [shape for shape in inference.facts[name].inputs.values() if shape]
    for end in graph.incoming(name).values():
        source, widths = end.source, shapes
        for _ in range(FAR):
            settings = graph.nodes[source].settings
            if hasattr(settings, "kernel_size") or hasattr(settings, "out_features"):
                yield from _other_sizes(graph, source, widths)
                widths = []  # the layers before it do not decide on its channels
            links = graph.incoming(source)
            if len(links) != 1 or len(graph.outgoing(source)) > 1:
                break
            source = next(iter(links.values())).source


def _other_sizes(graph: Graph, name: str, shapes: list[Shape]) -> Mends:
    """A layer with as many channels as one of the shapes, or with the padding or stride that keeps the size."""
    settings = graph.nodes[name].settings
    for shape in shapes:
        for width, axis in (("out_channels", 0), ("out_features", -1)):
            if hasattr(settings, width) and isinstance(shape[axis], int):
                yield set_mend(graph, name, {width: shape[axis]})
    kernel, stride = getattr(settings, "kernel_size", None), getattr(settings, "stride", None)
    if isinstance(kernel, tuple):
        half = tuple(side // 2 for side in kernel)
        yield set_mend(graph, name, {"padding": half})
        if isinstance(stride, tuple):
            yield set_mend(graph, name, {"stride": (1,) * len(stride)})
            yield set_mend(graph, name, {"stride": (1,) * len(stride), "padding": half})


def _smaller_steps(graph: Graph, inference: Inference, name: str, error: ShapeError, link: Link | None) -> Mends:
    """A window with no place to stand: leave it out, or shrink less before it."""
    if error.kind not in ("kernel", "shrinks", "padding"):
        return
    if "pool" in graph.nodes[name].settings.type_id:
        yield Mend(f"Remove {name}", removed(graph, name))
    before = link.source if link else ""
    for _ in range(12):
        if not before:
            return
        stride = getattr(graph.nodes[before].settings, "stride", None)
        if isinstance(stride, tuple) and set(stride) != {1}:
            yield set_mend(graph, before, {"stride": (1,) * len(stride)})
        elif isinstance(graph.nodes[before].settings, Input):
            return
        before = next((k.source for k in graph.incoming(before).values()), "")


def repeatable(body: Graph, inside: Inference) -> Iterator[Mend]:
    """Edits of a block's body after which its output is as large as its input: as many channels, no stride."""
    arriving = next((facts.outputs.get("output") for facts in map(inside.facts.get, inside.given) if facts), None)
    for output in (name for name, node in body.nodes.items() if isinstance(node.settings, Output)):
        path = giver(body, output) if body.incoming(output) else ()
        source = path[0] if len(path) == 1 else ""
        for width, axis in (("out_channels", 0), ("out_features", -1)):
            if source and arriving and hasattr(body.nodes[source].settings, width):
                mend = set_mend(body, source, {width: arriving[axis]})
                if mend:
                    yield mend
    for name, node in body.nodes.items():
        stride = getattr(node.settings, "stride", None)
        mend = set_mend(body, name, {"stride": (1,) * len(stride)}) if isinstance(stride, tuple) else None
        if mend:
            yield mend


def _overwritten(graph: Graph, inference: Inference, problem: Problem) -> Mends:
    yield set_mend(graph, problem.node, {"inplace": False})


def _bias(graph: Graph, inference: Inference, problem: Problem) -> Mends:
    yield set_mend(graph, problem.node, {"bias": False})


def _remainder(graph: Graph, inference: Inference, problem: Problem) -> Mends:
    """Settings of the window that make its steps come out even, the smallest changes first."""
    name = problem.node
    settings, facts = graph.nodes[name].settings, inference.facts[name]
    for remark in facts.remarks:
        for fix in remark.fixes if isinstance(remark, Remark) else ():
            yield fix_mend(graph, name, "", fix)
    for key, by in (("ceil_mode", 0), ("kernel_size", 1), ("kernel_size", -1), ("padding", 1), ("padding", -1)):
        value = getattr(settings, key, None)
        if isinstance(value, bool):
            yield _even(graph, name, settings, {key: True}, arguments(settings, facts.inputs))
        elif isinstance(value, tuple) and min(value) + by >= 0:
            changes = {key: tuple(part + by for part in value)}
            yield _even(graph, name, settings, changes, arguments(settings, facts.inputs))


def _even(
    graph: Graph, name: str, settings: NodeType, changes: dict[str, Any], inputs: tuple[Shape | None, ...]
) -> Mend | None:
    """The mend if nothing remains with it."""
    mend = set_mend(graph, name, changes)
    try:
        left = graph.nodes[name].settings if mend is None else mend.graph.nodes[name].settings
        return None if mend is None or left.remarks(*inputs) else mend
    except ShapeError:
        return None


def _no_activation(graph: Graph, inference: Inference, problem: Problem) -> Mends:
    for type_id in ("relu", "gelu"):
        yield insert_mend(graph, problem.link, [(type_id, {})])


def _dropout(graph: Graph, inference: Inference, problem: Problem) -> Mends:
    """The dropout behind the normalization, or none."""
    name = problem.node
    settings, norm = graph.nodes[name].settings, name
    while graph.outgoing(norm) and graph.nodes[norm].settings.type_id not in BATCH_NORMS:
        norm = graph.outgoing(norm)[0].target
    if graph.nodes[norm].settings.type_id in BATCH_NORMS and settings.type_id in DROPOUTS and graph.outgoing(norm):
        edited, readers = removed(graph, name), graph.outgoing(norm)
        place = graph.nodes[norm], graph.nodes[readers[0].target]
        moved = edited.with_node(name, graph.nodes[name]).moved(
            {name: ((place[0].x + place[1].x) / 2, (place[0].y + place[1].y) / 2)}
        )
        moved = moved.with_link(Link(norm, readers[0].output, name, "x"))
        for link in readers:
            moved = moved.with_link(link._replace(source=name, output=settings.outputs()[0]))
        yield Mend(f"Move {name} behind {norm}", moved)
    yield Mend(f"Remove {name}", removed(graph, name))


def _saturating(graph: Graph, inference: Inference, problem: Problem) -> Mends:
    chain, name = [problem.node], problem.node
    for _ in range(16):
        links = graph.incoming(name)
        if len(links) != 1:
            break
        name = next(iter(links.values())).source
        if graph.nodes[name].settings.type_id in ("sigmoid", "tanh"):
            chain.append(name)
    edited: Graph | None = graph
    for one in chain:
        mend = replace_mend(edited, one, "relu", {}) if edited else None
        edited = mend.graph if mend else None
    if edited:
        yield Mend(f"Replace {', '.join(reversed(chain))} by ReLU", edited)
    yield insert_mend(graph, next(iter(graph.incoming(problem.node).values()), None), [("layer_norm", {})])
    yield replace_mend(graph, problem.node, "relu", {})


def _unpool(graph: Graph, inference: Inference, problem: Problem) -> Mends:
    """The window of the pooling that the indices come from; or the indices of the pooling with this window."""
    name = problem.node
    link = graph.incoming(name).get("indices")
    settings = graph.nodes[name].settings
    if link is not None and graph.nodes[link.source].settings.type_id == UNPOOLINGS.get(settings.type_id):
        yield set_mend(graph, name, dict(window_of(graph.nodes[link.source].settings)))
        yield set_mend(graph, link.source, dict(window_of(settings)))
    for pool, node in graph.nodes.items():
        if node.settings.type_id == UNPOOLINGS.get(settings.type_id):
            changed = set_mend(graph, pool, {"return_indices": True})
            edited = changed.graph if changed else graph
            joined = Link(pool, "indices", name, "indices")
            text = f"Take the indices of {pool}"
            if not edited.port_fault(joined):
                yield Mend(text, edited.with_link(joined))
                same = set_mend(edited.with_link(joined), name, dict(window_of(node.settings)))
                yield Mend(f"{text} and its window", same.graph) if same else None


def _batch_of_one(graph: Graph, inference: Inference, problem: Problem) -> Mends:
    x = inference.facts[problem.node].inputs.get("x")
    channels = x[0] if x else 1
    groups = next(
        (g for g in (32, 16, 8, 4, 2) if isinstance(channels, int) and channels % g == 0 and g < channels), 1
    )
    yield replace_mend(graph, problem.node, "group_norm", {"num_groups": groups})
    yield replace_mend(graph, problem.node, "layer_norm", {})
    yield Mend(f"Remove {problem.node}", removed(graph, problem.node))


def _vain_beginning(graph: Graph, inference: Inference, problem: Problem) -> Mends:
    training = graph.nodes[problem.node].training
    for method in ("default", "normal"):
        begun = graph.with_training(problem.node, training.replaced(weight_init=method))
        yield Mend(f"Begin {problem.node} with {method}", begun)


SETTLING: dict[str, Callable[[Graph, Inference, Problem], Mends]] = {
    "overwritten": _overwritten,
    "bias-before-norm": _bias,
    "remainder": _remainder,
    "no-activation": _no_activation,
    "dropout-before-norm": _dropout,
    "saturating": _saturating,
    "unpool": _unpool,
    "batch-of-one": _batch_of_one,
    "vain-beginning": _vain_beginning,
}
"""Kinds of problem that settings or one node more mend."""
