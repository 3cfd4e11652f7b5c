"""What a search goes over, without training anything."""

from __future__ import annotations

import dataclasses

import pytest

from nodes.spec.search import Mark
from nodes.spec.settings import SettingError
from runtime.search.space import combinations, drawn, grid, narrowed, points, space_of
from tests.runtime.search.networks import marked


def test_marks_of_recipe_data_and_nodes_are_one_space():
    network = marked(
        {"recipe.learning_rate": Mark(0.01, 1, log=True), "data.normalise": Mark(choices=("none", "scale"))}
    )
    graph = network.graph.with_searched("conv", {"out_channels": Mark(2, 8)})
    space = space_of(dataclasses.replace(network, graph=graph))
    assert [p.key for p in space] == ["recipe.learning_rate", "data.normalise", "nodes.conv.out_channels"]
    assert space[2].value == 4


def test_values_are_put_into_recipe_data_and_nodes():
    network = marked({"recipe.batch_size": Mark(choices=(16, 32)), "data.normalise": Mark(choices=("none", "scale"))})
    graph = network.graph.with_searched("conv", {"kernel_size": Mark(choices=((3, 3), (5, 5)))})
    made = drawn(
        dataclasses.replace(network, graph=graph),
        {"recipe.batch_size": 16, "data.normalise": "none", "nodes.conv.kernel_size": (5, 5)},
    )
    assert (made.recipe["batch_size"], made.data["normalise"]) == (16, "none")
    assert made.graph.nodes["conv"].settings.kernel_size == (5, 5)


def test_the_learning_rate_follows_an_optimizer_that_is_searched():
    network = marked({"recipe.optimizer": Mark(choices=("SGD", "Adam"))}, learning_rate=0.05)
    assert "learning_rate" in network.recipe
    assert drawn(network, {"recipe.optimizer": "Adam"}).recipe["learning_rate"] == 0.001


@pytest.mark.parametrize(
    ("key", "mark", "words"),
    [
        ("recipe.speed", Mark(0, 1), "The recipe has no setting speed. It has optimizer,"),
        ("recipe.learning_rate", Mark(1, 0.1), "recipe.learning_rate is searched from 1 to 0.1. Set low below high."),
        ("recipe.learning_rate", Mark(0, 1), "takes a number from 1e-08"),
        ("recipe.batch_size", Mark(0.5, 8), "takes a whole number from 1"),
        ("recipe.optimizer", Mark(0, 1), 'takes no range. List what it may be as "choices".'),
        ("recipe.optimizer", Mark(choices=("SGD", "SDG")), "is one of SGD,"),
        ("recipe.momentum", Mark(0, 0.9, log=True), "by factors from 0, which no factor leads away from"),
    ],
)
def test_a_mark_that_cannot_be_is_refused_in_a_sentence(key, mark, words):
    with pytest.raises(SettingError, match=words.replace("(", r"\(")):
        space_of(marked({key: mark}))


def test_a_network_without_marks_says_how_to_mark():
    with pytest.raises(SettingError, match="Search over"):
        space_of(marked({}))


def test_points_of_a_grid():
    space = space_of(
        marked(
            {
                "recipe.learning_rate": Mark(0.001, 10, log=True),
                "recipe.momentum": Mark(0.5, 0.9, step=0.1),
                "recipe.epochs": Mark(1, 3),
                "recipe.nesterov": Mark(choices=(False, True)),
            }
        )
    )
    assert points(space[0], 5) == (0.001, 0.01, 0.1, 1.0, 10.0)
    assert points(space[1], 5) == (0.5, 0.6, 0.7, 0.8, 0.9)
    assert points(space[2], 5) == (1, 2, 3)
    assert len(list(grid(space, 5))) == 5 * 5 * 3 * 2
    assert combinations(space[1:]) == 30


def test_a_finer_stage_has_a_quarter_of_each_range_around_the_best():
    space = space_of(marked({"recipe.learning_rate": Mark(1e-4, 1, log=True), "recipe.batch_size": Mark(16, 144)}))
    finer = narrowed(space, {"recipe.learning_rate": 0.01, "recipe.batch_size": 144}, 1)
    assert finer[0].mark.low == pytest.approx(10**-2.5)
    assert finer[0].mark.high == pytest.approx(10**-1.5)
    assert (finer[1].mark.low, finer[1].mark.high) == (128, 144)
