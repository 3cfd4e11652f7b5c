"""Nodes coloured by what a run tells of their layers, and by what the device took."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt

from designer.canvas.heat import UNMEASURED, UNTRAINED
from designer.canvas.live_figures import LIVE, Reading, by_node, names_of, short
from designer.canvas.look import HEAT_STEPS
from designer.canvas.view import CanvasView
from designer.document import Document
from designer.figures import memory
from designer.measurement import Measurement
from designer.summary import SummaryPanel
from designer.training.live_layers import KEPT, LiveLayers
from designer.training.trainer import Trainer
from nodes.block import Block
from nodes.graph.files import save
from nodes.graph.model import Graph, Network, Node
from nodes.linear import Linear
from runtime.questions.stepwise import LayerTiming
from runtime.runs import NETWORK, LayerNumbers, LayerStatistics, Samples, Started
from tests.designer.doubles import ScriptedEngine
from tests.designer.networks import digits_classifier


class NoPool:
    """A pool that starts nothing."""

    class _Deaf:
        def connect(self, _slot):
            pass

    failed = _Deaf()

    def prepare(self, *_):
        pass


class Desk:
    """A canvas beside a run whose journal the test writes."""

    def __init__(self, network, folder, qtbot):
        self.document, self.engine = Document(network), ScriptedEngine()
        self.canvas = CanvasView(self.document)
        qtbot.addWidget(self.canvas)
        self.canvas.resize(900, 600)
        self.canvas.show()
        self.trainer = Trainer(self.document, NoPool())
        self.measurement = Measurement(self.document, self.engine)
        self.live = LiveLayers(self.document, self.canvas.heat, self.trainer, self.measurement, self.canvas)
        save(network, folder / NETWORK)
        self.trainer.run, self.trainer.network_title = folder, network.title

    def tell(self, *entries):
        self.trainer.entries.emit(list(entries))
        self.live._round.stop()
        self.live._show()

    def node(self, name):
        return self.canvas.canvas_scene.node_items[name]


@pytest.fixture
def desk(qtbot, tmp_path):
    return Desk(digits_classifier(), tmp_path, qtbot)


def watched(step, **numbers):
    return LayerStatistics(step, 1, {"linear1": LayerNumbers(**numbers)})


def test_a_path_names_nodes_and_no_repeats():
    assert names_of("stage1.0.conv1") == ("stage1", "conv1")


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (0.0123, "0.0123"), (2.64e-6, "2.6e-6"), (-0.5, "-0.5"), (1.26e7, "1.3e7"), (float("inf"), "inf")],
)
def test_numbers_are_short_enough_for_a_node(value, words):
    assert short(value) == words


def test_a_block_has_the_layers_within_it_and_a_scope_its_own():
    paths = dict.fromkeys(("fc", "stage1", "stage1.0.conv1", "stage1.1.conv1"))
    assert by_node((), paths) == {"fc": ["fc"], "stage1": ["stage1.0.conv1", "stage1.1.conv1"]}
    assert by_node(("stage1",), paths) == {"conv1": ["stage1.0.conv1", "stage1.1.conv1"]}


@pytest.mark.parametrize(
    ("key", "values", "worst"),
    [("live_update_ratio", (1e-3, 1e-6, 1e-2), 1e-6), ("live_dead", (0.1, 0.9), 0.9), ("live_mean", (-3, 2), -3)],
)
def test_the_worst_of_several_is_that_which_is_furthest_from_usual(key, values, worst):
    assert max(values, key=LIVE[key].oddness) == worst


def test_a_node_shows_the_number_of_the_last_watched_step_and_its_course(desk):
    desk.canvas.heat.show("live_gradient_norm")
    desk.tell(watched(0, gradient_norm=2.0), watched(9, gradient_norm=0.5))
    assert desk.node("linear1").detail == "0.5"
    assert desk.node("linear1").trail == (2.0, 0.5)
    assert desk.node("linear1").heat == HEAT_STEPS - 1
    assert desk.node("flatten1").heat is None
    assert (desk.canvas.heat.least, desk.canvas.heat.most) == ("0.5", "0.5")


def test_shares_have_a_scale_of_their_own(desk):
    desk.canvas.heat.show("live_dead")
    desk.tell(watched(0, dead=0.5))
    assert desk.node("linear1").heat == (HEAT_STEPS - 1) // 2
    assert (desk.canvas.heat.least, desk.canvas.heat.most) == ("0 %", "100 %")
    assert desk.node("linear1").detail == "50 %"


def test_nothing_is_painted_while_nodes_have_no_colours_of_the_run(desk):
    shown = []
    desk.canvas.heat.refreshed.connect(lambda: shown.append(1))
    desk.tell(watched(0, gradient_norm=2.0))
    assert not shown
    desk.canvas.heat.show("weights")
    assert len(shown) == 1
    desk.tell(watched(1, gradient_norm=2.0))
    assert len(shown) == 1


def test_other_colours_take_the_course_away(desk):
    desk.canvas.heat.show("live_std")
    desk.tell(watched(0, std=2.0), watched(1, std=1.0))
    desk.canvas.heat.show("weights")
    assert not desk.node("linear1").has_trail
    assert desk.node("linear1").detail == "650"


def test_an_hour_of_watching_keeps_as_much_as_a_minute(desk):
    for step in range(20 * KEPT):
        desk.trainer.entries.emit([watched(step, std=float(step))])
    assert len(desk.live._watched) == KEPT


def test_a_run_that_resumes_forgets_what_it_computes_again(desk):
    desk.canvas.heat.show("live_std")
    desk.tell(watched(0, std=1.0), watched(50, std=2.0))
    desk.tell(Started(1.0, 2, 50, Samples(50, 5, 5), 1, "cpu", 650, resumed_at=20))
    assert desk.node("linear1").detail == "1"


def test_a_legend_without_numbers_says_when_they_come(desk):
    desk.canvas.heat.show("live_std")
    assert desk.canvas.legend.waiting.text() == UNTRAINED
    desk.canvas.heat.show("measured_ms")
    assert desk.canvas.legend.waiting.text() == UNMEASURED
    desk.canvas.heat.show("live_std")
    desk.tell(watched(0, std=2.0))
    assert desk.canvas.legend.waiting.isHidden()


def test_the_run_of_another_network_is_not_shown(desk):
    save(Network(Graph({"linear1": Node(Linear(out_features=2))})), desk.trainer.run / NETWORK)
    desk.trainer.network_title = "something else"
    desk.canvas.heat.show("live_std")
    desk.tell(watched(0, std=2.0))
    assert desk.node("linear1").heat is None


def test_a_run_stays_that_of_its_drawing_whatever_that_is_called(desk):
    desk.canvas.heat.show("live_std")
    desk.tell(watched(0, std=2.0))
    network = desk.document.network
    desk.document.edit_network(dataclasses.replace(network, title="renamed"), "Rename")
    desk.tell(watched(1, std=2.0))
    assert desk.node("linear1").heat is not None


def test_another_drawing_of_the_same_name_is_not_that_of_the_run(desk):
    desk.canvas.heat.show("live_std")
    desk.tell(watched(0, std=2.0))
    graph = Graph({"linear1": Node(Linear(out_features=2))})
    desk.document.open(Network(graph, title=desk.document.title), None)
    desk.tell(watched(1, std=2.0))
    assert desk.node("linear1").heat is None


def test_inside_a_block_its_layers_have_the_worst_of_all_repeats(qtbot, tmp_path):
    body = Graph({"fc": Node(Linear(out_features=4))})
    network = Network(Graph({"stage1": Node(Block(body=body, repeat=2))}), title="blocks")
    desk = Desk(network, tmp_path, qtbot)
    desk.canvas.heat.show("live_gradient_norm")
    layers = {"stage1.0.fc": LayerNumbers(gradient_norm=3.0), "stage1.1.fc": LayerNumbers(gradient_norm=7.0)}
    desk.tell(LayerStatistics(0, 1, layers))
    assert desk.node("stage1").detail == "7"
    desk.document.enter(("stage1",))
    assert desk.live.readings("live_gradient_norm", ("stage1",)) == {"fc": Reading(7.0, (7.0,))}


def timing():
    layer = {"path": "linear1", "node": "linear1", "forward_ms": 0.25, "backward_ms": 0.5}
    sizes = {"output_bytes": 2560, "weight_bytes": 2600}
    return {"layers": [layer | sizes], "batch_size": 64, "device": "cpu", "step_ms": 1.5, "peak_bytes": 0}


def test_who_wants_colours_by_time_has_it_measured(desk):
    desk.canvas.heat.show("measured_ms")
    (request,) = desk.engine.requests
    assert isinstance(request, LayerTiming)
    desk.engine.answer(**timing())
    assert desk.node("linear1").detail == "0.75 ms"
    desk.canvas.heat.show("measured_bytes")
    assert len(desk.engine.requests) == 1
    assert desk.node("linear1").detail == memory(2560 + 2600)


def test_the_layer_table_has_what_the_device_took_beside_the_estimate(desk, qtbot):
    panel = SummaryPanel(desk.document)
    qtbot.addWidget(panel)
    panel.measure_with(desk.measurement)
    usual = [one.title for one in panel.model.columns]
    qtbot.mouseClick(panel.measure, Qt.MouseButton.LeftButton)
    assert not panel.measure.isEnabled()
    desk.engine.answer(**timing())
    titles = [one.title for one in panel.model.columns]
    assert titles == [*usual[:-1], "Forward ms", "Backward ms", "Measured memory", "Sees"]
    row = next(row for row in panel.model.rows if row.name == "linear1")
    assert row.cells[-4:-1] == ("0.25", "0.5", memory(2560 + 2600))
    assert panel.measured.text() == "1.5 ms a step, forwards and backwards, at batch 64 on the CPU"
    assert "linear1,Linear,10,650,640,40,0.25,0.5,5160," in panel.as_csv()
    panel.show_columns(["name", "weights"])
    assert [one.title for one in panel.model.columns][:3] == ["Name", "Weights", "Forward ms"]


def test_what_keeps_the_device_from_measuring_is_said_and_can_be_tried_again(desk, qtbot):
    panel = SummaryPanel(desk.document)
    qtbot.addWidget(panel)
    panel.measure_with(desk.measurement)
    panel.measure.click()
    desk.engine.refuse("The engine process ended unexpectedly.", "Try again: it starts anew.")
    assert panel.measured.text() == "The engine process ended unexpectedly. Try again: it starts anew."
    panel.measure.click()
    desk.engine.answer(**timing())
    assert panel.measured.text().startswith("1.5 ms a step")
