"""Downloads on the console: a bar for each file, once a download begins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from runtime.data.downloads import Fetched, heard_by


@contextmanager
def shown_on(console: Console) -> Iterator[None]:
    """Within it every download of a ready set is shown; nothing is written where there is none."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    bars, tasks = Progress(*columns, console=console, transient=True), dict[str, TaskID]()

    def hear(fetched: Fetched) -> None:
        if fetched.file not in tasks:
            bars.start()
            tasks[fetched.file] = bars.add_task(f"Downloading {fetched.file}")
        bars.update(tasks[fetched.file], completed=fetched.bytes, total=fetched.total or None)

    try:
        with heard_by(hear):
            yield
    finally:
        if tasks:
            bars.stop()
