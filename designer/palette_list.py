"""The list of the palette: sections that fold while nothing is searched, what was found best first while it is."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QMimeData, QModelIndex, QPoint, QPointF, QRectF, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDrag, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPixmap, QPolygonF
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from designer import theme
from designer.canvas.palette_drop import NODE_TYPE_MIME
from designer.library import PREFIX
from designer.library_section import library_entries
from designer.palette_entries import FAMILY_TITLES, USUAL, Entry, entries, found

TYPE_ID, FAMILY, SECTION, COUNT, NOTE, MORE = (Qt.ItemDataRole.UserRole + number for number in range(6))
ROW, HEADING = 26, 32
RECENT, RECENT_TITLE, RECENT_COUNT = "recent", "Used lately", 5
FOLDED_KEY, RECENT_KEY, WHOLE_KEY = "palette/folded", "palette/recent", "palette/whole"
PAGE_WIDTH = 24  # px at the right of a row: the sign that opens its page


class NodeTypeList(QListWidget):
    """Headings and entries. A heading folds its section by a click, Enter, Left or Right.

    Of a long section the usual entries stand first alone; the row below them shows the rest.
    """

    page_wanted = Signal(str)  # type_id

    def __init__(self, *, is_index: bool = False) -> None:
        """As an index it leads to pages and adds nothing."""
        super().__init__()
        self.is_index = is_index
        self.setAccessibleName("Layers")
        self.setItemDelegate(_RowDelegate(self))
        self.setDragEnabled(not is_index)
        mode = QAbstractItemView.DragDropMode
        self.setDragDropMode(mode.NoDragDrop if is_index else mode.DragOnly)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setUniformItemSizes(False)
        self._entries: tuple[Entry, ...] = ()
        self._folded, self._whole = set(_kept(FOLDED_KEY)), set(_kept(WHOLE_KEY))
        self._words = ""

    def fill(self) -> None:
        """Reads the catalogue and lists it."""
        self._entries = entries() if self.is_index else (*entries(), *library_entries())
        self.show_matches(self._words)

    def type_ids(self) -> list[str]:
        """The node types shown now, in their order, without those used lately and without blocks."""
        return [key for key in self.entry_keys() if not key.startswith(PREFIX)]

    def entry_keys(self) -> list[str]:
        """All entries shown now, in their order, without those used lately."""
        items = (self.item(row) for row in range(self.count()))
        return [item.data(TYPE_ID) for item in items if item.data(TYPE_ID) and item.data(SECTION) != RECENT]

    def show_matches(self, text: str) -> bool:
        """Shows what matches, the best first and current; all sections without words. Whether there is anything."""
        self._words = text.strip()
        self.clear()
        if not self._words:
            self._list_sections()
            return True
        matches = found(self._entries, self._words)
        for entry in matches:
            self._add_entry(entry, "", FAMILY_TITLES.get(entry.family, ""))
        self.setCurrentRow(0 if matches else -1)
        self.scrollToTop()
        return bool(matches)

    def is_folded(self, section: str) -> bool:
        return section in self._folded

    def set_folded(self, section: str, is_folded: bool) -> None:
        """Folds a section or shows it again; kept for the next start."""
        if is_folded == (section in self._folded):
            return
        self._folded ^= {section}
        QSettings().setValue(FOLDED_KEY, sorted(self._folded))
        place = self.verticalScrollBar().value()
        self.show_matches(self._words)
        self.verticalScrollBar().setValue(place)
        self._go_to_heading(section)

    def show_whole(self, section: str) -> None:
        """Shows all entries of a section, from now on."""
        self._whole.add(section)
        QSettings().setValue(WHOLE_KEY, sorted(self._whole))
        row, place = self.currentRow(), self.verticalScrollBar().value()
        self.show_matches(self._words)
        self.verticalScrollBar().setValue(place)
        self.setCurrentRow(row)

    def remember(self, type_id: str) -> None:
        """Counts an entry among those used lately; listed the next time all sections are."""
        if any(entry.key == type_id for entry in self._entries):
            recent = [type_id, *(key for key in _kept(RECENT_KEY) if key != type_id)]
            QSettings().setValue(RECENT_KEY, recent[:RECENT_COUNT])

    def move_by(self, step: int) -> None:
        """Goes to the entry before or after the current one, passing over headings."""
        rows = [row for row in range(self.count()) if self.item(row).data(TYPE_ID)]
        if rows:
            here = rows.index(self.currentRow()) + step if self.currentRow() in rows else 0
            self.setCurrentRow(rows[here % len(rows)])

    def _list_sections(self) -> None:
        by_key = {entry.key: entry for entry in self._entries}
        recent = [] if self.is_index else [by_key[key] for key in _kept(RECENT_KEY) if key in by_key]
        if recent:
            self._add_section(RECENT, RECENT_TITLE, recent)
        sections: dict[str, list[Entry]] = {}
        for entry in self._entries:
            sections.setdefault(entry.section, []).append(entry)
        for section, members in sections.items():
            self._add_section(section, FAMILY_TITLES.get(section, section.capitalize()), members)
        self.setCurrentRow(-1)

    def _add_section(self, section: str, title: str, members: Iterable[Entry]) -> None:
        members = list(members)
        heading = QListWidgetItem(title)
        heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
        heading.setSizeHint(QSize(0, HEADING))
        heading.setData(SECTION, section)
        heading.setData(COUNT, len(members))
        state = "folded" if self.is_folded(section) else "shown"
        heading.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title}, {len(members)} layers, {state}")
        self.addItem(heading)
        if not self.is_folded(section):
            shown = self._shown(section, members)
            for entry in shown:
                self._add_entry(entry, section, "")
            if len(shown) < len(members):
                self._add_more(section, len(members) - len(shown))

    def _shown(self, section: str, members: list[Entry]) -> list[Entry]:
        usual = USUAL.get(section)
        if usual is None or self.is_index or section in self._whole:
            return members
        return [entry for entry in members if entry.key in usual]

    def _add_more(self, section: str, count: int) -> None:
        item = QListWidgetItem(f"{count} more")
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        item.setSizeHint(QSize(0, ROW))
        item.setData(SECTION, section)
        item.setData(MORE, True)
        item.setToolTip("Shows all layers of this section. Typing above finds them too.")
        self.addItem(item)

    def _add_entry(self, entry: Entry, section: str, note: str) -> None:
        item = QListWidgetItem(entry.name)
        item.setSizeHint(QSize(0, ROW))
        for role, value in ((TYPE_ID, entry.key), (FAMILY, entry.family), (SECTION, section), (NOTE, note)):
            item.setData(role, value)
        item.setToolTip(f"{entry.title}: {entry.headline}.")
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, entry.headline)
        self.addItem(item)

    def _go_to_heading(self, section: str) -> None:
        for row in range(self.count()):
            if self.item(row).data(SECTION) == section and not self.item(row).data(TYPE_ID):
                self.setCurrentRow(row)
                return

    # --- mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        if item is not None and event.button() == Qt.MouseButton.LeftButton:
            if not item.data(TYPE_ID):
                self._turn(item)
                return
            has_page = is_explained(item.data(TYPE_ID)) and not self.is_index
            if has_page and event.position().x() > self.visualItemRect(item).right() - 10 - PAGE_WIDTH:
                self.setCurrentItem(item)
                self.page_wanted.emit(item.data(TYPE_ID))
                return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        if item is not None and not item.data(TYPE_ID):
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def event(self, event: QEvent) -> bool:
        if wants_page(event) and self.show_current_page():
            event.accept()
            return True
        return super().event(event)

    def show_current_page(self) -> bool:
        """Asks for the page of the current entry; whether there is one."""
        type_id = self.currentItem().data(TYPE_ID) if self.currentItem() is not None else None
        if is_explained(type_id):
            self.page_wanted.emit(type_id)
        return is_explained(type_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item, key = self.currentItem(), Qt.Key(event.key())
        is_heading = item is not None and not item.data(TYPE_ID)
        if is_heading and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._turn(item)
        elif is_heading and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.set_folded(item.data(SECTION), key == Qt.Key.Key_Left)
        else:
            super().keyPressEvent(event)

    def _turn(self, item: QListWidgetItem) -> None:
        """A heading folds or unfolds its section; the row below the usual entries shows the others."""
        if item.data(MORE):
            self.show_whole(item.data(SECTION))
        else:
            self.set_folded(item.data(SECTION), not self.is_folded(item.data(SECTION)))

    # --- dragging

    def mimeData(self, items: list[QListWidgetItem]) -> QMimeData:  # type: ignore[override]
        data = QMimeData()
        data.setData(NODE_TYPE_MIME, str(items[0].data(TYPE_ID)).encode())
        return data

    def startDrag(self, actions: Qt.DropAction) -> None:
        item = self.currentItem()
        if item is None or not item.data(TYPE_ID):
            return
        self.remember(item.data(TYPE_ID))
        drag = QDrag(self)
        drag.setMimeData(self.mimeData([item]))
        picture = drag_picture(item.text(), item.data(FAMILY), self.devicePixelRatioF())
        drag.setPixmap(picture)
        drag.setHotSpot(QPoint(84, 26))
        drag.exec(Qt.DropAction.CopyAction)


def is_explained(key: str | None) -> bool:
    """Layers have one; blocks of the library are explained by what is inside them."""
    return bool(key) and not str(key).startswith(PREFIX)


def wants_page(event: QEvent) -> bool:
    """Whether it is F1 asking who answers it: the entry comes before the guide."""
    is_asking = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
    return is_asking and event.key() == Qt.Key.Key_F1  # type: ignore[attr-defined]


def _kept(key: str) -> list[str]:
    """A list of words from the settings of the program, whatever a file holds there."""
    value = QSettings().value(key)
    if value is None:
        return []
    return [str(word) for word in value] if isinstance(value, list | tuple) else [str(value)]


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


class _RowDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # type: ignore[override]
        return QSize(0, ROW if index.data(TYPE_ID) or index.data(MORE) else HEADING)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # type: ignore[override]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state = QStyle.StateFlag
        is_current = bool(option.state & (state.State_Selected | state.State_HasFocus))
        is_hovered = bool(option.state & state.State_MouseOver)
        rect = QRectF(option.rect)
        if index.data(MORE):
            colours = theme.current()
            font = QFont(option.font)
            font.setPixelSize(11)
            painter.setFont(font)
            painter.setPen(QColor(colours.text if is_hovered or is_current else colours.secondary))
            painter.drawText(rect.adjusted(18, 0, -14, 0), Qt.AlignmentFlag.AlignVCenter, index.data())
        elif not index.data(TYPE_ID):
            self._paint_heading(painter, option, index, is_hovered or is_current)
        else:
            if is_current or is_hovered:
                colours = theme.current()
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(colours.hover if is_current else colours.raised))
                painter.drawRoundedRect(rect.adjusted(0, 0, -10, 0), 6, 6)
            has_page = (is_current or is_hovered) and is_explained(index.data(TYPE_ID)) and not self._is_index()
            self._paint_entry(painter, option, index, has_page=has_page)
        painter.restore()

    def _is_index(self) -> bool:
        listed = self.parent()
        return isinstance(listed, NodeTypeList) and listed.is_index

    def _paint_heading(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex, is_lit: bool
    ) -> None:
        colours, rect = theme.current(), QRectF(option.rect).adjusted(4, 6, -14, 0)
        listed = self.parent()
        is_folded = isinstance(listed, NodeTypeList) and listed.is_folded(index.data(SECTION))
        colour = QColor(colours.text if is_lit else colours.secondary)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(_triangle(QPointF(rect.left() + 4, rect.center().y()), is_folded))
        font = QFont(option.font)
        font.setPixelSize(11)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(rect.adjusted(14, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, index.data())
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(QColor(colours.secondary))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, str(index.data(COUNT)))

    def _paint_entry(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex, *, has_page: bool
    ) -> None:
        colours, rect = theme.current(), QRectF(option.rect)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.family_color(index.data(FAMILY))))
        painter.drawRoundedRect(QRectF(rect.left() + 4, rect.center().y() - 6, 4, 12), 2, 2)
        text = rect.adjusted(18, 0, -14 - (PAGE_WIDTH if has_page else 0), 0)
        note = index.data(NOTE)
        small = QFont(option.font)
        small.setPixelSize(11)
        metrics = QFontMetrics(option.font)
        room = text.width()
        beside = QFontMetrics(small).horizontalAdvance(note) + 8 if note else 0
        if metrics.horizontalAdvance(index.data()) + beside > room:
            note = ""  # the name matters more, and the colour says the family
        painter.setFont(option.font)
        painter.setPen(QColor(colours.text))
        name = metrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, name)
        painter.setFont(small)
        painter.setPen(QColor(colours.secondary))
        if note:
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, note)
        if has_page:
            sign = QRectF(rect.right() - 10 - PAGE_WIDTH, rect.top(), PAGE_WIDTH, rect.height())
            painter.drawText(sign, Qt.AlignmentFlag.AlignCenter, "?")


def _triangle(centre: QPointF, is_folded: bool) -> QPolygonF:
    points = ((-2, -4), (3, 0), (-2, 4)) if is_folded else ((-4, -2), (4, -2), (0, 3))
    return QPolygonF([centre + QPointF(x, y) for x, y in points])
