"""The queue: runs that wait to be trained one after another. A folder, so that windows, commands and a process that
works it off need know nothing of each other, and any of them may end.

``NNNN.json`` names a run folder and its place, ``NNNN.over`` says that it has had its turn. ``lock`` is held by the
process that works.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec
from platformdirs import user_data_path

import runtime
from nodes.graph.files import NetworkFileError, write_atomically
from runtime import runs
from runtime.lock import is_held, is_trained
from runtime.runs import Finished, Stop, TrainingError, read_entries, send, unwritable, write_json

LOCK = "lock"
LOG = "console.txt"
TAIL = 16_384  # bytes of a journal that have its last line
WAITING, RUNNING = "waiting", "running"


class Entry(msgspec.Struct, frozen=True):
    """One file of the queue."""

    run: str
    title: str
    place: float  # the lowest is next


class Queued(NamedTuple):
    """One run of the queue as it stands now."""

    name: str
    run: Path
    title: str
    state: str  # "waiting", "running", "finished", "stopped", "failed", or "gone"
    place: float


def default_folder() -> Path:
    """The queue of this user on this computer."""
    chosen = os.environ.get("NETWRIGHT_QUEUE")
    return Path(chosen) if chosen else user_data_path("netwright", appauthor=False) / "queue"


def add(queue: Path, run: Path, title: str) -> str:
    """Puts a run at the end; gives its name in the queue. Raises TrainingError."""
    try:
        queue.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(queue, error) from None
    last = max((queued.place for queued in listed(queue)), default=0.0)
    entry = msgspec.json.encode(Entry(str(run.resolve()), title, last + 1))
    number = max((int(path.stem) for path in queue.glob("[0-9]*.json")), default=0)
    while True:
        number += 1
        path = queue / f"{number:04d}.json"
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))  # the name is ours from here on
            write_atomically(path, entry)
        except FileExistsError:
            continue
        except (OSError, NetworkFileError) as error:
            raise TrainingError(f"{path} cannot be written ({error}).", "Make room, and add the run again.") from None
        return path.stem


def listed(queue: Path) -> list[Queued]:
    """Every run of the queue, the next ones first among those that wait."""
    found = []
    for path in queue.glob("[0-9]*.json"):
        try:
            entry = msgspec.json.decode(path.read_bytes(), type=Entry)
        except (OSError, msgspec.DecodeError):
            continue  # it is being written, or has just been removed
        run = Path(entry.run)
        found.append(Queued(path.stem, run, entry.title, _state(path, run), entry.place))
    return sorted(found, key=lambda queued: (queued.place, queued.name))


def _state(path: Path, run: Path) -> str:
    if not (run / runs.NETWORK).is_file():
        return "gone"
    if is_trained(run):
        return RUNNING
    return outcome(run) if _over(path).exists() else WAITING


def outcome(run: Path) -> str:
    """What became of a run that nobody trains."""
    try:
        size = (run / runs.JOURNAL).stat().st_size
    except OSError:
        return "failed"
    told, _ = read_entries(run, max(0, size - TAIL))
    match told[-1] if told else None:
        case Finished(reason=reason):
            return "stopped" if reason == "stopped" else "finished"
        case _:
            return "failed"


def remove(queue: Path, name: str) -> None:
    """Takes a run out; one that is being trained is stopped, as by hand. Its folder stays. Raises TrainingError."""
    found = _entry(queue, name)
    if found.state == RUNNING:
        send(found.run, Stop())
    with suppress(OSError):
        (queue / f"{name}.json").unlink()
        _over(queue / f"{name}.json").unlink(missing_ok=True)


def move(queue: Path, name: str, step: int) -> None:
    """Lets a waiting run change places with the one before (-1) or after (1) it. Raises TrainingError."""
    waiting = [queued for queued in listed(queue) if queued.state == WAITING]
    names = [queued.name for queued in waiting]
    if name not in names:
        raise TrainingError(f"Run {name} does not wait in the queue.", "Move one that waits.")
    at = names.index(name)
    other = at + step
    if 0 <= other < len(waiting):
        _put(queue, waiting[at], waiting[other].place)
        _put(queue, waiting[other], waiting[at].place)


def end_turn(queue: Path, name: str) -> None:
    """Says that a run has had its turn."""
    with suppress(OSError):
        if (queue / f"{name}.json").exists():
            _over(queue / f"{name}.json").touch()


def again(queue: Path, name: str) -> None:
    """Lets a run that has ended wait for another turn: it goes on from its last checkpoint. Raises TrainingError."""
    _entry(queue, name)
    _over(queue / f"{name}.json").unlink(missing_ok=True)


def is_worked_off(queue: Path) -> bool:
    """Is there a process that trains what waits?"""
    return is_held(queue / LOCK)


def start(queue: Path) -> bool:
    """Starts the process that trains what waits, which outlives this one; False where one is at work already.

    Raises TrainingError.
    """
    if is_worked_off(queue):
        return False
    ours = str(Path(runtime.__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, (ours, os.environ.get("PYTHONPATH", ""))))
    try:
        queue.mkdir(parents=True, exist_ok=True)
        with (queue / LOG).open("ab") as log:
            subprocess.Popen(
                [sys.executable, "-P", "-m", "runtime.queue_worker", str(queue)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": path},
                start_new_session=True,  # Ctrl+C in a terminal, and its end, are not meant for it
            )
    except OSError as error:
        raise unwritable(queue, error) from None
    return True


def _entry(queue: Path, name: str) -> Queued:
    for queued in listed(queue):
        if queued.name == name:
            return queued
    raise TrainingError(f"There is no run {name} in the queue.", "netwright queue list names them.")


def _put(queue: Path, queued: Queued, place: float) -> None:
    write_json(queue / f"{queued.name}.json", Entry(str(queued.run), queued.title, place))


def _over(path: Path) -> Path:
    return path.with_suffix(".over")
