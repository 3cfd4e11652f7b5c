"""The Surgery menu: each operation, with the reason in its tip where it cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QInputDialog, QMenu

from designer.surgery.desk import SurgeryDesk
from nodes.graph.surgery import OPERATIONS, WHOLE, WIDEN, WIDEST, refusal, whole_refusal
from nodes.graph.surgery_paths import Weighted, out_channels

if TYPE_CHECKING:
    from designer.main_window import MainWindow

ONE = "Select one layer of the drawing first."


def fill(menu: QMenu, window: MainWindow) -> None:
    """Every operation; those that cannot be done are grey."""
    menu.clear()
    menu.setToolTipsVisible(True)
    name = _selected(window)
    for operation in OPERATIONS:
        reason = refusal(window.document.inference, operation, name) if name else ONE
        _add(menu, window, operation, name, reason)
    menu.addSeparator()
    for operation, (words, tip) in WHOLE.items():
        document = window.document
        reason = whole_refusal(document.root_graph, operation, document.scope) if document.graph.nodes else ONE
        _entry(menu, words, partial(desk(window).operate, operation), reason, tip)


def add_to_context(menu: QMenu, window: MainWindow) -> None:
    """A menu of what can be done with the selected layer; none where nothing can."""
    name = _selected(window)
    found = [op for op in OPERATIONS if name and not refusal(window.document.inference, op, name)]
    if found:
        menu.addSeparator()
        inner = menu.addMenu("Surgery")
        inner.setToolTipsVisible(True)
        for operation in found:
            _add(inner, window, operation, name, "")


def desk(window: MainWindow) -> SurgeryDesk:
    """The one of a window, made when it is first needed."""
    return window.findChild(SurgeryDesk) or SurgeryDesk(window)


def _selected(window: MainWindow) -> str:
    selection = window.document.selection
    return selection[0] if len(selection) == 1 else ""


def _add(menu: QMenu, window: MainWindow, operation: str, name: str, reason: str) -> None:
    chosen = OPERATIONS[operation]
    if chosen.choices and not reason:
        inner = menu.addMenu(chosen.words)
        inner.setToolTipsVisible(True)
        for value, words in chosen.choices.items():
            why = refusal(window.document.inference, operation, name, value)
            _entry(inner, words, partial(desk(window).operate, operation, name, value), why, chosen.tip)
        return
    act = partial(_ask_width, window, name) if operation == WIDEN else partial(desk(window).operate, operation, name)
    _entry(menu, chosen.words, act, reason, chosen.tip)


def _entry(menu: QMenu, words: str, act: Callable[[], object], reason: str, tip: str) -> None:
    action = menu.addAction(words)
    action.triggered.connect(lambda _checked=False: act())
    action.setEnabled(not reason)
    action.setToolTip(reason or tip)
    action.setStatusTip(reason or tip)


def _ask_width(window: MainWindow, name: str) -> None:
    settings = window.document.graph.nodes[name].settings
    if not isinstance(settings, Weighted):
        return
    now = out_channels(settings)
    title, words = f"Widen {name}", f"Channels of {name}, {now} now:"
    width, accepted = QInputDialog.getInt(window, title, words, min(2 * now, WIDEST), now + 1, WIDEST)
    if accepted:
        desk(window).operate(WIDEN, name, str(width))
