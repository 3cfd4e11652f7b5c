"""A child process that is listened to by a thread, and what listens to it coming and going."""

from __future__ import annotations

import random
import sys
import time

from PySide6.QtCore import QCoreApplication, QEvent, QObject

from designer.processes import LastingProgram

CHATTER = [sys.executable, "-c", "for number in range(10**7):\n    print(number, flush=True)"]


def test_one_may_go_while_its_program_is_speaking(qtbot):
    """A thread that told what is going would take the whole program down."""
    for _ in range(12):
        parent, heard = QObject(), []
        program = LastingProgram(CHATTER, parent)
        program.line.connect(heard.append)
        process = program._process
        qtbot.waitUntil(lambda heard=heard: bool(heard))
        time.sleep(random.uniform(0, 0.02))
        parent.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        process.kill()
        process.wait()


def test_lines_and_the_end_are_heard(qtbot):
    lines: list[bytes] = []
    program = LastingProgram([sys.executable, "-c", "print('one'); print('two')"])
    program.line.connect(lines.append)
    with qtbot.waitSignal(program.ended):
        pass
    assert lines == [b"one\n", b"two\n"]
