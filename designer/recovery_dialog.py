"""What a window left behind when it ended without being closed, offered at the next start."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from designer.canvas.picture import thumbnail
from designer.recovery import Recovered
from designer.widgets import button, label, scrolled
from nodes.graph.model import Network

PICTURE = QSize(248, 140)


class RecoveryDialog(QDialog):
    """Each drawing with its picture beside that of its file; nothing goes unless the user says so."""

    def __init__(self, found: Sequence[Recovered], open_it: Callable[[Recovered], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Drawings to recover")
        self._open_it = open_it
        self._left = list(found)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(label("Netwright ended without being closed.", "title"))
        said = "This drawing was" if len(found) == 1 else f"These {len(found)} drawings were"
        layout.addWidget(label(f"{said} kept up to the last step. Later offers them again at the next start."))
        rows = QWidget()
        self._rows = QVBoxLayout(rows)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(12)
        for one in found:
            self._rows.addWidget(self._row(one))
        if len(found) > 2:
            area = scrolled(rows)
            area.setMinimumSize(600, 440)
            layout.addWidget(area)
        else:
            layout.addWidget(rows)
        below = QHBoxLayout()
        below.addStretch()
        below.addWidget(button("Later", self.reject))
        layout.addLayout(below)

    def _row(self, one: Recovered) -> QWidget:
        row = QWidget()
        pictures = QHBoxLayout()
        pictures.setSpacing(12)
        pictures.addLayout(self._picture(one.network, f"As it was, {one.moment}"))
        saved = one.saved()
        if saved is not None:
            pictures.addLayout(self._picture(saved, "As it is in its file"))
        pictures.addStretch()
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        keep = button("Open it", lambda: self._open(one), "primary")
        keep.setAccessibleName(f"Open {one.title} as it was")
        gone = button("Discard", lambda: self._discard(one, row))
        gone.setAccessibleName(f"Discard what was kept of {one.title}")
        buttons.addWidget(keep)
        buttons.addWidget(gone)
        buttons.addStretch()
        layout = QVBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(label(one.title, "heading"))
        if one.path is not None:
            layout.addWidget(label(str(one.path), "secondary"))
        layout.addLayout(pictures)
        layout.addLayout(buttons)
        return row

    def _picture(self, network: Network, words: str) -> QVBoxLayout:
        shown = QLabel()
        shown.setPixmap(thumbnail(network, PICTURE, self.devicePixelRatioF()))
        shown.setAccessibleName(words)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(shown)
        column.addWidget(label(words, "secondary"), alignment=Qt.AlignmentFlag.AlignLeft)
        return column

    def _open(self, one: Recovered) -> None:
        self._open_it(one)
        self.accept()

    def _discard(self, one: Recovered, row: QWidget) -> None:
        one.forget()
        self._left.remove(one)
        row.hide()
        row.deleteLater()
        if not self._left:
            self.accept()
        else:
            self.adjustSize()
