"""A column whose pictures stay on disk: it has the size of all of them, and decodes those that are asked for."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from runtime.data.choice import DataError
from runtime.data.depth import Pixels
from runtime.data.pixels import Fit, decode_one

Finish = Callable[[Pixels], "NDArray[np.generic] | str"]
"""Pixels as the column has them, or why they do not suit it. It travels to other processes."""


@dataclass(frozen=True)
class Broken:
    """A picture that cannot be read, and why. ``is_other``: its file has gone or changed since it was listed."""

    name: str
    reason: str
    is_other: bool = False


@dataclass(frozen=True)
class Files:
    """The pictures of a column, by row: plain arrays, which processes share without copying them."""

    root: Path
    names: NDArray[np.bytes_]  # below the root
    sizes: NDArray[np.int64]  # bytes
    times: NDArray[np.int64]  # ns, of the last change
    fit: Fit | None
    are_masks: bool
    shape: tuple[int, ...]  # of a decoded picture
    dtype: torch.dtype
    finish: Finish

    @classmethod
    def listed(
        cls,
        root: Path,
        paths: Sequence[Path],
        fit: Fit | None,
        shape: tuple[int, ...],
        finish: Finish,
        *,
        dtype: torch.dtype = torch.uint8,
        are_masks: bool = False,
    ) -> Self:
        """As the files are now."""
        states = [path.stat() for path in paths]
        names = np.array([os.fsencode(os.path.relpath(path, root)) for path in paths], dtype=np.bytes_)
        sizes = np.array([state.st_size for state in states], dtype=np.int64)
        times = np.array([state.st_mtime_ns for state in states], dtype=np.int64)
        return cls(root, names, sizes, times, fit, are_masks, shape, dtype, finish)

    def __len__(self) -> int:
        return len(self.names)

    def name(self, row: int) -> str:
        return os.fsdecode(bytes(self.names[row]))

    def decode(self, row: int) -> NDArray[np.generic] | Broken:
        """The numbers of a picture, or what is wrong with it."""
        name = self.name(row)
        path = self.root / name
        try:
            state = path.stat()
        except OSError as error:
            return Broken(name, "is gone" if isinstance(error, FileNotFoundError) else _told(error), is_other=True)
        if (state.st_size, state.st_mtime_ns) != (self.sizes[row], self.times[row]):
            return Broken(name, "has changed", is_other=True)
        pixels = decode_one(path, self.fit, self.are_masks)
        if isinstance(pixels, str):
            return Broken(name, pixels)
        found = self.finish(pixels)
        return Broken(name, found) if isinstance(found, str) else found

    def digest(self) -> bytes:
        """Changes with any name, size or time."""
        parts = (self.names.tobytes(), self.sizes.tobytes(), self.times.tobytes(), repr(self.fit).encode())
        return hashlib.blake2b(b"".join(parts), digest_size=16).digest()

    def require_unchanged(self, broken: Broken) -> None:
        """Raises DataError where a file is another than was listed."""
        if broken.is_other:
            raise DataError(
                f"{broken.name} of {self.root} {broken.reason} since the data were listed.",
                "Bring it back as it was and resume the run, or start a new run with the data as they are.",
            )


class OnDisk(Tensor):
    """N × shape without numbers of its own: ``column[rows]`` and ``column.index_select(0, rows)`` decode some.

    Whatever else would take all its numbers is refused. A broken picture is zeros here; batches leave it out.
    """

    files: Files

    @staticmethod
    def __new__(cls, files: Files) -> OnDisk:
        made: OnDisk = Tensor._make_wrapper_subclass(
            cls, (len(files), *files.shape), dtype=files.dtype, device=torch.device("cpu"), requires_grad=False
        )
        made.files = files
        return made

    def __init__(self, files: Files) -> None:
        super().__init__()

    @classmethod
    def __torch_function__(
        cls, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if func is Tensor.index_select and isinstance(args[0], OnDisk) and args[1] == 0:
            return decoded_rows(args[0].files, args[2])
        if func is Tensor.__getitem__ and isinstance(args[0], OnDisk):
            rows = torch.arange(len(args[0].files))[args[1]]
            found = decoded_rows(args[0].files, rows.reshape(-1))
            return found if rows.dim() else found[0]
        return super().__torch_function__(func, types, args, dict(kwargs or {}))  # type: ignore[no-untyped-call]

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]  # torch's own stubs name it otherwise than torch calls it
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        raise NotImplementedError(f"{func} would read all pictures of the column; take rows of it.")

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        return f"OnDisk({len(self.files)} files of {self.files.root})"


def decoded_rows(files: Files, rows: Tensor) -> Tensor:
    """rows × shape, decoded by threads of this process; zeros where a picture is broken. Raises DataError."""
    found = torch.zeros(len(rows), *files.shape, dtype=files.dtype)
    numbers = found.numpy()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for place, picture in enumerate(pool.map(files.decode, rows.tolist())):
            if isinstance(picture, Broken):
                files.require_unchanged(picture)
            else:
                np.copyto(numbers[place], picture, casting="unsafe")
    return found


def _told(error: OSError) -> str:
    return f"cannot be read ({error.strerror or error})"
