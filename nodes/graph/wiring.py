"""Edits that mend what is missing, left over or wired wrongly in a network as a whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from nodes.boundary import AXES_BY_KIND, Input, Output
from nodes.catalogue import find_type
from nodes.graph.fit import width_of
from nodes.graph.infer import Inference, infer
from nodes.graph.mends import Mend, beside, fix_mend, linked, set_mend, words
from nodes.graph.model import Graph, Link, Node
from nodes.graph.problem import DataFacts, Problem
from nodes.spec.fixes import Insert
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape, ShapeError

Maker = Callable[[Graph, Inference, Problem, DataFacts | None], Iterator[Mend]]
PITCH, ROW = 252.0, 96.0
NEAREST = 12  # values that are tried for an input without a link
LOSSES = ("cross_entropy_loss", "multi_margin_loss", "bce_with_logits_loss", "mse_loss")
SQUASHES = ("softmax", "log_softmax", "sigmoid")


def _cycle(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    """Without one of the links of the circle, the one drawn last first: it closed it."""
    nodes = set(graph.topology.cycle)
    for link in reversed(graph.links):
        if link.source in nodes and link.target in nodes:
            yield Mend(f"Remove the link from {link.source} to {link.target}", graph.without_links([link]))


def _no_input(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    for name in graph.topology.order:
        for port in graph.input_ports(name):
            if port.name not in graph.incoming(name) and not port.optional:
                yield from _new_inputs(graph, name, port.name, data)


def _new_inputs(graph: Graph, name: str, port: str, data: DataFacts | None) -> Iterator[Mend]:
    """An Input for one port: of a field of the data where that is known, else as the node type's example."""
    settings = graph.nodes[name].settings
    shapes = [shape for field, shape in data.fields.items() if field != data.target] if data else []
    names = [p.name for p in graph.input_ports(name)]
    position = names.index(port) if port in names else 0
    examples = settings.example
    if examples:
        shapes.append(examples[min(position, len(examples) - 1)])
    if port == "boxes":
        shapes.insert(0, Shape("N", 4, axes="LC"))
    for shape in shapes:
        made = input_of(shape)
        if made is not None:
            edited, added = beside(graph, made, name, -PITCH)
            joined = linked(edited, Link(added, "output", name, port))
            if joined is not None:
                yield Mend(f"Add an Input ({words_of(shape)}) before {name}", joined)


def input_of(shape: Shape) -> Input | None:
    """The Input that gives such a value."""
    kind = next((kind for kind, axes in AXES_BY_KIND.items() if axes == shape.axes), "")
    size = tuple(part if isinstance(part, int) else str(part) for part in shape)
    return Input(kind, size, shape.values) if kind else None


def next_input(graph: Graph, data: DataFacts | None) -> Input:
    """An Input as it begins: of the first field that no other takes, where somebody chose the data."""
    if data is None or not data.is_chosen:
        return Input()
    there = [node.settings for node in graph.nodes.values() if isinstance(node.settings, Input)]
    named = {one.field for one in there if one.field}
    shapes = [one.shape() for one in there if not one.field]
    given = {name: shape for name, shape in data.fields.items() if name != data.target}
    for name, shape in given.items():
        made = input_of(shape)
        if made is None or name in named:
            continue
        if shape in shapes:  # an Input without a field takes the first of its shape
            shapes.remove(shape)
            continue
        is_alone = sum(other == shape for other in given.values()) == 1
        return made if is_alone or not there else dataclasses.replace(made, field=name)
    return Input()


def words_of(shape: Shape) -> str:
    return str(shape) if shape else "one number"


def _no_output(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    """An Output for what the first loss judges, else for the last values that nobody reads."""
    judged = [
        link.source
        for name, node in graph.nodes.items()
        if node.settings.is_loss
        for link in list(graph.incoming(name).values())[:1]
    ]
    ends = [
        n for n in reversed(graph.topology.order) if not graph.outgoing(n) and not graph.nodes[n].settings.is_loss
    ]
    for name in dict.fromkeys((*judged, *ends)):
        yield from _new_output(graph, name)


def _new_output(graph: Graph, name: str) -> Iterator[Mend]:
    outputs = graph.nodes[name].settings.outputs()
    if outputs and not graph.nodes[name].settings.is_loss:
        edited, added = beside(graph, Output(), name, PITCH)
        yield Mend(f"Add an Output after {name}", edited.with_link(Link(name, outputs[0], added, "x")))


def _no_loss(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    """A loss that suits the last value: scores of classes, a picture of the input's size, numbers."""
    for name, node in graph.nodes.items():
        link = graph.incoming(name).get("x")
        if not isinstance(node.settings, Output) or link is None:
            continue
        before = graph.incoming(link.source)
        if graph.nodes[link.source].settings.type_id in SQUASHES and before:
            link = next(iter(before.values()))
        shape = inference.shape_of(link)
        if shape is not None and shape.values == "real":
            yield from _losses_for(graph, inference, link, shape, name)


def _losses_for(graph: Graph, inference: Inference, link: Link, shape: Shape, near: str) -> Iterator[Mend]:
    alike = [
        name
        for name, node in graph.nodes.items()
        if isinstance(node.settings, Input) and inference.facts[name].outputs.get("output") == shape
    ]
    for source in alike:
        yield from _new_loss(graph, "mse_loss", link, near, source)
    if "C" in shape.axes and shape[shape.axes.index("C")] != 1:
        for type_id in LOSSES:
            yield from _new_loss(graph, type_id, link, near)
    for type_id in ("mse_loss", "bce_with_logits_loss"):
        yield from _new_loss(graph, type_id, link, near)


def _new_loss(graph: Graph, type_id: str, link: Link, near: str, target: str = "") -> Iterator[Mend]:
    declared = find_type(type_id)
    if declared is None:
        return
    edited, added = beside(graph, declared(), near, 0.0, ROW)
    edited = edited.with_link(Link(link.source, link.output, added, edited.input_ports(added)[0].name))
    text = f"Add {declared.torch_name} after {link.source}"
    if target:
        edited = edited.with_link(Link(target, "output", added, "target"))
        text += f", compared with {target}"
    yield Mend(text, edited)


def _unwired(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    """The nearest value that the node takes, or takes through another node; a new Input; or without the node."""
    name = problem.node
    ports = [p.name for p in graph.input_ports(name) if not p.optional and p.name not in graph.incoming(name)]
    port = next((p for p in ports if f"input {p}." in problem.fact), ports[0] if ports else "")
    behind = _reached(graph, name)
    here = graph.nodes[name]
    values = [
        (bool(graph.outgoing(source)), abs(node.x - here.x) + abs(node.y - here.y), source, output)
        for source, node in graph.nodes.items()
        if source not in behind and not node.settings.is_loss and not isinstance(node.settings, Output)
        for output in node.settings.outputs()
    ]
    suiting = [one for one in sorted(values) if _would_run(graph, inference, Link(*one[2:], name, port))]
    for _, _, source, output in suiting[:NEAREST]:
        link = Link(source, output, name, port)
        joined = linked(graph, link)
        if joined is not None:
            which = source if output == graph.nodes[source].settings.outputs()[0] else f"{output} of {source}"
            yield Mend(f"Connect {which} to {name}", joined)
    loose = [one for one in sorted(values) if not one[0] and one not in suiting]
    for _, _, source, output in loose[:NEAREST]:
        yield from _connected_through(graph, inference, Link(source, output, name, port))
    yield from _new_inputs(graph, name, port, data)
    yield Mend(f"Remove {name}", graph.without([name]))


def _connected_through(graph: Graph, inference: Inference, link: Link) -> Iterator[Mend]:
    """The link with a node on it that makes the value suit."""
    joined = linked(graph, link)
    error = infer(joined, inference, inference.given).facts[link.target].error if joined else None
    for fix in error.fixes if joined and error else ():
        inserted = find_type(fix.type_id) if isinstance(fix, Insert) else None
        mend = fix_mend(joined, link.target, link.input, fix) if inserted and joined else None
        if mend and inserted:
            yield Mend(f"Connect {link.source} to {link.target} through {inserted.torch_name}", mend.graph)


def _would_run(graph: Graph, inference: Inference, link: Link) -> bool:
    """Whether the target takes the value, as far as one port alone can tell."""
    shape = inference.facts[link.source].outputs.get(link.output)
    settings = graph.nodes[link.target].settings
    if shape is None:
        return False
    if len(settings.inputs()) > 1 or settings.inputs()[0].variadic:
        return True
    try:
        settings.shape(shape)
    except ShapeError:
        return False
    return True


def _reached(graph: Graph, name: str) -> set[str]:
    """The node and all that it leads to."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += [link.target for link in graph.outgoing(one)]
    return reached


def _occupied(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    """The values made one first: their sum, or side by side; or only one of them."""
    if problem.link is None:
        return
    target, port = problem.link.target, problem.link.input
    links = [k for k in graph.links if (k.target, k.input) == (target, port)]
    for type_id, verb in (("add", "Add them up"), ("concat", "Concatenate them")):
        declared = find_type(type_id)
        if declared is None:
            continue
        edited, added = beside(graph.without_links(links), declared(), target, -PITCH / 2, ROW)
        for number, link in enumerate(links, start=1):
            edited = edited.with_link(Link(link.source, link.output, added, f"x{number}"))
        yield Mend(f"{verb} before {target}", edited.with_link(Link(added, "output", target, port)))
    for link in links:
        others = [k for k in links if k != link]
        yield Mend(f"Keep only the link from {link.source}", graph.without_links(others))


def _unused(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    """Without the node and what comes only behind it; or with an Output at its end."""
    behind = _reached(graph, problem.node)
    gone = graph.without(behind)
    more = len(behind) - 1
    yield Mend(f"Remove {problem.node}{f' and {more} more behind it' if more else ''}", gone)
    for name in (n for n in graph.topology.order if n in behind and not graph.outgoing(n)):
        yield from _new_output(graph, name)


def _frozen(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    names = [name for name in graph.topology.order if inference.facts[name].weights]
    for text, chosen in ((f"Let {names[-1]} be trained", names[-1:]), ("Let all weights be trained", names)):
        edited = graph
        for name in chosen:
            edited = edited.with_training(name, dataclasses.replace(graph.nodes[name].training, frozen=False))
        yield Mend(text, edited)


def _same_field(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    """One Input for both."""
    second = problem.node
    for name, node in graph.nodes.items():
        if name != second and isinstance(node.settings, Input):
            edited = graph.without([second])
            for link in graph.outgoing(second):
                edited = edited.with_link(link._replace(source=name))
            yield Mend(f"Feed from {name} what {second} feeds", edited)


def _alike_names(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    stem = graph.nodes[problem.node].settings.stem
    taken = {name.lower() for name in graph.nodes}
    number = next(n for n in range(1, len(taken) + 2) if f"{stem}{n}".lower() not in taken)
    yield Mend(f"Rename {problem.node} to {stem}{number}", graph.renamed(problem.node, f"{stem}{number}"))


def _class_count(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    width = width_of(graph.nodes[problem.node].settings)
    if data is not None and width:
        mend = set_mend(graph, problem.node, {width: data.classes})
        if mend:
            yield mend


def _data_shape(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    for name, shape in data.fields.items() if data else ():
        if data is not None and name == data.target and len(data.fields) > 1:
            continue
        made = input_of(shape)
        if made is not None:
            old: NodeType = graph.nodes[problem.node].settings
            kept = name if getattr(old, "field", "") else ""
            edited = graph.with_node(
                problem.node,
                Node(
                    dataclasses.replace(made, field=kept),
                    graph.nodes[problem.node].x,
                    graph.nodes[problem.node].y,
                ),
            )
            yield Mend(f"Set {problem.node} to {words(made.size) or 'one number'} ({name})", edited)


WIRING: dict[str, Maker] = {
    "cycle": _cycle,
    "no-input": _no_input,
    "no-output": _no_output,
    "no-loss": _no_loss,
    "unwired": _unwired,
    "boxes": _unwired,
    "occupied": _occupied,
    "unused": _unused,
    "unused-input": _unused,
    "frozen": _frozen,
    "same-field": _same_field,
    "alike-names": _alike_names,
    "class-count": _class_count,
    "data-shape": _data_shape,
}
"""Kinds of problem that other links, or nodes at the ends, mend."""
