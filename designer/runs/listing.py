"""Listing: lists the runs of a folder in a thread, so that the window never waits for a disk."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

from PySide6.QtCore import QObject, QTimer, Signal

from runtime.run_list import Row, empty_trash, list_runs
from runtime.search.trial_rows import with_trials

LOOK_MS = 40  # between two looks at a listing under way


class Listing(QObject):
    """One at a time; ``listed`` hears the rows of the folder that was asked for last."""

    listed = Signal(list)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] | None = None
        self._thread: Thread | None = None
        self._folder: Path | None = None
        self._next: Path | None = None  # another folder, asked for meanwhile
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(self._take)

    def begin(self, folder: Path) -> None:
        """Lists anew, unless that is under way."""
        if self._thread is not None:
            self._next = folder if folder != self._folder else None
        else:
            self._folder, self._next = folder, None
            self._thread = Thread(target=self._list, args=(folder,), daemon=True)
            self._thread.start()
            self._look.start()

    def _list(self, folder: Path) -> None:
        """In a thread."""
        empty_trash(folder)
        self._rows = with_trials(folder, list_runs(folder))

    def _take(self) -> None:
        """The thread tells nobody: the window may be gone before it is done."""
        if self._thread is not None and not self._thread.is_alive():
            self._look.stop()
            self._thread = None
            if self._next is not None:
                self.begin(self._next)
            elif self._rows is not None:
                self.listed.emit(self._rows)
