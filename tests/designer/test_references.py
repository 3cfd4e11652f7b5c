"""PySide6 6.12.0 dropped a reference to None on every call that returned nothing; such a release ends Python 3.11."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QGraphicsRectItem, QWidget

CALLS = 1000


def lost_references(call) -> int:
    """How many references to None a thousand calls lose."""
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        call()
    return before - sys.getrefcount(None)


def test_calls_that_return_nothing_keep_their_references(qtbot):
    widget, item, stack, plain = QWidget(), QGraphicsRectItem(), QUndoStack(), QObject()
    qtbot.addWidget(widget)
    for call in (widget.update, item.update, stack.clear, lambda: plain.setObjectName("a")):
        assert lost_references(call) < CALLS // 10


def test_overridden_methods_keep_their_references(qtbot):
    class Counter(QWidget):
        def resizeEvent(self, event) -> None:
            """Returns nothing to Qt."""

    widget = Counter()
    qtbot.addWidget(widget)
    widget.show()
    sizes = iter(range(100, 100 + 2 * CALLS))
    assert lost_references(lambda: widget.resize(next(sizes), 100)) < CALLS // 10
