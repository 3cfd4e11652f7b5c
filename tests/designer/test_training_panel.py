"""The panel shows how a training stands, and offers what can be done next."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSettings, Qt

from designer import theme
from designer.charts.axis import Axis
from designer.charts.frame import upward
from designer.document import Document
from designer.training.curves import Curves
from designer.training.dock import TrainingPanel
from designer.training.look import KEPT_AS, Look, kept_look
from designer.training.plot import Plot
from designer.training.series import CurveData, Smoothed
from designer.training.standing import Standing, duration, number
from designer.training.trainer import Trainer
from designer.worker_pool import WorkerPool
from nodes.graph.model import Network
from runtime.runs import (
    Checkpointed,
    Entry,
    Failed,
    Finished,
    Journal,
    Noted,
    Progress,
    Samples,
    Started,
    StateChanged,
    Validated,
)
from tests.designer.networks import digits_classifier

LEFT = Qt.MouseButton.LeftButton


def started(**changes: object) -> Started:
    values = {"time": 0.0, "epochs": 10, "steps_per_epoch": 4, "samples": Samples(1294, 143, 360)}
    return Started(**{**values, "batch_size": 32, "device": "cpu", "weights": 650, **changes})


def progress(step: int, *loss: float) -> Progress:
    done = (step + len(loss)) / 4
    return Progress(step, done, list(loss), [0.5] * len(loss), 0.1, 6_140.0, 41.0)


class FakePool(WorkerPool):
    """Starts nothing."""

    def warm(self) -> None:
        return


@pytest.fixture
def panel(qtbot, tmp_path):
    document = Document(digits_classifier())
    trainer = Trainer(document, FakePool())
    panel = TrainingPanel(document, trainer)
    panel.resize(1000, 320)
    qtbot.addWidget(panel)
    panel.trainer, panel.document, panel.journal = trainer, document, Journal(tmp_path)
    panel.journal_folder = tmp_path
    yield panel
    panel.journal.__exit__(None, None, None)


def show(panel: TrainingPanel, *entries: Entry) -> None:
    """Lets the panel follow a journal that has these entries."""
    for entry in entries:
        panel.journal.append(entry)
    if panel.trainer.run is None:
        (panel.journal_folder / "lock").touch()
        panel.trainer.attach(panel.journal_folder)
    else:
        panel.trainer.poll()


def test_the_header_reads_as_promised(panel):
    show(panel, started(), progress(0, *[2.0] * 9))
    assert panel.header.line.text() == "epoch 3 of 10 · 41 s left · 6\u202f140 samples/s · CPU"
    assert panel.header.state.text() == "Training"


def test_an_empty_document_says_what_to_do_first(qtbot):
    document = Document(Network())
    panel = TrainingPanel(document, Trainer(document, FakePool()))
    qtbot.addWidget(panel)
    assert panel.empty.text.startswith("Drag layers onto the canvas first.")
    document.open(digits_classifier(), None)
    assert panel.empty.text.startswith("Press Train")


def test_while_it_runs_it_can_be_paused_and_stopped(panel):
    show(panel, started(), progress(0, 2.0))
    header = panel.header
    hidden = [button.isHidden() for button in (header.train, header.pause, header.resume, header.stop)]
    assert hidden == [True, False, True, False]


def test_while_it_waits_it_can_be_resumed(panel):
    show(panel, started(), progress(0, 2.0), StateChanged("paused"))
    assert panel.header.state.text() == "Paused"
    assert not panel.header.resume.isHidden()
    assert panel.header.pause.isHidden()


def test_the_curves_hold_what_the_journal_says(panel, qtbot):
    panel.show()
    show(panel, started(), progress(0, 2.0, 1.0, 0.5), Validated(3, 0.75, "validation", 0.7, 0.6))
    qtbot.waitUntil(lambda: panel.curves.loss.drawn == 3)
    raw = next(line for line in panel.curves.loss.chart.lines if line.name == "raw")
    assert list(raw.places.places(0, 3)) == [0.25, 0.5, 0.75]
    assert list(raw.values.values) == [2.0, 1.0, 0.5]
    assert panel.curves.loss.legend.written("validation") == "0.700"
    assert panel.curves.accuracy.legend.written("validation") == "60.0 %"


def test_the_best_checkpoint_is_marked(panel, qtbot):
    panel.show()
    show(panel, started(), progress(0, 2.0, 1.0), Checkpointed(2, "checkpoints/best.safetensors", best=True))
    qtbot.waitUntil(lambda: bool(panel.curves.loss.chart.marks))
    assert panel.curves.loss.chart.marks == [(0.5, "best")]


def test_another_metric_is_chosen_and_drawn(panel, qtbot):
    panel.show()
    metrics = {"accuracy": 0.5, "f1": 0.4, "mse": 3.0}
    show(panel, started(), progress(0, 2.3, 2.1), Validated(4, 1.0, "validation", 2.0, 0.5, metrics))
    plot = panel.curves.accuracy
    qtbot.waitUntil(lambda: plot.heading.names == ("accuracy", "f1", "mse", "learning_rate"))
    assert plot.heading.text() == "Accuracy  ▾"
    plot.heading.menu_actions()[1].trigger()
    assert plot.heading.text() == "F1  ▾"
    assert plot.legend.written("validation") == "40.0 %"
    plot.heading.menu_actions()[2].trigger()
    assert plot.legend.written("validation") == "3.00"
    assert plot.chart.up(plot.chart.across()).high >= 3


def test_a_task_without_accuracy_shows_its_first_metric(panel, qtbot):
    panel.show()
    show(panel, started(), Progress(0, 0.5, [2.3, 2.1], [], 0.1, 1.0, 1.0))
    qtbot.waitUntil(lambda: not panel.curves.accuracy.isVisible())
    show(panel, Validated(4, 1.0, "validation", 2.0, None, {"mse": 3.0, "r2": -0.5}))
    plot = panel.curves.accuracy
    qtbot.waitUntil(lambda: plot.heading.name == "mse")
    assert plot.isVisible()
    plot.heading.menu_actions()[1].trigger()
    assert plot.heading.text() == "R²  ▾"


def test_accuracy_always_spans_0_to_1(panel, qtbot):
    panel.show()
    show(panel, started(), progress(0, 2.0, 1.0))
    qtbot.waitUntil(lambda: panel.curves.accuracy.drawn == 2)
    chart = panel.curves.accuracy.chart
    assert (chart.across().low, chart.across().high) == (0, 10)
    assert (chart.up(chart.across()).low, chart.up(chart.across()).high) == (0, 1)


def test_a_loss_out_of_hand_has_numbers_beside_its_axis():
    axis = upward(0.1, 7.2e6, is_log=False)
    assert axis.high == 8e6
    assert [words for _, words in axis.ticks(4)] == ["0", "2e6", "4e6", "6e6", "8e6"]


def test_nothing_is_drawn_while_the_panel_is_hidden(panel, qtbot):
    show(panel, started(), progress(0, 2.0, 1.0))
    assert panel.curves.loss.drawn == 0
    panel.show()
    qtbot.waitUntil(lambda: panel.curves.loss.drawn == 2)


def test_the_mouse_over_a_curve_reads_its_values(panel, qtbot):
    panel.show()
    qtbot.waitExposed(panel)
    show(panel, started(), progress(0, *[2.0] * 20), Validated(20, 5.0, "validation", 1.5, 0.5))
    plot = panel.curves.loss
    qtbot.waitUntil(lambda: plot.drawn == 20)
    middle = plot.chart.room.center().toPoint()
    qtbot.mouseMove(plot.chart, middle)
    reading = plot.chart.reading(middle.x() + 1)
    assert reading.place == "epoch 5.00"
    assert [(name, value) for _, name, value in reading.rows] == [
        ("training", "2.00"),
        ("raw", "2.00"),
        ("validation", "1.50"),
    ]


def test_a_zoomed_plot_offers_to_show_all_again(panel, qtbot):
    panel.show()
    show(panel, started(), progress(0, 2.0, 1.0))
    plot = panel.curves.loss
    qtbot.waitUntil(lambda: plot.drawn == 2)
    room = plot.chart.room.toRect()
    qtbot.mousePress(plot.chart, LEFT, pos=room.topLeft() + QPoint(room.width() // 5, 20))
    qtbot.mouseMove(plot.chart, room.topLeft() + QPoint(room.width() // 2, 20))
    qtbot.mouseRelease(plot.chart, LEFT, pos=room.topLeft() + QPoint(room.width() // 2, 20))
    assert plot.chart.across().low == pytest.approx(2, abs=0.1)
    assert plot.chart.across().high == pytest.approx(5, abs=0.1)
    qtbot.mouseClick(plot.fit_button, LEFT)
    assert (plot.chart.across().low, plot.chart.across().high) == (0, 10)


def test_the_outcome_is_told_in_words_with_the_way_to_export(panel, qtbot):
    panel.show()
    show(panel, started(), progress(0, 2.0), Validated(40, 10.0, "test", 0.083, 0.9778), Finished(40, 32.0, "done"))
    assert panel.result.words.text() == "Test accuracy 97.8 %: 352 of 360 right, loss 0.0830"
    assert panel.journal_folder.name in panel.result.place.text()
    with qtbot.waitSignal(panel.export_requested):
        qtbot.mouseClick(panel.result.export, LEFT)


def test_a_failure_shows_fact_and_remedy(panel):
    show(panel, started(), progress(0, 2.0), Failed("The loss is not a number.", "Lower the learning rate."))
    assert panel.failure.fact.text() == "The loss is not a number."
    assert panel.failure.remedy.text() == "Lower the learning rate."
    assert not panel.failure.isHidden()
    assert panel.failure.retry.text() == "Retry"


def test_a_failure_with_a_checkpoint_offers_to_resume(panel):
    (panel.journal_folder / "checkpoints").mkdir()
    (panel.journal_folder / "checkpoints" / "last.safetensors").touch()
    show(panel, started(), progress(0, 2.0), Failed("The disk is full.", "Make room."))
    assert panel.failure.retry.text() == "Resume"


def test_another_theme_dresses_the_curves(panel, qtbot, qapp):
    panel.show()
    show(panel, started(), progress(0, 2.0))
    for one in (theme.LIGHT, theme.DARK):
        theme.apply(qapp, one)
        picture = panel.curves.loss.chart.grab().toImage()
        assert picture.pixelColor(2, 2).name() == one.panel
    qapp.setStyleSheet("")


def test_smoothing_begins_at_the_first_value():
    smoothed = Smoothed(span=10)
    smoothed.extend(np.array([2.0, 1.0]))
    assert smoothed.smooth.values == pytest.approx([2.0, (0.9 * 0.1 * 2.0 + 0.1 * 1.0) / (1 - 0.81)])


def test_smoothing_does_not_depend_on_how_the_values_arrive():
    values = np.random.default_rng(0).normal(size=1_000)
    at_once, in_parts = Smoothed(30), Smoothed(30)
    at_once.extend(values)
    for part in np.split(values, [1, 7, 300, 301, 900]):
        in_parts.extend(part)
    assert in_parts.smooth.values == pytest.approx(at_once.smooth.values)


def test_a_resumed_training_replaces_what_it_computes_again():
    data = CurveData()
    data.take([started(), progress(0, 4.0, 3.0, 2.0, 1.0), Validated(4, 1.0, "validation", 9.0, 0.1)])
    data.take([started(resumed_at=2), progress(2, 2.5)])
    assert list(data.loss.training.raw.values) == [4.0, 3.0, 2.5]
    assert list(data.standing("epoch").places(0, data.steps)) == [0.25, 0.5, 0.75]
    assert len(data.loss.validation) == 0


def test_a_journal_read_anew_begins_anew():
    data, standing = CurveData(), Standing()
    for _ in range(2):
        entries = [started(), progress(0, 4.0, 3.0)]
        data.take(entries)
        standing.take(entries)
    assert data.steps == 2
    assert standing.fraction == 0.05


@pytest.mark.parametrize(
    ("seconds", "words"), [(41.2, "41 s"), (200, "3 min 20 s"), (7_500, "2 h 05 min"), (-1, "0 s")]
)
def test_durations_read_as_people_say_them(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0.083, "0.0830"), (2.0, "2.00"), (123.4, "123"), (2e-5, "2 · 10⁻⁵"), (1_480, "1\u202f480")]
)
def test_losses_have_three_figures(value, words):
    assert number(value) == words


def test_what_happened_is_marked_along_the_curves():
    data = CurveData()
    data.take(
        [
            started(),
            progress(0, *[2.0] * 8),
            Checkpointed(4, "checkpoints/last.safetensors", best=False),
            Noted(6, "As was asked, the learning rate is 0.01 from here on.", 0.01),
            Noted(7, "Nothing of the rate."),
            Checkpointed(8, "checkpoints/epoch-0002.safetensors", best=False),
            started(resumed_at=7),
        ]
    )
    assert (data.saved, data.rates_set, data.kept, data.resumed) == ([4], [6], [], [7])


def test_the_look_of_the_curves_is_kept_for_the_next_session(panel, qtbot):
    panel.show()
    show(
        panel,
        started(),
        progress(0, 2.0, 1.0),
        Validated(2, 0.5, "validation", 2.0, 0.5, {"accuracy": 0.5, "f1": 0.4}),
    )
    curves = panel.curves
    for name in ("&Steps", "&Logarithmic", "&Raw Values"):
        next(a for a in curves.menu.menu().actions() if a.text() == name).trigger()
    curves.smooth_by("Strong")
    curves.accuracy.heading.choose("f1")
    curves.add_panel("learning_rate")
    later = Curves(Plot("loss"), Plot("accuracy"))
    qtbot.addWidget(later)
    later.clear()
    later.show()
    later.take(
        [started(), progress(0, 2.0, 1.0), Validated(2, 0.5, "validation", 2.0, 0.5, {"accuracy": 0.5, "f1": 0.4})]
    )
    look = later.look
    assert (look.scale, look.is_log_across, look.shows_raw, look.smoothing) == ("step", True, False, "Strong")
    assert [plot.heading.name for plot in later.plots] == ["loss", "f1", "learning_rate"]
    assert later.loss.chart.across().is_log
    later.remove_panel(later.extra[0])
    assert kept_look().panels == []


def test_a_look_that_cannot_be_read_is_passed_over():
    QSettings().setValue(KEPT_AS, "{broken")
    assert kept_look() == Look()
    QSettings().setValue(KEPT_AS, '{"scale": "years"}')
    assert kept_look() == Look()


def test_a_part_that_is_looked_at_follows_the_end_on_request(panel, qtbot):
    panel.show()
    show(panel, started(), progress(0, *[2.0] * 20))
    plot = panel.curves.loss
    qtbot.waitUntil(lambda: plot.drawn == 20)
    assert not plot.follow_button.isVisible()
    plot.chart.show_part(Axis(1.0, 2.0))
    qtbot.mouseClick(plot.follow_button, LEFT)
    assert plot.chart.across().high == pytest.approx(5.0)
    show(panel, progress(20, *[2.0] * 8))
    qtbot.waitUntil(lambda: plot.chart.across().high == pytest.approx(7.0))
    assert plot.chart.across().low == pytest.approx(6.0)
    qtbot.keyClick(plot.chart, Qt.Key.Key_Left)
    assert not plot.follow_button.isChecked()
    plot.fit()
    assert not plot.follow_button.isVisible()
