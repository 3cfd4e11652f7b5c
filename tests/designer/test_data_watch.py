"""The drawing is held against its data and its batches while it is drawn."""

from __future__ import annotations

import dataclasses

import pytest

from designer.canvas.view import CanvasView
from designer.data_card import facts_of
from designer.data_watch import DataWatch
from designer.document import Document
from nodes.activation import ReLU
from nodes.boundary import Input, Output
from nodes.graph.model import Network, Node
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.normalization import BatchNorm1d
from nodes.reshape import Flatten
from nodes.spec.shapes import Shape
from tests.nodes.drawing import chain, joined


def classifier(size=(1, 8, 8), classes=10, **layers):
    graph = chain(image=Input(size=size), flatten=Flatten(), **layers, fc1=Linear(classes), scores=Output())
    return joined(graph.with_node("loss", Node(CrossEntropyLoss())), {"fc1.output": "loss.prediction"})


def kinds(document):
    return [problem.kind for problem in document.problems]


def watched(network):
    document = Document(network)
    document.watch = DataWatch(document)
    return document


def test_a_wrong_number_of_classes_shows_while_drawing_and_one_click_mends_it(qapp):
    document = watched(Network(graph=classifier(classes=7), data={"source": "digits"}))
    assert kinds(document) == ["class-count"]
    remedy = document.remedies_of(document.problems[0])[0]
    assert remedy.text == "Set out_features of fc1 to 10"
    document.edit(remedy.graph, remedy.text)
    assert kinds(document) == []
    document.undo_stack.undo()
    assert kinds(document) == ["class-count"]


@pytest.mark.parametrize(("size", "expected"), [((1, 8, 8), ["class-count"]), ((1, 28, 28), [])])
def test_data_that_nobody_chose_count_only_where_the_input_takes_them(qapp, size, expected):
    assert kinds(watched(Network(graph=classifier(size, classes=7)))) == expected


def test_another_data_choice_is_looked_at_again(qapp):
    document = watched(Network(graph=classifier((1, 28, 28)), data={"source": "digits"}))
    assert kinds(document) == ["data-shape"]
    document.edit_network(dataclasses.replace(document.network, data={"source": ""}), "Choose the data")
    assert kinds(document) == []
    document.undo_stack.undo()
    assert kinds(document) == ["data-shape"]


def test_the_classes_of_a_folder_are_counted_beside_the_window(qapp, qtbot, tmp_path):
    for name in ("cat", "cow", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
    network = Network(graph=classifier((3, 32, 32)), data={"source": str(tmp_path / "pets")})
    document = watched(network)
    qtbot.waitUntil(lambda: document.data_facts is not None)
    assert [p.fact for p in document.problems] == [
        "The network gives 10 scores (fc1) but the data has 3 classes.",
    ]


def test_an_opened_network_is_not_held_against_the_data_of_the_one_before(qapp):
    document = watched(Network(graph=classifier(classes=7), data={"source": "digits"}))
    document.open(Network(graph=classifier((3, 32, 32), classes=7), data={"source": "elsewhere"}), None)
    assert document.data_facts is None
    assert kinds(document) == []


def test_a_batch_of_one_before_a_batch_normalization_shows_while_drawing(qapp):
    network = Network(graph=classifier(norm=BatchNorm1d(), relu=ReLU()))
    document = watched(network)
    assert kinds(document) == []
    document.edit_network(dataclasses.replace(network, recipe={"batch_size": 1}), "Change the recipe")
    assert kinds(document) == ["batch-of-one"]
    document.undo_stack.undo()
    assert kinds(document) == []


def test_what_the_engine_found_in_the_data_is_compared_too():
    result = {
        "fields": [
            {
                "name": "image",
                "shape": [3, 32, 32],
                "axes": "CHW",
                "values": "real",
                "classes": [],
                "is_target": False,
            },
            {"name": "label", "shape": [], "axes": "", "values": "index", "classes": ["a", "b"], "is_target": True},
        ]
    }
    facts = facts_of(result)
    assert (facts.classes, facts.target) == (2, "label")
    assert facts.fields == {"image": Shape(3, 32, 32), "label": Shape(values="index")}


def test_an_input_from_the_palette_is_as_the_data_that_were_chosen(qtbot):
    document = watched(Network(data={"source": "digits"}))
    canvas = CanvasView(document)
    qtbot.addWidget(canvas)
    name = canvas.add_node("input")
    assert document.graph.nodes[name].settings == Input(size=(1, 8, 8))
    assert not {"data-shape", "unused-input"} & set(kinds(document))
