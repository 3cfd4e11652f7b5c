"""Samples are chosen by eye, and a sample or picture that was judged is looked at in every layer."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from designer.inspect.decision_view import DecisionView
from designer.inspect.layer_views import MapsView
from designer.inspect.result_views import ConfusionView
from designer.inspect.sample_picker import SamplePicker, SamplesView
from designer.inspect.typed_view import TypedView
from nodes.activation import ReLU
from nodes.boundary import Input
from nodes.graph.model import Network
from nodes.linear import Linear
from runtime.insight.trained import open_trained
from runtime.questions.insight import Activations
from runtime.runs import create_run
from runtime.train import train
from tests.designer.inspect.conftest import panel_on
from tests.networks.drawn.sketch import Sketch
from tests.runtime.insight.conftest import run  # noqa: F401  a fixture
from tests.runtime.insight.reviews import sentiment_run

LEFT = Qt.MouseButton.LeftButton


def samples_of(picker: SamplePicker, qtbot: QtBot) -> SamplesView:
    qtbot.mouseClick(picker, LEFT)
    view = picker.view
    assert view is not None
    qtbot.waitUntil(lambda: bool(view._rows))
    return view


def test_a_click_on_a_picture_chooses_the_sample(panel, qtbot, run):  # noqa: F811
    view = panel.choose(MapsView)
    assert isinstance(view, MapsView)
    samples = samples_of(view.picker, qtbot)
    rows = open_trained(run).data.test[:60].tolist()
    assert samples.sheet.sheet["count"] == 60
    assert samples.sheet.tips[0].startswith(f"Sample {rows[0]}: ")
    qtbot.mouseClick(samples.sheet, LEFT, pos=samples.sheet.rect_of(5).center())
    assert view.row.value() == rows[5]
    qtbot.waitUntil(lambda: not panel.asker._under_way)
    asked = [request for request in panel.asker._engine.asked if isinstance(request, Activations)]
    assert asked[-1].row == rows[5]
    samples.first.setValue(60)
    qtbot.waitUntil(lambda: samples._rows == open_trained(run).data.test[60:120].tolist())


def test_a_sample_that_was_judged_is_looked_at_in_every_layer(panel, qtbot, tmp_path):
    view = panel.choose(DecisionView)
    assert isinstance(view, DecisionView)
    view.show_row(17)
    qtbot.mouseClick(view.layers, LEFT)
    maps = panel.view
    assert isinstance(maps, MapsView)
    qtbot.waitUntil(lambda: not panel.asker._under_way)
    assert panel.asker._engine.asked[-1].row == maps.row.value() == 17
    picture = QImage(28, 28, QImage.Format.Format_RGB32)
    picture.fill(0)
    picture.save(str(tmp_path / "drawn.png"))
    view.look_at(tmp_path / "drawn.png")
    view.layers.click()
    qtbot.waitUntil(lambda: not panel.asker._under_way)
    assert panel.asker._engine.asked[-1].picture == str(tmp_path / "drawn.png")
    assert maps.content.isVisible()
    maps.row.setValue(3)
    qtbot.waitUntil(lambda: panel.asker._engine.asked[-1].row == 3)
    assert not panel.asker._engine.asked[-1].picture


def test_texts_are_chosen_from_a_list(qtbot, tmp_path: Path):
    panel = panel_on(qtbot, sentiment_run(tmp_path))
    view = panel.choose(TypedView)
    assert isinstance(view, TypedView)
    samples = samples_of(view.picker, qtbot)
    item = samples.texts.item(2)
    samples.texts.itemClicked.emit(item)
    assert view.row.value() == samples._rows[2]
    qtbot.waitUntil(lambda: item.text().endswith(" ".join(view.strip.tokens)) and len(view.strip.tokens) == 6)
    assert item.text().split()[0] in ("good", "bad")


def test_a_sample_of_a_network_that_takes_points_is_looked_at_layer_by_layer(qtbot, tmp_path: Path):
    sketch = Sketch(point=Input("vector", (2,))).then(fc1=Linear(8), relu=ReLU(), fc2=Linear(2)).judged("half")
    recipe = {"learning_rate": 0.1, "epochs": 1, "device": "cpu"}
    folder = create_run(tmp_path, Network(sketch.drawn(), "moons", data={"source": "toy:moons"}, recipe=recipe))
    train(folder)
    panel = panel_on(qtbot, folder)
    confusion = panel.choose(ConfusionView)
    assert isinstance(confusion, ConfusionView)
    qtbot.waitUntil(lambda: bool(confusion._samples))
    confusion.sample_wanted.emit(confusion._samples[0]["row"])
    view = panel.view
    assert isinstance(view, MapsView)
    assert view.row.value() == confusion._samples[0]["row"]
    qtbot.waitUntil(lambda: list(view.shown) == ["fc1", "relu", "fc2"])
