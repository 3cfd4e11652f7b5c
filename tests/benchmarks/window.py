"""Is the window responsive while a network trains and every panel is looked at? And does its memory grow?"""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Callable, Iterable, Iterator

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from designer.app import DEMO, make_app
from designer.bottom_panel import INSPECT, TITLES
from designer.inspect.panel import InspectPanel
from designer.main_window import MainWindow
from designer.preferences import THUMBNAILS, preferences
from runtime.runs import Entry, LayerNumbers, LayerStatistics, Progress, StepTime
from tests.acceptance.gaps import GapMonitor
from tests.benchmarks.figures import Figure

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
        _wait(lambda: window.services is not None)
        assert window.services is not None
        window.files.open_example(DEMO)
        window.services.start()
        _wait(lambda: window.services is not None and window.services.pool.is_ready)
        yield from _gaps(window)
        yield _growth(window)
        window.services.close()
        window.deleteLater()


def _gaps(window: MainWindow) -> Iterator[Figure]:
    """A training with all that can be shown of it, one panel after the other."""
    assert window.services is not None
    trainer, monitor = window.services.trainer, GapMonitor()
    preferences.set(THUMBNAILS, True)
    for number in range(len(TITLES)):
        window.show_panel(number)  # a panel is made when it is first shown; that is measured too, but not twice
    monitor.start()
    window.train_or_pause()
    turn = 0
    while trainer.state in ("starting", "running"):
        window.show_panel(turn % len(TITLES))
        window.canvas.heat.show(LIVE_FIGURES[turn % len(LIVE_FIGURES)])
        _rest(LOOK)
        turn += 1
    panel = window.bottom.page(INSPECT)
    assert isinstance(panel, InspectPanel)
    window.show_panel(INSPECT)
    _wait(lambda: panel.list.count() > 0)
    for row in range(panel.list.count()):
        panel.list.setCurrentRow(row)
        _rest(2 * LOOK)
    monitor.stop()
    assert trainer.state == "finished", trainer.failure
    lengths = sorted(1_000 * gap.length for gap in monitor.gaps)
    works = sorted(1_000 * gap.worked for gap in monitor.gaps)
    yield Figure("window: event loop, 99th percentile", _nearly_all(lengths), "ms", 50)
    yield Figure("window: event loop, longest gap", lengths[-1], "ms", 100)
    yield Figure("window: its own work, 99th percentile", _nearly_all(works), "ms", 50)
    yield Figure("window: its own work, longest gap", works[-1], "ms", 100)


def _nearly_all(values: list[float]) -> float:
    """The 99th percentile of sorted values."""
    return values[round(0.99 * (len(values) - 1))]


def _growth(window: MainWindow) -> Figure:
    """Resident memory after an hour of messages beside that after a tenth of it, curves aside: 8 bytes a value."""
    assert window.services is not None
    trainer, sizes = window.services.trainer, []
    for second in range(HOUR):
        trainer.entries.emit(list(messages(second)))
        if second % 60 == 0:
            _rest(1)
        if second in (HOUR // 10, HOUR - 1):
            sizes.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return Figure("window: memory gained in an hour of messages", sizes[1] - sizes[0], "MiB", 32)


def messages(second: int, steps: int = 50) -> Iterator[Entry]:
    """What a training of fifty steps a second writes in one."""
    first = second * steps
    numbers = [1 / (first + n + 1) for n in range(steps)]
    yield Progress(first, first / 500, numbers, numbers, 0.01, 3_000.0, 60.0, float(second))
    layer = LayerNumbers(mean=0.0, std=1.0, gradient_norm=1.0 + second % 7, weight_norm=3.0, update_ratio=1e-3)
    yield LayerStatistics(first, 8, dict.fromkeys(("conv1", "bn1", "conv2", "bn2", "fc1"), layer))
    yield StepTime(first, 0.001, 0.002, 0.003, 0.001)


def _rest(milliseconds: int) -> None:
    """Lets the event loop run, as it does while nobody touches the window."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _wait(is_done: Callable[[], bool]) -> None:
    for _ in range(PATIENCE // 20):
        if is_done():
            return
        _rest(20)
    raise TimeoutError
