"""The user guide, in a window of its own."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QTextBrowser, QVBoxLayout, QWidget

from designer import theme
from designer.widgets import button

FOLDER = theme.RESOURCES / "guide"
LINE_HEIGHT = 130  # per cent


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
        self.pages.setFrameShape(QFrame.Shape.NoFrame)
        contents = button("Contents", self.pages.home)
        back = button("Back", self.pages.backward)
        back.setEnabled(False)
        self.pages.backwardAvailable.connect(back.setEnabled)
        self.pages.sourceChanged.connect(self._space)
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

    def _space(self) -> None:
        """Markdown comes without any space between its paragraphs."""
        document = self.pages.document()
        document.setDocumentMargin(24)
        block = document.begin()
        while block.isValid():
            shape = block.blockFormat()
            is_apart = block.textList() is None and QTextCursor(block).currentTable() is None
            shape.setTopMargin(18 if shape.headingLevel() else 4)
            shape.setBottomMargin(8 if is_apart else 3)
            shape.setLineHeight(LINE_HEIGHT, int(QTextBlockFormat.LineHeightTypes.ProportionalHeight.value))
            QTextCursor(block).setBlockFormat(shape)
            block = block.next()
