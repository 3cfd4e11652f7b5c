"""Marks for a search in files, steps and drawings."""

from __future__ import annotations

import dataclasses
import json

import pytest

from nodes.block import Block
from nodes.conv import Conv2d
from nodes.graph.edit import copied
from nodes.graph.files import read, write
from nodes.graph.model import Graph, Network, Node
from nodes.graph.searched import drawn_with, parameters_of
from nodes.graph.steps import replayed, step_between
from nodes.spec.search import Mark, read_mark, usual_mark
from nodes.spec.settings import SettingError, kinds
from runtime.recipe import Recipe

CHANNELS = {"out_channels": Mark(choices=(8, 16))}


def _marked() -> Network:
    graph = Graph().with_node("conv1", Node(Conv2d(), searched=tuple(CHANNELS.items())))
    return Network(graph, search={"recipe.learning_rate": Mark(0.001, 1.0, log=True)})


def test_marks_come_back_from_a_file():
    network = _marked()
    opened = read(write(network))
    assert (opened.network, opened.faults) == (network, ())


def test_the_file_says_them_in_one_section_by_their_keys():
    assert json.loads(write(_marked()))["search"] == {
        "recipe.learning_rate": {"low": 0.001, "high": 1.0, "log": True},
        "nodes.conv1.out_channels": {"choices": [8, 16]},
    }


def test_a_network_without_marks_has_no_section():
    assert "search" not in json.loads(write(Network()))


def test_marks_inside_a_block_are_written_once_and_come_back():
    body = Graph({"conv": Node(Conv2d(), searched=tuple(CHANNELS.items()))})
    graph = Graph({"one": Node(Block(body=body)), "two": Node(Block(body=body))})
    text = write(Network(graph))
    assert list(json.loads(text)["search"]) == ["bodies.Block.conv.out_channels"]
    assert read(text).network.graph == graph


def test_equal_blocks_are_one_setting_of_the_search():
    body = Graph({"conv": Node(Conv2d(), searched=tuple(CHANNELS.items()))})
    graph = Graph({"one": Node(Block(body=body)), "two": Node(Block(body=body))})
    assert [p.key for p in parameters_of(graph)] == ["nodes.one.conv.out_channels"]
    made = drawn_with(graph, {"nodes.one.conv.out_channels": 16})
    assert [made.nodes[n].settings.body.nodes["conv"].settings.out_channels for n in ("one", "two")] == [16, 16]


@pytest.mark.parametrize(
    ("key", "entry", "sentence"),
    [
        ("nodes.conv9.out_channels", {"low": 1, "high": 2}, "search over nodes.conv9: there is no such node."),
        ("nodes.conv1.speed", {"low": 1, "high": 2}, "Convolution 2-D has no such setting. It has out_channels,"),
        ("nodes.conv1.out_channels", {"low": 0, "high": 2}, "takes a whole number from 1 to"),
        ("nodes.conv1.out_channels", {"low": 4, "high": 2}, "is searched from 4 to 2. Set low below high."),
        ("nodes.conv1.out_channels", {"choices": [8, 8]}, "has 1 choice. List 2 to 1000."),
        ("nodes.conv1.out_channels", {"lo": 1, "high": 2}, "has no 'lo': it takes low, high, log, step, choices."),
        ("nodes.conv1.kernel_size", {"low": 1, "high": 5}, 'takes no range. List what it may be as "choices".'),
        ("speed", {"low": 1, "high": 2}, "search over 'speed': there is no such setting."),
        ("recipe.momentum", "often", "The search over recipe.momentum is 'often'."),
        ("recipe.momentum", {"low": "a", "high": 2}, "The range of recipe.momentum is not in numbers."),
    ],
)
def test_what_cannot_be_searched_is_listed_and_the_rest_is_read(key, entry, sentence):
    text = json.loads(write(_marked()))
    text["search"][key] = entry
    opened = read(json.dumps(text).encode())
    assert any(sentence in fault for fault in opened.faults)
    assert "recipe.learning_rate" in opened.network.search


def test_a_step_brings_marks_back_after_a_crash():
    before = Network(_marked().graph.with_searched("conv1", {}))
    assert replayed(before, [step_between(before, _marked())]) == _marked()
    assert replayed(_marked(), [step_between(_marked(), before)]) == before


def test_marks_follow_a_node_that_is_renamed_copied_or_set_otherwise():
    graph = _marked().graph
    assert dict(graph.renamed("conv1", "stem").nodes["stem"].searched) == CHANNELS
    assert dict(copied(graph, ["conv1"]).nodes["conv1"].searched) == CHANNELS
    changed = graph.with_settings("conv1", graph.nodes["conv1"].settings.replaced(out_channels=9))
    assert dict(changed.nodes["conv1"].searched) == CHANNELS


def test_marks_of_settings_that_a_node_no_longer_has_are_passed_over():
    from nodes.activation import ReLU

    graph = _marked().graph.with_settings("conv1", ReLU())
    assert list(parameters_of(graph)) == []
    assert "search" not in json.loads(write(Network(graph)))


def test_a_drawing_with_marks_computes_the_same():
    plain = Network(_marked().graph.with_searched("conv1", {}))
    assert plain.graph.structure == _marked().graph.structure


def test_values_that_a_node_refuses_are_told_with_its_name():
    body = Graph({f"conv{n}": Node(Conv2d()) for n in range(200)})
    graph = Graph({"stage": Node(Block(body=body), searched=(("repeat", Mark(choices=(2, 1000))),))})
    assert drawn_with(graph, {"nodes.stage.repeat": 2}).nodes["stage"].settings.repeat == 2
    with pytest.raises(SettingError, match="stage: Block holds 200,000 nodes"):
        drawn_with(graph, {"nodes.stage.repeat": 1000})


@pytest.mark.parametrize(
    "name", [n for n, k in kinds(Recipe).items() if type(k).__name__ in ("Integer", "Real", "Choice", "Flag")]
)
def test_what_is_proposed_for_a_setting_can_be_kept(name):
    kind, value = kinds(Recipe)[name], getattr(Recipe(), name)
    mark = usual_mark(kind, value)
    if value is not None and (mark.is_range or len(mark.choices) > 1):
        assert mark.checked(name, kind).entry() == read_mark(name, mark.checked(name, kind).entry()).entry()


def test_marks_in_words():
    assert Mark(0.001, 1.0, log=True).words() == "0.001 … 1, by factors"
    assert Mark(8, 64, step=8).words() == "8 … 64, every 8"
    assert Mark(choices=((3, 3), None, True)).words() == "3 × 3, none, on"
    assert dataclasses.asdict(Mark(1, 2))["log"] is False
