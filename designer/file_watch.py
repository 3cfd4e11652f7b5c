"""FileWatch: what this window knows of its files on disk, and whether another window has one of them open."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from platformdirs import user_data_path

from runtime.lock import release, take


class FileWatch:
    """Remembers files as this window last read or wrote them, and holds each until it is let go."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or user_data_path("netwright", appauthor=False) / "open"
        self._digests: dict[Path, bytes] = {}
        self._held: dict[Path, int] = {}

    def remember(self, path: Path) -> None:
        """The file is now as this window shows it."""
        self._digests[path] = digest(path)

    def forget(self, path: Path) -> None:
        """The file is not shown here any more."""
        self._digests.pop(path, None)
        descriptor = self._held.pop(path, None)
        if descriptor is not None:
            release(descriptor)

    def close(self) -> None:
        for path in list(self._held):
            self.forget(path)

    def hold(self, path: Path) -> bool:
        """Takes a file for this window; False where another one has it open."""
        if path in self._held:
            return True
        name = sha256(str(path.resolve()).encode()).hexdigest()[:32]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = take(self._folder / name)
        except OSError:
            return True  # without a place for locks, files are as free as without this program
        if descriptor is not None:
            self._held[path] = descriptor
        return descriptor is not None

    def is_changed(self, path: Path) -> bool:
        """Has another program changed what this window read or wrote?"""
        found = digest(path)
        return bool(found) and found != self._digests.get(path, b"")

    def is_gone(self, path: Path) -> bool:
        """Was it there, and is it not any more?"""
        return bool(self._digests.get(path)) and not path.exists()


def digest(path: Path) -> bytes:
    """Of a file's content; empty where there is none."""
    try:
        return sha256(path.read_bytes()).digest()
    except OSError:
        return b""


def is_writable(path: Path) -> bool:
    """May a file be written there? It is replaced whole, so its folder has to allow it."""
    return os.access(path.parent, os.W_OK)
