"""AskingDialog: asks the engine what takes a while; closing, or asking again, gives up what is under way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTemporaryDir
from PySide6.QtWidgets import QDialog, QWidget

from designer.document import Document
from designer.engine_client import EngineClient
from nodes.graph.files import write
from runtime.protocol import Answer, Partly, Refused, Request


class AskingDialog(QDialog):
    """One question about the network as it is drawn, at a time; the answer may come in parts."""

    def __init__(self, document: Document, engine: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._engine = document, engine
        self._folder = QTemporaryDir()
        self._asked = self._rounds = 0

    def ask(self, made: Callable[[str, str, str], Request]) -> None:
        """``made`` makes the question of the network's text, the folder that paths start from, and the stop file."""
        self._give_up()
        self._rounds += 1
        path = self._document.path
        base = str(path.parent if path else Path.cwd())
        request = made(write(self._document.network).decode(), base, str(self._stop_file))
        self._asked = self._engine.ask(self, request, self._end, self._refuse, self.hear)

    def hear(self, part: Partly) -> None:
        """A part of the answer."""
        raise NotImplementedError

    def take(self, answer: Answer) -> None:
        """The answer."""
        raise NotImplementedError

    def say(self, sentence: str) -> None:
        """Why there is none."""
        raise NotImplementedError

    def done(self, result: int) -> None:
        """However it is closed."""
        self._give_up()
        super().done(result)

    @property
    def _stop_file(self) -> Path:
        return Path(self._folder.path()) / f"stop-{self._rounds}"

    def _end(self, answer: Answer) -> None:
        self._asked = 0
        self.take(answer)

    def _refuse(self, refused: Refused) -> None:
        self._asked = 0
        self.say(f"{refused.fact} {refused.remedy}".strip())

    def _give_up(self) -> None:
        if self._asked:
            self._engine.forget(self._asked)
            self._stop_file.touch()
            self._asked = 0
