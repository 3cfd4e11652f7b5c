"""The page of the preferences on which commands are given other keys."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QKeySequenceEdit, QWidget

from designer.binding_page import BindingPage
from designer.canvas.shortcuts import shortcuts


class ShortcutPage(BindingPage):
    """All commands with their keys; the one chosen takes the keys that are pressed in the field."""

    def __init__(self) -> None:
        super().__init__(shortcuts, "command", "keys")

    def _make_field(self) -> QWidget:
        self.keys = QKeySequenceEdit()
        self.keys.setMaximumSequenceLength(1)
        self.keys.setAccessibleName("New keys of the command")
        self.keys.keySequenceChanged.connect(lambda _keys: self._judge())
        return self.keys

    def _wanted(self) -> str:
        return self.keys.keySequence().toString()

    def _put(self, key: str) -> None:
        self.keys.setEnabled(bool(self.chosen))
        self.keys.setKeySequence(QKeySequence(key))
