"""Six noisy curves that grow by 1,000 values a second, every frame painted; beside pyqtgraph where it is installed.

Each frame takes 100 new values a curve, as at ten repaints a second, and ends with the picture on the widget. Both
draw the same values at the same size by turns.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PySide6.QtWidgets import QApplication, QWidget

from designer import theme
from designer.charts.chart import Chart
from designer.charts.line import Even, Line
from designer.charts.pyramid import Floats, Pyramid
from designer.training.series import CurveData
from runtime.runs import Journal, Progress, Samples, Started, read_entries
from tests.benchmarks.figures import Figure

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
            if importlib.util.find_spec("pyqtgraph") is not None:
                ratio = _median(_peer(count, app), PEER_FRAMES) / _median(partial(_grow, chart, app), FRAMES)
                yield Figure("curves: pyqtgraph / ours at 1,000,000", ratio, "×", 5, "higher")
        chart.close()
    yield Figure(f"curves: a journal of {ENTRIES:,} lines read", _opened(), "s", 1.5)


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


def _opened() -> float:
    """Seconds until a long journal is read and its curves are known."""
    with TemporaryDirectory() as folder:
        run = Path(folder)
        with Journal(run) as journal:
            journal.append(Started(0.0, 100, 10_000, Samples(640_000, 1_000, 1_000), 64, "cpu", 1_000))
            journal.append(Progress(0, 0.0, [2.3], [0.1], 0.1, 5_000.0, 60.0, 0.1))
            line = (run / "journal.jsonl").read_bytes().splitlines(keepends=True)[-1]
        with (run / "journal.jsonl").open("ab") as file:
            file.write(line * (ENTRIES - 1))
        began = time.perf_counter()
        data = CurveData()
        data.take(read_entries(run)[0])
        assert data.steps == ENTRIES
        return time.perf_counter() - began
