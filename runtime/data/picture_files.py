"""Which column of a table names pictures, and where their files are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from runtime.data.choice import DataChoice
from runtime.data.pixels import SUFFIXES
from runtime.data.table_file import Table

USUAL = (
    "image", "picture", "file", "filename", "file_name", "path", "image_path", "img", "img_path", "image_name",
    "filepath", "file_path", "image_id", "id",
)  # fmt: skip
TRIED = 20  # names of a column


class PictureFiles:
    """Finds files by the names that tables give them: with \\ of Windows, without a suffix, without their folder.

    A bare name is looked for beside the table and in the folders there.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, name: str) -> Path | None:
        """The file, or None where there is none or several may be meant."""
        path = self.root / _as_posix(name)
        if name and path.is_file():
            return path
        found = self._named(name)
        return found[0] if len(found) == 1 else None

    def fault(self, name: str) -> str:
        """Why a name leads to no file."""
        found = [path.relative_to(self.root).as_posix() for path in self._named(name)[:2]]
        if found:
            return f"which may be {' or '.join(found)}"
        return f"which is not in {self.root}"

    def _named(self, name: str) -> list[Path]:
        written = _as_posix(name)
        is_bare = "/" not in written or PurePosixPath(written).is_absolute() or written[1:2] == ":"
        return self._known.get(PurePosixPath(written).name if is_bare else written, [])

    @cached_property
    def _known(self) -> dict[str, list[Path]]:
        """The pictures beside the table and in its folders, by all that they may be called."""
        found: dict[str, list[Path]] = {}
        for path in self._pictures():
            below = path.relative_to(self.root).as_posix()
            for name in {below, below.removesuffix(path.suffix), path.name, path.stem}:
                found.setdefault(name, []).append(path)
        return found

    def _pictures(self) -> Iterator[Path]:
        folders = [self.root, *(Path(entry) for entry in os.scandir(self.root) if entry.is_dir())]
        for folder in folders:
            with os.scandir(folder) as entries:
                yield from (Path(entry) for entry in entries if _is_picture(entry.name))


def root_of(choice: DataChoice) -> Path:
    """Where the paths of a table start."""
    return choice.path if choice.path.is_dir() else choice.path.parent


def column_of_files(table: Table, choice: DataChoice, files: PictureFiles) -> str:
    """The column whose names lead to pictures; empty where none does."""
    asked = table.chosen(choice.targets, "targets")
    for name in table.columns:
        names = _first(table, name)
        if name in asked or not names or not (name.lower() in USUAL or _is_picture(names[0])):
            continue
        there = [path for path in map(files.find, names) if path is not None and _is_picture(path.name)]
        if 2 * len(there) > len(names):
            return name
    return ""


def notes_on_missing(table: Table, choice: DataChoice, files: PictureFiles) -> tuple[str, ...]:
    """On columns that name pictures which are not there."""
    return tuple(
        f"Column {name} names pictures such as {names[0]}, {files.fault(names[0])} nor in a folder there: it is read "
        "as texts."
        for name in table.columns
        if (names := _first(table, name)) and all(map(_is_picture, names))
    )


def _first(table: Table, name: str) -> list[str]:
    """The first names of a column of texts."""
    column = table.columns[name]
    if column.dtype.kind == "f":
        return []
    return [text for text in map(str.strip, map(str, column[:TRIED].tolist())) if text]


def _is_picture(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def _as_posix(name: str) -> str:
    return name.replace("\\", "/").removeprefix("./")
