"""View: one way of looking into a run; it asks when it is seen, and says in words what keeps it from showing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from designer.inspect.asker import Asker
from designer.widgets import EmptyState, TryAgain
from designer.wrapping import WrappingRow
from runtime.questions.insight import OfRun
from runtime.questions.sequences import CaptionPicture, SampleText, TranslateText

OfWriter = CaptionPicture | SampleText | TranslateText

WORKING = "Working it out…"


class View(QWidget):
    """Controls above, content below. ``about`` is what the engine lists of the run."""

    title: ClassVar[str]
    tip: ClassVar[str]

    def __init__(self, asker: Asker) -> None:
        super().__init__()
        self.asker = asker
        self.about: dict[str, Any] = {}
        self._is_stale = True
        self.retry = TryAgain(self.ask)
        self.message = EmptyState("", self.retry)
        self.controls = WrappingRow()
        self.content = QWidget()
        below = QWidget()
        self._stack = QStackedLayout(below)
        self._stack.addWidget(self.message)
        self._stack.addWidget(self.content)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self.controls)
        column.addWidget(below, 1)

    @staticmethod
    def suits(about: dict[str, Any]) -> bool:
        """Can it show anything of such a run?"""
        return True

    def show_run(self, about: dict[str, Any]) -> None:
        """Another run, or other weights."""
        self.about = about
        self._is_stale = True
        self.prepare()
        if self.isVisible():
            self.refresh()

    def prepare(self) -> None:
        """Fills the controls for the run."""

    def ask(self) -> None:
        """Asks what it shows."""
        raise NotImplementedError

    def refresh(self) -> None:
        if self._is_stale:
            self._is_stale = False
            self.ask()

    def question(self, kind: type[OfRun], show: Any, **settings: Any) -> None:
        """Asks; until the answer comes the view says that it works."""
        if self._stack.currentWidget() is self.message:
            self.say(WORKING)

        def shown(result: dict[str, Any]) -> None:
            self.show_content()
            show(result)

        self.asker.ask(self, kind, shown, self.complain, **settings)

    def sequence_question(
        self, kind: Callable[..., OfWriter], show: Any, on_part: Any = None, **settings: Any
    ) -> None:
        """Asks a network to write; parts are shown as they come."""

        def shown(result: dict[str, Any]) -> None:
            self.show_content()
            show(result)

        def part(result: dict[str, Any]) -> None:
            if on_part is not None:
                self.show_content()
                on_part(result)

        if self._stack.currentWidget() is self.message:
            self.say(WORKING)
        if self.asker.run is not None:
            self.asker.put(
                self, kind(0, run=str(self.asker.run), which=self.asker.which, **settings), shown, self.complain, part
            )

    def say(self, words: str) -> None:
        self.retry.hide()
        self.message.say(words)
        self._stack.setCurrentWidget(self.message)

    def complain(self, fact: str, remedy: str) -> None:
        self.message.say(f"{fact} {remedy}".strip())
        self.retry.show()
        self._stack.setCurrentWidget(self.message)

    def show_content(self) -> None:
        self._stack.setCurrentWidget(self.content)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
