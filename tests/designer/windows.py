"""Whole windows for tests: shown once for many of them, and closed without a question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from designer.document import Document
from designer.inspector import Inspector
from designer.main_window import MainWindow
from nodes.graph.model import Network
from tests.designer.doubles import ScriptedEngine
from tests.designer.drawing import give_focus

PATIENCE = 60_000  # ms: on a machine with much else to do


def let_go(widget: QWidget) -> None:
    """Lets a window close without asking what becomes of its drawing."""
    if isinstance(widget, MainWindow):
        widget._may_close = lambda: True  # type: ignore[method-assign]


class Desk:
    """An inspector that is shown once; each test gets it with a document as if it were new."""

    def __init__(self, height: int) -> None:
        self.document, self.engine = Document(), ScriptedEngine()
        self.inspector = Inspector(self.document, self.engine)  # type: ignore[arg-type]
        self.inspector.resize(320, height)
        self.inspector.show()

    def begin(self, network: Network) -> None:
        self.document.open(network, None)
        self.document.know_data(None)
        self.engine.clear()

    def close(self) -> None:
        self.inspector.close()
        self.inspector.deleteLater()


@contextmanager
def shown(network: Network, width: int = 1400, height: int = 900) -> Iterator[MainWindow]:
    """A window with everything in it, for as long as the tests of a module need it."""
    window = MainWindow(Document(network))
    window.resize(width, height)
    window.show()
    for _ in range(PATIENCE // 10):
        if window.services is not None:
            break
        QTest.qWait(10)
    assert window.services is not None, "the window is not furnished"
    QTest.qWaitForWindowActive(window)
    yield window
    let_go(window)
    window.close()
    window.deleteLater()


def anew(window: MainWindow, network: Network) -> MainWindow:
    """A shown window with that network in its only tab, as if nothing had been done in it."""
    may_leave, window.tabs.leaving = window.tabs.leaving, lambda: True
    while window.tabs.count() > 1:
        window.tabs.close_shown()
    window.tabs.leaving = may_leave
    window.document.open(network, None)
    window.tabs.leave_start()
    window.canvas.fit()
    give_focus(window.canvas)
    return window
