"""Editor for one size per axis: spin boxes that change together or alone, and words such as ``same``."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QMenu, QSizePolicy, QToolButton, QWidget

from designer.editor import HEIGHT, Editor
from designer.spins import SEVERAL, NumberSpin, WholeSpin, spin_box
from nodes.spec.settings import Sizes

AXIS_WORDS = {"D": "depth", "H": "height", "W": "width", "L": "length", "C": "channels"}
NUMBERS, SIDES = "numbers", "per side"
SIDE_WORDS = {"D": ("front", "back"), "H": ("top", "bottom"), "W": ("left", "right"), "L": ("before", "after")}
SIDE_SIGNS = {"top": "↑", "bottom": "↓", "left": "←", "right": "→", "before": "←", "after": "→"}


class SizesEditor(Editor):
    """``5 × 5``. While the sign between them is pressed, all axes change together."""

    def __init__(self, name: str, kind: Sizes) -> None:
        super().__init__(name, kind)
        self._row.setSpacing(2)
        self._low = kind.low
        self._optional = kind.optional
        self.spins: list[WholeSpin] = []
        self.links: list[QToolButton] = []
        special = kind.part_optional
        for place, axis in enumerate(kind.axes):
            if place:
                self._row.addWidget(self._link_button())
            spin = spin_box(kind.low, kind.high, special=special)
            spin.setProperty("role", "part")  # room for the number alone; keys and wheel step it
            spin.valueChanged.connect(partial(self._on_spin, place))
            spin.editingFinished.connect(self.left)
            self._hold(spin, kind, 1, AXIS_WORDS.get(axis, axis))
            self.spins.append(spin)
        self.sides = SideSpins(name, kind) if kind.sides else None
        if self.sides is not None:
            self.sides.changed.connect(self.tell)
            self.sides.left.connect(self.left)
            self.sides.refused.connect(self._tell_why)
            self._row.addWidget(self.sides, 1)
        self._words: tuple[Any, ...] = (*kind.words, *((None,) if kind.optional else ()))
        self.menu_button = self._word_button() if self._words or self.sides else None
        self._is_word = False

    def show_value(self, value: Any) -> None:
        self._is_word = bool(self._words) and value in self._words
        is_sides = not self._is_word and value is not None and len(value) > len(self.spins)
        for part in (*self.spins, *self.links):
            part.setVisible(not self._is_word and not is_sides)
        if self.sides is not None:
            self.sides.setVisible(is_sides)
        if self.menu_button is not None:
            self.menu_button.setText(self._said(value) if self._is_word else "")
            across = QSizePolicy.Policy.Expanding if self._is_word else QSizePolicy.Policy.Fixed
            self.menu_button.setSizePolicy(across, QSizePolicy.Policy.Fixed)
        if is_sides and self.sides is not None:
            self.sides.show_value(value)
        if self._is_word or value is None or is_sides:
            return
        for spin, part in zip(self.spins, value, strict=True):
            with QSignalBlocker(spin):
                spin.show_alone()
                shown = self._low - 1 if part is None else part
                if spin.value() != shown:
                    spin.setValue(shown)
        if not self.hasFocusWithin() and not self._is_dragged:
            self._set_linked(len(set(value)) == 1)

    def show_several(self, one: Any) -> None:
        """All axes are set together, so that none is left of which nothing was said."""
        is_plain = isinstance(one, tuple) and len(one) == len(self.spins)
        self.show_value(one if is_plain else (max(self._low, 1),) * len(self.spins))
        for spin in self.spins:
            with QSignalBlocker(spin):
                spin.show_several(spin.value())
        self._set_linked(True)
        if self.menu_button is not None:
            self.menu_button.setText("" if is_plain else SEVERAL)

    def hasFocusWithin(self) -> bool:
        return any(spin.hasFocus() for spin in self.spins)

    def fields(self) -> tuple[QWidget, ...]:
        return (
            *self.spins,
            *(self.sides.spins if self.sides else ()),
            *((self.menu_button,) if self.menu_button else ()),
        )

    @property
    def is_linked(self) -> bool:
        return bool(self.links) and self.links[0].isChecked()

    def numbers(self) -> tuple[NumberSpin, ...]:
        if self._is_word:
            return ()
        return tuple(self.sides.spins if self.sides and self.sides.isVisibleTo(self) else self.spins)

    def value(self) -> tuple[int | None, ...]:
        if self.sides and self.sides.isVisibleTo(self):
            return self.sides.value()
        return self._value()

    def _value(self) -> tuple[int | None, ...]:
        values = (spin.value() for spin in self.spins)
        return tuple(None if value < self._low else value for value in values)

    def _on_spin(self, place: int, value: int) -> None:
        if self.is_linked:
            for other in self.spins:
                with QSignalBlocker(other):
                    other.setValue(value)
        self.tell(self._value())

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
        made.setFixedHeight(HEIGHT)
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        made.setAccessibleName(f"{self.name}: numbers or a word")
        choices = (NUMBERS, *((SIDES,) if self.sides else ()), *self._words)
        made.setToolTip(", ".join(map(self._said, choices)).capitalize())
        menu = QMenu(made)
        for word in choices:
            action = QAction(self._said(word), menu)
            action.triggered.connect(partial(self._choose, word))
            menu.addAction(action)
        made.setMenu(menu)
        self._row.addWidget(made)
        return made

    def _said(self, word: str | None) -> str:
        return self._optional if word is None else word

    def _choose(self, word: str | None) -> None:
        if word == NUMBERS:
            self.changed.emit(self._value())
        elif word == SIDES:
            self.changed.emit(tuple(part for part in self._value() for _ in range(2)))
        else:
            self.changed.emit(word)
        self.left.emit()


class SideSpins(QWidget):
    """One number before and one after for each axis: top, bottom, left, right."""

    changed = Signal(object)
    left = Signal()
    refused = Signal(str)

    def __init__(self, name: str, kind: Sizes) -> None:
        super().__init__()
        self.spins: list[WholeSpin] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for row, axis in enumerate(kind.axes):
            for column, word in enumerate(SIDE_WORDS.get(axis, ("before", "after"))):
                spin = spin_box(kind.low, kind.high)
                spin.setPrefix(f"{SIDE_SIGNS.get(word, word[:1].upper())} ")
                spin.setProperty("role", "part")
                spin.setFixedHeight(HEIGHT)
                spin.setMinimumWidth(28)
                spin.lineEdit().setTextMargins(6, 0, 0, 0)
                spin.setAccessibleName(f"{name} {word}")
                spin.setToolTip(f"{word.capitalize()}: {kind.doc}")
                spin.valueChanged.connect(lambda _: self.changed.emit(self.value()))
                spin.editingFinished.connect(self.left)
                spin.outside.connect(self.refused)
                grid.addWidget(spin, row, column)
                self.spins.append(spin)

    def value(self) -> tuple[int, ...]:
        return tuple(spin.value() for spin in self.spins)

    def show_value(self, value: tuple[int, ...]) -> None:
        for spin, part in zip(self.spins, value, strict=True):
            with QSignalBlocker(spin):
                if spin.value() != part:
                    spin.setValue(part)
