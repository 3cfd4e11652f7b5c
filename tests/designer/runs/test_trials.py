"""The trials of a real search, shown in the panel of runs: as a table, as points and as lines."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from designer.bottom_panel import RUNS
from designer.main_window import MainWindow
from designer.runs.parallel import ParallelPlot
from designer.runs.ways import PARALLEL, SCATTER
from designer.search.opening import open_search
from designer.search.search_dialog import SearchDialog
from nodes.graph.model import Network
from nodes.spec.search import Mark
from runtime.search.folder import read_table
from tests.designer.windows import anew, shown
from tests.runtime.search.networks import marked, prepared, worked

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def window() -> Iterator[MainWindow]:
    with shown(Network()) as window:
        yield window


@pytest.fixture
def search(tmp_path: Path) -> Path:
    """Two learning rates by two widths, each trained for an epoch."""
    network = marked({"recipe.learning_rate": Mark(choices=(0.01, 0.05))})
    graph = network.graph.with_searched("conv", {"out_channels": Mark(choices=(2, 4))})
    made = prepared(tmp_path, dataclasses.replace(network, graph=graph), sampler="grid")
    worked(made)
    return made.folder


def test_trials_are_shown_with_every_value_that_was_tried(window, search, qtbot, monkeypatch):
    anew(window, Network())
    monkeypatch.setattr(window.services.trainer, "runs_folder", lambda: search.parent / "runs")
    monkeypatch.setattr("designer.search.opening.searches_folder", lambda _window: search.parent)
    open_search(window)
    dialog = window.findChild(SearchDialog)
    qtbot.waitUntil(lambda: dialog.show_runs.isEnabled())
    qtbot.mouseClick(dialog.show_runs, LEFT)
    assert not dialog.isVisible()
    panel = window.bottom.page(RUNS)
    qtbot.waitUntil(lambda: len(panel.table.rows) == 4)
    assert panel.isVisible()
    assert panel.back.text() == f"Trials of {search.name}  ×"
    table = read_table(search)
    by_run = {row.run: row for row in table.rows}
    for row in panel.table.rows:
        assert row.settings["nodes.conv.out_channels"] == by_run[row.name].values["nodes.conv.out_channels"]
        assert row.metrics["best_accuracy"] == pytest.approx(by_run[row.name].value)
    panel.shown_as.setCurrentText(PARALLEL)
    plot = panel.ways.pages[PARALLEL]
    assert isinstance(plot, ParallelPlot)
    titles = [column.title for column in plot.columns]
    assert {"Conv.out channels", "Learning rate"} <= set(titles)  # also where a value is the usual one
    assert {len(places) for places in plot.lines().values()} == {len(titles)}
    path, places = next(iter(plot.lines().items()))
    qtbot.mouseClick(plot, LEFT, pos=places[titles.index("Best accuracy")].toPoint())
    assert path in plot.lines()
    assert len(panel.selected()) == 1
    panel.shown_as.setCurrentText(SCATTER)
    assert panel.ways.pages[SCATTER].choosers["across"].currentText() == "Multiply-adds"
    assert len(panel.ways.pages[SCATTER].plot.points()) == 4
    qtbot.mouseClick(panel.back, LEFT)
    qtbot.waitUntil(lambda: not panel.table.all)
    assert not panel.back.isVisible()
