"""Palette: every node type, family by family, found by typing and added by Enter, double-click or drag."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDrag, QFont, QFontMetrics, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from designer import theme
from designer.canvas.view import NODE_TYPE_MIME
from designer.widgets import EmptyState

FAMILY_TITLES = {
    "boundary": "In and out",
    "conv": "Convolution",
    "pooling": "Pooling",
    "linear": "Linear",
    "activation": "Activation",
    "normalization": "Normalisation",
    "dropout": "Dropout",
    "recurrent": "Recurrent",
    "attention": "Attention",
    "embedding": "Embedding",
    "merge": "Merge",
    "reshape": "Reshape",
    "arithmetic": "Arithmetic",
    "loss": "Loss",
    "code": "Code",
}
TYPE_ID, FAMILY, HAYSTACK = (Qt.ItemDataRole.UserRole + number for number in range(3))
ROW, HEADING = 26, 30


class Palette(QWidget):
    """The list and its search field. It is filled on demand: reading all declarations takes a moment."""

    add_requested = Signal(str)  # type_id

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.search = SearchField()
        self.list = NodeTypeList()
        self.nothing = EmptyState("")
        self.nothing.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 0, 0)
        layout.setSpacing(8)
        top = QVBoxLayout()
        top.setContentsMargins(0, 0, 12, 0)
        top.addWidget(self.search)
        layout.addLayout(top)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.nothing, 1)
        self.search.textChanged.connect(self._filter)
        self.search.moved.connect(self.list.move_by)
        self.search.returnPressed.connect(self._add_current)
        self.list.itemActivated.connect(lambda item: self._add(item))
        theme.themes.changed.connect(self.list.viewport().update)

    def fill(self) -> None:
        """Lists the catalogue; the second time it does nothing."""
        if self.list.count() == 0:
            self.list.fill()
            self._filter(self.search.text())

    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _filter(self, text: str) -> None:
        found = self.list.show_matches(text)
        self.nothing.say(f"No layer is called “{text.strip()}”.\nTry its PyTorch name, such as Conv2d.")
        self.nothing.setVisible(not found and bool(text.strip()))
        self.list.setVisible(found or not text.strip())

    def _add_current(self) -> None:
        self._add(self.list.currentItem())

    def _add(self, item: QListWidgetItem | None) -> None:
        if item is not None and not item.isHidden() and item.data(TYPE_ID):
            self.add_requested.emit(item.data(TYPE_ID))


class SearchField(QLineEdit):
    """Up and Down move in the list while the cursor stays in the text; Escape empties it."""

    moved = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("Find a layer")
        self.setAccessibleName("Find a layer")
        self.setClearButtonEnabled(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step:
            self.moved.emit(step)
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class NodeTypeList(QListWidget):
    """Headings and node types; a heading cannot be selected."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Layers")
        self.setItemDelegate(_RowDelegate(self))
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setUniformItemSizes(False)

    def fill(self) -> None:
        from nodes.block import Block
        from nodes.catalogue import catalogue

        family = ""
        for declared in catalogue():
            if declared is Block:
                continue  # an empty one would be of no use: a block is made of a selection
            if declared.family != family:
                family = declared.family
                heading = QListWidgetItem(FAMILY_TITLES.get(family, family.capitalize()))
                heading.setFlags(Qt.ItemFlag.NoItemFlags)
                heading.setSizeHint(QSize(0, HEADING))
                heading.setData(FAMILY, family)
                self.addItem(heading)
            item = QListWidgetItem(declared.torch_name)
            item.setSizeHint(QSize(0, ROW))
            item.setData(TYPE_ID, declared.type_id)
            item.setData(FAMILY, family)
            item.setData(HAYSTACK, (declared.torch_name.lower(), declared.title.lower(), declared.doc().lower()))
            item.setToolTip(f"{declared.title}: {declared.headline()}.")
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, declared.headline())
            self.addItem(item)

    def type_ids(self) -> list[str]:
        """The node types shown now, in their order."""
        items = (self.item(row) for row in range(self.count()))
        return [item.data(TYPE_ID) for item in items if item.data(TYPE_ID) and not item.isHidden()]

    def show_matches(self, text: str) -> bool:
        """Shows what matches, the best match current. Returns whether anything did."""
        words = text.lower().split()
        best, best_rank = None, 99
        families: set[str] = set()
        items = [self.item(row) for row in range(self.count())]
        for item in items:
            if not item.data(TYPE_ID):
                continue
            rank = _rank(item.data(HAYSTACK), words)
            item.setHidden(rank is None)
            if rank is not None:
                families.add(item.data(FAMILY))
                if rank < best_rank:
                    best, best_rank = item, rank
        if best_rank < 4:  # the doc is asked only where no name has the words
            for item in items:
                if item.data(TYPE_ID) and (_rank(item.data(HAYSTACK), words) or 0) >= 4:
                    item.setHidden(True)
            families = {i.data(FAMILY) for i in items if i.data(TYPE_ID) and not i.isHidden()}
        for item in items:
            if not item.data(TYPE_ID):
                item.setHidden(item.data(FAMILY) not in families)
        if best is not None and words:
            self.setCurrentItem(best)
            self.scrollToItem(best)
        else:
            self.setCurrentRow(-1)
        return best is not None

    def move_by(self, step: int) -> None:
        rows = [row for row in range(self.count()) if self.item(row).data(TYPE_ID) and not self.item(row).isHidden()]
        if not rows:
            return
        here = rows.index(self.currentRow()) + step if self.currentRow() in rows else 0
        self.setCurrentRow(rows[here % len(rows)])

    def mimeData(self, items: list[QListWidgetItem]) -> QMimeData:  # type: ignore[override]
        data = QMimeData()
        data.setData(NODE_TYPE_MIME, str(items[0].data(TYPE_ID)).encode())
        return data

    def startDrag(self, actions: Qt.DropAction) -> None:
        item = self.currentItem()
        if item is None or not item.data(TYPE_ID):
            return
        drag = QDrag(self)
        drag.setMimeData(self.mimeData([item]))
        picture = drag_picture(item.text(), item.data(FAMILY), self.devicePixelRatioF())
        drag.setPixmap(picture)
        drag.setHotSpot(QPoint(84, 26))
        drag.exec(Qt.DropAction.CopyAction)


def drag_picture(name: str, family: str, scale: float = 1.0) -> QPixmap:
    """What hangs at the mouse during a drag: the node, as it will stand on the canvas."""
    colours = theme.current()
    picture = QPixmap(round(168 * scale), round(52 * scale))
    picture.setDevicePixelRatio(scale)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(0.9)
    painter.setPen(QColor(colours.accent))
    painter.setBrush(QColor(colours.raised))
    painter.drawRoundedRect(QRectF(0.5, 0.5, 167, 51), 8, 8)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.family_color(family)))
    painter.drawRoundedRect(QRectF(9, 12, 4, 28), 2, 2)
    font = painter.font()
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor(colours.text))
    painter.drawText(QRectF(22, 0, 140, 52), Qt.AlignmentFlag.AlignVCenter, name)
    painter.end()
    return picture


def _rank(haystack: tuple[str, str, str], words: list[str]) -> int | None:
    """0 for the exact name, then the beginning of a name, a part of one, the help text; None without a match."""
    if not words:
        return 3
    name, title, doc = haystack
    text = " ".join(words)
    if text in (name, title):
        return 0
    if name.startswith(text):
        return 1
    if title.startswith(text) or any(part.startswith(text) for part in title.split()):
        return 2
    if all(word in name or word in title for word in words):
        return 3
    return 4 if all(word in doc for word in words) else None


class _RowDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # type: ignore[override]
        return QSize(0, ROW if index.data(TYPE_ID) else HEADING)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # type: ignore[override]
        colours = theme.current()
        rect = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not index.data(TYPE_ID):
            font = QFont(option.font)
            font.setPixelSize(11)
            font.setBold(True)
            painter.setFont(font)
            painter.setPen(QColor(colours.secondary))
            painter.drawText(rect.adjusted(4, 4, 0, 0), Qt.AlignmentFlag.AlignVCenter, index.data())
            painter.restore()
            return
        state = option.state
        if state & QStyle.StateFlag.State_Selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.raised if not state & QStyle.StateFlag.State_Selected else colours.hover))
            painter.drawRoundedRect(rect.adjusted(0, 0, -10, 0), 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.family_color(index.data(FAMILY))))
        painter.drawRoundedRect(QRectF(rect.left() + 4, rect.center().y() - 6, 4, 12), 2, 2)
        painter.setPen(QColor(colours.text))
        text = rect.adjusted(18, 0, -14, 0)
        painter.setFont(option.font)
        name = QFontMetrics(option.font).elidedText(index.data(), Qt.TextElideMode.ElideRight, int(text.width()))
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()
