"""Operations on a trained network that keep what was learned: which there are, where they can be done, what they lead
to. What becomes of the weights is said as data; ``runtime.surgery`` makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from nodes.block import Block
from nodes.graph.infer import Inference, infer
from nodes.graph.model import Graph, GraphError
from nodes.graph.scope import Way, body_at, given_at, with_bodies_at, with_body_at
from nodes.graph.surgery_convert import all_convolutional, as_convolution, as_linear
from nodes.graph.surgery_layers import activated, deepened, deleted, folded, is_foldable, normalised, renormalised
from nodes.graph.surgery_paths import BatchNorm, Cut, Weighted, out_channels
from nodes.graph.surgery_weights import Made, prefixes, under
from nodes.graph.surgery_widths import widened
from nodes.spec.settings import SettingError

WIDEN, FOLD_ALL, ALL_CONVOLUTIONAL = "widen", "fold_all", "all_convolutional"
WIDEST = 65_536


@dataclass(frozen=True)
class Operation:
    """What can be done: its words, what it is for, and the values it may be given."""

    words: str
    tip: str
    do: Callable[[Inference, str, str], Cut]
    choices: Mapping[str, str] | None = None  # values and their words; none where it takes none


class Surgery(NamedTuple):
    """A whole network after an operation. Each step makes weights from those before it."""

    graph: Graph
    steps: tuple[Mapping[str, Made], ...]
    is_exact: bool
    words: str


def _plain(do: Callable[[Inference, str], Cut]) -> Callable[[Inference, str, str], Cut]:
    return lambda inference, name, _value: do(inference, name)


def _widened(inference: Inference, name: str, value: str) -> Cut:
    settings = inference.graph.nodes[name].settings
    twice = 2 * out_channels(settings) if isinstance(settings, Weighted) else 1
    if value and not (value.isascii() and value.isdigit() and int(value) <= WIDEST):
        raise GraphError(f"A width is a number up to {WIDEST}, not {value[:20]}.")
    return widened(inference, name, int(value) if value else twice)


def _folded(inference: Inference, name: str, _value: str) -> Cut:
    return folded(inference.graph, name)


ACTIVATIONS = {
    "relu": "ReLU",
    "prelu": "PReLU (begins as the ReLU it replaces)",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "hardswish": "Hardswish",
    "tanh": "Tanh",
}
NORMS = {
    "batch": "Batch normalisation",
    "group": "Group normalisation",
    "instance": "Instance normalisation",
}
OPERATIONS: Mapping[str, Operation] = {
    WIDEN: Operation("Widen…", "More channels, copies at first: the same numbers come out (Net2WiderNet)", _widened),
    "deepen": Operation(
        "Deepen",
        "One more layer that begins as identity: the same numbers come out (Net2DeeperNet)",
        _plain(deepened),
    ),
    "normalise": Operation(
        "Insert Batch Normalisation", "Begins by letting everything through as it is", _plain(normalised)
    ),
    "delete": Operation("Delete and Measure", "Takes the layer out; what it fed reads what it read", _plain(deleted)),
    "fold": Operation(
        "Fold Batch Normalisation", "Into the weights of the layer before it: exact in evaluation", _folded
    ),
    "to_convolution": Operation(
        "Fully Connected to Convolution",
        "A Linear is a convolution whose filter is the whole input volume: exact",
        _plain(as_convolution),
    ),
    "to_linear": Operation(
        "Convolution to Fully Connected", "Where its filters see the whole input at once: exact", _plain(as_linear)
    ),
    "activation": Operation("Replace Activation", "Another activation, at its cost", activated, ACTIVATIONS),
    "normalisation": Operation(
        "Replace Normalisation", "Another normalisation with the same scales and shifts", renormalised, NORMS
    ),
}
WHOLE = {
    FOLD_ALL: ("Fold All Batch Normalisations", "In blocks too: exact in evaluation"),
    ALL_CONVOLUTIONAL: (
        "Make All Fully Connected Layers Convolutions",
        "Then larger pictures fit; scores are averaged over all places",
    ),
}


def operated(graph: Graph, operation: str, ways: Sequence[Way], node: str = "", value: str = "") -> Surgery:
    """An operation on a node of the body that each way leads to; all of them are alike. Raises GraphError."""
    if operation == FOLD_ALL:
        return _fold_all(graph)
    if operation == ALL_CONVOLUTIONAL:
        return _at(graph, ways[:1], all_convolutional)
    if operation not in OPERATIONS:
        known = ", ".join([*OPERATIONS, *WHOLE])
        raise GraphError(f"There is no operation {operation[:40]}. There are {known}.")
    if node not in body_at(graph, ways[0]).nodes:
        raise GraphError(f"There is no node {node[:60]} to operate on.")
    return _at(graph, ways, partial(_done, operation, node, value))


def refusal(inference: Inference, operation: str, node: str, value: str = "") -> str:
    """Why an operation cannot be done in the body shown, as a sentence; empty where it can."""
    chosen = OPERATIONS[operation]
    values = [value] if value or not chosen.choices else list(chosen.choices)
    sentence = ""
    for one in values:
        try:
            _done(operation, node, one, inference)
        except (GraphError, SettingError) as error:
            sentence = sentence or str(error)
        else:
            return ""
    return sentence


def whole_refusal(graph: Graph, operation: str, way: Way) -> str:
    """The same for the operations on all of a network."""
    try:
        operated(graph, operation, [way])
    except (GraphError, SettingError) as error:
        return str(error)
    return ""


def _done(operation: str, node: str, value: str, inference: Inference) -> Cut:
    """The cut, where no shape is wrong after it that was right before. Raises GraphError, SettingError."""
    if inference.facts[node].error is not None or inference.facts[node].waits:
        raise GraphError(f"{node} has a problem. Mend it first.")
    cut = OPERATIONS[operation].do(inference, node, value)
    _require_sound(infer(cut.graph, inference, inference.given), inference)
    return cut


def _require_sound(after: Inference, before: Inference) -> None:
    for name, facts in after.facts.items():
        known = before.facts.get(name)
        if facts.error is not None and (known is None or known.error is None):
            raise GraphError(f"Then {name} would not fit: {facts.error.fact}")


def _at(graph: Graph, ways: Sequence[Way], do: Callable[[Inference], Cut]) -> Surgery:
    whole = infer(graph)
    cuts: list[Cut] = []
    weights: dict[str, Made] = {}
    for way in ways:
        body = body_at(graph, way)
        cuts.append(do(infer(body, None, given_at(whole, way)) if way else whole))
        if cuts[-1].graph.structure != cuts[0].graph.structure:
            raise GraphError("The blocks that are alike get values of different sizes. Change this one only.")
        for prefix in prefixes(graph, way):
            weights |= under(prefix, cuts[-1].weights)
    edited = with_bodies_at(graph, ways, cuts[0].graph)
    _require_sound(infer(edited), whole)
    return Surgery(edited, (weights,), cuts[0].is_exact, cuts[0].words)


def _fold_all(graph: Graph) -> Surgery:
    edited, steps = _folded_within(graph)
    if not steps:
        raise GraphError("There is no batch normalisation right behind a convolution or Linear.")
    return Surgery(edited, tuple(steps), True, f"Fold {len(steps)} batch normalisations")


def _folded_within(body: Graph) -> tuple[Graph, list[Mapping[str, Made]]]:
    """A body and those inside it without what can be folded, and the steps by the names within that body."""
    steps: list[Mapping[str, Made]] = []
    for name, node in tuple(body.nodes.items()):
        if isinstance(node.settings, Block):
            inner, within = _folded_within(node.settings.body)
            steps += [
                {key: made for prefix in prefixes(body, (name,)) for key, made in under(prefix, step).items()}
                for step in within
            ]
            if within:
                body = with_body_at(body, (name,), inner)
        elif isinstance(node.settings, BatchNorm) and is_foldable(body, name):
            cut = folded(body, name)
            body, steps = cut.graph, [*steps, cut.weights]
    return body, steps
