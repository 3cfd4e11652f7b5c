"""Thumbnails of network files, kept as PNG by what they show, so that each is drawn once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path
from PySide6.QtCore import QObject, QSize, QTimer
from PySide6.QtGui import QPixmap

from designer import theme

if TYPE_CHECKING:
    from nodes.graph.model import Network

SIZE = QSize(208, 108)
DRAWING = 1  # changes when pictures are drawn otherwise
MOST_BYTES = 4_000_000  # of a file that is drawn for a list
Give = Callable[[QPixmap], object]


class Thumbnails(QObject):
    """Gives pictures one by one, while nothing else is to be done."""

    def __init__(self, parent: QObject, folder: Path | None = None) -> None:
        super().__init__(parent)
        self._folder = folder or user_cache_path("netwright", appauthor=False) / "thumbnails"
        self._wanted: list[tuple[Path, float, Give]] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._next)

    def ask(self, path: Path, ratio: float, give: Give) -> None:
        """Calls ``give`` with the picture of a file, later; never where the file cannot be read."""
        self._wanted.append((path, ratio, give))
        self._timer.start(0)

    def clear(self) -> None:
        """Nobody waits for any picture."""
        self._wanted.clear()
        self._timer.stop()

    def _next(self) -> None:
        if not self._wanted:
            self._timer.stop()
            return
        path, ratio, give = self._wanted.pop(0)
        picture = self._picture(path, ratio)
        if picture is not None:
            give(picture)

    def _picture(self, path: Path, ratio: float) -> QPixmap | None:
        from nodes.graph.files import NetworkFileError, read

        try:
            if path.stat().st_size > MOST_BYTES:
                return None
            content = path.read_bytes()
            kept = self._folder / f"{_key(content, ratio)}.png"
            picture = QPixmap(str(kept)) if kept.is_file() else QPixmap()
            if picture.isNull():
                picture = self._drawn(read(content).network, ratio, kept)
        except (OSError, NetworkFileError):
            return None
        picture.setDevicePixelRatio(ratio)
        return picture

    def _drawn(self, network: Network, ratio: float, kept: Path) -> QPixmap:
        from designer.canvas.picture import thumbnail

        picture = thumbnail(network, SIZE, ratio)
        with contextlib.suppress(OSError):  # it is drawn again next time
            kept.parent.mkdir(parents=True, exist_ok=True)
            picture.save(str(kept), "PNG")
        return picture


def _key(content: bytes, ratio: float) -> str:
    colours = theme.current()
    look = f"{DRAWING} {colours.canvas} {colours.accent} {SIZE.width()} {ratio}".encode()
    return sha256(look + content).hexdigest()[:32]
