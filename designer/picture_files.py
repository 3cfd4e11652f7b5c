"""Pictures from files that another process writes again under the same name."""

from __future__ import annotations

from PySide6.QtGui import QImage, QPixmap


def picture_from(path: str) -> QPixmap:
    """What the file holds now; null where it is no picture, or there is none.

    ``QPixmap(path)`` would keep the picture of before for a file of the same name, second and size.
    """
    return QPixmap.fromImage(QImage(path)) if path else QPixmap()
