"""Earlier versions: what a file held each time it was saved, kept in the user's data folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import localtime, strftime

from platformdirs import user_data_path

from designer.preferences import VERSIONS, preferences
from nodes.graph.files import NetworkFileError, load, write_atomically
from nodes.graph.model import Network


@dataclass(frozen=True)
class Version:
    """One saved state of a file."""

    copy: Path
    when: float

    @property
    def moment(self) -> str:
        return strftime("%Y-%m-%d %H:%M:%S", localtime(self.when))

    def network(self) -> Network | None:
        """What was saved; None where the copy cannot be read."""
        try:
            return load(self.copy).network
        except NetworkFileError:
            return None


def versions_folder() -> Path:
    return user_data_path("netwright", appauthor=False) / "generations"


def keep_version(path: Path) -> None:
    """Copies what a file holds now, unless its last copy holds the same. The oldest copies go.

    A full disk or a folder without rights costs the copy, never the saving.
    """
    most = int(preferences.value(VERSIONS))
    try:
        content, modified = path.read_bytes(), path.stat().st_mtime
        folder = _folder_of(path)
        before = _copies(folder)
        if most == 0 or (before and before[-1].read_bytes() == content):
            return
        folder.mkdir(parents=True, exist_ok=True)
        number = int(before[-1].stem) + 1 if before else 1
        copy = folder / f"{number:06}.netw"
        write_atomically(copy, content)
        os.utime(copy, (modified, modified))
        for old in _copies(folder)[:-most]:
            old.unlink(missing_ok=True)
    except (OSError, NetworkFileError):
        return


def versions_of(path: Path) -> list[Version]:
    """The copies of a file, the last one first."""
    return [Version(copy, copy.stat().st_mtime) for copy in reversed(_copies(_folder_of(path)))]


def _folder_of(path: Path) -> Path:
    name = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in path.stem)[:40]
    return versions_folder() / f"{name}-{sha256(str(path.resolve()).encode()).hexdigest()[:16]}"


def _copies(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.netw")) if folder.is_dir() else []
