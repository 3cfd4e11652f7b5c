"""A sealed run (.netwrun): a zip of the run folder, led by ``manifest.json`` with the hash of every file.

What comes from outside is not believed: names, sizes and counts are checked before anything is unpacked, and no more
is read of a file than the manifest says. Imports no torch.
"""

from __future__ import annotations

import hashlib
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from nodes.graph.files import put_in_place
from runtime.faults import RefusalError
from runtime.lock import LOCK, is_trained
from runtime.runs import NETWORK, unwritable

SUFFIX, MANIFEST, FORMAT, VERSION = ".netwrun", "manifest.json", "netwright-run", 1
MOST_FILES = 20_000
MOST_DIRECTORY = 16 * 2**20  # bytes that the list of files in the zip may take
MOST_MANIFEST = 8 * 2**20
MOST_GROWTH, FREE_GROWTH = 50, 64 * 2**20  # times what the archive has, and bytes beside, that it may unpack to
LONGEST_NAME, DEEPEST = 240, 8
PIECE = 2**20
END, END_64, LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
TAIL = 65_557 + 20  # bytes within which the end of a zip's list lies
ODD = set('<>:"|?*\\') | {chr(code) for code in range(32)}
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError)
"""What zipfile raises for files in an archive that are not as its list says."""
REMEDY = "Ask for the file again from where it came."


class Sealing(msgspec.Struct, frozen=True):
    """One file."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What is in the archive."""

    format: str
    version: int
    name: str  # of the run's folder
    files: dict[str, Sealing]


def seal(run: Path, out: Path) -> Manifest:
    """Writes a run folder into one file. Raises RefusalError, TrainingError."""
    if not (run / NETWORK).is_file():
        raise RefusalError(f"{run} is no run: it has no {NETWORK}.", "Name a folder that a training has made.")
    if is_trained(run):
        raise RefusalError(f"{run.name} is being trained.", "Stop it, or wait for its end.")
    if out.suffix.lower() != SUFFIX:
        raise RefusalError(f"{out.name} does not end in {SUFFIX}.", f"Name it {out.with_suffix(SUFFIX).name}.")
    files = {path.relative_to(run).as_posix(): path for path in sorted(run.rglob("*")) if _is_kept(run, path)}
    manifest = Manifest(FORMAT, VERSION, run.resolve().name, {name: _sealing(path) for name, path in files.items()})
    try:
        with (
            tempfile.NamedTemporaryFile(dir=out.parent, prefix=out.stem, delete=False) as temporary,
            zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
            for name, path in files.items():
                is_packed = path.suffix in (".safetensors", ".png")
                archive.write(path, name, zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED)
        put_in_place(Path(temporary.name), out)
    except OSError as error:
        raise unwritable(out, error) from None
    return manifest


def read_manifest(file: Path) -> Manifest:
    """What an archive says of itself, after every check that needs no unpacking. Raises RefusalError."""
    with _opened(file) as archive:
        return _checked(archive, file)


def unseal(file: Path, folder: Path) -> Path:
    """Unpacks a run into ``folder``, whole or not at all; gives where it is. Raises RefusalError, TrainingError."""
    with _opened(file) as archive:
        manifest = _checked(archive, file)
        target = folder / manifest.name
        if target.exists():
            raise RefusalError(f"{target} is there already.", "Choose another folder.")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder, prefix=".unsealing-") as aside:
                for name, sealing in manifest.files.items():
                    _unpack(archive, file, name, sealing, Path(aside) / "run" / name)
                shutil.move(Path(aside) / "run", target)
        except OSError as error:
            raise unwritable(target, error) from None
    return target


def _is_kept(run: Path, path: Path) -> bool:
    inner = path.relative_to(run)
    is_hidden = any(part.startswith(".") for part in inner.parts)
    return path.is_file() and not path.is_symlink() and not is_hidden and inner.name not in (LOCK, MANIFEST)


def _sealing(path: Path) -> Sealing:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return Sealing(file.tell(), digest.hexdigest())


def _opened(file: Path) -> zipfile.ZipFile:
    """Raises RefusalError for what is no zip, or one whose list is too long to be read."""
    try:
        with file.open("rb") as raw:
            count, size = _listed(raw)
        if count > MOST_FILES + 1 or size > MOST_DIRECTORY:
            raise RefusalError(f"{file.name} lists {count:,} files, more than the {MOST_FILES:,} of any run.", REMEDY)
        return zipfile.ZipFile(file)
    except (OSError, zipfile.BadZipFile, struct.error, ValueError, NotImplementedError) as error:
        raise RefusalError(f"{file} is no sealed run: {error}.", REMEDY) from None


def _listed(raw: IO[bytes]) -> tuple[int, int]:
    """How many files a zip lists, and in how many bytes, before the list is read."""
    length = raw.seek(0, 2)
    start = max(0, length - TAIL)
    raw.seek(start)
    tail = raw.read(TAIL)
    place = tail.rfind(END)
    if place < 0:
        raise zipfile.BadZipFile("it is no zip file")
    count, size = struct.unpack_from("<HI", tail, place + 10)
    if place >= 20 and tail[place - 20 : place - 16] == LOCATOR_64:
        raw.seek(struct.unpack_from("<Q", tail, place - 12)[0])
        head = raw.read(56)
        if head[:4] == END_64:
            count, size = struct.unpack_from("<QQ", head, 32)
    return count, size


def _checked(archive: zipfile.ZipFile, file: Path) -> Manifest:
    """The manifest, where it and the list of the archive agree and nothing in them is odd. Raises RefusalError."""
    listed = archive.infolist()
    names = [info.filename for info in listed]
    if MANIFEST not in names:
        raise RefusalError(f"{file.name} is no sealed run: it has no {MANIFEST}.", REMEDY)
    for info in listed:
        _check_entry(info, file)
    try:
        raw = b"".join(_pieces(archive, MANIFEST, MOST_MANIFEST, file))
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusalError(f"The {MANIFEST} of {file.name} cannot be read: {error}.", REMEDY) from None
    if manifest.format != FORMAT or manifest.version > VERSION:
        raise RefusalError(f"{file.name} was sealed by a newer program.", "Open it with a newer Netwright.")
    _check_name(manifest.name, file)
    if "/" in manifest.name:
        raise RefusalError(f"{file.name} would unpack to {manifest.name!r}.", REMEDY)
    if sorted(names) != sorted([MANIFEST, *manifest.files]) or NETWORK not in manifest.files:
        raise RefusalError(f"{file.name} does not hold what its {MANIFEST} lists.", REMEDY)
    for name in manifest.files:
        _check_name(name, file)
    if len({name.casefold() for name in manifest.files}) != len(manifest.files):
        raise RefusalError(f"{file.name} holds two files of one name.", REMEDY)
    total, most = sum(f.size for f in manifest.files.values()), MOST_GROWTH * file.stat().st_size + FREE_GROWTH
    if any(f.size < 0 for f in manifest.files.values()) or total > most:
        raise RefusalError(f"{file.name} would unpack to {total:,} bytes, more than a run of its size has.", REMEDY)
    return manifest


def _check_entry(info: zipfile.ZipInfo, file: Path) -> None:
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise RefusalError(f"{file.name} holds {info.filename!r}, which is a link or no plain file.", REMEDY)
    if info.flag_bits & 1:
        raise RefusalError(f"{file.name} is encrypted.", REMEDY)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RefusalError(f"{file.name} is packed in a way that is not known here.", REMEDY)


def _check_name(name: str, file: Path) -> None:
    parts = PurePosixPath(name).parts
    is_odd = (
        not parts
        or name != "/".join(parts)
        or name.startswith("/")
        or len(name) > LONGEST_NAME
        or len(parts) > DEEPEST
        or bool(set(name) & ODD)
        or any(part == ".." or part.endswith((".", " ")) or part.split(".")[0].lower() in RESERVED for part in parts)
    )
    if is_odd:
        raise RefusalError(f"{file.name} holds a file named {name[:80]!r}, which would lead elsewhere.", REMEDY)


def _pieces(archive: zipfile.ZipFile, name: str, most: int, file: Path) -> Iterator[bytes]:
    """A file of the archive, never more than ``most`` bytes of it. Raises RefusalError."""
    read = 0
    try:
        with archive.open(name) as inner:
            while piece := inner.read(min(PIECE, most + 1 - read)):
                read += len(piece)
                if read > most:
                    raise RefusalError(f"{name} in {file.name} is longer than its {MANIFEST} says.", REMEDY)
                yield piece
    except DAMAGE as error:
        raise RefusalError(f"{name} in {file.name} is damaged: {error}.", REMEDY) from None


def _unpack(archive: zipfile.ZipFile, file: Path, name: str, sealing: Sealing, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, length = hashlib.sha256(), 0
    with target.open("xb") as out:
        for piece in _pieces(archive, name, sealing.size, file):
            digest.update(piece)
            length += len(piece)
            out.write(piece)
    if length != sealing.size or digest.hexdigest() != sealing.sha256:
        raise RefusalError(f"{name} in {file.name} is not what was sealed: its hash differs.", REMEDY)
