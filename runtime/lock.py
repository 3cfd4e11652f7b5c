"""One training at a time in one run folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.runs import TrainingError, unwritable

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


LOCK = "lock"


def take(path: Path) -> int | None:
    """Holds a file until the descriptor is closed or the process ends, however it ends. None where another holds it.

    Raises OSError where the file cannot be made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(descriptor)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


@contextmanager
def locked(run: Path) -> Iterator[None]:
    """Holds the run. Raises TrainingError."""
    path = run / LOCK
    try:
        descriptor = take(path)
    except OSError as error:
        raise unwritable(path, error) from None
    if descriptor is None:
        raise TrainingError(
            f"Another process is training in {run}.", "Wait until it has ended, or stop it, or start a new run."
        )
    try:
        yield
    finally:
        os.close(descriptor)
