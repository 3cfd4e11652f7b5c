"""ProblemCard: what is wrong with a node, beside it, with the edits that mend it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from designer import theme
from designer.canvas.view import CanvasView
from designer.document import Changes
from designer.problem_words import MARKS, WORDS, colour, fact_of
from designer.remedy_list import RemedyList
from designer.widgets import label
from nodes.graph.check import Problem

WIDTH, NARROW, DISTANCE, MARGIN = 340, 296, 12, 8
ROOMY = 900  # px of the view from which on the card is wide
RADIUS = 8


class ProblemCard(QWidget):
    """A plain widget over the drawing, so that it can be read at every zoom."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas.viewport())  # as a sibling over it, it would make every scroll a full paint
        self._canvas, self._document = canvas, canvas.document
        self._problems: tuple[Problem, ...] = ()
        self._place = 0
        self.mark = label(role="heading")
        self.count = label(role="secondary")
        self.before, self.after = self._stepper("‹", "Problem before", -1), self._stepper("›", "Next problem", 1)
        self.closer = self._button("✕", "Close (Esc)")
        self.closer.clicked.connect(self.close_card)
        self.fact = label(wrap=True)
        self.fact.setStyleSheet("font-weight: 600;")
        self.reason = label(role="secondary", wrap=True)
        self.remedy = label(role="secondary", wrap=True)
        self.remedies = RemedyList(self._document)
        self.remedies.applied.connect(self._applied)
        self.remedies.found.connect(self._on_found)
        self._lay_out()
        self.hide()
        canvas.moved.connect(self._follow_view)
        canvas.zoom_changed.connect(lambda _: self._follow_view())
        self._document.changed.connect(self._follow)
        self._document.selected.connect(self._on_selected)
        theme.themes.changed.connect(self._dress)
        canvas.installEventFilter(self)
        canvas.viewport().installEventFilter(self)

    # --- what others ask of it

    @property
    def problem(self) -> Problem | None:
        """The one that is shown."""
        return self._problems[self._place] if self._problems and not self.isHidden() else None

    def show_problem(self, problem: Problem) -> None:
        """Opens beside the problem's node; beside others of the same node, to step through."""
        if problem not in self._document.problems:
            return
        alike = tuple(p for p in self._document.problems if p.node == problem.node)
        self._problems, self._place = alike, alike.index(problem)
        self._fill()
        self.show()
        self.raise_()
        self.remedies.work_out()
        self._stand()

    def show_node(self, name: str) -> bool:
        """Opens on the worst problem of a node; whether there is one."""
        problems = self._document.problems_of(name)
        if problems:
            self.show_problem(problems[0])
        return bool(problems)

    def focus_remedies(self) -> None:
        """Lets Up, Down and Enter choose what mends it."""
        if not self.remedies.focus_first():
            self.closer.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def close_card(self) -> None:
        if self.isHidden():
            return
        had_keys = self.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
        self.hide()
        self._problems = ()
        if had_keys:
            self._canvas.setFocus()

    # --- what it shows

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.mark)
        head.addStretch()
        for widget in (self.before, self.count, self.after, self.closer):
            head.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 8, 10, 12)
        layout.setSpacing(6)
        layout.addLayout(head)
        body = QVBoxLayout()
        body.setContentsMargins(0, 0, 4, 0)
        body.setSpacing(6)
        for text in (self.fact, self.reason, self.remedy):
            body.addWidget(text)
        body.addSpacing(2)
        body.addWidget(self.remedies)
        layout.addLayout(body)

    def _fill(self) -> None:
        problem = self._problems[self._place]
        self.mark.setText(f"{MARKS[problem.severity]}  {WORDS[problem.severity]}")
        self.fact.setText(fact_of(problem))
        self.reason.setText(problem.reason)
        self.reason.setVisible(bool(problem.reason))
        self.remedy.setText(problem.remedy)
        self.remedy.setVisible(bool(problem.remedy))
        self.count.setText(f"{self._place + 1} of {len(self._problems)}")
        for widget in (self.before, self.count, self.after):
            widget.setVisible(len(self._problems) > 1)
        self.setAccessibleName(f"{WORDS[problem.severity]}: {problem}")
        self.remedies.show_problem(problem)
        self._dress()

    def _dress(self) -> None:
        if self._problems:
            self.mark.setStyleSheet(f"color: {colour(self._problems[self._place].severity)};")
        self.update()

    def _step(self, step: int) -> None:
        self._place = (self._place + step) % len(self._problems)
        self._fill()
        self.remedies.work_out()
        self._stand()

    def _on_found(self, count: int) -> None:
        """Where buttons say what mends it, the sentence need not."""
        self.remedy.setVisible(bool(self.remedy.text()) and not count)
        self._stand()

    def _applied(self, text: str) -> None:
        self.close_card()
        self._canvas.setFocus()
        self._canvas.status.emit(f"Done: {text}. Ctrl+Z undoes it.")

    # --- where it stands

    def _stand(self) -> None:
        """Below its node, or where else there is room; always whole inside the view."""
        if self.isHidden():
            return
        width = WIDTH if self._canvas.viewport().width() >= ROOMY else NARROW
        self.setFixedWidth(width)
        self.layout().activate()
        self.setFixedHeight(self.layout().totalHeightForWidth(width))
        room = self._canvas.viewport().rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        box = self._node_rect()
        size = self.size()
        if box is None:
            self.move(room.center().x() - size.width() // 2, room.top() + DISTANCE)
            return
        wanted = (
            QPoint(box.left(), box.bottom() + DISTANCE),
            QPoint(box.left(), box.top() - DISTANCE - size.height()),
            QPoint(box.right() + DISTANCE, box.top()),
            QPoint(box.left() - DISTANCE - size.width(), box.top()),
        )
        places = [self._inside(place, room) for place in wanted]
        self.move(min(places, key=lambda place: _area(QRect(place, size) & box)))

    def _inside(self, place: QPoint, room: QRect) -> QPoint:
        right, bottom = room.right() - self.width() + 1, room.bottom() - self.height() + 1
        return QPoint(max(room.left(), min(place.x(), right)), max(room.top(), min(place.y(), bottom)))

    def _node_rect(self) -> QRect | None:
        """The node on the screen; None for a problem of the whole network."""
        item = self._canvas.canvas_scene.node_items.get(self._problems[self._place].node)
        return self._canvas.mapFromScene(item.scene_box()).boundingRect() if item is not None else None

    def _follow_view(self) -> None:
        if self.isHidden():
            return
        box = self._node_rect()
        if box is not None and not box.intersects(self._canvas.viewport().rect()):
            self.close_card()  # its node has left the view
        else:
            self._stand()

    # --- following document, mouse and keys

    def _follow(self, changes: Changes) -> None:
        """Stays while the same problem is there, with the numbers it has now."""
        if self.isHidden():
            return
        shown = self._problems[self._place]
        same = [p for p in self._document.problems if (p.node, p.kind, p.severity) == _sort(shown)]
        if changes.opened or not same:
            self.close_card()
        elif changes.facts or changes.problems or shown not in same:
            self.show_problem(shown if shown in same else same[0])
        else:
            self._stand()

    def _on_selected(self, names: tuple[str, ...]) -> None:
        if not self.isHidden() and self._problems[self._place].node not in ("", *names):
            self.close_card()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress and watched is self._canvas.viewport():
            assert isinstance(event, QMouseEvent)
            return self._press(event)
        if event.type() == QEvent.Type.Resize and watched is self._canvas.viewport():
            self._follow_view()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            is_escape = event.key() == Qt.Key.Key_Escape and not self.isHidden()
            if is_escape:
                self.close_card()
            return is_escape
        return False

    def _press(self, event: QMouseEvent) -> bool:
        """A press on a badge opens the card of its node; one anywhere else closes it."""
        name = self._canvas.canvas_scene.badge_at(self._canvas.mapToScene(event.position().toPoint()))
        if name and event.button() == Qt.MouseButton.LeftButton:
            self._document.select((name,))
            self.show_node(name)
            return True
        self.close_card()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_card()
        else:
            event.accept()  # no key of the drawing while the card has them

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        severity = self._problems[self._place].severity if self._problems else "remark"
        painter.setPen(QPen(QColor(colour(severity)), 1.25))
        painter.setBrush(QColor(colours.panel))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        painter.end()

    def _button(self, text: str, words: str) -> QToolButton:
        made = QToolButton()
        made.setText(text)
        made.setToolTip(words)
        made.setAccessibleName(words)
        made.setFixedSize(24, 24)
        made.setProperty("role", "small")
        return made

    def _stepper(self, text: str, words: str, step: int) -> QToolButton:
        made = self._button(text, words)
        made.clicked.connect(lambda: self._step(step))
        return made


def _area(rect: QRect) -> int:
    return rect.width() * rect.height() if rect.isValid() else 0


def _sort(problem: Problem) -> tuple[str, str, str]:
    return problem.node, problem.kind, problem.severity
