"""What threads find out, brought to the objects of the window without a thread touching one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, QTimer

LOOK_MS = 20  # between two looks where nothing can wake the window
MOST_WAKES = 65_536


class Mail:
    """What a thread has heard, brought into the thread of the window. The thread touches no object of Qt's.

    It wakes the window by a byte in a pipe; where pipes cannot be waited for, the window looks by itself.
    """

    def __init__(self, owner: QObject, deliver: Callable[[], None]) -> None:
        self.letters: SimpleQueue[Any] = SimpleQueue()
        self._ends = os.pipe() if os.name == "posix" else ()
        if self._ends:
            for end in self._ends:
                os.set_blocking(end, False)
            notifier = QSocketNotifier(self._ends[0], QSocketNotifier.Type.Read, owner)  # the owner keeps it
            notifier.activated.connect(deliver)
        else:
            timer = QTimer(owner, interval=LOOK_MS)
            timer.timeout.connect(deliver)
            timer.start()

    def post(self, letter: object) -> None:
        """From any thread."""
        self.letters.put(letter)
        if self._ends:
            with contextlib.suppress(OSError):  # full: it is awake already
                os.write(self._ends[1], b".")

    def taken(self) -> Iterator[Any]:
        """What has come."""
        if self._ends:
            with contextlib.suppress(BlockingIOError):
                os.read(self._ends[0], MOST_WAKES)
        with contextlib.suppress(Empty):
            while True:
                yield self.letters.get_nowait()

    def __del__(self) -> None:
        for end in self._ends:  # neither the thread nor the window needs it any more
            os.close(end)
