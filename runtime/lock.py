"""One training at a time in one run folder."""

from __future__ import annotations

import os
import sys
import time
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
LOOKS, LOOK_SECONDS = 5, 0.01

_held: set[int] = set()  # descriptors of this process


def _let_go() -> None:
    """A child of ours does not hold what we do: it may outlive us for a moment, as processes that read data do."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


def take(path: Path) -> int | None:
    """Holds a file until it is released or the process ends, however it ends. None where another holds it.

    Raises OSError where the file cannot be made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(descriptor)
    except OSError:
        os.close(descriptor)
        return None
    _held.add(descriptor)
    return descriptor


def release(descriptor: int) -> None:
    """Gives back what ``take`` has given."""
    _held.discard(descriptor)
    os.close(descriptor)


def take_now(path: Path) -> int | None:
    """As ``take``, but tries again for a moment: another may only be looking whether the file is held."""
    for _ in range(LOOKS):
        descriptor = take(path)
        if descriptor is not None:
            return descriptor
        time.sleep(LOOK_SECONDS)
    return None


@contextmanager
def locked(run: Path) -> Iterator[None]:
    """Holds the run. Raises TrainingError."""
    path = run / LOCK
    try:
        descriptor = take_now(path)
    except OSError as error:
        raise unwritable(path, error) from None
    if descriptor is None:
        raise TrainingError(
            f"Another process is training in {run}.", "Wait until it has ended, or stop it, or start a new run."
        )
    try:
        yield
    finally:
        release(descriptor)


def is_held(path: Path) -> bool:
    """Does another process hold this file?"""
    if not path.exists():
        return False
    try:
        descriptor = take(path)
    except OSError:
        return True
    if descriptor is None:
        return True
    release(descriptor)
    return False


def is_trained(run: Path) -> bool:
    """Does a process train in this run folder? It need not be one of ours."""
    return is_held(run / LOCK)
