"""What a node shows beside its words: whether a run's weights fit it, frozen weights, a picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from designer.canvas.scene import Hit
from designer.canvas.shape_picture import shape_picture
from designer.canvas.tips import tip
from designer.canvas.view import CanvasView
from designer.document import Document
from designer.preferences import THUMBNAILS, preferences
from designer.training.trainer import Trainer
from designer.training.warmth import TrainedState
from designer.worker_pool import WorkerPool
from nodes.block import Block
from nodes.conv import Conv2d
from nodes.graph.files import save
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.spec.shapes import Shape
from runtime import runs
from tests.designer.drawing import Hand
from tests.designer.networks import digits_classifier


@pytest.fixture(autouse=True)
def without_pictures() -> Iterator[None]:
    yield
    preferences.set(THUMBNAILS, False)


def run_of(network: Network, folder: Path) -> Path:
    """A run folder that holds a network and weights."""
    (folder / runs.CHECKPOINTS).mkdir(parents=True)
    (folder / runs.CHECKPOINTS / "last.safetensors").touch()
    (folder / runs.JOURNAL).touch()
    save(network, folder / runs.NETWORK)
    return folder


class Trained:
    """A canvas whose network was trained."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.document = Document(digits_classifier())
        self.canvas = CanvasView(self.document)
        qtbot.addWidget(self.canvas)
        self.pool = WorkerPool(["true"])
        self.trainer = Trainer(self.document, self.pool)
        self.state = TrainedState(self.document, self.canvas.canvas_scene, self.trainer, self.canvas)
        self.trainer.attach(run_of(self.document.network, folder))

    def warm(self, name: str) -> str:
        return self.canvas.canvas_scene.node_items[name].warmth


@pytest.fixture
def trained(qtbot: QtBot, tmp_path: Path) -> Iterator[Trained]:
    made = Trained(qtbot, tmp_path / "run")
    yield made
    made.pool.close()


def test_nodes_are_warm_after_a_run_cold_once_changed_and_warm_again_undone(trained: Trained) -> None:
    document = trained.document
    assert trained.warm("linear1") == "warm"
    document.edit(document.graph.with_settings("linear1", Linear(out_features=77)), "Change linear1")
    assert trained.warm("linear1") == "cold"
    hit = Hit("linear1")
    assert "Changed since it was trained" in tip(document, hit, trained.warm("linear1"))
    document.undo_stack.undo()
    assert trained.warm("linear1") == "warm"


def test_the_inside_of_a_block_that_was_trained_is_warm(trained: Trained) -> None:
    document = trained.document
    document.select(("flatten1", "linear1"))
    trained.canvas.actions_by_name["group"].trigger()
    name = document.selection[0]
    assert isinstance(document.graph.nodes[name].settings, Block)
    assert trained.warm(name) == ""  # as a block it was not trained
    trained.trainer.attach(run_of(document.network, Path(str(trained.trainer.run) + "2")))
    document.enter((name,))
    assert trained.warm("linear1") == "warm"


def test_another_network_has_no_marks(trained: Trained) -> None:
    document = trained.document
    document.open(dataclasses.replace(document.network, title="another"), None)
    assert trained.warm("linear1") == ""


def test_frozen_weights_are_marked_from_afar(hand: Hand, document: Document) -> None:
    training = dataclasses.replace(document.graph.nodes["conv1"].training, frozen=True)
    hand.canvas.show_place(0.25, hand.canvas.canvas_scene.content_rect().center())
    before = hand.canvas.grab().toImage()
    document.edit(document.graph.with_training("conv1", training), "Freeze conv1")
    document.select(())
    box = hand.canvas.mapFromScene(hand.canvas.canvas_scene.node_items["conv1"].scene_box()).boundingRect()
    middle = box.adjusted(box.width() // 4, 1, -box.width() // 4, -1)
    assert hand.canvas.grab().toImage().copy(middle) != before.copy(middle)


def test_a_picture_stands_in_a_node_where_it_is_preferred(hand: Hand, document: Document) -> None:
    items = hand.canvas.canvas_scene.node_items
    assert items["conv1"].thumbnail is None
    preferences.set(THUMBNAILS, True)
    assert items["conv1"].thumbnail == shape_picture(document.inference.facts["conv1"].outputs["output"])
    assert items["fc1"].thumbnail is None  # nothing arrives there
    document.edit(document.graph.with_settings("conv1", Conv2d(out_channels=64)), "Change conv1")
    assert items["conv1"].thumbnail == shape_picture(document.inference.facts["conv1"].outputs["output"])
    preferences.set(THUMBNAILS, False)
    assert items["conv1"].thumbnail is None


def test_a_given_picture_is_painted_at_full_detail_only(hand: Hand) -> None:
    red = QImage(16, 16, QImage.Format.Format_RGB32)
    red.fill(Qt.GlobalColor.red)
    preferences.set(THUMBNAILS, True)
    hand.canvas.pictures.put("conv1", red)
    item = hand.canvas.canvas_scene.node_items["conv1"]
    colours = []
    for zoom in (1.0, 0.4):
        hand.canvas.show_place(zoom, item.scene_box().center())
        place = hand.canvas.mapFromScene(item.pos() + item.thumbnail_box.center())
        colours.append(hand.canvas.viewport().grab().toImage().pixelColor(place))
    assert colours[0] == QColor(Qt.GlobalColor.red)
    assert colours[1] != colours[0]
    hand.canvas.pictures.put("conv1", None)
    assert item.thumbnail is not red


@pytest.mark.parametrize("shape", [Shape(), Shape(10), Shape("L", 8), Shape(3, "H", "W"), Shape(2, 4, 8, 8)])
def test_every_shape_has_a_picture(shape: Shape) -> None:
    picture = shape_picture(shape)
    blank = QImage(picture.size(), picture.format())
    blank.fill(Qt.GlobalColor.transparent)
    assert picture != blank
