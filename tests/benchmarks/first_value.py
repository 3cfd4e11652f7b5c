"""From the click on Train to the first value on the curve, painted, with the spare training process warm."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer import theme
from designer.document import Document
from designer.training.dock import TrainingPanel
from designer.training.trainer import Trainer
from designer.worker_pool import WorkerPool
from tests.benchmarks.figures import Figure
from tests.designer.networks import digits_classifier

TRIALS = 5
PATIENCE = 120.0  # seconds
SETTLED_MS = 1_500  # the data are read ahead


class Painted(QObject):
    """Notes when a plot that holds a value has been painted."""

    def __init__(self, panel: TrainingPanel) -> None:
        super().__init__()
        self.at = 0.0
        self._plot = panel.curves.loss  # type: ignore[union-attr]
        self._plot.chart.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._plot.drawn and not self.at:
            watched.removeEventFilter(self)
            QApplication.sendEvent(watched, event)  # it paints now, so that what follows comes after
            self.at = time.perf_counter()
            return True
        return False

    def colored_pixels(self) -> int:
        """Pixels of the training curve's colour: proof that something is to be seen."""
        image = self._plot.chart.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        wanted = QColor(theme.CURVE_COLORS["training"]).rgb()
        return sum(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


def run() -> Iterable[Figure]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication([])
    theme.apply(app, theme.DARK)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        times = [_trial(Path(folder)) for _ in range(TRIALS)]
    yield Figure("first_value: click to painted value, median", statistics.median(times), "ms", 100.0)
    yield Figure("first_value: click to painted value, worst", max(times), "ms")


def _trial(folder: Path) -> float:
    document = Document(digits_classifier(epochs=50))
    document.path = folder / "digits.netw"
    pool = WorkerPool()
    trainer = Trainer(document, pool)
    panel = TrainingPanel(document, trainer)
    panel.resize(1_000, 300)
    panel.show()
    try:
        pool.warm()
        _wait_for(lambda: pool.is_ready and panel.maker.is_done)
        QTest.qWait(SETTLED_MS)
        clicked = time.perf_counter()
        QTest.mouseClick(panel.header.train, Qt.MouseButton.LeftButton)
        painted = Painted(panel)
        _wait_for(lambda: painted.at > 0)
        if not painted.colored_pixels():
            raise RuntimeError("the curve was not painted")
        trainer.stop()
        _wait_for(lambda: not trainer.is_live)
    finally:
        pool.close()
        panel.close()
    return (painted.at - clicked) * 1_000


def _wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.perf_counter() + PATIENCE
    while not holds():
        if time.perf_counter() > deadline:
            raise TimeoutError("nothing came of it")
        QApplication.processEvents()
        time.sleep(0.0005)
