"""Edits that give a loss the numbers it expects, or another loss to the numbers there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nodes.boundary import Input
from nodes.graph.fit import giver, target_fault, width_of
from nodes.graph.infer import Inference
from nodes.graph.level import Level, Spot, origin
from nodes.graph.mends import Mend, fix_mend, insert_mend, removed, replace_mend, set_mend
from nodes.graph.model import Graph, Link
from nodes.graph.problem import DataFacts, Problem
from nodes.graph.scope import body_at, with_body_at
from nodes.spec.sizes import Size

OTHER_LOSSES = {
    ("cross_entropy_loss", "log_softmax"): "nll_loss",
    ("bce_with_logits_loss", "sigmoid"): "bce_loss",
}
"""The loss that wants what another one does not: by that and by what it gets."""
COMPARING = {"index": ("cross_entropy_loss",), "real": ("mse_loss", "bce_with_logits_loss", "giou_loss")}
"""Losses that are tried for a target of indices, and for one of real numbers."""


def _origin(graph: Graph, problem: Problem) -> Spot | None:
    """The node that made the numbers which the loss of a problem judges."""
    return origin(Level(graph), problem.link) if problem.link is not None else None


def _at(graph: Graph, path: tuple[str, ...], edit: Callable[[Graph, str], Mend | None]) -> Iterator[Mend]:
    """An edit of the node that a path leads to, as one of the whole."""
    way, name = path[:-1], path[-1]
    mend = edit(body_at(graph, way), name)
    if mend is not None:
        where = f"Inside {'.'.join(way)}: " if way else ""
        yield Mend(f"{where}{mend.text}", with_body_at(graph, way, mend.graph))


def _unsquashed(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    """The loss at the value before the softmax; without the softmax where nobody else reads it; the other loss."""
    link, spot = problem.link, _origin(graph, problem)
    if link is None or spot is None:
        return
    before = next(iter(graph.incoming(link.source).values()), None)
    edited = graph.with_link(link._replace(source=before.source, output=before.output)) if before else graph
    if spot.path == (link.source,) and before and edited.outgoing(link.source):
        yield Mend(f"Connect {link.target} to {before.source}", edited)
    else:
        yield from _at(graph, spot.path, lambda body, name: Mend(f"Remove {name}", removed(body, name)))
    other = OTHER_LOSSES.get((graph.nodes[problem.node].settings.type_id, spot.settings.type_id))
    mend = replace_mend(graph, problem.node, other, {}) if other else None
    if mend:
        yield mend


def _logarithms(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    """Log-probabilities where they are wanted, or the loss that takes scores."""
    spot = _origin(graph, problem)
    found: list[Mend | None] = []
    if spot is not None and spot.settings.type_id in ("softmax", "sigmoid", "hardsigmoid"):
        if spot.settings.type_id == "softmax":
            yield from _at(graph, spot.path, lambda body, name: replace_mend(body, name, "log_softmax", {}))
        found.append(insert_mend(graph, problem.link, [("log", {})]))
    else:
        if graph.nodes[problem.node].settings.type_id == "nll_loss":
            found.append(replace_mend(graph, problem.node, "cross_entropy_loss", {}))
        found.append(insert_mend(graph, problem.link, [("log_softmax", {})]))
    yield from (mend for mend in found if mend)


def _probabilities(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    """The loss that takes scores, or probabilities of them."""
    replaced = replace_mend(graph, problem.node, "bce_with_logits_loss", {})
    inserted = insert_mend(graph, problem.link, [("sigmoid", {})])
    yield from (mend for mend in (replaced, inserted) if mend)


def _comparable(graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None) -> Iterator[Mend]:
    """Another loss, an input to compare with, or as many numbers and positions as the target has."""
    name = problem.node
    target = data.fields.get(data.target) if data else None
    error = target_fault(inference, name, target, data.classes) if data and target is not None else None
    if data is None or target is None or error is None:
        return
    link, path = next(iter(graph.incoming(name).values())), giver(graph, name)
    losses = [mend for type_id in COMPARING[target.values] if (mend := replace_mend(graph, name, type_id, {}))]
    yield from losses
    for fix in error.fixes:
        mend = fix_mend(graph, name, error.port, fix)
        if mend:
            yield mend
    yield from _given_back(graph, inference, link)
    wanted = target[target.axes.index("C")] if "C" in target.axes else data.classes
    for before in (Mend("", graph), *losses):
        yield from (mend for mend in _as_wide(before, path, wanted) if mend)
    sides = tuple(side for side, axis in zip(target, target.axes, strict=True) if axis in "DHW")
    mend = insert_mend(graph, link, [("upsample", {"size": sides})]) if sides else None
    if mend:
        yield mend


def _as_wide(before: Mend, path: tuple[str, ...], wanted: Size) -> Iterator[Mend]:
    """After another edit the node at a path with as many numbers as are wanted."""
    for mend in _at(
        before.graph, path, lambda body, name: set_mend(body, name, {width_of(body.nodes[name].settings): wanted})
    ):
        words = f"{before.text} and {mend.text[0].lower()}{mend.text[1:]}" if before.text else mend.text
        yield Mend(words, mend.graph)


def _given_back(graph: Graph, inference: Inference, link: Link) -> Iterator[Mend]:
    """An input of the sizes of the prediction as its target, as in an autoencoder."""
    prediction = inference.shape_of(link)
    for source, node in graph.nodes.items():
        if isinstance(node.settings, Input) and inference.facts[source].outputs.get("output") == prediction:
            joined = graph.with_link(Link(source, "output", link.target, "target"))
            yield Mend(f"Connect {source} to the target of {link.target}", joined)


JUDGING = {
    "target": _comparable,
    "softmax-before-loss": _unsquashed,
    "log-softmax-missing": _logarithms,
    "sigmoid-missing": _probabilities,
}
"""Kinds of problem that lie between a loss and what it judges."""
