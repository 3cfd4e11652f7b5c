"""An end to code that goes on forever, whoever wrote it."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

GRACE = 5.0  # seconds, after which a process whose code does not listen is ended


class OverdueError(BaseException):
    """The time is over. Not an Exception, so that code that passes over these does not pass over it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises OverdueError in the body once the time is over, between two steps of its Python code.

    A single call that takes longer than GRACE beyond that, such as sleeping, ends the process.
    """
    body, is_over = threading.get_ident(), threading.Event()

    def watch() -> None:
        if is_over.wait(seconds):
            return
        _interrupt(body, OverdueError)
        if not is_over.wait(GRACE):
            sys.stderr.write(f"The code ran for more than {seconds + GRACE:g} seconds.\n")
            sys.stderr.flush()
            os._exit(1)

    watcher = threading.Thread(target=watch, name="time limit", daemon=True)
    try:
        try:
            watcher.start()
            yield
        finally:
            is_over.set()
    finally:
        is_over.set()  # the error may have come just before the first
        watcher.join()
        _interrupt(body, None)  # the time may have been over at the very end


def _interrupt(thread: int, error: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error and ctypes.py_object(error))
