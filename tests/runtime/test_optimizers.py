"""Optimizers with all their settings against PyTorch's own, and their memory through a checkpoint."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import torch
from torch import Tensor, nn, optim

from nodes.spec.settings import SettingError
from runtime.optimizers import make_optimizer, optimizer_memory, restore_optimizer
from runtime.recipe import Recipe
from runtime.recipe_parts.words import OPTIMIZERS
from runtime.runs import TrainingError

BETAS = {"beta1": 0.8, "beta2": 0.95}
REFERENCES: list[tuple[dict[str, Any], Any]] = [
    ({"optimizer": "SGD", "momentum": 0.8, "dampening": 0.3}, lambda w: optim.SGD(w, 0.05, 0.8, 0.3)),
    ({"optimizer": "SGD", "nesterov": True}, lambda w: optim.SGD(w, 0.05, 0.9, nesterov=True)),
    ({"optimizer": "Adagrad"}, optim.Adagrad),
    (
        {"optimizer": "Adagrad", "lr_decay": 0.1, "initial_accumulator_value": 0.5, "weight_decay": 0.1},
        lambda w: optim.Adagrad(w, 0.01, 0.1, 0.1, 0.5),
    ),
    ({"optimizer": "Adadelta"}, optim.Adadelta),
    ({"optimizer": "Adadelta", "rho": 0.8, "eps": 1e-4}, lambda w: optim.Adadelta(w, 1.0, 0.8, 1e-4)),
    ({"optimizer": "RMSprop"}, optim.RMSprop),
    (
        {"optimizer": "RMSprop", "alpha": 0.9, "centered": True, "momentum": 0.5},
        lambda w: optim.RMSprop(w, 0.01, 0.9, centered=True, momentum=0.5),
    ),
    ({"optimizer": "Adam"}, optim.Adam),
    ({"optimizer": "Adam", **BETAS, "amsgrad": True}, lambda w: optim.Adam(w, betas=(0.8, 0.95), amsgrad=True)),
    (
        {"optimizer": "Adam", "weight_decay": 0.2, "decoupled_weight_decay": True},
        lambda w: optim.Adam(w, weight_decay=0.2, decoupled_weight_decay=True),
    ),
    ({"optimizer": "AdamW"}, optim.AdamW),
    ({"optimizer": "AdamW", "amsgrad": True, "eps": 1e-3}, lambda w: optim.AdamW(w, amsgrad=True, eps=1e-3)),
    ({"optimizer": "NAdam"}, optim.NAdam),
    (
        {"optimizer": "NAdam", "momentum_decay": 0.1, "weight_decay": 0.2, "decoupled_weight_decay": True},
        lambda w: optim.NAdam(w, momentum_decay=0.1, weight_decay=0.2, decoupled_weight_decay=True),
    ),
    ({"optimizer": "RAdam"}, optim.RAdam),
    (
        {"optimizer": "RAdam", "weight_decay": 0.2, "decoupled_weight_decay": True},
        lambda w: optim.RAdam(w, weight_decay=0.2, decoupled_weight_decay=True),
    ),
    ({"optimizer": "Adamax"}, optim.Adamax),
    ({"optimizer": "Adamax", **BETAS}, lambda w: optim.Adamax(w, betas=(0.8, 0.95))),
    ({"optimizer": "LBFGS"}, optim.LBFGS),
    (
        {
            "optimizer": "LBFGS",
            "learning_rate": 0.5,
            "max_iter": 4,
            "history_size": 2,
            "line_search_fn": "strong_wolfe",
        },
        lambda w: optim.LBFGS(w, 0.5, 4, history_size=2, line_search_fn="strong_wolfe"),
    ),
    (
        {"optimizer": "LBFGS", "max_iter": 9, "max_eval": 3, "tolerance_grad": 1e-3, "tolerance_change": 1e-4},
        lambda w: optim.LBFGS(w, 1, 9, 3, 1e-3, 1e-4),
    ),
]


def named(case: Any) -> str:
    return "-".join(f"{name}={value}" for name, value in case.items()) if isinstance(case, dict) else ""


def moved(weight: nn.Parameter, optimizer: optim.Optimizer, steps: int) -> None:
    """Some steps down a bent valley."""

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = (weight**4).sum() + (weight[1:] - weight[:-1] ** 2).square().sum()
        torch.autograd.backward(loss)
        return loss.detach()

    for _ in range(steps):
        optimizer.step(closure)  # type: ignore[arg-type]


def start() -> nn.Parameter:
    return nn.Parameter(torch.linspace(-1.2, 1, 7))


@pytest.mark.parametrize(("settings", "reference"), REFERENCES, ids=named)
def test_steps_as_pytorchs_own(settings: dict[str, Any], reference: Any) -> None:
    ours, theirs = start(), start()
    moved(ours, make_optimizer(Recipe(**settings), nn.ParameterList([ours])), 7)
    moved(theirs, reference([theirs]), 7)
    assert not torch.allclose(ours, start(), atol=1e-5)
    assert torch.allclose(ours, theirs, rtol=1e-5, atol=1e-7)


def test_every_optimizer_has_a_reference() -> None:
    assert {settings["optimizer"] for settings, _ in REFERENCES} == set(OPTIMIZERS)


@pytest.mark.parametrize(("settings", "reference"), REFERENCES, ids=named)
@pytest.mark.parametrize("steps", [0, 1, 5])
def test_memory_survives_a_checkpoint_bit_for_bit(settings: dict[str, Any], reference: Any, steps: int) -> None:
    recipe, whole, halved = Recipe(**settings), start(), start()
    moved(whole, make_optimizer(recipe, nn.ParameterList([whole])), steps + 4)
    first = make_optimizer(recipe, nn.ParameterList([halved]))
    moved(halved, first, steps)
    tensors, numbers = optimizer_memory(first)
    numbers = msgspec.json.decode(msgspec.json.encode(numbers), type=dict[str, int | float])
    resumed = nn.Parameter(halved.detach().clone())
    second = make_optimizer(recipe, nn.ParameterList([resumed]))
    restore_optimizer(second, {name: tensor.clone() for name, tensor in tensors.items()}, numbers)
    moved(resumed, second, 4)
    assert resumed.equal(whole)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_defaults_are_pytorchs_but_for_sgd(name: str) -> None:
    recipe = Recipe(optimizer=name)
    defaults = getattr(optim, name)([start()]).defaults
    expected = {"lr": 0.05, "momentum": 0.9} if name == "SGD" else {}
    ours = make_optimizer(recipe, nn.ParameterList([start()])).defaults
    for setting, value in (defaults | expected).items():
        if setting not in ("fused", "foreach"):
            assert ours[setting] == value, setting


def test_untouched_settings_follow_the_optimizer() -> None:
    recipe = Recipe().replaced(optimizer="Adagrad")
    assert (recipe.learning_rate, recipe.eps) == (0.01, 1e-10)
    assert Recipe().replaced(optimizer="AdamW").weight_decay == 0.01
    assert Recipe().replaced(optimizer="RMSprop").momentum == 0


def test_touched_settings_stay() -> None:
    recipe = Recipe(learning_rate=0.02, momentum=0.5).replaced(optimizer="RMSprop")
    assert (recipe.learning_rate, recipe.momentum) == (0.02, 0.5)


def test_only_settings_of_the_chosen_optimizer_apply() -> None:
    def applying(name: str) -> set[str]:
        recipe = Recipe(optimizer=name)
        return {n for n, kind in Recipe.settings().items() if kind.group == "Optimizer" and kind.applies_to(recipe)}

    assert applying("SGD") == {"momentum", "dampening", "nesterov", "maximize"}
    assert applying("Adamax") == {"beta1", "beta2", "eps", "maximize"}
    assert applying("Adadelta") == {"rho", "eps", "maximize"}


def test_lbfgs_refuses_rates_of_single_layers() -> None:
    class Own(nn.Linear):
        def parameter_groups(self, rate: float, decay: float) -> list[dict[str, Any]]:
            return [{"params": [self.weight]}, {"params": [self.bias], "learning_rate_factor": 0.1}]

    with pytest.raises(TrainingError, match="choose Adam"):
        make_optimizer(Recipe(optimizer="LBFGS"), Own(2, 2))


def test_lbfgs_refuses_fp16() -> None:
    with pytest.raises(SettingError, match="Set precision to bf16"):
        Recipe(optimizer="LBFGS", precision="fp16")
