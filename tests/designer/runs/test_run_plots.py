"""Plots of thousands of runs: drawn once, found at once; a mouse move draws one run."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from designer.runs.columns import columns_of
from designer.runs.parallel import MOST_AXES, STROKES, ParallelPlot
from designer.runs.plots import NEAR, RunPlot
from designer.runs.scatter import ScatterPage, ScatterPlot
from runtime.run_list import Row

MANY = 2_000


def many(count: int = MANY) -> list[Row]:
    """Finished runs with random results; every tenth has no accuracy."""
    chance = random.Random(0)
    rows = []
    for number in range(count):
        metrics = {"test_loss": chance.random(), **({"test_accuracy": chance.random()} if number % 10 else {})}
        settings = {
            "recipe.learning_rate": 10 ** chance.uniform(-4, -1),
            "recipe.optimizer": chance.choice(["SGD", "Adam"]),
        }
        rows.append(
            Row(f"/runs/run{number}", "finished", "t", weights=1_000 + number, metrics=metrics, settings=settings)
        )
    return rows


def scatter(rows: list[Row]) -> ScatterPlot:
    plot, known = ScatterPlot(), {column.name: column for column in columns_of(rows)}
    plot.show_runs(rows, known["test_loss"], known["test_accuracy"], known["weights"])
    return plot


def parallel(rows: list[Row]) -> ParallelPlot:
    plot = ParallelPlot()
    plot.show_runs(rows, columns_of(rows))
    return plot


@pytest.mark.parametrize("make", [scatter, parallel])
def test_a_mouse_move_and_a_selection_draw_what_changed_alone(make: Callable[[list[Row]], RunPlot], qtbot: QtBot):
    rows = many()
    plot = make(rows)
    drawings: list[int] = []
    marked: list[int] = []
    paint_all, paint_marked = plot.paint_all, plot.paint_marked
    plot.paint_all = lambda painter: (drawings.append(1), paint_all(painter))  # type: ignore[method-assign]
    plot.paint_marked = lambda painter, which: (marked.append(len(which)), paint_marked(painter, which))  # type: ignore[method-assign]
    plot.resize(900, 300)
    qtbot.addWidget(plot)
    plot.show()
    qtbot.waitUntil(lambda: bool(drawings))
    for x in range(100, 800, 7):
        qtbot.mouseMove(plot, QPoint(x, 150))
        plot.repaint()
    assert len(drawings) == 1
    assert marked
    assert set(marked) == {1}
    marked.clear()
    plot.show_selection([row.path for row in rows[:50]])
    plot.repaint()
    assert len(drawings) == 1
    assert 40 <= max(marked) <= 50
    plot.resize(800, 300)
    plot.repaint()
    assert len(drawings) == 2


def test_a_run_without_one_of_the_measures_is_no_point(qtbot: QtBot):
    plot = scatter(many(20))
    plot.resize(600, 300)
    qtbot.addWidget(plot)
    assert len(plot.points()) == 18
    path, (place, radius) = list(plot.points().items())[3]
    assert plot.run_at(place) == path
    assert radius > 4
    told: list[str] = []
    plot.pointed.connect(told.append)
    plot.show()
    qtbot.mouseMove(plot, place.toPoint())
    assert told == [plot.run_at(place)]


def test_runs_that_are_no_points_are_counted(qtbot: QtBot):
    page = ScatterPage()
    qtbot.addWidget(page)
    page.show_runs(many(20), columns_of(many(20)))
    page.choosers["up"].setCurrentText("Test accuracy")
    assert page.told.text() == "2 runs without both measures"
    page.choosers["up"].setCurrentText("Test loss")
    assert page.told.text() == ""


def test_lines_pass_over_what_a_run_has_nothing_on_and_many_are_drawn_as_one_picture(qtbot: QtBot):
    rows = many(STROKES + 50)
    plot = parallel(rows)
    plot.resize(900, 300)
    qtbot.addWidget(plot)
    assert 2 < len(plot.columns) <= MOST_AXES
    lines = plot.lines()
    assert len(lines) == len(rows)
    first, second = next(iter(lines.values()))[:2]
    middle = (first + second) / 2
    start, end = lines[plot.run_at(middle)][:2]
    assert abs((start + end).y() / 2 - middle.y()) <= NEAR
    picture = plot.grab().toImage()
    inked = {picture.pixelColor(x, 150).name() for x in range(80, 860)}
    assert len(inked) > 2
    with qtbot.waitSignal(plot.chosen) as chosen:
        qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=middle.toPoint())
    assert chosen.args[0] == plot.run_at(middle)


def test_a_plot_without_runs_takes_the_mouse(qtbot: QtBot):
    for plot in (ScatterPlot(), parallel([])):
        plot.resize(400, 200)
        qtbot.addWidget(plot)
        plot.show()
        qtbot.mouseMove(plot, QPoint(200, 100))
        qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(200, 100))
        assert not plot.grab().isNull()
