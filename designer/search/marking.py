"""Marking settings for a search: what a form's row asks for becomes one undoable step of the document."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtWidgets import QWidget

from designer.document import Document
from designer.search.mark_dialog import MarkDialog
from designer.settings_form import SettingsForm
from nodes.graph.searched import marks_inside, marks_of
from nodes.spec.muted import original
from nodes.spec.node_type import setting_kinds
from nodes.spec.search import Mark
from nodes.spec.settings import Kind, SettingError, Value
from runtime.search.space import space_of

Take = Callable[[Mark | None], None]


def searched_over(document: Document) -> tuple[dict[str, Mark], str]:
    """All that is marked, by its key, and what is wrong with it, as a sentence."""
    network = document.network
    marks = dict(network.search) | dict(marks_inside(network.graph))
    if not marks:
        return {}, ""
    try:
        space_of(network)
    except SettingError as error:
        return marks, str(error)
    return marks, ""


def section_marks(document: Document, section: str) -> dict[str, Mark]:
    """What is marked of the recipe or the data, by the names of the settings."""
    place = f"{section}."
    return {key.removeprefix(place): mark for key, mark in document.network.search.items() if key.startswith(place)}


def mark_in_section(document: Document, section: str, name: str, mark: Mark | None) -> None:
    """Marks a setting of the recipe or the data; None takes the mark away."""
    key = f"{section}.{name}"
    search = {other: kept for other, kept in document.network.search.items() if other != key}
    if mark is not None:
        search[key] = mark
    document.edit_network(dataclasses.replace(document.network, search=search), _words(name, mark))


def mark_in_node(document: Document, node: str, name: str, mark: Mark | None) -> None:
    """Marks a setting of a node of the graph shown."""
    marks = {other: kept for other, kept in marks_of(document.graph.nodes[node]).items() if other != name}
    if mark is not None:
        marks[name] = mark
    document.edit(document.graph.with_searched(node, marks), _words(f"{node}.{name}", mark))


def _words(name: str, mark: Mark | None) -> str:
    return f"Search over {name}" if mark else f"Do not search over {name}"


class SectionMarking:
    """Serves the rows of the form of the recipe or the data."""

    def __init__(self, document: Document, form: SettingsForm, section: str, kinds: Mapping[str, Kind]) -> None:
        self._document, self._form, self._section, self._kinds = document, form, section, kinds
        form.search_wanted.connect(self.ask)
        form.search_dropped.connect(partial(self._mark, mark=None))

    def show(self) -> None:
        self._form.show_searched(section_marks(self._document, self._section))

    def ask(self, name: str) -> None:
        known = section_marks(self._document, self._section).get(name)
        if name not in self._kinds:
            return  # a file may name what there is not; the list says so
        value = getattr(self._form.value, name)
        ask_for_mark(self._form, name, self._kinds[name], value, known, partial(self._mark, name))

    def _mark(self, name: str, mark: Mark | None) -> None:
        mark_in_section(self._document, self._section, name, mark)


class NodeMarking:
    """Serves the rows of the forms of nodes; ``show`` says which node is shown."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._node = ""

    def serve(self, form: SettingsForm) -> None:
        form.search_wanted.connect(partial(self.ask, form))
        form.search_dropped.connect(partial(self._mark, mark=None))

    def show(self, form: SettingsForm, node: str) -> None:
        self._node = node
        form.show_searched(marks_of(self._document.graph.nodes[node]))

    def ask(self, form: SettingsForm, name: str) -> None:
        node = self._document.graph.nodes[self._node]
        settings = original(node.settings)
        kind, value = setting_kinds(settings)[name], getattr(settings, name)
        ask_for_mark(form, f"{self._node}.{name}", kind, value, marks_of(node).get(name), partial(self._mark, name))

    def _mark(self, name: str, mark: Mark | None) -> None:
        if self._node in self._document.graph.nodes:
            mark_in_node(self._document, self._node, name, mark)


def ask_for_mark(parent: QWidget, name: str, kind: Kind, value: Value, known: Mark | None, take: Take) -> None:
    """Opens the question what a setting may be; ``take`` is called with the mark, or with None."""
    dialog = MarkDialog(name, kind, value, known, parent.window())
    dialog.taken.connect(take)
    dialog.open()
