"""Downloads of ready sets: torchvision asks for the files and checks them; here their bytes are fetched.

A file that was cut off is kept with ``.part`` behind its name, and the next try goes on where it ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

CHUNK = 1 << 16  # bytes
PATIENCE = 30  # seconds without a byte
PART = ".part"
AGENT = "netwright"


class Fetched(NamedTuple):
    """How far the download of a file is. ``total`` is 0 where the server does not say."""

    file: str
    bytes: int
    total: int


Hear = Callable[[Fetched], object]


class CancelledDownloadError(Exception):
    """Raised by what hears of a download, to end it; its bytes are kept."""


_hearing: list[Hear] = []


@contextmanager
def heard_by(hear: Hear) -> Iterator[None]:
    """Within it ``hear`` is told of every piece that is fetched; it may raise CancelledDownloadError."""
    _hearing.append(hear)
    try:
        yield
    finally:
        _hearing.remove(hear)


@contextmanager
def resumable() -> Iterator[None]:
    """Within it torchvision's own downloads go on where they were cut off, and are told of."""
    from torchvision.datasets import utils

    module: Any = utils
    theirs = module._urlretrieve  # what download_url fetches by; it has no setting for progress
    module._urlretrieve = lambda url, filename, *_: fetch(url, Path(filename))
    try:
        yield
    finally:
        module._urlretrieve = theirs


def fetch(url: str, path: Path) -> None:
    """Writes a file whole or not at all. Raises URLError, OSError, and what is raised by those who hear."""
    part = path.with_name(path.name + PART)
    done = part.stat().st_size if part.is_file() else 0
    with _opened(url, done) as response:
        goes_on = response.status == 206
        done = done if goes_on else 0
        total = done + int(response.headers.get("Content-Length") or 0)
        with part.open("ab" if goes_on else "wb") as file:
            for piece in _pieces(response):
                file.write(piece)
                done += len(piece)
                _tell(Fetched(path.name, done, total))
    if done < total:
        raise URLError(f"the connection ended after {done:,} of {total:,} bytes of {path.name}")
    part.replace(path)


def _opened(url: str, done: int) -> HTTPResponse:
    """The rest of a file; the whole of it where the server cannot give the rest."""
    headers = {"User-Agent": AGENT} | ({"Range": f"bytes={done}-"} if done else {})
    try:
        response: HTTPResponse = urlopen(Request(url, headers=headers), timeout=PATIENCE)
    except HTTPError as error:
        if error.code != 416 or not done:  # nothing is left of it, or it is another file now
            raise
        return _opened(url, 0)
    return response


def _pieces(response: HTTPResponse) -> Iterator[bytes]:
    try:
        while piece := response.read(CHUNK):
            yield piece
    except (HTTPException, ValueError) as error:
        raise URLError(f"the connection ended ({type(error).__name__})") from None


def _tell(fetched: Fetched) -> None:
    for hear in _hearing:
        hear(fetched)
