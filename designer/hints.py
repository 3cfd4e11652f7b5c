"""Hints for the first steps: three at most, one at a time, and gone for good once done or dismissed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, QTimer
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout

from designer.preferences import HINTS, HINTS_DONE, preferences
from designer.widgets import button, label

if TYPE_CHECKING:
    from designer.main_window import MainWindow

WIDTH, AWAY = 264, 12  # px


@dataclass(frozen=True)
class Hint:
    """What to do, when it is worth saying, when it has been done, and where it is said."""

    name: str
    words: str
    is_due: Callable[[], bool]
    is_done: Callable[[], bool]
    corner: Callable[[QSize], QPoint]  # upper left of a panel of a size, in the window
    is_wide: bool = False  # in one line, where the drawing below is not to be covered


class Hints(QFrame):
    """A small panel beside what it speaks of."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.shown: Hint | None = None
        self.setProperty("role", "chooser")
        self.setAccessibleName("Hint")
        self.words = label(wrap=True)
        self.got_it = button("Got it", self._finish)
        self.no_more = button("No more hints", lambda: preferences.set(HINTS, False), "link")
        below = QHBoxLayout()
        below.setSpacing(12)
        below.addWidget(self.got_it)
        below.addStretch()
        below.addWidget(self.no_more)
        self._parts = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._parts.setSpacing(12)
        self._parts.addWidget(self.words)
        self._parts.addLayout(below)
        self._hints = self._made()
        window.installEventFilter(self)
        window.document.changed.connect(self.follow)
        window.tabs.shown.connect(self.follow)
        window.furnished.connect(lambda: window.services and window.services.trainer.run_changed.connect(self.follow))
        preferences.changed.connect(self.follow)
        self.hide()

    def follow(self, _changed: object = None) -> None:
        """Shows the first hint that is worth saying now."""
        if self.shown is not None and self.shown.is_done():
            self._finish()
            return
        done = str(preferences.value(HINTS_DONE)).split()
        is_wanted = preferences.value(HINTS) and not self._window.tabs.is_at_start
        due = (hint for hint in self._hints if hint.name not in done and hint.is_due())
        self.shown = next(due, None) if is_wanted else None
        self.setVisible(self.shown is not None)
        if self.shown is not None:
            self.words.setText(self.shown.words)
            self._stand()
            QTimer.singleShot(0, self, self._stand)  # once the window has its sizes

    def _finish(self) -> None:
        if self.shown is not None:
            done = str(preferences.value(HINTS_DONE)).split()
            name, self.shown = self.shown.name, None
            preferences.set(HINTS_DONE, " ".join([*done, name]))  # which shows the next

    def _stand(self) -> None:
        if self.shown is not None:
            self._shape(self.shown.is_wide)
            self.adjustSize()
            self.move(self.shown.corner(self.size()))
            self.raise_()

    def _shape(self, is_wide: bool) -> None:
        direction = QBoxLayout.Direction
        self._parts.setDirection(direction.LeftToRight if is_wide else direction.TopToBottom)
        self._parts.setContentsMargins(16, 4 if is_wide else 12, 16, 4 if is_wide else 12)
        self.words.setWordWrap(not is_wide)
        self.setMinimumWidth(0 if is_wide else WIDTH)
        self.setMaximumWidth(2 * WIDTH if is_wide else WIDTH)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            QTimer.singleShot(0, self, self._stand)
        return super().eventFilter(watched, event)

    def _made(self) -> tuple[Hint, ...]:
        window, document = self._window, self._window.document
        return (
            Hint(
                "drag",
                "Drag a layer from this list onto the canvas, or double click it. An Input comes first.",
                lambda: not document.root_graph.nodes,
                lambda: bool(document.root_graph.nodes),
                self._below_left_of_canvas,
            ),
            Hint(
                "pull",
                "Pull from a port on the right of a node to a port on the left of another. "
                "Let go in the empty to choose the layer that follows.",
                lambda: len(document.root_graph.nodes) > 1 and not document.root_graph.links,
                lambda: bool(document.root_graph.links),
                self._below_left_of_canvas,
            ),
            Hint(
                "train",
                "This network can be trained: press Train.",
                lambda: (
                    bool(document.root_graph.nodes) and not any(p.severity == "error" for p in document.root_problems)
                ),
                lambda: window.services is not None and window.services.trainer.run is not None,
                self._below_train,
                is_wide=True,
            ),
        )

    def _below_left_of_canvas(self, _size: QSize) -> QPoint:
        return self._window.canvas.mapTo(self._window, QPoint(AWAY, AWAY))

    def _below_train(self, size: QSize) -> QPoint:
        train, canvas = self._window.top_bar.train, self._window.canvas
        middle = train.mapTo(self._window, train.rect().center()).x()
        return QPoint(middle - size.width() // 2, canvas.mapTo(self._window, QPoint(0, 4)).y())
