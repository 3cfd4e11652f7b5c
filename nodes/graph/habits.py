"""Habits: what runs, but seldom does what its author hoped. Each rule looks at one node and its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nodes.graph.layer_kinds import BATCH_NORMS, DROPOUTS, LINEAR_MAPS, NORMS, UNPOOLINGS
from nodes.graph.look import Look
from nodes.graph.loss_habits import (
    OF_LOGARITHMS,
    OF_PROBABILITIES,
    SQUASHING,
    squashed_twice,
    without_log,
    without_sigmoid,
)
from nodes.graph.problem import Problem, told
from nodes.spec.node_type import NodeType

Rule = Callable[[Look, str], list[Problem]]

DEEP = 4  # that many sigmoids in a row are a deep stack


def bias_before_norm(look: Look, name: str) -> list[Problem]:
    """The bias of a layer whose only reader is a normalization that takes the mean away."""
    link = look.incoming(name).get("x")
    if link is None or len(look.outgoing(link.source)) > 1:
        return []
    before = look.settings(link.source)
    if before.type_id not in LINEAR_MAPS or not getattr(before, "bias", False):
        return []
    fact = f"The bias of {link.source} is taken away again by {name}."
    return [
        told("remark", link.source, "bias-before-norm", fact, f"Turn off bias of {link.source}.", parameter="bias")
    ]


def dropout_before_norm(look: Look, name: str) -> list[Problem]:
    """A dropout from which one straight way of at most one linear map leads to a batch normalization."""
    maps = 0
    for before in look.before(name, 4):
        settings = look.settings(before)
        if settings.type_id in DROPOUTS:
            if not getattr(settings, "p", 0):
                return []
            fact = f"{before} drops numbers before {name} measures their variance."
            return [told("remark", before, "dropout-before-norm", fact, f"Move {before} behind {name}.")]
        maps += settings.type_id in LINEAR_MAPS
        if settings.type_id in NORMS or settings.inputs() == () or maps > 1:
            return []
    return []


def nothing_between(look: Look, name: str) -> list[Problem]:
    """Two linear maps that follow each other directly."""
    link = look.incoming(name).get("x")
    if link is None:
        return []
    before, settings = look.settings(link.source), look.settings(name)
    alike = before.type_id == settings.type_id and before.type_id in LINEAR_MAPS
    if not alike or any(getattr(one, "groups", 1) > 1 for one in (before, settings)):
        return []
    if len(look.outgoing(link.source)) > 1 or _narrows(look, link.source, name):
        return []
    fact = f"{link.source} and {name} follow each other without an activation."
    return [told("remark", name, "no-activation", fact, "Insert a ReLU between them.", link=link)]


def _narrows(look: Look, first: str, second: str) -> bool:
    """Whether two linear layers meet at fewer numbers than either side has: a code, or a product of low rank."""
    before, behind = look.settings(first), look.settings(second)
    x = look.facts(first).inputs.get("x")
    if before.type_id != "linear" or x is None or not isinstance(x[-1], int):
        return False
    width: int = getattr(before, "out_features", 0)
    return width < min(x[-1], getattr(behind, "out_features", 0))


def deep_saturation(look: Look, name: str) -> list[Problem]:
    """The fourth sigmoid or tanh in a row, with linear maps between and no normalization."""
    if look.settings(name).type_id not in ("sigmoid", "tanh"):
        return []
    count, linear = 1, False
    for before in look.before(name, 4 * DEEP):
        settings = look.settings(before)
        if settings.type_id in ("sigmoid", "tanh"):
            count += 1
        elif settings.type_id in NORMS or settings.type_id in ("relu", "layer_norm", "group_norm"):
            break
        linear = linear or settings.type_id in LINEAR_MAPS
    if count != DEEP or not linear:  # said once, at the fourth
        return []
    title = look.settings(name).torch_name
    fact = f"{name} is the fourth {title} in a row."
    return [told("remark", name, "saturating", fact, "Use ReLU instead, or put a batch normalization between.")]


def unmatched_unpooling(look: Look, name: str) -> list[Problem]:
    """Unpooling whose indices come from no pooling, or from one with another window."""
    settings = look.settings(name)
    link = look.incoming(name).get("indices")
    if link is None:
        return []
    giver = look.settings(link.source)
    if giver.type_id in ("input", "block", "python_code"):
        return []
    wanted = UNPOOLINGS[settings.type_id]
    if giver.type_id != wanted:
        fact = f"{name} takes its indices from {link.source}, which is no {wanted_name(wanted)}."
        remedy = "Connect the indices of the pooling that it undoes."
        return [told("warning", name, "unpool", fact, remedy, link=link)]
    if window_of(giver) == window_of(settings):
        return []
    fact = f"{name} undoes another window than that of {link.source}."
    words = ", ".join(f"{key} to {value}" for key, value in window_of(giver).items())
    return [told("warning", name, "unpool", fact, f"Set {words}.", parameter="kernel_size", link=link)]


def wanted_name(type_id: str) -> str:
    """``MaxPool2d``."""
    return "".join(part.capitalize() for part in type_id.split("_"))


def window_of(settings: NodeType) -> Mapping[str, Any]:
    """Kernel, stride and padding of a pooling or unpooling."""
    kernel = getattr(settings, "kernel_size", None)
    return {
        "kernel_size": kernel,
        "stride": getattr(settings, "stride", None) or kernel,
        "padding": getattr(settings, "padding", None),
    }


def batch_of_one(look: Look, name: str, batch: int) -> list[Problem]:
    """A batch normalization that gets a single number for each channel, or a single sample."""
    if batch != 1:
        return []
    x = look.facts(name).inputs.get("x")
    positions = [size for size in x[1:] if size != 1] if x is not None else []
    remedy = "Set batch_size to 2 or more, or use GroupNorm."
    if positions:
        fact = f"{name} measures mean and variance over a batch of one sample."
        return [told("warning", name, "batch-of-one", fact, remedy)]
    fact = f"{name} gets a batch of one sample with one number for each channel."
    return [told("error", name, "batch-of-one", fact, remedy)]


def _rules() -> dict[str, tuple[Rule, ...]]:
    found: dict[str, tuple[Rule, ...]] = {}
    for types, rules in (
        (SQUASHING, (squashed_twice,)),
        (OF_LOGARITHMS, (without_log,)),
        (OF_PROBABILITIES, (without_sigmoid,)),
        (NORMS, (bias_before_norm,)),
        (BATCH_NORMS, (dropout_before_norm,)),
        (LINEAR_MAPS, (nothing_between,)),
        (("sigmoid", "tanh"), (deep_saturation,)),
        (UNPOOLINGS, (unmatched_unpooling,)),
    ):
        for type_id in types:
            found[type_id] = (*found.get(type_id, ()), *rules)
    return found


RULES = _rules()
"""The rules for nodes of each type."""
