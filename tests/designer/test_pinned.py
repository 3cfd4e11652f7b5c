"""Samples that are pinned: their activations in the nodes, and what they are taken for at the output."""

from __future__ import annotations

import base64

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage

from designer.canvas.view import CanvasView
from designer.document import Document
from designer.preferences import THUMBNAILS, preferences
from designer.snapshot_pictures import Plane, activation_picture, decoded, filter_pictures, stretched, strongest_map
from designer.training.pinned import PinnedSamples
from designer.training.trainer import Trainer
from nodes.graph.files import save
from runtime.questions.insight import ShowSamples
from runtime.questions.stepwise import ReadSnapshot
from runtime.runs import NETWORK, Snapshot
from tests.designer.doubles import ScriptedEngine
from tests.designer.networks import digits_classifier
from tests.designer.test_live_figures import NoPool

SAMPLES = [7, 12]


def told(shape, values, dtype="uint8"):
    return {"shape": list(shape), "dtype": dtype, "data": base64.b64encode(bytes(values)).decode()}


def snapshot(step, guesses=(3, 5)):
    """Ten scores for each of two samples: the highest are at ``guesses``."""
    scores = [255 if unit == guess else 10 for guess in guesses for unit in range(10)]
    tensors = {"activation/linear1": told((2, 10), scores)}
    return {"step": step, "steps": [0, step], "facts": {"step": step, "samples": SAMPLES}, "tensors": tensors}


class Desk:
    def __init__(self, folder, qtbot):
        network = digits_classifier(pinned_samples="4, 9")
        self.document, self.engine = Document(network), ScriptedEngine()
        self.canvas = CanvasView(self.document)
        qtbot.addWidget(self.canvas)
        self.trainer = Trainer(self.document, NoPool())
        self.pinned = PinnedSamples(self.document, self.canvas, self.trainer, self.engine, self.canvas)
        save(network, folder / NETWORK)
        self.trainer.run, self.trainer.network_title = folder, network.title

    def keep(self, step):
        self.trainer.entries.emit([Snapshot(step, step / 10, f"snapshots/step-{step:09d}.safetensors")])

    def node(self, name):
        return self.canvas.canvas_scene.node_items[name]


@pytest.fixture
def desk(qtbot, tmp_path):
    preferences.set(THUMBNAILS, True)
    yield Desk(tmp_path, qtbot)
    preferences.set(THUMBNAILS, False)


def answer_samples(desk):
    desk.engine.answer(rows=SAMPLES, labels=[3, 8], classes=list("0123456789"), samples=180, counts=[18] * 10)


def test_nothing_is_asked_while_nodes_have_no_pictures(desk):
    preferences.set(THUMBNAILS, False)
    desk.keep(10)
    assert desk.engine.requests == []
    preferences.set(THUMBNAILS, True)
    assert [type(request) for request in desk.engine.requests] == [ReadSnapshot]


def test_a_snapshot_puts_pictures_into_nodes(desk):
    before = desk.node("linear1").thumbnail
    desk.keep(10)
    desk.engine.answer(**snapshot(10))
    shown = desk.node("linear1").thumbnail
    assert shown is not before
    assert shown.width() == 2 * 40 + 2  # two samples side by side


def test_the_samples_that_the_recipe_pins_are_asked_for_once(desk):
    desk.keep(10)
    desk.engine.answer(**snapshot(10))
    request = desk.engine.requests[-1]
    assert isinstance(request, ShowSamples)
    assert (request.part, request.places) == ("validation", (4, 9))
    answer_samples(desk)
    desk.keep(20)
    desk.engine.answer(**snapshot(20))
    assert [type(r) for r in desk.engine.requests] == [ReadSnapshot, ShowSamples, ReadSnapshot]


def test_the_output_says_what_they_are_taken_for(desk):
    desk.keep(10)
    desk.engine.answer(**snapshot(10))
    assert desk.pinned.predictions == []
    answer_samples(desk)
    assert desk.pinned.predictions == ["3✓", "5✕"]
    assert desk.node("digit").detail_text == "3✓ 5✕"


def test_pictures_go_with_the_thumbnails(desk):
    desk.keep(10)
    desk.engine.answer(**snapshot(10))
    answer_samples(desk)
    preferences.set(THUMBNAILS, False)
    assert desk.node("linear1").thumbnail is None
    assert "✓" not in desk.node("digit").detail_text


def test_another_run_begins_without_pictures(desk):
    desk.keep(10)
    desk.engine.answer(**snapshot(10))
    given = desk.node("linear1").thumbnail
    desk.trainer.run_changed.emit()
    assert desk.node("linear1").thumbnail is not given
    assert desk.pinned.predictions == []


def test_an_engine_that_died_is_asked_again_at_the_next_snapshot(desk):
    desk.keep(10)
    desk.engine.refuse("The engine process ended unexpectedly.", "Try again: it starts anew.")
    desk.keep(20)
    assert len(desk.engine.requests) == 2
    desk.engine.answer(**snapshot(20))
    assert desk.node("linear1").thumbnail.width() == 82


def test_bytes_are_stretched_from_black_to_white():
    assert stretched(bytes([10, 20, 30])) == bytes([0, 127, 255])
    assert stretched(bytes([7, 7])) == bytes([0, 0])


def test_a_map_of_a_sample_keeps_its_rows():
    plane = Plane((1, 2, 2, 3), "B", bytes([*[0] * 6, 0, 1, 2, 3, 4, 5]))
    assert strongest_map(plane) == 1
    image = activation_picture(plane, 0, 1)
    assert (image.width(), image.height()) == (3, 2)
    assert image.pixelColor(2, 1) == QColor(255, 255, 255)
    assert image.pixelColor(0, 1) == QColor(153, 153, 153)  # 3 of 5


def test_units_stand_in_a_square():
    image = activation_picture(Plane((1, 5), "B", bytes([0, 0, 0, 0, 9])), 0)
    assert (image.width(), image.height()) == (3, 2)
    assert image.pixelColor(1, 1).lightness() == 255


def test_filters_keep_their_colours():
    (image,) = filter_pictures(Plane((1, 1, 2, 3), "B", bytes([255, 0, 0, 0, 0, 255])))
    assert image.format() == QImage.Format.Format_RGB888
    assert (image.pixelColor(0, 0), image.pixelColor(1, 0)) == (QColor("red"), QColor("blue"))


def test_numbers_of_other_widths_are_read():
    tensors = {"confusion": told((1, 2), [1, 0, 0, 0, 44, 1, 0, 0], "int32")}
    shown = decoded({"step": 1, "steps": [1], "facts": {}, "tensors": tensors})
    assert shown.planes["confusion"].numbers == [1, 300]


def test_an_engine_that_dies_after_the_run_is_said_and_one_click_brings_the_samples(desk, qtbot):
    desk.keep(10)
    desk.engine.refuse("The engine process ended unexpectedly.", "Try again: it starts anew.")
    bar = desk.pinned.bar
    assert bar is not None
    assert bar.words.text().startswith("The pinned samples cannot be shown. The engine process ended")
    qtbot.mouseClick(bar.retry, Qt.MouseButton.LeftButton)
    assert len(desk.engine.requests) == 2
    desk.engine.answer(**snapshot(10))
    assert desk.pinned.bar is None
    assert desk.node("linear1").thumbnail is not None


def test_a_training_under_way_says_nothing_of_a_snapshot_that_is_gone(desk):
    desk.trainer.state = "running"
    desk.keep(10)
    desk.engine.refuse("There is no snapshot 10.", "")
    assert desk.pinned.bar is None
