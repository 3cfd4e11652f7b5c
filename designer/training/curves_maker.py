"""Makes the curves without anybody noticing: numpy is imported in a thread, and one plot made at a time."""

from __future__ import annotations

import importlib
from threading import Thread
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from designer.training.curves import Curves

CURVES = "designer.training.curves"
WATCH_MS = 20


class CurvesMaker(QObject):
    """``prepare`` makes them bit by bit, ``curves`` makes at once what is still missing."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plots: list[Any] = []
        self._curves: Curves | None = None
        self._watch = QTimer(self)
        self._watch.setInterval(WATCH_MS)
        self._watch.timeout.connect(self._look)
        self._thread: Thread | None = None

    @property
    def is_done(self) -> bool:
        return self._curves is not None

    def prepare(self) -> None:
        self._thread = Thread(target=importlib.import_module, args=(CURVES,), daemon=True)
        self._thread.start()
        self._watch.start()

    def curves(self) -> Curves:
        while self._curves is None:
            self._make_next()
        return self._curves

    def _look(self) -> None:
        """The thread tells nobody: the window may be gone before it is done."""
        if self._thread is not None and not self._thread.is_alive():
            self._watch.stop()
            self._make_a_part()

    def _make_a_part(self) -> None:
        if self._curves is None:
            self._make_next()
            QTimer.singleShot(0, self, self._make_a_part)

    def _make_next(self) -> None:
        module = importlib.import_module(CURVES)
        if len(self._plots) == 2:
            self._curves = module.Curves(*self._plots)
        else:
            self._plots.append(module.Plot("accuracy" if self._plots else "loss"))
