"""Is the window responsive while a network trains and everything is looked at? And does its memory grow?

Each panel and dialog is opened for the first time while the gaps of the event loop are measured.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import psutil
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from designer.app import DEMO, make_app
from designer.bottom_panel import INSPECT, TITLES
from designer.main_window import MainWindow
from designer.preferences import THUMBNAILS, preferences
from runtime.runs import Entry, LayerNumbers, LayerStatistics, Progress, Snapshot, StepTime
from tests.acceptance.gaps import GapMonitor
from tests.benchmarks.figures import Figure
from tests.benchmarks.window_acts import acts_after, acts_before, look_again

PATIENCE, LOOK = 90_000, 400  # ms: for a training, for a panel
HOUR = 3600  # seconds of messages
LIVE_FIGURES = ("live_gradient_norm", "live_update_ratio", "live_dead", "live_std")


def run() -> Iterable[Figure]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = home
        QApplication.instance() or make_app()
        window = MainWindow()
        window.resize(1600, 1000)
        window.show()
        wait(lambda: window.services is not None)
        assert window.services is not None
        window.files.open_example(DEMO)
        window.services.start()
        wait(lambda: window.services is not None and window.services.pool.is_ready)
        yield from gaps(window)
        yield growth(window)
        window.services.close()
        window.deleteLater()


def gaps(window: MainWindow) -> Iterator[Figure]:
    """A training with all that can be shown of it, one after the other."""
    assert window.services is not None
    trainer, monitor = window.services.trainer, GapMonitor()
    preferences.set(THUMBNAILS, True)
    begun: list[tuple[str, int]] = []  # what was done, and how many gaps were before it

    def do(name: str, act: Callable[[], object], pause: int = LOOK) -> None:
        begun.append((name, len(monitor.gaps)))
        act()
        rest(pause)

    monitor.start()
    for name, act, is_done in acts_before(window):
        do(name, act)
        wait(is_done)
    do("training", window.train_or_pause)
    turn = 0
    while trainer.state in ("starting", "running") or turn < len(TITLES):
        number = turn % len(TITLES)
        do(TITLES[number].replace("&", ""), lambda number=number: window.show_panel(number))
        window.canvas.heat.show(LIVE_FIGURES[turn % len(LIVE_FIGURES)])
        turn += 1
    panel: Any = window.bottom.page(INSPECT)
    do("Inspect", lambda: window.show_panel(INSPECT))
    wait(lambda: panel.list.count() > 0)
    for row in range(panel.list.count()):
        do(panel.list.item(row).text(), lambda row=row: panel.list.setCurrentRow(row), 2 * LOOK)
    for name, act, is_done in acts_after(window, panel):
        do(name, act)
        wait(is_done)
    monitor.stop()
    assert trainer.state == "finished", trainer.failure
    yield from _told(monitor, begun)


def _told(monitor: GapMonitor, begun: list[tuple[str, int]]) -> Iterator[Figure]:
    lengths, works = [[1_000 * getattr(gap, kind) for gap in monitor.gaps] for kind in ("length", "worked")]
    for words, values in (("event loop", lengths), ("its own work", works)):
        yield Figure(f"window: {words}, 99th percentile", _nearly_all(values), "ms", 50)
        longest = max(range(len(values)), key=values.__getitem__)
        at = next((name for name, first in reversed(begun) if first <= longest), "")
        yield Figure(f"window: {words}, longest gap (at {at})", values[longest], "ms", 100)


def _nearly_all(values: list[float]) -> float:
    """The 99th percentile."""
    return sorted(values)[round(0.99 * (len(values) - 1))]


def growth(window: MainWindow) -> Figure:
    """Memory held after an hour of messages beside that after a tenth of it, curves aside: 8 bytes a value."""
    assert window.services is not None
    trainer, sizes = window.services.trainer, []
    panel: Any = window.bottom.page(INSPECT)
    for second in range(HOUR):
        trainer.entries.emit(list(messages(second)))
        if second % 60 == 0:
            look_again(panel, second // 60)
            rest(50)
        if second in (HOUR // 10, HOUR - 1):
            rest(LOOK)
            gc.collect()
            sizes.append(psutil.Process().memory_info().rss / 2**20)
    return Figure("window: memory gained in an hour of messages", sizes[1] - sizes[0], "MiB", 32)


def messages(second: int, steps: int = 50) -> Iterator[Entry]:
    """What a training of fifty steps a second writes in one."""
    first = second * steps
    numbers = [1 / (first + n + 1) for n in range(steps)]
    yield Progress(first, first / 500, numbers, numbers, 0.01, 3_000.0, 60.0, float(second))
    layer = LayerNumbers(mean=0.0, std=1.0, gradient_norm=1.0 + second % 7, weight_norm=3.0, update_ratio=1e-3)
    yield LayerStatistics(first, 8, dict.fromkeys(("conv1", "bn1", "conv2", "bn2", "fc1"), layer))
    yield StepTime(first, 0.001, 0.002, 0.003, 0.001)
    if second % 10 == 0:
        yield Snapshot(first, first / 500, f"snapshots/step-{first:09d}.safetensors")


def rest(milliseconds: int) -> None:
    """Lets the event loop run, as it does while nobody touches the window."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait(is_done: Callable[[], bool]) -> None:
    for _ in range(PATIENCE // 20):
        if is_done():
            return
        rest(20)
    raise TimeoutError
