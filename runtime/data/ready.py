"""Ready data sets, fetched by torchvision's own code: once, with progress and checksums, into a folder of the user.

A download that was cut off goes on where it ended. Licences are those of the sets.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import Loaded, picture_fields
from runtime.data.downloads import CancelledDownloadError, resumable
from runtime.data.forms import MASKED, PHOTOGRAPHS, READY_SETS, TORCHVISION

URLLIB = re.compile(r"<?urlopen error (?:\[Errno -?\d+\] )?([^>]*)>?")  # what urllib says, around the reason
WHOLE_SETS = ("SEMEION",)  # they have no parts
SPLIT_SETS = ("SVHN", "STL10")  # they name their parts, where the others say train=True
DAMAGED = (RuntimeError, ValueError, KeyError, EOFError, pickle.UnpicklingError)


def folder() -> Path:
    """Where the sets are kept."""
    return user_cache_path("netwright") / "data"


def load_ready(choice: DataChoice) -> Loaded:
    """The set that ``torchvision:name`` names. Raises DataError."""
    name = choice.source.removeprefix(TORCHVISION)
    if name not in READY_SETS:
        raise DataError(
            f"There is no ready set {name or 'without a name'}.",
            f"Choose {', '.join(TORCHVISION + n for n in (*READY_SETS, *PHOTOGRAPHS, *MASKED))}.",
        )
    root = folder() / name
    with fetching(name, root):
        read = [_part(name, root, part) for part in (("train",) if name in WHOLE_SETS else ("train", "test"))]
    images = np.concatenate([part[0] for part in read])
    labels = np.concatenate([part[1] for part in read])
    count = len(read[0][0])
    given = {"train": range(count), "test": range(count, len(images))} if len(read) > 1 else {}
    return Loaded(picture_fields(images.shape[1:], read[0][2], 255.0), {"image": images, "label": labels}, given)


@contextmanager
def fetching(name: str, root: Path) -> Iterator[None]:
    """Within it torchvision downloads and reads a set; what can go wrong has a sentence. Raises DataError."""
    root.mkdir(parents=True, exist_ok=True)
    try:
        with resumable():
            yield
    except CancelledDownloadError:
        raise DataError(f"The download of {name} was ended.", "Begin it again: it goes on where it ended.") from None
    except URLError as error:
        raise _unreachable(name, root, str(error)) from None
    except (*DAMAGED, OSError) as error:
        if "downloading" in str(error):
            raise _unreachable(name, root, _last_line(error)) from None
        if isinstance(error, OSError) and error.filename:
            raise
        raise DataError(
            f"The files of {name} in {root} are damaged or not the published ones ({_last_line(error)}).",
            "Delete that folder: they are fetched again.",
        ) from None


def _part(name: str, root: Path, part: str) -> tuple[NDArray[np.uint8], NDArray[np.int64], tuple[str, ...]]:
    """Pictures, labels and names of the classes; downloaded where they are not there."""
    from torchvision import datasets

    wanted: dict[str, Any] = {"split": part} if name in SPLIT_SETS else {"train": part == "train"}
    if name in WHOLE_SETS:
        wanted = {}
    if name == "EMNIST":
        wanted["split"] = "balanced"
    read: Any = getattr(datasets, name)(str(root), download=True, **wanted)
    images = np.asarray(read.data)
    if name == "EMNIST":
        images = images.swapaxes(1, 2)  # its pictures are stored lying on their side
    if images.ndim == 3:
        images = images[:, None]
    elif images.shape[-1] == 3:
        images = np.moveaxis(images, -1, 1)
    labels = np.asarray(read.targets if hasattr(read, "targets") else read.labels).astype(np.int64)
    labels = labels[:, 0] if labels.ndim == 2 else labels  # QMNIST tells more of each digit
    size, count = READY_SETS[name]
    if images.shape[1:] != size or images.dtype != np.uint8 or len(images) != len(labels):
        raise ValueError(f"pictures of {images.shape[1:]}")
    names = getattr(read, "classes", None) or [str(number) for number in range(count)]
    return np.ascontiguousarray(images), labels, tuple(map(str, names))


def _unreachable(name: str, root: Path, reason: str) -> DataError:
    told = URLLIB.sub(r"\1", reason).rstrip(".")
    return DataError(
        f"{name} could not be downloaded: {told}.",
        f"Connect to the network and try again: it goes on where it ended. Or put its files into {root}.",
    )


def _last_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1].strip(" .") if lines else type(error).__name__
