"""Other processes on the same search, and Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import runtime


@contextmanager
def helping(folder: Path, count: int) -> Iterator[None]:
    """Lets so many more processes work on a search, and waits for them at the end."""
    ours = str(Path(runtime.__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, (ours, os.environ.get("PYTHONPATH", ""))))
    command = [sys.executable, "-P", "-m", "runtime", "search", "--resume", str(folder), "--json"]
    helpers = [
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": path}
        )
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for helper in helpers:
            helper.wait()


@contextmanager
def stopping_on_interrupt(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C stops after the step under way, a second one at once."""

    def act(signal_number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop()

    before = signal.signal(signal.SIGINT, act)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
