"""Editor for one size per axis: spin boxes that change together or alone, and words such as ``same``."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from designer.editor import Editor, spin_box
from nodes.spec.settings import Sizes

AXIS_WORDS = {"D": "depth", "H": "height", "W": "width", "L": "length", "C": "channels"}
NUMBERS = "numbers"


class SizesEditor(Editor):
    """``5 × 5``. While the sign between them is pressed, all axes change together."""

    def __init__(self, name: str, kind: Sizes) -> None:
        super().__init__(name, kind)
        self._row.setSpacing(2)
        self._low = kind.low
        self._optional = kind.optional
        self.spins = []
        self.links: list[QToolButton] = []
        special = kind.part_optional
        for place, axis in enumerate(kind.axes):
            if place:
                self._row.addWidget(self._link_button())
            spin = spin_box(kind.low - bool(special), kind.high, special=special)
            spin.setProperty("role", "part")  # room for the number alone; keys and wheel step it
            spin.valueChanged.connect(partial(self._on_spin, place))
            spin.editingFinished.connect(self.left)
            self._hold(spin, kind, 1, AXIS_WORDS.get(axis, axis))
            self.spins.append(spin)
        self._words: tuple[Any, ...] = (*kind.words, *((None,) if kind.optional else ()))
        self.menu_button = self._word_button() if self._words else None
        self._is_word = False

    def show_value(self, value: Any) -> None:
        self._is_word = bool(self._words) and value in self._words
        for spin in self.spins:
            spin.setVisible(not self._is_word)
        for link in self.links:
            link.setVisible(not self._is_word)
        if self.menu_button is not None:
            self.menu_button.setText(self._said(value) if self._is_word else "")
            across = QSizePolicy.Policy.Expanding if self._is_word else QSizePolicy.Policy.Fixed
            self.menu_button.setSizePolicy(across, QSizePolicy.Policy.Fixed)
        if self._is_word or value is None:
            return
        for spin, part in zip(self.spins, value, strict=True):
            with QSignalBlocker(spin):
                shown = self._low - 1 if part is None else part
                if spin.value() != shown:
                    spin.setValue(shown)
        if not self.hasFocusWithin():
            self._set_linked(len(set(value)) == 1)

    def hasFocusWithin(self) -> bool:
        return any(spin.hasFocus() for spin in self.spins)

    def fields(self) -> tuple[QWidget, ...]:
        return (*self.spins, *((self.menu_button,) if self.menu_button else ()))

    @property
    def is_linked(self) -> bool:
        return bool(self.links) and self.links[0].isChecked()

    def _value(self) -> tuple[int | None, ...]:
        values = (spin.value() for spin in self.spins)
        return tuple(None if value < self._low else value for value in values)

    def _on_spin(self, place: int, value: int) -> None:
        if self.is_linked:
            for other in self.spins:
                with QSignalBlocker(other):
                    other.setValue(value)
        self.changed.emit(self._value())

    def _link_button(self) -> QToolButton:
        link = QToolButton()
        link.setText("×")
        link.setCheckable(True)
        link.setProperty("role", "link")
        link.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        link.setFixedWidth(16)
        link.toggled.connect(self._set_linked)
        self.links.append(link)
        return link

    def _set_linked(self, linked: bool) -> None:
        for link in self.links:
            with QSignalBlocker(link):
                link.setChecked(linked)
            link.setToolTip("All sides change together" if linked else "Each side changes alone")
            link.setAccessibleName(f"{self.name}: {link.toolTip().lower()}")

    def _word_button(self) -> QToolButton:
        made = QToolButton()
        made.setProperty("role", "choice")
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        made.setAccessibleName(f"{self.name}: numbers or a word")
        made.setToolTip("Numbers, or " + ", ".join(map(self._said, self._words)))
        menu = QMenu(made)
        for word in (NUMBERS, *self._words):
            action = QAction(self._said(word), menu)
            action.triggered.connect(partial(self._choose, word))
            menu.addAction(action)
        made.setMenu(menu)
        self._row.addWidget(made)
        return made

    def _said(self, word: str | None) -> str:
        return self._optional if word is None else word

    def _choose(self, word: str | None) -> None:
        self.changed.emit(self._value() if word == NUMBERS else word)
        self.left.emit()
