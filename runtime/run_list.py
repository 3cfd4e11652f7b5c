"""The runs in a folder as rows: what each is, how it stands and what it came to. Imports no torch.

Thousands are listed quickly: what was read of a run is kept in an index file and read anew when one of its files
changes.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from nodes.graph.files import NetworkFileError, write_atomically
from runtime import runs
from runtime.lock import is_trained
from runtime.run_changes import drawing_of, with_changes
from runtime.run_settings import changed_settings
from runtime.runs import ENVIRONMENT, JOURNAL, NETWORK, RECIPE, SUMMARY, TrainingError, unwritable

MARKS = "marks.json"
INDEX = ".index.json"
TRASH = ".trash"
INDEX_VERSION = 3
WATCHED = (NETWORK, SUMMARY, JOURNAL, RECIPE, MARKS)
TAIL = 65_536  # bytes of a journal without a summary that are read
KEPT_IN_TRASH = 7 * 86_400  # seconds
STATES = ("running", "finished", "stopped", "failed", "interrupted", "waiting")


class Marks(msgspec.Struct, frozen=True):
    """What a user noted on a run."""

    note: str = ""
    tags: tuple[str, ...] = ()
    is_pinned: bool = False  # the baseline that others are compared with
    is_archived: bool = False


class Row(msgspec.Struct, frozen=True):
    """One run."""

    path: str
    state: str  # one of STATES
    title: str = ""
    started: float = 0.0  # seconds since 1970
    epochs: float = 0.0
    steps: int = 0
    seconds: float = 0.0
    weights: int = 0
    multiply_adds: int | None = None
    device: str = ""
    metrics: dict[str, float] = {}  # "test_accuracy", "best_loss", …
    settings: dict[str, Any] = {}  # of recipe and data that are not as usual: "recipe.learning_rate", "data.source"
    failure: str = ""
    marks: Marks = Marks()
    network: str = ""  # the title of the drawing
    drawing: str = ""  # its print: the same where nothing in the drawing differs
    changes: str = ""  # since the run that it is compared with, in a few words

    @property
    def name(self) -> str:
        return os.path.basename(self.path)  # noqa: PTH119  of thousands, ten times as fast

    def text(self) -> str:
        """All that a search looks at, in small letters."""
        settings = (f"{key}={value}" for key, value in self.settings.items())
        words = (self.name, self.title, self.network, self.state, *settings, self.changes)
        return " ".join((*words, *self.marks.tags, self.marks.note)).lower()


class _Known(msgspec.Struct, frozen=True):
    signature: list[int]
    row: Row


class _Index(msgspec.Struct):
    version: int
    rows: dict[str, _Known]
    drawings: dict[str, str]  # what differs between two drawings in words, by both prints


class _Best(msgspec.Struct, frozen=True):
    epoch: float = 0.0
    loss: float | None = None
    accuracy: float | None = None


class _Summary(msgspec.Struct, frozen=True):
    """What is read of a summary."""

    reason: str = ""
    epochs: float = 0.0
    steps: int = 0
    seconds: float = 0.0
    weights: int = 0
    multiply_adds: int | None = None
    test_loss: float | None = None
    best: _Best | None = None
    test_metrics: dict[str, float] = {}


def list_runs(root: Path) -> list[Row]:
    """The runs of a folder, the newest first. Folders that are no run are passed over."""
    index = _read_index(root)
    known = index.rows
    found: dict[str, _Known] = {}
    has_changed = False
    for name, folder in _folders(root):
        signature = _signature(folder)
        if signature is None:
            continue
        kept = known.get(name)
        is_same = kept is not None and kept.signature == signature and kept.row.path == folder
        if kept is not None and is_same and kept.row.state not in ("running", "interrupted"):
            found[name] = kept
        else:
            found[name] = _Known(signature, read_row(Path(folder)))
            has_changed = has_changed or found[name] != kept
    rows, drawings = with_changes([found[name].row for name in sorted(found)], index.drawings)
    if has_changed or len(found) != len(known) or drawings != index.drawings:
        _write_index(root, _Index(INDEX_VERSION, found, drawings))
    return rows[::-1]


def read_row(folder: Path) -> Row:
    """One run anew."""
    settings = _decoded(folder / RECIPE, dict[str, dict[str, Any]]) or {}
    changed = _usual_aside(settings)
    title = folder.name.split("-", 2)[-1]
    summary = _decoded(folder / SUMMARY, _Summary)
    device = (_decoded(folder / ENVIRONMENT, dict[str, Any]) or {}).get("device", "")
    marks, started = read_marks(folder), _started(folder)
    network, drawing = drawing_of(folder)
    is_live = is_trained(folder)
    if summary is None or is_live:
        state, metrics, failure, steps = _from_journal(folder)
        return Row(
            str(folder),
            "running" if is_live else state,
            title,
            started,
            steps=steps,
            metrics=metrics,
            settings=changed,
            failure=failure,
            marks=marks,
            network=network,
            drawing=drawing,
        )
    return Row(
        str(folder),
        "stopped" if summary.reason == "stopped" else "finished",
        title,
        started,
        summary.epochs,
        summary.steps,
        summary.seconds,
        summary.weights,
        summary.multiply_adds,
        str(device),
        _metrics(summary),
        changed,
        marks=marks,
        network=network,
        drawing=drawing,
    )


def read_marks(run: Path) -> Marks:
    """What was noted on it; nothing where the file is missing or strange."""
    try:
        return msgspec.json.decode((run / MARKS).read_bytes(), type=Marks)
    except (OSError, msgspec.DecodeError):
        return Marks()


def write_marks(run: Path, marks: Marks) -> None:
    """Raises TrainingError where the run cannot be written."""
    runs.write_json(run / MARKS, marks)


def delete_runs(paths: Iterable[Path]) -> list[tuple[Path, Path]]:
    """Moves runs aside; gives where each was and is now. Raises TrainingError where one cannot be moved."""
    paths = list(paths)
    for path in paths:
        if is_trained(path):
            raise TrainingError(f"{path.name} is being trained.", "Stop it first.")
    moved: list[tuple[Path, Path]] = []
    for path in paths:
        trash = path.parent / TRASH
        target = trash / f"{time.time_ns()}-{path.name}"
        try:
            trash.mkdir(exist_ok=True)
            path.rename(target)
        except OSError as error:
            restore_runs(moved)
            raise unwritable(path, error) from None
        moved.append((path, target))
    return moved


def restore_runs(moved: Iterable[tuple[Path, Path]]) -> None:
    """Takes a deletion back. Raises TrainingError."""
    for path, aside in moved:
        try:
            aside.rename(path)
        except OSError as error:
            raise unwritable(path, error) from None


def empty_trash(root: Path, older_than: float = KEPT_IN_TRASH) -> None:
    """Forgets for good what was deleted so long ago."""
    trash = root / TRASH
    for folder in trash.iterdir() if trash.is_dir() else ():
        when = folder.name.partition("-")[0]
        if when.isdigit() and time.time() - int(when) / 1e9 > older_than:
            shutil.rmtree(folder, ignore_errors=True)


def _folders(root: Path) -> list[tuple[str, str]]:
    """Names and paths, as text: of thousands, objects would take longer than the disk."""
    start = str(root / "_")[:-1]
    try:
        with os.scandir(root) as entries:
            return [(e.name, f"{start}{e.name}") for e in entries if not e.name.startswith(".") and e.is_dir()]
    except OSError:
        return []


def _signature(folder: str) -> list[int] | None:
    """Changes with the files that a row is read from; None for a folder that is no run."""
    found = []
    for name in WATCHED:
        try:
            status = os.stat(f"{folder}{os.sep}{name}")  # noqa: PTH116  as above
            found += [status.st_mtime_ns, status.st_size]
        except OSError:
            if name == NETWORK:
                return None
            found += [0, 0]
    return found


def _usual_aside(settings: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    try:
        return changed_settings(settings.get("recipe", {}), settings.get("data", {}))
    except (TypeError, ValueError):  # of another version
        return {}


def _metrics(summary: _Summary) -> dict[str, float]:
    found = {f"test_{name}": value for name, value in summary.test_metrics.items()}
    if summary.test_loss is not None:
        found["test_loss"] = summary.test_loss
    if summary.best is not None:
        found["best_epoch"] = summary.best.epoch
        found |= {
            f"best_{name}": value
            for name, value in (("loss", summary.best.loss), ("accuracy", summary.best.accuracy))
            if value is not None
        }
    return found


def _started(folder: Path) -> float:
    """From the folder's name, which begins with the time; else when it was made."""
    try:
        return time.mktime(time.strptime(folder.name[:15], "%Y%m%d-%H%M%S"))
    except ValueError:
        return folder.stat().st_ctime


def _from_journal(folder: Path) -> tuple[str, dict[str, float], str, int]:
    """State, metrics, failure and steps of a run that has no summary, or not yet another one."""
    path, metrics, failure, steps, state = folder / JOURNAL, dict[str, float](), "", 0, "waiting"
    size = path.stat().st_size if path.exists() else 0
    entries, _ = runs.read_entries(path, max(0, size - TAIL)) if size else ([], 0)
    for entry in entries:
        state = "interrupted"
        if isinstance(entry, runs.Progress):
            metrics["loss"], steps = entry.loss[-1], entry.first_step + len(entry.loss)
        elif isinstance(entry, runs.Validated):
            metrics |= {f"{entry.part}_loss": entry.loss}
            metrics |= {f"{entry.part}_{name}": value for name, value in entry.metrics.items()}
    if entries and isinstance(entries[-1], runs.Failed):
        state, failure = "failed", entries[-1].fact
    return state, metrics, failure, steps


def _decoded(path: Path, kind: Any) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):
        return None


def _read_index(root: Path) -> _Index:
    index: _Index | None = _decoded(root / INDEX, _Index)
    return index if index is not None and index.version == INDEX_VERSION else _Index(INDEX_VERSION, {}, {})


def _write_index(root: Path, index: _Index) -> None:
    """Without it the next listing takes longer, no more."""
    try:
        write_atomically(root / INDEX, msgspec.json.encode(index))
    except NetworkFileError:
        return
