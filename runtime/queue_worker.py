"""``python -m runtime.queue_worker FOLDER``: trains the runs of a queue one after another until none waits.

Each has a process of its own: whatever happens to one, the next has its turn.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from runtime import queue
from runtime.lock import is_trained, release, take_now

LOOK_SECONDS = 0.5  # between two looks at a run that another process trains


def work_off(folder: Path) -> int:
    """Trains what waits; gives how many had their turn. Zero at once where another process is at it."""
    folder.mkdir(parents=True, exist_ok=True)
    held = take_now(folder / queue.LOCK)
    if held is None:
        return 0
    count = 0
    try:
        while (found := next_waiting(folder)) is not None:
            if is_trained(found.run):  # by hand, or by a worker that has died since
                time.sleep(LOOK_SECONDS)
                continue
            _train(found.run)
            queue.end_turn(folder, found.name)
            count += 1
    finally:
        release(held)
    return count


def next_waiting(folder: Path) -> queue.Queued | None:
    """The run whose turn it is: one that is being trained has it still."""
    waiting = [found for found in queue.listed(folder) if found.state in (queue.WAITING, queue.RUNNING)]
    running = [found for found in waiting if found.state == queue.RUNNING]
    return next(iter(running or waiting), None)


def _train(run: Path) -> None:
    """Begins a run, or goes on with one that was interrupted; its journal says what became of it."""
    command = [sys.executable, "-P", "-m", "runtime.train", "--resume", str(run)]
    with (run / queue.LOG).open("ab") as log:
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)


if __name__ == "__main__":
    work_off(Path(sys.argv[1]))
