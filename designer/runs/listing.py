"""Listing: lists the runs of a folder in a thread, so that the window never waits for a disk."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

from PySide6.QtCore import QObject, QTimer, Signal

from runtime.run_list import Row, empty_trash, list_runs

LOOK_MS = 40  # between two looks at a listing under way


class Listing(QObject):
    """One at a time; ``listed`` hears its rows."""

    listed = Signal(list)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] | None = None
        self._thread: Thread | None = None
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(self._take)

    def begin(self, folder: Path) -> None:
        """Lists anew, unless that is under way."""
        if self._thread is None:
            self._thread = Thread(target=self._list, args=(folder,), daemon=True)
            self._thread.start()
            self._look.start()

    def _list(self, folder: Path) -> None:
        """In a thread."""
        empty_trash(folder)
        self._rows = list_runs(folder)

    def _take(self) -> None:
        """The thread tells nobody: the window may be gone before it is done."""
        if self._thread is not None and not self._thread.is_alive():
            self._look.stop()
            self._thread = None
            if self._rows is not None:
                self.listed.emit(self._rows)
