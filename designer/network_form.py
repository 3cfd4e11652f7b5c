"""The network's form, shown while nothing is selected: title, notes, data choice and recipe."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from designer.data_card import DataCard
from designer.document import Document, new_gesture
from designer.engine_client import EngineClient
from designer.recipe_form import RecipeForm
from designer.search.marking import SectionMarking
from designer.search.searched_list import SearchedList
from designer.settings_form import SettingsForm
from designer.widgets import button, label
from nodes.spec.settings import SettingError
from runtime.data.choice import DataChoice
from runtime.data.counts import training_count
from runtime.recipe import Recipe

NOTES_FRAME = 20  # px that the field is higher than its lines


class NotesField(QPlainTextEdit):
    """As high as its lines, from two to eight."""

    def __init__(self) -> None:
        super().__init__()
        self.textChanged.connect(self._fit)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _fit(self) -> None:
        wrapped = round(self.document().size().height()) if self.toPlainText() else 0
        self.setFixedHeight(min(max(wrapped, 2), 8) * self.fontMetrics().lineSpacing() + NOTES_FRAME)


class NetworkForm(QWidget):
    """Each edit is one undo step, as on a node."""

    weights_wanted = Signal()

    def __init__(self, document: Document, engine: EngineClient) -> None:
        super().__init__()
        self._document = document
        self._gesture = ""
        self.title = QLineEdit()
        self.title.setProperty("role", "title")
        self.title.setPlaceholderText("Untitled network")
        self.title.setAccessibleName("Title of the network")
        self.notes = NotesField()
        self.notes.setPlaceholderText("Notes: what it is for, what you found out.")
        self.notes.setAccessibleName("Notes")
        self.notes.setTabChangesFocus(True)
        self.data = SettingsForm(
            DataChoice.settings(), more=[name for name, kind in DataChoice.settings().items() if kind.advanced]
        )
        self.recipe = RecipeForm()
        self.data_fault = label(role="fault", wrap=True)
        self.recipe_fault = label(role="fault", wrap=True)
        self.data_card = DataCard(document, engine)
        self._marking = (
            SectionMarking(document, self.data, "data", DataChoice.settings()),
            SectionMarking(document, self.recipe, "recipe", Recipe.settings()),
        )
        self.searched = SearchedList(document, self._marking[1].ask, self._marking[0].ask)
        self._lay_out()
        self.data_card.described.connect(self.show_network)
        self.title.textEdited.connect(lambda text: self._edit_words(title=text))
        self.notes.textChanged.connect(lambda: self._edit_words(notes=self.notes.toPlainText()))
        self.title.editingFinished.connect(self._end_gesture)
        self.data.edited.connect(lambda choice, gesture: self._edit("data", choice, gesture))
        self.recipe.edited.connect(lambda recipe, gesture: self._edit("recipe", recipe, gesture))
        self.show_network()

    def show_network(self, *, afresh: bool = False) -> None:
        network = self._document.network
        if afresh:
            self.data.forget()
            self.recipe.forget()
            self._end_gesture()
        if self.title.text() != network.title:
            self.title.setText(network.title)
        if self.notes.toPlainText() != network.notes:
            with QSignalBlocker(self.notes):
                self.notes.setPlainText(network.notes)
        choice = self._show(self.data, DataChoice, network.data, self.data_fault)
        self.data.show_rows({name for name, kind in DataChoice.settings().items() if kind.applies_to(choice)})
        self._show(self.recipe, Recipe, network.recipe, self.recipe_fault)
        for marking in self._marking:
            marking.show()
        self.searched.show_marks()
        self.data_card.follow()
        assert isinstance(choice, DataChoice)
        self.recipe.curve.know_samples(self.data_card.training_count or training_count(choice))

    def focus_data(self, area: QScrollArea) -> None:
        self.data_card.describe()
        field = self.data.rows["source"].editor
        area.ensureWidgetVisible(self.data_card)
        area.ensureWidgetVisible(field)
        field.setFocus()

    def _show(
        self, form: SettingsForm, kind: type[Recipe] | type[DataChoice], written: Mapping[str, Any], fault: Any
    ) -> Recipe | DataChoice:
        sentence = ""
        try:
            value: Recipe | DataChoice = kind.read(written)
        except (SettingError, TypeError) as error:
            sentence = f"{error} The defaults are shown; the first change replaces what the file says."
            value = kind()
        fault.setText(sentence)
        fault.setVisible(bool(sentence))
        form.show_settings(value)
        return value

    def _edit(self, part: str, value: Recipe | DataChoice, gesture: str) -> None:
        network = dataclasses.replace(self._document.network, **{part: value.written()})  # type: ignore[arg-type]
        words = "Change the data choice" if part == "data" else "Change the recipe"
        self._document.edit_network(network, words, f"{part} {gesture}")

    def _edit_words(self, **words: str) -> None:
        network = dataclasses.replace(self._document.network, **words)  # type: ignore[arg-type]
        if network == self._document.network:
            return
        part = next(iter(words))
        if not self._gesture.startswith(part):
            self._gesture = new_gesture(part)
        self._document.edit_network(network, f"Change the {part}", self._gesture)

    def _end_gesture(self) -> None:
        self._gesture = ""

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.notes)
        layout.addSpacing(4)
        layout.addWidget(label("Data", "heading"))
        for widget in (self.data, self.data_fault, self.data_card):
            layout.addWidget(widget)
        layout.addSpacing(4)
        layout.addWidget(label("Recipe", "heading"))
        for widget in (self.recipe, self.recipe_fault):
            layout.addWidget(widget)
        weights = button(
            "Starting weights…", self.weights_wanted.emit, tip="Trained weights that a training begins with"
        )
        layout.addWidget(weights, alignment=Qt.AlignmentFlag.AlignLeft)
        layout.addSpacing(4)
        layout.addWidget(label("Search", "heading"))
        layout.addWidget(self.searched)
        layout.addStretch()
