"""Opens the data that a choice names."""

from __future__ import annotations

from pathlib import Path

from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet, as_dataset
from runtime.data.digits import load_digits
from runtime.data.folder import load_picture_folder
from runtime.data.idx import is_idx_folder, load_idx_folder

OTHERS = "Choose digits, a folder of IDX files, or a folder with one subfolder for each class."


def open_data(choice: DataChoice, base: Path | None = None) -> DataSet:
    """Reads and parts the data. ``base`` is where a relative folder starts (else the current one).

    Raises DataError.
    """
    choice = choice.resolved(base or Path.cwd())
    if not choice.is_folder:
        return as_dataset(load_digits(), choice)
    folder = Path(choice.source)
    if not folder.exists():
        raise DataError(f"There is no data folder {folder}.", OTHERS)
    if not folder.is_dir():
        raise DataError(f"{folder} is a file, not a folder.", OTHERS)
    try:
        loaded = load_idx_folder(folder) if is_idx_folder(folder) else load_picture_folder(folder)
    except OSError as error:
        raise DataError(
            f"{error.filename or folder} cannot be read: {error.strerror or error}.",
            "Check the folder and its rights.",
        ) from None
    except MemoryError:
        raise DataError(f"The data of {folder} do not fit into memory.", "Choose fewer or smaller samples.") from None
    return as_dataset(loaded, choice)


def signature(choice: DataChoice) -> tuple[object, ...]:
    """Changes when a file or subfolder of the source does; two levels are looked at."""
    folder = Path(choice.source)
    if not choice.is_folder or not folder.is_dir():
        return ()
    entries = [folder, *folder.iterdir()]
    entries += [below for entry in entries[1:] if entry.is_dir() for below in entry.iterdir() if below.is_dir()]
    return tuple((str(entry), (status := entry.stat()).st_mtime_ns, status.st_size) for entry in sorted(entries))
