"""The user guide, in a window of its own."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QTextBrowser, QVBoxLayout, QWidget

from designer import theme
from designer.widgets import button

FOLDER = theme.RESOURCES / "guide"


class GuideWindow(QMainWindow):
    """Shows the Markdown pages of the guide; links lead from one to the other."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Guide – Netwright")
        self.resize(820, 720)
        self.pages = QTextBrowser()
        self.pages.setAccessibleName("Guide")
        self.pages.setOpenExternalLinks(True)
        self.pages.setSearchPaths([str(FOLDER)])
        self.pages.document().setDocumentMargin(24)
        contents = button("Contents", self.pages.home)
        back = button("Back", self.pages.backward)
        back.setEnabled(False)
        self.pages.backwardAvailable.connect(back.setEnabled)
        self.pages.setSource(QUrl("index.md"))
        bar = QHBoxLayout()
        bar.setContentsMargins(16, 12, 16, 0)
        bar.addWidget(contents)
        bar.addWidget(back)
        bar.addStretch()
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(bar)
        layout.addWidget(self.pages, 1)
        self.setCentralWidget(page)
