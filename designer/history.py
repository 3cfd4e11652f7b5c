"""History: every step of the network shown, by name; a click goes back or forth to it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QUndoView, QVBoxLayout, QWidget

from designer.document import Document

FIRST = "As it was opened"


class History(QWidget):
    """Steps that were taken back stay in the list, below the one that is shown, until another is made."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.list = QUndoView(document.undo_group, self)
        self.list.setEmptyLabel(FIRST)
        self.list.setAccessibleName("Steps of this network")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setProperty("role", "steps")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.list)

    def showEvent(self, event: QShowEvent) -> None:
        """Steps taken before the list was first seen were measured without its look."""
        super().showEvent(event)
        self.list.scheduleDelayedItemsLayout()
