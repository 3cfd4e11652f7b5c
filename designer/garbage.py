"""Cycles of objects that nobody reaches any more are collected in the thread of the window alone.

Python collects in whichever thread happens to make an object. One that listens to a program would so destroy widgets,
and notifiers of sockets that the event loop still watches: Qt allows neither, and the window would crash or hang.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

from runtime.collecting import collect_if_due

EVERY_MS = 500


class Collector(QObject):
    """Takes over from Python: it collects as often as Python would, between two events."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        timer = QTimer(self, interval=EVERY_MS)
        timer.timeout.connect(collect_if_due)
        timer.start()
