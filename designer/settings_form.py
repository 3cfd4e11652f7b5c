"""SettingsForm: a form generated from declared settings, for a node, a recipe or a data choice alike."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from designer.document import new_gesture
from designer.editors import EDITORS
from designer.setting_row import NAME_WIDTH, Row, value_words
from designer.widgets import Fold, button
from nodes.spec.search import Mark, is_searchable
from nodes.spec.settings import Kind, SettingError, Text

PAUSE = 900  # ms without a change after which the next one is an undo step of its own
NOTHING: frozenset[str] = frozenset()


def is_own(kind: Text) -> bool:
    """Whether a text is its user's alone, so that there is no default to go back to."""
    return kind.is_code or kind.is_name


class Settings(Protocol):
    """A frozen value with settings: a node type, a recipe, a data choice."""

    def replaced(self, **changes: Any) -> Any: ...


class SettingsForm(QWidget):
    """Rows for all settings, advanced ones below a fold.

    A change that the settings refuse stays in its field with the sentence below it, and is tried again
    together with the next change: kind and size of an input can only change together.
    A number under the mouse is only ``tried``; once it is let go it is an edit like any other.
    """

    edited = Signal(object, str)  # the settings as changed, and the gesture
    set_to = Signal(dict, str)  # the same edit as names and values, for forms that stand for several
    tried = Signal(dict)  # names and values under the mouse
    untried = Signal()
    search_wanted = Signal(str)  # over which setting, or over something else of it
    search_dropped = Signal(str)
    settled = Signal()  # the edits made since belong to one step, and that is over

    def __init__(self, kinds: Mapping[str, Kind], *, more: Iterable[str] = ()) -> None:
        super().__init__()
        self.rows: dict[str, Row] = {}
        self._searched: Mapping[str, Mark] | None = None
        self._value: Settings | None = None
        self._sentences: Mapping[str, str] = {}
        self._differing: Collection[str] = NOTHING
        self._pending: dict[str, Any] = {}
        self._defaults: dict[str, Any] = {}
        self._defaults_of: type | None = None
        self._gesture = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE)
        self._pause.timeout.connect(self._end_gesture)
        self._stack = QVBoxLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.setSpacing(4)
        kinds = {name: kind for name, kind in kinds.items() if not kind.is_found}
        hidden = {name for name, kind in kinds.items() if kind.advanced} | set(more)
        self._stack.addWidget(self._grid({n: k for n, k in kinds.items() if n not in hidden}))
        self.fold: Fold | None = None
        below = self._grid({n: k for n, k in kinds.items() if n in hidden})
        if hidden & set(self.rows):
            self.fold = Fold("More settings", below)
            self._stack.addWidget(self.fold)
        else:
            below.deleteLater()
        self.reset_button = button("Reset all", self.reset_all, "link", "Puts every setting back to its default")
        self.reset_button.hide()
        self._stack.addWidget(self.reset_button, alignment=Qt.AlignmentFlag.AlignLeft)

    def add_below_main(self, widget: QWidget) -> None:
        """Puts a widget between the settings that are always seen and the fold."""
        self._stack.insertWidget(1, widget)

    def show_settings(
        self, value: Settings, sentences: Mapping[str, str] | None = None, differing: Collection[str] = NOTHING
    ) -> None:
        """Shows the settings, with a sentence below each field that has a problem.

        ``differing`` are those that stand for several values, of which ``value`` has one.
        """
        if value != self._value:
            self._pending.clear()
        self._value, self._sentences, self._differing = value, sentences or {}, differing
        self._learn_defaults(value)
        for name, row in self.rows.items():
            if name in self._pending:
                continue
            if name in differing:
                row.editor.show_several(getattr(value, name))
            else:
                row.editor.show_value(getattr(value, name))
            row.say(self._sentences.get(name, ""))
        self._mark_changed()

    @property
    def value(self) -> Settings | None:
        """What is shown."""
        return self._value

    def show_rows(self, names: Container[str]) -> None:
        """Leaves out the rows of settings that mean nothing now."""
        for name, row in self.rows.items():
            row.set_shown(name in names)
        self._mark_changed()
        if self._searched is not None:
            self.show_searched(self._searched)

    def show_searched(self, marks: Mapping[str, Mark]) -> None:
        """Marks the rows of settings that a search goes over; from now on rows offer to be."""
        self._searched = marks
        for name, row in self.rows.items():
            row.offers_search = is_searchable(row.kind)
            row.show_searched(marks[name].words() if name in marks else "")

    def forget(self) -> None:
        """Another node is shown from now on: what was refused belongs to the one before."""
        self._pending.clear()
        self._value = None
        self._end_gesture()

    def refuse(self, name: str, sentence: str) -> None:
        """Says below its field why a setting was not taken."""
        self.rows[name].say(sentence)

    # --- defaults

    def changed_names(self) -> list[str]:
        """The settings, of those shown, that are not as they were at first."""
        return [
            name
            for name, row in self.rows.items()
            if name in self._defaults
            and not row.editor.isHidden()
            and (name in self._differing or getattr(self._value, name) != self._defaults[name])
        ]

    def reset(self, name: str) -> None:
        """Puts one setting back to its default, in one step."""
        if name in self._defaults:
            self._end_gesture()
            self._on_change(name, self._defaults[name])
            self._end_gesture()

    def reset_all(self) -> None:
        """Puts every setting back to its default, in one step."""
        if self._value is not None:
            self._pending.clear()
            changes = {name: self._defaults[name] for name in self.changed_names()}
            self._end_gesture()
            self._tell(changes, new_gesture("reset"))
            self._end_gesture()

    def _learn_defaults(self, value: Settings) -> None:
        if type(value) is self._defaults_of:
            return
        self._defaults_of = type(value)
        plain = type(value)()
        known = (name for name, row in self.rows.items() if not (isinstance(row.kind, Text) and is_own(row.kind)))
        self._defaults = {name: getattr(plain, name) for name in known}
        for name, default in self._defaults.items():
            self.rows[name].show_default(default, partial(value_words, optional=self.rows[name].kind.optional))

    def _mark_changed(self) -> None:
        changed = self.changed_names()
        for name, row in self.rows.items():
            row.show_changed(name in changed)
        self.reset_button.setVisible(len(changed) > 1)
        self.reset_button.setText(f"Reset all {len(changed)}")

    # --- building

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
            self._connect(name, row)
            grid.addWidget(row.head, 3 * number, 0, Qt.AlignmentFlag.AlignVCenter)
            if getattr(kind, "is_code", False):  # wide, below its name
                grid.addWidget(row.editor, 3 * number + 1, 0, 1, 2)
            else:
                grid.addWidget(row.editor, 3 * number, 1)
            grid.addWidget(row.message, 3 * number + 2, 0, 1, 2)
        return place

    def _connect(self, name: str, row: Row) -> None:
        row.editor.changed.connect(partial(self._on_change, name))
        row.editor.left.connect(self._end_gesture)
        row.editor.refused.connect(row.say)
        row.editor.tried.connect(partial(self._try, name))
        row.editor.untried.connect(self._stop_trying)
        row.reset.connect(partial(self.reset, name))
        row.search_wanted.connect(partial(self.search_wanted.emit, name))
        row.search_dropped.connect(partial(self.search_dropped.emit, name))

    # --- changes

    def _try(self, name: str, value: Any) -> None:
        """Says what a number under the mouse would make of the settings, or why they do not take it."""
        if self._value is None:
            return
        changes = {**self._pending, name: value}
        try:
            self._value.replaced(**changes)
        except SettingError as error:
            self.rows[name].say(str(error))
            self.untried.emit()
        else:
            self.rows[name].say("")
            self.tried.emit(changes)

    def _stop_trying(self, is_kept: bool) -> None:
        self.untried.emit()
        if not is_kept and self._value is not None:
            self.show_settings(self._value, self._sentences, self._differing)

    def _on_change(self, name: str, value: Any) -> None:
        if self._value is None:
            return
        if not self._pending and name not in self._differing and value == getattr(self._value, name):
            return  # Enter in a number tells it once more
        if not self._gesture:
            self._gesture = new_gesture(name)
        self._pause.start()
        self._pending[name] = value
        self._tell(dict(self._pending), self._gesture, name)

    def _tell(self, changes: dict[str, Any], gesture: str, name: str = "") -> None:
        assert self._value is not None
        try:
            changed = self._value.replaced(**changes)
        except SettingError as error:
            self._refuse(name or next(iter(changes)), str(error))
            return
        except TypeError:
            self._refuse(name, f"{name} does not take this value.")
            return
        for other in self._pending:
            self.rows[other].say("")
        self._pending.clear()
        self.edited.emit(changed, gesture)
        self.set_to.emit(changes, gesture)

    def _refuse(self, name: str, sentence: str) -> None:
        """Below the field that the sentence speaks of, where that is one of those changed."""
        for other in self._pending:
            self.rows[other].say("")
        self.rows[name].say(sentence)

    def _end_gesture(self) -> None:
        self._gesture = ""
        self._pause.stop()
        self.settled.emit()
