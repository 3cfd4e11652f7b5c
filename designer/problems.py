"""ProblemsPanel: what is wrong or worth knowing; choosing one shows its node, and what would mend it."""

from __future__ import annotations

from collections import Counter
from functools import partial

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from designer import theme
from designer.document import Changes, Document
from designer.problem_words import MARKS, PLURALS, WORDS, colour
from designer.remedy_list import RemedyList
from designer.widgets import EmptyState, button, label, scrolled
from nodes.graph.check import Problem
from nodes.graph.remedies import Remedy

PROBLEM = Qt.ItemDataRole.UserRole
MARK_WIDTH, ROW = 92, 44
DETAIL_WIDTH = 320


class ProblemsPanel(QWidget):
    """The document's problems, errors first; remarks are folded until they are asked for."""

    problem_wanted = Signal(object)  # Problem: show its node and its card
    count_changed = Signal(int)  # errors and warnings

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._shown: tuple[Problem, ...] | None = None
        self.filters: dict[str, QPushButton] = {}
        self.list = ProblemList()
        self.detail = ProblemDetail(document)
        self.empty = EmptyState("")
        self._lay_out()
        document.changed.connect(self._follow)
        self.list.itemClicked.connect(self._show)
        self.list.itemActivated.connect(self._show)
        self.list.currentItemChanged.connect(self._show_detail)
        self.list.mend_wanted.connect(self.detail.remedies.focus_first)
        self.list.menu_wanted.connect(self._menu)
        theme.themes.changed.connect(self.list.viewport().update)
        self._follow()

    def _lay_out(self) -> None:
        self.list.setMinimumWidth(240)
        bar = QHBoxLayout()
        bar.setContentsMargins(4, 4, 0, 0)
        bar.setSpacing(4)
        for severity in WORDS:
            made = self.filters[severity] = button("", self._fill, "filter")
            made.setCheckable(True)
            made.setChecked(severity != "remark")
            bar.addWidget(made)
        bar.addStretch()
        self._detail_area = scrolled(self.detail)
        self._detail_area.setFixedWidth(DETAIL_WIDTH)
        body = QHBoxLayout()
        body.setSpacing(8)
        body.addWidget(self.list, 1)
        body.addWidget(self._detail_area)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 4, 0, 4)
        layout.setSpacing(4)
        layout.addLayout(bar)
        layout.addLayout(body, 1)
        layout.addWidget(self.empty, 1)

    def _follow(self, _changes: Changes | None = None) -> None:
        if self._document.problems != self._shown:
            self._shown = self._document.problems
            self._fill()
            self.count_changed.emit(sum(p.severity != "remark" for p in self._shown))
        self._say_empty()

    def _fill(self) -> None:
        """Lists what the filters let through; the current one stays current where it is still there."""
        item = self.list.currentItem()
        before: Problem | None = item.data(PROBLEM) if item else None
        counts = Counter(problem.severity for problem in self._document.problems)
        for severity, made in self.filters.items():
            words = WORDS if counts[severity] == 1 else PLURALS
            made.setText(f"{MARKS[severity]}  {counts[severity]} {words[severity]}")
            made.setToolTip(f"{'Hide' if made.isChecked() else 'Show'} {PLURALS[severity].lower()}")
            made.setVisible(counts[severity] > 0)
        self.list.clear()
        for problem in self._document.problems:
            if self.filters[problem.severity].isChecked():
                self.list.add(problem)
                if problem == before:
                    self.list.setCurrentRow(self.list.count() - 1)
        self._say_empty()
        self._show_detail()

    def _say_empty(self) -> None:
        count = len(self._document.problems)
        if self.list.count():
            words = ""
        elif count:
            hidden = [PLURALS[s].lower() for s, made in self.filters.items() if made.isVisibleTo(self)]
            words = f"No problems among those shown. Press a button above to see the {' and '.join(hidden)}."
        elif self._document.graph.nodes:
            words = "No problems. Shapes fit from input to output."
        else:
            words = "Nothing drawn yet. What does not fit is listed here, with what to change."
        self.empty.say(words)
        self.empty.setVisible(bool(words))
        self.list.setVisible(not words)

    def _show(self, item: QListWidgetItem) -> None:
        self.problem_wanted.emit(item.data(PROBLEM))

    def _show_detail(self, *_items: QListWidgetItem | None) -> None:
        item = self.list.currentItem()
        self._detail_area.setVisible(item is not None)
        self.detail.show_problem(item.data(PROBLEM) if item is not None else None)

    def _menu(self, item: QListWidgetItem, at: QPoint) -> None:
        problem: Problem = item.data(PROBLEM)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if problem.node:
            menu.addAction(f"Show {problem.node}", partial(self.problem_wanted.emit, problem))
            menu.addSeparator()
        found = self._document.remedies_of(problem)
        for remedy in found:
            words = f"{remedy.text}\t{remedy.price}" if remedy.price else remedy.text
            menu.addAction(words, partial(self._mend, remedy))
        if not found:
            menu.addAction("No edit mends this by itself").setEnabled(False)
        menu.popup(at)

    def _mend(self, remedy: Remedy) -> None:
        self._document.edit(remedy.graph, remedy.text)


class ProblemList(QListWidget):
    """Enter shows the node; Ctrl+. goes to the remedies; the menu key offers both."""

    mend_wanted = Signal()
    menu_wanted = Signal(object, QPoint)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Problems")
        self.setItemDelegate(_ProblemDelegate(self))
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_for_menu)

    def add(self, problem: Problem) -> None:
        item = QListWidgetItem(f"{WORDS[problem.severity]}: {problem}")
        item.setData(PROBLEM, problem)
        item.setToolTip(f"{problem}\nEnter shows it, Ctrl+. what mends it")
        self.addItem(item)

    def event(self, event: QEvent) -> bool:
        """Ctrl+. is answered here while the list has the keys, and elsewhere by the window."""
        if event.type() == QEvent.Type.ShortcutOverride and _is_mend(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _is_mend(event) and self.currentItem() is not None:
            self.mend_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _ask_for_menu(self, at: QPoint) -> None:
        item = self.itemAt(at) or self.currentItem()
        if item is not None:
            self.setCurrentItem(item)
            self.menu_wanted.emit(item, self.viewport().mapToGlobal(at))


def _is_mend(event: QEvent) -> bool:
    has_control = isinstance(event, QKeyEvent) and event.modifiers() & Qt.KeyboardModifier.ControlModifier
    return bool(has_control) and event.key() == Qt.Key.Key_Period  # type: ignore[attr-defined]


class ProblemDetail(QWidget):
    """The problem chosen in the list: its reason, and the edits that mend it."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.fact = label(wrap=True)
        self.fact.setStyleSheet("font-weight: 600;")
        self.reason = label(role="secondary", wrap=True)
        self.remedy = label(role="secondary", wrap=True)
        self.remedies = RemedyList(document)
        self.remedies.found.connect(lambda count: self.remedy.setVisible(bool(self.remedy.text()) and not count))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 12, 8)
        layout.setSpacing(6)
        for widget in (self.fact, self.reason, self.remedy, self.remedies):
            layout.addWidget(widget)
        layout.addStretch()

    def show_problem(self, problem: Problem | None) -> None:
        for text, words in (
            (self.fact, problem.fact if problem else ""),
            (self.reason, problem.reason if problem else ""),
            (self.remedy, problem.remedy if problem else ""),
        ):
            text.setText(words)
            text.setVisible(bool(words))
        self.remedies.show_problem(problem)


class _ProblemDelegate(QStyledItemDelegate):
    """Mark and word, then the fact with the remedy below it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # type: ignore[override]
        return QSize(0, ROW if index.data(PROBLEM).remedy else ROW - 14)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # type: ignore[override]
        colours, problem = theme.current(), index.data(PROBLEM)
        rect = QRectF(option.rect).adjusted(0, 1, -10, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.hover if is_chosen else colours.raised))
            painter.drawRoundedRect(rect, 6, 6)
        bold = QFont(option.font)
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(colour(problem.severity)))
        top = QRectF(rect.left() + 8, rect.top() + 5, rect.width() - 16, 16)
        painter.drawText(top, Qt.AlignmentFlag.AlignVCenter, f"{MARKS[problem.severity]}  {WORDS[problem.severity]}")
        painter.setFont(option.font)
        painter.setPen(QColor(colours.text))
        self._write(painter, option.font, top.adjusted(MARK_WIDTH, 0, 0, 0), problem.fact)
        painter.setPen(QColor(colours.secondary))
        self._write(painter, option.font, top.adjusted(MARK_WIDTH, 17, 0, 17), problem.remedy)
        painter.restore()

    def _write(self, painter: QPainter, font: QFont, rect: QRectF, text: str) -> None:
        cut = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, int(rect.width()))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, cut)
