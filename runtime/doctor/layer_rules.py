"""Rules about single layers: gradients that explode or vanish, units that are dead or saturated, odd steps."""

from __future__ import annotations

import math
import statistics

from runtime.doctor.findings import (
    Action,
    Evidence,
    Finding,
    GoBack,
    InsertBehind,
    ReplaceNodes,
    SetRecipe,
    SetTraining,
)
from runtime.doctor.view import SQUASHING, View, node_of

EXPLODING, IMMENSE = 3.0, 100.0  # length of the gradient beside that of the weights
GROWN = 100.0  # times the length that the gradient had at first
LONG = 1.0  # length of a gradient that may be called long, for a loss of a mean
LARGE_GAIN = 6.0  # spread of a layer's results beside that of the layer before; He's beginning gives about 1.4
VANISHING = 1e-3  # gradient beside weights, beside the largest of all layers
SHORT = 1e-2  # length of the gradient, beside the longest
DEAD, SATURATED = 0.5, 0.5  # shares
LEAST_SAMPLES = 200  # in the window, before a unit is called dead
USUAL_RATIO = 1e-3  # of a step beside the weights, after the lectures
ODD = 100.0  # times the ratio of the other layers
LEAST_WATCHES = 2


def exploding_gradients(view: View) -> Finding | None:
    """Gradients many times as long as the weights they belong to."""
    if len(view.history.watches) < LEAST_WATCHES:
        return None
    beside, lengths = _beside_weights(view), view.all_now("gradient_norm")
    long = LONG * _batch_factor(view)
    beside = {path: ratio for path, ratio in beside.items() if lengths[path] >= long}
    gains = _gains(view)
    steep = [path for path, gain in gains.items() if gain >= LARGE_GAIN]
    least = EXPLODING if steep or _has_grown(view, list(beside)) else IMMENSE
    if not beside or max(beside.values()) < least * _batch_factor(view):
        return None
    longest = max(beside, key=lambda path: beside[path])
    worst = max(steep, key=lambda path: gains[path]) if steep else longest
    length = view.now(longest, "gradient_norm") or 0.0
    sentence = f"The gradient of {longest} is {length:.3g} long, {beside[longest]:.3g} times its weights."
    clip = SetRecipe("Clip the gradient's length to 1", {"clip_grad_norm": 1.0})
    actions: list[Action] = [clip]
    if steep:
        sentence += f" The results of {worst} spread {gains[worst]:.3g} times as far as what it takes."
        names = [node_of(path) for path in steep if view.settings(path)]  # of layers within blocks the body says it
        anew = {"weight_init": "kaiming_normal", "bias_init": "zeros"}
        if names:
            actions = [SetTraining(f"Begin {_listed(names)} with kaiming_normal", names, anew), clip]
    norm = view.batch_norm_for(node_of(worst))
    if norm:
        actions.append(InsertBehind(f"Insert a batch normalization behind {node_of(worst)}", {node_of(worst): norm}))
    shown = dict.fromkeys((longest, worst))
    evidence = Evidence(
        "Length of the gradient", [view.series(path, "gradient_norm") for path in shown], is_logarithmic=True
    )
    return Finding(
        "exploding_gradients",
        "Exploding gradients",
        "severe",
        sentence,
        evidence,
        actions,
        node_of(worst),
        view.history.step,
    )


def vanishing_gradients(view: View) -> Finding | None:
    """Gradients that hardly arrive at the first layers."""
    if len(view.history.watches) < LEAST_WATCHES:
        return None
    beside = {p: ratio for p, ratio in _beside_weights(view).items() if _can_vanish(view, p)}
    first = _weakest(beside, view.all_now("gradient_norm"))
    if not first or not began_vanishing(view):  # later on it follows from something else
        return None
    most = max(beside, key=lambda path: beside[path])
    sentence = (
        f"Beside its weights the gradient of {first} is {beside[first] / beside[most]:.1e} of that of {most}: "
        f"{first} hardly learns."
    )
    norms = {name: view.batch_norm_for(name) for name in _before_squashing(view)}
    norms = {name: type_id for name, type_id in norms.items() if type_id}
    squashing = [n for n, node in view.network.graph.nodes.items() if node.settings.type_id in SQUASHING]
    actions: list[Action] = []
    if norms:
        actions.append(InsertBehind(f"Insert a batch normalization behind {_listed(list(norms))}", norms))
    if squashing:
        hidden = {name: "relu" for name in squashing if not view.is_result(name)}
        actions.append(ReplaceNodes("Use ReLU instead", hidden))
    names = [node_of(path) for path in beside]
    actions.append(
        SetTraining("Begin with kaiming_normal", list(dict.fromkeys(names)), {"weight_init": "kaiming_normal"})
    )
    evidence = Evidence(
        "Length of the gradient",
        [view.series(path, "gradient_norm") for path in (first, most)],
        is_logarithmic=True,
    )
    return Finding(
        "vanishing_gradients",
        "Vanishing gradients",
        "severe",
        sentence,
        evidence,
        actions,
        node_of(first),
        view.history.step,
    )


def began_vanishing(view: View) -> bool:
    """Whether the gradient hardly arrived at the first layers in the first watched step already."""
    layers = view.history.watches[0].layers if view.history.watches else {}
    told = [p for p in view.paths if p in layers and layers[p].weight_norm and _can_vanish(view, p)]
    lengths = {path: layers[path].gradient_norm or 0.0 for path in told}
    return bool(
        _weakest({path: length / (layers[path].weight_norm or 1.0) for path, length in lengths.items()}, lengths)
    )


def _can_vanish(view: View, path: str) -> bool:
    """Whether a layer's gradient can be held against another's: weights that begin at 0 look small for a while."""
    node = view.network.graph.nodes[node_of(path)]
    return path in view.multiplying and node.training.weight_init not in ("zeros", "constant")


def _weakest(beside: dict[str, float], lengths: dict[str, float]) -> str:
    """The first layer whose gradient is next to nothing beside a later one; empty where there is none."""
    if len(beside) < 2:
        return ""
    most = max(beside, key=lambda path: beside[path])
    for path, ratio in beside.items():
        if path == most:
            break
        # Large weights make a gradient look small beside them, so that its own length counts as well.
        if ratio < VANISHING * beside[most] and lengths[path] < SHORT * max(lengths.values()):
            return path
    return ""


def dead_units(view: View) -> Finding | None:
    """Rectifiers most of whose units have been zero in every watched step of late."""
    watches = view.history.watches
    if not watches or watches[-1].window * view.recipe.batch_size < LEAST_SAMPLES:
        return None
    found = [(p, n.dead) for p, n in watches[-1].layers.items() if p in view.paths and n.dead is not None]
    dead = [(path, share) for path, share in found if share >= DEAD]
    if not dead:
        return None
    path, share = dead[0]
    began = watches[0].layers[path].dead if path in watches[0].layers else None
    before = view.weighted_before(path)
    anew = SetTraining(
        f"Begin {before} with kaiming_normal and biases of 0",
        [before],
        {"weight_init": "kaiming_normal", "bias_init": "zeros"},
    )
    alive = max((w for w in watches if (w.layers[path].dead or 0) < DEAD), key=lambda w: w.step, default=None)
    lower = GoBack("Go back and train at a tenth of the rate", alive.step if alive else 0, 0.1)
    leaky = ReplaceNodes(f"Make {node_of(path)} a leaky ReLU", {node_of(path): "leaky_relu"})
    was_dead = began is not None and began >= DEAD
    advice: list[Action] = [anew, leaky, lower] if was_dead and before else [lower, leaky]
    when = "since the first step" if was_dead else "by now"
    return Finding(
        "dead_units",
        "Dead units",
        "severe" if share > 0.9 else "warning",
        f"{share:.0%} of the units of {path} are dead {when}: they were 0 in each of the last {watches[-1].window} "
        f"watched steps, and no gradient reaches them.",
        Evidence("Share of dead units", [view.series(path, "dead")], level=DEAD),
        advice,
        node_of(path),
        watches[-1].step,
    )


def saturated_units(view: View) -> Finding | None:
    """Sigmoids and tanhs most of whose results lie where they have hardly any slope."""
    if len(view.history.watches) < LEAST_WATCHES:
        return None
    shares = {p: s for p, s in view.all_now("saturated").items() if s >= SATURATED and not view.is_result(p)}
    if not shares:
        return None
    path = next(iter(shares))
    names = list(dict.fromkeys(filter(None, (view.weighted_before(one) for one in shares))))
    actions: list[Action] = []
    if names:
        smaller = {"weight_init": "xavier_normal", "bias_init": "zeros"}
        actions.append(SetTraining(f"Begin {_listed(names)} with xavier_normal", names, smaller))
        norms = {name: view.batch_norm_for(name) for name in names if view.batch_norm_for(name)}
        if norms:
            actions.append(InsertBehind(f"Insert a batch normalization behind {_listed(list(norms))}", norms))
    actions.append(GoBack("Go back and train at a tenth of the rate", 0, 0.1))
    return Finding(
        "saturated_units",
        "Saturated units",
        "warning",
        f"{shares[path]:.0%} of the results of {path} are saturated, where its slope is below a twentieth of its "
        f"largest: hardly any gradient comes through.",
        Evidence("Share of saturated results", [view.series(path, "saturated")], level=SATURATED),
        actions,
        node_of(path),
        view.history.step,
    )


def odd_update(view: View) -> Finding | None:
    """One layer whose steps are of another order than those of all others, and far from 1e-3 of its weights."""
    if len(view.history.watches) < LEAST_WATCHES:
        return None
    ratios = {path: ratio for path, ratio in view.all_now("update_ratio").items() if ratio > 0}
    if len(ratios) < 2:
        return None
    path = max(ratios, key=lambda one: _distance(ratios, one))
    others = statistics.median(ratio for other, ratio in ratios.items() if other != path)
    ratio = ratios[path]
    off = max(ratio / USUAL_RATIO, USUAL_RATIO / ratio)
    if _distance(ratios, path) < math.log(ODD) or off < ODD / 10:
        return None
    name = node_of(path)
    factor = view.network.graph.nodes[name].training.learning_rate_factor
    wanted = factor * others / ratio
    actions: list[Action] = []
    if factor != 1:
        actions.append(SetTraining(f"Let {name} learn at the common rate", [name], {"learning_rate_factor": 1.0}))
    else:
        actions.append(
            SetTraining(f"Begin {name} with kaiming_normal", [name], {"weight_init": "kaiming_normal"}),
        )
        told = float(f"{min(max(wanted, 1e-3), 1000.0):.1g}")
        actions.append(SetTraining(f"Give {name} {told:g} × the rate", [name], {"learning_rate_factor": told}))
    return Finding(
        "update_ratio",
        "A layer out of step",
        "warning",
        f"A step moves {path} by {ratio:.1e} of its weights, the other layers by {others:.1e}; about 1e-3 is usual.",
        Evidence("Step beside the weights", [view.series(path, "update_ratio")], USUAL_RATIO, is_logarithmic=True),
        actions,
        name,
        view.history.step,
    )


def _distance(ratios: dict[str, float], path: str) -> float:
    """How far a ratio is from the median of the others, in powers of e."""
    others = statistics.median(ratio for other, ratio in ratios.items() if other != path)
    return abs(math.log(ratios[path] / others))


def _beside_weights(view: View) -> dict[str, float]:
    """The length of each layer's gradient beside that of its weights, in the order of calculation."""
    gradients, weights = view.all_now("gradient_norm"), view.all_now("weight_norm")
    return {path: length / weights[path] for path, length in gradients.items() if weights.get(path)}


def _has_grown(view: View, paths: list[str]) -> bool:
    """Whether the gradient of some layer is many times as long as it was at first."""
    first = view.history.watches[0].layers
    began = {path: first[path].gradient_norm for path in paths if path in first}
    return any(length and (view.now(path, "gradient_norm") or 0.0) > GROWN * length for path, length in began.items())


def _batch_factor(view: View) -> float:
    """A summed loss grows with the batch, and so do its gradients."""
    is_summed = any(getattr(n.settings, "reduction", "") == "sum" for n in view.network.graph.nodes.values())
    return float(view.recipe.batch_size) if is_summed else 1.0


def _gains(view: View) -> dict[str, float]:
    """The spread of the results of layers with weights beside that of what came before, at the first watch."""
    first = view.history.watches[0].layers
    found: dict[str, float] = {}
    before = 1.0  # normalised data
    for path in view.paths:
        spread = first[path].std if path in first else None
        if spread is None:
            continue
        if first[path].weight_norm is not None and before > 0:
            found[path] = spread / before
        before = spread
    return found


def _before_squashing(view: View) -> list[str]:
    """Nodes with weights whose results a sigmoid or tanh takes."""
    graph = view.network.graph
    squashing = [n for n, node in graph.nodes.items() if node.settings.type_id in SQUASHING and not view.is_result(n)]
    found = (next(iter(graph.incoming(name).values()), None) for name in squashing)
    return [link.source for link in found if link is not None and view.inference.facts[link.source].weights]


def _listed(names: list[str]) -> str:
    """``fc1, fc2 and fc3``; of many the first and the last."""
    if len(names) > 4:
        return f"{names[0]} … {names[-1]}"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
