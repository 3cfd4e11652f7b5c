"""Opens the data that a choice names."""

from __future__ import annotations

from pathlib import Path

from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet, Loaded, as_dataset
from runtime.data.forms import FOLDER, TABLE_FILE, Form, form_named
from runtime.data.idx import is_idx_folder
from runtime.data.masks import mask_folders
from runtime.data.table_file import part_tables

_kept: dict[object, DataSet] = {}  # the last one that was read: a person looks at one, page after page

OTHERS = "Choose digits, or a file or folder of data; netwright data lists what can be read."


def open_data(choice: DataChoice, base: Path | None = None) -> DataSet:
    """Reads and parts the data. ``base`` is where a relative path starts (else the current folder).

    Raises DataError.
    """
    choice = choice.resolved(base or Path.cwd())
    try:
        loaded: Loaded = _form_of(choice).load(choice)
    except OSError as error:
        raise DataError(
            f"{error.filename or choice.source} cannot be read: {error.strerror or error}.",
            "Check the file or folder and its rights.",
        ) from None
    except MemoryError:
        raise DataError(
            f"The data of {choice.source} do not fit into memory.", "Choose fewer or smaller samples."
        ) from None
    return as_dataset(loaded, choice)


def reopened(choice: DataChoice, base: Path) -> DataSet:
    """As open_data; the same data again as they were read, while nothing at their source has changed."""
    resolved = choice.resolved(base)
    key = (resolved, signature(resolved))
    if key not in _kept:
        _kept.clear()
        _kept[key] = open_data(resolved)
    return _kept[key]


def _form_of(choice: DataChoice) -> Form:
    """How the source is read. Raises DataError where it is not there, or is not what that form takes."""
    name = "table" if choice.reads_as == TABLE_FILE else choice.reads_as
    if choice.is_path:
        if not choice.path.exists():
            what = "folder" if name == FOLDER or form_named(name).is_folder else "file"
            raise DataError(f"There is no data {what} {choice.source}.", OTHERS)
        name = _looked_into(choice.path) if name == FOLDER else name
    form = form_named(name)
    if choice.is_path and form.is_folder is not None and form.is_folder != choice.path.is_dir():
        there = "folder" if choice.path.is_dir() else "file"
        raise DataError(f"{choice.source} is a {there}, but {form.title} takes {form.takes}.", OTHERS)
    return form


def _looked_into(path: Path) -> str:
    """The form of a folder. Raises DataError for a file: no form claims its suffix."""
    if not path.is_dir():
        raise DataError(f"{path} is a file, not a folder, and its name does not say of which form.", OTHERS)
    if is_idx_folder(path):
        return "idx"
    if part_tables(path):
        return "table"
    return "masks" if mask_folders(path) else "pictures"


def signature(choice: DataChoice) -> tuple[object, ...]:
    """Changes when a file or subfolder of the source does; two levels are looked at."""
    if not choice.is_path or not choice.path.exists():
        return ()
    entries = [choice.path]
    if choice.path.is_dir():
        entries += choice.path.iterdir()
        entries += [below for entry in entries[1:] if entry.is_dir() for below in entry.iterdir() if below.is_dir()]
    return tuple((str(entry), (status := entry.stat()).st_mtime_ns, status.st_size) for entry in sorted(entries))
