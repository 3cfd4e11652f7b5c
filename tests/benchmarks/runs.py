"""The panel of runs with thousands of them: opened, filtered, drawn as points and as lines; all really painted."""

from __future__ import annotations

import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from designer import theme
from designer.runs.panel import RunsPanel
from designer.runs.plots import RunPlot
from designer.runs.ways import PARALLEL, SCATTER, plot_of
from nodes.graph.model import Network
from runtime.run_list import list_runs
from runtime.runs import RECIPE, SUMMARY, create_run
from tests.benchmarks.figures import Figure
from tests.runtime.networks import digits_graph

RUNS, SIZE = 5_000, (1_200, 420)
WORDS = ("run12", "adam", "sgd finished", "learning_rate=0.0", "")
MOVES, ROUNDS = 100, 7
PATIENCE = 60  # seconds


def run() -> Iterable[Figure]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = home
        app = QApplication.instance() or QApplication([])
        assert isinstance(app, QApplication)
        theme.start(app)
        folder = Path(home) / "runs"
        make_runs(folder, RUNS)
        began = time.perf_counter()
        list_runs(folder)
        yield Figure(f"runs: {RUNS:,} never listed before", time.perf_counter() - began, "s")
        panel = RunsPanel(lambda: folder)
        panel.resize(*SIZE)
        yield Figure(f"runs: panel with {RUNS:,} opened", _opened(panel, app), "s", 1)
        yield Figure("runs: filtered", _filtered(panel, app), "ms", 50)
        for way, word in ((SCATTER, "points"), (PARALLEL, "lines")):
            panel.shown_as.setCurrentText(way)
            plot = plot_of(panel.ways.pages[way])
            app.processEvents()
            yield Figure(f"runs: {word}, painted anew", _painted(plot), "ms", 150)
            moves = sorted(_moved(plot))
            yield Figure(f"runs: {word}, a move of the mouse, 95 %", moves[round(0.95 * MOVES)], "ms", 16)
            yield Figure(f"runs: {word}, filtered", _filtered(panel, app), "ms", 150)
        panel.close()
        panel.deleteLater()


def make_runs(root: Path, count: int) -> None:
    """Folders of finished runs with different recipes and results."""
    seed = create_run(root.with_name("seed"), Network(digits_graph(), "digits"), "digits")
    files = {path.name: path.read_bytes() for path in seed.iterdir() if path.is_file()}
    recipe, chance = json.loads(files[RECIPE]), random.Random(0)
    for number in range(count):
        hours, rest = divmod(number, 3_600)
        run = root / f"20260101-{hours:02d}{rest // 60:02d}{rest % 60:02d}-run{number}"
        run.mkdir(parents=True)
        recipe["recipe"] |= {
            "learning_rate": 10 ** chance.uniform(-4, -1),
            "weight_decay": 10 ** chance.uniform(-6, -2),
            "batch_size": chance.choice([16, 32, 64]),
            "optimizer": chance.choice(["SGD", "Adam", "AdamW"]),
        }
        summary = {
            "reason": "done", "epochs": chance.randint(1, 30), "steps": 20, "seconds": chance.uniform(1, 100),
            "weights": chance.randint(1_000, 10**7), "multiply_adds": chance.randint(10**4, 10**9),
            "test_loss": chance.random(), "test_metrics": {"accuracy": chance.random()},
        }  # fmt: skip
        own = {RECIPE: json.dumps(recipe).encode(), SUMMARY: json.dumps(summary).encode()}
        for name, content in (files | own).items():
            (run / name).write_bytes(content)


def _opened(panel: RunsPanel, app: QApplication) -> float:
    """Seconds from nothing to a painted table."""
    began = time.perf_counter()
    panel.show()
    while not panel.table.rows:
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError
        app.processEvents()
        time.sleep(0.001)
    app.processEvents()
    panel.grab()
    return time.perf_counter() - began


def _filtered(panel: RunsPanel, app: QApplication) -> float:
    """Milliseconds from words to the picture of what has them: the median of some rounds, of the slowest words."""
    taken: dict[str, list[float]] = {words: [] for words in WORDS}
    for _ in range(ROUNDS):
        for words, times in taken.items():
            began = time.perf_counter()
            panel.search.setText(words)
            app.processEvents()
            panel.repaint()
            times.append(1_000 * (time.perf_counter() - began))
    return max(statistics.median(times) for times in taken.values())


def _painted(plot: RunPlot) -> float:
    """Milliseconds, all layers made anew; the median of some."""
    taken = []
    for _ in range(ROUNDS):
        plot.redraw()
        began = time.perf_counter()
        plot.repaint()
        taken.append(1_000 * (time.perf_counter() - began))
    return statistics.median(taken)


def _moved(plot: RunPlot) -> Iterator[float]:
    """Milliseconds of a mouse move, with the picture after it."""
    field = plot.field()
    for number in range(MOVES):
        share = number / MOVES
        place = QPointF(field.left() + share * field.width(), field.top() + (7 * share % 1) * field.height())
        began = time.perf_counter()
        none, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
        plot.mouseMoveEvent(QMouseEvent(QEvent.Type.MouseMove, place, plot.mapToGlobal(place), none, none, keys))
        plot.repaint()
        yield 1_000 * (time.perf_counter() - began)
