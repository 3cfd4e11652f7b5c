"""RemedyList: what would mend a problem, a button each with its price; one click is one undo step."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from designer import theme
from designer.document import Document
from designer.widgets import empty
from nodes.graph.check import Problem
from nodes.graph.remedies import Remedy

PAUSE = 120  # ms: while somebody types, nothing is worked out
SIDE, EDGE, PRICE_HEIGHT = 12, 8, 16
UP, DOWN = Qt.Key.Key_Up, Qt.Key.Key_Down


class RemedyList(QWidget):
    """Empty until it is seen: each remedy is tried out before it is offered, which takes a moment."""

    applied = Signal(str)  # what was done
    found = Signal(int)

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._problem: Problem | None = None
        self._graph = document.graph
        self.buttons: list[RemedyButton] = []
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(PAUSE)
        self._wait.timeout.connect(self.work_out)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(4)

    def show_problem(self, problem: Problem | None) -> None:
        """Another problem; its remedies are looked for once the list is seen."""
        self._problem = problem
        self.buttons.clear()
        empty(self._rows)
        if self.isVisible():
            self._wait.start()

    def work_out(self) -> None:
        """Looks for the remedies now."""
        self._wait.stop()
        if self._problem is None or self.buttons or self._problem not in self._document.problems:
            return
        self._graph = self._document.graph
        for remedy in self._document.remedies_of(self._problem):
            made = RemedyButton(remedy)
            made.clicked.connect(partial(self._apply, remedy))
            made.stepped.connect(self._step)
            self._rows.addWidget(made)
            made.show()  # now: what is not shown yet cannot take the keys
            self.buttons.append(made)
        self.found.emit(len(self.buttons))

    def focus_first(self) -> bool:
        """Lets the keys choose among them; whether there is one."""
        self.work_out()
        if self.buttons:
            self.buttons[0].setFocus(Qt.FocusReason.ShortcutFocusReason)
        return bool(self.buttons)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.buttons:
            self._wait.start()

    def _step(self, step: int) -> None:
        focused = self.window().focusWidget()
        if focused in self.buttons:
            place = (self.buttons.index(focused) + step) % len(self.buttons)
            self.buttons[place].setFocus(Qt.FocusReason.TabFocusReason)

    def _apply(self, remedy: Remedy, _checked: bool = False) -> None:
        """Where the drawing has gone on since, the same edit is made of what is drawn now."""
        if self._problem is None or self._problem not in self._document.problems:
            return
        if self._document.graph is not self._graph:
            fresh = self._document.remedies_of(self._problem)
            remedy = next((one for one in fresh if one.text == remedy.text), remedy)
            if remedy not in fresh:
                self.show_problem(self._problem)
                return
        mended = self._problem.node
        self._document.edit(remedy.graph, remedy.text)
        if mended in self._document.graph.nodes:  # so that one goes on from there, not from what was inserted
            self._document.select((mended,))
        self.applied.emit(remedy.text)


class RemedyButton(QPushButton):
    """What is done, in as many lines as it needs, and below it what it costs."""

    stepped = Signal(int)  # Up and Down go to the one before and after

    def __init__(self, remedy: Remedy) -> None:
        super().__init__()
        self.remedy = remedy
        self.setAccessibleName(f"{remedy.text}: {remedy.price}" if remedy.price else remedy.text)
        self.setProperty("role", "remedy")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        words = self._words_rect(width).height()
        return words + (PRICE_HEIGHT if self.remedy.price else 0) + 2 * EDGE

    def sizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(max(self.width(), 200)))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.heightForWidth(max(self.width(), 120)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (UP, DOWN):
            self.stepped.emit(1 if key == DOWN else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)  # the box, by the stylesheet
        colours = theme.current()
        painter = QPainter(self)
        painter.setFont(self._bold())
        painter.setPen(QColor(colours.text))
        words = self._words_rect(self.width())
        painter.drawText(words, Qt.TextFlag.TextWordWrap, self.remedy.text)
        small = QFont(self.font())
        small.setPixelSize(11)
        painter.setFont(small)
        painter.setPen(QColor(colours.secondary))
        price = QRect(SIDE, words.bottom() + 1, self.width() - 2 * SIDE, PRICE_HEIGHT)
        painter.drawText(price, Qt.AlignmentFlag.AlignVCenter, self.remedy.price)
        painter.end()

    def _bold(self) -> QFont:
        bold = QFont(self.font())
        bold.setBold(True)
        return bold

    def _words_rect(self, width: int) -> QRect:
        room = QRect(SIDE, EDGE, max(width - 2 * SIDE, 40), 400)
        used = QFontMetrics(self._bold()).boundingRect(room, Qt.TextFlag.TextWordWrap, self.remedy.text)
        return QRect(SIDE, EDGE, room.width(), used.height())
