"""Recipe and data choice as plain values; optimizers and schedules against PyTorch."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from torch import nn

from nodes.graph.model import Network
from nodes.spec.settings import SettingError
from runtime.optimizers import make_optimizer, set_learning_rate
from runtime.recipe import Recipe, override


def test_a_recipe_survives_its_file() -> None:
    recipe = Recipe(optimizer="Adam", learning_rate=0.001, epochs=3)
    assert Recipe.read(recipe.written()) == recipe


def test_unknown_setting_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingError, match=r"The recipe has no setting speed\. It has optimizer, learning_rate"):
        Recipe.read({"speed": 3})


def test_no_two_parts_of_the_recipe_have_a_setting_of_one_name() -> None:
    names = [name for part in Recipe.__mro__[1:-1] for name in part.__annotations__ if name in Recipe.settings()]
    assert sorted(names) == sorted(Recipe.settings())


def test_nesterov_needs_momentum() -> None:
    with pytest.raises(SettingError, match=r"Set momentum to 0\.9, or nesterov off"):
        Recipe(nesterov=True, momentum=0)


@pytest.mark.parametrize(
    ("assignment", "section", "value"),
    [
        ("recipe.batch_size=32", "recipe", {"batch_size": 32}),
        ("recipe.optimizer=AdamW", "recipe", {"optimizer": "AdamW"}),
        ("recipe.nesterov=true", "recipe", {"nesterov": True}),
        ("data.validation = 0.3", "data", {"validation": 0.3}),
    ],
)
def test_override(assignment: str, section: str, value: dict[str, Any]) -> None:
    assert getattr(override(Network(), assignment), section) == value


def test_another_optimizer_brings_its_usual_rate_unless_it_was_set() -> None:
    written = Recipe().written()
    assert override(Network(recipe=written), "recipe.optimizer=Adam").recipe["learning_rate"] == 0.001
    touched = Network(recipe=written | {"learning_rate": 0.2})
    assert override(touched, "recipe.optimizer=Adam").recipe["learning_rate"] == 0.2


def test_every_setting_survives_json() -> None:
    recipe = Recipe(optimizer="LBFGS", milestones=(3, 7.5), max_norm=3.0, line_search_fn="strong_wolfe")
    assert Recipe.read(msgspec.json.decode(msgspec.json.encode(recipe.written()))) == recipe


@pytest.mark.parametrize(
    "assignment",
    [
        "recipe.milestones=[30, 60]",
        "recipe.max_steps=null",
        "recipe.clip_grad_norm=1",
        "recipe.line_search_fn=strong_wolfe",
    ],
)
def test_every_kind_of_setting_can_be_set_on_the_command_line(assignment: str) -> None:
    assert Recipe.read(override(Network(), assignment).recipe) is not None


def test_every_setting_says_what_it_is_and_when_it_applies() -> None:
    settings = Recipe.settings()
    for name, kind in settings.items():
        assert kind.doc.endswith("."), name
        for other, values in kind.when:
            for value in values:
                assert settings[other].checked(other, value) == value


def test_overridden_source_starts_at_the_current_folder(tmp_path: Path) -> None:
    network = override(Network(), "data.source=../mnist", tmp_path)
    assert network.data["source"] == str(tmp_path.resolve().parent / "mnist")


@pytest.mark.parametrize("assignment", ["batch_size=3", "recipe.batch_size", "recipe.batch_size=0", "graph.x=1"])
def test_override_refuses_in_words(assignment: str) -> None:
    with pytest.raises(SettingError):
        override(Network(), assignment)


REFERENCES = [
    (Recipe(momentum=0), lambda w: torch.optim.SGD(w, lr=0.05)),
    (Recipe(weight_decay=0.01), lambda w: torch.optim.SGD(w, lr=0.05, momentum=0.9, weight_decay=0.01)),
    (Recipe(nesterov=True), lambda w: torch.optim.SGD(w, lr=0.05, momentum=0.9, nesterov=True)),
    (
        Recipe(optimizer="Adam", learning_rate=0.01, beta1=0.8, weight_decay=0.1),
        lambda w: torch.optim.Adam(w, lr=0.01, betas=(0.8, 0.999), weight_decay=0.1),
    ),
    (
        Recipe(optimizer="AdamW", learning_rate=0.01, weight_decay=0.1),
        lambda w: torch.optim.AdamW(w, lr=0.01, weight_decay=0.1),
    ),
]


@pytest.mark.parametrize(("recipe", "reference"), REFERENCES)
def test_optimizer_steps_as_pytorchs_own(recipe: Recipe, reference: Any) -> None:
    ours, theirs = (nn.Parameter(torch.linspace(-1, 1, 7)) for _ in range(2))
    pairs = ((ours, make_optimizer(recipe, nn.ParameterList([ours]))), (theirs, reference([theirs])))
    for _ in range(5):
        for weight, optimizer in pairs:
            optimizer.zero_grad()
            torch.autograd.backward((weight**3).sum())
            optimizer.step()
    assert torch.allclose(ours, theirs, rtol=1e-5, atol=1e-7)


def torch_rates(recipe: Recipe, scheduler: Any, steps: int) -> list[float]:
    optimizer = make_optimizer(recipe, nn.Linear(1, 1))
    schedule = scheduler(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


def test_cosine_is_pytorchs() -> None:
    recipe = Recipe(schedule="cosine", epochs=3)
    theirs = torch_rates(recipe, lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 30), 30)
    assert [recipe.learning_rate_at(step, 10) for step in range(30)] == pytest.approx(theirs)


def test_step_schedule_is_pytorchs() -> None:
    recipe = Recipe(schedule="step", step_size=2, gamma=0.5, epochs=6)
    theirs = torch_rates(recipe, lambda o: torch.optim.lr_scheduler.StepLR(o, 20, 0.5), 60)
    assert [recipe.learning_rate_at(step, 10) for step in range(60)] == pytest.approx(theirs)


def test_halfway_along_the_cosine_the_rate_is_half() -> None:
    recipe = Recipe(learning_rate=0.1, schedule="cosine", epochs=4)
    assert recipe.learning_rate_at(20, 10) == pytest.approx(0.05)
    assert recipe.learning_rate_at(0, 10) == 0.1
    assert recipe.learning_rate_at(10, 10) == pytest.approx(0.1 * (1 + math.cos(math.pi / 4)) / 2)


def test_set_learning_rate() -> None:
    optimizer = make_optimizer(Recipe(), nn.Linear(1, 1))
    set_learning_rate(optimizer, 0.5)
    assert optimizer.param_groups[0]["lr"] == 0.5


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1" + "0" * 5000, "[" * 5000])
def test_a_number_beyond_all_bounds_is_refused_in_words(number: str) -> None:
    with pytest.raises(SettingError, match="learning_rate takes a number from"):
        override(Network(), f"recipe.learning_rate={number}")


@pytest.mark.parametrize("source", ["a\0b", "~no such user/digits"])
def test_a_source_that_is_no_path_is_refused_in_words(source: str) -> None:
    with pytest.raises(SettingError, match="source"):
        override(Network(), f"data.source={source}", Path.cwd())
