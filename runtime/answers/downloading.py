"""Opening data that may have to be downloaded first, and telling how far that is."""

from __future__ import annotations

import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from runtime.data.choice import DataChoice
from runtime.data.downloads import CancelledDownloadError, Fetched, heard_by
from runtime.data.open import open_data
from runtime.data.record import description

TELL_SECONDS = 0.1  # between two parts
LOOK_SECONDS = 0.02  # until the data are looked for again


def described_telling(
    choice: DataChoice, base: Path, stop_file: str
) -> Generator[dict[str, Any], None, dict[str, Any]]:
    """As description; parts have ``file``, ``bytes`` and ``total``. A download ends once ``stop_file`` is there.

    Raises DataError.
    """
    told: SimpleQueue[Fetched] = SimpleQueue()
    due = 0.0

    def hear(fetched: Fetched) -> None:
        nonlocal due
        if stop_file and Path(stop_file).exists():
            raise CancelledDownloadError
        if time.monotonic() >= due or fetched.bytes == fetched.total:
            due = time.monotonic() + TELL_SECONDS
            told.put(fetched)

    with heard_by(hear), ThreadPoolExecutor(1) as pool:
        opening = pool.submit(open_data, choice, base)
        while not (opening.done() and told.empty()):
            try:
                yield told.get(timeout=LOOK_SECONDS)._asdict()
            except Empty:
                continue
        return description(opening.result())
