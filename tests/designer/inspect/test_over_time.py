"""The snapshots of a run, moved through with a slider."""

from __future__ import annotations

from pathlib import Path

import pytest

from designer.inspect.asker import Asker
from designer.inspect.over_time import PAUSE, PLAY, OverTimeView
from designer.inspect.panel import InspectPanel
from runtime.questions.insight import ListLayers
from tests.designer.doubles import ScriptedEngine
from tests.designer.test_pinned import told

NAMES = ["filters", "activation/conv1", "activation/fc1", "histogram/fc1.weight", "confusion"]
ABOUT = {"classes": ["cat", "dog"], "snapshots": [0, 10, 20]}


def result(step, **tensors):
    facts = {"step": step, "samples": [3, 9], "filters_of": "conv1"}
    return {"step": step, "steps": [0, 10, 20], "names": NAMES, "facts": facts, "tensors": tensors}


@pytest.fixture
def engine():
    return ScriptedEngine()


@pytest.fixture
def view(qtbot, engine):
    asker = Asker(engine)
    made = OverTimeView(asker)
    qtbot.addWidget(made)
    asker.look_into(Path("run"))
    made.show_run(ABOUT)
    made.resize(800, 240)
    made.show()
    engine.answer(**result(20))  # the names
    engine.answer(**result(20, filters=told((2, 3, 3, 1), range(18))))
    return made


def asked(engine):
    return [(request.step, request.only) for request in engine.requests]


def test_it_begins_with_the_filters_of_the_last_snapshot(view, engine):
    assert asked(engine) == [(20, ("filters",)), (20, ("filters",))]
    assert len(view.tiles.pictures) == 2
    assert view.told.text() == "conv1 · step 20, 3 of 3"


def test_the_slider_asks_for_other_snapshots_once(view, engine):
    view.slider.setValue(0)
    engine.answer(**result(0, filters=told((1, 3, 3, 1), range(9))))
    assert len(view.tiles.pictures) == 1
    view.slider.setValue(2)
    assert len(view.tiles.pictures) == 2
    assert len(engine.requests) == 3


def test_pinned_samples_have_a_row_each(view, engine):
    view.kind.setCurrentText("Activations")
    assert engine.requests[-1].only == ("activation/conv1",)
    engine.answer(**result(20, **{"activation/conv1": told((2, 3, 1, 2), range(12))}))
    assert len(view.tiles.pictures) == 6
    assert list(view.tiles.captions) == ["sample 3", "sample 9"]
    view.of.setCurrentText("fc1")
    engine.answer(**result(20, **{"activation/fc1": told((2, 5), range(10))}))
    assert len(view.tiles.pictures) == 2


def test_weights_are_bars_between_their_ends(view, engine):
    view.kind.setCurrentText("Weights")
    ends = {"low/histogram/fc1.weight": told((1,), [0, 0, 128, 191], "float32")}  # -1
    ends["high/histogram/fc1.weight"] = told((1,), [0, 0, 0, 64], "float32")  # 2
    counts = told((2,), [5, 0, 0, 0, 7, 0, 0, 0], "int32")
    engine.answer(**result(20, **{"histogram/fc1.weight": counts}, **ends))
    assert (list(view.bars.values), view.bars.ends) == ([5, 7], (-1.0, 2.0))


def test_before_the_first_validation_nothing_is_confused(view, engine):
    view.kind.setCurrentText("Confusion")
    engine.answer(**result(20, confusion=told((2, 2), [n for v in (4, 1, 0, 5) for n in (v, 0, 0, 0)], "int32")))
    assert view.matrix.counts == [[4, 1], [0, 5]]
    view.slider.setValue(0)
    engine.answer(**result(0))
    assert view.message.isVisible()


def test_playing_goes_through_all_of_them_and_ends(view, engine, qtbot):
    view._frames.setInterval(1)
    view.play.click()
    assert (view.step, view.play.text()) == (0, PAUSE)
    for step in (0, 10):
        qtbot.waitUntil(lambda step=step: engine.requests[-1].step == step)
        engine.answer(**result(step, filters=told((1, 3, 3, 1), range(9))))
    qtbot.waitUntil(lambda: view.play.text() == PLAY)
    assert view.step == 20


def test_an_engine_that_died_is_said_and_one_click_brings_it_back(view, engine):
    view.slider.setValue(1)
    engine.refuse("The engine process ended unexpectedly.", "Try again: it starts anew.")
    assert view.retry.isVisible()
    view.retry.click()
    engine.answer(**result(10, filters=told((1, 3, 3, 1), range(9))))
    assert len(view.tiles.pictures) == 1
    assert view.content.isVisible()


def test_who_looks_at_the_last_goes_on_with_the_training(view, engine):
    view.note_steps([30])
    assert view.step == 30
    view.slider.setValue(1)
    view.note_steps([40])
    assert view.step == 10


def test_a_training_under_way_is_looked_into_once_it_has_weights(qtbot, tmp_path):
    engine = ScriptedEngine()
    panel = InspectPanel(engine)
    qtbot.addWidget(panel)
    panel.show()
    panel.note_snapshots(tmp_path, [0])
    assert engine.requests == []
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "last.safetensors").touch()
    panel.note_snapshots(tmp_path, [10])
    assert isinstance(engine.requests[0], ListLayers)
