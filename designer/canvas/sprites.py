"""Sprites: small pictures of nodes and pills, drawn once for a zoom and then copied, which costs far less."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

MOST_PIXELS = 12_000_000  # kept at a time; a screen full of nodes takes a fifth


class Sprites:
    """Pictures by key. A key's picture must not change; what did change is dropped."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, QPixmap] = {}
        self._pixels = 0
        self.zoom, self.ratio = 1.0, 1.0
        self.is_new = True  # this zoom was not painted before: while someone zooms, each is painted once

    def stand_at(self, zoom: float, ratio: float) -> None:
        """From now on pictures are of this zoom, on a screen of so many pixels for each of Qt's."""
        if (zoom, ratio) != (self.zoom, self.ratio):
            self.clear()
            self.zoom, self.ratio, self.is_new = zoom, ratio, True

    def clear(self) -> None:
        self._kept.clear()
        self._pixels = 0

    def drop(self, key: Hashable) -> None:
        """Something of this key looks different now."""
        gone = self._kept.pop(key, None)
        if gone is not None:
            self._pixels -= gone.width() * gone.height()

    def get(self, key: Hashable) -> QPixmap | None:
        return self._kept.get(key)

    def made(
        self, key: Hashable, ink: QRectF, draw: Callable[[QPainter], None], ground: QPixmap | None = None
    ) -> QPixmap:
        """The picture of a key, drawn now: ``ink`` is what it may cover, ``ground`` what it is drawn upon."""
        scale = self.zoom * self.ratio
        if ground is None:
            ground = QPixmap(math.ceil(ink.width() * scale) + 1, math.ceil(ink.height() * scale) + 1)
            ground.fill(Qt.GlobalColor.transparent)
        picture = QPixmap(ground)
        picture.setDevicePixelRatio(1.0)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(scale, scale)
        painter.translate(-ink.left(), -ink.top())
        draw(painter)
        painter.end()
        picture.setDevicePixelRatio(self.ratio)
        self._pixels += picture.width() * picture.height()
        if self._pixels > MOST_PIXELS:
            self.clear()
            self._pixels = picture.width() * picture.height()
        self._kept[key] = picture
        return picture

    def on_pixel(self, x: float, y: float) -> QPointF:
        """The nearest place at which a picture is copied pixel for pixel."""
        return QPointF(round(x * self.ratio) / self.ratio, round(y * self.ratio) / self.ratio)
