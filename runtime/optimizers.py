"""Recipe -> torch optimizer, and its memory as tensors and numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import LBFGS, SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, NAdam, Optimizer, RAdam, RMSprop

from runtime.parted import is_parted, parted_as
from runtime.recipe import Recipe
from runtime.recipe_parts.words import ADAMS
from runtime.runs import TrainingError
from runtime.transfer.names import is_within

KINDS: dict[str, tuple[type[Optimizer], tuple[str, ...]]] = {
    "SGD": (SGD, ("momentum", "dampening", "nesterov", "maximize")),
    "Adagrad": (Adagrad, ("lr_decay", "initial_accumulator_value", "eps", "maximize")),
    "Adadelta": (Adadelta, ("rho", "eps", "maximize")),
    "RMSprop": (RMSprop, ("momentum", "alpha", "eps", "centered", "maximize")),
    "Adam": (Adam, ("eps", "amsgrad", "decoupled_weight_decay", "maximize")),
    "AdamW": (AdamW, ("eps", "amsgrad", "maximize")),
    "NAdam": (NAdam, ("eps", "momentum_decay", "decoupled_weight_decay", "maximize")),
    "RAdam": (RAdam, ("eps", "decoupled_weight_decay", "maximize")),
    "Adamax": (Adamax, ("eps", "maximize")),
    "LBFGS": (
        LBFGS, ("max_iter", "max_eval", "tolerance_grad", "tolerance_change", "history_size", "line_search_fn"),
    ),
}  # fmt: skip
"""Each optimizer and those of its arguments that the recipe calls the same."""
FUSED = ("SGD", "Adam", "AdamW")
SCRATCH = ("al",)  # that LBFGS leaves behind and does not read again


def make_optimizer(recipe: Recipe, module: nn.Module, head: Collection[str] = ()) -> Optimizer:
    """The optimizer a recipe names, over the weights that are not frozen, each with its own rate and decay.

    ``head`` are the nodes that the recipe's factor for the trunk leaves alone. It runs fused where it can: one call
    for all weights, on the CPU as on a GPU. Raises TrainingError.
    """
    kind, names = KINDS[recipe.optimizer]
    weights = _groups(recipe, module, head)
    arguments: dict[str, Any] = {name: getattr(recipe, name) for name in names}
    if kind is LBFGS:
        if len(weights) > 1:
            raise TrainingError(
                "LBFGS moves all weights alike, but some layers have a rate or penalties of their own.",
                "Set their rate factor to 1 and clear weight_decay, l1 and max_norm in them, or choose Adam.",
            )
        return LBFGS(weights[0]["params"], lr=recipe.learning_rate, **arguments)
    if recipe.optimizer in ADAMS:
        arguments["betas"] = (recipe.beta1, recipe.beta2)
    if recipe.optimizer in FUSED:
        arguments["fused"] = True
    make: Any = kind
    made: Optimizer = make(weights, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, **arguments)
    return made


def _groups(recipe: Recipe, module: nn.Module, head: Collection[str]) -> list[dict[str, Any]]:
    """Weights that are trained, in the groups that the network's source puts them in."""
    method = getattr(module, "parameter_groups", None)
    groups = method(recipe.learning_rate, recipe.weight_decay) if method else [{"params": module.parameters()}]
    trained = [{**group, "params": [w for w in group["params"] if w.requires_grad]} for group in groups]
    if recipe.trunk_factor != 1 and recipe.optimizer != "LBFGS":
        within = {id(w) for name, w in module.named_parameters() if any(is_within(name, node) for node in head)}
        trained = [part for group in trained for part in _by_place(group, within, recipe.trunk_factor)]
    if not recipe.decay_biases and recipe.optimizer != "LBFGS":
        trained = [part for group in trained for part in _by_decay(group)]
    return [group for group in trained if group["params"]]


def _by_place(group: dict[str, Any], head: Collection[int], factor: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """A group's weights of the trunk, at a multiple of its rate, and those of the head."""
    trunk, rest = [w for w in group["params"] if id(w) not in head], [w for w in group["params"] if id(w) in head]
    own = group.get("learning_rate_factor", 1.0)
    return {**group, "params": trunk, "learning_rate_factor": own * factor}, {**group, "params": rest}


def _by_decay(group: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A group without its biases and weights of normalisations, and these without weight decay."""
    pulled, spared = [w for w in group["params"] if w.dim() > 1], [w for w in group["params"] if w.dim() <= 1]
    return {**group, "params": pulled}, {**group, "params": spared, "weight_decay": 0.0}


def set_learning_rate(optimizer: Optimizer, rate: float) -> None:
    """The rate of the recipe; a layer with a rate of its own keeps its multiple of it."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("learning_rate_factor", 1.0)


def set_momentum(optimizer: Optimizer, momentum: float) -> None:
    """SGD's momentum, or the first of Adam's betas."""
    for group in optimizer.param_groups:
        if "betas" in group:
            group["betas"] = (momentum, group["betas"][1])
        else:
            group["momentum"] = momentum


def trained_weights(optimizer: Optimizer) -> list[Tensor]:
    """All weights it moves."""
    return [weight for group in optimizer.param_groups for weight in group["params"]]


def memory_kind(recipe: Recipe) -> str:
    """What an optimizer remembers follows from these: one of another kind cannot go on with it."""
    has_momentum = recipe.optimizer == "RMSprop" and recipe.momentum > 0
    is_centered = recipe.optimizer == "RMSprop" and recipe.centered
    is_amsgrad = recipe.optimizer in ("Adam", "AdamW") and recipe.amsgrad
    parts = {
        "momentum": has_momentum,
        "centered": is_centered,
        "amsgrad": is_amsgrad,
        "spared": not recipe.decay_biases,  # numbers its weights otherwise
        "trunk": recipe.trunk_factor != 1 and recipe.optimizer != "LBFGS",  # so does this
    }
    return " ".join([recipe.optimizer, *(name for name, is_there in parts.items() if is_there)])


def optimizer_memory(optimizer: Optimizer) -> tuple[dict[str, Tensor], dict[str, float]]:
    """What the optimizer remembers: tensors and plain numbers, each as ``<number of the weight>.<name>``.

    A list of tensors gives one as ``<number>.<name>.<place>`` for each.
    """
    tensors: dict[str, Tensor] = {}
    numbers: dict[str, float] = {}
    for number, values in optimizer.state_dict()["state"].items():
        for name, value in values.items():
            key = f"{number}.{name}"
            if name in SCRATCH or value is None:
                continue
            if isinstance(value, Tensor):
                tensors[key] = value
            elif isinstance(value, list):
                tensors |= {f"{key}.{place}": part for place, part in enumerate(value)}
            else:
                numbers[key] = value
    return tensors, numbers


def restore_optimizer(optimizer: Optimizer, tensors: Mapping[str, Tensor], numbers: Mapping[str, float]) -> None:
    """The opposite of :func:`optimizer_memory`."""
    state: dict[int, dict[str, Any]] = {}
    rows: dict[tuple[int, str], dict[int, Tensor]] = {}
    for key, value in (*tensors.items(), *numbers.items()):
        number, name, *place = key.split(".")
        values = state.setdefault(int(number), {})
        if place:
            rows.setdefault((int(number), name), {})[int(place[0])] = value  # type: ignore[assignment]
        else:
            values[name] = value
    for (weight, name), parts in rows.items():
        state[weight][name] = [parts[place] for place in range(len(parts))]
    for values in state.values():
        if "func_evals" in values and "old_dirs" not in values:  # LBFGS after a first step: its lists are still empty
            values |= {"old_dirs": [], "old_stps": [], "ro": []}
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    _lay_out_as_weights(optimizer)


def _lay_out_as_weights(optimizer: Optimizer) -> None:
    """A checkpoint keeps tensors in one order; fused steps want each as its weight lies in memory."""
    for weight, values in optimizer.state.items():
        for name, value in values.items():
            if is_parted(weight):
                values[name] = parted_as(weight, value)
            elif isinstance(value, Tensor) and value.shape == weight.shape and value.stride() != weight.stride():
                values[name] = torch.empty_like(weight).copy_(value)
