"""File > Earlier Versions: what a file held each time it was saved, to look at and to take up again."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from designer import dialogs
from designer.canvas.picture import thumbnail
from designer.document import Document
from designer.figures import counted, rounded
from designer.versions import Version, versions_of
from designer.widgets import button, label, line, scrolled
from nodes.graph.infer import infer
from nodes.graph.model import Network

PICTURE = QSize(208, 108)


def show_versions(document: Document, parent: QWidget) -> None:
    """Opens the list, or says that there is none yet."""
    path = document.path
    found = versions_of(path) if path is not None else []
    if path is None:
        dialogs.tell(parent, "This network has no file yet.", "Save it first: each saving is kept from then on.")
    elif not found:
        dialogs.tell(parent, f"No version of {path.name} is kept yet.", "Each saving is kept from now on.")
    else:
        VersionsDialog(document, found, parent).open()


class VersionsDialog(QDialog):
    """One row for each saved version, the last one first."""

    def __init__(self, document: Document, found: list[Version], parent: QWidget) -> None:
        super().__init__(parent)
        self._document = document
        self.setWindowTitle("Earlier versions")
        rows = QWidget()
        column = QVBoxLayout(rows)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(12)
        for number, version in enumerate(found):
            network = version.network()
            if network is not None:
                if number:
                    column.addWidget(line())
                column.addWidget(self._row(version, network))
        column.addStretch()
        area = scrolled(rows)
        area.setMinimumSize(560, min(460, 148 * len(found)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(12)
        name = document.path.name if document.path else document.title
        layout.addWidget(label(f"Earlier versions of {name}", "title"))
        layout.addWidget(label("Opening one is a step like any other: Undo brings back what is shown now."))
        layout.addWidget(area, 1)
        below = QHBoxLayout()
        below.addStretch()
        below.addWidget(button("Close", self.reject))
        layout.addLayout(below)

    def _row(self, version: Version, network: Network) -> QWidget:
        row = QWidget()
        picture = QLabel()
        picture.setPixmap(thumbnail(network, PICTURE, self.devicePixelRatioF()))
        picture.setAccessibleName(f"The network as saved {version.moment}")
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(label(version.moment, "crumb"))
        weights = infer(network.graph).totals.weights
        words.addWidget(
            label(f"{counted(len(network.graph.nodes), 'node')} · {rounded(weights)} weights", "secondary")
        )
        words.addStretch()
        is_shown = network == self._document.network
        take = button("Shown now" if is_shown else "Open it", partial(self._take, version, network))
        take.setEnabled(not is_shown)
        take.setAutoDefault(False)
        take.setAccessibleName(f"Open the version of {version.moment}")
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(picture)
        layout.addLayout(words, 1)
        layout.addWidget(take)
        return row

    def _take(self, version: Version, network: Network) -> None:
        self._document.edit_network(network, f"Open the version of {version.moment}")
        self.accept()
