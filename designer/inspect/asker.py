"""Asker: what the views ask of the engine about one run; pictures go into a folder that ends with the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTemporaryDir, Signal

from designer.engine_client import EngineClient
from runtime.protocol import Answer, Partly, Refused, Request
from runtime.questions.insight import OfRun

Show = Callable[[dict[str, Any]], object]
Complain = Callable[[str, str], object]


class Asker(QObject):
    """Knows the run and the weights that are looked into. Each asker of a question has one under way at most."""

    changed = Signal()  # another run, or other weights of it
    busy = Signal(bool)

    def __init__(self, engine: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._folder = QTemporaryDir()
        self._under_way: dict[QObject, int] = {}
        self.run: Path | None = None
        self.which = "best"

    @property
    def folder(self) -> str:
        return self._folder.path()

    def look_into(self, run: Path | None, which: str = "best") -> None:
        self.run, self.which = run, which
        self.changed.emit()

    def ask(self, owner: QObject, kind: type[OfRun], show: Show, complain: Complain, **settings: Any) -> None:
        """Asks about the run; an older question of the same owner is passed over."""
        if self.run is None:
            complain("There is no run to look into.", "Train the network first.")
            return
        self.put(owner, kind(0, str(self.run), self.folder, self.which, **settings), show, complain)

    def put(
        self, owner: QObject, request: Request, show: Show, complain: Complain, on_part: Show | None = None
    ) -> None:
        """Asks a question as it is, in the place of an older one of the same owner; ``on_part`` hears parts of it."""
        if owner in self._under_way:
            self._engine.forget(self._under_way.pop(owner))

        def hear(answer: Answer) -> None:
            self._done(owner)
            show(answer.result)

        def refuse(refused: Refused) -> None:
            self._done(owner)
            complain(refused.fact, refused.remedy)

        def hear_part(part: Partly) -> None:
            if on_part is not None:
                on_part(part.result)

        self._under_way[owner] = self._engine.ask(owner, request, hear, refuse, hear_part)
        self.busy.emit(True)

    def _done(self, owner: QObject) -> None:
        self._under_way.pop(owner, None)
        self.busy.emit(bool(self._under_way))
