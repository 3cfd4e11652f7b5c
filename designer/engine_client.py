"""EngineClient: asks the engine process what needs torch, and hears its answers when they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import NamedTuple

import msgspec
from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from designer.processes import Program, module_command
from runtime import protocol
from runtime.protocol import Answer, Partly, Refused, Request

OnAnswer = Callable[[Answer], object]
OnRefused = Callable[[Refused], object]
OnPart = Callable[[Partly], object]


class Question(NamedTuple):
    """Who asked, and what hears the answer. One that is gone from the window is told nothing any more."""

    asker: QObject
    on_answer: OnAnswer
    on_refused: OnRefused
    on_part: OnPart | None

    def hear(self, reply: Answer | Refused | Partly) -> None:
        if not isValid(self.asker):
            return
        if isinstance(reply, Answer):
            self.on_answer(reply)
        elif isinstance(reply, Refused):
            self.on_refused(reply)
        elif self.on_part is not None:
            self.on_part(reply)


class EngineClient(QObject):
    """The engine, started when it is first needed and again after it died.

    Errors:  requests that were waiting when it died are refused with a sentence; the next one starts it anew.
    """

    ready = Signal()
    died = Signal(str)

    def __init__(self, command: Sequence[str] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._command = tuple(command or module_command("runtime.engine"))
        self._program: Program | None = None
        self._ids = count(1)
        self._waiting: dict[int, Question] = {}
        self._is_closed = False
        self.is_ready = False

    @property
    def is_busy(self) -> bool:
        return bool(self._waiting)

    @property
    def process_id(self) -> int:
        return self._program.process_id if self._program is not None else 0

    def start(self) -> None:
        """Starts the engine unless it runs; the window does so after its first paint."""
        if self._program is not None or self._is_closed:
            return
        self._program = program = Program(self._command, self)
        program.line.connect(self._hear)
        program.ended.connect(self._on_ended)

    def ask(
        self,
        asker: QObject,
        request: Request,
        on_answer: OnAnswer,
        on_refused: OnRefused,
        on_part: OnPart | None = None,
    ) -> int:
        """Sends a request under an id of its own, which is returned; exactly one of the first two is called, later.

        ``on_part`` hears the parts of an answer that takes a while. Once Qt has deleted the asker nobody is called.
        """
        number = next(self._ids)
        self.start()
        self._waiting[number] = Question(asker, on_answer, on_refused, on_part)
        if self._program is not None:
            self._program.say(protocol.encode(msgspec.structs.replace(request, id=number)))
        return number

    def forget(self, number: int) -> None:
        """Passes over the answer to a request that is of no use any more."""
        self._waiting.pop(number, None)

    def close(self) -> None:
        """Ends the engine; nobody is called any more."""
        self._is_closed = True
        self._waiting.clear()
        if self._program is not None:
            self._program.kill()
            self._program = None

    def _hear(self, line: bytes) -> None:
        try:
            reply = protocol.decode_reply(line)
        except msgspec.DecodeError:
            return
        if isinstance(reply, protocol.Ready):
            self.is_ready = True
            self.ready.emit()
            return
        question = self._waiting.get(reply.id) if isinstance(reply, Partly) else self._waiting.pop(reply.id, None)
        if question is not None:
            question.hear(reply)

    def _on_ended(self) -> None:
        program, self._program = self._program, None
        self.is_ready = False
        if program is None:
            return
        reason = f" It said: {program.last_words}" if program.last_words else ""
        fact = f"The engine process ended unexpectedly.{reason}"
        waiting, self._waiting = self._waiting, {}
        for number, question in waiting.items():
            question.hear(Refused(number, fact, "Try again: it starts anew."))
        program.deleteLater()
        self.died.emit(fact)
