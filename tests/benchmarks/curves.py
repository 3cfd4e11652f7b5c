"""Six noisy curves that grow by 1,000 values a second, every frame painted; beside pyqtgraph where it is installed.

Each frame takes 100 new values a curve, as at ten repaints a second, and ends with the picture on the widget. Both
draw the same values at the same size by turns.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np
from PySide6.QtWidgets import QApplication, QWidget

from designer import theme
from designer.charts.chart import Chart
from designer.charts.line import Even, Line
from designer.charts.pyramid import Floats, Pyramid
from designer.document import Document
from designer.training.dock import TrainingPanel
from designer.training.trainer import Trainer
from designer.worker_pool import WorkerPool
from runtime.runs import (
    JOURNAL,
    LAST,
    Checkpointed,
    Entry,
    Finished,
    LayerNumbers,
    LayerStatistics,
    Progress,
    Samples,
    Started,
    StepTime,
    Validated,
)
from tests.acceptance.gaps import GapMonitor
from tests.benchmarks.figures import Figure, find_peers

CURVES, SIZE = 6, (1_100, 420)
GROWTH = 100  # values a frame and curve
FRAMES, PEER_FRAMES = 40, 5
COLORS = ("#56b4e9", "#e69f00", "#2fb58b", "#cc79a7", "#d9c53b", "#e0662e")
ENTRIES = 1_000_000
PER_SECOND = 10


def run() -> Iterable[Figure]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.start(app)
    for count in (10**4, 10**5, 10**6, 10**7):
        chart = _chart(count)
        frame = _median(partial(_grow, chart, app), FRAMES)
        yield Figure(f"curves: a frame at {count:,} values each", 1_000 * frame, "ms", 12)
        if count == 10**6:
            yield Figure("curves: of one core, ten frames a second", 100 * PER_SECOND * frame, "%", 10)
            find_peers()
            if importlib.util.find_spec("pyqtgraph") is not None:
                ratio = _median(_peer(count, app), PEER_FRAMES) / _median(partial(_grow, chart, app), FRAMES)
                yield Figure("curves: pyqtgraph / ours at 1,000,000", ratio, "×", 5, "higher")
        chart.close()
    yield from _opened(app)


def _values(count: int, seed: int) -> Floats:
    noise = np.random.default_rng(seed).normal(0, 0.1, count)
    return np.asarray(2.3 * np.exp(-3 * np.arange(count) / count) + 0.1 * seed + noise)


def _chart(count: int) -> Chart:
    chart = Chart("Loss")
    chart.resize(*SIZE)
    lines = []
    for number, color in enumerate(COLORS):
        values = Pyramid()
        values.extend(_values(count, number))
        lines.append(Line(f"run {number}", color, values, Even(), "band"))
    chart.lines = lines
    chart.show()
    return chart


def _grow(chart: Chart, app: QApplication) -> None:
    for number, line in enumerate(chart.lines):
        line.values.extend(_values(GROWTH, number))
    before = chart.painted
    chart.refresh()
    app.processEvents()
    if chart.painted == before:
        raise RuntimeError("A frame was not painted.")


def _peer(count: int, app: QApplication) -> Callable[[], None]:
    """The same curves, with pyqtgraph's own downsampling."""
    import pyqtgraph as pg

    class Counted(pg.PlotWidget):  # type: ignore[misc]
        painted = 0

        def paintEvent(self, event: Any) -> None:
            super().paintEvent(event)
            self.painted += 1

    widget = Counted()
    widget.resize(*SIZE)
    item = widget.getPlotItem()
    item.setDownsampling(auto=True, mode="peak")
    item.setClipToView(True)
    curves = [(item.plot(pen=pg.mkPen(color, width=1)), _values(count, n)) for n, color in enumerate(COLORS)]
    widget.show()
    kept: list[QWidget] = [widget]

    def frame() -> None:
        before = kept[0].painted  # type: ignore[attr-defined]
        for number, (curve, values) in enumerate(curves):
            curve.setData(np.concatenate((values, _values(GROWTH, number))))
        app.processEvents()
        if kept[0].painted == before:  # type: ignore[attr-defined]
            raise RuntimeError("A frame of the peer was not painted.")

    return frame


def _median(frame: Callable[[], None], count: int) -> float:
    frame()
    times = []
    for _ in range(count):
        began = time.perf_counter()
        frame()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _opened(app: QApplication) -> Iterator[Figure]:
    """Until a run with a long journal stands in its panel: header, curves and doctor, all of it painted."""
    with TemporaryDirectory() as folder:
        run = Path(folder)
        _write_journal(run / JOURNAL)
        document = Document()
        trainer = Trainer(document, _NoPool())
        panel = TrainingPanel(document, trainer)
        panel.resize(*SIZE)
        panel.show()
        panel.maker.curves()
        _turn(app, 10)
        monitor = GapMonitor()
        monitor.start()
        began = time.perf_counter()
        trainer.attach(run)
        while trainer.is_behind:
            app.processEvents()
        _turn(app, 10)
        yield Figure(f"curves: a run of {ENTRIES:,} journal lines opened", time.perf_counter() - began, "s", 1.5)
        monitor.stop()
        assert trainer.state == "finished"
        assert panel.curves is not None
        assert panel.curves.data.steps > ENTRIES / 2
        lengths = sorted(1_000 * gap.length for gap in monitor.gaps)
        nearly_all = lengths[round(0.99 * (len(lengths) - 1))]
        yield Figure("curves: event loop meanwhile, 99th percentile", nearly_all, "ms", 50)
        panel.close()


class _NoPool(WorkerPool):
    """Starts nothing."""

    def warm(self) -> None:
        return


def _turn(app: QApplication, times: int) -> None:
    for _ in range(times):
        app.processEvents()


def _write_journal(path: Path) -> None:
    """Steps, and between them what the watcher tells: layers, times, validations, checkpoints."""
    layer = LayerNumbers(mean=0.0123, std=1.012, gradient_norm=1.2345, weight_norm=3.123, update_ratio=1e-3)
    layers = dict.fromkeys(("conv1", "bn1", "conv2", "bn2", "fc1"), layer)
    with path.open("wb") as file:
        file.write(_line(Started(0.0, 100, 10_000, Samples(640_000, 1_000, 1_000), 64, "cpu", 1_000)))
        for n in range(ENTRIES - 2):
            entry: Entry = Progress(n, n / 10_000, [2.3 - 1e-6 * n], [0.1], 0.1, 5_000.0, 60.0, 0.1 * n)
            if n % 20 == 10:
                entry = LayerStatistics(n, 8, layers)
            elif n % 20 == 15:
                entry = StepTime(n, 0.001, 0.002, 0.003, 0.001)
            elif n % 10_000 == 17:
                entry = Validated(n, n / 10_000, "validation", 1.2, 0.5)
            elif n % 500 == 18:
                entry = Checkpointed(n, LAST, best=False)
            file.write(_line(entry))
        file.write(_line(Finished(ENTRIES, 1.0, "done")))


def _line(entry: Entry) -> bytes:
    return msgspec.json.encode(entry) + b"\n"
