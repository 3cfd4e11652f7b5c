"""A run on the digits, and the engine in this process: it answers when the event loop turns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from designer.inspect.panel import InspectPanel
from runtime.engine import replies_to
from runtime.protocol import Answer, Partly, Refused, Request, encode
from tests.runtime.insight.conftest import run  # noqa: F401  the same training


class DirectEngine:
    """Answers as the process does, one turn of the event loop later."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self._forgotten: set[int] = set()

    def ask(
        self,
        _asker: QObject,
        request: Request,
        on_answer: Callable[[Answer], object],
        on_refused: Callable[[Refused], object],
        on_part: Callable[[Partly], object] | None = None,
    ) -> int:
        self.asked.append(request)
        number = len(self.asked)

        def answer() -> None:
            for reply in replies_to(encode(request)):
                if number in self._forgotten:
                    return
                if isinstance(reply, Answer):
                    on_answer(reply)
                elif isinstance(reply, Refused):
                    on_refused(reply)
                elif on_part is not None and isinstance(reply, Partly):
                    on_part(reply)

        QTimer.singleShot(0, answer)
        return number

    def forget(self, number: int) -> None:
        self._forgotten.add(number)


def panel_on(qtbot: QtBot, run: Path, height: int = 400) -> InspectPanel:  # noqa: F811
    """A shown panel that has opened a run."""
    panel = InspectPanel(DirectEngine())  # type: ignore[arg-type]
    panel.resize(1200, height)
    qtbot.addWidget(panel)
    panel.show()
    with qtbot.waitSignal(panel.opened):
        panel.show_run(run)
    return panel


@pytest.fixture
def panel(qtbot: QtBot, run: Path) -> InspectPanel:  # noqa: F811
    return panel_on(qtbot, run)
