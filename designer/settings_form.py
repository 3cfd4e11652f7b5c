"""SettingsForm: a form generated from declared settings, for a node, a recipe or a data choice alike."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from designer.document import new_gesture
from designer.editor import Editor
from designer.editors import EDITORS
from designer.widgets import Fold, label
from nodes.spec.settings import Kind, SettingError

NAME_WIDTH = 120  # px: forms below each other line up
PAUSE = 900  # ms without a change after which the next one is an undo step of its own


class Settings(Protocol):
    """A frozen value with settings: a node type, a recipe, a data choice."""

    def replaced(self, **changes: Any) -> Any: ...


class Row:
    """One setting: its name, its editor, and the sentence below it where the value is refused."""

    def __init__(self, name: str, kind: Kind, editor: Editor) -> None:
        self.kind, self.editor = kind, editor
        self.name = label(name)
        self.name.setToolTip(kind.doc)
        self.name.setBuddy(editor)
        self.message = label(role="fault", wrap=True)
        self.message.hide()

    def set_shown(self, is_shown: bool) -> None:
        self.name.setVisible(is_shown)
        self.editor.setVisible(is_shown)
        if not is_shown:
            self.say("")

    def say(self, sentence: str) -> None:
        self.message.setText(sentence)
        self.message.setVisible(bool(sentence))
        self.editor.set_refused(bool(sentence))


class SettingsForm(QWidget):
    """Rows for all settings, advanced ones below a fold.

    A change that the settings refuse stays in its field with the sentence below it, and is tried again
    together with the next change: kind and size of an input can only change together.
    """

    edited = Signal(object, str)  # the settings as changed, and the gesture

    def __init__(self, kinds: Mapping[str, Kind], *, more: Iterable[str] = ()) -> None:
        super().__init__()
        self.rows: dict[str, Row] = {}
        self._value: Settings | None = None
        self._pending: dict[str, Any] = {}
        self._gesture = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE)
        self._pause.timeout.connect(self._end_gesture)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        hidden = {name for name, kind in kinds.items() if kind.advanced} | set(more)
        layout.addWidget(self._grid({n: k for n, k in kinds.items() if n not in hidden}))
        self.fold: Fold | None = None
        below = self._grid({n: k for n, k in kinds.items() if n in hidden})
        if hidden & set(self.rows):
            self.fold = Fold("More settings", below)
            layout.addWidget(self.fold)
        else:
            below.deleteLater()

    def show_settings(self, value: Settings, sentences: Mapping[str, str] | None = None) -> None:
        """Shows the settings, with a sentence below each field that has a problem."""
        if value != self._value:
            self._pending.clear()
        self._value = value
        for name, row in self.rows.items():
            if name not in self._pending:
                row.editor.show_value(getattr(value, name))
                row.say((sentences or {}).get(name, ""))

    def show_rows(self, names: Container[str]) -> None:
        """Leaves out the rows of settings that mean nothing now."""
        for name, row in self.rows.items():
            row.set_shown(name in names)

    def forget(self) -> None:
        """Another node is shown from now on: what was refused belongs to the one before."""
        self._pending.clear()
        self._value = None
        self._end_gesture()

    def _grid(self, kinds: Mapping[str, Kind]) -> QWidget:
        place = QWidget()
        grid = QGridLayout(place)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, NAME_WIDTH)
        grid.setColumnStretch(1, 1)
        for number, (name, kind) in enumerate(kinds.items()):
            make = EDITORS.get(type(kind))
            if make is None:
                continue
            row = self.rows[name] = Row(name, kind, make(name, kind))
            row.editor.changed.connect(partial(self._on_change, name))
            row.editor.left.connect(self._end_gesture)
            row.editor.refused.connect(row.say)
            grid.addWidget(row.name, 3 * number, 0, Qt.AlignmentFlag.AlignVCenter)
            if getattr(kind, "is_code", False):  # wide, below its name
                grid.addWidget(row.editor, 3 * number + 1, 0, 1, 2)
            else:
                grid.addWidget(row.editor, 3 * number, 1)
            grid.addWidget(row.message, 3 * number + 2, 0, 1, 2)
        return place

    def _on_change(self, name: str, value: Any) -> None:
        if self._value is None:
            return
        if not self._pending and value == getattr(self._value, name):
            return  # Enter in a number tells it once more
        if not self._gesture:
            self._gesture = new_gesture(name)
        self._pause.start()
        self._pending[name] = value
        try:
            changed = self._value.replaced(**self._pending)
        except SettingError as error:
            self._refuse(name, str(error))
            return
        except TypeError:
            self._refuse(name, f"{name} does not take this value.")
            return
        for other in self._pending:
            self.rows[other].say("")
        self._pending.clear()
        self.edited.emit(changed, self._gesture)

    def _refuse(self, name: str, sentence: str) -> None:
        """Below the field that the sentence speaks of, where that is one of those changed."""
        for other in self._pending:
            self.rows[other].say("")
        self.rows[name].say(sentence)

    def _end_gesture(self) -> None:
        self._gesture = ""
        self._pause.stop()
