"""Every view is moved through the checkpoints that a run has kept, by the slider and with the snapshots."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from designer.inspect.decision_view import DecisionView
from designer.inspect.moments import NONE_KEPT, Moments
from designer.inspect.over_time import OverTimeView
from designer.inspect.panel import InspectPanel
from runtime.insight.attribution import attribution
from runtime.insight.trained import open_trained
from runtime.milestones import file_of, steps_kept
from tests.designer.inspect.conftest import DirectEngine
from tests.runtime.insight.conftest import run  # noqa: F401  a fixture
from tests.runtime.insight.shared import fresh_run

FILES = ["best.safetensors", "last.safetensors", "epoch-0005.safetensors", "good.safetensors"]
STATES = [f"state-{step:09d}.safetensors" for step in (20, 100, 1500)]


def test_the_slider_goes_through_the_checkpoints_and_ends_at_the_last_step(qtbot: QtBot):
    moments = Moments()
    qtbot.addWidget(moments)
    chosen: list[str] = []
    moments.chosen.connect(chosen.append)
    moments.show_files([*FILES, *STATES], 2000)
    words = [moments.weights.itemText(number) for number in range(moments.weights.count())]
    assert words == ["the best epoch", "the last step", "step 20", "step 100", "step 1\u202f500", "epoch 5"]
    assert moments.slider.maximum() == 3
    moments.slider.setValue(1)
    assert (chosen, moments.told.text()) == ([STATES[1]], "checkpoint 2 of 3")
    moments.slider.setValue(3)
    assert (chosen[-1], moments.told.text()) == ("last", "")
    moments.weights.setCurrentIndex(2)
    assert (chosen[-1], moments.slider.value()) == (STATES[0], 0)
    for step, which in ((90, STATES[1]), (1400, STATES[2]), (1990, "last"), (0, STATES[0])):
        moments.go_to(step)
        assert moments.which == which


def test_a_run_without_checkpoints_on_the_way_says_so(qtbot: QtBot, tmp_path: Path):
    panel = InspectPanel(DirectEngine())  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.show()
    with qtbot.waitSignal(panel.opened):
        panel.show_run(fresh_run(tmp_path, "vit_digits"))
    assert panel.moments.told.text() == NONE_KEPT
    assert panel.moments.slider.isHidden()
    panel.moments.go_to(10)
    assert panel.moments.which == "best"


def test_saliency_is_that_of_the_checkpoint_at_the_slider(panel, qtbot, run):  # noqa: F811
    steps = steps_kept(run)
    assert len(steps) > 1
    view = panel.choose(DecisionView)
    assert isinstance(view, DecisionView)
    qtbot.waitUntil(lambda: view.best.text() != "")
    view.show_row(3)
    view.method.setCurrentText("Saliency")
    panel.moments.slider.setValue(0)
    qtbot.waitUntil(lambda: not panel.asker._under_way)
    which = Path(file_of(steps[0])).name
    assert panel.asker._engine.asked[-1].which == which
    early, late = (open_trained(run, each) for each in (which, "last"))
    value = early.inputs(early.data.train[:1] * 0 + 3)[0]
    heat, target = attribution(early, value, "saliency")
    assert view.best.text() == early.classes[target]
    assert not heat.equal(attribution(late, value, "saliency", target)[0])


def test_moving_through_the_snapshots_takes_the_other_views_along(panel, qtbot, run):  # noqa: F811
    over_time = panel.choose(OverTimeView)
    assert isinstance(over_time, OverTimeView)
    qtbot.waitUntil(lambda: over_time.content.isVisible() and not panel.asker._under_way)
    over_time.slider.setValue(0)
    qtbot.waitUntil(lambda: not panel.asker._under_way)
    assert panel.moments.which == Path(file_of(steps_kept(run)[0])).name
    assert over_time.step == over_time.steps[0]  # it stays where it is
    panel.choose(DecisionView)
    qtbot.waitUntil(lambda: not panel.asker._under_way)
    assert panel.asker._engine.asked[-1].which == panel.moments.which
    over_time.slider.setValue(over_time.slider.maximum())
    assert panel.moments.which == "last"
