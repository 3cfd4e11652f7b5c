"""Runs as points and lines, their differences on the canvas, a drawing restored, disagreements and ensembles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from designer.bottom_panel import RUNS, TRAINING
from designer.main_window import MainWindow
from designer.runs.actions import WISHES
from designer.runs.drawn_differences import DrawnDifferences
from designer.runs.panel import RunsPanel
from designer.runs.parallel import ParallelPlot
from designer.runs.scatter import ScatterPage
from designer.runs.together import DisagreementDialog, EnsembleDialog
from designer.runs.ways import PARALLEL, SCATTER
from nodes.activation import Tanh
from nodes.graph.files import load, save
from nodes.graph.model import Network, Node
from tests.designer.inspect.conftest import DirectEngine
from tests.designer.runs.test_runs_panel import choose, panel, runs  # noqa: F401  fixtures
from tests.designer.windows import anew, shown
from tests.runtime.insight.conftest import run  # noqa: F401  a trained one

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def window() -> Iterator[MainWindow]:
    with shown(Network()) as window:
        yield window


def test_runs_as_points_are_linked_with_the_table(panel: RunsPanel, qtbot: QtBot):  # noqa: F811
    panel.shown_as.setCurrentText(SCATTER)
    page = panel.ways.pages[SCATTER]
    assert isinstance(page, ScatterPage)
    page.choosers["across"].setCurrentText("Learning rate")
    page.choosers["up"].setCurrentText("Test accuracy")
    places = page.plot.points()
    by_name = {Path(path).name[-4:]: place for path, (place, _) in places.items()}
    assert len(by_name) == 3
    assert by_name["try1"].y() < by_name["try2"].y() < by_name["try0"].y()
    assert by_name["try1"].x() < by_name["try2"].x() < by_name["try0"].x()
    qtbot.mouseClick(page.plot, LEFT, pos=by_name["try2"].toPoint())
    assert [row.name[-4:] for row in panel.selected()] == ["try2"]
    qtbot.mouseClick(page.plot, LEFT, Qt.KeyboardModifier.ControlModifier, by_name["try0"].toPoint())
    assert {row.name[-4:] for row in panel.selected()} == {"try2", "try0"}
    assert len(page.plot.selected) == 2
    assert "Test accuracy: " in page.plot.told(panel.selected()[0].path)
    panel.search.setText("try1")
    assert len(page.plot.rows) == 1


def test_runs_as_lines_go_through_every_axis_in_which_they_differ(panel: RunsPanel, qtbot: QtBot):  # noqa: F811
    panel.shown_as.setCurrentText(PARALLEL)
    plot = panel.ways.pages[PARALLEL]
    assert isinstance(plot, ParallelPlot)
    titles = [column.title for column in plot.columns]
    assert {"Learning rate", "Test accuracy"} <= set(titles)
    assert "Weights" not in titles  # the same for all
    lines = plot.lines()
    assert {len(places) for places in lines.values()} == {len(titles)}
    path, places = next(iter(lines.items()))
    at = titles.index("Learning rate")
    qtbot.mouseClick(plot, LEFT, pos=QPointF(places[at]).toPoint())
    assert [row.path for row in panel.selected()] == [path]


def test_differences_are_drawn_and_the_way_out_shows_the_drawing_alone(window, runs, qtbot):  # noqa: F811
    later = load(runs[1] / "network.netw").network
    graph = later.graph
    gone = next(name for name, node in graph.nodes.items() if not node.settings.is_loss and name.startswith("relu"))
    changed = graph.without([gone]).with_node("tanh1", Node(Tanh(), 300, 400))
    save(Network(changed, later.title, data=later.data, recipe=later.recipe), runs[1] / "network.netw")
    anew(window, Network())
    WISHES["differences"](window, [runs[0], runs[1]])
    drawn = window.canvas.findChild(DrawnDifferences)
    assert drawn is not None
    assert drawn.found.names("added") == ("tanh1",)
    assert f"dashed, taken away: {gone}" in drawn.bar.words.text()
    assert window.canvas.grab().toImage().width() > 0
    qtbot.keyClick(drawn.bar, Qt.Key.Key_Escape)
    assert window.canvas.findChild(DrawnDifferences) is None


def test_a_drawing_is_restored_in_one_step_that_undo_takes_back(window, runs):  # noqa: F811
    anew(window, Network(title="mine"))
    WISHES["restore"](window, [runs[0]])
    document = window.document
    assert document.graph.structure == load(runs[0] / "network.netw").network.graph.structure
    assert document.network.title == "mine"
    document.undo_stack.undo()
    assert not document.graph.nodes


def test_table_and_curves_of_the_training_stand_out_together(window, runs, qtbot, monkeypatch):  # noqa: F811
    anew(window, Network())
    monkeypatch.setattr(window.services.trainer, "runs_folder", lambda: runs[0].parent)
    window.show_panel(RUNS)
    table = window.bottom.page(RUNS)
    qtbot.waitUntil(lambda: len(table.table.rows) == 3)
    choose(table, 0, 1, 2)
    qtbot.mouseClick(table.buttons["curves"], LEFT)
    training = window.bottom.page(TRAINING)
    watched = window.services.trainer.run
    assert watched == runs[2]
    assert [other.title for other in training.curves.others] == [runs[1].name, runs[0].name]
    window.show_panel(RUNS)
    place = table.view.visualRect(table.table.index(1, 0)).center()
    qtbot.mouseMove(table.view.viewport(), place)
    assert training.curves.look.highlighted == {runs[1].name}
    choose(table, 0)
    assert training.curves.look.highlighted == {""}  # the watched one
    window.show_panel(TRAINING)
    legend = training.curves.loss.legend
    qtbot.waitUntil(lambda: len(legend._places) == 2)
    start, end, title = legend._places[1]
    qtbot.mouseClick(legend, LEFT, pos=QPointF((start + end) / 2, 10).toPoint())
    assert [row.name for row in table.selected()] == [title]
    assert training.curves.look.highlighted == {title}


def test_two_runs_that_agree_and_runs_as_one(run, qtbot):  # noqa: F811
    engine = DirectEngine()
    dialog = DisagreementDialog(engine, run, run)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: dialog.told.text().startswith("They decide all"))
    together = EnsembleDialog(engine, [run, run])  # type: ignore[arg-type]
    qtbot.addWidget(together)
    qtbot.waitUntil(lambda: len(together.rows) == 4)
    assert together.rows[-1][0] == "all as one"
    assert together.rows[-1][1] == together.rows[1][1]
    assert together.told.text().startswith("+0.00 points")


def test_runs_of_other_data_are_refused_with_a_sentence(run, runs, qtbot):  # noqa: F811
    dialog = DisagreementDialog(DirectEngine(), run, runs[0])  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: dialog.told.text() != "Working it out…")
    assert dialog.told.text().endswith(".")
