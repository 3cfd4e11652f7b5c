"""Whole windows for tests: shown once for many of them, and closed without a question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from designer.document import Document
from designer.main_window import MainWindow
from nodes.graph.model import Network

PATIENCE = 60_000  # ms: on a machine with much else to do


def let_go(widget: QWidget) -> None:
    """Lets a window close without asking what becomes of its drawing."""
    if isinstance(widget, MainWindow):
        widget._may_close = lambda: True  # type: ignore[method-assign]


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
