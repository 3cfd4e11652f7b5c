"""ProblemsPanel: what is wrong or worth knowing, each with its remedy; choosing one shows its node."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from designer import theme
from designer.document import Changes, Document
from designer.widgets import EmptyState
from nodes.graph.check import Problem

PROBLEM = Qt.ItemDataRole.UserRole
WORDS = {"error": "Error", "warning": "Warning", "remark": "Remark"}
MARKS = {"error": "✕", "warning": "▲", "remark": "●"}
MARK_WIDTH, ROW = 92, 44


class ProblemsPanel(QWidget):
    """The document's problems, errors first."""

    node_wanted = Signal(str)
    count_changed = Signal(int)  # errors and warnings

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._shown: tuple[Problem, ...] | None = None
        self.list = QListWidget()
        self.list.setAccessibleName("Problems")
        self.list.setItemDelegate(_ProblemDelegate(self.list))
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setMouseTracking(True)
        self.empty = EmptyState("")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 4, 0, 4)
        layout.addWidget(self.list)
        layout.addWidget(self.empty)
        document.changed.connect(self._follow)
        self.list.itemClicked.connect(self._show_node)
        self.list.itemActivated.connect(self._show_node)
        theme.themes.changed.connect(self.list.viewport().update)
        self._follow()

    def _follow(self, _changes: Changes | None = None) -> None:
        problems = self._document.problems
        has_nodes = bool(self._document.graph.nodes)
        self.empty.say(
            "No problems. Shapes fit from input to output."
            if has_nodes
            else "Nothing drawn yet. What does not fit is listed here, with what to change."
        )
        if problems != self._shown:
            self._shown = problems
            self.list.clear()
            for problem in problems:
                item = QListWidgetItem(f"{WORDS[problem.severity]}: {problem}")
                item.setData(PROBLEM, problem)
                item.setToolTip(str(problem))
                self.list.addItem(item)
            self.count_changed.emit(sum(p.severity != "remark" for p in problems))
        self.list.setVisible(bool(problems))
        self.empty.setVisible(not problems)

    def _show_node(self, item: QListWidgetItem) -> None:
        problem: Problem = item.data(PROBLEM)
        if problem.node:
            self.node_wanted.emit(problem.node)


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
        hue = {"error": colours.fault, "warning": colours.warning, "remark": colours.secondary}[problem.severity]
        bold = QFont(option.font)
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(hue))
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
