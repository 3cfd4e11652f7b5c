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


@contextmanager
def locked(run: Path) -> Iterator[None]:
    """Holds the run. The system lets go of it when the process ends, however it ends. Raises TrainingError."""
    path = run / LOCK
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise unwritable(path, error) from None
    try:
        try:
            _take(descriptor)
        except OSError:
            raise TrainingError(
                f"Another process is training in {run}.", "Wait until it has ended, or stop it, or start a new run."
            ) from None
        yield
    finally:
        os.close(descriptor)
