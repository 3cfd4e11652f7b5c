"""The user guide, in a window of its own: its pages, and a page for every layer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QImage,
    QKeySequence,
    QShortcut,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from designer import theme
from designer.pages import guide_search, html
from designer.palette import SearchedLayers
from designer.palette_list import TYPE_ID
from designer.pictures.picture import image_of
from designer.widgets import button
from nodes.catalogue import find_type

FOLDER = theme.RESOURCES / "guide"
PICTURES = "pictures"  # a folder in it
LINE_HEIGHT = 130  # per cent
UNKNOWN = QTextDocument.ResourceType.UnknownResource
SIZE, INDEX_WIDTH, SEARCH_WIDTH = QSize(1040, 760), 220, 200
HEADING_SPACE = 12  # px above a heading that is gone to


def open_guide(parent: QWidget, add: Callable[[str], object], type_id: str = "") -> GuideWindow:
    """The one guide of a window, in front; at the page of a node type where one is named."""
    guide = parent.findChild(GuideWindow)
    if not isinstance(guide, GuideWindow):
        guide = GuideWindow(parent)
        guide.add_wanted.connect(add)
    if type_id:
        guide.show_layer(type_id)
    guide.show()
    guide.raise_()
    guide.activateWindow()
    return guide


class GuideWindow(QMainWindow):
    """Pages on the right, all layers on the left."""

    add_wanted = Signal(str)  # type_id

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.pages = Pages()
        self.index = LayerIndex()
        self.index.chosen.connect(self.show_layer)
        self.add_button = button("", self._add, tip="Adds it after the selected node")
        back = button("Back", self.pages.backward)
        back.setEnabled(False)
        self.pages.backwardAvailable.connect(back.setEnabled)
        self.pages.sourceChanged.connect(self._follow)
        theme.themes.changed.connect(self.pages.dress_again)
        bar = QHBoxLayout()
        bar.setContentsMargins(16, 12, 16, 0)
        bar.setSpacing(8)
        for made in (button("Contents", self.show_contents), button("All Layers", self.show_layers), back):
            bar.addWidget(made)
        bar.addStretch()
        bar.addWidget(self.add_button)
        self.search = _search_field()
        self.search.textChanged.connect(self._search)
        QShortcut(QKeySequence.StandardKey.Find, self, self.search.setFocus)
        QShortcut(QKeySequence.StandardKey.Cancel, self, self.close)
        bar.addWidget(self.search)
        right = QWidget()
        layout = QVBoxLayout(right)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(bar)
        layout.addWidget(self.pages, 1)
        parts = QSplitter()
        parts.setChildrenCollapsible(False)
        parts.addWidget(self.index)
        parts.addWidget(right)
        parts.setStretchFactor(1, 1)
        parts.setSizes([INDEX_WIDTH, SIZE.width() - INDEX_WIDTH])
        self.setCentralWidget(parts)
        room = (self.screen() or QGuiApplication.primaryScreen()).availableSize()
        self.resize(SIZE.boundedTo(room * 0.9))
        self.show_contents()

    def show_contents(self) -> None:
        self.pages.setSource(address_of("index.md"))

    def show_layers(self) -> None:
        self.pages.setSource(QUrl(f"{html.LAYER}:"))

    def show_layer(self, type_id: str) -> None:
        """The page of a node type."""
        self.pages.setSource(QUrl(f"{html.LAYER}:{type_id}"))

    @property
    def layer(self) -> str:
        """The node type whose page is shown; empty for another page."""
        source = self.pages.source()
        return source.path() if source.scheme() == html.LAYER else ""

    def _follow(self, source: QUrl) -> None:
        """``source`` is asked and not the pages: while they tell of it they still hold the one before."""
        is_layer = source.scheme() == html.LAYER
        title = html.title_of(source.path()) if is_layer else "Guide"
        if source.scheme() != guide_search.FOUND:
            with QSignalBlocker(self.search):
                self.search.clear()
        self.setWindowTitle(f"{title or 'Layers'} – Netwright")
        self.add_button.setVisible(is_layer and bool(title))
        self.add_button.setText(f"Add {title}")

    def _search(self, words: str) -> None:
        """One page shows the results while words are typed; Back leads to what was read before."""
        self.pages.words = words
        if self.pages.source().scheme() == guide_search.FOUND:
            self.pages.reload()
        elif words.strip():
            self.pages.setSource(QUrl(f"{guide_search.FOUND}:"))

    def _add(self) -> None:
        self.add_wanted.emit(self.layer)


def _search_field() -> QLineEdit:
    field = QLineEdit()
    field.setPlaceholderText("Search the guide")
    field.setAccessibleName("Search the guide")
    field.setClearButtonEnabled(True)
    field.setFixedWidth(SEARCH_WIDTH)
    return field


class LayerIndex(SearchedLayers):
    """Search and list of all layers, as in the palette; choosing one opens its page."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__("No layer has this name.", is_index=True)
        self.setMinimumWidth(160)
        self.list.fill()
        self.search.returnPressed.connect(self._choose)
        self.list.itemClicked.connect(lambda _: self._choose())
        self.list.itemActivated.connect(lambda _: self._choose())

    def _choose(self) -> None:
        item = self.list.currentItem()
        if item is not None and item.data(TYPE_ID):
            self.chosen.emit(item.data(TYPE_ID))


def address_of(file: str) -> QUrl:
    """Of a page of the guide, in full: a name alone would be sought beside the page shown, a layer or the results."""
    return QUrl.fromLocalFile(str(FOLDER / file))


class Pages(QTextBrowser):
    """Shows Markdown files of the guide and the pages of layers; links lead from one to the other."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Guide")
        self.setOpenExternalLinks(True)
        self.setSearchPaths([str(FOLDER)])
        self.setProperty("role", "pages")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.words = ""  # that are searched for
        self.sourceChanged.connect(self._space)

    def dress_again(self) -> None:
        """The colours changed."""
        self.reload()
        self._space(self.source())

    def loadResource(self, kind: int, address: QUrl | str) -> object:
        url = QUrl(address)
        declared = find_type(url.path())
        if url.scheme() == html.PICTURE and declared is not None:
            return image_of(declared())
        if url.path().endswith(".png"):
            return self._fitting(FOLDER / PICTURES / url.fileName())
        if url.scheme() == guide_search.FOUND:
            return guide_search.results(self.words)
        if url.scheme() != html.LAYER:
            return super().loadResource(kind, url)
        if not url.path():
            return html.index()
        if declared is None:
            return html.block_page(url.path())
        return html.page(declared, has_picture=image_of(declared()) is not None)

    def doSetSource(self, name: QUrl, kind: QTextDocument.ResourceType = UNKNOWN) -> None:
        if name.scheme() == guide_search.SECTION:
            file, _, number = name.path().partition("/")
            self.setSource(address_of(file))
            self._go_to_heading(int(number))
            return
        is_html = name.scheme() in (html.LAYER, guide_search.FOUND)
        super().doSetSource(name, QTextDocument.ResourceType.HtmlResource if is_html else kind)

    def _fitting(self, path: Path) -> QImage:
        """A picture as wide as the page, if it is wider."""
        picture, sharpness = QImage(str(path)), self.devicePixelRatioF()
        room = round((self.viewport().width() - 2 * self.document().documentMargin()) * sharpness)
        if picture.width() > room > 0:
            picture = picture.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation)
            picture.setDevicePixelRatio(sharpness)
        return picture

    def _go_to_heading(self, number: int) -> None:
        """Brings a heading of the page to the top."""
        block = self.document().begin()
        while block.isValid():
            number -= bool(block.blockFormat().headingLevel())
            if number < 0:
                top = self.document().documentLayout().blockBoundingRect(block).top()
                self.verticalScrollBar().setValue(round(top) - HEADING_SPACE)
                return
            block = block.next()

    def _space(self, source: QUrl) -> None:
        """Markdown comes without any space between its paragraphs."""
        document = self.document()
        document.setDocumentMargin(24)
        if source.scheme() in (html.LAYER, guide_search.FOUND):
            return
        block = document.begin()
        while block.isValid():
            shape = block.blockFormat()
            is_apart = block.textList() is None and QTextCursor(block).currentTable() is None
            shape.setTopMargin(18 if shape.headingLevel() else 4)
            shape.setBottomMargin(8 if is_apart else 3)
            shape.setLineHeight(LINE_HEIGHT, int(QTextBlockFormat.LineHeightTypes.ProportionalHeight.value))
            QTextCursor(block).setBlockFormat(shape)
            block = block.next()
