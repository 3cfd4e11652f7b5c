"""Stand-ins for the processes beside the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from runtime.protocol import Answer, Partly, Refused, Request


class ScriptedEngine:
    """Remembers what it was asked; a test answers when it wants to."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forgets all that it was asked."""
        self.requests: list[Request] = []
        self.forgotten: list[int] = []
        self._answers: list[tuple[Callable[[Answer], object], Callable[[Refused], object]]] = []
        self._on_part: Callable[[Partly], object] | None = None

    def ask(
        self,
        _asker: QObject,
        request: Request,
        on_answer: Callable[[Answer], object],
        on_refused: Callable[[Refused], object],
        on_part: Callable[[Partly], object] | None = None,
    ) -> int:
        self.requests.append(request)
        self._answers.append((on_answer, on_refused))
        self._on_part = on_part
        return len(self.requests)

    def forget(self, number: int) -> None:
        self.forgotten.append(number)

    def answer(self, **result: Any) -> None:
        self._answers[-1][0](Answer(len(self.requests), result))

    def tell_part(self, **result: Any) -> None:
        assert self._on_part is not None
        self._on_part(Partly(len(self.requests), result))

    def refuse(self, fact: str, remedy: str) -> None:
        self._answers[-1][1](Refused(len(self.requests), fact, remedy))
