"""Recovery: every step is written down as it is made, so that a crash or a power cut costs nothing."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import localtime, strftime, time
from typing import BinaryIO

import msgspec
from PySide6.QtCore import QObject, QTimer

from designer.document import Changes, Document
from designer.preferences import KEEP_STEPS, preferences
from nodes.graph.files import NetworkFileError, load, save, write
from nodes.graph.model import Network
from nodes.graph.steps import replayed, step_between
from runtime.lock import release, take

LOCK, ABOUT = "lock", "about.json"
SETTLE = 800  # ms after the last step before the disk is made to hold it, against power cuts
MOST_STEPS = 4_000_000  # bytes of steps before they are folded into a new base


class About(msgspec.Struct):
    """Which drawing a folder keeps."""

    title: str
    path: str = ""


@dataclass(frozen=True)
class Recovered:
    """A drawing that a window left behind when it ended without being closed."""

    folder: Path
    network: Network
    title: str
    path: Path | None  # the file it was opened from or saved to
    when: float

    @property
    def moment(self) -> str:
        return strftime("%Y-%m-%d %H:%M", localtime(self.when))

    def saved(self) -> Network | None:
        """What the file holds; None where there is none that can be read."""
        try:
            return load(self.path).network if self.path is not None else None
        except NetworkFileError:
            return None

    def forget(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def recovery_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("netwright", appauthor=False) / "recovery"


class Keeper(QObject):
    """Follows a document, and each network that it shows by turns."""

    def __init__(self, document: Document, folder: Path | None = None) -> None:
        super().__init__(document)
        self._document, self._root = document, folder or recovery_folder()
        self._drawings = {document.number: Drawing(document, self._root)}
        self._settle = QTimer(self, singleShot=True, interval=SETTLE)
        self._settle.timeout.connect(self._sync)
        document.changed.connect(self._follow)
        document.title_changed.connect(self._look)
        preferences.changed.connect(self._obey)

    @property
    def drawing(self) -> Drawing:
        """What is kept of the network shown now."""
        return self._drawings[self._document.number]

    def close(self) -> None:
        """The window is closed in good order: nothing is left to be offered."""
        self._document.changed.disconnect(self._follow)
        self._document.title_changed.disconnect(self._look)
        for number in list(self._drawings):
            self.forget(number)

    def forget(self, number: int) -> None:
        """The user is done with one of the networks."""
        drawing = self._drawings.pop(number, None)
        if drawing is not None:
            drawing.drop()

    def _follow(self, changes: Changes) -> None:
        if self._document.number not in self._drawings:
            self._drawings[self._document.number] = Drawing(self._document, self._root)
        if preferences.value(KEEP_STEPS):
            self.drawing.follow(changes)
            self._settle.start()

    def _look(self) -> None:
        if self._document.number in self._drawings:
            self.drawing.look()

    def _obey(self, _key: str) -> None:
        """Without the user's leave nothing is kept, also of what was drawn before."""
        if not preferences.value(KEEP_STEPS):
            for drawing in self._drawings.values():
                drawing.drop()

    def _sync(self) -> None:
        for drawing in self._drawings.values():
            drawing.sync()


class Drawing:
    """What is kept of one network. Its folder is there while the drawing holds what no file does.

    A folder holds ``base-N.netw`` and ``steps-N.jsonl``; those of the highest N count.
    """

    def __init__(self, document: Document, root: Path) -> None:
        self._document, self._root = document, root
        self._folder: Path | None = None
        self._steps: BinaryIO | None = None
        self._lock: int | None = None
        self._number = 0
        self._is_base_held = False  # by the disk, against power cuts
        self._kept = document.network  # what base and steps amount to, or the file where nothing is kept

    def follow(self, changes: Changes) -> None:
        network = self._document.network
        if network is self._kept and self._folder is not None:
            return  # it was shown before
        if changes.opened:
            self.drop()
            self._kept = network
            if self._document.is_modified:
                self._begin(network)
        elif network is not self._kept and self._document.is_modified:
            try:
                self._write(network)
            except (OSError, NetworkFileError):  # a full disk must not stand in the way of drawing
                self.close_steps()
        elif not self._document.is_modified:
            self.look()

    def look(self) -> None:
        """Once it is saved, the file holds everything."""
        if not self._document.is_modified:
            self._kept = self._document.network
            self.drop()

    def _write(self, network: Network) -> None:
        if self._steps is None:
            self._begin(self._kept)
        assert self._steps is not None
        self._steps.write(step_between(self._kept, network))
        self._steps.flush()
        self._kept = network
        if self._steps.tell() > MOST_STEPS:
            self._begin(network)

    def _begin(self, base: Network) -> None:
        """A base and no steps yet. What was there before goes only when the base is whole.

        The first one waits for no disk: somebody is drawing, and a process that is killed takes no file along.
        """
        folder = self._folder or self._made()
        self.close_steps()
        before, self._number = self._number, self._number + 1
        path = self._document.path
        (folder / ABOUT).write_bytes(msgspec.json.encode(About(self._document.title, str(path) if path else "")))
        if before:
            save(base, folder / f"base-{self._number}.netw")
        else:
            (folder / "base").write_bytes(write(base, is_compact=True))
            (folder / "base").replace(folder / f"base-{self._number}.netw")
        self._is_base_held = bool(before)
        self._steps = (folder / f"steps-{self._number}.jsonl").open("ab")
        for old in (f"base-{before}.netw", f"steps-{before}.jsonl"):
            (folder / old).unlink(missing_ok=True)

    def _made(self) -> Path:
        folder = self._root / f"{strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{id(self):x}"
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = take(folder / LOCK)
        self._folder = folder
        return folder

    def sync(self) -> None:
        """Makes the disk hold it, against power cuts; nobody waits for that."""
        if self._steps is None or self._folder is None:
            return
        base = None if self._is_base_held else self._folder / f"base-{self._number}.netw"
        self._is_base_held = True
        threading.Thread(target=_hold, args=(os.dup(self._steps.fileno()), base), daemon=True).start()

    def close_steps(self) -> None:
        if self._steps is not None:
            self._steps.close()
            self._steps = None

    def drop(self) -> None:
        """Takes away what is kept."""
        self.close_steps()
        if self._folder is not None:
            for base in self._folder.glob("base-*.netw"):  # first: a base without its steps would be an older drawing
                with suppress(OSError):  # while the disk takes it, some systems do not let go of it
                    base.unlink()
            self.unlock()
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None

    def unlock(self) -> None:
        """Lets go of the folder, as the system does when the process dies."""
        if self._lock is not None:
            release(self._lock)
            self._lock = None


def _hold(steps: int, base: Path | None) -> None:
    """Waits until the disk holds some steps and their base."""
    with suppress(OSError):  # it was dropped meanwhile, or there is no room
        if base is not None:
            with base.open("r+b") as file:
                os.fsync(file.fileno())
        os.fsync(steps)
    os.close(steps)


def left_behind(root: Path | None = None) -> Iterator[Recovered]:
    """The drawings of windows that ended without being closed, the last one first. Folders in use are passed over."""
    root = root or recovery_folder()
    folders = sorted((f for f in root.iterdir() if f.is_dir()), reverse=True) if root.is_dir() else []
    for folder in folders:
        held = take(folder / LOCK)
        if held is None:
            continue
        try:
            recovered = _read(folder)
        finally:
            os.close(held)
        if recovered is None:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            yield recovered


def _read(folder: Path) -> Recovered | None:
    """What a folder keeps; None where there is nothing to be had back."""
    numbers = sorted((int(f.stem.partition("-")[2]) for f in folder.glob("base-*.netw")), reverse=True)
    if not numbers:
        return None
    base, steps = folder / f"base-{numbers[0]}.netw", folder / f"steps-{numbers[0]}.jsonl"
    try:
        about = msgspec.json.decode((folder / ABOUT).read_bytes(), type=About)
    except (OSError, msgspec.DecodeError):
        about = About("Untitled")
    try:
        network = load(base).network
        lines = steps.read_bytes().splitlines(keepends=True) if steps.is_file() else []
    except (NetworkFileError, OSError):
        return None
    when = steps.stat().st_mtime if steps.is_file() else time()
    recovered = Recovered(
        folder, replayed(network, lines), about.title, Path(about.path) if about.path else None, when
    )
    return None if recovered.network == recovered.saved() else recovered
